"""An opened database and the imports over it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.clock import ManualClock
from knowledge.documents.imports import Imports
from knowledge.editing.editing import Editing
from storage.database import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool=5)
    yield opened
    await opened.close()


@pytest.fixture
def editing(database: Database, clock: ManualClock) -> Editing:
    return Editing(database=database, clock=clock)


@pytest.fixture
def imports(database: Database, editing: Editing, clock: ManualClock) -> Imports:
    return Imports(database=database, editing=editing, clock=clock)
