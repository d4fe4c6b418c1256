"""Generated rows and generated questions, against the same loops as the matrix.

Invariant: whatever the rows are, the compiler gives the oracle's rows, or both refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings

from tests.tiny.asking import Asked, check
from tests.tiny.generated import asked, refill, tables
from tests.tiny.oracle import Oracle
from tests.tiny.world import Row, connect


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect({})
    yield connection
    connection.close()


@settings(max_examples=500)
@given(rows=tables(), question=asked())
def test_any_question_over_any_rows_gives_what_loops_give(
    rows: dict[str, list[Row]], question: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    refill(database, rows)
    check(question, Oracle(rows, question.calendar), database)
