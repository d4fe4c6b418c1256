"""Semantic SQL to a result table: version, cache, one flight for equal questions, rows.

Called by `ask.py`, the routes, reports and MCP. Invariant: a result is that of exactly one
data version, one set of roles and one clock, whether it was computed or kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from semantic.compiled import Lineage, Principal, ResultColumn
from server.errors import BadInput, NoData, VersionGone
from server.results import ResultTable
from server.warehouse.cache import ResultCache, ResultKey
from server.warehouse.decode import decode_rows, estimate_memory
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.protocol import (
    BoundArgument,
    Description,
    RunRequest,
    TypedValue,
    from_scalar,
    to_scalar,
)
from server.warehouse.replies import RunReply

NO_ARGUMENTS: Final[Mapping[str, TypedValue]] = {}
_CELLS_ON_THE_LOOP: Final = 20_000
"""Decoding more cells than this (some 10 ms) is left to a thread."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A statement that was compiled and not run."""

    semantic_sql: str
    sql: str
    parameters: dict[str, Any]
    """By parameter number as text, "1".."n", as they would be bound."""
    columns: tuple[ResultColumn, ...]
    lineage: Lineage
    warehouse_version: int
    data_sources: tuple[str, ...]
    elapsed_ms: float


@dataclass(slots=True)
class _Flight:
    """A computation that one or more callers wait for."""

    task: asyncio.Task[ResultTable]
    passengers: int = 0


class Warehouse:
    """The published data as seen by everything above: ask in semantic SQL, get tables."""

    def __init__(
        self,
        pool: EnginePool,
        settings: EngineSettings,
        current_version: Callable[[], int | None],
    ) -> None:
        """`current_version` is asked for every request; it reads one link."""
        self._pool = pool
        self._settings = settings
        self._current_version = current_version
        self._cache = ResultCache(settings.cache_bytes)
        self._flights: dict[ResultKey, _Flight] = {}

    async def start(self) -> None:
        """Start the engine on the current version; see `EnginePool.start` for its errors."""
        await self._pool.start(self._current_version() or 0)

    async def stop(self) -> None:
        """End the engine."""
        await self._pool.stop()

    def get_version(self) -> int:
        """The number of the current data version; NoData when nothing was loaded yet."""
        version = self._current_version()
        if version is None:
            raise NoData(
                "No data has been loaded yet.",
                hint="Run `revenue ingest`, or upload a CSV file.",
            )
        return version

    async def run(
        self,
        sql: str,
        *,
        as_of: date,
        principal: Principal,
        limit_rows: int,
        arguments: Mapping[str, TypedValue] = NO_ARGUMENTS,
        version: int | None = None,
        title: str = "",
    ) -> ResultTable:
        """The result of `sql` on `version`, by default the current one.

        Raises:
            SemanticError: the text does not compile; every issue.
            AppError: see `server.errors`.
        """
        try:
            table = await self._run(
                self._key(sql, as_of, principal, limit_rows, arguments, version)
            )
        except VersionGone:
            # A load may have published and pruned between our look and the engine's.
            if version is not None:
                raise
            table = await self._run(self._key(sql, as_of, principal, limit_rows, arguments, None))
        return replace(table, title=title) if title else table

    async def explain(
        self,
        sql: str,
        *,
        as_of: date,
        principal: Principal,
        limit_rows: int,
        arguments: Mapping[str, TypedValue] = NO_ARGUMENTS,
        version: int | None = None,
    ) -> Explanation:
        """What `run` would execute; the same errors."""
        key = self._key(sql, as_of, principal, limit_rows, arguments, version)
        reply = await self._pool.run(self._request(key, is_explain_only=True))
        description = reply.done.description
        return Explanation(
            semantic_sql=description.semantic_sql,
            sql=description.sql,
            parameters=_parameters(description),
            columns=description.columns,
            lineage=description.lineage,
            warehouse_version=key.version,
            data_sources=description.data_sources,
            elapsed_ms=reply.done.compile_ms,
        )

    async def _run(self, key: ResultKey) -> ResultTable:
        kept = self._cache.find(key)
        if kept is not None:
            return replace(kept, cached=True)
        flight = self._flights.get(key)
        if flight is None or flight.task.done():
            flight = self._flights[key] = _Flight(asyncio.create_task(self._compute(key)))
        flight.passengers += 1
        try:
            # Shielded: whoever leaves, first comer or not, does not end it for the others.
            return await asyncio.shield(flight.task)
        finally:
            flight.passengers -= 1
            if flight.passengers == 0:
                # The last one out: nobody may board a task that is being cancelled.
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.task.cancel()

    async def _compute(self, key: ResultKey) -> ResultTable:
        reply = await self._pool.run(self._request(key))
        columns = reply.done.description.columns
        if reply.done.row_count * len(columns) > _CELLS_ON_THE_LOOP:
            rows = await asyncio.to_thread(decode_rows, reply.body, columns)
        else:
            rows = decode_rows(reply.body, columns)
        table = _to_table(reply, rows, key.version)
        self._cache.put(key, table, estimate_memory(rows, columns, len(reply.body)))
        return table

    def _key(
        self,
        sql: str,
        as_of: date,
        principal: Principal,
        limit_rows: int,
        arguments: Mapping[str, TypedValue],
        version: int | None,
    ) -> ResultKey:
        if limit_rows < 1:
            raise BadInput("The row limit must be at least 1.")
        return ResultKey(
            version=self.get_version() if version is None else version,
            sql=sql,
            arguments=tuple(
                (name, BoundArgument(arguments[name].type, to_scalar(arguments[name].value)))
                for name in sorted(arguments)
            ),
            roles=principal.roles,
            as_of=as_of,
            limit_rows=limit_rows,
        )

    def _request(self, key: ResultKey, *, is_explain_only: bool = False) -> RunRequest:
        return RunRequest(
            sql=key.sql,
            version=key.version,
            as_of=key.as_of,
            roles=tuple(sorted(key.roles)),
            arguments=dict(key.arguments),
            limit_rows=key.limit_rows,
            limit_bytes=self._settings.limit_bytes,
            limit_columns=self._settings.limit_columns,
            is_explain_only=is_explain_only,
        )


def _parameters(description: Description) -> dict[str, Any]:
    return {
        str(number): from_scalar(scalar)
        for number, scalar in enumerate(description.parameters, start=1)
    }


def _to_table(reply: RunReply, rows: tuple[tuple[Any, ...], ...], version: int) -> ResultTable:
    description = reply.done.description
    return ResultTable(
        semantic_sql=description.semantic_sql,
        sql=description.sql,
        parameters=_parameters(description),
        columns=description.columns,
        rows=rows,
        truncated=reply.done.is_truncated,
        elapsed_ms=reply.done.compile_ms + reply.done.execute_ms,
        warehouse_version=version,
        lineage=description.lineage,
        data_sources=description.data_sources,
        byte_count=len(reply.body),
    )
