"""Staff accounts, their sessions, and failed log-ins."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

_SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_SQL / "0005_staff.sql").read_text("utf-8").replace("%", "%%"))
