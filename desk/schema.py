"""The desk's own tables (its store.py holds their SQL)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.schema import Moment, metadata

handover_requests = Table(
    "handover_requests",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("inbox_id", BigInteger, nullable=False, comment="the message that asked: one request per message"),
    Column("epoch", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("skill", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False, comment="0 ordinary, 1 elderly or disabled, 2 danger"),
    Column("summary", Text, nullable=False, comment="masked"),
    Column("detail", JSONB, nullable=False, comment="slots, auth level, intents with scores, knowledge versions cited"),
    Column("state", Text, nullable=False),
    UniqueConstraint("inbox_id"),
    CheckConstraint("state IN ('waiting', 'unattended', 'taken', 'withdrawn', 'done')", name="state"),
)
Index(
    "ix_handover_requests_waiting",
    handover_requests.c.skill,
    handover_requests.c.priority.desc(),
    handover_requests.c.id,
    postgresql_where=text("state = 'waiting'"),
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("turn_id", Text, nullable=False, comment="the turn that confirmed it: one call-back per turn"),
    Column("at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False, comment="end of the next working day: every waiting state has a deadline"),
    Column("phone_token", Text, nullable=False, comment="opaque token of the number, or the number masked"),
    Column("phone_shown", Text, nullable=False, comment="138****1234"),
    Column("message", Text, nullable=False, comment="masked"),
    Column("state", Text, nullable=False),
    UniqueConstraint("turn_id"),
    CheckConstraint("state IN ('waiting', 'done', 'unreachable')", name="state"),
)
Index("ix_callbacks_waiting", callbacks.c.due_at, postgresql_where=text("state = 'waiting'"))
