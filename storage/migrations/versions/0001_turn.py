"""The shared tables and the functions of a turn."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    for name in ("0001_tables.sql", "0001_turn.sql"):
        # Straight to the driver: the texts hold no parameters, and `:` and `%` are theirs.
        op.get_bind().exec_driver_sql((_SQL / name).read_text("utf-8").replace("%", "%%"))
