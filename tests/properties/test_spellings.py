"""What must hold between two sets of rows, two models and two spellings of one question.

No expected numbers: each test asks in two ways that have to agree. Invariant: a relation that
fails means a wrong number in at least one of the two answers.
"""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.definitions import Catalog
from semantic.issues import SemanticError
from tests.tiny.asking import Asked
from tests.tiny.compare import find_difference
from tests.tiny.generated import (
    SHARED_KEYS,
    asked,
    refill,
    tables,
)
from tests.tiny.metrics import models_of
from tests.tiny.world import APRIL, Row, ask, catalog, compile_, model_data, to_catalog

Rows = dict[str, list[Row]]
Database = duckdb.DuckDBPyConnection


def _answer(shop: Database, question: Asked) -> list[tuple[Any, ...]] | None:
    try:
        return ask(shop, question.sql, catalog(question.calendar))
    except SemanticError:
        return None


@settings(max_examples=80)
@given(rows=tables(), question=asked(), seed=st.integers(0, 1000))
def test_shuffled_rows_change_nothing(
    rows: Rows, question: Asked, seed: int, shop: Database
) -> None:
    refill(shop, rows)
    first = _answer(shop, question)
    chance = random.Random(seed)
    refill(shop, {table: chance.sample(found, len(found)) for table, found in rows.items()})
    second = _answer(shop, question)
    if first is not None and second is not None:
        assert not find_difference(first, second)
        width = len(question.keys)
        assert [row[:width] for row in first] == [row[:width] for row in second]


@settings(max_examples=80)
@given(
    rows=tables(),
    keys=st.lists(st.sampled_from(["status", *SHARED_KEYS, "month"]), max_size=2, unique=True),
)
def test_every_row_twice_doubles_sums_and_keeps_averages(
    rows: Rows, keys: list[str], shop: Database
) -> None:
    doubling = ("revenue", "order_count", "line_total", "revenue_ever", "revenue_ytd")
    keeping = (
        "average_amount",
        "median_amount",
        "largest",
        "buyers",
        "paid_share",
        "buyers_ever",
        "tiers",
    )
    question = Asked((*doubling, *keeping), tuple(keys))
    refill(shop, rows)
    once = ask(shop, question.sql)
    most = len(rows["orders"])
    again = [{**row, "order_id": row["order_id"] + most} for row in rows["orders"]]
    refill(shop, {**rows, "orders": [*rows["orders"], *again]})
    twice = ask(shop, question.sql)
    width = len(keys)
    expected = [
        (
            *row[:width],
            *(_twice(v) for v in row[width : width + len(doubling)]),
            *row[width + len(doubling) :],
        )
        for row in once
    ]
    assert not find_difference(expected, twice)


def _twice(value: Any) -> Any:
    return None if value is None else value * (2 if isinstance(value, int) else Decimal(2))


@settings(max_examples=120)
@given(question=asked())
def test_an_unrelated_model_leaves_the_compiled_sql_as_it_is(question: Asked) -> None:
    data = model_data()
    data["sources"].append(
        {
            "name": "weather",
            "files": ["w.csv"],
            "columns": {"Day": {"to": "day", "type": "date"}, "Id": {"to": "id"}},
        }
    )
    data["models"].append(
        {
            "name": "weather", "source": "weather", "primary_key": "id", "time": "day",
            "dimensions": [{"name": "id"}, {"name": "day", "type": "time"}],
            "metrics": [{"name": "days_measured", "agg": "count"}],
        }
    )  # fmt: skip
    more = to_catalog(data)
    plain = replace(question, calendar=APRIL)
    expected, given_query = _compiled(plain, catalog()), _compiled(plain, more)
    assert given_query == expected


def _compiled(question: Asked, model: Catalog) -> object:
    """The statement and its values, or the codes of the refusal."""
    try:
        query = compile_(question.sql, model)
    except SemanticError as error:
        return [issue.code for issue in error.issues]
    return query.sql, query.parameters


@settings(max_examples=80)
@given(
    rows=tables(),
    metric=st.sampled_from(
        [
            "MEASURE(revenue)",
            "MEASURE(paid_share)",
            "SUM(o.amount)",
            "COUNT(*)",
            "MEDIAN(o.amount)",
            "MEASURE(buyers)",
        ]
    ),
    key=st.sampled_from(["customers.tier", "customers.customer_name", "regions.region_name"]),
    filtered=st.booleans(),
)
def test_a_written_join_gives_what_the_neighbour_gives(
    rows: Rows, metric: str, key: str, filtered: bool, shop: Database
) -> None:
    refill(shop, rows)
    where = " WHERE {} <> 'silver' OR {} IS NULL" if filtered else ""
    kept = where.format("customers.tier", "customers.tier")
    near = f"SELECT {key} AS k, {metric} AS m FROM orders o{kept} GROUP BY 1"
    column = key.replace("customers.", "c.").replace("regions.", "r.")
    joined = (
        f"SELECT {column} AS k, {metric} AS m FROM orders o "
        "LEFT JOIN customers c ON o.customer_id = c.customer_id "
        "LEFT JOIN regions r ON c.region_id = r.region_id"
        f"{where.format('c.tier', 'c.tier')} GROUP BY 1"
    )
    assert ask(shop, near) == ask(shop, joined)


@settings(max_examples=60)
@given(rows=tables(), question=asked(additive_only=True))
def test_a_question_in_with_gives_what_it_gives_alone(
    rows: Rows, question: Asked, shop: Database
) -> None:
    refill(shop, rows)
    alone = ask(shop, question.sql, catalog(question.calendar))
    for wrapped in (
        f"WITH q AS ({question.sql}) SELECT * FROM q",
        f"SELECT * FROM ({question.sql}) AS q",
        f"WITH q AS ({question.sql}), r AS (SELECT * FROM q) SELECT * FROM r",
    ):
        assert not find_difference(alone, ask(shop, wrapped, catalog(question.calendar)))


@settings(max_examples=60)
@given(
    rows=tables(),
    metrics=st.lists(
        st.sampled_from(["revenue", "buyers", "paid_share", "revenue_ytd"]),
        min_size=1,
        max_size=2,
        unique=True,
    ),
)
def test_one_model_asked_by_the_name_of_all_gives_the_same(
    rows: Rows, metrics: list[str], shop: Database
) -> None:
    refill(shop, rows)
    one = Asked(tuple(metrics), ("tier", "month"), ("gold", "since"))
    assert {model for metric in metrics for model in models_of(metric)} == {"orders"}
    all_ = replace(one, model="shop")
    assert not find_difference(ask(shop, one.sql), ask(shop, all_.sql))
