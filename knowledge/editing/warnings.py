"""What needs an editor's eye: entries that end soon, rules that changed under them, answers that contradict."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.errors import NotFound
from core.staff import Staff
from knowledge import region as regions
from knowledge import tokens
from knowledge.editing.schema import marks
from knowledge.editing.version import Json, Version
from knowledge.entry import Entry
from storage import audit
from storage.database import Database

AHEAD = timedelta(days=30)
"""How long before its last day an entry warns."""
SOURCE = "source"
NEAR = 0.8
"""Share of character pairs that two questions have in common from which they count as very near."""
MAX_NEAR = 200
"""Pairs that are shown at most."""


def expiring(versions: Iterable[Version], today: date) -> list[Json]:
    """Entries whose last version ends within 30 days, or has ended; the longest over first."""
    last: dict[str, Version] = {}
    for version in versions:
        known = last.get(version.entry_id)
        if known is None or _end(known) <= _end(version):
            last[version.entry_id] = version
    soon = [one for one in last.values() if _end(one) <= today + AHEAD]
    return [
        {
            "entry_id": one.entry_id,
            "number": one.number,
            "question": one.entry.question,
            "region": one.entry.region,
            "effective_until": _end(one).isoformat(),
            "days": (_end(one) - today).days,
        }
        for one in sorted(soon, key=_end)
    ]


def contradictions(versions: Sequence[Version]) -> list[Json]:
    """Pairs of entries asked alike that answer differently where and while both hold.

    `local`: one of the two is the nearer rule (a city's beside the nation's), which may well be meant; those come last.
    """
    found: dict[tuple[str, int, str, int], Json] = {}
    for one, other, question, near in _asked_alike(versions):
        if one.entry_id == other.entry_id or not _meet(one, other) or _says(one.entry) == _says(other.entry):
            continue
        key = (one.entry_id, one.number, other.entry_id, other.number)
        known = found.get(key)
        if known is None or known["near"] < near:
            local = one.entry.region != other.entry.region
            sides = [_side(one), _side(other)]
            found[key] = {"question": question, "near": round(near, 2), "local": local, "entries": sides}
    return sorted(found.values(), key=lambda item: (item["local"], -float(item["near"])))[:MAX_NEAR]


def _asked_alike(versions: Sequence[Version]) -> Iterator[tuple[Version, Version, str, float]]:
    """(one, other, a question of the one, nearness) for equal questions, and for very near standard questions."""
    asked: dict[str, list[tuple[Version, str]]] = {}
    for version in versions:
        for levelled, question in {_level(text): text for text in version.entry.questions}.items():
            asked.setdefault(levelled, []).append((version, question))
    for holders in asked.values():
        for place, (one, question) in enumerate(holders):
            for other, _ in holders[place + 1 :]:
                yield one, other, question, 1.0
    yield from _near(versions)


def _near(versions: Sequence[Version]) -> Iterator[tuple[Version, Version, str, float]]:
    """Standard questions that share most of their character pairs."""
    pairs = [_pairs(version.entry.question) for version in versions]
    holders: dict[str, list[int]] = {}
    for at, own in enumerate(pairs):
        for pair in own:
            holders.setdefault(pair, []).append(at)
    for at, own in enumerate(pairs):
        shared: dict[int, int] = {}
        for pair in own:
            for other in holders[pair]:
                if other > at:
                    shared[other] = shared.get(other, 0) + 1
        for other, count in shared.items():
            near = count / len(own | pairs[other])
            if near >= NEAR:
                yield versions[at], versions[other], versions[at].entry.question, near


def _meet(one: Version, other: Version) -> bool:
    """Whether there is a citizen and a day for which both hold."""
    here, there = one.entry.region, other.entry.region
    overlap = regions.holds_for(here, there) or regions.holds_for(there, here)
    return overlap and one.range.overlaps(other.range) and _share_person(one, other)


def _share_person(one: Version, other: Version) -> bool:
    ours, theirs = set(one.entry.persons), set(other.entry.persons)
    return not ours or not theirs or "所有人" in ours | theirs or bool(ours & theirs)


def _says(entry: Entry) -> tuple[str, str]:
    return _level(entry.short), _level(entry.answer)


def _side(version: Version) -> Json:
    entry = version.entry
    return {
        "entry_id": entry.id,
        "number": version.number,
        "question": entry.question,
        "region": entry.region,
        "region_name": regions.name(entry.region),
        "short": entry.short,
    }


def _level(text: str) -> str:
    return tokens.of_the_field().analyse(text).plain


def _pairs(text: str) -> set[str]:
    plain = _level(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)} or {plain}


def _end(version: Version) -> date:
    return version.range.last or date.max


class Marks:
    """Entries to read again because a rule they rest on changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, found: Iterable[tuple[str, str, str]], now: datetime, *, actor: str) -> int:
        """(entry, law and article, what happened) -> how many are new; one that is open already stays one."""
        added = 0
        async with self._database.begin() as connection:
            for entry_id, subject, says in found:
                values = {"entry_id": entry_id, "kind": SOURCE, "subject": subject, "says": says}
                statement = insert(marks).values(**values, at=now, closed_by="")
                row = (await connection.execute(statement.on_conflict_do_nothing().returning(marks.c.id))).one_or_none()
                if row is not None:
                    added += 1
                    await audit.append(
                        connection, now, actor=actor, action="knowledge.marked", subject=entry_id, detail=values
                    )
        return added

    async def open(self) -> list[Json]:
        """Those nobody has dealt with, oldest first."""
        statement = select(marks).where(marks.c.closed_by == "").order_by(marks.c.id)
        async with self._database.connect() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            {"id": row.id, "entry_id": row.entry_id, "rule": row.subject, "says": row.says, "at": row.at.isoformat()}
            for row in rows
        ]

    async def close(self, mark_id: int, staff: Staff, now: datetime) -> None:
        """Somebody has read the entry again; raises NotFound."""
        statement = (
            update(marks)
            .where(marks.c.id == mark_id, marks.c.closed_by == "")
            .values(closed_at=now, closed_by=staff.account)
            .returning(marks.c.entry_id)
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                raise NotFound("no_mark", "没有这条提醒。")
            await audit.append(
                connection,
                now,
                actor=f"staff:{staff.account}",
                action="knowledge.mark_closed",
                subject=row.entry_id,
                detail={"mark": mark_id},
            )
