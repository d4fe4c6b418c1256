"""A request to Arrow bytes: open the version, compile or reuse the plan, execute, cut, encode.

Owned by one engine worker, which runs one request at a time. Invariant: a cursor lives for
one request, so no session state reaches the next one.
"""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb

from semantic.compiled import CompiledQuery, Principal, Value
from semantic.issues import SemanticError
from server.warehouse.fetch import NO_ROWS, QueryRefused, fetch_rows
from server.warehouse.lockdown import EngineLimits, LockdownBroken, find_breaks, lint_settings
from server.warehouse.protocol import (
    Description,
    Done,
    Failed,
    Opened,
    Prepared,
    Rejected,
    Reply,
    RunRequest,
    from_scalar,
    to_scalar,
)
from server.warehouse.steps import Steps

_KEPT_CATALOGS: Final = 4
_KEPT_PLANS: Final = 512
_ROLLUPS: Final = "SELECT name FROM meta.rollups WHERE is_used ORDER BY row_count, name"
_SOURCE_FILES: Final = "SELECT source, file FROM meta.source_files ORDER BY source, file"

PlanKey = tuple[bytes, str, frozenset[str], tuple[tuple[str, str], ...], int]


@dataclass(frozen=True, slots=True)
class _OpenVersion:
    """The published version that is open, with what belongs to it."""

    version: int
    database: Path
    connection: duckdb.DuckDBPyConnection
    catalog_digest: bytes
    catalog: Any
    source_files: dict[str, tuple[str, ...]]


class Engine:
    """One locked engine over the versions below `root`."""

    def __init__(self, root: Path, limits: EngineLimits, steps: Steps) -> None:
        self._root = root
        self._limits = limits
        self._steps = steps
        self._open: _OpenVersion | None = None
        self._catalogs: OrderedDict[bytes, Any] = OrderedDict()
        self._plans: OrderedDict[PlanKey, CompiledQuery] = OrderedDict()

    def open_version(self, version: int) -> _OpenVersion:
        """The version, opened and proved; the one before it is closed.

        Raises:
            QueryRefused: there is no such version (any more).
            LockdownBroken: the lock does not hold on it.
        """
        if self._open is not None and self._open.version == version:
            return self._open
        folder = self._root / str(version)
        database = folder / "revenue.duckdb"
        try:
            model = (folder / "model.json").read_bytes()
            connection = self._steps.open(database, self._limits)
        except (FileNotFoundError, NotADirectoryError, duckdb.IOException) as error:
            if database.exists():
                raise  # a file that is there and cannot be read is no matter of versions
            raise QueryRefused(
                Failed(
                    code="version-gone",
                    message=f"Data version {version} is not kept (any more).",
                    hint="Ask again without a version to use the current data.",
                )
            ) from error
        breaks = find_breaks(connection, database, self._limits)
        if breaks:
            connection.close()
            raise LockdownBroken(breaks)
        rollups = tuple(name for (name,) in _read_meta(connection, _ROLLUPS))
        digest = sha256(b"\0".join((model, *(name.encode() for name in rollups)))).digest()
        opened = _OpenVersion(
            version=version,
            database=database,
            connection=connection,
            catalog_digest=digest,
            catalog=self._catalog(digest, model, rollups),
            source_files=_read_source_files(connection),
        )
        self.close()
        self._open = opened
        return opened

    def close(self) -> None:
        """Close the open version, if any."""
        if self._open is not None:
            self._open.connection.close()
            self._open = None

    def run(self, request: RunRequest, notify: Callable[[Reply], None]) -> tuple[Reply, bytes]:
        """The last frame for `request`; `notify` gets those on the way.

        Raises:
            duckdb.Error, MemoryError, RecursionError: for `engine_errors` to translate.
            LockdownBroken: the lock does not hold on this version.
        """
        try:
            was_open = self._open is not None and self._open.version == request.version
            opened = self.open_version(request.version)
            if not was_open:
                notify(Opened(request.version))
            return self._run_open(opened, request, notify)
        except SemanticError as error:
            return Rejected(error.issues), b""
        except QueryRefused as refused:
            return refused.failed, b""

    def lint(self) -> tuple[str, ...]:
        """What a query changed in the engine itself; empty when it is as it was.

        Cursors share the instance, and DuckDB lets a SELECT switch its logging on.
        """
        if self._open is None:
            return ()
        return lint_settings(self._open.connection, self._limits)

    def reopen(self) -> None:
        """Forget the instance and open the same version anew, if it is still there."""
        if self._open is not None:
            version = self._open.version
            self.close()
            with contextlib.suppress(QueryRefused):
                self.open_version(version)

    def _run_open(
        self, opened: _OpenVersion, request: RunRequest, notify: Callable[[Reply], None]
    ) -> tuple[Reply, bytes]:
        started = time.perf_counter()
        cursor = opened.connection.cursor()
        try:
            query, is_cached = self._plan(opened, request, cursor)
            values = _bind(query, request)
            compiled = time.perf_counter()
            if request.is_explain_only:
                rows = NO_ROWS
            else:
                notify(Prepared())
                rows = fetch_rows(cursor.execute(query.sql, values), query.columns, request)
        finally:
            cursor.close()
        done = Done(
            description=Description(
                semantic_sql=query.semantic_sql,
                sql=query.sql,
                parameters=tuple(to_scalar(value) for value in values),
                columns=query.columns,
                lineage=query.lineage,
                data_sources=tuple(
                    file
                    for source in query.lineage.sources
                    for file in opened.source_files.get(source, ())
                ),
            ),
            row_count=rows.row_count,
            is_truncated=rows.is_truncated,
            is_plan_cached=is_cached,
            compile_ms=(compiled - started) * 1000,
            execute_ms=(time.perf_counter() - compiled) * 1000,
        )
        return done, rows.body

    def _plan(
        self, opened: _OpenVersion, request: RunRequest, cursor: duckdb.DuckDBPyConnection
    ) -> tuple[CompiledQuery, bool]:
        """The checked statement and whether it was at hand.

        A plan depends on the model and its rollups, not on the data: versions that have them in
        common share it.
        """
        types = {name: argument.type for name, argument in request.arguments.items()}
        key = (
            opened.catalog_digest,
            request.sql,
            frozenset(request.roles),
            tuple(sorted((name, kind.to_sql()) for name, kind in types.items())),
            request.limit_rows,
        )
        known = self._plans.get(key)
        if known is not None:
            self._plans.move_to_end(key)
            return known, True
        query = self._steps.compile(
            opened.catalog,
            request.sql,
            principal=Principal(roles=frozenset(request.roles)),
            limit_rows=request.limit_rows,
            arguments=types,
        )
        self._steps.check(cursor, query)
        self._plans[key] = query
        if len(self._plans) > _KEPT_PLANS:
            self._plans.popitem(last=False)
        return query, False

    def _catalog(self, digest: bytes, model: bytes, rollups: tuple[str, ...]) -> Any:
        if digest not in self._catalogs:
            self._catalogs[digest] = self._steps.load_catalog(model, rollups)
            if len(self._catalogs) > _KEPT_CATALOGS:
                self._catalogs.popitem(last=False)
        self._catalogs.move_to_end(digest)
        return self._catalogs[digest]


def _bind(query: CompiledQuery, request: RunRequest) -> list[Value]:
    arguments = {name: from_scalar(bound.value) for name, bound in request.arguments.items()}
    try:
        return query.bind(request.as_of, arguments)
    except KeyError as error:
        raise QueryRefused(
            Failed(code="bad-input", message=f"The argument ${error.args[0]} has no value.")
        ) from error


def _read_source_files(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """The CSV files of each source."""
    files: dict[str, tuple[str, ...]] = {}
    for source, file in _read_meta(connection, _SOURCE_FILES):
        files[source] = (*files.get(source, ()), file)
    return files


def _read_meta(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    """The rows; none in a version of an earlier program, or that our ingest did not make."""
    cursor = connection.cursor()
    try:
        return cursor.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []
    finally:
        cursor.close()
