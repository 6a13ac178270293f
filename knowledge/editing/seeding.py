"""The shipped files as the seed of the tables: loaded at the first start, and what is newer at later ones.

An entry nobody has worked on here follows the files by itself: a changed one is published, one that the files no longer
hold is taken back. An entry somebody has worked on stays as it is; what the files bring becomes a draft for review.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.errors import Misuse
from knowledge.editing import content as contents
from knowledge.editing import store
from knowledge.editing.editing import OPEN, publish
from knowledge.editing.version import Json, Origin, State
from knowledge.entry import Entry
from storage import audit
from storage.database import Database

SYSTEM = "system"
PROGRAM = "随程序发布"
NOTED = 50
"""Ids that the audit record names, at most; the numbers are complete."""


@dataclass(slots=True, kw_only=True)
class Seeded:
    """What one comparison did: ids by what became of them."""

    added: list[str]
    """New here: published."""
    updated: list[str]
    """Changed, and untouched here: published."""
    drafted: list[str]
    """Changed, and worked on here: a draft waits for review."""
    removed: list[str]
    """Not in the files any more, and untouched here: withdrawn."""

    @property
    def anything(self) -> bool:
        """Whether the tables changed."""
        return bool(self.added or self.updated or self.drafted or self.removed)


def digest(entry: Entry) -> str:
    """Names the content, whoever wrote it."""
    content = {name: value for name, value in entry.to_json().items() if name in contents.LABELS}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


async def seed(database: Database, shipped: Sequence[Entry], clock: Clock) -> Seeded:
    """Bring the tables up to the files; several processes may call it at once. Raises Retryable."""
    now = clock.now()
    async with database.begin() as connection:
        await store.lock(connection, store.SEEDING)
        run = _Run(connection, now, await store.all_entries(connection), await store.edited_here(connection))
        for entry in shipped:
            await run.bring(entry)
        await run.remove({entry.id for entry in shipped})
        if run.seeded.anything:
            await run.note()
    return run.seeded


class _Run:
    """One comparison, within one transaction."""

    def __init__(
        self, connection: AsyncConnection, now: datetime, known: dict[str, Any], edited: frozenset[str]
    ) -> None:
        self._connection = connection
        self._now = now
        self._known = known
        self._edited = edited
        self.seeded = Seeded(added=[], updated=[], drafted=[], removed=[])

    async def bring(self, entry: Entry) -> None:
        """One entry of the files."""
        ours = digest(entry)
        row = self._known.get(entry.id)
        if row is None:
            await self._add(entry, ours)
        elif row.shipped == ours or (row.shipped and entry.version < row.shipped_version):
            return
        elif entry.id in self._edited or not row.shipped_version:
            await self._draft(entry, ours)
        else:
            await self._update(entry, ours)

    async def remove(self, there: set[str]) -> None:
        """Entries that the files brought once and bring no more."""
        for entry_id, row in self._known.items():
            if entry_id in there or not row.shipped or entry_id in self._edited:
                continue
            await store.lock_entry(self._connection, entry_id)
            values: Json = {"state": State.WITHDRAWN.value, "note": store.DROPPED, "ended_at": self._now}
            for version in await store.versions_of(self._connection, entry_id):
                if version.state is State.PUBLISHED:
                    await store.change(self._connection, version, values, self._now)
            await store.set_shipped(self._connection, entry_id, "", row.shipped_version)
            self.seeded.removed.append(entry_id)

    async def note(self) -> None:
        """One record for all of it, and one announcement."""
        lists = {name: getattr(self.seeded, name) for name in ("added", "updated", "drafted", "removed")}
        detail: Json = {name: {"count": len(ids), "first": ids[:NOTED]} for name, ids in lists.items()}
        await audit.append(
            self._connection, self._now, actor=SYSTEM, action="knowledge.seeded", subject="knowledge", detail=detail
        )
        await store.announce(self._connection)

    async def _add(self, entry: Entry, ours: str) -> None:
        # Entries are shown in the order of their coming: here, that of the files.
        came = self._now + timedelta(microseconds=len(self.seeded.added))
        await store.add_entry(self._connection, entry, came, shipped=ours, shipped_version=entry.version)
        days = {"effective_from": entry.effective_from, "effective_until": entry.effective_until}
        published = {"state": State.PUBLISHED.value, "published_at": self._now}
        await store.add_version(self._connection, _row(entry, 1, self._now) | days | published)
        self.seeded.added.append(entry.id)

    async def _update(self, entry: Entry, ours: str) -> None:
        number = (await store.lock_entry(self._connection, entry.id)).newest + 1
        version = await store.add_version(self._connection, _row(entry, number, self._now))
        try:
            await publish(self._connection, version, self._now, {})
            self.seeded.updated.append(entry.id)
        except Misuse:  # its days would tear an older version's in two: a person decides
            await store.change(self._connection, version, {"state": State.REVIEW.value}, self._now)
            self.seeded.drafted.append(entry.id)
        await store.set_shipped(self._connection, entry.id, ours, entry.version)

    async def _draft(self, entry: Entry, ours: str) -> None:
        """A draft beside an open one would be a second: the files are asked again at the next start."""
        newest = (await store.lock_entry(self._connection, entry.id)).newest
        versions = await store.versions_of(self._connection, entry.id)
        if any(version.state in OPEN for version in versions):
            return
        if not contents.same(versions[-1].entry, entry):
            row = _row(entry, newest + 1, self._now) | {"state": State.REVIEW.value}
            await store.add_version(self._connection, row)
            self.seeded.drafted.append(entry.id)
        await store.set_shipped(self._connection, entry.id, ours, entry.version)


def _row(entry: Entry, number: int, now: datetime) -> Json:
    """The row of a version that the files bring."""
    return {
        "entry_id": entry.id,
        "number": number,
        "state": State.DRAFT.value,
        "content": entry.to_json(),
        "effective_from": entry.effective_from,
        "effective_until": entry.effective_until,
        "origin": Origin.SHIPPED.value,
        "author": SYSTEM,
        "author_name": entry.author,
        "writers": [SYSTEM],
        "reviewer": SYSTEM,
        "reviewer_name": entry.reviewer,
        "note": PROGRAM,
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }
