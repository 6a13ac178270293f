"""What a calculator asks for, what it works on and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.errors import Misuse
from core.message import Basis
from knowledge.calculators.regions import Parameter, Regions

ESTIMATE = "以上是按公开规定的估算，以经办机构核定为准。"
UNKNOWN = "?"
"""The value of a field that the citizen does not know."""


class Kind(StrEnum):
    """How a value is written; each is kept as a string, so that it travels as JSON."""

    MONTH = "month"
    """A calendar month, "1970-05"; "1970" while the month is not known."""
    SPAN = "span"
    """Months, may be broken for days over: "42" is three and a half years."""
    AGE = "age"
    """Months of age."""
    MONEY = "money"
    """Yuan."""
    PERCENT = "percent"
    """"85" is 85 %."""
    TIMES = "times"
    """A plain number: a multiple, an index."""
    DAYS = "days"
    """Days."""
    GRADE = "grade"
    """Disability grade 1 to 10."""
    CHOICE = "choice"
    """One of `Field.choices`."""


class Ask(StrEnum):
    """Whether a field is asked for."""

    MUST = "must"
    """Nothing can be calculated without it."""
    ONCE = "once"
    """Asked for; 不知道 is an answer."""
    NEVER = "never"
    """Used when the citizen gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that a calculator needs."""

    name: str
    """Key in `given`."""
    label: str
    """What people call it."""
    kind: Kind
    """How it is written."""
    ask: str = ""
    """The question put to the citizen."""
    where: str = ""
    """Where to find it, for somebody who does not know."""
    when: Ask = Ask.MUST
    """Whether it is asked for."""
    cue: str = ""
    """Words beside which the value stands (regular expression)."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """For CHOICE: value -> words that mean it (regular expression)."""
    low: Decimal = Decimal(0)
    """Least value, in the kind's unit."""
    high: Decimal = Decimal(10_000_000)
    """Greatest value."""
    bounds: str = ""
    """What is said to a value outside them."""
    needed: Callable[[Mapping[str, str]], bool] = lambda _: True
    """False where what was given makes it pointless (a man's post)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An estimate, ready to be shown."""

    title: str
    """Heading of the card."""
    spoken: str
    """One or two sentences: the result in plain words."""
    rows: tuple[tuple[str, str], ...]
    """Name and value of each figure."""
    steps: tuple[str, ...]
    """The formula, line by line, with the figures in it."""
    basis: tuple[Basis, ...]
    """What it rests on."""
    notes: tuple[str, ...] = ()
    """What it leaves out, and what else may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one calculation works on: checked values, the day and the place."""

    given: Mapping[str, str]
    """Field -> value; unknown fields are left out."""
    on: date
    """The day asked on."""
    region: str
    """Administrative division code."""
    regions: Regions
    """Regional parameters."""

    def has(self, name: str) -> bool:
        return name in self.given

    def number(self, name: str) -> Decimal:
        """The value; raises Misuse when it is not there."""
        if name not in self.given:
            raise Misuse("missing_value", detail=name)
        return Decimal(self.given[name])

    def optional(self, name: str) -> Decimal | None:
        return Decimal(self.given[name]) if name in self.given else None

    def choice(self, name: str, default: str = "") -> str:
        return self.given.get(name, default)

    def parameter(self, name: str) -> Parameter | None:
        """The regional value that holds on that day, if one is on record."""
        return self.regions.find(name, region=self.region, on=self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculator:
    """One calculator."""

    name: str
    """What the command line and the dialogue call it."""
    title: str
    """What people call it."""
    entry: str
    """Id of the knowledge entry that explains the rule."""
    topic: str
    """Words that name its subject (regular expression)."""
    question: str
    """Words that, with the subject and all values, ask for its result (regular expression)."""
    fields: tuple[Field, ...]
    """In the order they are asked for."""
    compute: Callable[[Case], Result]
    """The calculation; raises Misuse with a sentence for what cannot be."""

    def field(self, name: str) -> Field:
        """The field of that name; raises Misuse."""
        for one in self.fields:
            if one.name == name:
                return one
        raise Misuse("unknown_field", f"“{self.title}”不需要“{name}”。")


def law(name: str, article: str) -> Basis:
    """第N条 of a law, or a document by its number."""
    return Basis(law=name, article=article)
