"""One reviewed question and its answer, with the rule it rests on."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from core.message import Basis, Source
from knowledge import region as regions

Json = dict[str, Any]

PERSONS = [
    "所有人",
    "职工",
    "灵活就业人员",
    "城乡居民",
    "用人单位",
    "退休人员",
    "失业人员",
    "老年人",
    "残疾人",
    "学生儿童",
    "个体工商户",
    "外来人员",
    "家属",
]
INSURANCE = ["养老", "医疗", "失业", "工伤", "生育", "社保综合", "公积金", "非社保"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One legal ground, with the words of the rule where they were quoted."""

    basis: Basis
    """Law and article, or title and number of a document."""
    is_law: bool
    """True for a law with articles, False for a document known by its number."""
    quote: str = ""
    """Verbatim words of the article, or empty."""

    def to_json(self) -> Json:
        return {**self.basis.to_json(), "quote": self.quote, "kind": "law" if self.is_law else "document"}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(basis=Basis.from_json(data), is_law=data["kind"] == "law", quote=data["quote"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an editor wrote and a reviewer read."""

    id: str
    """Stable id, ascii kebab-case, unique over all files."""
    topic: str
    """Topic area as shown to people."""
    question: str
    """The standard question."""
    subject: str
    """What the talk is about, 2-8 characters; completes a follow-up question."""
    similar: tuple[str, ...]
    """The same question in the words people use."""
    short: str
    """Answer in at most two sentences, for speech."""
    answer: str
    """Full answer, plain text with line breaks; its first sentence is the answer itself."""
    steps: tuple[str, ...] = ()
    """What to do, in order."""
    materials: tuple[str, ...] = ()
    """What to bring."""
    channels: dict[str, str]
    """Where: online, window, phone, app ..."""
    time_limit: str = ""
    """Legal time limit in words."""
    fee: str = ""
    """What it costs in words."""
    grounds: tuple[Ground, ...]
    """The rules the answer rests on, at least one."""
    issuing_body: str = ""
    """Who issued the (first) rule."""
    region: str = regions.NATION
    """Administrative division code the entry holds for."""
    varies_by_city: bool = False
    """True when amounts or steps differ by city; then the answer says so."""
    persons: tuple[str, ...] = ()
    """Whom it concerns, of `PERSONS`."""
    insurance: str = ""
    """One of `INSURANCE`."""
    effective_from: date | None = None
    """First day on which it holds."""
    effective_until: date | None = None
    """Last day on which it holds."""
    keywords: tuple[str, ...] = ()
    """Words that belong to it."""
    related: tuple[str, ...] = ()
    """Ids of what people ask next."""
    version: int = 1
    """Rises with every published change."""
    author: str = ""
    """Who wrote it."""
    reviewer: str = ""
    """Who read it a second time against the rule."""
    reviewed_on: date | None = None
    """When that was."""

    @property
    def basis(self) -> tuple[Basis, ...]:
        """Law and article (or document) of every ground."""
        return tuple(ground.basis for ground in self.grounds)

    @property
    def quotes(self) -> tuple[str, ...]:
        """The quoted words, one per item of `basis` (may be empty)."""
        return tuple(ground.quote for ground in self.grounds)

    @property
    def questions(self) -> tuple[str, ...]:
        """The standard question, then the similar ones."""
        return (self.question, *self.similar)

    def in_force(self, on: date) -> bool:
        """Whether the entry holds on that day (both ends included)."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_until is None or on <= self.effective_until
        )

    def source(self) -> Source:
        """What a message that uses this entry cites."""
        return Source(
            entry_id=self.id,
            version=self.version,
            title=self.question,
            basis=self.basis,
            effective_from=self.effective_from,
        )

    def to_json(self) -> Json:
        return {
            "id": self.id,
            "topic": self.topic,
            "question": self.question,
            "subject": self.subject,
            "similar": list(self.similar),
            "short": self.short,
            "answer": self.answer,
            "steps": list(self.steps),
            "materials": list(self.materials),
            "channels": dict(self.channels),
            "time_limit": self.time_limit,
            "fee": self.fee,
            "basis": [ground.to_json() for ground in self.grounds],
            "issuing_body": self.issuing_body,
            "region": self.region,
            "region_name": regions.name(self.region),
            "varies_by_city": self.varies_by_city,
            "persons": list(self.persons),
            "insurance": self.insurance,
            "effective_from": _day(self.effective_from),
            "effective_until": _day(self.effective_until),
            "keywords": list(self.keywords),
            "related": list(self.related),
            "version": self.version,
            "author": self.author,
            "reviewer": self.reviewer,
            "reviewed_on": _day(self.reviewed_on),
        }

    @classmethod
    def from_json(cls, data: Json) -> Self:
        values: Json = {name: data[name] for name in _PLAIN}
        values |= {name: tuple(data[name]) for name in _LISTS}
        values |= {name: date.fromisoformat(data[name]) if data[name] else None for name in _DAYS}
        return cls(**values, grounds=tuple(Ground.from_json(item) for item in data["basis"]))


_PLAIN = ["id", "topic", "question", "subject", "short", "answer", "channels", "time_limit", "fee", "issuing_body"]
_PLAIN += ["region", "varies_by_city", "insurance", "version", "author", "reviewer"]
_LISTS = ["similar", "steps", "materials", "persons", "keywords", "related"]
_DAYS = ["effective_from", "effective_until", "reviewed_on"]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
