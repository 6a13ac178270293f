"""The inbox: one row is both the mark against duplicates and the work to be done (ARCHITECTURE 3.1)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text

from core.errors import NotFound, TooMany, Unauthenticated
from core.message import Json, Reply
from storage.database import Database, json_text
from storage.events import Events
from storage.schema import inbox

LEASE = timedelta(seconds=30)
"""Longer than any turn may take; a worker's death is noticed much sooner by its advisory lock."""

# The two statements of every turn, and the one of every waiting message: as the driver takes them, since SQLAlchemy's
# way through its compiler and type system costs as much again as the call itself.
_ACCEPT = (
    "SELECT * FROM accept_message(%(channel)s, %(message_id)s, %(conversation_id)s, %(token_hash)s,"
    " %(client_message_id)s, %(text)s, %(now)s, %(claimer)s, %(lease)s, %(interval)s, %(burst)s)"
)
_CLAIM = "SELECT * FROM claim_next(%(conversation_id)s, %(now)s, %(claimer)s, %(lease)s)"
_COMMIT = (
    "SELECT * FROM commit_turn(%(inbox_id)s, %(claimer)s, %(epoch)s, %(now)s, %(citizen)s::jsonb, %(replies)s::jsonb,"
    " %(owner)s, %(context)s::jsonb, %(personal)s::jsonb, %(push)s, %(claimer)s)"
)
_RELEASE = text("SELECT * FROM release_orphans(:now, :limit)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A citizen's message as a channel hands it in, authenticated by the token's hash."""

    channel: str
    """Which channel it came by: web, wechat, sms, phone."""
    message_id: str
    """The outside's id of the message, unique within the channel."""
    conversation_id: str
    """Which conversation it belongs to."""
    token_hash: bytes = field(repr=False)
    """SHA-256 of the session token, 32 bytes."""
    client_message_id: str
    """The client's own id, given back with the message."""
    text: str = field(repr=False)
    """What was said, cleaned, not masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An inbox row claimed by this instance, with what its turn needs to know."""

    inbox_id: int
    """The row; also the idempotency key of everything the turn does outside."""
    conversation_id: str
    """Whose turn it is."""
    client_message_id: str
    """The client's own id of the message."""
    channel: str
    """Where it came from."""
    text: str = field(repr=False)
    """What was said, not masked."""
    received_at: datetime
    """When it was accepted."""
    attempts: int
    """How often a turn was begun for it, this one included."""
    owner: str
    """Who owned the conversation when the row was claimed."""
    epoch: int
    """The epoch then; replies composed now are dropped when it has risen."""
    context: Json = field(repr=False)
    """What the bot remembered at the end of the last turn."""
    last_said_at: datetime
    """When somebody last said something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer to `accept`: durable from here on."""

    inbox_id: int
    """The row."""
    duplicate: bool
    """True when the same message had been accepted before."""
    done: bool
    """True when its turn is over: the messages first_seq..last_seq are the answer."""
    first_seq: int
    """First message of the turn, 0 while it is not done."""
    last_seq: int
    """Last message of the turn, 0 while it is not done."""
    work: Work | None
    """The claimed work when this caller is to run the turn now; None when another turn is in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What became of a turn."""

    spoke: bool
    """False when the owner changed meanwhile: the citizen's words were kept, the replies dropped."""
    first_seq: int
    """Place of the citizen's message."""
    last_seq: int
    """Place of the last reply."""
    owner: str
    """Who owns the conversation now."""
    epoch: int
    """Its epoch now."""
    more: bool
    """True when further messages of this conversation wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A personal value on its way into the vault."""

    token: str
    """The opaque token that stands for it."""
    kind: str
    """What it is, for example 身份证号."""
    sealed: bytes = field(repr=False)
    """Encrypted value."""


class Inbox:
    """Accept, claim and finish messages. All verbs raise Retryable when the database cannot be reached."""

    def __init__(self, database: Database, events: Events, *, per_minute: int) -> None:
        self._database = database
        self._instance = events.instance
        self._interval = timedelta(seconds=60 / per_minute)
        self._burst = per_minute

    async def accept(self, incoming: Incoming, now: datetime) -> Accepted:
        """Store the message durably, once; raises NotFound, Unauthenticated, TooMany."""
        row = await self._one(
            _ACCEPT,
            channel=incoming.channel,
            message_id=incoming.message_id,
            conversation_id=incoming.conversation_id,
            token_hash=incoming.token_hash,
            client_message_id=incoming.client_message_id,
            text=incoming.text,
            now=now,
            claimer=self._instance,
            lease=LEASE,
            interval=self._interval,
            burst=self._burst,
        )
        if row is None or row.outcome == "unknown":
            raise NotFound("unknown_conversation", "没有找到这个会话，请重新进入。")
        if row.outcome == "unauthenticated":
            raise Unauthenticated("bad_token")
        if row.outcome == "limited":
            raise TooMany("rate_limited", retry_after=max(0.1, row.retry_after))
        mine = row.outcome == "accepted" and row.state == "working"
        return Accepted(
            inbox_id=row.inbox_id,
            duplicate=row.outcome == "duplicate",
            done=row.state == "done",
            first_seq=row.first_seq or 0,
            last_seq=row.last_seq or 0,
            work=_fresh_work(row, incoming, now) if mine else None,
        )

    async def claim_next(self, conversation_id: str, now: datetime) -> Work | None:
        """Claim the oldest waiting message of a conversation, unless another turn is in flight."""
        row = await self._one(_CLAIM, conversation_id=conversation_id, now=now, claimer=self._instance, lease=LEASE)
        if row is None:
            return None
        return Work(
            inbox_id=row.inbox_id,
            conversation_id=conversation_id,
            client_message_id=row.client_message_id,
            channel=row.channel,
            text=row.text,
            received_at=row.received_at,
            attempts=row.attempts,
            owner=row.owner,
            epoch=row.epoch,
            context=row.context,
            last_said_at=row.last_said_at,
        )

    async def commit(
        self,
        work: Work,
        now: datetime,
        *,
        said: Reply,
        replies: Sequence[Reply],
        owner: str,
        context: Json,
        personal: Sequence[Sealed] = (),
        push: bool = False,
    ) -> Committed | None:
        """Write everything the turn changed, in one transaction; None when the row is not ours any more."""
        row = await self._one(
            _COMMIT,
            inbox_id=work.inbox_id,
            claimer=self._instance,
            epoch=work.epoch,
            now=now,
            citizen=json_text(said.to_json()),
            replies=json_text([reply.to_json() for reply in replies]),
            owner=owner,
            context=json_text(context),
            personal=json_text(
                [{"token": p.token, "kind": p.kind, "sealed": base64.b64encode(p.sealed).decode()} for p in personal]
            ),
            push=push,
        )
        if row is None or row.outcome == "lost":
            return None
        return Committed(
            spoke=row.outcome == "spoke",
            first_seq=row.first_seq,
            last_seq=row.last_seq,
            owner=row.owner,
            epoch=row.epoch,
            more=row.more,
        )

    async def release_orphans(self, now: datetime, *, limit: int = 100) -> tuple[str, ...]:
        """Conversations that wait though nobody works on them (a process died); claim them next."""
        async with self._database.connect() as connection:
            rows = await connection.execute(_RELEASE, {"now": now, "limit": limit})
            return tuple(row[0] for row in rows)

    async def result(self, inbox_id: int) -> Accepted:
        """Where an accepted message stands now."""
        statement = select(inbox.c.state, inbox.c.first_seq, inbox.c.last_seq).where(inbox.c.id == inbox_id)
        async with self._database.connect() as connection:
            row = (await connection.execute(statement)).first()
        if row is None:
            raise NotFound("unknown_message", detail=f"inbox {inbox_id}")
        return Accepted(
            inbox_id=inbox_id,
            duplicate=True,
            done=row.state == "done",
            first_seq=row.first_seq or 0,
            last_seq=row.last_seq or 0,
            work=None,
        )

    async def _one(self, statement: str, **values: Any) -> Row[Any] | None:
        async with self._database.connect() as connection:
            return (await connection.exec_driver_sql(statement, values)).first()


def _fresh_work(row: Row[Any], incoming: Incoming, now: datetime) -> Work:
    return Work(
        inbox_id=row.inbox_id,
        conversation_id=incoming.conversation_id,
        client_message_id=incoming.client_message_id,
        channel=incoming.channel,
        text=incoming.text,
        received_at=now,
        attempts=1,
        owner=row.owner,
        epoch=row.epoch,
        context=row.context,
        last_said_at=row.last_said_at,
    )
