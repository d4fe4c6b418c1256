"""A metric's macro gives the governed number, wherever a BI tool puts it.

The governed number is what the server answers to MEASURE(metric) on the same version.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from semantic.measures import is_inline
from semantic.metric_checks import leaves_of
from tests.bi.conftest import Published


def test_the_macros_give_numbers_that_can_be_added_by_hand(deals: Published) -> None:
    row = deals.read(
        "SELECT deal_count(), pipeline_value(amount, stage), won_amount(amount, stage),"
        " win_rate(stage), avg_deal_size(amount), accounts_won(account_id, stage)"
        " FROM opportunities"
    )
    amount = Decimal("13900.00")
    assert row == [(13, amount, Decimal("6000.00"), 0.5, pytest.approx(22700 / 12), 3)]


def test_every_metric_over_the_rows_of_one_model_is_a_macro(published: Published) -> None:
    catalog = published.catalog
    inline = {
        metric.name
        for metric in catalog.metrics.values()
        if len(metric.models) == 1 and all(map(is_inline, leaves_of(catalog, metric)))
    }
    # These look at the columns of a neighbour, which their own view does not show.
    inline -= {"gold_revenue", "tiers"}
    assert {call.metric for call in published.macros()} == inline
    engine = published.read(
        "SELECT function_name FROM duckdb_functions() WHERE database_name = 'revenue'"
    )
    assert {name for (name,) in engine} == inline


def test_each_macro_gives_the_governed_value_overall(published: Published) -> None:
    for metric, model, call in published.macros():
        expected = published.governed(f"SELECT MEASURE({metric}) AS m FROM {model}")
        assert published.read(f"SELECT {call} FROM {model}") == expected, metric


def test_each_macro_gives_the_governed_value_by_every_dimension(published: Published) -> None:
    for model in published.catalog.models.values():
        calls = [call for call in published.macros() if call.model == model.name]
        if not calls:
            continue
        macros = ", ".join(call.text for call in calls)
        metrics = ", ".join(f"MEASURE({call.metric}) AS m{n}" for n, call in enumerate(calls))
        for name in model.dimensions:
            rest = f"FROM {model.name} GROUP BY {name} ORDER BY {name} NULLS LAST"
            by_macro = published.read(f"SELECT {name}, {macros} {rest}")
            by_metric = published.governed(f"SELECT {name}, {metrics} {rest}")
            # Column by column, so that a failure names the metric.
            for at, call in enumerate(calls, start=1):
                assert [(row[0], row[at]) for row in by_macro] == [
                    (row[0], row[at]) for row in by_metric
                ], f"{call.metric} by {name}"


def test_each_macro_filters_and_sorts_groups_as_the_metric_does(published: Published) -> None:
    for metric, model, call in published.macros():
        dimension = next(
            name for name, d in published.catalog.models[model].dimensions.items()
            if d.kind == "text"
        )  # fmt: skip
        rest = f"FROM {model} GROUP BY {dimension} HAVING"
        order = f"NULLS LAST, {dimension} NULLS LAST"
        assert published.read(
            f"SELECT {dimension} {rest} {call} > 1 ORDER BY {call} DESC {order}"
        ) == published.governed(
            f"SELECT {dimension} {rest} MEASURE({metric}) > 1"
            f" ORDER BY MEASURE({metric}) DESC {order}"
        ), metric


def test_a_macro_may_be_given_the_columns_of_a_join_or_a_filtered_view(deals: Published) -> None:
    joined = deals.read(
        "SELECT a.account_name, win_rate(o.stage) FROM opportunities o"
        " JOIN accounts a ON a.account_id = o.account_id"
        " WHERE o.close_date >= DATE '2025-01-01' GROUP BY ALL ORDER BY ALL"
    )
    assert joined == [("Acme", 0.5), ("Bolt", 1.0), ("Café", None), ("Dune", 0.5)]
