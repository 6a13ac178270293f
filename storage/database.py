"""The connection to PostgreSQL: one engine per process, autocommit for single statements, `begin()` for more."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.errors import Misuse, Retryable

CONNECT_TIMEOUT = 5
POOL_TIMEOUT = 3
CLOSE_TIMEOUT = 3
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def json_text(value: Any) -> str:
    """JSON that PostgreSQL takes: no NUL (as an escape it is not the six characters somebody typed), no half letters.

    Channels clean both away; what a bot, an agent or an import says must not fail for one.
    """
    return _NUL.sub(r"\1", json.dumps(value, ensure_ascii=False)).encode("utf-8", "replace").decode("utf-8")


def driver_url(url: str) -> str:
    """`postgresql://…` (also `postgres://…`) as SQLAlchemy wants it, with psycopg 3; raises Misuse otherwise."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except SQLAlchemyError:
        raise Misuse("bad_settings", "DATABASE_URL 不是有效的数据库地址") from None
    if parsed.get_backend_name() != "postgresql":
        raise Misuse("bad_settings", "DATABASE_URL 必须是 PostgreSQL 的地址（postgresql://…）")
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


class Database:
    """Hands out connections; turns every failure to reach PostgreSQL into Retryable."""

    def __init__(self, url: str, *, pool: int = 10) -> None:
        self.url = driver_url(url)
        self._engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            pool_pre_ping=False,
            pool_use_lifo=True,
            # What most statements want; set once per connection instead of at each loan.
            isolation_level="AUTOCOMMIT",
            json_serializer=json_text,
            hide_parameters=True,  # an error's text goes to the log, what citizens said does not
            connect_args={"connect_timeout": CONNECT_TIMEOUT, "application_name": "huichuang", "prepare_threshold": 2},
        )
        self._closed = False
        self._lent = 0
        self._closing: set[asyncio.Task[None]] = set()
        self._all_home = asyncio.Event()
        self._all_home.set()
        self._transactional = self._engine.execution_options(isolation_level="READ COMMITTED")

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which every statement is its own transaction."""
        async with self._guarded(self._engine) as connection:
            yield connection

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside one transaction: committed at the end, rolled back on an error."""
        async with self._guarded(self._transactional) as connection, connection.begin():
            yield connection

    async def ping(self) -> None:
        """Raises Retryable when the database does not answer."""
        async with self.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Lend no more connections, wait a little for those that are out, and close them all."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._all_home.wait()
        await self._engine.dispose()

    @asynccontextmanager
    async def _guarded(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A loan. Whoever is cancelled while it is being opened or taken back does not take it to the grave."""
        if self._closed:
            raise Retryable("database_unavailable", detail="closed")
        self._lent += 1
        self._all_home.clear()
        try:
            connection = await self._opened(engine)
            try:
                yield connection
            finally:
                closing = asyncio.create_task(connection.close(), name="database-close")
                closing.add_done_callback(self._home)
                await asyncio.shield(closing)
        except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
            raise Retryable("database_unavailable", detail=str(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Retryable("database_unavailable", detail=str(error)) from error
            raise

    async def _opened(self, engine: AsyncEngine) -> AsyncConnection:
        opening = asyncio.create_task(_open(engine), name="database-open")
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._not_wanted)
            raise
        except BaseException:
            self._home(opening)
            raise

    def _not_wanted(self, opened: "asyncio.Task[AsyncConnection]") -> None:
        if opened.cancelled() or opened.exception() is not None:
            self._home(opened)
            return
        closing = asyncio.create_task(opened.result().close(), name="database-close")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        closing.add_done_callback(self._home)

    def _home(self, done: "asyncio.Task[Any]") -> None:
        self._lent -= 1
        if not self._lent:
            self._all_home.set()
        if not done.cancelled():
            done.exception()  # told to who borrowed it, if anybody still waits


async def _open(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()
