"""The audit trail: append-only, each record chained to the one before by SM3 (GB/T 32905-2016).

`digest = SM3(previous digest || canonical JSON of the record)`. A record that was changed, removed, put in between or
moved breaks the chain at its place; `verify` names the first such place.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from sqlalchemy import insert, select, text

from core.message import Json
from storage.database import Database
from storage.schema import audit

GENESIS = bytes(32)
_LOCK = 0x6175646974  # "audit": one writer at a time, so that ids have no gaps and the chain no forks


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
    """`missing`, `previous` or `digest`."""


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


def check(records: Iterable[Record]) -> Break | None:
    """The first place where the chain breaks, None when it holds."""
    previous = GENESIS
    for expected, record in enumerate(records, 1):
        if record.id != expected:
            return Break(id=expected, reason="missing")
        if record.previous != previous:
            return Break(id=record.id, reason="previous")
        right = digest(record.id, record.at, record.actor, record.action, record.subject, record.detail, previous)
        if record.digest != right:
            return Break(id=record.id, reason="digest")
        previous = record.digest
    return None


class Audit:
    """Append to the trail and check it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, now: datetime, *, actor: str, action: str, subject: str, detail: Json) -> int:
        """Add one record at the end of the chain; gives its id."""
        async with self._database.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            last = (
                await connection.execute(select(audit.c.id, audit.c.digest).order_by(audit.c.id.desc()).limit(1))
            ).one_or_none()
            record_id = last.id + 1 if last else 1
            previous = bytes(last.digest) if last else GENESIS
            plain = json.loads(json.dumps(detail))  # as PostgreSQL will give it back
            await connection.execute(
                insert(audit).values(
                    id=record_id,
                    at=now,
                    actor=actor,
                    action=action,
                    subject=subject,
                    detail=plain,
                    previous=previous,
                    digest=digest(record_id, now, actor, action, subject, plain, previous),
                )
            )
        return int(record_id)

    async def records(self, *, after: int = 0, limit: int = 1000) -> tuple[Record, ...]:
        """Records after an id, in order."""
        statement = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
        async with self._database.connect() as connection:
            return tuple(_record(row) for row in await connection.execute(statement))

    async def verify(self) -> Break | None:
        """Walk the whole chain; None when it holds."""
        everything: list[Record] = []
        while page := await self.records(after=everything[-1].id if everything else 0):
            everything += page
        return check(everything)


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
