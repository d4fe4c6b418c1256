"""Cards over nine orders added up by hand: what stands beside a number, and where it went."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from semantic.definitions import Catalog
from semantic.request import SemanticQuery, TimeRange
from server.answer.cards import Figures, agrees, to_key_metrics
from server.answer.wire import Answer
from server.companions import BEFORE, FIGURES, find_companions, prior_range
from server.planner.plan import Coverage, PlannedQuery
from server.related import build_related
from tests.answer.conftest import Asking
from tests.answer.test_answer import ADDITIVE, CITIES, CITY, RATE, SALES, finding
from tests.homes import revenue_catalog, revenue_spec

__all__ = ["revenue_catalog", "revenue_spec"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


def cards(answer: Answer) -> dict[str, tuple[Any, str | None]]:
    assert answer.status == "answered", answer.answer
    return {name: (card.value, card.trend) for name, card in answer.key_metrics.items()}


def all_cells(answer: Answer) -> set[Any]:
    return {cell for query in answer.queries for row in query.rows for cell in row}


async def test_a_quarter_is_shown_with_what_belongs_to_it_and_the_quarter_before(
    asking: Asking,
) -> None:
    # October to December: 200 + 150, and 80 that was cancelled; July to September: 100 + 50.
    answer = await asking("revenue last quarter")
    found = cards(answer)

    assert next(iter(found)) == "revenue"
    assert found["revenue"] == (Decimal("350.00"), "up")
    assert 3 <= len(found) <= 6
    assert [query.title for query in answer.queries] == [
        "Revenue", FIGURES, f"{BEFORE}, 2024-07-01 to 2024-09-30",
    ]  # fmt: skip
    assert answer.queries[0].rows == [[Decimal("350.00")]]
    assert "up 133.3% from €150.00" in answer.answer
    assert len(answer.visualizations) == 1
    for card in answer.key_metrics.values():
        is_rate = card.format == "percentage"
        assert any(
            cell is not None and not isinstance(cell, str) and float(cell) == pytest.approx(
                float(card.value) / (100 if is_rate else 1)
            )
            for cell in all_cells(answer)
        )  # fmt: skip


async def test_a_rate_stands_beside_its_parts_under_the_same_conditions(asking: Asking) -> None:
    # Web, October to December: one of two orders was cancelled; July to September: none of one.
    answer = await asking("cancellation rate of web orders last quarter")
    found = cards(answer)

    assert found["cancellation_rate"] == (50.0, "up")
    assert found["cancelled_orders"] == (1, "up")
    assert found["order_count"] == (2, "up")
    assert "up 50.0 percentage points from 0.0%" in answer.answer


async def test_a_period_that_is_not_over_is_held_against_as_many_days(asking: Asking) -> None:
    # The newest order is of 14 February; up to the same day of November there was one of 200.
    quarter = cards(await asking("revenue this quarter"))
    # February so far is 90 + 10; up to 14 January there was one of 300.
    month = cards(await asking("revenue in February 2025"))

    assert quarter["revenue"] == (Decimal("460.00"), "up")
    assert month["revenue"] == (Decimal("100.00"), "down")


@pytest.mark.parametrize(
    "question",
    [
        "revenue from 2024-07-01 to 2024-09-30",  # the data begins with it
        "revenue from 2024-07-01 to 2025-01-31",  # so many months there are not
        "revenue since 2024-10-01",  # has no length
        "revenue",
        "revenue by month",
    ],
)
async def test_no_trend_where_the_data_does_not_cover_the_period_before(
    asking: Asking, question: str
) -> None:
    answer = await asking(question)

    assert len(answer.key_metrics) >= 3
    assert {trend for _, trend in cards(answer).values()} == {None}
    assert "period before" not in answer.answer


@pytest.mark.parametrize(
    "start, end",
    [
        ("2025-02-17", "2025-02-24"),  # after the last date there is
        ("2026-06-01", "2026-07-01"),  # ahead
        ("2019-01-01", "2020-01-01"),  # before the first one
        ("0001-01-01", "9999-12-31"),
        ("0001-03-01", "0001-04-01"),
        ("9999-12-01", "9999-12-31"),
    ],
)
@pytest.mark.parametrize("covers", [("2024-07-01", "2025-02-14"), ("0001-01-01", "9999-12-31")])
async def test_any_period_is_answered_with_or_without_one_before(
    revenue_catalog: Catalog, start: str, end: str, covers: tuple[str, str]
) -> None:
    time = {"range": {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}}
    query = {"model": "opportunities", "metrics": ("won_amount",), "time": time}
    covered = Coverage(*map(date.fromisoformat, covers))
    for as_of in (date(2025, 2, 15), date.max, date.min):
        found = find_companions(
            PlannedQuery("Won", SemanticQuery.model_validate(query)),
            build_related(revenue_catalog),
            {"opportunities.close_date": covered},
            as_of,
        )
        assert found is not None
        if covers[0] == "2024-07-01":
            assert found.before is None


@pytest.mark.parametrize(
    "question", ["revenue next month", "revenue in 2019", "orders delivered in March 2026"]
)
async def test_a_period_without_data_says_which_dates_there_are(
    asking: Asking, question: str
) -> None:
    answer = await asking(question)

    assert answer.status == "no_data", answer.answer
    if "revenue" in question:
        assert "the order date runs from 2024-07-01 to 2025-02-14" in answer.answer
    assert answer.key_metrics == {}


async def test_groups_are_shown_with_the_value_over_all_of_them(asking: Asking) -> None:
    # Web: 1 of 5 orders cancelled; store: none of 4.
    answer = await asking("cancellation rate by channel")
    found = answer.key_metrics["cancellation_rate"]

    assert found.value == pytest.approx(100 / 9)
    assert found.label == "Cancellation rate, overall"
    assert "Web has the highest cancellation rate: 20.0% (only 5 orders)" in answer.answer
    assert "8.9 percentage points above the overall 11.1%" in answer.answer
    assert "Small samples, fewer than 10 orders: Store (4); Web (5)." in answer.answer


async def test_a_list_says_how_many_rows_it_has_and_what_they_come_to(asking: Asking) -> None:
    answer = await asking("list the orders of 2025")
    found = cards(answer)

    assert found["rows_listed"] == (4, None)
    assert found["line_total_listed"] == (Decimal("460.00"), None)
    assert found["line_total_largest"] == (Decimal("300.00"), None)
    assert "4 rows, €460.00 in total" in answer.answer


async def test_two_periods_are_told_in_one_sentence(asking: Asking) -> None:
    # Of January 300 and 60, of February 90 and 10.
    answer = await asking("revenue in February 2025 compared to January 2025")

    assert answer.answer.startswith("Revenue is **€100.00**, down 72.2% from €360.00 (")
    assert answer.key_metrics["revenue"].trend == "down"
    assert answer.key_metrics["order_count"].trend == "stable"


async def test_an_explained_change_has_figures_of_its_own(asking: Asking) -> None:
    answer = await asking("why did revenue fall in February 2025?")

    # It has figures of its own: before, after and the change.
    assert [answer.key_metrics[name].value for name in ("before", "after", "change")] == [
        Decimal(360), Decimal(100), Decimal(-260),
    ]  # fmt: skip
    assert "Key figures" not in [query.title for query in answer.queries]


async def test_a_condition_on_groups_has_no_figures_beside_it(asking: Asking) -> None:
    answer = await asking("channels with more than 4 orders")

    assert [query.title for query in answer.queries] == [answer.queries[0].title]


async def test_a_metric_that_the_condition_decides_says_nothing_new(asking: Asking) -> None:
    answer = await asking("gross value of shipped orders")

    assert "cancelled_orders" not in answer.key_metrics
    assert "cancellation_rate" not in answer.key_metrics


@pytest.mark.parametrize(
    "start, end, until, wanted",
    [
        ("2024-10-01", "2025-01-01", "2025-01-01", ("2024-07-01", "2024-10-01")),
        ("2025-01-01", "2025-04-01", "2025-02-16", ("2024-10-01", "2024-11-16")),
        ("2025-01-01", "2025-02-16", "2025-02-16", ("2024-01-01", "2024-02-16")),
        ("2025-02-01", "2025-02-16", "2025-02-16", ("2025-01-01", "2025-01-16")),
        ("2025-01-17", "2025-02-16", "2025-02-16", ("2024-12-18", "2025-01-17")),
        ("2025-02-03", "2025-02-10", "2025-02-10", ("2025-01-27", "2025-02-03")),
        ("2025-02-10", "2025-02-17", "2025-02-16", ("2025-02-03", "2025-02-09")),
        ("2024-01-01", "2025-01-01", "2025-01-01", ("2023-01-01", "2024-01-01")),
        ("2025-02-14", "2025-02-15", "2025-02-15", ("2025-02-13", "2025-02-14")),
    ],
)
async def test_the_period_before_is_of_equal_kind(
    start: str, end: str, until: str, wanted: tuple[str, str]
) -> None:
    asked = TimeRange(start=date.fromisoformat(start), end=date.fromisoformat(end))
    found = prior_range(asked, date.fromisoformat(until), date(2025, 2, 15))

    assert (f"{found.start}", f"{found.end}") == wanted


async def test_what_depends_on_today_has_no_trend(revenue_catalog: Catalog) -> None:
    related = build_related(revenue_catalog)
    clocked = {"avg_deal_age", "stalled_deals", "past_due_value", "avg_days_in_stage"}

    assert clocked <= related.on_clock
    assert not {"won_amount", "win_rate", "avg_sales_cycle"} & related.on_clock
    query = {
        "model": "opportunities",
        "metrics": ("avg_deal_age",),
        "time": {"range": {"start": date(2024, 10, 1), "end": date(2025, 1, 1)}},
    }
    found = find_companions(
        PlannedQuery("Age", SemanticQuery.model_validate(query)),
        related,
        {"opportunities.close_date": Coverage(date(2020, 1, 1), date(2025, 2, 1))},
        date(2025, 2, 15),
    )
    assert found is not None
    assert "avg_deal_age" not in found.trended


async def test_what_brings_its_own_period_has_no_figure_beside_it(
    revenue_catalog: Catalog,
) -> None:
    related = build_related(revenue_catalog)
    for name in ("won_amount_ytd", "won_amount_vs_prior_quarter"):
        query = SemanticQuery(model="opportunities", metrics=(name,))
        assert find_companions(PlannedQuery("", query), related, {}, date(2025, 2, 15)) is None


async def test_figures_about_other_rows_are_noticed() -> None:
    cities = finding([CITY, SALES], CITIES, additive=ADDITIVE)
    right = Figures(("sales",), ("sales",), finding([SALES], [(Decimal(1000),)]).table)
    wrong = Figures(("sales",), ("sales",), finding([SALES], [(Decimal(1001),)]).table)
    rates = finding([CITY, RATE], [("a", 0.5), ("b", 0.25)])

    assert agrees(cities, right, by_construction=False)
    assert not agrees(cities, wrong, by_construction=True)
    assert not agrees(rates, right, by_construction=False)


async def test_a_card_needs_both_periods_to_have_a_trend() -> None:
    table = finding([SALES], [(Decimal(5),)]).table
    before = finding([SALES], [(None,)]).table
    figures = Figures(("sales",), ("sales",), table, before, frozenset({"sales"}))

    assert to_key_metrics([finding([SALES], [(Decimal(5),)])], figures)["sales"].trend is None
