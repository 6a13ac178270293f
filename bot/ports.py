"""What the bot needs to know of a knowledge entry and of a search: the shape only, so that tests bring their own."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Protocol

from core.message import Basis, Source


class Entry(Protocol):
    """The part of a knowledge entry that is spoken of in a conversation."""

    @property
    def id(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def short(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def steps(self) -> tuple[str, ...]: ...
    @property
    def materials(self) -> tuple[str, ...]: ...
    @property
    def channels(self) -> Mapping[str, str]: ...
    @property
    def time_limit(self) -> str: ...
    @property
    def fee(self) -> str: ...
    @property
    def basis(self) -> tuple[Basis, ...]: ...
    @property
    def related(self) -> tuple[str, ...]: ...
    @property
    def region(self) -> str: ...
    def source(self) -> Source: ...


class Hit(Protocol):
    """One entry that may answer, with the calibrated probability that it does (0..1)."""

    @property
    def entry(self) -> Entry: ...
    @property
    def score(self) -> float: ...


class Found(Protocol):
    """What a search decided: `answer`, `clarify` or `refuse`; the hits, best first; for `refuse` who would know.

    `place`: code of the region whose rules were asked for, when it is another than the citizen's.
    """

    @property
    def decision(self) -> StrEnum: ...
    @property
    def hits(self) -> tuple[Hit, ...]: ...
    @property
    def elsewhere(self) -> str: ...
    @property
    def place(self) -> str: ...


class Article(Protocol):
    """One article of a law, in the law's own words."""

    @property
    def law(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def text(self) -> str: ...


class Articles(Protocol):
    """The second source (`knowledge.articles.Articles`): law texts, for what no entry answers."""

    def find(self, question: str) -> Article | None:
        """The article that surely is meant; None when none is."""
        ...


class Knowledge(Protocol):
    """`knowledge.search.Knowledge`, as far as the bot uses it."""

    def search(self, question: str, *, region: str = "", on: date, limit: int = 5) -> Found:
        """Search; synchronous and thread-safe; raises Retryable when the index is gone."""
        ...

    def entry(self, entry_id: str) -> Entry:
        """The entry of that id; raises NotFound."""
        ...

    def holding(self, entry_id: str, on: date) -> Entry | None:
        """The edition of that entry which holds on that day, if any; raises NotFound."""
        ...

    def popular(self, count: int) -> tuple[Entry, ...]:
        """The most asked entries."""
        ...


class Judged(Protocol):
    """What the city's word lists say of a message."""

    @property
    def action(self) -> str:
        """`block`, `hand_over` or `mask`."""
        ...

    @property
    def shown(self) -> str:
        """The message as it may be kept and shown."""
        ...

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the lists that spoke, the strictest first."""
        ...


class Words(Protocol):
    """`knowledge.sensitive.live.LiveWords`, as far as the bot uses it."""

    def judge(self, text: str) -> Judged | None:
        """What the lists say; None for nearly every message, within microseconds."""
        ...
