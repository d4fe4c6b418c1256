"""The small parts: values on the wire, frames, the second parser, the cache, estimates."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from semantic.compiled import AS_OF, Argument, CompiledQuery, Lineage, ResultColumn, Value
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, DataType
from server.errors import AppError
from server.results import ResultTable
from server.warehouse.cache import ResultCache, ResultKey
from server.warehouse.decode import decode_rows, estimate_memory
from server.warehouse.lockdown import open_locked
from server.warehouse.protocol import (
    HEADER_LIMIT_BYTES,
    LENGTHS,
    BrokenFrame,
    Failed,
    encode_frame,
    from_scalar,
    parse_lengths,
    parse_reply,
    parse_request,
    to_scalar,
)
from server.warehouse.second_parser import EmittedSqlRefused, check_statement
from tests.engine.conftest import AS_OF as TODAY
from tests.engine.conftest import LIMITS, publish, request

NO_LINEAGE = Lineage((), (), (), (), (), ())


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -(2**100),
        0.1,
        -0.0,
        float("inf"),
        Decimal("1.50"),
        Decimal("-1E+5"),
        date(1, 1, 1),
        datetime(2025, 2, 3, 4, 5, 6, 7),  # noqa: DTZ001 - as DuckDB's TIMESTAMP has it
        "",
        "ä\x00'\"$1",
    ],
)
def test_a_value_comes_back_with_its_type(value: Value) -> None:
    back = from_scalar(to_scalar(value))
    assert repr(back) == repr(value)
    assert type(back) is type(value)


def test_a_frame_is_read_as_it_was_written() -> None:
    frame = encode_frame(Failed("engine-error", "It broke."), b"body")
    header_bytes, body_bytes = parse_lengths(frame[: LENGTHS.size], 4)
    header = frame[LENGTHS.size : LENGTHS.size + header_bytes]
    assert parse_reply(header) == Failed("engine-error", "It broke.")
    assert frame[LENGTHS.size + header_bytes :] == b"body"
    assert body_bytes == 4


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(BrokenFrame):
        parse_lengths(LENGTHS.pack(10, 5), 4)
    with pytest.raises(BrokenFrame):
        parse_lengths(LENGTHS.pack(HEADER_LIMIT_BYTES + 1, 0), 4)
    with pytest.raises(BrokenFrame):
        parse_reply(b"\x80")
    with pytest.raises(BrokenFrame):
        parse_request(encode_frame(Failed("x", "y"))[LENGTHS.size :])
    sent = encode_frame(request("SELECT 1"))[LENGTHS.size :]
    assert parse_request(sent) == request("SELECT 1")


def _find_errors(kind: type[AppError]) -> Iterator[type[AppError]]:
    yield kind
    for child in kind.__subclasses__():
        if not child.__name__.startswith("_"):
            yield from _find_errors(child)


def test_every_error_has_a_code_a_status_and_a_title_of_its_own() -> None:
    kinds = [kind for kind in _find_errors(AppError) if kind.__module__ == "server.errors"]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({kind.title for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 for kind in kinds)
    assert AppError("What.", hint="Do.").detail == "What. Do."


# ------------------------------------------------------ second parser


@pytest.fixture
def cursor(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_locked(publish(tmp_path, 1), LIMITS)
    yield connection.cursor()
    connection.close()


def query(sql: str, functions: tuple[str, ...] = ("sum", "count", "nullif")) -> CompiledQuery:
    return CompiledQuery(
        semantic_sql="",
        sql=sql,
        parameters=(AS_OF, Argument("x")),
        columns=(),
        lineage=NO_LINEAGE,
        tables=frozenset({"source.orders"}),
        functions=frozenset(functions),
    )


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "customer", sum("amount") AS "a" FROM "source"."orders" GROUP BY 1 ORDER BY 2 DESC',
        "WITH a AS (SELECT count(*) AS n FROM source.orders) SELECT n / nullif(n, 0) FROM a",
        "SELECT sum(amount) FILTER (WHERE ordered_on >= $1) FROM source.orders WHERE customer = $2",
        "SELECT CASE WHEN amount > 1 THEN 2 END, amount::DECIMAL(9,2), ordered_on + INTERVAL 1 DAY"
        " FROM source.orders",
        "SELECT sum(amount) OVER (PARTITION BY customer ORDER BY ordered_on) FROM source.orders"
        " UNION ALL SELECT 1 ORDER BY 1 NULLS LAST",
        "SELECT DISTINCT customer FROM source.orders o LEFT JOIN (SELECT 1 AS a) t ON a = order_id"
        " WHERE EXISTS (SELECT 1 FROM source.orders) AND customer LIKE 'a%' AND amount IN (1, 2)",
    ],
)
def test_what_our_emitter_writes_passes(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    check_statement(cursor, query(sql))


@pytest.mark.parametrize(
    "sql,difference",
    [
        ("SELECT * FROM source.version", "table source.version"),
        ("SELECT * FROM meta.source_files", "table meta.source_files"),
        ("SELECT * FROM orders", "table orders"),
        ("SELECT * FROM revenue.source.orders", "catalog"),
        ("SELECT * FROM duckdb_tables", "table duckdb_tables"),
        ("SELECT * FROM information_schema.tables", "table information_schema.tables"),
        ("SELECT * FROM duckdb_settings()", "function duckdb_settings"),
        ("SELECT * FROM query('SELECT 1')", "function query"),
        ("SELECT * FROM range(10)", "function range"),
        ("SELECT current_setting('threads')", "function current_setting"),
        ("SELECT repeat('x', 10)", "function repeat"),
        ("SELECT main.sum(1)", None),
        ("SELECT other.sum(1)", "another schema"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("DELETE FROM source.orders", "SELECT"),
        ("COPY (SELECT 1) TO 'x'", "SELECT"),
        ("SELECT", "SELECT"),
        ("DESCRIBE source.orders", "node"),
        ("SUMMARIZE source.orders", "node"),
        ("PIVOT source.orders ON customer USING sum(amount)", "SELECT"),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT * FROM r", "RECURSIVE"),
        ("SELECT * FROM source.orders TABLESAMPLE 10", "sample"),
        ("SELECT customer COLLATE NOCASE FROM source.orders", "COLLATE"),
        ("SELECT sum(x -> 1)", "LAMBDA"),
        ("SELECT $3", "parameter $3"),
        ("SELECT $name", "parameter $name"),
        ("SELECT 1 ** 2", "operator **"),
        ("SELECT count(*) OVER (ORDER BY pg_sleep(1))", "function pg_sleep"),
        ("SELECT (SELECT max(n) FROM source.version)", "table source.version"),
        ("SELECT 1 LIMIT (SELECT count(*) FROM source.version)", "table source.version"),
        ("SELECT #1 FROM source.orders", "POSITIONAL"),
    ],
)
def test_what_was_not_planned_is_refused(
    cursor: duckdb.DuckDBPyConnection, sql: str, difference: str | None
) -> None:
    if difference is None:
        check_statement(cursor, query(sql))
        return
    with pytest.raises(EmittedSqlRefused, match=difference.replace("$", r"\$").replace("*", r"\*")):
        check_statement(cursor, query(sql))


def test_a_statement_that_is_too_deep_is_told_from_a_bug(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    for sql in ("SELECT 1" + " + 1" * 5000, "SELECT " + "(" * 20000 + "1" + ")" * 20000):
        with pytest.raises(RecursionError):
            check_statement(cursor, query(sql))


# -------------------------------------------------------------- cache


def key(number: int) -> ResultKey:
    return ResultKey(1, f"q{number}", (), frozenset(), TODAY, 10)


def table(number: int) -> ResultTable:
    return ResultTable("", "", {}, (), ((number,),), False, 0.0, 1, NO_LINEAGE)


def test_the_cache_never_holds_more_than_its_limit_and_drops_the_oldest() -> None:
    cache = ResultCache(1000)
    for number in range(100):
        cache.put(key(number), table(number), 100)
        assert cache.used_bytes <= 1000
    assert cache.find(key(89)) is None
    assert cache.find(key(90)) == table(90)
    cache.put(key(100), table(100), 100)
    assert cache.find(key(90)) == table(90)
    assert cache.find(key(91)) is None


def test_a_result_that_would_crowd_out_the_others_is_not_kept() -> None:
    cache = ResultCache(1000)
    cache.put(key(1), table(1), 100)
    cache.put(key(2), table(2), 251)
    assert cache.find(key(2)) is None
    assert cache.find(key(1)) == table(1)


def test_putting_again_counts_once() -> None:
    cache = ResultCache(1000)
    for _ in range(5):
        cache.put(key(1), table(1), 200)
    assert cache.used_bytes == 200


def measure(value: Any) -> int:
    """The bytes of a value and what it holds."""
    if isinstance(value, tuple):
        return sys.getsizeof(value) + sum(measure(item) for item in value)
    return 0 if value is None or isinstance(value, bool) else sys.getsizeof(value)


@pytest.mark.parametrize(
    "kind,values",
    [
        (TEXT, ["a text of some length" + str(n) for n in range(1000)]),
        (INTEGER, list(range(100_000, 101_000))),
        (DataType("decimal", 18, 2), [Decimal(n).scaleb(-2) for n in range(1000)]),
        (DOUBLE, [n / 3 for n in range(1000)]),
        (DATE, [date.fromordinal(700_000 + n) for n in range(1000)]),
        (BOOLEAN, [True] * 1000),
    ],
)
def test_the_estimate_is_near_what_the_rows_take(kind: DataType, values: list[Any]) -> None:
    columns = tuple(ResultColumn(f"c{n}", "", kind, "value", "text") for n in range(3))
    arrow = pa.table({column.name: pa.array(values) for column in columns})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    body = sink.getvalue().to_pybytes()
    rows = decode_rows(body, columns)
    assert rows == tuple((value,) * 3 for value in values)
    estimate = estimate_memory(rows, columns, len(body))
    assert measure(rows) / 2 < estimate < measure(rows) * 2
