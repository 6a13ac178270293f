"""SQL of the desk's tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from core.message import Json
from desk.schema import callbacks, handover_requests
from storage.database import Database


class DeskStore:
    """Requests for a person, and messages left."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_request(self, values: Json) -> int:
        """Record a request; the same message twice is one request. Gives its id."""
        return await self._add(handover_requests, handover_requests.c.inbox_id, values)

    async def add_callback(self, values: Json) -> int:
        """Record a message left; the same turn twice is one message. Gives its id."""
        return await self._add(callbacks, callbacks.c.turn_id, values)

    async def ahead_of(self, request_id: int, skill: str, priority: int) -> int:
        """How many wait before this one: the more urgent, then who asked earlier."""
        statement = select(func.count()).where(
            handover_requests.c.skill == skill,
            handover_requests.c.state == "waiting",
            or_(
                handover_requests.c.priority > priority,
                and_(handover_requests.c.priority == priority, handover_requests.c.id < request_id),
            ),
        )
        async with self._database.connect() as connection:
            return int(await connection.scalar(statement) or 0)

    async def withdraw(self, conversation_id: str) -> int:
        """The citizen does not want to wait any more; gives how many requests ended."""
        statement = (
            update(handover_requests)
            .where(
                handover_requests.c.conversation_id == conversation_id,
                handover_requests.c.state.in_(["waiting", "unattended"]),
            )
            .values(state="withdrawn")
        )
        async with self._database.connect() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def requests(self, *, since: datetime) -> list[Json]:
        """Requests from that moment on, oldest first."""
        return await self._rows(
            select(handover_requests).where(handover_requests.c.at >= since).order_by(handover_requests.c.id)
        )

    async def waiting_callbacks(self) -> list[Json]:
        """Messages nobody has called back for, by deadline."""
        return await self._rows(
            select(callbacks).where(callbacks.c.state == "waiting").order_by(callbacks.c.due_at, callbacks.c.id)
        )

    async def _add(self, table: Any, key: Any, values: Json) -> int:
        statement = (
            insert(table)
            .values(values)
            # a no-op update, so that RETURNING gives the row that is already there
            .on_conflict_do_update(index_elements=[key], set_={key.name: values[key.name]})
            .returning(table.c.id)
        )
        async with self._database.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def _rows(self, statement: Any) -> list[Json]:
        async with self._database.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]
