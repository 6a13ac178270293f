"""From accepted messages to finished turns: one in flight per conversation, first in first out, woken, never polled.

Whoever commits a turn takes the conversation's next message himself; whoever accepts a message while nobody works runs
it himself. Only a process that died leaves work behind: the sweep, at start and on a timer, hands it to the living.
"""

import asyncio
from datetime import datetime

import structlog

from bot.turn import Outcome, Turn
from core.clock import Clock
from core.errors import HuiChuangError, Retryable
from core.message import Answer, Message
from core.metrics import MESSAGES, TURN_SECONDS, TURNS
from storage.inbox import Accepted, Committed, Incoming, Work
from storage.storage import Storage

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
"""A message whose turn ended its process this often gets an honest sentence instead of another try."""
SWEEP_SECONDS = 5.0
COMMIT_PAUSES = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds between tries to write a finished turn; together well below the inbox's lease."""
ANSWER_TIMEOUT = 10.0
"""Seconds a synchronous caller waits for its answer; the turn goes on after that."""


class Dispatcher:
    """Runs turns in this process."""

    def __init__(
        self,
        *,
        storage: Storage,
        turn: Turn,
        clock: Clock,
        push_channels: frozenset[str] = frozenset(),
        answer_timeout: float = ANSWER_TIMEOUT,
    ) -> None:
        self._storage = storage
        self._turn = turn
        self._clock = clock
        self._push = push_channels
        self._answer_timeout = answer_timeout
        self._accepting: set[asyncio.Task[Accepted]] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Take over what dead processes left, then again on a timer."""
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="dispatch-sweeper")

    async def stop(self, *, grace: float = 5.0) -> None:
        """Finish the turns in flight, at most `grace` seconds; what is left is taken over by others."""
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        if self._accepting:
            await asyncio.wait(tuple(self._accepting), timeout=grace)
        if self._running:
            _, late = await asyncio.wait(tuple(self._running.values()), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def accept(self, incoming: Incoming) -> Accepted:
        """Make the message durable and see to it that somebody works on it. Raises what `Inbox.accept` raises."""
        # A caller who hangs up in between must not leave a row claimed that nobody works on.
        task = asyncio.create_task(self._accept(incoming), name="accept")
        self._accepting.add(task)
        task.add_done_callback(self._accepted)
        return await asyncio.shield(task)

    async def _accept(self, incoming: Incoming) -> Accepted:
        accepted = await self._storage.inbox.accept(incoming, self._clock.now())
        if not accepted.duplicate:
            MESSAGES.labels(incoming.channel).inc()
        if accepted.work is not None:
            self._run(accepted.work)
        return accepted

    def _accepted(self, done: asyncio.Task[Accepted]) -> None:
        self._accepting.discard(done)
        if not done.cancelled():
            done.exception()  # told to the caller; one who hung up does not want to know

    async def say(self, incoming: Incoming) -> Answer:
        """Accept, and wait for the answer; raises Retryable("still_working") when it takes too long.

        A turn that runs in this process hands its answer over directly; for one that runs elsewhere, or is over, the
        inbox row tells.
        """
        changed = asyncio.Event()
        with self._storage.events.conversation(incoming.conversation_id, lambda _: changed.set()):
            accepted = await self.accept(incoming)
            mine = self._waiting.setdefault(accepted.inbox_id, asyncio.get_running_loop().create_future())
            try:
                async with asyncio.timeout(self._answer_timeout):
                    while not accepted.done and not mine.done():
                        await changed.wait()
                        changed.clear()
                        if not mine.done():
                            accepted = await self._storage.inbox.result(accepted.inbox_id)
            except TimeoutError:
                raise Retryable("still_working", "回复还在准备中，请稍等。") from None
            finally:
                if self._waiting.get(accepted.inbox_id) is mine:
                    del self._waiting[accepted.inbox_id]
        return mine.result() if mine.done() else await self._stored(incoming.conversation_id, accepted)

    async def sweep(self) -> int:
        """Take over waiting work that nobody works on; gives how many conversations were taken."""
        taken = 0
        for conversation_id in await self._storage.inbox.release_orphans(self._clock.now()):
            work = await self._storage.inbox.claim_next(conversation_id, self._clock.now())
            if work is not None:
                self._run(work)
                taken += 1
        return taken

    async def idle(self) -> None:
        """Wait until no turn is in flight in this process."""
        while self._accepting or self._running:
            await asyncio.gather(*self._accepting, *self._running.values(), return_exceptions=True)

    async def _stored(self, conversation_id: str, accepted: Accepted) -> Answer:
        messages = await self._storage.conversations.events(
            conversation_id, after=accepted.first_seq - 1, limit=accepted.last_seq - accepted.first_seq + 1
        )
        now = await self._storage.conversations.read(conversation_id)
        return Answer(messages=messages, owner=str(now.owner), epoch=now.epoch)

    def _run(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work), name=f"turn-{work.inbox_id}")
        self._running[work.conversation_id] = task
        task.add_done_callback(lambda done: self._forget(work.conversation_id, done))

    def _forget(self, conversation_id: str, done: asyncio.Task[None]) -> None:
        if self._running.get(conversation_id) is done:
            del self._running[conversation_id]
        if not done.cancelled() and (error := done.exception()) is not None:
            # The row stays claimed until its lease ends, then the sweep gives it another try.
            log.error("turn.crashed", conversation=conversation_id, error=type(error).__name__)

    async def _work(self, work: Work | None) -> None:
        while work is not None:
            begun = self._clock.monotonic()
            outcome = await self._think(work)
            committed = await self._commit(work, outcome)
            TURNS.labels(outcome.step).inc()
            TURN_SECONDS.labels(outcome.step).observe(self._clock.monotonic() - begun)
            if committed is None or not committed.more or self._stopping:
                return
            work = await self._storage.inbox.claim_next(work.conversation_id, self._clock.now())

    async def _think(self, work: Work) -> Outcome:
        if work.attempts > MAX_ATTEMPTS:
            log.error("turn.given_up", inbox_id=work.inbox_id, attempts=work.attempts)
            return self._turn.give_up(work)
        try:
            return await self._turn.run(work)
        except Exception as error:  # a fault of ours must not leave the citizen without a word
            log.exception("turn.fault", inbox_id=work.inbox_id, error=type(error).__name__)
            return self._turn.give_up(work)

    async def _commit(self, work: Work, outcome: Outcome) -> Committed | None:
        """Write the turn; None when somebody else has the row, or when a commit that seemed lost had gone through."""
        now = self._clock.now()
        committed = await self._write(work, outcome, now)
        if committed is None:
            log.warning("turn.lost", inbox_id=work.inbox_id)
        elif (waiting := self._waiting.get(work.inbox_id)) is not None and not waiting.done():
            waiting.set_result(_answer(work, outcome, committed, now))
        self._storage.events.changed(work.conversation_id)
        return committed

    async def _write(self, work: Work, outcome: Outcome, now: datetime) -> Committed | None:
        """Through a short absence of the database: the claim makes trying again safe."""
        for pause in (*COMMIT_PAUSES, None):
            try:
                return await self._storage.inbox.commit(
                    work,
                    now,
                    said=outcome.said,
                    replies=outcome.replies,
                    owner=outcome.owner,
                    context=outcome.memory.to_json(),
                    personal=outcome.personal,
                    push=work.channel in self._push,
                )
            except Retryable as error:
                if pause is None:
                    raise
                log.warning("turn.commit_again", inbox_id=work.inbox_id, code=error.code)
                await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await self.sweep()
            except HuiChuangError as error:
                log.warning("dispatch.sweep_failed", code=error.code)
            except Exception as error:  # without its sweeper a process would keep waiting work for ever
                log.exception("dispatch.sweep_fault", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)


def _answer(work: Work, outcome: Outcome, committed: Committed, now: datetime) -> Answer:
    """The same messages that the commit wrote, without reading them back."""
    said = Message(
        seq=committed.first_seq, at=work.received_at, said=outcome.said, client_message_id=work.client_message_id
    )
    replies = outcome.replies if committed.spoke else ()
    answered = (Message(seq=committed.first_seq + n, at=now, said=reply) for n, reply in enumerate(replies, 1))
    return Answer(messages=(said, *answered), owner=committed.owner, epoch=committed.epoch)
