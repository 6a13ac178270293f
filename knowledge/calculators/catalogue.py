"""All calculators, and the one way to run them."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType

from core.errors import HuiChuangError, Misuse
from knowledge.calculators.flexible import FLEXIBLE
from knowledge.calculators.housing import LOAN, WITHDRAWAL
from knowledge.calculators.injury import INJURY
from knowledge.calculators.leave import ANNUAL_LEAVE
from knowledge.calculators.maternity import MATERNITY_LEAVE, MATERNITY_PAY
from knowledge.calculators.medical import MEDICAL
from knowledge.calculators.model import UNKNOWN, Ask, Calculator, Case, Field, Kind, Result
from knowledge.calculators.pension import PENSION
from knowledge.calculators.regions import Regions
from knowledge.calculators.retirement import RETIREMENT
from knowledge.calculators.severance import SEVERANCE
from knowledge.calculators.unemployment import UNEMPLOYMENT

CALCULATORS: Mapping[str, Calculator] = MappingProxyType(
    {
        one.name: one
        for one in (
            MATERNITY_PAY,
            MATERNITY_LEAVE,
            ANNUAL_LEAVE,
            INJURY,
            SEVERANCE,
            UNEMPLOYMENT,
            LOAN,
            WITHDRAWAL,
            PENSION,
            RETIREMENT,
            FLEXIBLE,
            MEDICAL,
        )
    }
)
"""Nearer subjects first: a sentence that names two is taken for the first."""

_MONTH = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")
_WHOLE = frozenset({Kind.GRADE, Kind.DAYS})


@cache
def shipped() -> Regions:
    """The parameters in regions.yml."""
    return Regions.load()


def find(name: str) -> Calculator:
    """The calculator of that name; raises Misuse."""
    if name not in CALCULATORS:
        raise Misuse("unknown_calculator", f"没有叫“{name}”的计算器。")
    return CALCULATORS[name]


def calculate(
    name: str, given: Mapping[str, str], *, on: date, region: str = "", regions: Regions | None = None
) -> Result:
    """Run it. Raises Misuse with a sentence for people: unknown name or field, value out of bounds, value missing."""
    calculator = find(name)
    known = {key: value for key, value in given.items() if value != UNKNOWN}
    for key, value in known.items():
        check(calculator.field(key), value)
    lacking = missing(calculator, known)
    if lacking is not None and lacking.when is Ask.MUST and not _regional(lacking, name, region, on, regions):
        raise Misuse("missing_value", f"还缺“{lacking.label}”。{lacking.ask}")
    try:
        return calculator.compute(Case(given=known, on=on, region=region, regions=regions or shipped()))
    except HuiChuangError:
        raise
    except ArithmeticError as error:
        raise Misuse("bad_value", "这些数合在一起算不出来，请再核对一下。", detail=repr(error)) from error


def missing(calculator: Calculator, given: Mapping[str, str]) -> Field | None:
    """The next field to ask for, None when there is enough."""
    for one in calculator.fields:
        if one.when is Ask.NEVER or not one.needed(given):
            continue
        value = given.get(one.name, "")
        if not value or (one.kind is Kind.MONTH and len(value) == 4):
            return one
    return None


def check(one: Field, value: str) -> None:
    """Raises Misuse with a sentence when the value cannot be."""
    if one.kind is Kind.CHOICE:
        if value not in one.choices:
            raise Misuse("bad_value", f"“{one.label}”请选：{'、'.join(one.choices)}。")
        return
    if one.kind is Kind.MONTH:
        if not _MONTH.fullmatch(value):
            raise Misuse("bad_value", f"“{one.label}”请说成“1970年5月”这样。")
        return
    number = _number(one, value)
    if not one.low <= number <= one.high:
        raise Misuse(
            "bad_value",
            one.bounds or f"“{one.label}”应当在{_shown(one, one.low)}到{_shown(one, one.high)}之间，请再核对一下。",
        )
    if one.kind in _WHOLE and number != int(number):
        raise Misuse("bad_value", f"“{one.label}”应当是整数，请再核对一下。")


def _number(one: Field, value: str) -> Decimal:
    try:
        number = Decimal(value) if len(value) <= 20 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Misuse("bad_value", f"“{one.label}”没看懂，请说成数字。")
    return number


def _shown(one: Field, bound: Decimal) -> str:
    match one.kind:
        case Kind.MONEY:
            return f"{bound.normalize():f}元"
        case Kind.SPAN if bound >= 12:
            return f"{int(bound) // 12}年"
        case Kind.SPAN:
            return f"{int(bound)}个月"
        case Kind.PERCENT:
            return f"{bound.normalize():f}%"
        case _:
            return f"{bound.normalize():f}"


def _regional(one: Field, name: str, region: str, on: date, regions: Regions | None) -> bool:
    """A value that the region's parameters give need not be asked for."""
    wanted = {"housing_loan": {"times": "housing_times", "cap": "housing_cap"}}.get(name, {}).get(one.name)
    return bool(wanted) and (regions or shipped()).find(wanted or "", region=region, on=on) is not None
