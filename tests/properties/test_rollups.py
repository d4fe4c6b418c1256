"""A question over stored aggregates gives what it gives over the rows, to the last bit.

No expected numbers but those that can be added by hand: each question is compiled with and without
the rollups. Invariant: a difference is a wrong number; nothing here may be rounded before it is
compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb
import pytest
from hypothesis import event, given, settings

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.pipeline import compile_sql
from semantic.rollups import ROWS_PER_KEY, rollups_sql, with_rollups
from tests.tiny.asking import Asked
from tests.tiny.generated import asked, tables
from tests.tiny.world import AS_OF, COLUMNS, Row, model_data, tiny_tables, to_catalog

ROLLUPS = [
    {
        "name": "small_orders",
        "model": "orders",
        "dimensions": ["status", "customer_id"],
        "metrics": ["revenue", "order_count", "paid_share", "average_amount", "largest"],
    },
    {
        "name": "orders_by_day",
        "model": "orders",
        "dimensions": ["order_date.day", "status", "channel", "size", "customer_id", "quantity"],
        "metrics": [
            "revenue", "order_count", "amounts", "average_amount", "smallest", "line_total",
        ],
    },
    {
        "name": "visits_by_day",
        "model": "visits",
        "dimensions": ["visit_date", "outcome"],
        "metrics": ["visit_count", "minutes_spent", "average_minutes"],
    },
]  # fmt: skip
COPIES = ROWS_PER_KEY + 1
"""Every row stands so often, under keys of its own, that each rollup is worth its while."""
REROUTED = (
    "SELECT MEASURE(revenue) AS r FROM orders",
    "SELECT status, MEASURE(order_count) AS n, MEASURE(average_amount) AS a FROM orders GROUP BY 1",
    "SELECT MEASURE(buyers) AS b, MEASURE(paid_share) AS s FROM orders WHERE channel IS NULL",
    "SELECT date_trunc('month', order_date) AS m, MEASURE(revenue) AS r FROM orders GROUP BY 1",
    "SELECT size, MEASURE(smallest) AS s, MEASURE(revenue) AS r FROM orders GROUP BY 1",
    "SELECT size, COUNT(DISTINCT customer_id) AS n, MAX(order_date) AS d FROM orders GROUP BY 1",
    "SELECT status, MEASURE(revenue) / SUM(MEASURE(revenue)) OVER () AS s FROM orders GROUP BY 1",
    "SELECT status, RANK() OVER (ORDER BY MEASURE(revenue) DESC) AS p FROM orders GROUP BY 1",
    "SELECT COUNT(*) FILTER (WHERE status = 'paid' AND quantity > 1) AS n FROM orders",
    "SELECT COUNT_IF(status = 'paid') AS n, AVG(amount) AS a FROM orders WHERE age_days > 300",
    "SELECT channel, MEASURE(order_count) AS n FROM orders GROUP BY 1 HAVING MEASURE(revenue) > 50",
    "SELECT status, SUM(amount) AS r FROM orders GROUP BY 1 ORDER BY MIN(amount) DESC, 1 LIMIT 2",
    "SELECT MEASURE(revenue) AS r FROM orders WHERE customer_id IN "
    "(SELECT v.customer_id FROM visits v WHERE v.outcome = 'bought')",
    "SELECT MEASURE(revenue) AS r FROM orders o WHERE EXISTS "
    "(SELECT 1 FROM visits v WHERE v.customer_id = o.customer_id)",
    "WITH s AS (SELECT status, MEASURE(revenue) AS r FROM orders GROUP BY 1) SELECT MAX(r) FROM s",
    "SELECT MAX(t.r) FROM (SELECT channel, MEASURE(revenue) AS r FROM orders GROUP BY 1) t",
    "SELECT outcome, MEASURE(average_minutes) AS a, MEASURE(bought) AS b FROM visits GROUP BY 1",
    "SELECT MEASURE(touches) AS t, MEASURE(revenue_per_visit) AS r FROM shop",
    "SELECT 'orders' AS of, MEASURE(order_count) AS n FROM orders UNION ALL "
    "SELECT 'visits', MEASURE(visit_count) FROM visits",
)
OVER_ROWS = (
    "SELECT MEASURE(median_amount) AS m, MEASURE(revenue) AS r FROM orders",
    "SELECT SUM(amount) AS r FROM orders WHERE amount > 50",
    "SELECT COUNT(DISTINCT amount) AS n FROM orders",
    "SELECT SUM(amount / 3) AS r FROM orders",
    "SELECT status, COUNT(status) AS n FROM orders GROUP BY 1",
    "SELECT MEASURE(gold_revenue) AS r FROM orders",
    "SELECT customers.tier, MEASURE(revenue) AS r FROM orders GROUP BY 1",
    "SELECT order_id, amount FROM orders ORDER BY order_id",
    "SELECT account, COUNT(*) AS n FROM balances GROUP BY 1",
)
Database = duckdb.DuckDBPyConnection


def _catalogs(**changes: object) -> tuple[Catalog, Catalog]:
    """The shop without and with its rollups."""
    plain = to_catalog(model_data() | {"rollups": ROLLUPS} | changes)
    return plain, with_rollups(plain, [str(rollup["name"]) for rollup in ROLLUPS])


PLAIN, STORED = _catalogs()


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("ATTACH ':memory:' AS revenue; USE revenue; CREATE SCHEMA source")
    for table, columns in COLUMNS.items():
        listed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE source.{table} ({listed})")
    yield connection
    connection.close()


def fill(connection: Database, rows: dict[str, list[Row]]) -> None:
    """Replace all rows, each of a fact table `COPIES` times, and build the rollups anew."""
    connection.execute("DROP SCHEMA IF EXISTS rollup CASCADE; DROP SCHEMA IF EXISTS meta CASCADE")
    connection.execute("CREATE SCHEMA meta")
    for table, columns in COLUMNS.items():
        connection.execute(f"DELETE FROM source.{table}")
        numbers = count(1)
        key = next(iter(columns))
        copies = 1 if table in ("regions", "customers") else COPIES
        many = [
            row if copies == 1 else row | {key: next(numbers)}
            for row in rows[table]
            for _ in range(copies)
        ]
        if many:
            marks = "(" + ", ".join("?" for _ in columns) + ")"
            values = [row[name] for row in many for name in columns]
            connection.execute(
                f"INSERT INTO source.{table} VALUES " + ", ".join([marks] * len(many)), values
            )
    for statement in rollups_sql(PLAIN):
        connection.execute(statement)
    used = connection.execute("SELECT bool_and(is_used) FROM meta.rollups").fetchone()
    assert used == (True,)


def run(
    connection: Database, model: Catalog, sql: str, principal: Principal | None = None
) -> tuple[str, list[tuple[Any, ...]]]:
    """The compiled text and its rows."""
    query = compile_sql(model, sql, principal=principal or Principal(), limit_rows=10_000)
    return query.sql, connection.execute(query.sql, query.bind(AS_OF)).fetchall()


@settings(max_examples=150)
@given(rows=tables(), question=asked())
def test_any_question_gives_over_rollups_what_it_gives_over_rows(
    rows: dict[str, list[Row]], question: Asked, database: Database
) -> None:
    _require_same(rows, question, database)


@pytest.mark.long
@settings(max_examples=1500)
@given(rows=tables(), question=asked())
def test_any_of_many_questions_gives_over_rollups_what_it_gives_over_rows(
    rows: dict[str, list[Row]], question: Asked, database: Database
) -> None:
    _require_same(rows, question, database)


def _require_same(rows: dict[str, list[Row]], question: Asked, database: Database) -> None:
    fill(database, rows)
    try:
        _, expected = run(database, PLAIN, question.sql)
    except SemanticError:
        with pytest.raises(SemanticError):
            run(database, STORED, question.sql)
        return
    text, found = run(database, STORED, question.sql)
    event("over a rollup" if "rollup." in text else "over rows")
    # repr tells 1 from Decimal('1.00') and the last bit of a double.
    assert repr(found) == repr(expected), text


@settings(max_examples=15)
@given(rows=tables())
def test_these_are_read_from_a_rollup_and_stay_the_same(
    rows: dict[str, list[Row]], database: Database
) -> None:
    fill(database, rows)
    for sql in REROUTED:
        text, found = run(database, STORED, sql)
        assert "FROM rollup." in text, sql
        assert repr(found) == repr(run(database, PLAIN, sql)[1]), text


@pytest.mark.parametrize("sql", OVER_ROWS)
def test_what_a_rollup_does_not_keep_is_read_from_the_rows(sql: str, database: Database) -> None:
    fill(database, tiny_tables())
    text, found = run(database, STORED, sql)
    assert "rollup." not in text
    assert found == run(database, PLAIN, sql)[1]


def test_the_smallest_rollup_that_knows_all_is_read(database: Database) -> None:
    fill(database, tiny_tables())
    by_status, rows = run(
        database, STORED, "SELECT status, MEASURE(revenue) AS r FROM orders GROUP BY status"
    )
    assert "rollup.small_orders " in by_status
    # Five copies of each order: paid 100 + 50 + 200 + 300 + 60, open 200 + 0 + 120.
    assert dict(rows)["paid"] == Decimal("3550.00")
    assert dict(rows)["open"] == Decimal("1600.00")
    by_channel, _ = run(
        database, STORED, "SELECT channel, MEASURE(revenue) AS r FROM orders GROUP BY channel"
    )
    assert "rollup.orders_by_day " in by_channel


def test_who_may_not_see_every_row_or_value_reads_no_total_of_them(database: Database) -> None:
    policies = [
        {"role": "web", "model": "orders", "rows": "channel = 'web'"},
        {"role": "blind", "model": "orders", "mask": {"status": "'***'", "amount": "0.00"}},
    ]
    plain, stored = _catalogs(policies=policies)
    fill(database, tiny_tables())
    total = "SELECT status, MEASURE(revenue) AS r FROM orders GROUP BY status ORDER BY status"
    web = Principal(roles=frozenset({"web"}))
    text, rows = run(database, stored, total, web)
    assert "rollup." not in text
    # Web only: paid 100 + 200 + 300 + 60, open 200 + 0.
    assert dict(rows) == {"paid": Decimal("3300.00"), "open": Decimal("1000.00")}
    blind = Principal(roles=frozenset({"blind"}))
    text, rows = run(database, stored, total, blind)
    assert [row[0] for row in rows] == ["***"]
    assert rows == run(database, plain, total, blind)[1]
    assert "rollup." in run(database, stored, total)[0]


def test_a_mean_is_rounded_once_as_the_engine_does(database: Database) -> None:
    """Thirds and sevenths of cents, over sums up to what a double counts without a gap."""
    largest = Decimal(2**53) / 100 / 60
    orders = [
        {
            "order_id": n, "customer_id": f"C{n % 7}", "order_date": None, "quantity": None,
            "amount": (largest / (1 + n % 13) + n).quantize(Decimal("0.01")) if n % 5 else None,
            "status": ["paid", "open", "lost"][n % 3], "channel": "web",
        }
        for n in range(60)
    ]  # fmt: skip
    fill(database, tiny_tables() | {"orders": orders})
    for key in ("status", "customer_id", "size", "channel"):
        sql = f"SELECT {key}, AVG(amount) AS a FROM orders GROUP BY 1"
        text, found = run(database, STORED, sql)
        assert "rollup." in text
        assert repr(found) == repr(run(database, PLAIN, sql)[1])


def test_a_rollup_that_saves_nothing_is_left_empty(database: Database) -> None:
    fill(database, tiny_tables())
    plain = to_catalog(
        model_data()
        | {"rollups": [ROLLUPS[0] | {"dimensions": ["order_id"], "metrics": ["order_count"]}]}
    )
    database.execute("DROP SCHEMA rollup CASCADE; DROP TABLE meta.rollups")
    for statement in rollups_sql(plain):
        database.execute(statement)
    assert database.execute("FROM meta.rollups").fetchall() == [
        ("small_orders", "orders", 12 * COPIES, 12 * COPIES, False)
    ]
    assert database.execute("SELECT count(*) FROM rollup.small_orders").fetchone() == (0,)


@pytest.mark.parametrize(
    "change,message",
    [
        ({"model": "order"}, "'order' is not a model"),
        ({"dimensions": ["statis"]}, "'statis' is not a dimension"),
        ({"metrics": ["revenu"]}, "'revenu' is not a metric"),
        ({"dimensions": ["age_days"]}, "'age_days' depends on the day it is asked"),
        ({"dimensions": ["order_date.month"]}, "'order_date.month' cannot be stored"),
        ({"metrics": ["median_amount"]}, "'median_amount' cannot be put together"),
        ({"metrics": ["buyers"]}, "'buyers' cannot be put together"),
        ({"metrics": ["line_total"]}, "'line_total' is filtered by 'quantity'"),
        ({"metrics": ["gold_revenue"]}, "'gold_revenue' is filtered by 'customers__tier'"),
        ({"metrics": ["revenue_ytd"]}, "are not sums over the rows of one model"),
        ({"metrics": ["touches"]}, ""),
    ],
)
def test_a_declaration_that_cannot_be_kept_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(SemanticError) as caught:
        to_catalog(model_data() | {"rollups": [ROLLUPS[0] | change]})
    (issue,) = caught.value.issues
    assert message in issue.message
    assert issue.path == ("rollups", 0)


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(SemanticError, match="two rollups 'small_orders'"):
        to_catalog(model_data() | {"rollups": [ROLLUPS[0], ROLLUPS[0]]})
