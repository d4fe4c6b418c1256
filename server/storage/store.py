"""Store: conversations, turns and audit events become rows, and rows become records again.

Called by `server/ask.py`, the routes, the report and the CLI.
Invariant: each method is one transaction; a turn that was appended is never changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from server.storage.conversation_rows import (
    IS_VISIBLE,
    count_entries,
    new_conversation,
    summaries,
    to_audit,
    to_conversation,
    to_duration_ms,
    to_turn,
    to_utc,
    visible,
    with_turns,
)
from server.storage.database import Database, parse_url
from server.storage.errors import (
    ConversationExists,
    ConversationNotFound,
)
from server.storage.migrate import Migrated, migrate
from server.storage.records import (
    AuditEvent,
    AuditRecord,
    Conversation,
    ConversationSummary,
    Turn,
)
from server.storage.tables import UtcDateTime, audit, conversation, to_storable, turn

# Built once: that alone took a good part of the time that a small transaction takes.
_MOMENT = bindparam("moment", type_=UtcDateTime)
_DRAW_NUMBER: Final = (
    update(conversation)
    .where(IS_VISIBLE)
    .values(
        turn_count=conversation.c.turn_count + 1,
        updated_at=case(
            (conversation.c.updated_at < _MOMENT, _MOMENT), else_=conversation.c.updated_at
        ),
    )
    .returning(conversation.c.turn_count)
)
_INSERT_CONVERSATION: Final = insert(conversation).returning(*conversation.c)
_INSERT_TURN: Final = insert(turn)
_INSERT_AUDIT: Final = insert(audit).returning(audit.c.id)
_ALL_TURNS: Final = with_turns(turn.c.number >= 1)
_LAST_TURNS: Final = with_turns(
    turn.c.number > conversation.c.turn_count - bindparam("newest", type_=Integer)
)


class Store:
    """The state store behind one address; safe to use from many tasks of one event loop.

    `owner` says on whose behalf a conversation is touched: a name sees only its own
    conversations, and others' are as if they did not exist; None sees all (a server without
    authentication, the operator's CLI). Every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self._url = url

    @classmethod
    def open(cls, url: str) -> Self:
        """A store for `url`; connects when first used. Raises `InvalidStoreUrl`."""
        return cls(Database(parse_url(url)), url)

    async def close(self) -> None:
        """Give all connections back; the store cannot be used afterwards."""
        await self.database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def migrate(self) -> Migrated:
        """The revisions before and after; call once before any other method.

        Raises what `server.storage.migrate.migrate` raises.
        """
        return await asyncio.to_thread(migrate, self._url)

    async def create_conversation(
        self, conversation_id: str, *, owner: str | None, title: str, at: datetime
    ) -> Conversation:
        """The new conversation, without turns.

        Raises:
            InvalidRecord: the id does not match `CONVERSATION_ID`, or `at` has no zone.
            ConversationExists: the id is taken, also by another owner.
        """
        values = new_conversation(conversation_id, owner=owner, title=title, at=at)
        row = await self.database.transaction(
            lambda connection: _insert_conversation(connection, values)
        )
        return to_conversation(row, ())

    async def append_turn(
        self,
        conversation_id: str,
        *,
        owner: str | None,
        question: str,
        status: str,
        answer: Mapping[str, Any],
        at: datetime,
        elapsed_ms: float,
        begins: str | None = None,
    ) -> Turn:
        """The stored turn, with the number it got; it is on the disk when this returns.

        Args:
            begins: the title of a conversation that begins with this turn. Both are stored in
                one transaction, or neither is.
            answer: the whole API answer as JSON values; `functions_executed` and
                `visualizations` in it are counted for the list of conversations. The turn
                holds it as it was given, and a later read the same values.

        Raises:
            ConversationNotFound: there is none of this id for this owner.
            ConversationExists: a conversation that begins has the id of another one.
            InvalidRecord: the answer is not JSON, a datetime has no zone, or the time
                taken is not a finite number; nothing was written.
        """
        moment = to_utc(at)
        values = {
            "conversation_id": conversation_id,
            "question": to_storable(question),
            "status": to_storable(status),
            "answer": dict(answer),
            "functions_count": count_entries(answer, "functions_executed"),
            "visualizations_count": count_entries(answer, "visualizations"),
            "created_at": moment,
            "elapsed_ms": to_duration_ms(elapsed_ms),
        }
        wanted = {**visible(conversation_id, owner), "moment": moment}
        started = (
            new_conversation(conversation_id, owner=owner, title=begins, at=at)
            if begins is not None
            else None
        )

        def work(connection: Connection) -> Turn:
            # The first statement writes: it takes the row's lock (SQLite: the file's), so the
            # number is ours until the commit and no read has to be upgraded to a write.
            if started is not None:
                _insert_conversation(connection, started)
            number = connection.execute(_DRAW_NUMBER, wanted).scalar_one_or_none()
            if number is None:
                raise ConversationNotFound(conversation_id)
            written = {**values, "number": number}
            connection.execute(_INSERT_TURN, written)
            return to_turn(written)

        return await self.database.transaction(work)

    async def get_conversation(self, conversation_id: str, *, owner: str | None) -> Conversation:
        """The conversation with all its turns, oldest first, as of one moment.

        Raises:
            ConversationNotFound: there is none of this id for this owner.
        """
        return await self._read(_ALL_TURNS, visible(conversation_id, owner))

    async def last_turns(
        self, conversation_id: str, count: int, *, owner: str | None
    ) -> tuple[Turn, ...]:
        """The newest `count` turns, oldest of them first; fewer where there are fewer.

        Raises:
            ConversationNotFound: there is none of this id for this owner.
        """
        wanted = {**visible(conversation_id, owner), "newest": max(count, 0)}
        return (await self._read(_LAST_TURNS, wanted)).turns

    async def list_conversations(
        self, *, owner: str | None, limit: int | None = None
    ) -> tuple[ConversationSummary, ...]:
        """The conversations, the one with the newest turn first; all of them without `limit`."""
        statement = summaries().limit(limit)
        if owner is not None:
            statement = statement.where(conversation.c.owner == owner)
        return tuple(
            ConversationSummary(
                id=row.id,
                title=row.title,
                timestamp=row.updated_at,
                query=row.query,
                functions_count=row.functions_count,
                visualizations_count=row.visualizations_count,
                turn_count=row.turn_count,
            )
            for row in await self.database.fetch(statement)
        )

    async def rename_conversation(
        self, conversation_id: str, *, owner: str | None, title: str
    ) -> None:
        """Give the conversation another title; its turns and its place in the list stay.

        Raises:
            ConversationNotFound: there is none of this id for this owner.
        """
        wanted = visible(conversation_id, owner)
        statement = update(conversation).where(IS_VISIBLE).values(title=title)
        if await self.database.change(statement, wanted) == 0:
            raise ConversationNotFound(conversation_id)

    async def delete_conversation(self, conversation_id: str, *, owner: str | None) -> None:
        """Delete the conversation and its turns for good; what was audited stays.

        Raises:
            ConversationNotFound: there is none of this id for this owner.
        """
        wanted = visible(conversation_id, owner)
        if await self.database.change(delete(conversation).where(IS_VISIBLE), wanted) == 0:
            raise ConversationNotFound(conversation_id)

    async def record_audit(self, event: AuditEvent) -> int:
        """The id of the recorded event; it is on the disk when this returns.

        Raises:
            InvalidRecord: `detail` is not JSON, `at` has no zone, or the time taken is not
                a finite number.
        """
        values = {
            "at": to_utc(event.at),
            "principal": event.principal,
            "surface": event.surface,
            "action": event.action,
            "status": event.status,
            "code": event.code,
            "semantic_sql": event.semantic_sql,
            "conversation_id": event.conversation_id,
            "warehouse_version": event.warehouse_version,
            "elapsed_ms": None if event.elapsed_ms is None else to_duration_ms(event.elapsed_ms),
            "detail": event.detail,
        }
        return int((await self.database.fetch(_INSERT_AUDIT, values))[0].id)

    async def list_audit(
        self, *, limit: int = 100, before_id: int | None = None, conversation_id: str | None = None
    ) -> tuple[AuditRecord, ...]:
        """Recorded events, the last recorded first.

        Args:
            limit: how many at most.
            before_id: only those recorded before this one; the last id of the page before.
            conversation_id: only those of one conversation, also of a deleted one.
        """
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before_id is not None:
            statement = statement.where(audit.c.id < before_id)
        if conversation_id is not None:
            statement = statement.where(audit.c.conversation_id == conversation_id)
        return tuple(to_audit(row) for row in await self.database.fetch(statement))

    async def _read(self, statement: Select[Any], wanted: Mapping[str, Any]) -> Conversation:
        rows = await self.database.fetch(statement, wanted)
        if not rows:
            raise ConversationNotFound(wanted["of_id"])
        turns = tuple(to_turn(row._mapping, "turn_") for row in rows if row.turn_number is not None)
        return to_conversation(rows[0], turns)


def _insert_conversation(connection: Connection, values: Mapping[str, Any]) -> Row[Any]:
    try:
        return connection.execute(_INSERT_CONVERSATION, values).one()
    except IntegrityError as error:
        raise ConversationExists(str(values["id"])) from error
