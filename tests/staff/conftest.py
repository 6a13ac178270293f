"""The staff room over a fresh database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.clock import ManualClock
from staff.room import StaffRoom
from storage.storage import Storage
from tests.stand import KEY, NOON, quick


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with Storage(database_url, data_key=KEY) as made:
        yield made


@pytest.fixture
def room(storage: Storage, clock: ManualClock) -> StaffRoom:
    return StaffRoom(storage, clock=clock, idle=timedelta(minutes=30), lifetime=timedelta(hours=12), passwords=quick())
