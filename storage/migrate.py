"""Brings a database to the newest schema; several processes may call it at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from core.errors import Retryable
from storage.database import driver_url

_LOCK = 0x6D696772  # "migr": the others wait, then find nothing left to do


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The newest revision in the repository."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    return newest or ""


def upgrade(url: str) -> str:
    """Migrate to the head; gives the revision. Raises Retryable when the database cannot be reached."""
    config = _config()
    engine = create_engine(driver_url(url), poolclass=NullPool)
    try:
        connected = engine.connect()
    except OperationalError as error:
        raise Retryable("database_unavailable", "数据库连不上，请检查 DATABASE_URL。", detail=str(error)) from error
    with connected as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        revision = MigrationContext.configure(connection).get_current_revision() or ""
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()
    engine.dispose()
    return revision
