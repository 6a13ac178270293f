"""What happened elsewhere: LISTEN/NOTIFY, and this instance's sign of life.

One connection per process stays open. It listens, and it holds the session-level advisory lock whose key is the
instance's id: when the process dies, by whatever death, PostgreSQL lets go of the lock, and the others see that the
rows this instance had claimed are orphans.
"""

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

log = structlog.get_logger(__name__)
CHANNELS = ("conversation", "outbox", "knowledge", "sensitive")
RECONNECT_SECONDS = 0.5
GOODBYE_SECONDS = 1.0
ALIVE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""It only listens: without keepalives a server that vanished behind a network would never be missed."""

Wake = Callable[[str], None]


def new_instance() -> int:
    """A random positive id below 2**62: fits PostgreSQL's bigint and its advisory locks."""
    return secrets.randbits(62) | 1


class Events:
    """Wakes local waiters when any process changed a conversation, filled an outbox, or changed what is known."""

    def __init__(self, url: str, *, instance: int) -> None:
        self.instance = instance
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._conninfo = make_conninfo(plain, **ALIVE)
        self._subscribers: dict[str, set[Wake]] = defaultdict(set)
        self._outbox: set[Wake] = set()
        self._knowledge: set[Wake] = set()
        self._sensitive: set[Wake] = set()
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        """Connect and hold the sign of life; returns once both are there."""
        self._task = asyncio.create_task(self._run(), name="storage-events")
        await self._listening.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def listening(self) -> bool:
        """True while the connection stands: this instance's claims are safe."""
        return self._listening.is_set()

    @contextmanager
    def conversation(self, conversation_id: str, wake: Wake) -> Iterator[None]:
        """Call `wake(conversation_id)` at each change of one conversation, in this or another process."""
        self._subscribers[conversation_id].add(wake)
        try:
            yield
        finally:
            self._subscribers[conversation_id].discard(wake)
            if not self._subscribers[conversation_id]:
                del self._subscribers[conversation_id]

    @contextmanager
    def outbox(self, wake: Wake) -> Iterator[None]:
        """Call `wake(channel)` when messages for a push channel were put into the outbox."""
        self._outbox.add(wake)
        try:
            yield
        finally:
            self._outbox.discard(wake)

    @contextmanager
    def knowledge(self, wake: Wake) -> Iterator[None]:
        """Call `wake(payload)` when what is known changed: `withdraw <entry>`, `publish <revision>`, "" for either."""
        self._knowledge.add(wake)
        try:
            yield
        finally:
            self._knowledge.discard(wake)

    @contextmanager
    def sensitive(self, wake: Wake) -> Iterator[None]:
        """Call `wake(revision)` when the lists of sensitive words changed, "" when they may have."""
        self._sensitive.add(wake)
        try:
            yield
        finally:
            self._sensitive.discard(wake)

    def changed(self, conversation_id: str) -> None:
        """This process itself changed a conversation: wake its own waiters without the way through the database."""
        for wake in tuple(self._subscribers.get(conversation_id, ())):
            wake(conversation_id)

    async def _run(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute("SELECT pg_advisory_lock(%s)", (self.instance,))
                    for channel in CHANNELS:
                        await connection.execute(f"LISTEN {channel}".encode())
                    self._listening.set()
                    self._wake_everyone()
                    try:
                        async for notice in connection.notifies():
                            self._dispatch(notice)
                    except asyncio.CancelledError:
                        await self._let_go(connection)
                        raise
            except psycopg.Error as error:
                self._listening.clear()
                log.warning("storage.events.lost", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    @staticmethod
    async def _let_go(connection: psycopg.AsyncConnection[Any]) -> None:
        """A process that stops in order is known to be gone when `stop` returns, not when the server notices."""
        with contextlib.suppress(psycopg.Error, TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await connection.execute("SELECT pg_advisory_unlock_all()")

    def _dispatch(self, notice: psycopg.Notify) -> None:
        if notice.channel == "outbox":
            for wake in tuple(self._outbox):
                wake(notice.payload)
            return
        if notice.channel in ("knowledge", "sensitive"):
            for wake in tuple(self._knowledge if notice.channel == "knowledge" else self._sensitive):
                wake(notice.payload)
            return
        origin, _, conversation_id = notice.payload.partition(" ")
        if origin != str(self.instance):
            self.changed(conversation_id)

    def _wake_everyone(self) -> None:
        """After a lost connection nobody knows what was missed: everyone reads again from where he stood."""
        for conversation_id in tuple(self._subscribers):
            self.changed(conversation_id)
        for wake in (*self._outbox, *self._knowledge, *self._sensitive):
            wake("")
