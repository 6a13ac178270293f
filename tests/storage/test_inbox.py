"""The inbox: accepted once, worked on one at a time, in order."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NotFound, TooMany, Unauthenticated
from core.message import Author, Reply
from core.owner import Owner
from storage.inbox import Incoming
from storage.storage import Storage

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HASH = hashlib.sha256(b"token").digest()
KEY = bytes(range(32))


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with Storage(database_url, data_key=KEY, per_minute=15) as opened:
        yield opened


@pytest.fixture
async def conversation(storage: Storage) -> str:
    opened = await storage.conversations.open(
        conversation_id="c1", channel="web", token_hash=HASH, now=NOW, lifetime=timedelta(hours=1)
    )
    return opened.id


def incoming(number: int, *, conversation: str = "c1", token: bytes = HASH) -> Incoming:
    return Incoming(
        channel="web",
        message_id=f"{conversation}:{number}",
        conversation_id=conversation,
        token_hash=token,
        client_message_id=str(number),
        text=f"问题{number}",
    )


def said(text: str) -> Reply:
    return Reply(text=text, author=Author.CITIZEN)


async def test_a_message_is_accepted_worked_on_and_answered_once(storage: Storage, conversation: str) -> None:
    first = await storage.inbox.accept(incoming(1), NOW)
    assert first.work is not None
    assert not first.duplicate
    again = await storage.inbox.accept(incoming(1), NOW)
    assert again.duplicate
    assert again.work is None
    assert not again.done

    committed = await storage.inbox.commit(
        first.work, NOW, said=said("问题1"), replies=[Reply(text="回答1")], owner="bot", context={"a": 1}
    )
    assert committed is not None
    assert (committed.first_seq, committed.last_seq, committed.spoke, committed.more) == (1, 2, True, False)
    after = await storage.inbox.accept(incoming(1), NOW)
    assert (after.done, after.first_seq, after.last_seq) == (True, 1, 2)
    events = await storage.conversations.events(conversation, after=0)
    assert [(m.seq, m.said.author, m.said.text) for m in events] == [
        (1, Author.CITIZEN, "问题1"),
        (2, Author.BOT, "回答1"),
    ]
    assert events[0].client_message_id == "1"
    assert (await storage.conversations.read(conversation)).context == {"a": 1}


async def test_one_turn_in_flight_and_first_in_first_out(storage: Storage, conversation: str) -> None:
    first = await storage.inbox.accept(incoming(1), NOW)
    others = [await storage.inbox.accept(incoming(n), NOW) for n in (2, 3)]
    assert first.work is not None
    assert [other.work for other in others] == [None, None]
    assert await storage.inbox.claim_next(conversation, NOW) is None, "another turn is in flight"
    committed = await storage.inbox.commit(first.work, NOW, said=said("1"), replies=[], owner="bot", context={})
    assert committed is not None
    assert committed.more
    second = await storage.inbox.claim_next(conversation, NOW)
    assert second is not None
    assert second.text == "问题2"
    assert second.inbox_id == others[0].inbox_id


async def test_twenty_deliveries_at_once_of_one_message_give_one_turn(storage: Storage, conversation: str) -> None:
    answers = await asyncio.gather(*(storage.inbox.accept(incoming(7), NOW) for _ in range(20)))
    assert sum(answer.work is not None for answer in answers) == 1
    assert len({answer.inbox_id for answer in answers}) == 1


async def test_who_does_not_belong_is_turned_away(storage: Storage, conversation: str) -> None:
    with pytest.raises(NotFound):
        await storage.inbox.accept(incoming(1, conversation="nobody"), NOW)
    with pytest.raises(Unauthenticated):
        await storage.inbox.accept(incoming(1, token=bytes(32)), NOW)
    with pytest.raises(Unauthenticated):
        await storage.inbox.accept(incoming(1), NOW + timedelta(hours=2))


async def test_the_sixteenth_message_of_a_minute_waits(storage: Storage, conversation: str) -> None:
    for number in range(15):
        await storage.inbox.accept(incoming(number), NOW)
    with pytest.raises(TooMany) as refused:
        await storage.inbox.accept(incoming(15), NOW)
    assert refused.value.retry_after == pytest.approx(4, abs=0.01)
    assert (await storage.inbox.accept(incoming(3), NOW)).duplicate, "a repetition is never counted"
    await storage.inbox.accept(incoming(15), NOW + timedelta(seconds=4))


async def test_a_turn_composed_under_an_older_epoch_is_recorded_without_its_replies(
    storage: Storage, conversation: str
) -> None:
    first = await storage.inbox.accept(incoming(1), NOW)
    assert first.work is not None
    await storage.conversations.change_owner(conversation, epoch=1, owner=Owner("agent", "007"), now=NOW)
    committed = await storage.inbox.commit(
        first.work, NOW, said=said("问题1"), replies=[Reply(text="晚了")], owner="bot", context={"late": True}
    )
    assert committed is not None
    assert not committed.spoke
    assert committed.owner == "agent:007"
    events = await storage.conversations.events(conversation, after=0)
    assert [message.said.text for message in events] == ["问题1"]
    assert (await storage.conversations.read(conversation)).context == {}


async def test_a_dead_process_leaves_its_work_to_the_living(
    storage: Storage, conversation: str, database_url: str
) -> None:
    async with Storage(database_url, data_key=KEY) as dying:
        taken = await dying.inbox.accept(incoming(1), NOW)
        assert taken.work is not None
        assert await storage.inbox.release_orphans(NOW) == (), "it lives: its work is its own"
    assert await storage.inbox.release_orphans(NOW) == (conversation,)
    mine = await storage.inbox.claim_next(conversation, NOW)
    assert mine is not None
    assert mine.attempts == 2
    async with Storage(database_url, data_key=KEY) as ghost:
        lost = await ghost.inbox.commit(taken.work, NOW, said=said("x"), replies=[], owner="bot", context={})
    assert lost is None, "who lost the claim writes nothing"


async def test_a_hung_turn_is_taken_over_after_its_lease(storage: Storage, conversation: str) -> None:
    await storage.inbox.accept(incoming(1), NOW)
    assert await storage.inbox.release_orphans(NOW + timedelta(seconds=29)) == ()
    assert await storage.inbox.release_orphans(NOW + timedelta(seconds=31)) == (conversation,)
