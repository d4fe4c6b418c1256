"""The structured query object: what it writes, what it refuses, and that values stay values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from semantic.catalog import build_catalog
from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.load import load_model
from semantic.pipeline import compile_sql
from semantic.query_object import add_months, shift_range
from semantic.request import (
    AnyOf,
    Filter,
    Having,
    OrderBy,
    Part,
    Related,
    SemanticQuery,
    TimeRange,
    TimeSpec,
    quote,
    to_sql,
)  # fmt: skip

SHOP = Path(__file__).resolve().parents[1] / "planner" / "shop" / "shop.yml"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return build_catalog(load_model([SHOP]).spec)


def compiled(catalog: Catalog, query: SemanticQuery) -> Any:
    """The compiled statement; everything written must also compile."""
    return compile_sql(catalog, to_sql(catalog, query), principal=Principal(), limit_rows=100)


def test_one_clause_a_line_with_the_model_that_has_it_all(catalog: Catalog) -> None:
    query = SemanticQuery(
        metrics=("revenue",),
        dimensions=("city", "ordered_on.month"),
        filters=(Filter(dimension="channel", values=("Web",)),),
        segments=("valid",),
        having=(Having(metric="order_count", op=">", value=2),),
        order_by=(OrderBy(name="revenue"),),
        limit=5,
    )

    assert to_sql(catalog, query).split("\n") == [
        "SELECT city, date_trunc('month', ordered_on) AS ordered_on_month, "
        "MEASURE(revenue) AS revenue, MEASURE(order_count) AS order_count",
        "FROM orders",
        "WHERE valid",
        "  AND channel = 'Web'",
        "GROUP BY ALL",
        "HAVING MEASURE(order_count) > 2",
        "ORDER BY revenue DESC",
        "LIMIT 5",
    ]
    compiled(catalog, query)


def test_metrics_of_several_models_ask_the_relation_that_spans_them(catalog: Catalog) -> None:
    query = SemanticQuery(metrics=("revenue", "visit_count"), dimensions=("customer_name",))

    assert "FROM shop" in to_sql(catalog, query)
    compiled(catalog, query)


@pytest.mark.parametrize(
    "query",
    [
        SemanticQuery(metrics=("revenue",), dimensions=("family",), share=True),
        SemanticQuery(metrics=("order_count",), part=Part(segments=("cancelled",))),
        SemanticQuery(
            metrics=("revenue",),
            dimensions=("city",),
            time=TimeSpec(
                range=TimeRange(start=date(2024, 2, 1), end=date(2024, 3, 1)), compare="prior_year"
            ),
            order_by=(OrderBy(name="revenue"),),
        ),
        SemanticQuery(metrics=("median(line_total)", "p90(line_total)", "count_distinct(city)")),
        SemanticQuery(model="customers", dimensions=("customer_name",), detail=True, limit=3),
        SemanticQuery(dimensions=("city",)),
        SemanticQuery(metrics=("order_count",), related=(Related(model="visits", exists=False),)),
        SemanticQuery(
            metrics=("order_count",),
            filters=(
                AnyOf(any=(Filter(dimension="city", values=("Lyon",)),), segments=("cancelled",)),
            ),
            excluded_segments=("rebated",),
        ),
        SemanticQuery(metrics=("revenue",), time=TimeSpec(grain="fiscal_quarter")),
        SemanticQuery(
            metrics=("order_count",),
            filters=(
                Filter(dimension="line_total", op="between", values=(Decimal(10), Decimal("20.5"))),
                Filter(dimension="delivered_on", op="is_not_null"),
                Filter(dimension="ordered_on", op=">=", values=(date(2024, 1, 1),)),
                Filter(dimension="customer_name", op="contains", values=("o'r%",)),
            ),
        ),
    ],
    ids=lambda query: "-".join(sorted(query.model_fields_set)),
)
def test_everything_it_writes_compiles(catalog: Catalog, query: SemanticQuery) -> None:
    assert compiled(catalog, query).sql


def test_excluding_a_member_keeps_the_rows_without_one(catalog: Catalog) -> None:
    for op in ("!=", "not_in"):
        query = SemanticQuery(
            metrics=("revenue",), filters=(Filter(dimension="tier", op=op, values=("Gold",)),)
        )
        assert "OR tier IS NULL" in to_sql(catalog, query)


def test_every_mistake_is_reported_at_once_with_the_nearest_name(catalog: Catalog) -> None:
    query = SemanticQuery(
        model="orders",
        metrics=("revenu",),
        dimensions=("citty",),
        segments=("canceled",),
        filters=(Filter(dimension="quantity", values=("many",)),),
        order_by=(OrderBy(name="nothing"),),
    )

    with pytest.raises(SemanticError) as error:
        to_sql(catalog, query)
    found = {issue.code: issue for issue in error.value.issues}
    assert set(found) == {
        "unknown-metric", "unknown-dimension", "unknown-segment", "wrong-value-type",
    }  # fmt: skip
    assert found["unknown-metric"].suggestions == ("revenue",)
    assert found["unknown-dimension"].suggestions[0] == "city"
    assert found["unknown-segment"].suggestions == ("cancelled",)


@pytest.mark.parametrize(
    "query, code",
    [
        (SemanticQuery(), "nothing-asked"),
        (SemanticQuery(model="order", metrics=("revenue",)), "unknown-model"),
        (
            SemanticQuery(metrics=("cancellation_rate",), dimensions=("city",), share=True),
            "not-additive",
        ),
        (SemanticQuery(metrics=("sum(city)",), model="orders"), "not-a-number"),
        (SemanticQuery(metrics=("revenue",), dimensions=("city.month",)), "not-a-time"),
        (
            SemanticQuery(metrics=("visit_count",), time=TimeSpec(grain="month")),
            "no-time-dimension",
        ),
        (
            SemanticQuery(metrics=("revenue",), time=TimeSpec(compare="prior_year")),
            "open-comparison",
        ),
        (
            SemanticQuery(metrics=("revenue",), time=TimeSpec(grain="week", compare="prior_year")),
            "comparison-with-grain",
        ),
        (
            SemanticQuery(metrics=("revenue",), dimensions=("city",), detail=True),
            "detail-with-metrics",
        ),
        (
            SemanticQuery(metrics=("revenue",), related=(Related(model="nowhere"),)),
            "unrelated-model",
        ),
    ],
)
def test_what_has_no_meaning_is_an_issue(catalog: Catalog, query: SemanticQuery, code: str) -> None:
    with pytest.raises(SemanticError) as error:
        to_sql(catalog, query)
    assert code in {issue.code for issue in error.value.issues}


@pytest.mark.parametrize(
    "body",
    [
        {"metrics": ["x; DROP TABLE orders"]},
        {"dimensions": ["a"], "limit": 0},
        {"filters": [{"dimension": "a b", "op": "=", "values": ["x"]}]},
        {"filters": [{"dimension": "city", "op": "=", "values": []}]},
        {"filters": [{"dimension": "city", "op": "like", "values": ["x"]}]},
        {"filters": [{"any": []}]},
        {"time": {"range": {"start": "2024-02-01", "end": "2024-01-01"}}},
        {"unknown": 1},
        {"metrics": ["a"] * 51},
    ],
)
def test_a_body_that_says_nothing_sensible_is_rejected(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SemanticQuery.model_validate(body)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=60))
def test_any_text_comes_back_as_the_same_bound_value(text: str) -> None:
    literal = quote(text)

    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text


def test_a_hostile_value_is_bound_and_never_part_of_the_statement(catalog: Catalog) -> None:
    text = "x'); DROP TABLE orders; --"
    query = SemanticQuery(metrics=("revenue",), filters=(Filter(dimension="city", values=(text,)),))

    found = compiled(catalog, query)
    assert text in found.parameters
    assert "DROP" not in found.sql


def test_json_and_back_is_the_same_question(catalog: Catalog) -> None:
    query = SemanticQuery(
        metrics=("revenue",),
        filters=(
            Filter(dimension="line_total", op=">", values=(Decimal("99.50"),)),
            Filter(dimension="ordered_on", op="<", values=(date(2025, 1, 1),)),
        ),
        time=TimeSpec(range=TimeRange(start=date(2024, 1, 1))),
    )

    again = SemanticQuery.model_validate_json(query.model_dump_json(exclude_defaults=True))
    assert to_sql(catalog, again) == to_sql(catalog, query)


def test_a_range_moves_by_months_where_it_is_made_of_months() -> None:
    quarter = TimeRange(start=date(2024, 1, 1), end=date(2024, 4, 1))
    days = TimeRange(start=date(2024, 3, 1), end=date(2024, 3, 11))

    assert shift_range(quarter, "prior_period") == TimeRange(
        start=date(2023, 10, 1), end=date(2024, 1, 1)
    )
    assert shift_range(days, "prior_period") == TimeRange(
        start=date(2024, 2, 20), end=date(2024, 3, 1)
    )
    assert shift_range(days, "prior_year") == TimeRange(
        start=date(2023, 3, 1), end=date(2023, 3, 11)
    )
    assert shift_range(TimeRange(start=date(2024, 1, 1)), "prior_period") is None
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)


def test_a_name_that_sql_keeps_for_itself_is_quoted(catalog: Catalog) -> None:
    spec = catalog.spec.model_dump(by_alias=True)
    spec["models"][2]["dimensions"][2]["name"] = "group"
    spec["models"][2]["dimensions"][2]["expr"] = "family"
    renamed = build_catalog(type(catalog.spec).model_validate(spec))

    query = SemanticQuery(metrics=("product_count",), dimensions=("group",))
    assert 'SELECT "group", MEASURE' in to_sql(renamed, query)
    compiled(renamed, query)


def test_one_number_over_groups_needs_groups_and_a_metric(catalog: Catalog) -> None:
    for query in (
        SemanticQuery(metrics=("revenue",), overall="avg"),
        SemanticQuery(metrics=("revenue",), dimensions=("city",), overall="avg", share=True),
    ):
        with pytest.raises(SemanticError) as refused:
            to_sql(catalog, query)
        assert [issue.code for issue in refused.value.issues] == ["nothing-overall"]
    groups = SemanticQuery(metrics=("revenue",), dimensions=("city",), overall="count")
    assert "COUNT(*)" in to_sql(catalog, groups)
