"""What editors and reviewers see: the list with its filters, one entry with its history, queues, the coverage map."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import NotFound
from knowledge import region as regions
from knowledge.editing import content as contents
from knowledge.editing import store
from knowledge.editing.editing import ONCE_PUBLISHED
from knowledge.editing.version import Json, State, Version
from storage.database import Database

UNUSED: Json = {"shown": 0, "helpful": 0, "unhelpful": 0, "handed_over": 0}
SORTS = ("updated", "question", "shown", "unhelpful", "handed_over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters of the list; an empty one lets everything through."""

    q: str = ""
    """Words that stand in the id, the question or a similar question."""
    topic: str = ""
    region: str = ""
    """Division code: this region and what lies in it."""
    state: str = ""
    """State of the newest version, or `published` for entries that answer."""
    person: str = ""
    """Whom it concerns, or who wrote it."""
    sort: str = "updated"
    """One of `SORTS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One entry in the list."""

    newest: Version
    published: tuple[Any, ...]
    uses: Json

    def to_json(self) -> Json:
        entry = self.newest.entry
        answering = self.published[-1] if self.published else None
        return {
            "entry_id": self.newest.entry_id,
            "question": entry.question,
            "topic": entry.topic,
            "region": entry.region,
            "region_name": regions.name(entry.region),
            "state": self.newest.state.value,
            "newest": self.newest.number,
            "revision": self.newest.revision,
            "published": answering.number if answering else None,
            "effective_from": _iso(answering.effective_from if answering else self.newest.range.first),
            "effective_until": _iso(answering.effective_until if answering else self.newest.range.last),
            "updated_at": self.newest.updated_at.isoformat(),
            "author": self.newest.author_name,
            "stats": self.uses,
        }


Uses = Mapping[str, Json]
"""Entry -> shown, helpful, unhelpful, handed_over."""


class Reading:
    """Reads; changes nothing. All raise Retryable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, wanted: Wanted, uses: Uses, *, page: int, size: int) -> Json:
        """`{"total", "items"}`: one page (from 1) of the list."""
        async with self._database.begin() as connection:
            newest = await store.newest(connection)
            published = await store.published_numbers(connection)
        lines = [
            _Line(
                newest=version,
                published=tuple(published.get(version.entry_id, ())),
                uses=uses.get(version.entry_id, UNUSED),
            )
            for version in newest
        ]
        kept = [line for line in lines if _fits(line, wanted)]
        kept.sort(key=_order(wanted.sort))
        start = (page - 1) * size
        return {"total": len(kept), "items": [line.to_json() for line in kept[start : start + size]]}

    async def entry(self, entry_id: str) -> Json:
        """`{"entry_id", "versions", "current", "newest"}`; raises NotFound."""
        versions = await self.versions(entry_id)
        published = [one for one in versions if one.state is State.PUBLISHED]
        return {
            "entry_id": entry_id,
            "versions": [one.to_json() for one in reversed(versions)],
            "current": published[-1].content if published else None,
            "newest": versions[-1].content,
        }

    async def version(self, entry_id: str, number: int) -> Version:
        """One version; raises NotFound."""
        async with self._database.connect() as connection:
            found = await store.version(connection, entry_id, number)
        if found is None:
            raise NotFound("no_version", "没有这个版本。", detail=f"{entry_id}@{number}")
        return found

    async def versions(self, entry_id: str) -> tuple[Version, ...]:
        """All versions, oldest first; raises NotFound."""
        async with self._database.connect() as connection:
            versions = await store.versions_of(connection, entry_id)
        if not versions:
            raise NotFound("no_entry", "没有这条知识。", detail=entry_id)
        return versions

    async def difference(self, entry_id: str, one: int, other: int) -> Json:
        """`{"fields": [{"name", "label", "from", "to"}]}`; raises NotFound."""
        old, new = await self.version(entry_id, one), await self.version(entry_id, other)
        return {"fields": contents.differences(old.entry, new.entry)}

    async def cited(self, entry_id: str, number: int) -> Version:
        """A version that a citizen may have been answered with; raises NotFound, also for what was taken back."""
        version = await self.version(entry_id, number)
        if version.state not in ONCE_PUBLISHED:
            raise NotFound("no_entry", "没有这条知识。", detail=f"{entry_id}@{number}")
        if version.state is State.WITHDRAWN:
            raise NotFound("entry_withdrawn", "这一版内容已经撤回，不能再作为依据。请重新提问，或拨打12345。")
        return version

    async def reviews(self) -> list[Json]:
        """Versions that wait for approval, the longest waiting first, with what would change."""
        async with self._database.begin() as connection:
            waiting = await store.in_state(connection, [State.REVIEW])
            published = await store.in_state(connection, [State.PUBLISHED])
        answering = {one.entry_id: one for one in published}
        waiting = tuple(sorted(waiting, key=lambda one: one.updated_at))
        return [_review(one, answering.get(one.entry_id)) for one in waiting]

    async def published(self) -> tuple[Version, ...]:
        """All versions that answer on some day."""
        async with self._database.begin() as connection:
            return await store.in_state(connection, [State.PUBLISHED])

    async def coverage(self) -> Json:
        """`{"topics", "regions", "cells"}`: how many entries answer, by topic (rows) and region (columns)."""
        answering = {one.entry_id: one.entry for one in await self.published()}
        counted = Counter((entry.topic, entry.region) for entry in answering.values())
        topics = sorted({topic for topic, _ in counted})
        codes = sorted({region for _, region in counted})
        return {
            "topics": topics,
            "regions": [{"code": code, "name": regions.name(code)} for code in codes],
            "cells": [[counted[topic, code] for code in codes] for topic in topics],
        }


def _review(waiting: Version, answering: Version | None) -> Json:
    entry = waiting.entry
    changed = contents.differences(answering.entry, entry) if answering else []
    return waiting.to_json() | {
        "question": entry.question,
        "topic": entry.topic,
        "region": entry.region,
        "region_name": regions.name(entry.region),
        "changed": [field["label"] for field in changed],
        "published": answering.number if answering else None,
    }


def _fits(line: _Line, wanted: Wanted) -> bool:
    newest, entry = line.newest, line.newest.entry
    if wanted.q and not any(wanted.q.lower() in text.lower() for text in (entry.id, *entry.questions)):
        return False
    if wanted.topic and entry.topic != wanted.topic:
        return False
    if wanted.region and not _lies_in(entry.region, wanted.region):
        return False
    if wanted.person and wanted.person not in (*entry.persons, newest.author, newest.author_name, *newest.writers):
        return False
    if wanted.state == State.PUBLISHED:
        return bool(line.published)
    return not wanted.state or newest.state == wanted.state


def _lies_in(code: str, area: str) -> bool:
    """Whether a region is the area or lies in it; 000000 means the rules of the nation themselves."""
    return code == area if area == regions.NATION else code.startswith(area[: 2 * regions.level(area)])


def _order(sort: str) -> Callable[[_Line], Any]:
    if sort == "question":
        return lambda line: line.newest.entry.question
    if sort in UNUSED:
        return lambda line: (-line.uses[sort], line.newest.entry_id)
    return lambda line: (-line.newest.updated_at.timestamp(), line.newest.entry_id)


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
