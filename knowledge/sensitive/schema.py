"""The tables of sensitive words (store.py holds their SQL)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema import Moment, metadata

lists = Table(
    "sensitive_lists",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="short name, unique, never changed"),
    Column("title", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("whole_words", Boolean, nullable=False, comment="a hit must not begin or end within another word"),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("name"),
    CheckConstraint("action IN ('block', 'mask', 'hand_over', 'allow')", name="action"),
)

words = Table(
    "sensitive_words",
    metadata,
    Column("list_id", BigInteger, ForeignKey("sensitive_lists.id", ondelete="CASCADE"), nullable=False),
    Column("word", Text, nullable=False),
    PrimaryKeyConstraint("list_id", "word"),
)

state = Table(
    "sensitive_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one state"),
    Column("revision", BigInteger, nullable=False, comment="rises with every change of a list or word"),
    CheckConstraint("id = 1", name="single"),
)
