"""An opened storage and a conversation in it."""

from collections.abc import AsyncIterator

import pytest

from storage.storage import Storage
from tests.storage.talk import KEY, opened


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with Storage(database_url, data_key=KEY, per_minute=15) as made:
        yield made


@pytest.fixture
async def conversation(storage: Storage) -> str:
    return await opened(storage)
