"""Rows of conversations, turns and audit events to records, and the checks before they go in.

Called by `store.py` alone. Invariant: pure; nothing here talks to a database.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from server.storage.errors import ConversationNotFound, InvalidRecord
from server.storage.records import (
    CONVERSATION_ID,
    QUERY_PREVIEW_CHARS,
    AuditEvent,
    AuditRecord,
    Conversation,
    Turn,
)
from server.storage.tables import StorableText, conversation, turn


def summaries() -> Select[Any]:
    """One line per conversation, the newest first."""
    counts = (
        select(
            turn.c.conversation_id,
            func.sum(turn.c.functions_count).label("functions_count"),
            func.sum(turn.c.visualizations_count).label("visualizations_count"),
        )
        .group_by(turn.c.conversation_id)
        .subquery()
    )
    first = turn.alias("first_turn")
    return (
        select(
            conversation.c.id,
            conversation.c.title,
            conversation.c.updated_at,
            conversation.c.turn_count,
            func.coalesce(func.substr(first.c.question, 1, QUERY_PREVIEW_CHARS), "").label("query"),
            func.coalesce(counts.c.functions_count, 0).label("functions_count"),
            func.coalesce(counts.c.visualizations_count, 0).label("visualizations_count"),
        )
        .select_from(conversation)
        .outerjoin(first, and_(first.c.conversation_id == conversation.c.id, first.c.number == 1))
        .outerjoin(counts, counts.c.conversation_id == conversation.c.id)
        .order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
    )


IS_VISIBLE: Final = and_(
    conversation.c.id == bindparam("of_id"),
    or_(
        bindparam("sees_all", type_=Boolean),
        conversation.c.owner == bindparam("of_owner", type_=StorableText),
    ),
)
"""The conversation that `visible` names."""


def visible(conversation_id: str, owner: str | None) -> dict[str, Any]:
    """What `IS_VISIBLE` is to be given: the conversation of that id, where `owner` may see it.

    Raises:
        ConversationNotFound: what is given can be no id.
    """
    # What can be no id is never sent: a database may refuse its characters.
    if not CONVERSATION_ID.fullmatch(conversation_id):
        raise ConversationNotFound(conversation_id)
    return {"of_id": conversation_id, "sees_all": owner is None, "of_owner": owner}


def with_turns(is_wanted: ColumnElement[bool]) -> Select[Any]:
    """The conversation that is `IS_VISIBLE`, once for each turn that is wanted, oldest first.

    One statement, so that a turn appended meanwhile is in both parts or in none.
    """
    joined = conversation.outerjoin(
        turn, and_(turn.c.conversation_id == conversation.c.id, is_wanted)
    )
    return (
        select(conversation, *(column.label(f"turn_{column.name}") for column in turn.c))
        .select_from(joined)
        .where(IS_VISIBLE)
        .order_by(turn.c.number)
    )


def new_conversation(
    conversation_id: str, *, owner: str | None, title: str, at: datetime
) -> dict[str, Any]:
    """The row of a conversation that begins. Raises InvalidRecord for an id of another shape."""
    if not CONVERSATION_ID.fullmatch(conversation_id):
        raise InvalidRecord(
            "A conversation id has 1 to 64 letters, digits, '_' or '-', such as "
            "conv_20250215_101230_ab12."
        )
    moment = to_utc(at)
    return {
        "id": conversation_id,
        "title": title,
        "owner": owner,
        "created_at": moment,
        "updated_at": moment,
        "turn_count": 0,
    }


def to_utc(at: datetime) -> datetime:
    """The moment in UTC. Raises InvalidRecord without a zone."""
    if at.utcoffset() is None:
        raise InvalidRecord(
            "The time of a record must have a time zone; without one it names no moment."
        )
    return at.astimezone(UTC)


def to_duration_ms(elapsed_ms: float) -> float:
    """The duration as stored. Raises InvalidRecord for what is none."""
    if not math.isfinite(elapsed_ms) or elapsed_ms < 0:
        raise InvalidRecord("The time taken must be a finite number of milliseconds.")
    return float(elapsed_ms)


def count_entries(answer: Mapping[str, Any], key: str) -> int:
    """Entries of a list in an answer."""
    entries = answer.get(key)
    return len(entries) if isinstance(entries, list | tuple) else 0


def to_conversation(row: Row[Any], turns: tuple[Turn, ...]) -> Conversation:
    """The record of a row."""
    return Conversation(
        id=row.id,
        title=row.title,
        owner=row.owner,
        created_at=row.created_at,
        updated_at=row.updated_at,
        turn_count=row.turn_count,
        turns=turns,
    )


def to_turn(values: Mapping[str, Any] | RowMapping, prefix: str = "") -> Turn:
    """The record of a row's values, by the names of the columns after `prefix`."""
    return Turn(
        conversation_id=values[f"{prefix}conversation_id"],
        number=values[f"{prefix}number"],
        question=values[f"{prefix}question"],
        status=values[f"{prefix}status"],
        answer=values[f"{prefix}answer"],
        created_at=values[f"{prefix}created_at"],
        elapsed_ms=values[f"{prefix}elapsed_ms"],
    )


def to_audit(row: Row[Any]) -> AuditRecord:
    """The record of a row."""
    event = AuditEvent(
        at=row.at,
        principal=row.principal,
        surface=row.surface,
        action=row.action,
        status=row.status,
        code=row.code,
        semantic_sql=row.semantic_sql,
        conversation_id=row.conversation_id,
        warehouse_version=row.warehouse_version,
        elapsed_ms=row.elapsed_ms,
        detail=row.detail,
    )
    return AuditRecord(row.id, event)
