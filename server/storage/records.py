"""Records: the values that go into the state store and come out of it.

Made by `Store` and by its callers; read by routes, planner context, report and CLI.
Invariant: every `datetime` is aware and in UTC; ids match `CONVERSATION_ID`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a whole conversation id looks like, e.g. `conv_20250215_101230_ab12`; use `fullmatch`."""

QUERY_PREVIEW_CHARS = 100
"""How much of the first question a list of conversations shows."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its whole answer, as the API gave it."""

    conversation_id: str
    number: int
    """1 for the first turn of a conversation; without gaps."""
    question: str
    status: str
    answer: dict[str, Any]
    created_at: datetime
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with turns in the order they were asked."""

    id: str
    title: str
    owner: str | None
    """The principal it belongs to; None where the server runs without authentication."""
    created_at: datetime
    updated_at: datetime
    """The newest turn's time; the creation's while there is none."""
    turn_count: int
    """All turns of the conversation, also those left out of `turns`."""
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of the list of conversations."""

    id: str
    title: str
    timestamp: datetime
    """Of the newest turn; of the creation while there is none."""
    query: str
    """The first question, cut to `QUERY_PREVIEW_CHARS`; empty while there is none."""
    functions_count: int
    """Entries of `functions_executed`, over all turns."""
    visualizations_count: int
    """Entries of `visualizations`, over all turns."""
    turn_count: int


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing somebody did or tried, to be recorded."""

    at: datetime
    principal: str | None
    surface: str
    """Where it came in: rest, cli, mcp, schedule ..."""
    action: str
    """What was asked for: query, sql, report, upload, delete-conversation ..."""
    status: str
    """How it ended: answered, refused, failed ..."""
    code: str | None = None
    """Code of the problem, where there was one."""
    semantic_sql: str | None = None
    conversation_id: str | None = None
    warehouse_version: int | None = None
    elapsed_ms: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit event as recorded; a higher id was recorded later."""

    id: int
    event: AuditEvent


@dataclass(frozen=True, slots=True)
class Pin:
    """A tile that somebody put on the dashboard; exactly one of the two queries is there."""

    id: str
    owner: str | None
    title: str
    chart: str | None
    semantic_sql: str | None
    query: dict[str, Any] | None
    """A query object as JSON values."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: everything but the key."""

    id: str
    name: str
    """Of the principal; several keys may stand for one."""
    digest: str = field(repr=False)
    roles: frozenset[str]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
