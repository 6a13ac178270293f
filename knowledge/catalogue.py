"""What the public pages show of the knowledge base."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from core.errors import NotFound
from knowledge import region
from knowledge.calculators.catalogue import CALCULATORS
from knowledge.entry import Entry

Json = dict[str, Any]
ORDER = tuple((Path(__file__).parent / "topics.txt").read_text("utf-8").split())
"""Topics in the order in which people look for them."""
CALCULATED = "calculator-"
"""What the source of a calculation begins with (bot/calculating.py)."""
POPULAR = 6
PER_TOPIC = 5


class Stock(Protocol):
    """What is shown: `knowledge.search.Knowledge`, or `knowledge.live.Live`."""

    @property
    def entries(self) -> tuple[Entry, ...]: ...
    def entry(self, entry_id: str) -> Entry: ...
    def editions(self, entry_id: str) -> tuple[Entry, ...]: ...
    def popular(self, count: int) -> tuple[Entry, ...]: ...
    def topics(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]: ...


Cited = Callable[[str, int], Awaitable[Entry]]
"""An older version that a message cites; raises NotFound, also for one that was taken back."""


class Catalogue:
    """Portal and entries, as JSON. The portal is composed again when the stock was swapped."""

    def __init__(self, knowledge: Stock, *, region_code: str, texts: Json, cited: Cited | None = None) -> None:
        """`texts`: what the portal says besides (city, greeting, hotline, service_hours, limits, ai_notice)."""
        self._knowledge = knowledge
        self._region = region_code
        self._texts = texts
        self._cited = cited
        self._portal: tuple[tuple[Entry, ...], Json] = ((), {})

    def portal(self) -> Json:
        """Greeting, most asked questions, topics with some of their questions."""
        entries = self._knowledge.entries
        if self._portal[0] is not entries or not self._portal[1]:
            self._portal = (entries, self._composed())
        return self._portal[1]

    async def entry(self, entry_id: str, version: int | None = None) -> Json:
        """One whole entry: what holds now, or the version that a message cites; raises NotFound.

        The source of a calculation is the entry that explains its rule.
        """
        if entry_id.startswith(CALCULATED):
            entry_id, version = _explaining(entry_id.removeprefix(CALCULATED)), None
        if version is None:
            return public(self._knowledge.entry(entry_id))
        with contextlib.suppress(NotFound):
            for edition in self._knowledge.editions(entry_id):
                if edition.version == version:
                    return public(edition)
        if self._cited is None:
            raise NotFound("no_entry", "没有这条知识。", detail=f"{entry_id}@{version}")
        return public(await self._cited(entry_id, version))

    def _composed(self) -> Json:
        return {
            **self._texts,
            "popular": [_asked(entry) for entry in self._knowledge.popular(POPULAR)],
            "topics": [
                {"name": topic, "questions": [entry.question for entry in here[:PER_TOPIC]]}
                for topic, entries in sorted(self._knowledge.topics(), key=_place)
                if (here := [entry for entry in entries if region.holds_for(entry.region, self._region)])
            ],
        }


def _explaining(calculator: str) -> str:
    if calculator not in CALCULATORS:
        raise NotFound("no_entry", "没有这条知识。", detail=f"calculator {calculator}")
    return CALCULATORS[calculator].entry


def public(entry: Entry) -> Json:
    """An entry without what concerns only its editors."""
    return {
        "id": entry.id,
        "topic": entry.topic,
        "question": entry.question,
        "short": entry.short,
        "answer": entry.answer,
        "steps": list(entry.steps),
        "materials": list(entry.materials),
        "channels": dict(entry.channels),
        "time_limit": entry.time_limit,
        "fee": entry.fee,
        "basis": [ground.to_json() for ground in entry.grounds],
        "issuing_body": entry.issuing_body,
        "region": entry.region,
        "region_name": region.name(entry.region),
        "varies_by_city": entry.varies_by_city,
        "persons": list(entry.persons),
        "insurance": entry.insurance,
        "effective_from": _iso(entry.effective_from),
        "effective_until": _iso(entry.effective_until),
        "version": entry.version,
    }


def _place(topic: tuple[str, tuple[Entry, ...]]) -> int:
    """A topic that nobody has placed comes last."""
    return ORDER.index(topic[0]) if topic[0] in ORDER else len(ORDER)


def _asked(entry: Entry) -> Json:
    return {"entry_id": entry.id, "question": entry.question}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
