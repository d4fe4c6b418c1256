"""Generated expressions over rows mean the same after they have been rebuilt.

Each expression is written with every bracket for the engine and asked as semantic SQL; the
compiler drops and adds brackets as it prints. Invariant: brackets, precedence, three-valued
logic and the kinds of values survive the way through our own tree.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from tests.tiny.compare import find_difference
from tests.tiny.world import ask, connect, tiny_tables

Text = st.SearchStrategy[str]

ARITHMETIC = ["({} + {})", "({} - {})", "({} * {})", "({} / nullif({}, 0))", "({} % nullif({}, 0))"]
NUMBERS = ["amount", "quantity", "0", "2", "-3", "1.5", "100"]
TEXTS = ["status", "channel", "'paid'", "'a''b'", "customer_id", "''"]
DATES = ["order_date", "DATE '2024-02-29'", "DATE '2024-04-01'"]
SHIFTS = ["+ INTERVAL 1 MONTH", "- INTERVAL 3 DAY", "+ INTERVAL 1 YEAR", "- INTERVAL 2 WEEK"]
COMPARED = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]


def _two(templates: list[str], left: Text, right: Text) -> Text:
    return st.builds(lambda form, a, b: form.format(a, b), st.sampled_from(templates), left, right)


def _one(templates: list[str], operand: Text) -> Text:
    return st.builds(lambda form, a: form.format(a), st.sampled_from(templates), operand)


def _choice(condition: Text, value: Text) -> Text:
    return st.builds(
        lambda c, d, a, b, e: f"(CASE WHEN {c} THEN {a} WHEN {d} THEN {b}{e} END)",
        condition, condition, value, value,
        st.one_of(st.just(""), value.map(lambda text: f" ELSE {text}")),
    )  # fmt: skip


def _numbers(depth: int) -> Text:
    leaf = st.sampled_from(NUMBERS)
    if depth == 0:
        return leaf
    inner = _numbers(depth - 1)
    return st.one_of(
        leaf,
        _two(ARITHMETIC, inner, inner),
        _one(["(-{})", "abs({})", "round({}, 1)", "coalesce({}, 7)"], inner),
        _two(["nullif({}, {})", "greatest({}, {})", "coalesce({}, {})"], inner, inner),
        _one(["length({})", "strpos({}, 'a')"], _texts(depth - 1)),
        _one(
            ["year({})", "month({})", "date_diff('day', {}, DATE '2024-03-01')"], _dates(depth - 1)
        ),
        _choice(_conditions(depth - 1), inner),
    )


def _texts(depth: int) -> Text:
    leaf = st.sampled_from(TEXTS)
    if depth == 0:
        return leaf
    inner = _texts(depth - 1)
    return st.one_of(
        leaf,
        _two(["({} || {})", "coalesce({}, {})", "nullif({}, {})"], inner, inner),
        _one(["upper({})", "trim({})", "substring({}, 2, 2)", "replace({}, 'a', 'x')"], inner),
        _choice(_conditions(depth - 1), inner),
    )


def _dates(depth: int) -> Text:
    leaf = st.sampled_from(DATES)
    if depth == 0:
        return leaf
    inner = _dates(depth - 1)
    shifted = _two([f"CAST(({{}} {shift}) AS DATE)" for shift in SHIFTS], inner, st.just(""))
    return st.one_of(
        leaf,
        shifted,
        _one(["CAST(date_trunc('month', {}) AS DATE)", "last_day({})"], inner),
        _choice(_conditions(depth - 1), inner),
    )


def _conditions(depth: int) -> Text:
    leaf = st.sampled_from(["(amount > 60)", "(status = 'paid')", "(channel IS NULL)", "TRUE"])
    if depth == 0:
        return leaf
    inner = _conditions(depth - 1)
    compared = [f"({{}} {op} {{}})" for op in COMPARED]
    return st.one_of(
        leaf,
        _two(["({} AND {})", "({} OR {})", "({} = {})", "({} IS DISTINCT FROM {})"], inner, inner),
        _one(["(NOT {})", "({} IS NULL)", "({} IS NOT NULL)", "({} IS TRUE)",
              "({} IS NOT FALSE)"], inner),
        *(
            _two(compared, operand, operand)
            for operand in (_numbers(depth - 1), _texts(depth - 1), _dates(depth - 1))
        ),
        _two(["({0} BETWEEN {1} AND 100)", "({0} NOT BETWEEN -5 AND {1})", "({0} IN ({1}, 75.5))",
              "({0} NOT IN ({1}, 2))"], _numbers(depth - 1), _numbers(depth - 1)),
        _one(["({} LIKE '%p%')", "({} NOT LIKE 'p_%')", "({} ILIKE 'P%')", "({} IN ('paid', NULL))",
              "starts_with({}, 'p')"], _texts(depth - 1)),
        _choice(inner, inner),
    )  # fmt: skip


expressions = st.one_of(_numbers(3), _texts(3), _dates(2), _conditions(3), _conditions(3))


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    connection.execute("SET schema = 'source'")
    yield connection
    connection.close()


@settings(max_examples=600)
@given(expression=expressions)
def test_an_expression_means_what_its_brackets_say(
    expression: str, database: duckdb.DuckDBPyConnection
) -> None:
    sql = f"SELECT order_id, {expression} AS x FROM orders"
    try:
        expected = database.execute(sql).fetchall()
    except duckdb.Error:
        return  # kinds that do not mix, or a number out of range
    try:
        found = ask(database, sql)
    except SemanticError:
        return
    difference = find_difference(expected, found)
    assert not difference, f"{sql}\n{difference}"


@settings(max_examples=400)
@given(condition=_conditions(3))
def test_a_filter_keeps_the_rows_that_its_brackets_say(
    condition: str, database: duckdb.DuckDBPyConnection
) -> None:
    sql = f"SELECT order_id FROM orders WHERE {condition} AND order_id > 0"
    try:
        expected = database.execute(sql).fetchall()
    except duckdb.Error:
        return
    try:
        found = ask(database, sql)
    except SemanticError:
        return
    assert not find_difference(expected, found), sql
