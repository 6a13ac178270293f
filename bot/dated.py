"""A question about another day than today: what held or will hold then, and a sentence on how that differs."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from bot.ports import Entry, Found, Hit, Knowledge
from bot.replies import Replies
from core.errors import NotFound
from knowledge.asof import AsOf

SHORTEST = 3
"""Characters that must be left of a question without its day, for searching without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """What a search as of another day decided; `bot.ports.Found` with a sentence."""

    decision: StrEnum
    """As the search decided."""
    hits: tuple[Any, ...]
    """Best first, in the editions that are to be said."""
    elsewhere: str = ""
    """Who would know."""
    place: str = ""
    """Code of another place whose rules were asked for."""
    note: str = ""
    """Which day's rule it is, and whether today's differs; said before the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """One entry in the edition to be said, where a hit is wanted."""

    entry: Entry
    score: float


def search(
    knowledge: Knowledge, replies: Replies, question: str, asked: AsOf, *, region: str, today: date
) -> Found | Dated:
    """Search as of the day asked about; raises what the search raises."""
    words = asked.rest if len(asked.rest) >= SHORTEST else question
    present = knowledge.search(words, region=region, on=today)
    if asked.day is None:
        return _before(knowledge, replies, asked, present)
    then = knowledge.search(words, region=region, on=asked.day)
    if _answers(then) and (not _answers(present) or then.hits[0].entry.id == present.hits[0].entry.id):
        entry = then.hits[0].entry
        return _dated(then, then.hits, _note(knowledge, replies, entry, asked, asked.day, today))
    if not _answers(present):
        return present
    entry = present.hits[0].entry
    held = _holding(knowledge, entry.id, asked.day)
    if held is None:
        return _dated(present, present.hits, replies.say("utter_as_of_unknown", said=asked.said))
    hits = (_Held(entry=held, score=present.hits[0].score),)
    return _dated(present, hits, _note(knowledge, replies, held, asked, asked.day, today))


def _before(knowledge: Knowledge, replies: Replies, asked: AsOf, present: Found) -> Found | Dated:
    """以前的规定: the edition before the one that holds now."""
    if not _answers(present):
        return present
    hit = present.hits[0]
    since = hit.entry.source().effective_from
    held = _holding(knowledge, hit.entry.id, since - timedelta(days=1)) if since else None
    if held is None or since is None:
        return _dated(present, present.hits, replies.say("utter_as_of_unknown", said=asked.said))
    said = f"{since.year}年{since.month}月{since.day}日以前"
    hits = (_Held(entry=held, score=hit.score),)
    return _dated(present, hits, replies.say("utter_as_of_past", said=said))


def _note(knowledge: Knowledge, replies: Replies, entry: Entry, asked: AsOf, day: date, today: date) -> str:
    """Which day's rule `entry` is, and whether another holds today."""
    now = _holding(knowledge, entry.id, today)
    future = day > today
    if now is None:
        name = "utter_as_of_to_come" if future else "utter_as_of_over"
    elif now.source().version != entry.source().version:
        name = "utter_as_of_future" if future else "utter_as_of_past"
    elif future:
        name = "utter_as_of_future_same"
    else:
        name = "utter_as_of_past_same" if entry.source().effective_from else "utter_as_of_undated"
    return replies.say(name, said=asked.said)


def _answers(found: Found) -> bool:
    return str(found.decision) == "answer"


def _holding(knowledge: Knowledge, entry_id: str, day: date) -> Entry | None:
    try:
        return knowledge.holding(entry_id, day)
    except NotFound:
        return None


def _dated(found: Found, hits: tuple[Hit, ...] | tuple[_Held, ...], note: str) -> Dated:
    return Dated(decision=found.decision, hits=hits, elsewhere=found.elsewhere, place=found.place, note=note)
