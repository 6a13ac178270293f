"""What the public pages show of the knowledge base."""

from datetime import date
from pathlib import Path
from typing import Any

from knowledge import region
from knowledge.entry import Entry
from knowledge.search import Knowledge

Json = dict[str, Any]
ORDER = tuple((Path(__file__).parent / "topics.txt").read_text("utf-8").split())
"""Topics in the order in which people look for them."""
POPULAR = 6
PER_TOPIC = 5


class Catalogue:
    """Portal and entries, as JSON. The portal is composed once: the entries of an index do not change."""

    def __init__(self, knowledge: Knowledge, *, region_code: str, texts: Json) -> None:
        """`texts`: what the portal says besides (city, greeting, hotline, service_hours, limits, ai_notice)."""
        self._knowledge = knowledge
        self._region = region_code
        self._portal: Json = {
            **texts,
            "popular": [_asked(entry) for entry in knowledge.popular(POPULAR)],
            "topics": [
                {"name": topic, "questions": [entry.question for entry in here[:PER_TOPIC]]}
                for topic, entries in sorted(knowledge.topics(), key=_place)
                if (here := [entry for entry in entries if region.holds_for(entry.region, region_code)])
            ],
        }

    def portal(self) -> Json:
        """Greeting, most asked questions, topics with some of their questions."""
        return self._portal

    def entry(self, entry_id: str) -> Json:
        """One whole entry; raises NotFound."""
        return public(self._knowledge.entry(entry_id))


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
