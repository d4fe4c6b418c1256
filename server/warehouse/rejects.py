"""Records a load leaves out: one row with file, line, column, value and reason for each fault.

Called by `load` once all files of a source are in its working table. Invariant: every row marked
there gets at least one reject, and no other row gets one.
"""
# ruff: noqa: S608 - every name and literal below goes through sql_text

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from server.warehouse.cells import Column
from server.warehouse.rewrite import LIMIT_VALUE_CHARS
from server.warehouse.sql_text import quote_text

REJECTS_TABLE: Final = "temp.main.rejects"
"""All rejects of a build; `meta` copies it into the version."""
LINES_TABLE: Final = "temp.main.record_lines"
"""From row `first_row` of the working table on, one record per line from `first_line` on."""
REJECTED_ROWS_TABLE: Final = "temp.main.rejected_rows"
"""Rows of the working table that are left out."""
RAW: Final = "_raw"
"""Working column: NULL for a good record. The model's names start with a letter."""


def create_work_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables shared by all sources of one build; they live as long as it does."""
    connection.execute(
        f"CREATE TEMP TABLE {REJECTS_TABLE} (source VARCHAR, file_at INTEGER, file VARCHAR,"
        ' line BIGINT, column_at INTEGER, "column" VARCHAR, "value" VARCHAR,'
        " reason VARCHAR, message VARCHAR)"
    )
    connection.execute(
        f"CREATE TEMP TABLE {LINES_TABLE} (file_at INTEGER, file VARCHAR,"
        " first_row BIGINT, first_line BIGINT)"
    )
    connection.execute(f"CREATE TEMP TABLE {REJECTED_ROWS_TABLE} (row_at BIGINT)")


def explain_cells(
    connection: duckdb.DuckDBPyConnection, table: str, source: str, checked: Sequence[Column]
) -> None:
    """One reject per cell that breaks a rule, one for a record without any cell."""
    connection.execute(
        "CREATE TEMP TABLE temp.main.bad AS SELECT row_at, file_at, file,"
        f" first_line + row_at - first_row AS line, {RAW} AS raw FROM"
        f" (SELECT rowid AS row_at, {RAW} FROM {table} WHERE {RAW} IS NOT NULL)"
        f" ASOF JOIN {LINES_TABLE} ON row_at >= first_row"
    )
    connection.execute(
        f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(source)}, file_at, file, line, -1, '', '',"
        " 'empty-record', 'Every cell of the record is empty.'"
        " FROM temp.main.bad WHERE len(raw) = 0"
    )
    for index, column in enumerate(checked, start=1):
        sentences = " ".join(
            f"WHEN {quote_text(code)} THEN {quote_text(text)}"
            for code, text in column.messages().items()
        )
        connection.execute(
            f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(source)}, file_at, file, line,"
            f" {column.at}, {quote_text(column.header)}, {_shown('r')},"
            f" reason, CASE reason {sentences} END"
            f" FROM (SELECT *, {column.reason_sql('k', 'v')} AS reason FROM"
            f" (SELECT *, {column.value_sql('k')} AS v FROM"
            f" (SELECT *, {column.cell_sql('r')} AS k FROM"
            f" (SELECT file_at, file, line, raw[{index}] AS r FROM temp.main.bad"
            " WHERE len(raw) > 0)))) WHERE reason IS NOT NULL"
        )
    connection.execute(f"DELETE FROM {REJECTED_ROWS_TABLE}")
    connection.execute(f"INSERT INTO {REJECTED_ROWS_TABLE} SELECT row_at FROM temp.main.bad")
    connection.execute("DROP TABLE temp.main.bad")


def reject_repeated(
    connection: duckdb.DuckDBPyConnection, table: str, source: str, columns: Sequence[Column]
) -> None:
    """Reject the later of two otherwise good records with one value in a unique column."""
    for column in columns:
        if not column.spec.unique:
            continue
        good = f"{table} WHERE {RAW} IS NULL AND {column.name} IS NOT NULL"
        repeated = connection.execute(
            f"SELECT count(*) - count(DISTINCT {column.name}) FROM {good}"
        ).fetchone()
        if repeated in (None, (0,)):
            continue
        connection.execute(
            "CREATE TEMP TABLE temp.main.repeated AS SELECT row_at, v FROM"
            f" (SELECT rowid AS row_at, {column.name} AS v, row_number() OVER"
            f" (PARTITION BY {column.name} ORDER BY rowid) AS nth FROM {good}) WHERE nth > 1"
        )
        connection.execute(
            f"INSERT INTO {REJECTS_TABLE} SELECT {quote_text(source)}, file_at,"
            f" file, first_line + row_at - first_row, {column.at},"
            f" {quote_text(column.header)}, {_shown('CAST(v AS VARCHAR)')}, 'repeated-value',"
            " 'The value is unique by the model and stands on an earlier line.'"
            f" FROM temp.main.repeated ASOF JOIN {LINES_TABLE} ON row_at >= first_row"
        )
        connection.execute(
            f"UPDATE {table} SET {RAW} = CAST([] AS VARCHAR[])"
            " WHERE rowid IN (SELECT row_at FROM temp.main.repeated)"
        )
        connection.execute(
            f"INSERT INTO {REJECTED_ROWS_TABLE} SELECT row_at FROM temp.main.repeated"
        )
        connection.execute("DROP TABLE temp.main.repeated")


def _shown(text: str) -> str:
    return (
        f"CASE WHEN length({text}) > {LIMIT_VALUE_CHARS}"
        f" THEN left({text}, {LIMIT_VALUE_CHARS}) || '…' ELSE COALESCE({text}, '') END"
    )
