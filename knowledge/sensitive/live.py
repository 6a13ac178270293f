"""The lists that are in force: followed by every process, swapped while they are used."""

import asyncio
import contextlib

import structlog

from core.errors import HuiChuangError
from knowledge.sensitive import store
from knowledge.sensitive.matching import Judgement, Words
from storage.database import Database
from storage.events import Events

log = structlog.get_logger(__name__)
GOODBYE_SECONDS = 2.0
POLL_SECONDS = 2.0
"""Between two looks at the revision, should a notice get lost."""


class LiveWords:
    """`bot.ports.Words` over the tables; when they cannot be read, the last state holds."""

    def __init__(self, *, database: Database, events: Events) -> None:
        self._database = database
        self._events = events
        self._words = Words()
        self._revision = -1
        self._woken = asyncio.Event()
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._listening = contextlib.ExitStack()

    @property
    def count(self) -> int:
        """How many words are in force."""
        return self._words.count

    def judge(self, text: str) -> Judgement | None:
        """What the lists say of a message; None for nearly all."""
        return self._words.judge(text)

    async def start(self) -> None:
        """Load the lists and follow them from now on."""
        self._listening.enter_context(self._events.sensitive(lambda _: self._woken.set()))
        await self._refresh()
        self._task = asyncio.create_task(self._follow(), name="sensitive-words")

    async def stop(self) -> None:
        """Follow no longer; what is loaded stays in force."""
        self._listening.close()
        if self._task is not None:
            self._stopping = True
            self._woken.set()
            await asyncio.wait((self._task,), timeout=GOODBYE_SECONDS)  # a query broken off would cost its connection
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def reached(self, revision: int) -> None:
        """Wait until that state of the tables (or a later one) is in force."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._revision >= revision)

    async def _follow(self) -> None:
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
            if self._stopping:
                return
            self._woken.clear()
            try:
                await self._refresh()
            except HuiChuangError as error:
                log.warning("sensitive.refresh_failed", code=error.code)
            except Exception as error:  # one bad moment must not end the following
                log.error("sensitive.refresh_failed", error=type(error).__name__)

    async def _refresh(self) -> None:
        async with self._database.connect() as connection:
            revision = await store.revision(connection)
            if revision == self._revision:
                return
            lists = await store.active(connection)
        self._words = await asyncio.to_thread(Words, lists, self._words)  # 100,000 words take a moment: not on the loop
        log.info("sensitive.loaded", revision=revision, words=self._words.count)
        async with self._moved:
            self._revision = revision
            self._moved.notify_all()
