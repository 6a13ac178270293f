"""Fixtures every room may use."""

import os
import uuid
from collections.abc import Iterator

import pytest

from tests import database


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this run, as its owner: DATABASE_URL's when given, else an embedded one."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with database.shared_server(os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> str:
    """The name of a migrated, empty database to copy from."""
    return database.ensure_template(postgres_url)


@pytest.fixture
def database_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A fresh, migrated database of this test's own."""
    name = f"hctest_{uuid.uuid4().hex}"
    yield database.create(postgres_url, name, template=migrated_template)
    database.drop(postgres_url, name)
