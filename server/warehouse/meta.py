"""The schema `meta` of a version: where its rows come from and what was left out, and why.

Written by `ingest`, read by the API and the CLI. Invariant: accepted + rejected = records in
every row of `meta.source_files`, and every rejected record has a row in `meta.rejects`.
"""

# ruff: noqa: S608 - every literal below goes through sql_text

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from server.warehouse.load import SourceFile
from server.warehouse.manifest import VersionInfo
from server.warehouse.paths import CATALOG, Home
from server.warehouse.rejects import REJECTS_TABLE
from server.warehouse.sql_text import quote_text
from server.warehouse.versions import get_version, open_published

_TABLES = (
    f"CREATE SCHEMA {CATALOG}.meta",
    f"CREATE TABLE {CATALOG}.meta.version (number BIGINT, created_at TIMESTAMP,"
    " model_version VARCHAR, duckdb_version VARCHAR, storage_version VARCHAR)",
    f"CREATE TABLE {CATALOG}.meta.source_files (source VARCHAR, file VARCHAR, sha256 VARCHAR,"
    " bytes BIGINT, records BIGINT, accepted BIGINT, rejected BIGINT, modified_at TIMESTAMP)",
    f"CREATE TABLE {CATALOG}.meta.rejects (source VARCHAR, file VARCHAR, line BIGINT,"
    ' "column" VARCHAR, "value" VARCHAR, reason VARCHAR, message VARCHAR)',
    f"COMMENT ON TABLE {CATALOG}.meta.version IS 'One row: this version. Times are UTC.'",
    f"COMMENT ON TABLE {CATALOG}.meta.source_files IS"
    " 'One row per CSV file read; accepted + rejected = records. Times are UTC.'",
    f"COMMENT ON TABLE {CATALOG}.meta.rejects IS"
    " 'One row per cell or record left out; line is the physical line where its record starts.'",
)


@dataclass(frozen=True, slots=True)
class Reject:
    """One cell or record that was left out."""

    source: str
    file: str
    line: int
    """1-based physical line on which the record starts."""
    column: str
    """The CSV's own header; empty where the whole record is broken."""
    value: str
    """The cell, or the record where it is broken; cut to 1000 characters."""
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class RejectCount:
    """How often one reason left out a record, or a cell of one column."""

    source: str
    file: str
    column: str
    reason: str
    count: int
    first_line: int


def write_meta(
    connection: duckdb.DuckDBPyConnection,
    version: VersionInfo,
    files: Sequence[SourceFile],
    source_order: Sequence[str],
) -> None:
    """Create and fill the meta tables of a build."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(
        f"INSERT INTO {CATALOG}.meta.version VALUES ({version.number},"
        f" {_time_sql(version.created_at)}, {quote_text(version.model_version)},"
        f" {quote_text(version.duckdb_version)}, {quote_text(version.storage_version)})"
    )
    for file in files:
        connection.execute(
            f"INSERT INTO {CATALOG}.meta.source_files VALUES ({quote_text(file.source)},"
            f" {quote_text(file.file)}, {quote_text(file.sha256)}, {file.bytes}, {file.records},"
            f" {file.accepted}, {file.rejected}, {_time_sql(file.modified_at)})"
        )
    order = ", ".join(quote_text(source) for source in source_order)
    connection.execute(
        f"INSERT INTO {CATALOG}.meta.rejects"
        ' SELECT source, file, line, "column", "value", reason, message FROM'
        f" {REJECTS_TABLE} ORDER BY list_position([{order}], source), file_at, line, column_at"
    )


def read_rejects(
    home: Home, version: int, source: str | None = None, *, limit: int = 100, offset: int = 0
) -> list[Reject]:
    """The rejects of a version in file order, `limit` of them from `offset` on.

    Raises:
        WarehouseError: there is no such version.
    """
    get_version(home, version)
    with open_published(home.database(version)) as connection:
        rows = connection.execute(
            'SELECT source, file, line, "column", "value", reason, message FROM meta.rejects'
            " WHERE $source IS NULL OR source = $source ORDER BY rowid"
            " LIMIT $limit OFFSET $offset",
            {"source": source, "limit": limit, "offset": offset},
        ).fetchall()
    return [Reject(*row) for row in rows]


def count_rejects(home: Home, version: int, source: str | None = None) -> list[RejectCount]:
    """The rejects of a version by file, column and reason, the most frequent first.

    Raises:
        WarehouseError: there is no such version.
    """
    get_version(home, version)
    with open_published(home.database(version)) as connection:
        rows = connection.execute(
            'SELECT source, file, "column", reason, count(*), min(line) FROM meta.rejects'
            " WHERE $source IS NULL OR source = $source GROUP BY ALL"
            " ORDER BY count(*) DESC, source, file, min(line), reason LIMIT 1000",
            {"source": source},
        ).fetchall()
    return [RejectCount(*row) for row in rows]


def source_summary(home: Home, version: int) -> list[SourceFile]:
    """The files a version was made from, with their counts, in load order.

    Raises:
        WarehouseError: there is no such version.
    """
    get_version(home, version)
    with open_published(home.database(version)) as connection:
        rows = connection.execute(
            "SELECT source, file, sha256, bytes, records, accepted, rejected, modified_at"
            " FROM meta.source_files ORDER BY rowid"
        ).fetchall()
    return [SourceFile(*(*row[:7], row[7].replace(tzinfo=UTC))) for row in rows]


def _time_sql(moment: datetime) -> str:
    """The moment as a TIMESTAMP literal: UTC, without a zone."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return f"TIMESTAMP {quote_text(text)}"
