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
from server.warehouse.csv_files import InputFile, check_unchanged, open_input
from server.warehouse.errors import WarehouseError
from server.warehouse.header import Header
from server.warehouse.limits import IngestLimits
from server.warehouse.paths import CATALOG
from server.warehouse.progress import Phase, ProgressEvent, Report
from server.warehouse.rewrite import LIMIT_VALUE_CHARS, rewrite_file
from server.warehouse.scan import NotPlainError, Scan, scan_plain_file
from server.warehouse.sql_text import quote_name, quote_text

REJECTS_TABLE = "temp.main.rejects"
_LINES_TABLE = "temp.main.record_lines"
_RAW = "_raw"  # the model's names start with a letter, so none is this one


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


def create_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables shared by all sources of one build; they live as long as it does."""
    connection.execute(
        f"CREATE TEMP TABLE {REJECTS_TABLE} (source VARCHAR, file_at INTEGER, file VARCHAR,"
        ' line BIGINT, column_at INTEGER, "column" VARCHAR, "value" VARCHAR,'
        " reason VARCHAR, message VARCHAR)"
    )
    connection.execute(
        f"CREATE TEMP TABLE {_LINES_TABLE} (file_at INTEGER, file VARCHAR,"
        " first_row BIGINT, first_line BIGINT)"
    )


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
        self._explain_cells()
        self._reject_repeated()
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
                    file,
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
        cells = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(header.names)))
        reader = (
            f"read_csv({quote_text(_escape_pattern(path))}, columns={{{cells}}},"
            f" header={str(has_header).lower()}, auto_detect=false, compression='none',"
            f" delim={quote_text(self._source.delimiter)}, quote='\"', escape='\"',"
            f" new_line={quote_text(newline)}, strict_mode=true, null_padding=false,"
            f" max_line_size={2 * self._limits.record_bytes + 4096}, buffer_size={self._buffer()},"
            f" parallel={str(parallel).lower()}, store_rejects=true, rejects_limit=0,"
            " rejects_table='csv_errors', rejects_scan='csv_scans')"
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
        errors = self._connection.execute("SELECT count(*) FROM temp.main.csv_errors").fetchone()
        self._connection.execute("DROP TABLE temp.main.csv_errors; DROP TABLE temp.main.csv_scans")
        return _first(found), _first(errors)

    def _buffer(self) -> int:
        """Bytes per read of the engine; it must hold a whole record."""
        return max(32 << 20, 4 * self._limits.record_bytes)

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
            f"INSERT INTO {_LINES_TABLE} SELECT {at}, {quote_text(file.name)},"
            f" {self._rows} + record, line FROM read_csv({quote_text(_escape_pattern(path))},"
            " columns={'record': 'BIGINT', 'line': 'BIGINT'}, header=false, auto_detect=false)"
        )
        path.unlink()

    def _add_broken(self, at: int, file: InputFile, path: Path) -> None:
        self._connection.execute(
            f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(self._source.name)}, {at},"
            f" {quote_text(file.name)}, line, -1, '', COALESCE(text, ''), reason, message"
            f" FROM read_csv({quote_text(_escape_pattern(path))},"
            " columns={'line': 'BIGINT', 'reason': 'VARCHAR', 'message': 'VARCHAR',"
            " 'text': 'VARCHAR'}, header=false, auto_detect=false, quote='\"', escape='\"',"
            " parallel=false)"
        )

    # ------------------------------------------------------------ the whole source

    def _create_table(self) -> None:
        names = ", ".join(f"{column.name} {column.type.to_sql()}" for column in self._columns)
        self._connection.execute(f"CREATE TABLE {self._table} ({names}, {_RAW} VARCHAR[])")
        self._connection.execute(f"DELETE FROM {_LINES_TABLE}")

    def _explain_cells(self) -> None:
        """One reject per cell that breaks a rule, one for a record without any cell."""
        self._connection.execute(
            "CREATE TEMP TABLE temp.main.bad AS SELECT file_at, file,"
            f" first_line + row_at - first_row AS line, {_RAW} AS raw FROM"
            f" (SELECT rowid AS row_at, {_RAW} FROM {self._table} WHERE {_RAW} IS NOT NULL)"
            f" ASOF JOIN {_LINES_TABLE} ON row_at >= first_row"
        )
        source = quote_text(self._source.name)
        self._connection.execute(
            f"INSERT INTO {REJECTS_TABLE} SELECT {source}, file_at, file, line, -1, '', '',"
            " 'empty-record', 'Every cell of the record is empty.'"
            " FROM temp.main.bad WHERE len(raw) = 0"
        )
        for index, column in enumerate(self._checked, start=1):
            sentences = " ".join(
                f"WHEN {quote_text(code)} THEN {quote_text(text)}"
                for code, text in column.messages().items()
            )
            self._connection.execute(
                f"INSERT INTO {REJECTS_TABLE} SELECT {source}, file_at, file, line, {column.at},"
                f" {quote_text(column.header)}, {_shown('r')}, reason, CASE reason {sentences} END"
                f" FROM (SELECT *, {column.reason_sql('k', 'v')} AS reason FROM"
                f" (SELECT *, {column.value_sql('k')} AS v FROM"
                f" (SELECT *, {column.cell_sql('r')} AS k FROM"
                f" (SELECT file_at, file, line, raw[{index}] AS r FROM temp.main.bad"
                " WHERE len(raw) > 0)))) WHERE reason IS NOT NULL"
            )
        self._connection.execute("DROP TABLE temp.main.bad")

    def _reject_repeated(self) -> None:
        """Reject the later of two otherwise good records with one value in a unique column."""
        for column in self._columns:
            if not column.spec.unique:
                continue
            good = f"{self._table} WHERE {_RAW} IS NULL AND {column.name} IS NOT NULL"
            repeated = self._connection.execute(
                f"SELECT count(*) - count(DISTINCT {column.name}) FROM {good}"
            ).fetchone()
            if not _first(repeated):
                continue
            self._connection.execute(
                "CREATE TEMP TABLE temp.main.repeated AS SELECT row_at, v FROM"
                f" (SELECT rowid AS row_at, {column.name} AS v, row_number() OVER"
                f" (PARTITION BY {column.name} ORDER BY rowid) AS nth FROM {good}) WHERE nth > 1"
            )
            self._connection.execute(
                f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(self._source.name)}, file_at,"
                f" file, first_line + row_at - first_row, {column.at},"
                f" {quote_text(column.header)}, {_shown('CAST(v AS VARCHAR)')}, 'repeated-value',"
                " 'The value is unique by the model and stands on an earlier line.'"
                f" FROM temp.main.repeated ASOF JOIN {_LINES_TABLE} ON row_at >= first_row"
            )
            self._connection.execute(
                f"UPDATE {self._table} SET {_RAW} = CAST([] AS VARCHAR[])"
                " WHERE rowid IN (SELECT row_at FROM temp.main.repeated)"
            )
            self._connection.execute("DROP TABLE temp.main.repeated")

    def _reconcile(self, at: int, file: SourceFile, first_row: int, end_row: int) -> SourceFile:
        accepted = self._connection.execute(
            f"SELECT count(*) FROM {self._table}"
            f" WHERE {_RAW} IS NULL AND rowid >= {first_row} AND rowid < {end_row}"
        ).fetchone()
        rejected = self._connection.execute(
            f"SELECT count(DISTINCT line) FROM {REJECTS_TABLE} WHERE source = ? AND file_at = ?",
            [self._source.name, at],
        ).fetchone()
        done = replace(file, accepted=_first(accepted), rejected=_first(rejected))
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
            f'SELECT line, "column", message FROM {REJECTS_TABLE} WHERE source = ? AND'
            " file_at = ? ORDER BY line, column_at LIMIT 1",
            [self._source.name, at],
        ).fetchone()
        if row is None:
            return ""
        column = f", column '{row[1]}'" if row[1] else ""
        return f"The first one is on line {row[0]}{column}: {row[2]}"

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
            self._connection.execute(f"ALTER TABLE {self._table} DROP COLUMN {_RAW}")
        else:
            # A new table rather than a DELETE: row numbers stay 1..n and statistics exact.
            names = ", ".join(column.name for column in self._columns)
            self._connection.execute(
                f"CREATE TABLE {CATALOG}.source._good AS"
                f" SELECT {names} FROM {self._table} WHERE {_RAW} IS NULL"
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


def _shown(text: str) -> str:
    return (
        f"CASE WHEN length({text}) > {LIMIT_VALUE_CHARS}"
        f" THEN left({text}, {LIMIT_VALUE_CHARS}) || '…' ELSE COALESCE({text}, '') END"
    )


def _escape_pattern(path: Path) -> str:
    """The path as a pattern of the engine that matches this file alone."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


def _first(row: tuple[object, ...] | None) -> int:
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]
