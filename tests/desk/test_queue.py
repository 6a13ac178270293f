"""Asking for a person: recorded once, answered with the truth."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.clock import ManualClock
from core.errors import Retryable
from desk.hours import Hours
from desk.queue import Desk, Left, NobodyPresent, Request
from desk.store import DeskStore
from storage.storage import Storage
from tests.stand import KEY, NOON, Staffed
from tests.storage.talk import HASH


@dataclass(slots=True)
class Office:
    """A desk with everything around it."""

    desk: Desk
    store: DeskStore
    clock: ManualClock
    presence: Staffed
    storage: Storage

    async def ask(
        self, number: int, conversation: str = "c1", *, priority: int = 0, skill: str = "general"
    ) -> tuple[bool, int]:
        """Whether it was queued, and how many are ahead."""
        answered = await self.desk.ask(
            Request(
                conversation_id=conversation,
                inbox_id=number,
                epoch=1,
                reason="asked",
                trigger="words",
                summary="社保断缴",
                skill=skill,
                priority=priority,
            )
        )
        return answered.queued, answered.ahead

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.store.requests(since=NOON)]


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    clock, presence = ManualClock(NOON), Staffed(1)
    async with Storage(database_url, data_key=KEY) as storage:
        for name in ("c1", "c2", "c3"):
            await storage.conversations.open(
                conversation_id=name, channel="web", token_hash=HASH, now=NOON, lifetime=timedelta(days=1)
            )
        store = DeskStore(storage.database)
        hours = Hours.parse("09:00-12:00,13:30-17:30")
        desk = Desk(store=store, hours=hours, presence=presence, clock=clock)
        yield Office(desk, store, clock, presence, storage)


async def test_who_asks_later_stands_further_back(office: Office) -> None:
    assert [await office.ask(n, f"c{n}") for n in (1, 2, 3)] == [(True, 0), (True, 1), (True, 2)]
    assert await office.ask(4, "c3", skill="video") == (True, 0), "another queue"


async def test_the_same_message_is_one_request(office: Office) -> None:
    await office.ask(1)
    answers = await asyncio.gather(*(office.ask(2, "c2") for _ in range(10)))
    assert set(answers) == {(True, 1)}
    assert await office.states() == ["waiting", "waiting"]


async def test_danger_goes_first(office: Office) -> None:
    await office.ask(1)
    await office.ask(2, "c2")
    assert await office.ask(3, "c3", priority=2) == (True, 0)
    assert await office.ask(4, "c3") == (True, 3)


async def test_outside_the_hours_nobody_is_promised(office: Office) -> None:
    office.clock.advance(10 * 3600)  # 20:00
    answered = await office.desk.ask(
        Request(conversation_id="c1", inbox_id=1, epoch=1, reason="asked", trigger="words", summary="x")
    )
    assert (answered.queued, answered.open, answered.online, answered.opens) == (False, False, 0, "明天9:00")
    assert await office.states() == ["unattended"]


async def test_within_the_hours_but_alone(office: Office) -> None:
    office.presence.people = 0
    assert await office.ask(1) == (False, 0)
    assert NobodyPresent().online("general") == 0
    assert await office.states() == ["unattended"]


async def test_who_withdraws_no_longer_stands_before_others(office: Office) -> None:
    await office.ask(1)
    await office.ask(2, "c2")
    assert await office.desk.withdraw("c1")
    assert not await office.desk.withdraw("c1")
    assert await office.ask(3, "c3") == (True, 1)
    assert await office.states() == ["withdrawn", "waiting", "waiting"]


async def test_a_message_left_has_a_deadline_and_is_left_once(office: Office) -> None:
    left = Left(
        conversation_id="c1", turn_id="7", phone_token="⟦手机号·abc⟧", phone_shown="138****5678", message="断缴了"
    )
    first, second = await office.desk.leave(left), await office.desk.leave(left)
    assert first == second
    (row,) = await office.store.waiting_callbacks()
    assert (row["phone_shown"], row["message"], row["state"]) == ("138****5678", "断缴了", "waiting")
    assert row["due_at"] == NOON + timedelta(days=1, hours=7, minutes=30)


async def test_without_a_database_it_is_said_so(office: Office) -> None:
    await office.storage.database.close()
    with pytest.raises(Retryable):
        await office.ask(1)
