"""Tables of the state store: what the migrations must add up to.

Read by `Store` to build statements and by Alembic to find drift; `migrations/` makes the tables.
Invariant: a change here comes with a migration, on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, in and out; SQLite itself would hand back naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; SQLite keeps text, and text sorts right only in one zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without a time zone names no moment")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, aware, whatever zone the session of the database is in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def to_storable(text: str) -> str:
    """The text with every character that cannot be stored made visible."""
    return _UNSTORABLE.sub("\ufffd", text)


class StorableText(TypeDecorator[str]):
    """Text that both databases can hold: U+0000 and lone surrogates become U+FFFD.

    PostgreSQL has no U+0000 in text and neither database has lone surrogates. A refused
    question may hold either, and an audit trail that cannot record it would be worth little.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """The text with every character that cannot be stored made visible."""
        return None if value is None else to_storable(value)


metadata = MetaData(
    # Named constraints, so that a later migration can drop or change one on both databases.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", StorableText, nullable=False),
    Column("owner", StorableText),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # Numbers the turns: raising it locks the row, so two appends at once cannot draw one number.
    Column("turn_count", Integer, nullable=False),
    Index(None, "owner", "updated_at"),
)

turn = Table(
    "turn",
    metadata,
    Column(
        "conversation_id",
        String(64),
        ForeignKey("conversation.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("question", StorableText, nullable=False),
    Column("status", StorableText, nullable=False),
    # JSON and not JSONB: JSONB reorders keys and rewrites numbers, and a stored answer must come
    # back as it was streamed.
    Column("answer", JSON, nullable=False),
    # Counted once when stored, so that a list of conversations reads no answer.
    Column("functions_count", Integer, nullable=False),
    Column("visualizations_count", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("elapsed_ms", Double, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    # SQLite numbers only an INTEGER key by itself.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("principal", StorableText),
    Column("surface", StorableText, nullable=False),
    Column("action", StorableText, nullable=False),
    Column("status", StorableText, nullable=False),
    Column("code", StorableText),
    Column("semantic_sql", StorableText),
    # No foreign key: the trail outlives the conversation, and records ids that never existed.
    Column("conversation_id", StorableText),
    Column("warehouse_version", BigInteger),
    Column("elapsed_ms", Double),
    Column("detail", JSON, nullable=False),
    Index(None, "at"),
    Index(None, "conversation_id"),
    # An id is never given out twice, also after the newest rows were archived.
    sqlite_autoincrement=True,
)

report_definition = Table(
    "report_definition",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("definition", JSON, nullable=False),
    # Whoever defined it: a report never shows more than that principal may see.
    Column("owner", StorableText),
    Column("roles", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("report", String(64), nullable=False),
    Column("cron", StorableText, nullable=False),
    Column("timezone", StorableText, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("owner", StorableText),
    Column("roles", JSON, nullable=False),
    # The slot that is due next: raising it from one value to the next is the claim of a slot.
    Column("next_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "next_at"),
    Index(None, "report"),
)

report_run = Table(
    "report_run",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("report", String(64), nullable=False),
    # No foreign key: what was run stays on record when the schedule is removed.
    Column("schedule_id", String(64)),
    Column("slot", UtcDateTime),
    Column("status", StorableText, nullable=False),
    Column("stage", StorableText, nullable=False),
    # Counts the claims; whoever writes must name the claim he holds.
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("owner", StorableText),
    Column("lease_until", UtcDateTime),
    Column("next_try_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("elapsed_ms", Double),
    Column("as_of", StorableText),
    Column("warehouse_version", BigInteger),
    # As it was when the slot came: an edit meanwhile changes the next run, not this one.
    Column("definition", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    UniqueConstraint("schedule_id", "slot"),
    Index(None, "status", "next_try_at"),
    Index(None, "report", "created_at"),
)

run_delivery = Table(
    "run_delivery",
    metadata,
    Column("run_id", String(64), ForeignKey("report_run.id", ondelete="CASCADE"), primary_key=True),
    # "report", or "alert:" and the name of an alert.
    Column("item", String(80), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("recipient", String(320), primary_key=True),
    Column("status", StorableText, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcDateTime),
    Column("message", JSON, nullable=False),
    Column("problem", StorableText),
    Column("sent_at", UtcDateTime),
)

alert_state = Table(
    "alert_state",
    metadata,
    Column("report", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("state", StorableText, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("run_id", StorableText),
    Column("value", Double),
    Column("warehouse_version", BigInteger),
)

pinned_tile = Table(
    "pinned_tile",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", StorableText),
    Column("title", StorableText, nullable=False),
    Column("chart", String(16)),
    # One of the two: what is asked again each time the dashboard is shown.
    Column("semantic_sql", StorableText),
    Column("query", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "owner", "created_at"),
)

api_key = Table(
    "api_key",
    metadata,
    # Public: it stands in the key itself, and lists show it.
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    # SHA-256 of the whole key, in hex; the key itself is kept nowhere.
    Column("digest", String(64), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index(None, "name"),
)
