"""One test for each wrong number ever found in the compiler; README.md is the ledger.

Invariant: a test here is never weakened and never removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from semantic.definitions import Catalog
from semantic.issues import SemanticError
from tests.tiny.compare import find_difference
from tests.tiny.world import (
    ask,
    catalog,
    compile_,
    connect,
    insert,
    model_data,
    tiny_tables,
    to_catalog,
)

ORDERS_AND_VISITS = (
    "orders o JOIN customers c ON o.customer_id = c.customer_id "
    "JOIN visits v ON c.customer_id = v.customer_id"
)


@pytest.fixture(scope="module")
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    yield connection
    connection.close()


def _codes(sql: str, model: Catalog | None = None) -> set[str]:
    with pytest.raises(SemanticError) as refusal:
        compile_(sql, model or catalog())
    return {issue.code for issue in refusal.value.issues}


def _over_time(metric: str, grain: str, condition: str) -> str:
    items = f"date_trunc('{grain}', order_date) AS p, MEASURE({metric}) AS m"
    return f"SELECT {items} FROM orders WHERE {condition} GROUP BY 1"


# ------------------------------------------------------------------ 1, 2: repeated values


@pytest.mark.parametrize(
    "inner",
    [
        f"SELECT o.order_id, v.visit_id, o.amount AS x FROM {ORDERS_AND_VISITS} GROUP BY ALL",
        f"SELECT o.order_id, v.visit_id, MAX(o.amount) AS x FROM {ORDERS_AND_VISITS} GROUP BY ALL",
        f"SELECT v.visit_id, MIN(o.amount) AS x FROM {ORDERS_AND_VISITS} GROUP BY v.visit_id",
        f"SELECT DISTINCT o.order_id, v.visit_id, o.amount AS x FROM {ORDERS_AND_VISITS}",
        f"SELECT v.visit_id, COUNT(DISTINCT o.order_id) AS x FROM {ORDERS_AND_VISITS} GROUP BY 1",
        "SELECT order_id, customers.credit AS x FROM orders",
        "SELECT order_id, customers.credit AS x FROM orders GROUP BY ALL",
        "SELECT order_id, MAX(customers.credit) AS x FROM orders GROUP BY ALL",
        "SELECT o.order_id, (SELECT c.credit FROM customers c "
        "WHERE c.customer_id = o.customer_id) AS x FROM orders o",
        "SELECT order_id, first_value(customers.credit) OVER (ORDER BY order_id) AS x FROM orders",
    ],
)
@pytest.mark.parametrize(
    "outer", ["SELECT SUM(x) FROM q", "SELECT AVG(x) FROM q", "SELECT x, COUNT(x) OVER () FROM q"]
)
def test_a_repeated_value_stays_repeated_inside_groups_and_look_ups(inner: str, outer: str) -> None:
    assert _codes(f"WITH q AS ({inner}) {outer}") == {"fan-out"}


def test_a_value_looked_up_in_another_model_is_not_summed() -> None:
    looked_up = "(SELECT c.credit FROM customers c WHERE c.customer_id = o.customer_id)"
    assert _codes(f"SELECT SUM({looked_up}) FROM orders o") == {"fan-out"}


@pytest.mark.parametrize(
    "sql, expected",
    [
        # Each sums something once per row of its owner and stays allowed.
        ("WITH q AS (SELECT customer_id, SUM(amount) AS x FROM orders GROUP BY 1) "
         "SELECT SUM(x) FROM q", 1221),
        ("SELECT SUM(n) FROM (SELECT c.customer_id, (SELECT COUNT(*) FROM visits v "
         "WHERE v.customer_id = c.customer_id) AS n FROM customers c) AS q", 8),
        ("SELECT COUNT(tier) FROM (SELECT customers.tier, SUM(amount) AS s FROM orders "
         "GROUP BY 1) AS q", 2),
        ("SELECT SUM(o.amount) FROM orders o JOIN customers c USING (customer_id)", 881),
        ("SELECT SUM(o.amount) FROM orders o LEFT JOIN "
         "(SELECT customer_id, COUNT(*) AS n FROM visits "
         "GROUP BY 1) AS v ON v.customer_id = o.customer_id", 1221),
        ("SELECT SUM(share) FROM (SELECT amount / (SELECT SUM(i.amount) FROM orders AS i) AS share "
         "FROM orders) AS q", 1),
        ("SELECT COUNT(DISTINCT o.order_id) FROM orders o JOIN customers c USING (customer_id) "
         "JOIN visits v ON v.customer_id = c.customer_id", 9),
    ],
)  # fmt: skip
def test_sums_that_count_every_row_once_are_answered(
    sql: str, expected: int, shop: duckdb.DuckDBPyConnection
) -> None:
    assert not find_difference([(expected,)], ask(shop, sql))


# ------------------------------------------------------------------ 3: names that meet


AWKWARD = {
    "day": "status", "value": "status", "period": "status", "newest": "status",
    "value_1": "status", "row_day": "status", "revenue": "status", "year": "status",
    "order_date_month": "channel", "customers__tier": "channel", "sum_amount": "channel",
    "lower_status": "channel", "key_1": "status", "parts": "status", "row_amount": "status",
}  # fmt: skip
AWKWARD_METRICS = (
    "revenue", "revenue_ytd", "revenue_delta", "buyers_ever", "average_delta", "revenue_plus_delta",
    "mixed_3m", "touches",
)  # fmt: skip


@pytest.fixture(scope="module")
def awkward() -> Catalog:
    """The shop with dimensions called like our own columns, like metrics, like look-ups."""
    data = model_data()
    models = {model["name"]: model for model in data["models"]}
    models["orders"]["dimensions"] += [{"name": n, "expr": e} for n, e in AWKWARD.items()]
    models["balances"]["dimensions"] += [
        {"name": name, "expr": "account"}
        for name in ("newest", "row_day", "row_balance", "value", "period")
    ]
    return to_catalog(data)


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("metric", AWKWARD_METRICS)
def test_a_dimension_may_have_any_name(
    name: str, metric: str, awkward: Catalog, shop: duckdb.DuckDBPyConnection
) -> None:
    for period in ("", "order_date, ", "date_trunc('month', order_date), "):
        sql = "SELECT {}{} AS k, MEASURE({}) AS m, customers.tier AS t FROM orders GROUP BY ALL"
        if metric == "touches":
            sql = "SELECT {1} AS k FROM orders WHERE {1} = 'paid' GROUP BY 1"
        if not period and metric in ("revenue_delta", "average_delta", "revenue_plus_delta"):
            continue
        expected = ask(shop, sql.format(period, AWKWARD[name], metric))
        assert not find_difference(expected, ask(shop, sql.format(period, name, metric), awkward))


@pytest.mark.parametrize("name", ["newest", "row_day", "row_balance", "value", "period"])
@pytest.mark.parametrize("metric", ["closing_balance", "main_balance", "balance_delta"])
def test_a_dimension_of_balances_may_have_any_name(
    name: str, metric: str, awkward: Catalog, shop: duckdb.DuckDBPyConnection
) -> None:
    sql = (
        "SELECT date_trunc('month', day) AS p, {} AS k, MEASURE({}) AS m FROM balances GROUP BY ALL"
    )
    expected = ask(shop, sql.format("account", metric))
    assert not find_difference(expected, ask(shop, sql.format(name, metric), awkward))


def test_an_order_by_a_column_is_not_an_order_by_an_output_of_its_name(
    awkward: Catalog, shop: duckdb.DuckDBPyConnection
) -> None:
    sql = "SELECT order_id, lower(status) AS s FROM orders ORDER BY {}, order_id LIMIT 4"
    assert ask(shop, sql.format("lower_status"), awkward) == ask(shop, sql.format("channel"))


# ------------------------------------------------------------------ 4: two ways to one model


def test_two_relationships_to_one_model_are_two_neighbours() -> None:
    data = model_data()
    for source in data["sources"]:
        if source["name"] == "visits":
            source["columns"]["Helper"] = {"to": "helper_id"}
    visits = next(model for model in data["models"] if model["name"] == "visits")
    visits["dimensions"].append({"name": "helper_id"})
    data["relationships"].append(
        {"name": "visit_helper", "from": "visits.helper_id", "to": "customers.customer_id"}
    )
    model = to_catalog(data)
    connection = connect(tiny_tables())
    connection.execute("ALTER TABLE source.visits ADD COLUMN helper_id VARCHAR")
    connection.execute("UPDATE source.visits SET helper_id = 'C3' WHERE visit_id IN (1, 3)")
    sql = (
        "SELECT visit_id, visit_customer.customer_name AS guest, "
        "visit_helper.customer_name AS helper "
        "FROM visits WHERE visit_helper.tier = 'gold' AND visit_id <= 3"
    )
    assert sorted(ask(connection, sql, model)) == [(1, "Ann", "Cid"), (3, "Bob", "Cid")]
    connection.close()
    assert "unknown-name" in _codes("SELECT customers.tier, COUNT(*) FROM visits GROUP BY 1", model)


def _with_a_shorter_way() -> Catalog:
    """Orders that name a region of their own, beside the region of their customer."""
    data = model_data()
    for source in data["sources"]:
        if source["name"] == "orders":
            source["columns"]["Ship To"] = {"to": "ship_region_id"}
    orders = next(model for model in data["models"] if model["name"] == "orders")
    orders["dimensions"].append({"name": "ship_region_id"})
    data["relationships"].append(
        {"name": "order_region", "from": "orders.ship_region_id", "to": "regions.region_id"}
    )
    return to_catalog(data)


def test_of_two_ways_to_a_model_the_shorter_is_taken() -> None:
    model = _with_a_shorter_way()
    connection = connect(tiny_tables())
    connection.execute("ALTER TABLE source.orders ADD COLUMN ship_region_id VARCHAR")
    connection.execute("UPDATE source.orders SET ship_region_id = 'R1'")
    asked = ask(connection, "SELECT region_name, COUNT(*) AS n FROM orders GROUP BY 1", model)
    by_hand = connection.execute(
        "SELECT r.region_name, count(*) FROM source.orders o "
        "LEFT JOIN source.regions r ON r.region_id = o.ship_region_id GROUP BY 1"
    ).fetchall()
    assert asked == by_hand
    assert len(by_hand) == 1
    connection.close()


def test_of_two_equally_short_ways_none_is_taken_and_both_are_named() -> None:
    data = model_data()
    for source in data["sources"]:
        if source["name"] == "visits":
            source["columns"]["Helper"] = {"to": "helper_id"}
    visits = next(model for model in data["models"] if model["name"] == "visits")
    visits["dimensions"].append({"name": "helper_id"})
    data["relationships"].append(
        {"name": "visit_helper", "from": "visits.helper_id", "to": "customers.customer_id"}
    )
    with pytest.raises(SemanticError) as caught:
        compile_("SELECT tier, COUNT(*) AS n FROM visits GROUP BY 1", to_catalog(data))
    (issue,) = caught.value.issues
    assert issue.code == "ambiguous-name"
    assert issue.hint == "Say which: visit_customer.tier or visit_helper.tier."


# ------------------------------------------------------------------ 5, 6: time


@pytest.mark.parametrize(
    "grain, condition",
    [
        ("month", "order_date <> DATE '2024-02-10'"),
        ("month", "order_date < DATE '2023-02-03' OR order_date > DATE '2023-02-10'"),
        ("year", "month(order_date) IN (1, 12)"),
        ("year", "date_trunc('month', order_date) = DATE '2024-01-01' OR month(order_date) = 12"),
        ("month", "dayofweek(order_date) = 4"),
        ("quarter", "NOT order_date BETWEEN DATE '2024-02-01' AND DATE '2024-02-10'"),
        ("fiscal_year", "quarter(order_date) = 2"),
        ("week", "order_date IN (DATE '2024-01-01', DATE '2024-01-07')"),
    ],
)
@pytest.mark.parametrize("metric", ["revenue_ytd", "revenue_yoy"])
def test_a_filter_that_cuts_days_out_of_a_period_is_refused_over_time(
    grain: str, condition: str, metric: str
) -> None:
    sql = _over_time(metric, grain, condition)
    expected = (
        {"filter-on-time"} if grain != "week" or metric == "revenue_ytd" else {"metric-needs-time"}
    )
    assert _codes(sql) == expected


@pytest.mark.parametrize(
    "grain, condition, periods",
    [
        ("month", "month(order_date) = 2 AND year(order_date) IN (2024)", [date(2024, 2, 1)]),
        ("year", "year(order_date) IN (2023, 2025)", [date(2023, 1, 1), date(2025, 1, 1)]),
        ("fiscal_year", "fiscal_year(order_date) = 2024", [date(2023, 4, 1)]),
        ("day", "order_date IN (DATE '2024-02-29')", [date(2024, 2, 29)]),
        ("month", "order_date >= DATE '2024-12-02' AND order_date < as_of() - INTERVAL 14 DAY",
         [date(2025, 1, 1)]),
        ("quarter", "DATE '2024-12-31' < order_date AND order_date IS NOT NULL",
         [date(2025, 1, 1)]),
    ],
)  # fmt: skip
def test_a_filter_on_time_chooses_whole_periods(
    grain: str, condition: str, periods: list[date], shop: duckdb.DuckDBPyConnection
) -> None:
    sql = _over_time("revenue_ytd", grain, condition)
    assert [row[0] for row in ask(shop, sql)] == periods


def test_members_without_any_date_are_in_no_period(shop: duckdb.DuckDBPyConnection) -> None:
    tables = {**tiny_tables(), "orders": tiny_tables()["orders"][:3]}
    connection = connect(tables)
    lost = {**tables["orders"][0], "order_id": 99, "order_date": None, "status": "lost"}
    insert(connection, "orders", [lost])
    for metric in ("revenue_delta", "revenue_ever"):
        period = "date_trunc('month', order_date)"
        sql = f"SELECT {period}, status, MEASURE({metric}) FROM orders GROUP BY ALL"
        assert {row[1] for row in ask(connection, sql)} == {"paid", "open"}
    connection.close()


# ------------------------------------------------------------------ 7, 8: nothing and zero


def test_sums_over_nothing_are_zero_beside_distinct_counts(shop: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "SELECT date_trunc('month', order_date) AS m, MEASURE(mixed_3m) AS x FROM orders GROUP BY 1"
    )
    found: dict[Any, Any] = dict(ask(shop, sql))
    assert found[date(2023, 8, 1)] == 0
    assert found[date(2023, 6, 1)] == Decimal("51.00")


def test_a_count_of_last_rows_is_zero_beside_another_model(shop: duckdb.DuckDBPyConnection) -> None:
    measures = "MEASURE(open_accounts) AS n, MEASURE(order_count) AS o"
    sql = f"SELECT customers.customer_name AS c, {measures} FROM shop GROUP BY 1"
    assert {row[0]: row[1] for row in ask(shop, sql)}["Eve"] == 0


def test_the_fiscal_quarter_of_no_date_is_nothing(shop: duckdb.DuckDBPyConnection) -> None:
    found = ask(
        shop, "SELECT fiscal_quarter(order_date) AS q FROM orders WHERE order_id IN (2, 11)"
    )
    assert not find_difference([("FY2024-Q1",), (None,)], found)


# ------------------------------------------------------------------ 9, 10: subqueries


def test_a_subquery_that_reads_the_row_is_refused_over_time() -> None:
    exists = "EXISTS (SELECT 1 FROM visits v WHERE v.customer_id = orders.customer_id)"
    sql = _over_time("revenue_ytd", "month", exists)
    assert _codes(sql) == {"correlated-series"}


def test_a_subquery_may_read_group_keys_only(shop: duckdb.DuckDBPyConnection) -> None:
    count = "(SELECT COUNT(*) FROM visits v WHERE v.customer_id = o.customer_id)"
    assert _codes(f"SELECT status, {count} AS n FROM orders o GROUP BY status") == {"not-grouped"}
    found = ask(shop, f"SELECT customer_id, {count} AS n FROM orders o GROUP BY customer_id")
    assert dict(found) == {"C1": 2, "C2": 3, "C3": 1, "C4": 0, "C5": 2, "C9": 1, None: 0}
