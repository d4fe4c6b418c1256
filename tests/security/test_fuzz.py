"""Whatever is written: a refusal, or a statement that the engine binds and that says the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from random import Random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.compiled import CompiledQuery
from semantic.issues import SemanticError
from server.warehouse.second_parser import check_statement
from tests.security.grammar import stir, write
from tests.security.world import AS_OF, OPEN, PARTNER, compile_for, open_world

SEEDS = st.integers(0, 2**32)
# What rows may do to a well-formed statement: values out of range, texts that are no numbers.
BY_VALUES = (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


def of_many(count: int) -> pytest.MarkDecorator:
    """The first third of the generated cases in `make test`, all of them in the long tests."""
    return pytest.mark.parametrize(
        "cases", [count // 3, pytest.param(count, marks=pytest.mark.long)]
    )


def compile_or_refuse(sql: str) -> CompiledQuery | None:
    """The statement, or None for a refusal with issues; anything else is the test's failure."""
    try:
        return compile_for(sql, PARTNER)
    except SemanticError as error:
        if not error.issues:
            raise
        return None


@pytest.fixture(scope="module")
def plain() -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of the model as one plain table, for DuckDB's own reading of an expression."""
    connection = open_world()
    query = compile_for("SELECT *, open AS open, won AS won FROM opportunities")
    names = ", ".join(f'"{column.name}"' for column in query.columns)
    connection.execute(
        f"CREATE TABLE plain AS SELECT * FROM ({query.sql}) AS t({names})", query.bind(AS_OF)
    )
    yield connection
    connection.close()


@of_many(900)
def test_a_random_statement_is_refused_or_binds(
    engine: duckdb.DuckDBPyConnection, parser: duckdb.DuckDBPyConnection, cases: int
) -> None:
    @settings(max_examples=cases)
    @given(SEEDS)
    def check(seed: int) -> None:
        sql = write("statement", Random(seed))
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

    check()


@of_many(1200)
def test_words_in_no_order_never_break_a_step(cases: int) -> None:
    @settings(max_examples=cases)
    @given(SEEDS)
    def check(seed: int) -> None:
        compile_or_refuse(stir(Random(seed)))

    check()


@of_many(600)
def test_characters_in_no_order_never_break_a_step(cases: int) -> None:
    @settings(max_examples=cases)
    @given(st.text(max_size=60))
    def check(text: str) -> None:
        compile_or_refuse(text)
        compile_or_refuse(f"SELECT stage FROM opportunities WHERE stage = {text}")
        compile_or_refuse(f"SELECT stage AS {text} FROM opportunities")

    check()


@of_many(1500)
def test_an_expression_means_here_what_it_means_to_duckdb(
    plain: duckdb.DuckDBPyConnection, engine: duckdb.DuckDBPyConnection, cases: int
) -> None:
    """Precedence, types and functions as in the engine."""

    @settings(max_examples=cases)
    @given(SEEDS)
    def check(seed: int) -> None:
        expression = write("expression", Random(seed))
        if "INTERVAL" in expression:
            return  # a date moved by an interval stays a date here; DuckDB makes it a time
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
            return  # DuckDB's own reading of it fails, by its types or by a value
        try:
            rows = engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()
        except BY_VALUES:
            return
        for (_, ours), (_, theirs) in zip(rows, expected, strict=True):
            assert same(ours, theirs), f"{ours!r} is not {theirs!r} in {query.sql}"

    check()


def same(ours: object, theirs: object) -> bool:
    """Equal as values; what DuckDB computes as infinite or undefined is nothing here."""
    if isinstance(theirs, float) and not math.isfinite(theirs):
        return ours is None or (isinstance(ours, float) and not math.isfinite(ours))
    if isinstance(ours, float) and isinstance(theirs, (float, int, Decimal)):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs
