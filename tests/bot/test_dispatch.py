"""From accepted messages to finished turns: in order, once, and over the death of whoever worked on them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.dispatch import Dispatcher
from bot.engine import Asked, EngineReply
from bot.replies import Replies
from core.errors import Retryable
from core.owner import Owner
from storage.storage import Storage
from tests import stand as stands
from tests.bot.talk import CONSULT, TALK, Talker, talker
from tests.fakes.engine import says
from tests.stand import KEY, Stand

REPLIES = Replies.load()
FAILED = REPLIES.say("utter_failed", hotline="12345")
PATIENCE = 20.0


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.bot(database_url) as made:
        made.engine.script = says("好")
        yield made


class Gate:
    """An engine whose answers wait until the gate opens."""

    def __init__(self, stand: Stand) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.inner = stand.engine
        stand.turn._engine = self

    async def converse(self, asked: Asked) -> EngineReply:
        self.reached.set()
        await self.opened.wait()
        return await self.inner.converse(asked)

    async def healthy(self) -> bool:
        return True


async def transcript(citizen: Talker) -> list[str]:
    return [m.said.text for m in await citizen.events() if m.said.author.value == "citizen"]


async def test_fifty_messages_at_once_are_answered_in_the_order_of_their_acceptance(stand: Stand) -> None:
    citizen = await talker(stand)
    accepted = []
    for number in range(50):
        accepted.append(await stand.dispatcher.accept(citizen.message(f"你好{number}")))
    await stand.dispatcher.idle()
    assert [a.inbox_id for a in accepted] == sorted(a.inbox_id for a in accepted)
    assert await transcript(citizen) == [f"你好{n}" for n in range(50)]
    events = await citizen.events()
    assert [m.seq for m in events] == list(range(1, 101))
    assert [m.said.author.value for m in events] == ["citizen", "bot"] * 50


async def test_many_citizens_at_once_do_not_disturb_each_other(stand: Stand) -> None:
    citizens = [await talker(stand) for _ in range(20)]

    async def talks(citizen: Talker) -> None:
        for number in range(10):
            answer = await citizen.say(f"你好{number}，我是{citizen.id}")
            assert answer.messages[0].said.text == f"你好{number}，我是{citizen.id}"
            assert len(answer.messages) == 2

    await asyncio.gather(*map(talks, citizens))
    for citizen in citizens:
        assert len(await citizen.events()) == 20


async def test_two_processes_keep_the_order_together(stand: Stand, database_url: str) -> None:
    async with Storage(database_url, data_key=KEY, per_minute=600) as other_storage:
        other = Dispatcher(storage=other_storage, turn=stand.turn, clock=stand.clock)
        citizen = await talker(stand)
        for number in range(40):
            await (stand.dispatcher, other)[number % 2].accept(citizen.message(f"你好{number}"))
        answer = await other.say(citizen.message("你好", 40))
        assert [m.said.text for m in answer.messages] == ["你好39", "好"], "whoever worked on it, both can tell"
        await asyncio.gather(stand.dispatcher.idle(), other.idle())
        while len(await citizen.events()) < 80:  # the turn may have changed hands
            await asyncio.gather(stand.dispatcher.sweep(), other.sweep())
            await asyncio.gather(stand.dispatcher.idle(), other.idle())
        assert await transcript(citizen) == [f"你好{n}" for n in range(40)]
        await other.stop()


async def test_the_same_message_at_once_many_times_is_one_turn_and_one_answer(stand: Stand) -> None:
    citizen = await talker(stand)
    message = citizen.message(TALK)
    answers = await asyncio.gather(*(stand.dispatcher.say(message) for _ in range(15)))
    assert len({str(answer.to_json()) for answer in answers}) == 1
    assert len(stand.engine.asked) == 1
    later = await stand.dispatcher.say(message)
    assert later.to_json() == answers[0].to_json()


async def test_a_caller_who_leaves_does_not_take_the_turn_along(stand: Stand) -> None:
    gate, citizen = Gate(stand), await talker(stand)
    waiting = asyncio.create_task(stand.dispatcher.say(citizen.message(TALK)))
    await gate.reached.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.opened.set()
    await stand.dispatcher.idle()
    assert [m.said.text for m in await citizen.events()] == [TALK, "好"]


async def test_a_caller_who_hangs_up_at_any_moment_leaves_nothing_claimed_and_unworked(stand: Stand) -> None:
    citizens = [await talker(stand) for _ in range(60)]
    for patience, citizen in enumerate(citizens):
        caller = asyncio.create_task(stand.dispatcher.say(citizen.message(TALK)))
        for _ in range(patience):
            await asyncio.sleep(0)  # one step of the event loop
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    await stand.dispatcher.idle()
    for citizen in citizens:
        assert [m.said.text for m in await citizen.events()] in ([], [TALK, "好"])
        assert [m.said.text for m in (await citizen.say("再来")).messages] == ["再来", "好"]


async def test_who_waits_too_long_is_told_so_and_finds_the_answer_later(stand: Stand) -> None:
    hasty = Dispatcher(storage=stand.storage, turn=stand.turn, clock=stand.clock, answer_timeout=0.01)
    gate, citizen = Gate(stand), await talker(stand)
    message = citizen.message(TALK)
    with pytest.raises(Retryable) as slow:
        await hasty.say(message)
    assert slow.value.code == "still_working"
    gate.opened.set()
    await hasty.idle()
    assert [m.said.text for m in (await stand.dispatcher.say(message)).messages] == [TALK, "好"]


async def test_a_reply_that_comes_after_a_person_took_over_is_not_said(stand: Stand) -> None:
    gate, citizen = Gate(stand), await talker(stand)
    waiting = asyncio.create_task(citizen.say(TALK))
    await gate.reached.wait()
    await stand.storage.conversations.change_owner(
        citizen.id, epoch=1, owner=Owner("agent", "7"), now=stand.clock.now()
    )
    gate.opened.set()
    answer = await waiting
    assert [m.said.text for m in answer.messages] == [TALK]
    assert (answer.owner, answer.epoch) == ("agent:7", 2)
    assert len(await citizen.events()) == 1


async def test_a_stopped_process_leaves_what_waits_to_the_others(stand: Stand, database_url: str) -> None:
    gate, citizen = Gate(stand), await talker(stand)
    for number in range(3):
        await stand.dispatcher.accept(citizen.message(f"你好{number}"))
    await gate.reached.wait()
    stopping = asyncio.create_task(stand.dispatcher.stop())
    gate.opened.set()
    await stopping
    assert len(await citizen.events()) == 2, "the turn in flight was finished"
    async with Storage(database_url, data_key=KEY, per_minute=600) as storage:
        heir = Dispatcher(storage=storage, turn=stand.turn, clock=stand.clock)
        assert await heir.sweep() == 1
        await heir.idle()
        assert await transcript(citizen) == ["你好0", "你好1", "你好2"]
        await heir.stop()


async def test_a_message_whose_process_dies_each_time_is_given_up(stand: Stand, database_url: str) -> None:
    citizen = await talker(stand)
    poison = citizen.message("毒")
    async with Storage(database_url, data_key=KEY, per_minute=600) as dying:
        taken = await dying.inbox.accept(poison, stand.clock.now())
        assert taken.work is not None
    for attempt in (2, 3):
        async with Storage(database_url, data_key=KEY, per_minute=600) as dying:
            assert await dying.inbox.release_orphans(stand.clock.now()) == (citizen.id,)
            work = await dying.inbox.claim_next(citizen.id, stand.clock.now())
            assert work is not None
            assert work.attempts == attempt
    await stand.dispatcher.accept(citizen.message(TALK))
    assert await stand.dispatcher.sweep() == 1
    await stand.dispatcher.idle()
    assert [m.said.text for m in await citizen.events()] == ["毒", FAILED, TALK, "好"]
    assert len(stand.engine.asked) == 1, "the poison is not tried again"


async def test_a_fault_in_a_turn_does_not_hold_up_the_next(stand: Stand) -> None:
    def breaks(asked: Asked) -> EngineReply:
        if asked.text == "坏":
            raise KeyError("a fault of ours")
        return says("好")(asked)

    stand.engine.script = breaks
    citizen = await talker(stand)
    for words in ("坏", TALK, "坏", TALK):
        await stand.dispatcher.accept(citizen.message(words))
    await stand.dispatcher.idle()
    assert [m.said.text for m in await citizen.events()] == ["坏", FAILED, TALK, "好"] * 2


async def test_a_lost_connection_in_mid_turn_is_got_over(stand: Stand) -> None:
    gate, citizen = Gate(stand), await talker(stand)
    waiting = asyncio.create_task(citizen.say(TALK))
    await gate.reached.wait()
    await cut_connections(stand)
    gate.opened.set()
    answer = await asyncio.wait_for(waiting, PATIENCE)
    assert [m.said.text for m in answer.messages] == [TALK, "好"]
    assert (await citizen.say(CONSULT)).messages[1].said.sources
    assert len(await citizen.events()) == 4


async def cut_connections(stand: Stand) -> None:
    """End every backend that serves the pool; the one that listens, and is the sign of life, stays."""
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'huichuang' AND pid <> pg_backend_pid()"
    )
    async with stand.storage.database.connect() as connection:
        await connection.exec_driver_sql(statement)


async def test_what_is_for_a_push_channel_lies_in_the_outbox(database_url: str) -> None:
    async with stands.bot(database_url, push=frozenset({"sms"})) as stand:
        stand.engine.script = says("好")
        texted, typed = await talker(stand, channel="sms"), await talker(stand)
        await texted.say(TALK)
        await typed.say(TALK)
        parcels = await stand.storage.outbox.claim("sms", stand.clock.now())
        assert [(p.conversation_id, p.said.text) for p in parcels] == [(texted.id, "好")]


async def test_the_sweeper_starts_and_stops_with_the_process(stand: Stand, database_url: str) -> None:
    citizen = await talker(stand)
    async with Storage(database_url, data_key=KEY, per_minute=600) as dying:
        await dying.inbox.accept(citizen.message(TALK), stand.clock.now())
    answered = asyncio.Event()
    with stand.storage.events.conversation(citizen.id, lambda _: answered.set()):
        await stand.dispatcher.start()
        await asyncio.wait_for(answered.wait(), PATIENCE)
    assert [m.said.text for m in await citizen.events()] == [TALK, "好"]
