"""The knowledge that is served from the tables: swapped while it is used, and taken back at once when it must be.

Every process holds one `Live`. It hears of a change by LISTEN, and asks for the revision every few seconds besides, so
that a connection that died unnoticed delays a withdrawal by seconds and not by hours. A withdrawn entry is masked
before anything else happens; a changed stock is served when its index is ready. One process at a time builds (an
advisory lock); the others load what it built.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import structlog

from core.clock import Clock, today
from core.errors import HuiChuangError, NotFound, Retryable
from knowledge import shelf
from knowledge.editing import served, store
from knowledge.editing.served import Published
from knowledge.entry import Entry
from knowledge.index import Index
from knowledge.ranking import WEIGHTS, Weights
from knowledge.search import Found, Knowledge
from knowledge.vectors import Encoder
from storage.database import Database
from storage.events import Events

log = structlog.get_logger(__name__)

GOODBYE_SECONDS = 2.0
POLL_SECONDS = 2.0
"""Between two looks at the revision; a withdrawal must be everywhere within five seconds."""
PATIENCE_SECONDS = 30.0
"""How long a process that leaves building to the worker waits for it."""


class Builder:
    """Sees to it that the index of what is published is there; used by the worker, and by `Live`."""

    def __init__(
        self, *, database: Database, index_dir: Path, encoder: Encoder, shipped: tuple[Path, Path] | None = None
    ) -> None:
        """`shipped`: the folders of the shipped entries and of their index, which is copied when it fits."""
        self._database = database
        self._index_dir = index_dir
        self._encoder = encoder
        self._shipped = shipped

    def version(self, published: Published) -> str:
        """The name of its index."""
        return shelf.version_of_editions(published.editions, self._encoder)

    def ready(self, version: str) -> bool:
        """Whether that index stands on this machine."""
        return shelf.ready(self._index_dir, version)

    async def build(self, published: Published) -> str:
        """Build it unless it is there, one process at a time, off the event loop; gives its version."""
        version = await asyncio.to_thread(self.version, published)
        if self.ready(version):
            return version
        async with self._database.begin() as connection:
            await store.lock(connection, store.BUILDING)
            if not self.ready(version):
                await asyncio.to_thread(self._make, published, version)
                log.info("knowledge.built", version=version, editions=len(published.editions))
        return version

    def _make(self, published: Published, version: str) -> None:
        """Copy the shipped entries' index where it fits, else build."""
        if self._shipped is not None:
            entries_dir, shipped = self._shipped
            name = shelf.version_of(entries_dir, self._encoder)
            if shelf.adopt(published.editions, version, self._index_dir, shipped=shipped, name=name):
                return
        shelf.put(published.editions, version, self._index_dir, self._encoder)

    async def follow(self, events: Events, stop: asyncio.Event) -> None:
        """Build after every change until `stop`; for the worker."""
        changed = asyncio.Event()
        built = -1
        with events.knowledge(lambda _: changed.set()):
            while not stop.is_set():
                try:
                    if await served.revision(self._database) != built:
                        published = await served.read(self._database)
                        await self.build(published)
                        built = published.revision
                except HuiChuangError as error:
                    log.warning("knowledge.build_failed", code=error.code)
                except Exception as error:  # a stock that cannot be built must not end the building of the next
                    log.error("knowledge.build_failed", error=type(error).__name__)
                await _either(changed, stop)

    def load(self, version: str) -> Index:
        """Read a built index into memory; raises Retryable."""
        return shelf.load(self._index_dir, self._encoder, version)[2]


async def _either(changed: asyncio.Event, stop: asyncio.Event) -> None:
    """Until something changed, the process is to stop, or it is time to look."""
    waits = [asyncio.create_task(changed.wait()), asyncio.create_task(stop.wait())]
    await asyncio.wait(waits, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    changed.clear()


class Live:
    """`bot.ports.Knowledge` over what is published now; reading is safe from any thread."""

    def __init__(
        self,
        *,
        database: Database,
        events: Events,
        index_dir: Path,
        encoder: Encoder,
        clock: Clock,
        weights: Path = WEIGHTS,
        patience: float = 0.0,
        shipped: tuple[Path, Path] | None = None,
    ) -> None:
        """`patience`: seconds in which another process (the worker) is expected to build; `shipped`: as `Builder`."""
        self._database = database
        self._events = events
        self._builder = Builder(database=database, index_dir=index_dir, encoder=encoder, shipped=shipped)
        self._weights = Weights.load(weights)
        self._clock = clock
        self._patience = patience
        self._index: tuple[str, Index] | None = None
        self._base: Knowledge | None = None
        self._served: Knowledge | None = None
        self._gone: frozenset[tuple[str, int]] = frozenset()
        self._vetoed: frozenset[str] = frozenset()
        self._revision = -1
        self._woken = asyncio.Event()
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._listening = contextlib.ExitStack()

    # --- what is served

    @property
    def current(self) -> Knowledge:
        """What is served at this moment; raises Retryable before the first index is loaded."""
        if self._served is None:
            raise Retryable("no_index", "知识库正在准备，请稍后再试。")
        return self._served

    @property
    def version(self) -> str:
        """Names the stock that is served."""
        return self.current.version

    @property
    def revision(self) -> int:
        """The state of the tables that is served."""
        return self._revision

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The newest edition of every entry."""
        return self.current.entries

    def search(self, question: str, *, region: str = "", on: date, limit: int = 5) -> Found:
        """What answers it on that day."""
        return self.current.search(question, region=region, on=on, limit=limit)

    def entry(self, entry_id: str) -> Entry:
        """The edition in force today, else the newest; raises NotFound."""
        current = self.current
        return current.holding(entry_id, today(self._clock)) or current.entry(entry_id)

    def holding(self, entry_id: str, on: date) -> Entry | None:
        """The edition in force on that day; raises NotFound."""
        return self.current.holding(entry_id, on)

    def editions(self, entry_id: str) -> tuple[Entry, ...]:
        """All editions that answer on some day; raises NotFound."""
        return self.current.editions(entry_id)

    def shares(self, question: str, ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """Entry -> what each way of comparing contributed to its place."""
        return self.current.shares(question, ids)

    def popular(self, count: int) -> tuple[Entry, ...]:
        """The most asked entries."""
        return self.current.popular(count)

    def topics(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """(topic, its entries)."""
        return self.current.topics()

    # --- how it follows the tables

    async def start(self) -> None:
        """Load what is published (building its index when nobody has) and follow it from now on."""
        self._listening.enter_context(self._events.knowledge(self._on_notice))
        await self._refresh(patience=0.0)
        self._task = asyncio.create_task(self._follow(), name="knowledge-live")

    async def stop(self) -> None:
        """Follow no longer; what is loaded stays."""
        self._listening.close()
        if self._task is not None:
            self._stopping = True
            self._woken.set()
            await asyncio.wait((self._task,), timeout=GOODBYE_SECONDS)  # a query broken off would cost its connection
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def reached(self, revision: int) -> None:
        """Wait until that state of the tables (or a later one) is served."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._revision >= revision)

    def withdrawn(self, entry_id: str) -> bool:
        """Whether the entry is not served any more."""
        try:
            self.current.entry(entry_id)
        except NotFound:
            return True
        return False

    def _on_notice(self, payload: str) -> None:
        verb, _, entry_id = payload.partition(" ")
        if verb == "withdraw" and entry_id:
            self._vetoed |= {entry_id}
            self._mask()
        self._woken.set()

    def _mask(self) -> None:
        """Serve the loaded stock without what was taken back."""
        base = self._base
        if base is None:
            return
        vetoed = {(one.id, one.version) for name in self._vetoed for one in _editions(base, name)}
        self._served = base.without(self._gone | vetoed)

    async def _follow(self) -> None:
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
            if self._stopping:
                return
            try:
                if self._woken.is_set() or await served.revision(self._database) != self._revision:
                    self._woken.clear()
                    await self._refresh(patience=self._patience)
            except HuiChuangError as error:
                log.warning("knowledge.refresh_failed", code=error.code)
            except Exception as error:  # an index that cannot be built must not end the following of withdrawals
                log.error("knowledge.refresh_failed", error=type(error).__name__)

    async def _refresh(self, *, patience: float) -> None:
        known = self._vetoed  # whatever is vetoed by now is committed, so the tables say it
        published = await served.read(self._database)
        self._gone = frozenset(published.gone)
        self._vetoed -= known
        self._mask()
        version = await asyncio.to_thread(self._builder.version, published)
        if self._index is None or version != self._index[0]:
            if not await self._built_elsewhere(version, patience):
                await self._builder.build(published)
            self._index = (version, await asyncio.to_thread(self._builder.load, version))
        self._base = Knowledge(version=version, entries=published.editions, index=self._index[1], weights=self._weights)
        self._mask()
        log.info("knowledge.served", version=version, revision=published.revision)
        async with self._moved:
            self._revision = published.revision
            self._moved.notify_all()

    async def _built_elsewhere(self, version: str, patience: float) -> bool:
        """Whether the index came to stand within that time."""
        try:
            async with asyncio.timeout(patience):
                while not self._builder.ready(version):  # noqa: ASYNC110 - another process's file wakes nobody here
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return self._builder.ready(version)
        return True


def _editions(base: Knowledge, entry_id: str) -> tuple[Entry, ...]:
    try:
        return base.editions(entry_id)
    except NotFound:
        return ()
