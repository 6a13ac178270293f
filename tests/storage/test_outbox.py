"""The outbox: in order, once, never stale, and honest about what it does not know."""

import asyncio
from datetime import timedelta

import pytest

from core.message import Reply
from core.owner import Owner
from storage.storage import Storage
from tests.storage.talk import KEY, NOW, incoming, opened, said, turn

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
async def sms(storage: Storage) -> str:
    """A conversation of a push channel."""
    return await opened(storage, "s1", channel="sms")


async def answers(storage: Storage, conversation: str, *numbers: int) -> None:
    for number in numbers:
        await turn(storage, number, Reply(text=f"答{number}"), conversation=conversation, push=True)


async def test_messages_leave_one_after_the_other(storage: Storage, sms: str) -> None:
    await answers(storage, sms, 1, 2, 3)
    sent = []
    while parcels := await storage.outbox.claim("sms", NOW):
        assert len(parcels) == 1, "the next one waits until this one is settled"
        assert await storage.outbox.claim("sms", NOW) == ()
        assert await storage.outbox.finish(parcels[0], "sent", now=NOW, provider_id="p")
        sent.append((parcels[0].seq, parcels[0].said.text, parcels[0].attempts, parcels[0].reference))
    assert sent == [(2, "答1", 1, "s1-2"), (4, "答2", 1, "s1-4"), (6, "答3", 1, "s1-6")]


async def test_conversations_do_not_wait_for_each_other(storage: Storage) -> None:
    for name in ("s1", "s2", "s3"):
        await opened(storage, name, channel="sms")
        await answers(storage, name, 1, 2)
    parcels = await storage.outbox.claim("sms", NOW)
    assert [(p.conversation_id, p.seq) for p in parcels] == [("s1", 2), ("s2", 2), ("s3", 2)]
    assert await storage.outbox.claim("wechat", NOW) == ()


async def test_two_instances_share_the_work_without_a_double(storage: Storage, database_url: str) -> None:
    for number in range(30):
        await opened(storage, f"s{number}", channel="sms")
        await answers(storage, f"s{number}", 1, 2)
    taken: list[tuple[str, int]] = []
    async with Storage(database_url, data_key=KEY) as other:

        async def pump(instance: Storage) -> None:
            while parcels := await instance.outbox.claim("sms", NOW, limit=3):
                for parcel in parcels:
                    taken.append((parcel.conversation_id, parcel.seq))
                    assert await instance.outbox.finish(parcel, "sent", now=NOW)

        await asyncio.gather(pump(storage), pump(other), pump(storage), pump(other))
        await pump(storage)
    assert sorted(taken) == sorted((f"s{n}", seq) for n in range(30) for seq in (2, 4))
    for number in range(30):
        assert taken.index((f"s{number}", 2)) < taken.index((f"s{number}", 4))


async def test_what_was_composed_before_somebody_took_over_is_dropped(storage: Storage, sms: str) -> None:
    await answers(storage, sms, 1, 2)
    await storage.conversations.change_owner(sms, epoch=1, owner=Owner("agent", "7"), now=NOW)
    for _ in range(3):
        assert await storage.outbox.claim("sms", NOW) == ()


async def test_the_sentence_that_hands_over_is_sent_itself(storage: Storage, sms: str) -> None:
    from_bot = Reply(text="为您转人工")
    assert await turn_to(storage, sms, from_bot, owner="queue:general") == 2
    assert [p.said for p in await storage.outbox.claim("sms", NOW)] == [from_bot]


async def turn_to(storage: Storage, conversation: str, reply: Reply, *, owner: str) -> int:
    accepted = await storage.inbox.accept(incoming(1, conversation=conversation, channel="sms"), NOW)
    assert accepted.work is not None
    done = await storage.inbox.commit(
        accepted.work, NOW, said=said("人工"), replies=[reply], owner=owner, context={}, push=True
    )
    assert done is not None
    return done.epoch


async def test_a_crash_in_mid_call_is_uncertain_and_never_sent_again(
    storage: Storage, sms: str, database_url: str
) -> None:
    await answers(storage, sms, 1, 2)
    async with Storage(database_url, data_key=KEY) as dying:
        (parcel,) = await dying.outbox.claim("sms", NOW)
        assert await storage.outbox.sweep(NOW) == (), "it lives: it may still be calling"
        assert not await storage.outbox.finish(parcel, "sent", now=NOW), "only who claimed it may finish it"
    assert await storage.outbox.sweep(NOW) == (parcel.id,)
    assert await storage.outbox.sweep(NOW) == ()
    assert [p.said.text for p in await storage.outbox.claim("sms", LATER)] == ["答2"], "the next one goes on"


async def test_a_hung_sender_loses_its_claim(storage: Storage, sms: str) -> None:
    await answers(storage, sms, 1)
    (parcel,) = await storage.outbox.claim("sms", NOW)
    assert await storage.outbox.sweep(NOW + timedelta(seconds=59)) == ()
    assert await storage.outbox.sweep(NOW + timedelta(seconds=61)) == (parcel.id,)
    assert not await storage.outbox.finish(parcel, "sent", now=LATER)


async def test_a_retry_waits_its_time_and_keeps_its_reference(storage: Storage, sms: str) -> None:
    await answers(storage, sms, 1, 2)
    (first,) = await storage.outbox.claim("sms", NOW)
    assert await storage.outbox.finish(first, "pending", now=NOW, retry_in=30)
    assert not await storage.outbox.finish(first, "sent", now=NOW), "settled is settled"
    assert await storage.outbox.claim("sms", NOW + timedelta(seconds=29)) == (), "nor does the next one overtake it"
    (again,) = await storage.outbox.claim("sms", NOW + timedelta(seconds=30))
    assert (again.attempts, again.reference) == (2, first.reference)


@pytest.mark.parametrize("outcome", ["sent", "refused", "uncertain", "dropped"])
async def test_every_end_lets_the_next_one_go(storage: Storage, sms: str, outcome: str) -> None:
    await answers(storage, sms, 1, 2)
    (first,) = await storage.outbox.claim("sms", NOW)
    assert await storage.outbox.finish(first, outcome, now=NOW)  # type: ignore[arg-type]
    assert [p.seq for p in await storage.outbox.claim("sms", NOW)] == [4]


async def test_the_pump_is_woken_when_there_is_work(storage: Storage, sms: str) -> None:
    woken: asyncio.Queue[str] = asyncio.Queue()
    with storage.events.outbox(woken.put_nowait):
        await answers(storage, sms, 1)
        async with asyncio.timeout(10):
            assert await woken.get() == "sms"


async def test_the_citizens_own_words_are_never_pushed(storage: Storage, sms: str) -> None:
    await turn(storage, 1, conversation=sms, push=True)
    assert await storage.outbox.claim("sms", NOW) == ()
