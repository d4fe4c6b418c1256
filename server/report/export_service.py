"""Governed SQL and queries of stored answers to files.

Called by the routes. Invariant: an export holds what the asker may see and nothing else; a stored
query is run again on its own data version, so that a long result is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from semantic.compiled import Principal
from server.answer.shape import with_hints
from server.answer.wire import QueryBody
from server.conversations import Conversations, owner_of
from server.errors import AppError, NotFound, VersionGone
from server.queries import Queries
from server.report.errors import NotExportable
from server.report.exports import Exportable, ExportFormat, write_export
from server.report.tables import to_result_column, to_typed
from server.schemas import SqlRequest
from server.stored_queries import StoredQueries


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file and what its reader must know."""

    content: bytes
    kind: ExportFormat
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Exports:
    """The exports of one home."""

    queries: Queries
    conversations: Conversations
    stored: StoredQueries

    async def of_sql(
        self, request: SqlRequest, kind: ExportFormat, principal: Principal
    ) -> ExportedFile:
        """The result of semantic SQL as a file. Raises what `Queries.run_sql` raises."""
        table, as_of = await self.queries.run_table(
            request.sql, as_of=request.as_of, limit=request.limit, principal=principal
        )
        currency = await self._currency(table.warehouse_version)
        return await _write(Exportable.of(table, as_of, "Result", currency), kind)

    async def of_stored(
        self, place: StoredPlace, kind: ExportFormat, principal: Principal
    ) -> ExportedFile:
        """A query of a stored answer as a file.

        Raises:
            ConversationNotFound, NotFound: there is no such conversation, turn or query.
            VersionGone: its data version is not kept, and the stored rows are not all of them.
            NotExportable: the stored answer cannot be read.
        """
        async with self.queries.audit.decision("export", principal) as decision:
            decision.conversation_id = place.conversation_id
            return await self._export(place, kind, principal)

    async def _export(
        self, place: StoredPlace, kind: ExportFormat, principal: Principal
    ) -> ExportedFile:
        answer, query = await self._find(place, principal)
        version = (answer.get("provenance") or {}).get("warehouse_version")
        currency = await self._currency(version)
        try:
            table = await self.stored.run(
                answer, msgspec.to_builtins(query), principal, self.queries.limits.max_rows
            )
        except AppError as error:
            return await _write(_from_stored(answer, query, currency, error), kind)
        hints = {column.name: (column.label, column.format) for column in query.columns}
        as_of = date.fromisoformat(answer["provenance"]["as_of"])
        shown = Exportable.of(with_hints(table, hints), as_of, query.title, currency)
        return await _write(shown, kind)

    async def _find(
        self, place: StoredPlace, principal: Principal
    ) -> tuple[Mapping[str, Any], QueryBody]:
        found = await self.conversations.store.get_conversation(
            place.conversation_id, owner=owner_of(principal)
        )
        for turn in found.turns:
            for query in turn.answer.get("queries") or ():
                if turn.number == place.turn and query.get("id") == place.query:
                    return turn.answer, _to_body(query)
        raise NotFound(
            "This conversation has no such turn or query.",
            hint="GET /api/conversations/{id} lists its turns, and the queries of each.",
        )

    async def _currency(self, version: int | None) -> str:
        try:
            return (await self.queries.snapshots.get(version)).spec.currency
        except AppError:
            return "USD"


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """Where a stored query is found."""

    conversation_id: str
    turn: int
    query: str


def _to_body(query: Any) -> QueryBody:
    try:
        return msgspec.convert(query, QueryBody, strict=False)
    except msgspec.ValidationError as error:
        raise NotExportable(
            "The stored answer was written by another version of this program.",
            hint="Ask the question again and export the new answer.",
        ) from error


def _from_stored(
    answer: Mapping[str, Any], query: QueryBody, currency: str, error: AppError
) -> Exportable:
    """The rows as they were stored, where those are all; the error otherwise."""
    if query.truncated:
        if not isinstance(error, VersionGone):
            raise error
        raise VersionGone(
            "The data version of this answer is not kept, and the answer holds only its first "
            f"{query.row_count:,} rows.",
            hint="Ask the question again and export the new answer.",
        ) from error
    provenance = answer.get("provenance") or {}
    return Exportable(
        title=query.title,
        columns=[to_result_column(column) for column in query.columns],
        rows=[
            [to_typed(column, value) for column, value in zip(query.columns, row, strict=True)]
            for row in query.rows
        ],
        is_cut=False,
        semantic_sql=query.semantic_sql,
        warehouse_version=provenance.get("warehouse_version"),
        as_of=date.fromisoformat(provenance["as_of"]) if "as_of" in provenance else None,
        data_sources=answer.get("data_sources") or (),
        currency=currency,
    )


async def _write(result: Exportable, kind: ExportFormat) -> ExportedFile:
    content = await asyncio.to_thread(write_export, result, kind)
    return ExportedFile(content, kind, result.facts)
