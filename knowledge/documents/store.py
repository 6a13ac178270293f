"""SQL of imports."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.documents.schema import imports
from knowledge.documents.section import Found, Json

LEASE = timedelta(seconds=60)
"""How long a reader that gives no sign of life keeps its file."""
OPEN = ("waiting", "working")
_LISTED = (
    *(imports.c.id, imports.c.name, imports.c.size, imports.c.state, imports.c.progress, imports.c.account),
    *(imports.c.account_name, imports.c.kind, imports.c.title, imports.c.error, imports.c.created_at),
    *(imports.c.finished_at, func.jsonb_array_length(imports.c.sections).label("count")),
)


async def add(connection: AsyncConnection, values: Json, now: datetime) -> int:
    """A new file that waits to be read; gives its number."""
    fresh: Json = {"state": "waiting", "progress": 0.0, "attempts": 0, "kind": "", "title": "", "error": ""}
    fresh |= {"sections": [], "report": [], "drafted": {}, "created_at": now}
    return int((await connection.execute(insert(imports).values(fresh | values).returning(imports.c.id))).scalar_one())


async def count_open(connection: AsyncConnection, account: str) -> int:
    """How many files of one person are not read yet."""
    where = (imports.c.account == account, imports.c.state.in_(OPEN))
    return int(await connection.scalar(select(func.count()).select_from(imports).where(*where)) or 0)


async def claim(connection: AsyncConnection, now: datetime) -> Any:
    """The next file, ours until the lease ends; None when there is none. Concurrent readers get different ones."""
    free = or_(imports.c.state == "waiting", (imports.c.state == "working") & (imports.c.claim_until < now))
    chosen = select(imports.c.id).where(free).order_by(imports.c.id).limit(1).with_for_update(skip_locked=True)
    values = {"state": "working", "attempts": imports.c.attempts + 1, "claim_until": now + LEASE, "progress": 0.0}
    statement = (
        update(imports)
        .where(imports.c.id == chosen.scalar_subquery())
        .values(values)
        .returning(imports.c.id, imports.c.name, imports.c.data, imports.c.attempts, imports.c.account)
    )
    return (await connection.execute(statement)).one_or_none()


def _mine(import_id: int, attempt: int) -> tuple[Any, ...]:
    return (imports.c.id == import_id, imports.c.state == "working", imports.c.attempts == attempt)


async def progress(connection: AsyncConnection, import_id: int, attempt: int, share: float, now: datetime) -> bool:
    """A sign of life; False when somebody else has taken the file over."""
    values = {"progress": share, "claim_until": now + LEASE}
    done = await connection.execute(update(imports).where(*_mine(import_id, attempt)).values(values))
    return done.rowcount == 1


async def finish(connection: AsyncConnection, import_id: int, attempt: int, found: Found, now: datetime) -> bool:
    """It was read; the file itself is not needed any more."""
    values: Json = {"state": "done", "progress": 1.0, "data": None, "finished_at": now, "claim_until": None}
    values |= {"kind": found.kind, "title": found.title, "sections": list(found.sections)}
    values["report"] = [remark.to_json() for remark in found.report]
    done = await connection.execute(update(imports).where(*_mine(import_id, attempt)).values(values))
    return done.rowcount == 1


async def fail(connection: AsyncConnection, import_id: int, attempt: int, says: str, now: datetime) -> bool:
    """It cannot be read."""
    report = [{"place": "", "says": says}]
    values: Json = {"state": "failed", "data": None, "error": says, "report": report, "finished_at": now}
    done = await connection.execute(
        update(imports).where(*_mine(import_id, attempt)).values(values | {"claim_until": None})
    )
    return done.rowcount == 1


async def read(connection: AsyncConnection, import_id: int) -> Any:
    """All of one import but the file."""
    columns = [column for column in imports.c if column.name != "data"]
    return (await connection.execute(select(*columns).where(imports.c.id == import_id))).one_or_none()


async def lock(connection: AsyncConnection, import_id: int) -> Any:
    """One import, held until the transaction ends."""
    statement = select(imports.c.drafted).where(imports.c.id == import_id).with_for_update()
    return (await connection.execute(statement)).one_or_none()


async def newest(connection: AsyncConnection, limit: int) -> list[Any]:
    """The newest imports, without their content."""
    statement = select(*_LISTED).order_by(imports.c.id.desc()).limit(limit)
    return list(await connection.execute(statement))


async def set_drafted(connection: AsyncConnection, import_id: int, drafted: dict[str, str]) -> None:
    """Remember further entries made of sections."""
    merged = imports.c.drafted.op("||")(literal(drafted, JSONB))
    await connection.execute(update(imports).where(imports.c.id == import_id).values(drafted=merged))


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Forget imports that ended before a moment; what was made of them stays."""
    done = await connection.execute(delete(imports).where(imports.c.finished_at < before))
    return done.rowcount
