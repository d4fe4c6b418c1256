"""A governed number through a view or a macro stays what it is, whatever a query names beside it.

Names of a query reach neither a view nor a macro, and no name of a model reaches the engine's own
functions: a metric called `max` must not change what max() means to the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic.sql_text import quote
from server.warehouse.engine_names import engine_names
from tests.bi.conftest import Published, Rows, open_published, publish

TRUE = [(13,)]
# The close dates of the deals that are open, read off the table in tests/homes.py.
OPEN_UNTIL = [
    date(2025, 3, 1), date(2025, 3, 5), date(2025, 4, 1), date(2025, 2, 10),
    date(2025, 2, 28), date(2025, 3, 10), date(2025, 5, 1),
]  # fmt: skip
FORGED = "SELECT 'Closed Won' AS stage, 999999999.00 AS amount"


@pytest.fixture
def own(deals: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of a BI tool that makes tables of its own."""
    with duckdb.connect(str(deals.path), read_only=True, config={"threads": 1}) as connection:
        yield connection


def read(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    return connection.execute(sql).fetchall()


COUNT = "SELECT deal_count() FROM opportunities"


def test_a_with_item_named_like_the_table_does_not_reach_the_view(
    own: duckdb.DuckDBPyConnection,
) -> None:
    assert read(own, f"WITH source AS ({FORGED}), accounts AS ({FORGED}) {COUNT}") == TRUE
    shadowed = f"WITH opportunities AS ({FORGED}) SELECT deal_count() FROM main.opportunities"
    assert read(own, shadowed) == TRUE


def test_a_temporary_table_named_like_the_view_does_not_reach_it(
    own: duckdb.DuckDBPyConnection,
) -> None:
    before = read(own, "SELECT pipeline_value(amount, stage) FROM revenue.main.opportunities")
    own.execute(f"CREATE TEMP TABLE opportunities AS {FORGED}")
    after = read(own, "SELECT pipeline_value(amount, stage) FROM revenue.main.opportunities")
    assert after == before


def test_a_database_named_like_the_schema_of_the_tables_does_not_reach_a_view(
    deals: Published,
) -> None:
    """`source.opportunities` could mean a table of that database; the views say more."""
    shown = "SELECT * FROM revenue.main.opportunities ORDER BY ALL"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"ATTACH '{deals.path}' AS revenue (READ_ONLY)")
        connection.execute("BEGIN TRANSACTION")  # in it today() is one day, also over midnight
        governed = read(connection, shown)
        connection.execute("ATTACH ':memory:' AS source")
        connection.execute(f"CREATE TABLE source.main.opportunities AS {FORGED}")
        assert read(connection, "SELECT count(*) FROM source.main.opportunities") == [(1,)]
        assert read(connection, shown) == governed
    assert len(governed) == 13


def test_a_macro_reads_the_columns_it_is_given_and_no_table(
    own: duckdb.DuckDBPyConnection,
) -> None:
    bodies = read(
        own, "SELECT macro_definition FROM duckdb_functions() WHERE database_name = 'revenue'"
    )
    assert [body for (body,) in bodies if "from" in body.lower().split()] == []
    forged = f"WITH opportunities AS ({FORGED}) SELECT won_amount(o.amount, o.stage)"
    assert read(own, f"{forged} FROM revenue.main.opportunities o") == read(
        own, "SELECT won_amount(amount, stage) FROM opportunities"
    )


def test_an_alias_called_current_date_does_not_move_the_clock_of_a_macro(
    own: duckdb.DuckDBPyConnection,
) -> None:
    own.execute("BEGIN TRANSACTION")
    [(today,)] = read(own, "SELECT today()")
    plain = read(own, "SELECT past_due_deals(stage, close_date) FROM opportunities")
    aliased = read(
        own,
        "SELECT DATE '1900-01-01' AS current_date, past_due_deals(stage, close_date)"
        " FROM opportunities",
    )
    past_due = sum(close_date < today for close_date in OPEN_UNTIL)
    assert [(number,) for _, number in aliased] == plain == [(past_due,)]


def test_the_views_and_the_macros_hold_under_another_alias(deals: Published) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"ATTACH '{deals.path}' AS revenue (READ_ONLY)")
        same = "SELECT revenue.main.deal_count() FROM revenue.main.opportunities"
        assert read(connection, same) == TRUE
        assert read(connection, "USE revenue") == []
        assert read(connection, COUNT) == TRUE
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"ATTACH '{deals.path}' AS other (READ_ONLY)")
        # Macros read no table, so they hold; a view names its own database, and refuses.
        call = "SELECT other.main.deal_count() FROM other.source.opportunities"
        assert read(connection, call) == TRUE
        with pytest.raises(duckdb.Error, match="revenue"):
            connection.execute("SELECT * FROM other.main.opportunities")


CAPTURING = """
name: capture
sources:
  - name: sales
    files: ["sales.csv"]
    columns:
      Id: {to: sale_id, type: integer}
      Amount: {to: amount, type: "decimal(18,2)"}
      Paid: {to: paid, type: boolean}
      Position: {to: position}
      Authorization: {to: authorization}
      Day: {to: today, type: date}
models:
  - name: sales
    source: sales
    primary_key: sale_id
    time: today
    dimensions:
      - {name: sale_id, type: number}
      - {name: amount, type: number}
      - {name: paid, type: boolean}
      - {name: position}
      - {name: authorization}
      - {name: today, type: time}
      - {name: age, type: number, expr: "date_diff('day', today, as_of())"}
    metrics:
      - {name: max, agg: count, where: paid}
      - {name: count, agg: count_distinct, expr: position}
      - {name: sum, agg: sum, expr: amount, where: paid}
      - {name: median, agg: min, expr: amount}
      - {name: date_diff, agg: count}
      - {name: order, agg: count}
      - {name: if, agg: count}
      - {name: top, agg: max, expr: amount}
      - {name: posts, agg: count_distinct, expr: position}
      - {name: permits, agg: count_distinct, expr: authorization}
      - {name: old, agg: count, where: "today < as_of()"}
"""
SALES = """\
Id,Amount,Paid,Position,Authorization,Day
1,10,true,a,x,1999-01-01
2,20,false,b,y,1999-01-02
3,40,false,b,z,1999-01-02
"""


@pytest.fixture(scope="module")
def capturing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A model whose metrics and columns are named like the engine's functions and keywords."""
    root = tmp_path_factory.mktemp("capture") / "home"
    yield from open_published(publish(root, {"sales.csv": SALES}, CAPTURING))


def test_a_metric_named_like_a_function_does_not_change_what_the_function_means(
    capturing: Published,
) -> None:
    asked = "SELECT MAX(amount) AS a, COUNT(amount) AS b, SUM(amount) AS c FROM sales"
    assert capturing.governed(asked) == [(40, 3, 70)]
    assert capturing.read("SELECT max(amount), count(amount), sum(amount) FROM sales") == [
        (40, 3, 70)
    ]
    governed = "SELECT MEASURE(max) AS a, MEASURE(count) AS b, MEASURE(sum) AS c FROM sales"
    assert capturing.governed(governed) == [(1, 2, 10)]


def test_a_metric_named_like_a_function_is_no_macro_but_listed_with_its_formula(
    capturing: Published,
) -> None:
    rows = capturing.read("SELECT name, formula, macro FROM meta.metrics")
    assert [row for row in rows if row[2] is None] == [
        ("max", "count(*) where paid", None),
        ("count", "count_distinct(position)", None),
        ("sum", "sum(amount) where paid", None),
        ("median", "min(amount)", None),
        ("date_diff", "count(*)", None),
        ("order", "count(*)", None),
        ("if", "count(*)", None),
    ]


def test_columns_named_like_keywords_reach_views_and_macros(capturing: Published) -> None:
    calls = ", ".join(call.text for call in capturing.macros())
    assert capturing.read(f"SELECT {calls} FROM sales") == [(40, 2, 3, 3)]
    rows = capturing.governed("SELECT position, authorization FROM sales ORDER BY position")
    assert rows[0] == ("a", "x")


def test_every_keyword_of_the_engine_is_quoted() -> None:
    with duckdb.connect() as connection:
        keywords = read(
            connection,
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'",
        )
    assert [name for (name,) in keywords if quote(name) != f'"{name}"'] == []


def test_the_names_taken_are_those_of_the_engine() -> None:
    taken = engine_names()
    assert {"sum", "median", "nullif", "coalesce", "today", "if", "order", "split_part"} <= taken
    assert {"win_rate", "pipeline_value", "revenue", "margin"} & taken == set()


def test_the_file_holds_no_path_of_the_machine_that_built_it(deals: Published) -> None:
    folder = str(Path(deals.home.root)).encode()
    assert folder not in deals.path.read_bytes()
