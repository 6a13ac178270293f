"""The shared tables, as the newest migration leaves them (a test compares the two)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Moment = DateTime(timezone=True)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, comment="SHA-256 of the session token"),
    Column("expires_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_said_at", Moment, nullable=False),
    Column("owner", Text, nullable=False, comment="bot, queue:<skill>, agent:<id> or closed"),
    Column("epoch", Integer, nullable=False, comment="rises at every change of owner"),
    Column("last_seq", Integer, nullable=False),
    Column("context", JSONB, nullable=False, comment="what the bot must remember between two turns"),
    Column("rate_until", Moment, nullable=False, comment="GCRA: the theoretical arrival time of the next message"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("message_id", Text, nullable=False, comment="unique within the channel: the duplicate mark"),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("client_message_id", Text, nullable=False),
    Column("text", Text, nullable=False, comment="as said while waiting, masked once done"),
    Column("received_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("claimed_by", BigInteger, comment="instance that works on it (its advisory lock shows that it lives)"),
    Column("claim_until", Moment),
    Column("done_at", Moment),
    Column("first_seq", Integer, comment="the messages this turn added"),
    Column("last_seq", Integer),
    UniqueConstraint("channel", "message_id", name="uq_inbox_message"),
    CheckConstraint("state IN ('pending', 'working', 'done')", name="state"),
)
Index("ix_inbox_waiting", inbox.c.conversation_id, inbox.c.id, postgresql_where=text("state = 'pending'"))
Index("uq_inbox_working", inbox.c.conversation_id, unique=True, postgresql_where=text("state = 'working'"))

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("client_message_id", Text, nullable=False),
    Column("body", JSONB, nullable=False, comment="core.message.Reply, personal values masked"),
    PrimaryKeyConstraint("conversation_id", "seq"),
    Index(None, "at", postgresql_using="brin"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("epoch", Integer, nullable=False, comment="dropped when the conversation has moved on"),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("claimed_by", BigInteger),
    Column("claim_until", Moment),
    Column("provider_id", Text, comment="the provider's own id of the sent message"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("conversation_id", "seq", name="uq_outbox_message"),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'refused', 'uncertain', 'dropped')", name="state"),
)
Index("ix_outbox_due", outbox.c.channel, outbox.c.due_at, postgresql_where=text("state IN ('pending', 'sending')"))

personal_values = Table(
    "personal_values",
    metadata,
    Column("token", Text, primary_key=True, comment="the opaque token that stands for the value everywhere else"),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="nonce + SM4-GCM ciphertext and tag"),
    Column("created_at", Moment, nullable=False),
    Index(None, "conversation_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("conversation_id", "seq"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("level", SmallInteger, nullable=False, comment="5 非常满意 … 1 非常不满意 (国办发〔2019〕51号)"),
    Column("comment", Text, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("conversation_id"),
    CheckConstraint("level BETWEEN 1 AND 5", name="level"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps"),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="SM3 over the previous digest and this record"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="1: there is one head"),
    Column("last", BigInteger, nullable=False, comment="id of the last record, 0 before the first"),
    Column("digest", LargeBinary, nullable=False, comment="its digest"),
    CheckConstraint("id = 1", name="single"),
)
