"""The tables of the life cycle (store.py, marks.py and unanswered.py hold their SQL)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.schema import Moment, metadata

entries = Table(
    "knowledge_entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("topic", Text, nullable=False, comment="of the newest version"),
    Column("region", Text, nullable=False, comment="of the newest version"),
    Column("newest", Integer, nullable=False, comment="number of the newest version that there ever was"),
    Column(
        "shipped", Text, nullable=False, comment="digest of the content that the program brought last, empty when none"
    ),
    Column(
        "shipped_version", Integer, nullable=False, comment="its version, so that an older program changes nothing back"
    ),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

versions = Table(
    "knowledge_versions",
    metadata,
    Column("entry_id", Text, ForeignKey("knowledge_entries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False, comment="knowledge.entry.Entry as it was written"),
    Column("effective_from", Date, comment="first day on which it answers: as written, or cut by a later version"),
    Column("effective_until", Date, comment="last day on which it answers"),
    Column("origin", Text, nullable=False),
    Column("author", Text, nullable=False, comment="account of who began it"),
    Column("author_name", Text, nullable=False),
    Column("writers", JSONB, nullable=False, comment="accounts of all who wrote in it: none of them may approve it"),
    Column("reviewer", Text, nullable=False),
    Column("reviewer_name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("revision", Integer, nullable=False, comment="rises with every change; who saves names the one he read"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("ended_at", Moment),
    PrimaryKeyConstraint("entry_id", "number"),
    CheckConstraint("state IN ('draft', 'review', 'published', 'superseded', 'withdrawn')", name="state"),
    CheckConstraint("origin IN ('staff', 'shipped', 'import')", name="origin"),
    CheckConstraint("effective_from <= effective_until", name="range"),
    Index(None, "state"),
)

state = Table(
    "knowledge_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one state"),
    Column("revision", BigInteger, nullable=False, comment="rises whenever what is served changes"),
    CheckConstraint("id = 1", name="single"),
)

marks = Table(
    "knowledge_marks",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entry_id", Text, ForeignKey("knowledge_entries.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="source: a rule it rests on has changed"),
    Column("subject", Text, nullable=False, comment="law and article"),
    Column("says", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Text, nullable=False),
)
Index(
    "uq_knowledge_marks_open",
    marks.c.entry_id,
    marks.c.kind,
    marks.c.subject,
    unique=True,
    postgresql_where=text("closed_by = ''"),
)

unanswered = Table(
    "knowledge_unanswered",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "levelled",
        Text,
        nullable=False,
        comment="the question without fillers and punctuation: equal questions are one row",
    ),
    Column("region", Text, nullable=False),
    Column("question", Text, nullable=False, comment="as asked first, masked"),
    Column("count", Integer, nullable=False),
    Column("nearest", JSONB, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Text, nullable=False),
    Column("entry_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("levelled", "region"),
)
Index(
    "ix_knowledge_unanswered_open",
    unanswered.c.count.desc(),
    unanswered.c.last_at.desc(),
    postgresql_where=text("closed_by = ''"),
)
