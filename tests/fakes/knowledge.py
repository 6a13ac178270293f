"""A knowledge base of a few entries, found by the words they share with the question: deterministic, no index."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.errors import NotFound, Retryable
from core.message import Basis, Source


class FakeDecision(StrEnum):
    """As knowledge.search.Decision."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeEntry:
    """As knowledge.entry.Entry, as far as a conversation shows."""

    id: str
    question: str
    subject: str
    short: str
    answer: str
    words: tuple[str, ...]
    """A question that holds all of them is answered by this entry."""
    topic: str = "测试"
    steps: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    time_limit: str = ""
    fee: str = ""
    basis: tuple[Basis, ...] = ()
    related: tuple[str, ...] = ()
    region: str = "000000"

    def source(self) -> Source:
        return Source(entry_id=self.id, version=1, title=self.question, basis=self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeHit:
    """As knowledge.search.Hit."""

    entry: FakeEntry
    score: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeFound:
    """As knowledge.search.Found."""

    decision: FakeDecision
    hits: tuple[FakeHit, ...]
    elsewhere: str = ""
    place: str = ""


MEDICAL_GAP = FakeEntry(
    id="medical-gap",
    question="医保断缴了会怎么样？",
    subject="医保断缴",
    short="断缴后暂停报销，以前的年限不清零。",
    answer="断缴后暂停报销，以前的年限不清零。\n重新缴费后可能要等几个月，各地不同。",
    words=("医保", "断"),
    channels={"online": "国家医保服务平台", "phone": "12393"},
    basis=(Basis(law="社会保险法", article="第二十七条"),),
)
PENSION_GAP = FakeEntry(
    id="pension-gap",
    question="养老保险断缴了怎么办？",
    subject="养老保险",
    short="断了可以接着缴，年限累计计算。",
    answer="断了可以接着缴，年限累计计算。",
    words=("养老", "断"),
    basis=(Basis(law="社会保险法", article="第十六条"),),
)
PENSION_YEARS = FakeEntry(
    id="pension-years",
    question="养老保险要缴多少年？",
    subject="养老保险",
    short="一般累计满15年，2030年起逐步提高到20年。",
    answer="一般要累计缴满15年；从2030年起逐步提高，到2039年是20年。",
    words=("养老", "多少年"),
    basis=(Basis(law="社会保险法", article="第十六条"),),
)
PERMIT = FakeEntry(
    id="residence-permit",
    question="居住证怎么办？",
    subject="居住证",
    short="住满半年，带身份证和住址证明到派出所办。",
    answer="离开户口所在地到别的城市住满半年，就可以到派出所或社区服务机构申领居住证。",
    words=("居住证",),
    steps=("先办居住登记。", "住满半年后到派出所申领。"),
    materials=("居民身份证", "住址证明"),
    channels={"window": "居住地派出所"},
    time_limit="15日内",
    fee="首次申领不收费",
    basis=(Basis(law="居住证暂行条例", article="第九条"),),
)
STOCK = (MEDICAL_GAP, PENSION_GAP, PENSION_YEARS, PERMIT)


class FakeKnowledge:
    """Answers when all words of one entry occur, asks back when several entries share the first word."""

    def __init__(self, entries: tuple[FakeEntry, ...] = STOCK) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self.asked: list[str] = []
        self.down = False

    def search(self, question: str, *, region: str = "", on: date, limit: int = 5) -> FakeFound:
        if self.down:
            raise Retryable("knowledge_down")
        self.asked.append(question)
        whole = [entry for entry in self._entries.values() if all(word in question for word in entry.words)]
        if whole:
            return FakeFound(decision=FakeDecision.ANSWER, hits=tuple(FakeHit(entry=entry) for entry in whole[:limit]))
        if "罚单" in question:
            return FakeFound(decision=FakeDecision.REFUSE, hits=(), elsewhere="公安交管部门（12123）")
        partly = [entry for entry in self._entries.values() if entry.words[0] in question]
        hits = tuple(FakeHit(entry=entry, score=0.5) for entry in partly[:limit])
        return FakeFound(decision=FakeDecision.CLARIFY if len(hits) > 1 else FakeDecision.REFUSE, hits=hits)

    def entry(self, entry_id: str) -> FakeEntry:
        if entry_id not in self._entries:
            raise NotFound(detail=entry_id)
        return self._entries[entry_id]

    def holding(self, entry_id: str, on: date) -> FakeEntry | None:
        return self.entry(entry_id)

    def popular(self, count: int) -> tuple[FakeEntry, ...]:
        return tuple(self._entries.values())[:count]
