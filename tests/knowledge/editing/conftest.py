"""An opened storage and the verbs of the life cycle."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import ManualClock
from knowledge.editing.editing import Editing
from knowledge.latent import LatentEncoder
from knowledge.live import Live
from storage.database import Database
from storage.storage import Storage
from tests.storage.talk import KEY

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SMALL = LatentEncoder(dimension=8)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with Storage(database_url, data_key=KEY) as made:
        yield made


@pytest.fixture
def database(storage: Storage) -> Database:
    return storage.database


@pytest.fixture
def editing(database: Database, clock: ManualClock) -> Editing:
    return Editing(database=database, clock=clock)


def live(storage: Storage, clock: ManualClock, index_dir: Path) -> Live:
    """A process's knowledge, not started yet."""
    return Live(database=storage.database, events=storage.events, index_dir=index_dir, encoder=SMALL, clock=clock)
