"""R2: what people plausibly ask compiles, is read by DuckDB as planned, and runs."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import duckdb
import pytest

from server.warehouse.second_parser import check_statement
from tests.security.world import AS_OF, OPEN, PARTNER, by_class, compile_for, load_corpus, run

KINDS = {
    "text": {"VARCHAR"}, "integer": {"BIGINT", "INTEGER", "HUGEINT"}, "double": {"DOUBLE"},
    "boolean": {"BOOLEAN"}, "date": {"DATE"}, "timestamp": {"TIMESTAMP"},
    "map": {"MAP(VARCHAR, UBIGINT)"}, "null": {"INTEGER", '"NULL"'},
}  # fmt: skip


def test_the_corpus_is_large() -> None:
    classes = load_corpus("benign")
    assert sum(len(statements) for statements in classes.values()) >= 300
    assert len({sql for statements in classes.values() for sql in statements}) >= 300


@pytest.mark.parametrize("kind, sql", by_class("benign"))
def test_a_plausible_statement_runs_for_everyone(
    kind: str, sql: str, engine: duckdb.DuckDBPyConnection, parser: duckdb.DuckDBPyConnection
) -> None:
    for principal in (OPEN, PARTNER):
        query = compile_for(sql, principal)
        check_statement(parser, query)
        cursor = engine.cursor().execute(query.sql, query.bind(AS_OF))
        assert len(cursor.description or ()) == len(query.columns), kind
        rows = cursor.fetchall()
        if principal is PARTNER:
            assert "CANARY" not in repr(rows)
            assert "98765432" not in repr(rows)
        again = engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()
        if query.sql.rfind("ORDER BY") > query.sql.rfind(")"):
            assert again == rows, "an ordered answer is the same on every run"


@pytest.mark.parametrize("kind, sql", by_class("benign"))
def test_the_declared_type_of_a_column_is_the_one_the_engine_gives(
    kind: str, sql: str, engine: duckdb.DuckDBPyConnection
) -> None:
    query = compile_for(sql)
    cursor = engine.cursor().execute(query.sql, query.bind(AS_OF))
    for column, (name, type_, *_) in zip(query.columns, cursor.description or (), strict=True):
        given = str(type_)
        if column.type.kind == "decimal":
            assert given.startswith("DECIMAL("), f"{kind}: {name} is {given}"
        else:
            assert given in KINDS[column.type.kind], f"{kind}: {name} is {given}"


def test_spelling_case_and_space_change_nothing(engine: duckdb.DuckDBPyConnection) -> None:
    written = "SELECT stage, MEASURE(deal_count) AS n FROM opportunities GROUP BY stage"
    spellings = [
        written.upper(),
        written.lower(),
        written.replace(" ", "\n\t"),
        f"  {written} ; ",
        f"/* why */ {written} -- done",
        f"({written})",
        'SELECT "stage", MEASURE("deal_count") AS n FROM "opportunities" GROUP BY "stage"',
        "SELECT o.stage, AGG(o.deal_count) n FROM opportunities o GROUP BY 1",
        "SELECT opportunities.stage, MEASURE(opportunities.deal_count) FROM opportunities GROUP BY ALL",
        "FROM opportunities SELECT stage, MEASURE(deal_count) GROUP BY ALL",
    ]
    expected = sorted(run(engine, written))
    for spelling in spellings:
        assert sorted(run(engine, spelling)) == expected, spelling
