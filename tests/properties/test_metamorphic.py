"""What must hold between two questions, whatever the rows are.

No expected numbers: each test asks in two ways that have to agree. Invariant: a relation that
fails means a wrong number in at least one of the two answers.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from tests.tiny.asking import GRAINS, KEYS, OWN_TIMES, SHARED_FILTERS, TIME_FILTERS, Asked
from tests.tiny.compare import find_difference
from tests.tiny.generated import (
    OWN_KEYS,
    SHARED_KEYS,
    SPAN_METRICS,
    asked,
    refill,
    tables,
)
from tests.tiny.world import APRIL, Row, ask, catalog

ADDITIVE = {
    "orders": ("revenue", "order_count", "amounts", "paid_revenue", "gold_revenue", "line_total"),
    "visits": ("minutes_spent", "visit_count", "bought"),
    "balances": ("balance_rows",),
}
CONDITIONS = [
    "status = 'paid'", "amount >= 50", "customers.tier = 'gold'", "regions.region_name = 'North'",
    "order_date >= DATE '2024-01-01'", "status IN ('paid', 'open')", "channel LIKE 's%'",
    "amount BETWEEN 0 AND 100", "amount > quantity", "paid", "for_gold", "size = 'big'",
    "status = channel", "customers.credit > amount", "recent", "paid OR amount < 0",
    "paid AND customers.tier IN ('gold', 'silver')", "coalesce(amount, 0) > 10",
    "customers.customer_id IN (SELECT v.customer_id FROM visits v)",
    "CASE WHEN amount > 10 THEN status = 'paid' ELSE channel = 'web' END",
]  # fmt: skip
Rows = dict[str, list[Row]]
Database = duckdb.DuckDBPyConnection

own_models = st.sampled_from(sorted(ADDITIVE))
orders_keys = st.lists(
    st.sampled_from([*OWN_KEYS["orders"], *SHARED_KEYS]), min_size=1, max_size=2, unique=True
)


def _total(values: list[Any]) -> Fraction:
    return sum((Fraction(v) for v in values if v is not None), Fraction())


@settings(max_examples=120)
@given(rows=tables(), model=own_models, data=st.data())
def test_groups_sum_to_the_total(
    rows: Rows, model: str, data: st.DataObject, shop: Database
) -> None:
    refill(shop, rows)
    metrics = ADDITIVE[model]
    possible = [*OWN_KEYS[model], *SHARED_KEYS, *GRAINS]
    keys = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True))
    whole = ask(shop, Asked(metrics, (), model=model).sql)[0]
    groups = ask(shop, Asked(metrics, tuple(keys), model=model).sql)
    for place, value in enumerate(whole):
        assert _total([row[len(keys) + place] for row in groups]) == _total([value])


@settings(max_examples=150)
@given(
    rows=tables(),
    condition=st.sampled_from(CONDITIONS),
    keys=st.lists(st.sampled_from(SHARED_KEYS), max_size=1),
)
def test_where_a_condition_holds_fails_or_is_unknown_is_everything(
    rows: Rows, condition: str, keys: list[str], shop: Database
) -> None:
    refill(shop, rows)
    parts = [f"({condition})", f"NOT ({condition})", f"({condition}) IS NULL"]
    items = [KEYS[key][0] for key in keys]
    names = ", ".join([*items, *(f"MEASURE({m})" for m in ADDITIVE["orders"])])
    group = f" GROUP BY {', '.join(items)}" if items else ""

    def by_key(where: str) -> dict[tuple[Any, ...], list[Fraction]]:
        found = ask(shop, f"SELECT {names} FROM orders{where}{group}")
        return {
            row[: len(items)]: [_total([value]) for value in row[len(items) :]] for row in found
        }

    summed: dict[tuple[Any, ...], list[Fraction]] = defaultdict(
        lambda: [Fraction()] * len(ADDITIVE["orders"])
    )
    for part in parts:
        for key, values in by_key(f" WHERE {part}").items():
            summed[key] = [a + b for a, b in zip(summed[key], values, strict=True)]
    assert dict(summed) == by_key("")


@settings(max_examples=60)
@given(
    rows=tables(), model=own_models,
    calendar=st.sampled_from([APRIL, replace(APRIL, fiscal_start=1)]),
    steps=st.sampled_from([
        ("day", "month", "quarter", "year"), ("day", "week"),
        ("month", "fiscal_quarter", "fiscal_year"),
    ]),
)  # fmt: skip
def test_days_roll_up_to_months_quarters_and_years(
    rows: Rows, model: str, calendar: Any, steps: tuple[str, ...], shop: Database
) -> None:
    refill(shop, rows)
    time, measures = (
        OWN_TIMES[model],
        ", ".join(f"MEASURE({m}) AS m{n}" for n, m in enumerate(ADDITIVE[model])),
    )
    sums = ", ".join(f"SUM(m{n}) AS s{n}" for n in range(len(ADDITIVE[model])))
    for fine, coarse in pairwise(steps):
        direct = f"SELECT date_trunc('{coarse}', {time}) AS p, {measures} FROM {model} GROUP BY 1"
        rolled = (
            f"WITH fine AS (SELECT date_trunc('{fine}', {time}) AS p, {measures} "
            f"FROM {model} GROUP BY 1) "
            f"SELECT date_trunc('{coarse}', p) AS p, {sums} FROM fine GROUP BY 1"
        )
        expected = ask(shop, direct, catalog(calendar))
        given_rows = ask(shop, rolled, catalog(calendar))
        assert not find_difference(expected, given_rows)


@settings(max_examples=120)
@given(rows=tables(), question=asked(), other=st.sampled_from(SPAN_METRICS))
def test_a_metric_of_another_model_beside_it_changes_no_metric(
    rows: Rows, question: Asked, other: str, shop: Database
) -> None:
    refill(shop, rows)
    alone = replace(
        question, model="shop", having=None,
        keys=tuple(k for k in question.keys if k in (*SHARED_KEYS, *GRAINS)),
        filters=tuple(f for f in question.filters if f in (*SHARED_FILTERS, *TIME_FILTERS)),
    )  # fmt: skip
    beside = replace(alone, metrics=tuple(dict.fromkeys((*alone.metrics, other))))
    try:
        first = ask(shop, alone.sql, catalog(alone.calendar))
        second = ask(shop, beside.sql, catalog(alone.calendar))
    except SemanticError:
        return  # the two need a period, or cannot be sliced alike
    width = len(alone.keys)
    found = {row[:width]: row[width : width + len(alone.metrics)] for row in second}
    for row in first:
        assert not find_difference([row[width:]], [found.pop(row[:width])])
    # Groups that only the other model has show nothing here, or 0 for counts.
    assert all(not value for values in found.values() for value in values)


@settings(max_examples=100)
@given(rows=tables(), keys=orders_keys, ratio=st.sampled_from([
    ("paid_share", "paid_revenue", "revenue"), ("revenue_per_buyer", "revenue", "buyers"),
    ("revenue_per_visit", "revenue", "visit_count"), ("bought_rate", "bought", "visit_count"),
    ("revenue_to_balance", "revenue", "closing_balance"),
]))  # fmt: skip
def test_a_ratio_is_its_parts_asked_apart(
    rows: Rows, keys: list[str], ratio: tuple[str, str, str], shop: Database
) -> None:
    refill(shop, rows)
    shared = tuple(key for key in keys if key in SHARED_KEYS)
    asked_ = Asked(ratio, shared, model="shop")
    for row in ask(shop, asked_.sql):
        share, of, to = row[len(shared) :]
        expected = Fraction(of) / Fraction(to) if of is not None and to else None
        assert not find_difference([(expected,)], [(share,)])


@settings(max_examples=60)
@given(rows=tables(), keys=orders_keys, pair=st.sampled_from([
    ("paid", "status = 'paid'"), ("for_gold", "customers.tier = 'gold'"),
    ("recent", "date_diff('day', order_date, as_of()) <= 365"),
]))  # fmt: skip
def test_a_segment_is_its_condition_written_out(
    rows: Rows, keys: list[str], pair: tuple[str, str], shop: Database
) -> None:
    refill(shop, rows)
    items = ", ".join([KEYS[key][0] for key in keys])
    for spelled in ("{}", "NOT {}", "{} OR amount > 100", "amount > 10 AND {}"):
        first, second = (
            ask(
                shop,
                f"SELECT {items}, MEASURE(revenue), COUNT(*) FROM orders "
                f"WHERE {spelled.format(f'({part})')} GROUP BY ALL",
            )
            for part in pair
        )
        assert first == second


@settings(max_examples=100)
@given(rows=tables(), question=asked(), seed=st.integers(0, 1000))
def test_the_order_of_items_and_filters_does_not_matter(
    rows: Rows, question: Asked, seed: int, shop: Database
) -> None:
    refill(shop, rows)
    chance = random.Random(seed)
    moved = replace(
        question,
        metrics=tuple(chance.sample(question.metrics, len(question.metrics))),
        keys=tuple(chance.sample(question.keys, len(question.keys))),
        filters=tuple(chance.sample(question.filters, len(question.filters))),
    )
    names = (*question.keys, *question.metrics)
    places = [(*moved.keys, *moved.metrics).index(name) for name in names]
    first, second = _answer(shop, question), _answer(shop, moved)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        back = [tuple(row[place] for place in places) for row in second]
        assert not find_difference(first, back)


def _answer(shop: Database, question: Asked) -> list[tuple[Any, ...]] | None:
    try:
        return ask(shop, question.sql, catalog(question.calendar))
    except SemanticError:
        return None


@settings(max_examples=100)
@given(rows=tables(), question=asked(), limit=st.integers(0, 6), data=st.data())
def test_limit_gives_the_first_rows_of_the_whole(
    rows: Rows, question: Asked, limit: int, data: st.DataObject, shop: Database
) -> None:
    refill(shop, rows)
    by = data.draw(st.sampled_from([*question.metrics, *(f"{key}_key" for key in question.keys)]))
    down = data.draw(st.sampled_from(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]))
    ordered = f"{question.sql} ORDER BY {by}{down}"
    try:
        whole = ask(shop, ordered, catalog(question.calendar))
    except SemanticError:
        return
    assert ask(shop, f"{ordered} LIMIT {limit}", catalog(question.calendar)) == whole[:limit]
    rest = ask(shop, f"{ordered} LIMIT 5 OFFSET {limit}", catalog(question.calendar))
    assert rest == whole[limit : limit + 5]


@settings(max_examples=60)
@given(
    rows=tables(),
    columns=st.lists(
        st.sampled_from(["status", "amount", "channel"]), min_size=1, max_size=2, unique=True
    ),
    limit=st.integers(1, 5),
)
def test_limit_over_rows_breaks_ties_the_same_way(
    rows: Rows, columns: list[str], limit: int, shop: Database
) -> None:
    refill(shop, rows)
    ordered = f"SELECT {', '.join(columns)}, quantity FROM orders ORDER BY {columns[0]}"
    assert ask(shop, f"{ordered} LIMIT {limit}") == ask(shop, f"{ordered} LIMIT 100")[:limit]
