"""The staff room's own tables (its store.py holds their SQL)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.schema import Moment, metadata

staff_accounts = Table(
    "staff_accounts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("account", Text, nullable=False, comment="log-in name, lower case"),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False, comment="argon2id"),
    Column("roles", ARRAY(Text), nullable=False, comment="codes of staff.roles.ROLES"),
    Column("regions", ARRAY(Text), nullable=False, comment="administrative divisions, 000000 is the whole country"),
    Column("active", Boolean, nullable=False),
    Column("must_change", Boolean, nullable=False, comment="the password was given by somebody else"),
    Column("created_at", Moment, nullable=False),
    Column("password_at", Moment, nullable=False),
    Column("last_login_at", Moment),
    UniqueConstraint("account"),
    CheckConstraint("account = lower(account)", name="account"),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff_accounts.id"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, comment="SHA-256 of the cookie"),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, comment="exact to a minute"),
    Column("expires_at", Moment, nullable=False, comment="however busy it is"),
    Column("ended_at", Moment),
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False, comment="User-Agent, cut"),
    UniqueConstraint("token_hash"),
)
Index("ix_staff_sessions_live", staff_sessions.c.staff_id, postgresql_where=text("ended_at IS NULL"))

staff_attempts = Table(
    "staff_attempts",
    metadata,
    Column(
        "key", Text, primary_key=True, comment="account:<SHA-256 of the name as typed> or address:<network address>"
    ),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("locked_until", Moment, nullable=False),
)
