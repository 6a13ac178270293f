"""An opened database and the verbs of the life cycle."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.clock import ManualClock
from knowledge.editing.editing import Editing
from storage.database import Database

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool=5)
    yield opened
    await opened.close()


@pytest.fixture
def editing(database: Database, clock: ManualClock) -> Editing:
    return Editing(database=database, clock=clock)
