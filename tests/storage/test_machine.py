"""The conversation as a state machine: whatever happens in whatever order, the model and the database agree.

At most one turn in flight, first in first out, each accepted message answered exactly once or still waiting, places
without gaps, an epoch that never falls, and no word said under an epoch that has passed.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from core.errors import Stale
from core.message import Author, Reply
from core.owner import Owner
from storage.inbox import LEASE, Work
from storage.storage import Storage
from tests.storage.talk import KEY, NOW, incoming, opened, said

T = TypeVar("T")
INSTANCES = 3
EXAMPLES = 100
STEPS = 50
_names = count(1)
instances = st.integers(0, INSTANCES - 1)
owners = st.sampled_from(["bot", "queue:general", "agent:007", "closed"])


@dataclass(slots=True)
class World:
    """What lives longer than one example: the event loop, and the processes' connections."""

    runner: asyncio.Runner
    url: str
    storages: list[Storage]

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def start(self) -> Storage:
        return self.run(Storage(self.url, data_key=KEY, per_minute=600, pool=1).start())


@dataclass(slots=True, kw_only=True)
class Flight:
    """A message being worked on."""

    number: int
    work: Work
    instance: int
    """Who holds it; -1 once that process has died."""
    until: datetime


class Conversation(RuleBasedStateMachine):
    """The rules; `self.expected` is what the messages table must say, word for word."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.id = f"machine-{next(_names)}"
        self.world.run(opened(self.storage(0), self.id))
        self.now = NOW
        self.accepted: list[int] = []
        self.waiting: list[int] = []
        self.flight: Flight | None = None
        self.done: dict[int, tuple[int, int]] = {}
        self.lost: list[tuple[int, Work]] = []
        """Claims that were taken away, and the living instances that do not know it yet."""
        self.owner, self.epoch = "bot", 1
        self.expected: list[tuple[str, str]] = []

    def storage(self, instance: int) -> Storage:
        return self.world.storages[instance]

    # --- messages come in

    @rule(instance=instances)
    def accept(self, instance: int) -> None:
        number = len(self.accepted) + 1
        got = self.world.run(self.storage(instance).inbox.accept(incoming(number, conversation=self.id), self.now))
        assert not got.duplicate
        assert not got.done
        idle = self.flight is None and not self.waiting
        assert (got.work is not None) == idle, "run at once by who accepts it, when nobody works and nobody waits"
        self.accepted.append(number)
        if got.work is not None:
            self._takes_off(number, got.work, instance)
        else:
            self.waiting.append(number)

    @precondition(lambda self: self.accepted)
    @rule(instance=instances, data=st.data())
    def accept_again(self, instance: int, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.accepted))
        got = self.world.run(self.storage(instance).inbox.accept(incoming(number, conversation=self.id), self.now))
        assert got.duplicate
        assert got.work is None
        assert (got.first_seq, got.last_seq) == self.done.get(number, (0, 0))
        assert got.done == (number in self.done)

    # --- turns are worked on

    @rule(instance=instances)
    def claim(self, instance: int) -> None:
        work = self.world.run(self.storage(instance).inbox.claim_next(self.id, self.now))
        if self.flight is not None or not self.waiting:
            assert work is None
            return
        assert work is not None
        number = self.waiting.pop(0)
        assert work.client_message_id == str(number), "first in, first out"
        self._takes_off(number, work, instance)

    @precondition(lambda self: self.flight is not None and self.flight.instance >= 0)
    @rule(owner=owners, replies=st.integers(0, 3))
    def commit(self, owner: str, replies: int) -> None:
        assert self.flight is not None
        flight, self.flight = self.flight, None
        self._lands(flight.number, flight.work, flight.instance, owner, replies)

    @precondition(lambda self: self.lost)
    @rule(data=st.data(), replies=st.integers(0, 2))
    def commit_late(self, data: st.DataObject, replies: int) -> None:
        """A worker that was given up comes back with its result."""
        index = data.draw(st.integers(0, len(self.lost) - 1))
        instance, work = self.lost.pop(index)
        flight = self.flight
        if flight and flight.instance == instance and flight.work.inbox_id == work.inbox_id:
            self.flight = None  # the same process got the same message again: either result counts, one of them
            self._lands(flight.number, work, instance, "bot", replies)
            self.lost.append((instance, flight.work))
            return
        assert self._commit(work, instance, "bot", replies) is None

    def _takes_off(self, number: int, work: Work, instance: int) -> None:
        assert (work.owner, work.epoch) == (self.owner, self.epoch)
        assert work.text == f"问题{number}"
        self.flight = Flight(number=number, work=work, instance=instance, until=self.now + LEASE)

    def _commit(self, work: Work, instance: int, owner: str, replies: int) -> Any:
        lines = [Reply(text=f"答{work.client_message_id}-{n}-epoch{work.epoch}") for n in range(replies)]
        return self.world.run(
            self.storage(instance).inbox.commit(
                work, self.now, said=said(work.text), replies=lines, owner=owner, context={"by": work.inbox_id}
            )
        )

    def _lands(self, number: int, work: Work, instance: int, owner: str, replies: int) -> None:
        got = self._commit(work, instance, owner, replies)
        assert got is not None
        assert got.spoke == (work.epoch == self.epoch), "who composed under an older epoch does not speak"
        first = len(self.expected) + 1
        self.expected.append(("citizen", work.text))
        if got.spoke:
            self.expected += [("bot", f"答{number}-{n}-epoch{work.epoch}") for n in range(replies)]
            if owner != self.owner:
                self.owner, self.epoch = owner, self.epoch + 1
        self.done[number] = (first, len(self.expected))
        assert (got.first_seq, got.last_seq) == self.done[number]
        assert (got.owner, got.epoch, got.more) == (self.owner, self.epoch, bool(self.waiting))

    # --- processes die, hang, and others take over

    @rule(instance=instances)
    def crash(self, instance: int) -> None:
        self.world.run(self.storage(instance).stop())
        self.world.storages[instance] = self.world.start()
        self.lost = [(holder, work) for holder, work in self.lost if holder != instance]
        if self.flight and self.flight.instance == instance:
            self.flight.instance = -1

    @rule()
    def hang(self) -> None:
        self.now += LEASE + timedelta(seconds=1)

    @rule(instance=instances)
    def release_orphans(self, instance: int) -> None:
        found = self.world.run(self.storage(instance).inbox.release_orphans(self.now))
        flight = self.flight
        if flight and (flight.instance < 0 or flight.until < self.now):
            if flight.instance >= 0:
                self.lost.append((flight.instance, flight.work))
            self.waiting.insert(0, flight.number)
            self.flight = None
            assert found == (self.id,)
        else:
            assert found == ((self.id,) if self.waiting and flight is None else ())

    # --- people take over, speak, close

    @rule(instance=instances, owner=owners, behind=st.integers(0, 2))
    def change_owner(self, instance: int, owner: str, behind: int) -> None:
        change = self.storage(instance).conversations.change_owner(
            self.id, epoch=self.epoch - behind, owner=Owner.parse(owner), now=self.now
        )
        if behind:
            with pytest.raises(Stale):
                self.world.run(change)
            return
        assert self.world.run(change) == self.epoch + 1
        self.owner, self.epoch = owner, self.epoch + 1

    @rule(instance=instances, behind=st.integers(0, 1))
    def person_speaks(self, instance: int, behind: int) -> None:
        line = Reply(text=f"人说{len(self.expected)}", author=Author.AGENT)
        speech = self.storage(instance).conversations.say(
            self.id, epoch=self.epoch - behind, replies=(line,), now=self.now
        )
        if behind:
            with pytest.raises(Stale):
                self.world.run(speech)
            return
        assert self.world.run(speech) == len(self.expected) + 1
        self.expected.append(("agent", line.text))

    # --- and always

    @invariant()
    def the_database_agrees(self) -> None:
        messages, conversation, working = self.world.run(self._read())
        assert [m.seq for m in messages] == list(range(1, len(messages) + 1))
        assert [(m.said.author.value, m.said.text) for m in messages] == self.expected
        assert (str(conversation.owner), conversation.epoch) == (self.owner, self.epoch)
        assert conversation.last_seq == len(messages)
        assert working == (0 if self.flight is None else 1)

    async def _read(self) -> tuple[Any, Any, Any]:
        storage = self.storage(0)
        messages = await storage.conversations.events(self.id, after=0, limit=10_000)
        conversation = await storage.conversations.read(self.id)
        async with storage.database.connect() as connection:
            working = await connection.scalar(
                text("SELECT count(*) FROM inbox WHERE conversation_id = :id AND state = 'working'"), {"id": self.id}
            )
        return messages, conversation, working

    def teardown(self) -> None:
        """In the end every accepted message is answered exactly once, in the order of acceptance."""
        self.hang()
        self.release_orphans(0)
        while self.waiting or self.flight:
            if self.flight is None:
                self.claim(0)
            self.commit("bot", 1)
        self.the_database_agrees()
        heard = [words for author, words in self.expected if author == "citizen"]
        assert heard == [f"问题{number}" for number in self.accepted]


@pytest.mark.slow
def test_the_conversation_holds_in_every_order_of_events(database_url: str) -> None:
    with asyncio.Runner() as runner:
        world = World(runner=runner, url=database_url, storages=[])
        world.storages = [world.start() for _ in range(INSTANCES)]
        Conversation.world = world
        run_state_machine_as_test(
            Conversation,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        for storage in world.storages:
            world.run(storage.stop())
