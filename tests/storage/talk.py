"""What the storage tests say to each other: one token, one clock, numbered messages."""

import hashlib
from datetime import UTC, datetime, timedelta

from core.message import Author, Reply
from storage.inbox import Incoming
from storage.storage import Storage

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HASH = hashlib.sha256(b"token").digest()
KEY = bytes(range(32))


async def opened(storage: Storage, name: str = "c1", *, channel: str = "web") -> str:
    """A fresh conversation that lasts an hour."""
    conversation = await storage.conversations.open(
        conversation_id=name, channel=channel, token_hash=HASH, now=NOW, lifetime=timedelta(hours=1)
    )
    return conversation.id


def incoming(number: int, *, conversation: str = "c1", channel: str = "web", token: bytes = HASH) -> Incoming:
    """Message `number` of a conversation."""
    return Incoming(
        channel=channel,
        message_id=f"{conversation}:{number}",
        conversation_id=conversation,
        token_hash=token,
        client_message_id=str(number),
        text=f"问题{number}",
    )


def said(text: str) -> Reply:
    """The citizen's words."""
    return Reply(text=text, author=Author.CITIZEN)


async def turn(storage: Storage, number: int, *replies: Reply, conversation: str = "c1", push: bool = False) -> None:
    """One message, answered."""
    channel = (await storage.conversations.read(conversation)).channel
    accepted = await storage.inbox.accept(incoming(number, conversation=conversation, channel=channel), NOW)
    assert accepted.work is not None
    done = await storage.inbox.commit(
        accepted.work, NOW, said=said(f"问题{number}"), replies=replies, owner="bot", context={}, push=push
    )
    assert done is not None
