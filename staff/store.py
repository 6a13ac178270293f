"""SQL of the staff room's tables."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import Misuse, NotFound
from core.message import Json
from staff.schema import staff_accounts, staff_attempts, staff_sessions
from storage.database import Database

FORGOTTEN = timedelta(hours=24)
"""Failures older than this no longer count."""
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK_DOUBLINGS = 6
"""1, 2, 4 … 64 minutes."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is known: not a write for every request."""


class StaffStore:
    """Accounts, sessions, failed attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account(self, account: str) -> Json | None:
        """The row of a log-in name."""
        rows = await self._rows(select(staff_accounts).where(staff_accounts.c.account == account))
        return rows[0] if rows else None

    async def read(self, staff_id: int) -> Json:
        """The row of an account; raises NotFound."""
        rows = await self._rows(select(staff_accounts).where(staff_accounts.c.id == staff_id))
        if not rows:
            raise NotFound("no_account", "没有这个账号。")
        return rows[0]

    async def accounts(self) -> list[Json]:
        """All accounts by name, each with how many sessions it has open (`sessions`)."""
        live = (
            select(staff_sessions.c.staff_id, func.count().label("sessions"))
            .where(staff_sessions.c.ended_at.is_(None), staff_sessions.c.expires_at > func.now())
            .group_by(staff_sessions.c.staff_id)
            .subquery()
        )
        statement = (
            select(staff_accounts, func.coalesce(live.c.sessions, 0).label("sessions"))
            .outerjoin(live, live.c.staff_id == staff_accounts.c.id)
            .order_by(staff_accounts.c.account)
        )
        return await self._rows(statement)

    async def add(self, values: Json) -> Json:
        """A new account; raises Misuse("account_exists")."""
        try:
            async with self._database.connect() as connection:
                statement = insert(staff_accounts).values(values).returning(staff_accounts)
                return dict((await connection.execute(statement)).mappings().one())
        except IntegrityError:
            raise Misuse("account_exists", "已经有这个账号了，请换一个。") from None

    async def change(self, staff_id: int, values: Json) -> Json:
        """Change an account; raises NotFound, and Misuse("last_admin") when nobody could manage accounts any more."""
        async with self._database.begin() as connection:
            await connection.execute(_ADMINS)  # two administrators must not remove each other at the same moment
            statement = update(staff_accounts).where(staff_accounts.c.id == staff_id).values(values)
            row = (await connection.execute(statement.returning(staff_accounts))).mappings().one_or_none()
            if row is None:
                raise NotFound("no_account", "没有这个账号。")
            if ("roles" in values or "active" in values) and not await _admins(connection):
                raise Misuse("last_admin", "这是最后一个可用的管理员，不能停用，也不能去掉管理员角色。")
            return dict(row)

    async def set_active(self, accounts: list[str], *, active: bool, now: datetime) -> None:
        """Open or stop accounts by name, whoever they are; stopping ends their sessions."""
        async with self._database.begin() as connection:
            statement = update(staff_accounts).where(
                staff_accounts.c.account.in_(accounts), staff_accounts.c.active != active
            )
            changed = (await connection.execute(statement.values(active=active).returning(staff_accounts.c.id))).all()
            if changed and not active:
                ended = update(staff_sessions).where(
                    staff_sessions.c.staff_id.in_([row.id for row in changed]), staff_sessions.c.ended_at.is_(None)
                )
                await connection.execute(ended.values(ended_at=now))

    async def begin_session(self, values: Json) -> int:
        """A new session; gives its id."""
        async with self._database.connect() as connection:
            statement = insert(staff_sessions).values(values).returning(staff_sessions.c.id)
            return int((await connection.execute(statement)).scalar_one())

    async def session(self, token_hash: bytes, *, now: datetime, idle: timedelta) -> Json | None:
        """The live session of a token with its account's values (`session_id`, `session_seen_at` beside them)."""
        statement = select(
            staff_accounts, staff_sessions.c.id.label("session_id"), staff_sessions.c.seen_at.label("session_seen_at")
        ).where(
            staff_sessions.c.token_hash == token_hash,
            staff_sessions.c.staff_id == staff_accounts.c.id,
            _live(now, idle),
            staff_accounts.c.active,
        )
        async with self._database.connect() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
            if row is not None and row["session_seen_at"] <= now - SEEN_EVERY:
                seen = update(staff_sessions).where(staff_sessions.c.id == row["session_id"]).values(seen_at=now)
                await connection.execute(seen)
        return dict(row) if row is not None else None

    async def sessions(self, staff_id: int, *, now: datetime, idle: timedelta) -> list[Json]:
        """The live sessions of an account, last used first."""
        statement = (
            select(staff_sessions)
            .where(staff_sessions.c.staff_id == staff_id, _live(now, idle))
            .order_by(staff_sessions.c.seen_at.desc(), staff_sessions.c.id.desc())
        )
        return await self._rows(statement)

    async def end_sessions(
        self, staff_id: int, *, now: datetime, only: int | None = None, but: int | None = None
    ) -> int:
        """End an account's sessions: all, `only` one, or all `but` one; gives how many ended."""
        statement = update(staff_sessions).where(
            staff_sessions.c.staff_id == staff_id, staff_sessions.c.ended_at.is_(None)
        )
        if only is not None:
            statement = statement.where(staff_sessions.c.id == only)
        if but is not None:
            statement = statement.where(staff_sessions.c.id != but)
        async with self._database.connect() as connection:
            return int((await connection.execute(statement.values(ended_at=now))).rowcount)

    async def attempt(self, key: str, *, allowed: int, now: datetime) -> datetime | None:
        """Count an attempt before it is tried; gives until when it is locked, None when it may be tried.

        Counted first and forgiven on success, so that a hundred attempts at the same moment are not one.
        """
        table = staff_attempts
        past = case((table.c.last_at < now - FORGOTTEN, literal(0)), else_=table.c.failures)
        over = func.least(past + 1 - allowed, LONGEST_LOCK_DOUBLINGS)
        lock = case((over >= 0, literal(now) + FIRST_LOCK * func.power(2, over)), else_=literal(now))
        statement = (
            insert(table)
            .values(key=key, failures=1, last_at=now, locked_until=now)
            .on_conflict_do_update(
                index_elements=[table.c.key],
                set_={"failures": past + 1, "last_at": now, "locked_until": lock},
                where=table.c.locked_until <= now,
            )
            .returning(table.c.failures)
        )
        async with self._database.connect() as connection:
            if (await connection.execute(statement)).scalar_one_or_none() is not None:
                return None
            locked = select(table.c.locked_until).where(table.c.key == key)
            until: datetime | None = (await connection.execute(locked)).scalar_one_or_none()
            return until or now

    async def forgive(self, key: str, *, one: bool, now: datetime) -> None:
        """The attempt was right: take back that `one`, or forget them all."""
        table = staff_attempts
        async with self._database.connect() as connection:
            if not one:
                await connection.execute(delete(table).where(table.c.key == key))
                return
            values = {"failures": func.greatest(table.c.failures - 1, 0), "locked_until": now}
            await connection.execute(update(table).where(table.c.key == key).values(values))

    async def purge(self, now: datetime) -> None:
        """Drop what nobody asks for any more: attempts that no longer count, sessions that ended half a year ago.

        Half a year: 网络安全法 21 asks to keep log-ins that long; the audit trail keeps them for good.
        """
        async with self._database.connect() as connection:
            await connection.execute(delete(staff_attempts).where(staff_attempts.c.last_at < now - 2 * FORGOTTEN))
            old = delete(staff_sessions).where(staff_sessions.c.expires_at < now - timedelta(days=183))
            await connection.execute(old)

    async def _rows(self, statement: Any) -> list[Json]:
        async with self._database.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]


_IS_ADMIN = and_(staff_accounts.c.active, staff_accounts.c.roles.any("admin"))
_ADMINS = select(staff_accounts.c.id).where(_IS_ADMIN).order_by(staff_accounts.c.id).with_for_update()


async def _admins(connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(func.count()).where(_IS_ADMIN)) or 0)


def _live(now: datetime, idle: timedelta) -> Any:
    return and_(
        staff_sessions.c.ended_at.is_(None), staff_sessions.c.expires_at > now, staff_sessions.c.seen_at > now - idle
    )
