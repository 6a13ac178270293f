"""Questions that were not answered: noted beside the turn, grouped when equal after levelling, for the editors.

A turn only puts the question into a bounded line (any thread may); a task of the process writes what has gathered. When
the database is away or the line is full, questions are lost rather than turns slowed.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from core.clock import Clock
from core.errors import HuiChuangError, NotFound
from core.staff import Staff
from knowledge import tokens
from knowledge.editing.schema import unanswered
from knowledge.editing.version import Json
from storage import audit
from storage.database import Database
from storage.vault import replace_tokens

log = structlog.get_logger(__name__)
LINE = 500
"""Questions that may wait to be written."""
EVERY_SECONDS = 1.0
LONGEST = 200
"""Characters of a question that are kept."""
NEAREST = 3
_FULL_MASK = "****"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One question that found no answer."""

    question: str
    """As understood: personal numbers are tokens already."""
    region: str
    """Where it was asked."""
    nearest: tuple[tuple[str, str, float], ...]
    """(entry id, question, score), best first."""


class Recorder:
    """The line and the task that empties it."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._line: deque[Missed] = deque(maxlen=LINE)
        self._task: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def note(self, question: str, region: str, nearest: Sequence[tuple[str, str, float]]) -> None:
        """Remember a question; returns at once, from any thread."""
        self._line.append(Missed(question=question, region=region, nearest=tuple(nearest[:NEAREST])))

    def start(self) -> None:
        """Write from now on."""
        self._task = asyncio.create_task(self._run(), name="unanswered")

    async def stop(self) -> None:
        """Write what is left and end."""
        if self._task is not None:
            self._ending.set()
            await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(HuiChuangError):
            await self.write()

    async def write(self) -> int:
        """Write what has gathered; gives how many. Raises Retryable."""
        written = 0
        while self._line:
            missed = self._line.popleft()
            await record(self._database, missed, self._clock.now())
            written += 1
        return written

    async def _run(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), EVERY_SECONDS)
            try:
                await self.write()
            except HuiChuangError as error:
                log.warning("knowledge.unanswered_lost", code=error.code)


async def record(database: Database, missed: Missed, now: datetime) -> None:
    """Count one question; one that was closed before is open again."""
    question = replace_tokens(missed.question, lambda _: _FULL_MASK).strip()[:LONGEST]
    levelled = tokens.of_the_field().analyse(question).plain[:LONGEST]
    if not levelled:
        return
    nearest = [{"entry_id": name, "question": text, "score": score} for name, text, score in missed.nearest]
    statement = insert(unanswered).values(
        levelled=levelled,
        region=missed.region,
        question=question,
        count=1,
        nearest=nearest,
        first_at=now,
        last_at=now,
        closed_by="",
        entry_id="",
        note="",
    )
    statement = statement.on_conflict_do_update(
        index_elements=[unanswered.c.levelled, unanswered.c.region],
        set_={
            "count": unanswered.c.count + 1,
            "nearest": nearest,
            "last_at": now,
            "closed_at": None,
            "closed_by": "",
        },
    )
    async with database.connect() as connection:
        await connection.execute(statement)


class Unanswered:
    """What the editors do with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: int, size: int) -> Json:
        """`{"total", "items"}`: the open ones, the most asked first."""
        open_ones = unanswered.c.closed_by == ""
        statement = (
            select(unanswered)
            .where(open_ones)
            .order_by(unanswered.c.count.desc(), unanswered.c.last_at.desc(), unanswered.c.id)
            .limit(size)
            .offset((page - 1) * size)
        )
        async with self._database.connect() as connection:
            total = await connection.scalar(select(func.count()).select_from(unanswered).where(open_ones))
            rows = (await connection.execute(statement)).all()
        return {"total": int(total or 0), "items": [_item(row) for row in rows]}

    async def near(self, entry_id: str, limit: int) -> list[str]:
        """Open questions that have this entry among their nearest."""
        statement = (
            select(unanswered.c.question)
            .where(unanswered.c.closed_by == "", unanswered.c.nearest.contains([{"entry_id": entry_id}]))
            .order_by(unanswered.c.count.desc())
            .limit(limit)
        )
        async with self._database.connect() as connection:
            return list((await connection.execute(statement)).scalars())

    async def close(self, question_id: int, staff: Staff, *, entry_id: str, note: str, now: datetime) -> None:
        """It is dealt with: by an entry, or with a note why not. Raises NotFound."""
        statement = (
            update(unanswered)
            .where(unanswered.c.id == question_id, unanswered.c.closed_by == "")
            .values(closed_at=now, closed_by=staff.account, entry_id=entry_id, note=note)
        )
        async with self._database.begin() as connection:
            if (await connection.execute(statement)).rowcount == 0:
                raise NotFound("no_question", "没有这个待处理的问题。")
            await audit.append(
                connection,
                now,
                actor=f"staff:{staff.account}",
                action="knowledge.unanswered_closed",
                subject=str(question_id),
                detail={"entry_id": entry_id, "note": note},
            )


def _item(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "question": row.question,
        "region": row.region,
        "count": row.count,
        "first_at": row.first_at.isoformat(),
        "last_at": row.last_at.isoformat(),
        "nearest": row.nearest,
    }
