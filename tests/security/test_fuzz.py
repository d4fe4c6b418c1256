"""Whatever is written: a refusal, or a statement that the engine binds and that says the same."""

from __future__ import annotations

import math
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from semantic.compiled import CompiledQuery
from semantic.issues import SemanticError
from server.warehouse.second_parser import check_statement
from tests.security.grammar import EXPRESSIONS, SOUP, STATEMENTS
from tests.security.world import AS_OF, OPEN, PARTNER, compile_for

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
# What rows may do to a well-formed statement: values out of range, texts that are no numbers.
BY_VALUES = (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


def compile_or_refuse(sql: str) -> CompiledQuery | None:
    """The statement, or None for a refusal with issues; anything else is the test's failure."""
    try:
        return compile_for(sql, PARTNER)
    except SemanticError as error:
        assert error.issues
        return None


@pytest.fixture(scope="module")
def plain() -> duckdb.DuckDBPyConnection:
    """The rows of the model as one plain table, for DuckDB's own reading of an expression."""
    from tests.security.world import open_world

    connection = open_world()
    query = compile_for("SELECT *, open AS open, won AS won FROM opportunities")
    names = ", ".join(f'"{column.name}"' for column in query.columns)
    connection.execute(
        f"CREATE TABLE plain AS SELECT * FROM ({query.sql}) AS t({names})", query.bind(AS_OF)
    )
    return connection


@settings(max_examples=900, suppress_health_check=SLOW)
@given(STATEMENTS)
def test_a_random_statement_is_refused_or_binds(
    engine: duckdb.DuckDBPyConnection, parser: duckdb.DuckDBPyConnection, sql: str
) -> None:
    query = compile_or_refuse(sql)
    if query is None:
        return
    check_statement(parser, query)
    try:
        rows = engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()
    except BY_VALUES:
        return
    assert "CANARY" not in repr(rows)
    assert "98765432" not in repr(rows)


@settings(max_examples=1200, suppress_health_check=SLOW)
@given(SOUP)
def test_words_in_no_order_never_break_a_step(sql: str) -> None:
    compile_or_refuse(sql)


@settings(max_examples=600, suppress_health_check=SLOW)
@given(st.text(max_size=60))
def test_characters_in_no_order_never_break_a_step(text: str) -> None:
    compile_or_refuse(text)
    compile_or_refuse(f"SELECT stage FROM opportunities WHERE stage = {text}")
    compile_or_refuse(f"SELECT stage AS {text} FROM opportunities")


@settings(max_examples=1500, suppress_health_check=SLOW)
@given(EXPRESSIONS)
def test_an_expression_means_here_what_it_means_to_duckdb(
    plain: duckdb.DuckDBPyConnection, engine: duckdb.DuckDBPyConnection, expression: str
) -> None:
    """Precedence, types and functions as in the engine; division by zero is NULL, not infinite."""
    try:
        query = compile_for(
            f"SELECT opportunity_id, {expression} AS x FROM opportunities ORDER BY 1", OPEN
        )
    except SemanticError:
        return
    try:
        expected = plain.cursor().execute(
            f"SELECT opportunity_id, {expression} AS x FROM plain ORDER BY 1"
        ).fetchall()  # fmt: skip
    except duckdb.Error:
        assume(False)
        return
    try:
        rows = engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()
    except BY_VALUES:
        return
    for (_, ours), (_, theirs) in zip(rows, expected, strict=True):
        assert same(ours, theirs), f"{ours!r} is not {theirs!r} in {query.sql}"


def same(ours: object, theirs: object) -> bool:
    """Equal as values; what DuckDB computes as infinite or undefined is nothing here."""
    if isinstance(theirs, float) and not math.isfinite(theirs):
        return ours is None or (isinstance(ours, float) and not math.isfinite(ours))
    if isinstance(ours, float) and isinstance(theirs, (float, int, Decimal)):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs
