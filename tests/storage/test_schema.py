"""The migrations lead to exactly the tables that the queries are written against."""

import asyncio
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import desk.schema  # noqa: F401 - its tables belong to the same metadata
import knowledge.documents.schema
import knowledge.editing.schema
import knowledge.sensitive.schema  # noqa: F401 - their tables belong to the same metadata
import staff.schema  # noqa: F401 - the same
from core.errors import Misuse, Retryable
from core.settings import ROOT
from storage import migrate
from storage.database import Database, driver_url
from storage.schema import metadata
from tests import database

HEAD = "0006"
"""Raised by whoever adds a migration: two branches that both add one must not meet unnoticed."""
FUNCTIONS = {"accept_message", "claim_next", "commit_turn", "release_orphans"}


@pytest.fixture
def empty_url(postgres_url: str, request: pytest.FixtureRequest) -> str:
    """A database without any table."""
    name = f"hctest_empty_{abs(hash(request.node.name)):x}"
    request.addfinalizer(lambda: database.drop(postgres_url, name))
    database.drop(postgres_url, name)
    return database.create(postgres_url, name, template="template0")


def test_the_head_is_pinned() -> None:
    assert migrate.head() == HEAD


def test_the_migrated_database_is_what_the_schema_says(database_url: str) -> None:
    engine = create_engine(driver_url(database_url), poolclass=NullPool)
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        checks = dict(
            connection.execute(
                text(
                    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
                )
            ).all()
        )
        functions = set(
            connection.scalars(text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))
        )
        partial = dict(
            connection.execute(
                text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef ~ ' WHERE '")
            ).all()
        )
    engine.dispose()
    assert found == []
    assert functions == FUNCTIONS
    # What alembic does not compare: check constraints, and the conditions of partial indexes.
    assert set(checks) == {str(c.name) for t in metadata.tables.values() for c in t.constraints if is_check(c)}
    described = {
        str(index.name): str(index.dialect_options["postgresql"]["where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }
    assert set(partial) == set(described)
    for name, condition in described.items():
        assert all(word in partial[name] for word in condition.split("'")[1::2]), name


def is_check(constraint: object) -> bool:
    return type(constraint).__name__ == "CheckConstraint"


def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    assert migrate.upgrade(empty_url) == HEAD
    assert migrate.upgrade(empty_url) == HEAD


async def test_four_processes_may_upgrade_at_once(empty_url: str) -> None:
    async def upgrade() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "storage", "migrate", "--url", empty_url),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        words, _ = await process.communicate()
        return process.returncode, words.strip()

    assert await asyncio.gather(*(upgrade() for _ in range(4))) == [(0, f"schema: {HEAD}".encode())] * 4


def test_a_database_that_is_not_there_is_named_in_a_sentence() -> None:
    with pytest.raises(Retryable):
        migrate.upgrade("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Misuse):
        migrate.upgrade("mysql://nobody@127.0.0.1/nothing")
    with pytest.raises(Misuse):
        migrate.upgrade("no address at all")


async def test_a_database_that_is_not_there_is_retryable() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Retryable):
        await nowhere.ping()
    await nowhere.close()


async def test_a_busy_pool_is_retryable_and_not_a_hang(database_url: str) -> None:
    small = Database(database_url, pool=1)
    async with small.connect():
        with pytest.raises(Retryable):
            await small.ping()
    await small.ping()
    await small.close()
