"""The life cycle of knowledge: entries, versions, marks, unanswered questions."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

_SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_SQL / "0004_editing.sql").read_text("utf-8").replace("%", "%%"))
