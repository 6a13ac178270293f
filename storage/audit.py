"""The audit trail: append-only, each record chained to the one before by SM3 (GB/T 32905-2016).

`digest = SM3(previous digest || canonical JSON of the record)`. A record that was changed, removed, put in between or
moved breaks the chain at its place; `verify` names the first such place. The head keeps the number and digest of the
last record, so that records cut off from the end, or added there by another way, are noticed as well.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.message import Json
from storage.database import Database
from storage.schema import audit, audit_head

GENESIS = bytes(32)
PAGE = 1000
_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One audited fact."""

    id: int
    """1, 2, 3 … without gaps."""
    at: datetime
    """When, aware."""
    actor: str
    """Who did it: `citizen:<conversation>`, `agent:<id>`, `system`."""
    action: str
    """What was done, a stable name such as `handover.requested`."""
    subject: str
    """What it was done to."""
    detail: Json
    """Further facts; personal values masked."""
    previous: bytes
    """Digest of the record before, 32 zero bytes for the first."""
    digest: bytes
    """This record's digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where the chain does not hold."""

    id: int
    """The first record that does not fit."""
    reason: str
    """`missing`, `previous`, `digest`, or `head` for an end that is not the recorded one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain as it was recorded with the last append."""

    last: int
    """Id of the last record, 0 before the first."""
    digest: bytes
    """Its digest, 32 zero bytes before the first."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    """How far the chain was followed."""

    last: int = 0
    digest: bytes = GENESIS

    def step(self, record: Record) -> Break | None:
        """Take the next record; a break when it does not fit."""
        if record.id != self.last + 1:
            return Break(id=self.last + 1, reason="missing")
        if record.previous != self.digest:
            return Break(id=record.id, reason="previous")
        right = digest(record.id, record.at, record.actor, record.action, record.subject, record.detail, self.digest)
        if record.digest != right:
            return Break(id=record.id, reason="digest")
        self.last, self.digest = record.id, record.digest
        return None

    def end(self, head: Head) -> Break | None:
        """A break when the chain ends elsewhere than was recorded."""
        if (self.last, self.digest) == (head.last, head.digest):
            return None
        return Break(id=min(self.last, head.last) + 1, reason="head")


def digest(record_id: int, at: datetime, actor: str, action: str, subject: str, detail: Json, previous: bytes) -> bytes:
    """SM3 over the previous digest and this record, 32 bytes."""
    body = json.dumps(
        [record_id, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, action, subject, detail],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(previous)
    sm3.update(body.encode("utf-8"))
    return sm3.finalize()


def check(records: Iterable[Record], *, head: Head | None = None) -> Break | None:
    """The first place where the chain breaks, or where it does not end at `head`; None when it holds."""
    walk = _Walk()
    for record in records:
        if broken := walk.step(record):
            return broken
    return walk.end(head) if head is not None else None


async def append(
    connection: AsyncConnection, now: datetime, *, actor: str, action: str, subject: str, detail: Json
) -> int:
    """Add one record within a transaction of the caller's, so that the deed and its record stand or fall together."""
    # The head's row lock lets one writer in at a time: ids have no gaps and the chain no forks.
    head = (await connection.execute(select(audit_head).with_for_update())).one()
    record_id, previous = head.last + 1, bytes(head.digest)
    plain = json.loads(json.dumps(detail))  # as PostgreSQL will give it back
    ours = digest(record_id, now, actor, action, subject, plain, previous)
    row = {"id": record_id, "at": now, "actor": actor, "action": action, "subject": subject, "detail": plain}
    await connection.execute(insert(audit).values(**row, previous=previous, digest=ours))
    await connection.execute(update(audit_head).values(last=record_id, digest=ours))
    return int(record_id)


class Audit:
    """Append to the trail and check it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, now: datetime, *, actor: str, action: str, subject: str, detail: Json) -> int:
        """Add one record at the end of the chain; gives its id."""
        async with self._database.begin() as connection:
            return await append(connection, now, actor=actor, action=action, subject=subject, detail=detail)

    async def records(self, *, after: int = 0, limit: int = PAGE) -> tuple[Record, ...]:
        """Records after an id, in order."""
        async with self._database.connect() as connection:
            return await _page(connection, after, limit)

    async def verify(self) -> Break | None:
        """Walk the whole chain up to its recorded head, in one snapshot; None when it holds."""
        walk = _Walk()
        async with self._database.begin() as connection:
            await connection.execute(_SNAPSHOT)
            while page := await _page(connection, walk.last, PAGE):
                for record in page:
                    if broken := walk.step(record):
                        return broken
            head = (await connection.execute(select(audit_head))).one_or_none()
        return walk.end(Head(last=head.last, digest=bytes(head.digest)) if head else Head(last=-1, digest=b""))


async def _page(connection: AsyncConnection, after: int, limit: int) -> tuple[Record, ...]:
    statement = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
    return tuple(_record(row) for row in await connection.execute(statement))


def _record(row: Any) -> Record:
    return Record(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        previous=bytes(row.previous),
        digest=bytes(row.digest),
    )
