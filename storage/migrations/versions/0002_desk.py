"""Requests for a person, and messages left for a call-back."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_SQL / "0002_desk.sql").read_text("utf-8").replace("%", "%%"))
