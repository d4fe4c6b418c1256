"""Every kind of metric by every kind of key and filter, against loops over the rows.

The cases are the products of the lists below. Invariant: the compiler gives the oracle's rows,
or both refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.tiny.asking import (
    GRAINS,
    OWN_FILTERS,
    SHARED_FILTERS,
    TIME_FILTERS,
    Asked,
    check,
    is_over_time,
)
from tests.tiny.metrics import METRICS, models_of
from tests.tiny.oracle import Oracle
from tests.tiny.world import JANUARY_SUNDAY, Calendar, connect, tiny_tables

ORDERS = [metric for metric in METRICS if models_of(metric) == {"orders"}]
OVER_TIME = [metric for metric in ORDERS if is_over_time(metric)]
ORDER_KEYS: list[tuple[str, ...]] = [
    (),
    ("status",),
    ("tier",),
    ("region",),
    ("month",),
    ("fiscal_year", "region"),
    ("tier", "month"),
]
ORDER_FILTERS: list[tuple[str, ...]] = [(), ("paid",), ("gold",), ("north",), ("since",)]

TWO_MODELS: list[tuple[str, ...]] = [
    ("revenue", "visit_count"),
    ("order_count", "visit_count", "closing_balance"),
    ("revenue_per_visit",),
    ("touches",),
    ("average_amount", "average_minutes"),
    ("buyers", "visitors"),
    ("paid_share", "bought_rate"),
    ("revenue_ytd", "minutes_ytd"),
    ("revenue_ever", "visit_count"),
    ("buyers_ever", "visitors_ever"),
    ("revenue_delta", "minutes_delta"),
    ("revenue_growth", "visit_count"),
    ("revenue_to_balance",),
    ("open_accounts", "order_count"),
    ("balance_delta", "revenue"),
]
TWO_KEYS: list[tuple[str, ...]] = [
    (),
    ("tier",),
    ("region",),
    ("customer",),
    ("month",),
    ("fiscal_quarter",),
    ("year", "region"),
    ("tier", "month"),
]
TWO_FILTERS: list[tuple[str, ...]] = [(), ("gold",), ("north",), ("until",)]

BALANCES = [
    "closing_balance", "account_balance", "main_balance", "open_accounts", "balance_rows",
    "balance_delta",
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(tiny_tables())
    yield connection
    connection.close()


def _products(
    metrics: list[tuple[str, ...]], keys: list[tuple[str, ...]], filters: list[tuple[str, ...]],
    model: str,
) -> list[Asked]:  # fmt: skip
    return [Asked(m, k, f, model=model) for m in metrics for k in keys for f in filters]


def _title(value: object) -> str:
    return value.title if isinstance(value, Asked) else ""


ONE_MODEL_CASES = _products([(m,) for m in ORDERS], ORDER_KEYS, ORDER_FILTERS, "orders")
TWO_MODEL_CASES = _products(TWO_MODELS, TWO_KEYS, TWO_FILTERS, "shop")
BALANCE_CASES = _products(
    [(m,) for m in BALANCES],
    [
        (),
        ("account",),
        ("tier",),
        ("region",),
        ("month",),
        ("quarter", "account"),
        ("tier", "month"),
    ],
    [(), ("gold",), ("spring",), ("until",)],
    "balances",
)
HAVING_CASES = [
    Asked(metrics, keys, filters, having, model)
    for metrics, having, model in [
        (("revenue",), ("revenue", 100), "orders"),
        (("order_count", "revenue"), ("order_count", 2), "orders"),
        (("revenue_ytd",), ("revenue_ytd", 151), "orders"),
        (("revenue_delta",), ("revenue_delta", 0), "orders"),
        (("paid_share",), ("paid_share", 1), "orders"),
        (("revenue", "visit_count"), ("visit_count", 2), "shop"),
        (("revenue_per_visit",), ("revenue_per_visit", 20), "shop"),
        (("closing_balance",), ("closing_balance", 60), "balances"),
    ]
    for keys in [(), ("tier",), ("region",), ("month",), ("tier", "month")]
    for filters in [(), ("gold",), ("since",)]
]
CALENDAR_CASES = [
    Asked((metric,), (grain, *also), filters, calendar=calendar)
    for calendar in (Calendar(), JANUARY_SUNDAY, Calendar(2, "sunday"), Calendar(12))
    for grain in GRAINS
    for metric in (
        "revenue", "revenue_ytd", "revenue_fytd", "revenue_wtd", "revenue_3m", "revenue_yoy",
        "buyers_ever",
    )
    for also, filters in [((), ()), (("status",), ("spring",))]
]  # fmt: skip
FILTER_CASES = [
    Asked((metric,), keys, (name,))
    for metric in ("revenue", "average_amount", "revenue_ever", "revenue_before", "tiers")
    for keys in [("status",), ("week",), ("size", "quarter")]
    for name in (*OWN_FILTERS, *SHARED_FILTERS, *TIME_FILTERS)
]


@pytest.mark.parametrize("asked", ONE_MODEL_CASES, ids=_title)
def test_one_model_gives_what_its_rows_add_up_to(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables()), database)


@pytest.mark.parametrize("asked", TWO_MODEL_CASES, ids=_title)
def test_two_models_side_by_side_give_what_each_gives_alone(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables()), database)


@pytest.mark.parametrize("asked", BALANCE_CASES, ids=_title)
def test_a_balance_counts_the_last_day_only(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables()), database)


@pytest.mark.parametrize("asked", HAVING_CASES, ids=_title)
def test_a_filter_on_a_metric_keeps_whole_groups(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables()), database)


@pytest.mark.parametrize("asked", FILTER_CASES, ids=_title)
def test_every_filter_keeps_the_rows_where_it_is_true(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables()), database)


@pytest.mark.parametrize(
    "asked",
    CALENDAR_CASES,
    ids=lambda a: f"{a.title} {a.calendar.fiscal_start} {a.calendar.week_start}",
)
def test_every_grain_follows_the_calendar(
    asked: Asked, database: duckdb.DuckDBPyConnection
) -> None:
    check(asked, Oracle(tiny_tables(), asked.calendar), database)


def test_the_matrix_holds_every_metric_of_the_model_and_enough_cases() -> None:
    asked = [*ONE_MODEL_CASES, *TWO_MODEL_CASES, *BALANCE_CASES, *HAVING_CASES, *CALENDAR_CASES]
    assert len(asked) > 2000
    used = {metric for case in asked for metric in case.metrics}
    missing = {m for m in METRICS if models_of(m) <= {"orders", "balances"}} - used
    assert not missing
