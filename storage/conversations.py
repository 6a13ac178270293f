"""Conversations: their owner, what was said in them, and what citizens think of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import Misuse, NotFound, Stale, Unauthenticated
from core.message import Author, Json, Message, Reply
from core.owner import Owner
from storage.database import Database
from storage.events import Events
from storage.schema import conversations, feedback, messages, ratings


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Where a conversation stands."""

    id: str
    """Opaque id, >= 128 bits of randomness."""
    channel: str
    """Which channel it is held on."""
    owner: Owner
    """Who speaks now."""
    epoch: int
    """Rises at every change of owner."""
    last_seq: int
    """Place of the last message, 0 when nothing was said."""
    expires_at: datetime
    """When its token ends."""
    context: Json
    """What the bot remembers."""


class Conversations:
    """The verbs of a conversation. All raise Retryable when the database cannot be reached."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    async def open(
        self, *, conversation_id: str, channel: str, token_hash: bytes, now: datetime, lifetime: timedelta
    ) -> Conversation:
        """Begin a conversation owned by the bot, epoch 1."""
        statement = (
            insert(conversations)
            .values(
                id=conversation_id,
                channel=channel,
                token_hash=token_hash,
                expires_at=now + lifetime,
                created_at=now,
                last_said_at=now,
                owner="bot",
                epoch=1,
                last_seq=0,
                context={},
                rate_until=now,
            )
            .returning(conversations)
        )
        async with self._database.connect() as connection:
            return _conversation((await connection.execute(statement)).one())

    async def authenticate(self, conversation_id: str, token_hash: bytes, now: datetime) -> Conversation:
        """The conversation, if the token is its own and has not run out; raises NotFound, Unauthenticated."""
        async with self._database.connect() as connection:
            row = (
                await connection.execute(select(conversations).where(conversations.c.id == conversation_id))
            ).one_or_none()
        if row is None:
            raise NotFound("unknown_conversation", "没有找到这个会话，请重新进入。")
        if bytes(row.token_hash) != token_hash or row.expires_at <= now:
            raise Unauthenticated("bad_token")
        return _conversation(row)

    async def read(self, conversation_id: str) -> Conversation:
        """The conversation; raises NotFound."""
        async with self._database.connect() as connection:
            row = (
                await connection.execute(select(conversations).where(conversations.c.id == conversation_id))
            ).one_or_none()
        if row is None:
            raise NotFound("unknown_conversation", "没有找到这个会话，请重新进入。")
        return _conversation(row)

    async def events(self, conversation_id: str, *, after: int, limit: int = 100) -> tuple[Message, ...]:
        """What was said after place `after`, in order, at most `limit` messages."""
        statement = (
            select(messages)
            .where(messages.c.conversation_id == conversation_id, messages.c.seq > after)
            .order_by(messages.c.seq)
            .limit(limit)
        )
        async with self._database.connect() as connection:
            return tuple(_message(row) for row in await connection.execute(statement))

    async def change_owner(self, conversation_id: str, *, epoch: int, owner: Owner, now: datetime) -> int:
        """Compare-and-set on the epoch; gives the new epoch, raises Stale when somebody else was first."""
        statement = (
            update(conversations)
            .where(conversations.c.id == conversation_id, conversations.c.epoch == epoch)
            .values(owner=str(owner), epoch=epoch + 1, last_said_at=now)
            .returning(conversations.c.epoch)
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                raise Stale("owner_changed", detail=f"{conversation_id} is past epoch {epoch}")
            await self._notify(connection, conversation_id)
        self._events.changed(conversation_id)
        return int(row.epoch)

    async def say(self, conversation_id: str, *, epoch: int, replies: tuple[Reply, ...], now: datetime) -> int:
        """Append what a person or the system says under `epoch`; gives the last seq, raises Stale, NotFound, Misuse."""
        if not replies:
            raise Misuse("nothing_said")
        async with self._database.begin() as connection:
            row = (
                await connection.execute(
                    select(conversations).where(conversations.c.id == conversation_id).with_for_update()
                )
            ).one_or_none()
            if row is None:
                raise NotFound("unknown_conversation")
            if row.epoch != epoch:
                raise Stale("owner_changed", detail=f"{conversation_id} is past epoch {epoch}")
            last = row.last_seq + len(replies)
            await connection.execute(
                insert(messages),
                [
                    {
                        "conversation_id": conversation_id,
                        "seq": row.last_seq + place,
                        "at": now,
                        "author": reply.author.value,
                        "epoch": epoch,
                        "client_message_id": "",
                        "body": reply.to_json(),
                    }
                    for place, reply in enumerate(replies, 1)
                ],
            )
            await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(last_seq=last, last_said_at=now)
            )
            await self._notify(connection, conversation_id)
        self._events.changed(conversation_id)
        return int(last)

    async def give_feedback(self, conversation_id: str, *, seq: int, helpful: bool, now: datetime) -> None:
        """有用/没用 for one answer of the bot; a second one replaces the first. Raises NotFound for another message."""
        async with self._database.begin() as connection:
            author = await connection.scalar(
                select(messages.c.author).where(messages.c.conversation_id == conversation_id, messages.c.seq == seq)
            )
            if author != Author.BOT.value:
                raise NotFound("unknown_message", "没有找到这条回答。")
            statement = upsert(feedback).values(conversation_id=conversation_id, seq=seq, helpful=helpful, at=now)
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[feedback.c.conversation_id, feedback.c.seq],
                    set_={"helpful": helpful, "at": now},
                )
            )

    async def rate(self, conversation_id: str, *, level: int, comment: str, now: datetime) -> None:
        """好差评 of the whole conversation; one per conversation, the last one counts. Raises NotFound."""
        await self.read(conversation_id)
        statement = upsert(ratings).values(conversation_id=conversation_id, level=level, comment=comment, at=now)
        async with self._database.connect() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[ratings.c.conversation_id],
                    set_={"level": level, "comment": comment, "at": now},
                )
            )

    async def _notify(self, connection: AsyncConnection, conversation_id: str) -> None:
        await connection.execute(
            text("SELECT pg_notify('conversation', :payload)"),
            {"payload": f"{self._events.instance} {conversation_id}"},
        )


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        channel=row.channel,
        owner=Owner.parse(row.owner),
        epoch=row.epoch,
        last_seq=row.last_seq,
        expires_at=row.expires_at,
        context=row.context,
    )


def _message(row: Row[Any]) -> Message:
    return Message(seq=row.seq, at=row.at, said=Reply.from_json(row.body), client_message_id=row.client_message_id)
