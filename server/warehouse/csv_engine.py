"""The engine's own CSV reader, set so that it types nothing, skips nothing and reports all.

Called by `load`, which compares its count with an independent one. Invariant: every cell arrives
as the text it is; a record the reader cannot take is counted as an error, never dropped.
"""
# ruff: noqa: S608 - every name and literal below goes through sql_text

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from server.warehouse.sql_text import quote_text

_ERRORS: Final = "csv_errors"
_SCANS: Final = "csv_scans"
_BUFFER_BYTES: Final = 32 << 20


def csv_reader_sql(
    path: Path,
    *,
    width: int,
    delimiter: str,
    has_header: bool,
    newline: str,
    parallel: bool,
    limit_record_bytes: int,
) -> str:
    """The table function over one file; its columns are c0, c1 ... of type VARCHAR.

    Args:
        newline: the line end of the file, spelled `\\n` or `\\r\\n` with backslashes.
        parallel: read blocks of the file at the same time.
    """
    cells = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width))
    # Quoting doubles at most: a rewritten record may be twice as long as the original.
    longest = 2 * limit_record_bytes + 4096
    return (
        f"read_csv({quote_text(file_pattern(path))}, columns={{{cells}}},"
        f" header={str(has_header).lower()}, auto_detect=false, compression='none',"
        f" delim={quote_text(delimiter)}, quote='\"', escape='\"',"
        f" new_line={quote_text(newline)}, strict_mode=true, null_padding=false,"
        f" max_line_size={longest}, buffer_size={max(_BUFFER_BYTES, 2 * longest)},"
        f" parallel={str(parallel).lower()}, store_rejects=true, rejects_limit=0,"
        f" rejects_table={quote_text(_ERRORS)}, rejects_scan={quote_text(_SCANS)})"
    )


def take_csv_errors(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of errors of the last read; makes room for those of the next."""
    found = connection.execute(f"SELECT count(*) FROM temp.main.{_ERRORS}").fetchone()
    connection.execute(f"DROP TABLE temp.main.{_ERRORS}; DROP TABLE temp.main.{_SCANS}")
    assert found is not None
    return int(found[0])


def file_pattern(path: Path) -> str:
    """The path as a pattern of the engine that matches this file alone."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))
