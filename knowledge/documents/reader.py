"""The worker's part: takes waiting files one by one and reads them in a process of their own.

A file belongs to its reader while that gives signs of life. When the worker dies, the next one takes the file over
after a minute; a file that was interrupted twice is given up with an honest sentence.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from core.clock import Clock
from core.errors import HuiChuangError, Misuse
from knowledge.documents import sandbox, store
from knowledge.documents.section import Found
from storage.database import Database

log = structlog.get_logger(__name__)
POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
MAX_ATTEMPTS = 2
KEPT = timedelta(days=90)
"""How long a finished import may be looked at."""
GIVEN_UP = "处理这个文件时程序两次中断，没有导入。请把文件拆小，或换一种格式再上传。"

Read = Callable[[str, bytes, Callable[[float], Awaitable[None]]], Awaitable[Found]]


class Reader:
    """Works off what was handed in."""

    def __init__(self, *, database: Database, clock: Clock, read: Read = sandbox.read) -> None:
        self._database = database
        self._clock = clock
        self._read = read

    async def follow(self, stop: asyncio.Event) -> None:
        """Read what comes until `stop`; what is under way then is left to the next worker."""
        while not stop.is_set():
            work = asyncio.create_task(self._quiet_once(), name="import")
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not work.done():
                work.cancel()
            outcome = (await asyncio.gather(work, stopping, return_exceptions=True))[0]
            if outcome is not True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), POLL_SECONDS)

    async def once(self) -> bool:
        """Read the next waiting file; False when there is none. Raises Retryable."""
        async with self._database.begin() as connection:
            row = await store.claim(connection, self._clock.now())
        if row is None:
            return False
        if row.attempts > MAX_ATTEMPTS:
            await self._fail(row, GIVEN_UP)
            return True
        try:
            found = await self._alive(row)
        except Misuse as error:
            await self._fail(row, error.message)
            return True
        async with self._database.begin() as connection:
            kept = await store.finish(connection, row.id, row.attempts, found, self._clock.now())
        log.info("import.read", import_id=row.id, kind=found.kind, sections=len(found.sections), kept=kept)
        return True

    async def purge(self) -> int:
        """Forget what is old."""
        async with self._database.begin() as connection:
            return await store.purge(connection, self._clock.now() - KEPT)

    async def _quiet_once(self) -> bool:
        try:
            return await self.once()
        except HuiChuangError as error:
            log.warning("import.failed", code=error.code)
        except Exception as error:  # one file, or one bad moment, must not end the reading of the others
            log.error("import.failed", error=type(error).__name__)
        return False

    async def _alive(self, row: Any) -> Found:
        """Read, giving signs of life also while a page takes long."""
        share, read = 0.0, asyncio.Event()

        async def watch(done: float) -> None:
            nonlocal share
            share = done
            await self._sign(row, share)

        async def beat() -> None:
            while not read.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(read.wait(), HEARTBEAT_SECONDS)
                with contextlib.suppress(HuiChuangError):
                    await self._sign(row, share)

        beating = asyncio.create_task(beat(), name="import-heartbeat")
        try:
            return await self._read(row.name, bytes(row.data), watch)
        finally:
            read.set()
            await asyncio.gather(beating, return_exceptions=True)

    async def _sign(self, row: Any, share: float) -> None:
        async with self._database.connect() as connection:
            await store.progress(connection, row.id, row.attempts, share, self._clock.now())

    async def _fail(self, row: Any, says: str) -> None:
        async with self._database.begin() as connection:
            await store.fail(connection, row.id, row.attempts, says, self._clock.now())
        log.info("import.refused", import_id=row.id)
