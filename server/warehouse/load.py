"""The files of one source to one typed table, plus a reject for everything that did not fit.

Called by `ingest` per source, inside the build. Invariant: accepted + rejected = the records an
independent count finds, per file, or the load fails; a record with any reject is not in the table.
"""
# ruff: noqa: S608 - every name and literal below goes through sql_text

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from semantic.spec import SourceSpec
from server.warehouse.cells import Column
from server.warehouse.csv_engine import csv_reader_sql, file_pattern, take_csv_errors
from server.warehouse.csv_files import InputFile, check_unchanged, open_input
from server.warehouse.errors import WarehouseError
from server.warehouse.header import Header
from server.warehouse.limits import IngestLimits
from server.warehouse.paths import CATALOG
from server.warehouse.progress import Phase, ProgressEvent, Report
from server.warehouse.rejects import (
    LINES_TABLE,
    RAW,
    REJECTED_ROWS_TABLE,
    REJECTS_TABLE,
    explain_cells,
    reject_repeated,
)
from server.warehouse.rewrite import rewrite_file
from server.warehouse.scan import NotPlainError, Scan, scan_plain_file
from server.warehouse.sql_text import quote_name, quote_text


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What became of one file; also a row of `meta.source_files`."""

    source: str
    file: str
    sha256: str
    bytes: int
    records: int
    accepted: int
    rejected: int
    modified_at: datetime


class SourceLoader:
    """Loads one source; `load` is the whole way."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        build: Path,
        source: SourceSpec,
        columns: Sequence[Column],
        *,
        limits: IngestLimits,
        report: Report,
    ) -> None:
        self._connection = connection
        self._build = build
        self._source = source
        self._columns = columns
        self._checked = [column for column in columns if column.is_checked]
        self._limits = limits
        self._report = report
        self._table = f"{CATALOG}.source.{quote_name(source.name)}"
        self._rows = 0

    def load(self, files: Sequence[tuple[InputFile, Header]]) -> list[SourceFile]:
        """The table `revenue.source.<name>`, filled from all files in order.

        Raises:
            WarehouseError: a file changed, its counts do not add up, or too much is rejected.
        """
        self._create_table()
        loaded = []
        ranges = []
        for at, (file, header) in enumerate(files):
            first_row = self._rows
            loaded.append(self._load_file(at, file, header))
            ranges.append((first_row, self._rows))
        self._tell(files[-1][0], "check", files[-1][0].bytes)
        explain_cells(self._connection, self._table, self._source.name, self._checked)
        reject_repeated(self._connection, self._table, self._source.name, self._columns)
        loaded = [self._reconcile(at, file, *ranges[at]) for at, file in enumerate(loaded)]
        self._finish_table(sum(file.accepted for file in loaded))
        return loaded

    # ------------------------------------------------------------ one file

    def _load_file(self, at: int, file: InputFile, header: Header) -> SourceFile:
        scan = self._scan(file, header)
        if scan is None or not self._load_plain(at, file, header, scan):
            digest, records = self._load_rewritten(at, file, header)
        else:
            digest, records = scan.sha256, scan.records
        check_unchanged(file)
        return SourceFile(
            source=self._source.name,
            file=file.name,
            sha256=digest,
            bytes=file.bytes,
            records=records,
            accepted=0,
            rejected=0,
            modified_at=file.modified_at,
        )

    def _scan(self, file: InputFile, header: Header) -> Scan | None:
        if header.encoding != "utf-8" or not header.is_first_line:
            return None
        with open_input(file) as stream:
            try:
                return scan_plain_file(
                    stream,
                    width=len(header.names),
                    delimiter=self._source.delimiter,
                    limit_record_bytes=self._limits.record_bytes,
                    on_bytes=lambda done: self._tell(file, "scan", done),
                )
            except NotPlainError:
                return None

    def _load_plain(self, at: int, file: InputFile, header: Header, scan: Scan) -> bool:
        """True where the engine read exactly the records the scan counted, and no other."""
        if not scan.records:
            return True
        self._tell(file, "load", 0)
        self._connection.execute("BEGIN TRANSACTION")
        try:
            rows, broken = self._insert(
                file.path,
                header,
                has_header=True,
                newline="\\r\\n" if scan.ends_with_crlf else "\\n",
                # Where a record spans lines, a reader that starts in the middle of the file has
                # to guess whether it stands inside quotes.
                parallel=not scan.has_long_records,
            )
        except duckdb.InvalidInputException:
            self._connection.execute("ROLLBACK")
            return False
        if broken or rows != scan.records:
            self._connection.execute("ROLLBACK")
            return False
        self._connection.execute("COMMIT")
        self._add_lines(at, file, scan.starts)
        self._rows += rows
        self._tell(file, "load", file.bytes)
        return True

    def _load_rewritten(self, at: int, file: InputFile, header: Header) -> tuple[str, int]:
        copy, broken_file = self._build / "records.csv", self._build / "broken.csv"
        done = rewrite_file(
            file,
            copy,
            broken_file,
            encoding=header.encoding,
            width=len(header.names),
            delimiter=self._source.delimiter,
            limit_record_bytes=self._limits.record_bytes,
            on_bytes=lambda done: self._tell(file, "scan", done),
        )
        self._tell(file, "load", 0)
        whole = done.records - done.broken
        if whole:
            rows, broken = self._insert(
                copy, header, has_header=False, newline="\\n", parallel=False
            )
            if broken or rows != whole:
                raise _do_not_add_up(file.name, whole, rows, broken)
            self._add_lines(at, file, done.starts)
            self._rows += rows
        if done.broken:
            self._add_broken(at, file, broken_file)
        copy.unlink()
        broken_file.unlink()
        self._tell(file, "load", file.bytes)
        return done.sha256, done.records

    def _insert(
        self, path: Path, header: Header, *, has_header: bool, newline: str, parallel: bool
    ) -> tuple[int, int]:
        """Rows inserted and errors the engine's CSV reader found."""
        reader = csv_reader_sql(
            path,
            width=len(header.names),
            delimiter=self._source.delimiter,
            has_header=has_header,
            newline=newline,
            parallel=parallel,
            limit_record_bytes=self._limits.record_bytes,
        )
        raw = ", ".join(
            f"{'NULL::VARCHAR' if position is None else f'c{position}'} AS r{column.at}"
            for column, position in zip(self._columns, header.positions, strict=True)
        )
        found = self._connection.execute(
            f"INSERT INTO {self._table} SELECT"
            f" {', '.join(f'v{column.at}' for column in self._columns)}, {self._raw_sql()} FROM"
            f" (SELECT *, {self._values_sql()} FROM (SELECT *, {self._cells_sql()} FROM"
            f" (SELECT {raw} FROM {reader})))"
        ).fetchone()
        return _first(found), take_csv_errors(self._connection)

    def _cells_sql(self) -> str:
        return ", ".join(
            f"{column.cell_sql(f'r{column.at}')} AS k{column.at}" for column in self._columns
        )

    def _values_sql(self) -> str:
        return ", ".join(
            f"{column.value_sql(f'k{column.at}')} AS v{column.at}" for column in self._columns
        )

    def _raw_sql(self) -> str:
        """NULL for a good record, no cells for an empty one, else the cells that are checked."""
        cells = ", ".join(f"k{column.at}" for column in self._columns)
        rejected = " OR ".join(
            f"({column.rejects_sql(f'k{column.at}', f'v{column.at}')})" for column in self._checked
        )
        kept = ", ".join(f"r{column.at}" for column in self._checked)
        return (
            f"CASE WHEN COALESCE({cells}, NULL) IS NULL THEN CAST([] AS VARCHAR[])"
            f" WHEN {rejected or 'false'} THEN CAST([{kept}] AS VARCHAR[]) END"
        )

    def _add_lines(self, at: int, file: InputFile, starts: array[int]) -> None:
        path = self._build / "lines.csv"
        with path.open("w", encoding="ascii") as out:
            for index in range(0, len(starts), 2):
                out.write(f"{starts[index]},{starts[index + 1]}\n")
        self._connection.execute(
            f"INSERT INTO {LINES_TABLE} SELECT {at}, {quote_text(file.name)},"
            f" {self._rows} + record, line FROM read_csv({quote_text(file_pattern(path))},"
            " columns={'record': 'BIGINT', 'line': 'BIGINT'}, header=false, auto_detect=false)"
        )
        path.unlink()

    def _add_broken(self, at: int, file: InputFile, path: Path) -> None:
        self._connection.execute(
            f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(self._source.name)}, {at},"
            f" {quote_text(file.name)}, line, -1, '', COALESCE(text, ''), reason, message"
            f" FROM read_csv({quote_text(file_pattern(path))},"
            " columns={'line': 'BIGINT', 'reason': 'VARCHAR', 'message': 'VARCHAR',"
            " 'text': 'VARCHAR'}, header=false, auto_detect=false, quote='\"', escape='\"',"
            " parallel=false)"
        )

    # ------------------------------------------------------------ the whole source

    def _create_table(self) -> None:
        names = ", ".join(f"{column.name} {column.type.to_sql()}" for column in self._columns)
        self._connection.execute(f"CREATE TABLE {self._table} ({names}, {RAW} VARCHAR[])")
        self._connection.execute(f"DELETE FROM {LINES_TABLE}")

    def _reconcile(self, at: int, file: SourceFile, first_row: int, end_row: int) -> SourceFile:
        left_out = self._connection.execute(
            f"SELECT count(DISTINCT row_at) FROM {REJECTED_ROWS_TABLE}"
            f" WHERE row_at >= {first_row} AND row_at < {end_row}"
        ).fetchone()
        accepted = end_row - first_row - _first(left_out)
        rejected = self._connection.execute(
            f"SELECT count(DISTINCT line) FROM {REJECTS_TABLE} WHERE {self._file_filter(at)}"
        ).fetchone()
        done = replace(file, accepted=accepted, rejected=_first(rejected))
        if done.accepted + done.rejected != done.records:
            raise _do_not_add_up(done.file, done.records, done.accepted, done.rejected)
        if done.rejected > self._limits.max_rejected_share * done.records:
            raise WarehouseError.of(
                "too-many-rejects",
                f"{done.rejected} of {done.records} records are rejected,"
                f" more than the allowed {self._limits.max_rejected_share:.0%}.",
                where=done.file,
                hint=self._first_reject(at),
            )
        return done

    def _first_reject(self, at: int) -> str:
        row = self._connection.execute(
            f'SELECT line, "column", message FROM {REJECTS_TABLE}'
            f" WHERE {self._file_filter(at)} ORDER BY line, column_at LIMIT 1"
        ).fetchone()
        if row is None:
            return ""
        column = f", column '{row[1]}'" if row[1] else ""
        return f"The first one is on line {row[0]}{column}: {row[2]}"

    def _file_filter(self, at: int) -> str:
        return f"source = {quote_text(self._source.name)} AND file_at = {at}"

    def _finish_table(self, accepted: int) -> None:
        """Leave out the rejected records, drop the working column, number the rows."""
        if not accepted and not self._limits.allow_empty:
            raise WarehouseError.of(
                "no-rows",
                f"Source '{self._source.name}' has no row that can be used.",
                where=f"source '{self._source.name}'",
                hint=self._first_reject(0) or "The files hold a header only; export them again.",
            )
        if accepted == self._rows:
            self._connection.execute(f"ALTER TABLE {self._table} DROP COLUMN {RAW}")
        else:
            # A new table rather than a DELETE: row numbers stay 1..n and statistics exact.
            names = ", ".join(column.name for column in self._columns)
            self._connection.execute(
                f"CREATE TABLE {CATALOG}.source._good AS"
                f" SELECT {names} FROM {self._table} WHERE {RAW} IS NULL"
            )
            self._connection.execute(f"DROP TABLE {self._table}")
            self._connection.execute(
                f"ALTER TABLE {CATALOG}.source._good RENAME TO {quote_name(self._source.name)}"
            )
        if self._source.row_id is not None:
            name = quote_name(self._source.row_id)
            self._connection.execute(f"ALTER TABLE {self._table} ADD COLUMN {name} BIGINT")
            self._connection.execute(f"UPDATE {self._table} SET {name} = rowid + 1")
        counted = self._connection.execute(f"SELECT count(*) FROM {self._table}").fetchone()
        if _first(counted) != accepted:
            raise _do_not_add_up(self._source.name, accepted, _first(counted), 0)

    def _tell(self, file: InputFile, phase: Phase, done_bytes: int) -> None:
        self._report(ProgressEvent(file.name, phase, done_bytes, file.bytes))


def _do_not_add_up(where: str, records: int, accepted: int, rejected: int) -> WarehouseError:
    return WarehouseError.of(
        "counts-do-not-add-up",
        f"{records} records were counted, but {accepted} accepted and {rejected} rejected.",
        where=where,
        hint="This is a fault of the program; please report it. Nothing was published.",
    )


def _first(row: tuple[object, ...] | None) -> int:
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]
