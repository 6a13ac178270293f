"""SQL of entries, versions and the state of what is served. Every method works within a transaction of the caller's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.editing.schema import entries, state, versions
from knowledge.editing.version import State, Version
from knowledge.entry import Entry

Json = dict[str, Any]
SEEDING = 0x6B6E_6F77_0001
"""Advisory lock: one process compares the shipped files with the tables at a time."""
BUILDING = 0x6B6E_6F77_0002
"""Advisory lock: one process builds an index at a time."""

DROPPED = "新的程序里不再有这一条"
"""Note of a version that was taken back because the shipped files hold it no longer."""


async def lock(connection: AsyncConnection, key: int) -> None:
    """Wait for an advisory lock that ends with the transaction."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


async def lock_entry(connection: AsyncConnection, entry_id: str) -> Any:
    """The entry's row, held until the transaction ends: what happens to it happens in order. None without one."""
    return (await connection.execute(select(entries).where(entries.c.id == entry_id).with_for_update())).one_or_none()


async def add_entry(
    connection: AsyncConnection, entry: Entry, now: datetime, *, shipped: str = "", shipped_version: int = 0
) -> bool:
    """A new entry without versions; False when there is one of that id."""
    statement = upsert(entries).values(
        id=entry.id,
        topic=entry.topic,
        region=entry.region,
        newest=0,
        shipped=shipped,
        shipped_version=shipped_version,
        created_at=now,
        updated_at=now,
    )
    added = await connection.execute(statement.on_conflict_do_nothing().returning(entries.c.id))
    return added.one_or_none() is not None


async def add_version(connection: AsyncConnection, values: Json) -> Version:
    """A new version; the entry's newest number, topic and region follow it."""
    row = (await connection.execute(insert(versions).values(values).returning(versions))).one()
    await touch(connection, row.entry_id, values["updated_at"], newest=row.number, content=row.content)
    return Version.of_row(row)


async def touch(
    connection: AsyncConnection, entry_id: str, now: datetime, *, newest: int | None = None, content: Json | None = None
) -> None:
    """Note that something of the entry changed."""
    values: Json = {"updated_at": now}
    if newest is not None:
        values["newest"] = newest
    if content is not None:
        values |= {"topic": content["topic"], "region": content["region"]}
    await connection.execute(update(entries).where(entries.c.id == entry_id).values(values))


async def change(connection: AsyncConnection, version: Version, values: Json, now: datetime) -> Version:
    """Change one version; its revision rises."""
    statement = (
        update(versions)
        .where(versions.c.entry_id == version.entry_id, versions.c.number == version.number)
        .values(**values, revision=version.revision + 1, updated_at=now)
        .returning(versions)
    )
    row = (await connection.execute(statement)).one()
    await touch(connection, version.entry_id, now)
    return Version.of_row(row)


async def remove(connection: AsyncConnection, version: Version) -> None:
    """Delete one version."""
    where = (versions.c.entry_id == version.entry_id, versions.c.number == version.number)
    await connection.execute(delete(versions).where(*where))


async def remove_entry(connection: AsyncConnection, entry_id: str) -> None:
    """Delete an entry that has no versions left."""
    await connection.execute(delete(entries).where(entries.c.id == entry_id))


async def version(connection: AsyncConnection, entry_id: str, number: int) -> Version | None:
    """One version."""
    where = (versions.c.entry_id == entry_id, versions.c.number == number)
    row = (await connection.execute(select(versions).where(*where))).one_or_none()
    return Version.of_row(row) if row is not None else None


async def versions_of(connection: AsyncConnection, entry_id: str) -> tuple[Version, ...]:
    """All versions of an entry, oldest first."""
    statement = select(versions).where(versions.c.entry_id == entry_id).order_by(versions.c.number)
    return tuple(Version.of_row(row) for row in await connection.execute(statement))


async def in_state(connection: AsyncConnection, wanted: Iterable[State]) -> tuple[Version, ...]:
    """All versions in these states, by entry in the order of their coming, then by number."""
    statement = (
        select(versions)
        .join(entries)
        .where(versions.c.state.in_([one.value for one in wanted]))
        .order_by(entries.c.created_at, entries.c.id, versions.c.number)
    )
    return tuple(Version.of_row(row) for row in await connection.execute(statement))


async def newest(connection: AsyncConnection) -> tuple[Version, ...]:
    """The newest version of every entry."""
    statement = (
        select(versions)
        .join(entries)
        .where(versions.c.number == entries.c.newest)
        .order_by(entries.c.created_at, entries.c.id)
    )
    return tuple(Version.of_row(row) for row in await connection.execute(statement))


async def published_numbers(connection: AsyncConnection) -> dict[str, Sequence[Any]]:
    """Entry -> its published versions (number, effective_from, effective_until)."""
    statement = (
        select(versions.c.entry_id, versions.c.number, versions.c.effective_from, versions.c.effective_until)
        .where(versions.c.state == State.PUBLISHED.value)
        .order_by(versions.c.number)
    )
    found: dict[str, list[Any]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.entry_id, []).append(row)
    return dict(found)


async def withdrawn(connection: AsyncConnection) -> frozenset[tuple[str, int]]:
    """(entry, number) of every version that was withdrawn."""
    statement = select(versions.c.entry_id, versions.c.number).where(versions.c.state == State.WITHDRAWN.value)
    return frozenset((row.entry_id, row.number) for row in await connection.execute(statement))


async def all_entries(connection: AsyncConnection) -> dict[str, Any]:
    """Every entry's row by id."""
    return {row.id: row for row in await connection.execute(select(entries))}


async def edited_here(connection: AsyncConnection) -> frozenset[str]:
    """Entries that somebody has worked on here: the program does not publish over them by itself."""
    statement = (
        select(versions.c.entry_id)
        .where(
            (versions.c.origin != "shipped")
            | ((versions.c.state == State.WITHDRAWN.value) & (versions.c.note != DROPPED))
        )
        .distinct()
    )
    return frozenset((await connection.execute(statement)).scalars())


async def set_shipped(connection: AsyncConnection, entry_id: str, digest: str, number: int) -> None:
    """Remember what the program brought last."""
    values = {"shipped": digest, "shipped_version": number}
    await connection.execute(update(entries).where(entries.c.id == entry_id).values(values))


async def revision(connection: AsyncConnection) -> int:
    """Rises whenever what is served changes."""
    return int(await connection.scalar(select(state.c.revision)) or 0)


async def announce(connection: AsyncConnection, withdrawn_entry: str = "") -> int:
    """What is served has changed: the revision rises, and every process hears of it when this transaction commits."""
    risen = update(state).values(revision=state.c.revision + 1).returning(state.c.revision)
    number = int((await connection.execute(risen)).scalar_one())
    payload = f"withdraw {withdrawn_entry}" if withdrawn_entry else f"publish {number}"
    await connection.execute(select(func.pg_notify("knowledge", payload)))
    return number
