"""The table of imports (store.py holds its SQL)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.schema import Moment, metadata

imports = Table(
    "imports",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="name of the file as it was sent, without folders"),
    Column("size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("data", LargeBinary, comment="the file, until it has been read"),
    Column("state", Text, nullable=False),
    Column("progress", Float, nullable=False, comment="share done, 0 to 1"),
    Column("attempts", SmallInteger, nullable=False),
    Column("claim_until", Moment, comment="a reader that died is succeeded after this"),
    Column("account", Text, nullable=False),
    Column("account_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("error", Text, nullable=False, comment="why it failed, for people"),
    Column("sections", JSONB, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("drafted", JSONB, nullable=False, comment="number of the section -> entry made of it"),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')", name="state"),
)
Index("ix_imports_waiting", imports.c.id, postgresql_where=text("state IN ('waiting', 'working')"))
