"""R7: a function is a name, a number of arguments and their kinds; spelling decides nothing."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.functions import ENGINE_FUNCTIONS, FUNCTIONS, Function
from semantic.issues import SemanticError
from server.warehouse.second_parser import check_statement
from tests.security.world import AS_OF, compile_for

# An argument that fits each kind, and one that does not.
FITS = {
    "any": "stage", "text": "stage", "number": "amount", "integer": "opportunity_id",
    "boolean": "has_contact", "time": "close_date", "unit": "'month'",
    "span_unit": "'hour'", "part": "'year'",
    "text_constant": "'x'", "small_constant": "2", "fraction_constant": "0.5",
    "format_constant": "'%Y'",
}  # fmt: skip
MISFITS = {
    "text": "amount", "number": "stage", "integer": "stage", "boolean": "amount", "time": "amount",
    "unit": "stage", "span_unit": "stage", "part": "stage", "text_constant": "stage", "small_constant": "opportunity_id",
    "fraction_constant": "probability", "format_constant": "stage",
}  # fmt: skip
# What the engine can do and nobody may ask for; grown from the catalogue of the engine itself.
NAMES = sorted(FUNCTIONS)


def compiled(sql: str) -> str | None:
    try:
        return compile_for(sql).sql
    except SemanticError:
        return None


def call(function: Function, arguments: list[str]) -> str:
    over = " OVER (ORDER BY opportunity_id)" if function.category == "window" else ""
    return f"SELECT {function.name}({', '.join(arguments)}){over} AS x FROM opportunities"


@pytest.mark.parametrize("name", NAMES)
def test_every_function_runs_with_arguments_of_its_kinds(
    name: str, engine: duckdb.DuckDBPyConnection, parser: duckdb.DuckDBPyConnection
) -> None:
    function = FUNCTIONS[name]
    fitting = [FITS[kind] for kind in function.args]
    # Of the values of a column, these two take some only.
    fitting = {"make_date": ["2025", "2", "28"], "date": ["close_date"]}.get(name, fitting)
    for count in range(len(fitting) - function.optional, len(fitting) + 1):
        query = compile_for(call(function, fitting[:count]))
        check_statement(parser, query)
        engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()


@pytest.mark.parametrize("name", NAMES)
def test_every_function_refuses_arguments_of_other_kinds_and_numbers(name: str) -> None:
    function = FUNCTIONS[name]
    fitting = [FITS[kind] for kind in function.args]
    for index, kind in enumerate(function.args):
        if kind in MISFITS:
            arguments = [*fitting[:index], MISFITS[kind], *fitting[index + 1 :]]
            assert compiled(call(function, arguments)) is None, arguments
    least = len(fitting) - function.optional
    if least and name != "count":  # count() counts rows
        assert compiled(call(function, fitting[: least - 1])) is None
    if not function.variadic:
        assert compiled(call(function, [*fitting, "stage"])) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_of_a_function_is_the_same_decision(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = ", ".join(FITS[kind] for kind in function.args)
    over = " OVER (ORDER BY opportunity_id)" if function.category == "window" else ""
    head, tail = "SELECT ", f"({arguments}){over} AS x FROM opportunities"
    plain = compiled(head + name + tail)
    assert plain is not None
    for spelling in (name.upper(), name.title(), f"{name} ", f"{name}\n\t", f"{name} /* x */ "):
        assert compiled(head + spelling + tail) == plain, spelling
    for spelling in (
        f'"{name}"', f"main.{name}", f'main."{name}"', f"system.main.{name}", f"'{name}'",
        f"stage.{name}", f"pg_catalog.{name}", f"f0__{name}", f"`{name}`", f"$${name}$$",
    ):  # fmt: skip
        assert compiled(head + spelling + tail) is None, spelling


@pytest.fixture(scope="module")
def engine_names() -> list[str]:
    connection = duckdb.connect()
    rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    connection.close()
    return sorted(str(name) for (name,) in rows if str(name).isidentifier())


def test_no_function_of_the_engine_is_known_but_those_of_the_table(engine_names: list[str]) -> None:
    """Over a thousand names of the engine, with one, two and three arguments, as function and table."""
    known = {*FUNCTIONS, "if", "as_of", "current_date", "today", "date_add", "measure", "agg"}
    assert len(engine_names) > 500
    for name in engine_names:
        as_table = compiled(f"SELECT 1 AS one FROM {name}('x')")
        assert as_table is None, name
        if name not in known:
            for arguments in ("", "stage", "amount", "stage, 1", "'a', 'b', 'c'"):
                assert compiled(f"SELECT {name}({arguments}) FROM opportunities") is None, name


def test_the_table_lists_what_a_statement_may_call_and_no_amplifier() -> None:
    amplifiers = {
        "repeat", "lpad", "rpad", "printf", "format", "regexp_replace", "list", "array_agg",
        "levenshtein", "sleep_ms", "read_text", "getenv", "query", "error", "random", "now",
        "current_setting", "nextval", "list_resize", "translate", "bar", "string_split",
    }  # fmt: skip
    assert not amplifiers & ENGINE_FUNCTIONS
    assert not amplifiers & set(FUNCTIONS)


@settings(max_examples=200)
@given(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=14))
def test_an_invented_function_is_refused(name: str) -> None:
    known = {*FUNCTIONS, "if", "measure", "agg", "not", "exists", "select", "case", "date_add"}
    if name not in known:
        assert compiled(f"SELECT {name}(stage) FROM opportunities") is None


@pytest.mark.parametrize(
    "function", ["ln", "log10", "sqrt", "nullif", "mod", "abs", "coalesce", "date", "last_day"]
)
def test_a_function_inside_of_itself_grows_no_faster_than_its_text(function: str) -> None:
    """Or a short text would fill the memory of the compiler or of the engine's binder."""
    seed = {"date": "close_date", "last_day": "close_date"}.get(function, "amount")
    rest = {"nullif": ", 1", "mod": ", 7", "coalesce": ", 1"}.get(function, "")

    def size(depth: int) -> int | None:
        nested = f"{function}(" * depth + seed + f"{rest})" * depth
        sql = compiled(f"SELECT {nested} AS x FROM opportunities")
        return len(sql) if sql is not None else None

    three, six = size(3), size(6)
    assert three is not None
    assert six is not None
    step = (six - three) / 3
    for depth in (9, 12, 20):
        found = size(depth)
        assert found is None or found <= six + step * (depth - 6) + 50
