"""The outbox: what must leave by a push channel (WeChat, SMS, phone), each message once.

`sending` is committed before the provider is called with our reference; a crash in between leaves `uncertain`, which is
reconciled with the provider and never blindly sent again (ARCHITECTURE 3.3). Channels that pull (the web window) read
the messages themselves and have no rows here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text

from core.message import Reply
from storage.database import Database
from storage.events import Events

LEASE = timedelta(seconds=60)
Outcome = Literal["sent", "refused", "uncertain", "dropped", "pending"]

# A row of an older epoch was composed before somebody else took over: it is dropped, not sent.
_CLAIM = text("""
    WITH due AS (
        SELECT o.id, o.epoch < c.epoch AS stale FROM outbox AS o JOIN conversations AS c ON c.id = o.conversation_id
        WHERE o.channel = :channel AND o.state = 'pending' AND o.due_at <= :now
          AND NOT EXISTS (SELECT FROM outbox AS earlier WHERE earlier.conversation_id = o.conversation_id
                          AND earlier.seq < o.seq AND earlier.state IN ('pending', 'sending'))
        ORDER BY o.due_at, o.id LIMIT :limit FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE outbox SET
        state = CASE WHEN due.stale THEN 'dropped' ELSE 'sending' END,
        attempts = outbox.attempts + CASE WHEN due.stale THEN 0 ELSE 1 END,
        claimed_by = CASE WHEN due.stale THEN NULL ELSE CAST(:claimer AS bigint) END,
        claim_until = CASE WHEN due.stale THEN NULL ELSE :now + CAST(:lease AS interval) END
    FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, outbox.conversation_id, outbox.seq, outbox.attempts, outbox.body, outbox.state
""")
_FINISH = text("""
    UPDATE outbox
    SET state = :state, provider_id = :provider_id, due_at = :due_at, claimed_by = NULL, claim_until = NULL
    WHERE id = :id AND state = 'sending' AND claimed_by = :claimer
""")
_SWEEP = text("""
    WITH living AS (
        SELECT (classid::bigint << 32) | objid::bigint AS instance FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    UPDATE outbox SET state = 'uncertain', claimed_by = NULL, claim_until = NULL
    WHERE state = 'sending' AND (claim_until < :now OR claimed_by NOT IN (SELECT instance FROM living))
    RETURNING id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message claimed for sending."""

    id: int
    """The row."""
    conversation_id: str
    """Whose message it is."""
    seq: int
    """Its place in the conversation."""
    attempts: int
    """How often it was tried, this time included."""
    said: Reply
    """What to send."""

    @property
    def reference(self) -> str:
        """Our reference for the provider: the same at every try, so that it can refuse a double."""
        return f"{self.conversation_id}-{self.seq}"


class Outbox:
    """Claim, finish and sweep."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._instance = events.instance

    async def claim(self, channel: str, now: datetime, *, limit: int = 20) -> tuple[Parcel, ...]:
        """Take what is due, in order within each conversation; committed as `sending` before this returns."""
        rows = await self._all(_CLAIM, channel=channel, now=now, limit=limit, claimer=self._instance, lease=LEASE)
        return tuple(
            Parcel(
                id=row.id,
                conversation_id=row.conversation_id,
                seq=row.seq,
                attempts=row.attempts,
                said=Reply.from_json(row.body),
            )
            for row in sorted(rows, key=lambda row: row.id)
            if row.state == "sending"
        )

    async def finish(
        self, parcel: Parcel, outcome: Outcome, *, now: datetime, retry_in: float = 0.0, provider_id: str = ""
    ) -> bool:
        """Record what became of a claimed message; False when the claim was lost meanwhile."""
        async with self._database.connect() as connection:
            result = await connection.execute(
                _FINISH,
                {
                    "id": parcel.id,
                    "state": outcome,
                    "provider_id": provider_id or None,
                    "due_at": now + timedelta(seconds=retry_in),
                    "claimer": self._instance,
                },
            )
            return result.rowcount == 1

    async def sweep(self, now: datetime) -> tuple[int, ...]:
        """Rows whose sender died in mid-call become `uncertain`; gives their ids for reconciliation."""
        return tuple(row.id for row in await self._all(_SWEEP, now=now))

    async def _all(self, statement: Any, **values: Any) -> list[Any]:
        async with self._database.connect() as connection:
            return list((await connection.execute(statement, values)).all())
