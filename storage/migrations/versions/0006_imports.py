"""Imports of documents, and sensitive words."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

_SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_SQL / "0006_imports.sql").read_text("utf-8").replace("%", "%%"))
