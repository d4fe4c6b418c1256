"""R8, R9: a name stands for one declared thing of its own scope, or is refused."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from semantic.sql_text import quote
from tests.security.world import CATALOG, compile_for, run

ONE_WORLD = "SELECT sum(amount) AS s FROM opportunities"


def code(sql: str) -> str:
    """The code of the first issue; "" for a statement that is read."""
    try:
        compile_for(sql)
    except SemanticError as error:
        return error.issues[0].code
    return ""


@pytest.mark.parametrize(
    "sql, value",
    [
        # The nearest scope wins, as in SQL.
        ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b", 2),
        ("WITH a AS (WITH b AS (SELECT 5 AS x) SELECT x FROM b) SELECT x FROM a", 5),
        ("WITH a AS (WITH a AS (SELECT 5 AS x) SELECT x + 1 AS x FROM a) SELECT x FROM a", 6),
        ("WITH a AS (SELECT 1 AS x) SELECT (SELECT max(x) FROM a) AS y", 1),
        ("WITH a AS (SELECT 1 AS x) SELECT t.y FROM (SELECT x AS y FROM a) t", 1),
        ("WITH A AS (SELECT 1 AS X) SELECT x FROM a", 1),
        ('WITH "A" AS (SELECT 1 AS "X") SELECT x FROM a', 1),
        ("SELECT o.n FROM (SELECT count(*) AS n FROM opportunities) o", 10),
        ("SELECT (SELECT count(*) FROM contacts o WHERE o.level = 'VP') AS n FROM accounts o LIMIT 1", 2),
        # A column comes before an alias in WHERE; an alias comes first in ORDER BY.
        ("SELECT count(*) AS stage FROM opportunities WHERE stage = 'Propose'", 1),
        ("SELECT -opportunity_id AS opportunity_id FROM opportunities ORDER BY opportunity_id LIMIT 1", -10),
        # USING makes one column of two.
        ("SELECT max(account_id) AS m FROM opportunities JOIN accounts USING (account_id)", "A9"),
        ("WITH a AS (SELECT 1 AS k), b AS (SELECT 1 AS k, 7 AS v) SELECT k + v FROM a JOIN b USING (k)", 8),
        ("WITH a AS (SELECT 1 AS k), b AS (SELECT 2 AS k) SELECT k FROM a RIGHT JOIN b USING (k)", 2),
        ("WITH a AS (SELECT 1 AS k), b AS (SELECT 2 AS k) SELECT k FROM a LEFT JOIN b USING (k)", 1),
        # A quoted name is a name, whatever keyword it spells.
        ('SELECT "all" FROM (SELECT 3 AS "all") t', 3),
        ('SELECT count(*) AS n FROM opportunities GROUP BY "stage" ORDER BY "n" DESC LIMIT 1', 3),
        ('WITH "select" AS (SELECT 4 AS "from") SELECT "from" FROM "select"', 4),
    ],
)  # fmt: skip
def test_a_name_stands_for_the_nearest_definition(
    sql: str, value: object, engine: duckdb.DuckDBPyConnection
) -> None:
    assert run(engine, sql)[0][0] == value


def test_a_quoted_alias_all_is_a_column_and_not_the_keyword() -> None:
    """GROUP BY "all" would else group by everything, and answer another question."""
    sql = 'SELECT stage AS "all", lead_source, count(*) FROM opportunities GROUP BY "all"'
    assert code(sql) == "not-grouped"
    sql = 'SELECT stage AS "all", amount FROM opportunities ORDER BY "all" DESC, amount LIMIT 1'
    assert "DESC" in compile_for(sql).sql


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (SELECT x FROM a) SELECT x FROM a",  # itself
        "WITH a AS (SELECT x FROM b), b AS (SELECT 1 AS x) SELECT x FROM a",  # what comes later
        "WITH a AS (WITH b AS (SELECT 1 AS x) SELECT x FROM b) SELECT x FROM b",  # what is inside
        "SELECT x FROM (WITH b AS (SELECT 1 AS x) SELECT x FROM b) t, b",
        "SELECT (WITH b AS (SELECT 1 AS x) SELECT x FROM b) + (SELECT x FROM b)",
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a UNION SELECT x FROM (SELECT 1 AS y) t",
        "SELECT 1 AS x UNION (WITH c AS (SELECT 2 AS x) SELECT x FROM c) UNION SELECT x FROM c",
        "SELECT s.stage FROM (SELECT o.stage FROM opportunities o) s WHERE o.amount > 1",
        "SELECT t.y FROM opportunities o JOIN (SELECT o.stage AS y) t ON TRUE",
        "SELECT stage FROM opportunities WHERE alias_of_select = 1",
        "SELECT count(*) AS n FROM opportunities WHERE n > 1",
        "SELECT stage FROM accounts",
        "SELECT a.stage FROM accounts a JOIN opportunities o USING (account_id)",
    ],
)
def test_a_name_of_another_scope_is_unknown(sql: str) -> None:
    assert code(sql) in ("unknown-name", "unknown-model", "misplaced-aggregate")


RESERVED = sorted({CATALOG.name, *CATALOG.models, *(m.table.name for m in CATALOG.models.values())})


@settings(max_examples=150)
@given(st.sampled_from(RESERVED), st.data())
def test_nothing_else_may_be_called_like_a_model(name: str, data: st.DataObject) -> None:
    spelled = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in name)
    given_name = data.draw(st.sampled_from([spelled, f'"{spelled}"']))
    other = "accounts" if name != "accounts" else "contacts"
    for sql in (
        f"WITH {given_name} AS (SELECT 999 AS amount) {ONE_WORLD}",
        f"WITH x AS (WITH {given_name} AS (SELECT 999 AS amount) {ONE_WORLD}) SELECT s FROM x",
        f"SELECT * FROM (WITH {given_name} AS (SELECT 999 AS amount) {ONE_WORLD}) t",
        f"SELECT (WITH {given_name} AS (SELECT 999 AS amount) {ONE_WORLD}) AS s",
        f"SELECT 1 AS one FROM {other} AS {given_name}",
        f"SELECT 1 AS one FROM {other} {given_name}",
        f"SELECT 1 AS one FROM (SELECT 999 AS amount) AS {given_name}",
        f"WITH x AS (SELECT 1 AS y) SELECT y FROM x AS {given_name}",
        f"SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM {other} {given_name})",
    ):
        assert code(sql) == "shadowed-name", sql


def test_an_alias_may_not_take_the_name_of_a_with_item() -> None:
    assert code("WITH c AS (SELECT 1 AS x) SELECT c.y FROM (SELECT 2 AS y) AS c") == "shadowed-name"
    assert code("WITH c AS (SELECT 1 AS x) SELECT 1 FROM accounts AS C") == "shadowed-name"
    assert code("WITH c AS (SELECT 1 AS x) SELECT c.x FROM c AS c") == ""


@pytest.mark.parametrize(
    "schema", ["source", "main", "temp", "meta", "model", "memory", "pg_catalog"]
)
@pytest.mark.parametrize("table", ["opportunities", "hr_salaries", "tables"])
def test_no_name_reaches_outside_of_the_models(schema: str, table: str) -> None:
    for name in (f"{schema}.{table}", f'"{schema}"."{table}"', f"memory.{schema}.{table}"):
        assert code(f"SELECT 1 AS one FROM {name}") == "forbidden-table"
    assert code(f'SELECT 1 AS one FROM "{schema}.{table}"') == "unknown-model"
    assert code(f"SELECT {schema}.{table}.stage FROM opportunities") == "forbidden-syntax"


def test_every_physical_column_that_is_no_dimension_is_unknown() -> None:
    """The tables may hold more than the model shows; what it does not show does not exist."""
    model = CATALOG.models["opportunities"]
    hidden = set(model.table.columns) - set(model.dimensions)
    for name in (*hidden, "rowid", "ctid", "filename", "file_row_number", "file_index"):
        assert code(f"SELECT {name} FROM opportunities") == "unknown-name"
        assert code(f"SELECT stage FROM opportunities ORDER BY {name}") == "unknown-name"


def test_a_model_may_call_its_dimensions_as_it_likes(engine: duckdb.DuckDBPyConnection) -> None:
    """Every keyword of the engine survives our quoting, as a column, a source and an alias."""
    cursor = engine.cursor()
    for (word,) in cursor.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall():
        name = quote(str(word))
        rows = cursor.execute(
            f'WITH {name} AS (SELECT 2 AS "{word}") SELECT {name}, -{name}.{name}, sum({name}),'
            f" NOT {name} = 2 AS {name} FROM {name} GROUP BY {name} ORDER BY {name} NULLS LAST"
        ).fetchall()
        assert rows == [(2, -2, 2, False)], word


@pytest.mark.parametrize(
    "word",
    [
        "date",
        "time",
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "value",
        "type",
        "name",
        "order",
        "group",
        "desc",
        "status",
        "rank",
        "count",
        "sum",
        "left",
        "right",
        "key",
        "first",
        "last",
        "end",
        "start",
        "source",
        "region",
        "country",
        "rate",
        "number",
        "format",
        "level",
        "row",
        "rows",
        "range",
        "position",
        "model",
        "metric",
        "role",
        "owner",
        "index",
        "percent",
        "comment",
        "label",
        "show",
        "set",
        "table",
        "view",
        "column",
        "schema",
        "share",
        "cost",
        "price",
        "discount",
        "quantity",
        "currency",
        "score",
        "target",
        "goal",
        "stage",
        "period",
        "sample",
    ],
)
def test_an_asker_may_use_common_words_as_names(word: str) -> None:
    """Unquoted, as people write them."""
    table = f'(SELECT stage AS "{word}" FROM opportunities) t'
    assert code(f"SELECT {word}, t.{word}, max({word}) AS m FROM {table} GROUP BY {word}") == ""
    assert code(f"SELECT {word} FROM {table} WHERE {word} IS NOT NULL ORDER BY {word} DESC") == ""
    assert code(f"SELECT stage AS {word} FROM opportunities") == ""
