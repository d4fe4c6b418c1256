"""Ways to say the same thing: splits, comparisons, signs, units, lists of figures, rankings.

Each expected result is worked out over the CSV rows of the shop by plain Python; where English
leaves open what is meant, the question must be asked back.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.planner.conftest import Asker
from tests.planner.shop_rows import ORDERS, VALID, Order, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARRIVED = [o for o in ORDERS if o.days is not None]
LYON = [o for o in ORDERS if o.city == "Lyon"]


def plain(rows: Iterable[Iterable[Any]]) -> list[tuple[Any, ...]]:
    """Rows in which numbers compare as numbers, whatever their type."""
    return [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, (Decimal, int, float)):
        return round(float(value), 4)
    return value.isoformat() if isinstance(value, date) else value


async def rows_of(shop: Asker, question: str) -> list[tuple[Any, ...]]:
    answer = await shop.ask(question)
    assert answer.status == "answered", (question, answer.answer)
    return plain(answer.queries[0].rows)


def mean_days(orders: list[Order]) -> float | None:
    days = [o.days for o in orders if o.days is not None]
    return statistics.fmean(days) if days else None


BY_CITY_AND_CHANNEL = {
    frozenset((o.city, o.channel)): _plain(
        revenue(x for x in ORDERS if (x.city, x.channel) == (o.city, o.channel))
    )
    for o in VALID
}


@pytest.mark.parametrize(
    "question",
    [
        "Split revenue by city and by channel",
        "revenue broken down by city within each channel",
        "revenue for every combination of city and channel",
        "city x channel: revenue",
        "distribution of revenue over city and channel",
    ],
)
async def test_two_dimensions_may_be_split_by_in_many_words(shop: Asker, question: str) -> None:
    rows = await rows_of(shop, question)
    found = {frozenset(row[:2]): row[2] for row in rows}
    assert found == BY_CITY_AND_CHANNEL


@pytest.mark.parametrize(
    "question",
    [
        "revenue / city",
        "show me how the revenue looks city wise",
        "revenue city by city",
        "How is revenue split across our cities?",
        "Kindly provide the breakup of revenue as per city",
        "I am wondering whether you are able to show revenue by city, if possible",
    ],
)
async def test_one_dimension_may_be_split_by_in_many_words(shop: Asker, question: str) -> None:
    expected = plain(by(VALID, lambda o: o.city, revenue).items())
    assert sorted(await rows_of(shop, question)) == sorted(expected)


async def test_a_dimension_joined_to_a_grain_is_grouped_by(shop: Asker) -> None:
    rows = await rows_of(shop, "number of orders per month and channel")
    months = by(ORDERS, lambda o: (o.ordered.replace(day=1), o.channel), len)
    found = {frozenset(str(value) for value in row[:2]): row[2] for row in rows if row[2]}
    assert found == {
        frozenset((str(o.ordered.replace(day=1)), str(o.channel))): months[
            o.ordered.replace(day=1), o.channel
        ]
        for o in ORDERS
    }


SHARES = {
    city: float(revenue(o for o in ORDERS if o.city == city) / revenue(ORDERS))
    for city in {o.city for o in VALID}
}


@pytest.mark.parametrize(
    "question", ["revenue by city in percent", "revenue by city as percentages"]
)
async def test_an_amount_in_percent_is_its_share(shop: Asker, question: str) -> None:
    rows = await rows_of(shop, question)
    shares = {row[0]: row[-1] for row in rows}
    assert shares == pytest.approx(SHARES, abs=1e-4)


async def test_a_share_of_rows_that_a_verb_names_is_the_rate_that_says_so(shop: Asker) -> None:
    rows = await rows_of(shop, "Which share of orders was cancelled, city by city?")
    rates = by(
        ORDERS, lambda o: o.city, lambda os: sum(o.status == "Cancelled" for o in os) / len(os)
    )
    assert dict(rows) == pytest.approx(rates, abs=1e-4)


@pytest.mark.parametrize(
    "question, kept",
    [
        ("how many orders not larger than 500 euros", lambda o: o.total <= 500),
        ("how many orders no smaller than 500 euros", lambda o: o.total >= 500),
        (
            "how many orders \N{GREATER-THAN OR EQUAL TO} €1,440.34",
            lambda o: o.total >= Decimal("1440.34"),
        ),
        ("how many orders \N{LESS-THAN OR EQUAL TO} €34.21", lambda o: o.total <= Decimal("34.21")),
        ("how many orders over 2 k euros", lambda o: o.total > 2000),
        ("how many orders over half a thousand euros", lambda o: o.total > 500),
        ("how many orders under a quarter of a thousand euros", lambda o: o.total < 250),
    ],
)
async def test_comparisons_are_read_with_signs_negations_and_parts(
    shop: Asker, question: str, kept: Any
) -> None:
    assert await rows_of(shop, question) == [(sum(map(kept, ORDERS)),)]


def ordered(first: str, last: str) -> Decimal:
    low, high = date.fromisoformat(first), date.fromisoformat(last)
    return revenue(o for o in ORDERS if low <= o.ordered <= high)


@pytest.mark.parametrize(
    "question, first, last",
    [
        ("revenue 2 months ago", "2024-12-01", "2024-12-31"),
        ("revenue by the end of March 2024", "2000-01-01", "2024-03-31"),
        ("revenue on or before May 21, 2024", "2000-01-01", "2024-05-21"),
        ("revenue on or after 2024-12-22", "2024-12-22", "2099-01-01"),
    ],
)
async def test_days_that_bound_a_period_belong_to_it_where_english_says_so(
    shop: Asker, question: str, first: str, last: str
) -> None:
    assert await rows_of(shop, question) == plain([(ordered(first, last),)])


TOTALS = [float(o.total) for o in LYON]


@pytest.mark.parametrize(
    "question, expected",
    [
        (
            "minimum, median and maximum order value in Lyon",
            (min(TOTALS), statistics.median(TOTALS), max(TOTALS)),
        ),
        (
            "the median and the average order value in Lyon",
            (statistics.median(TOTALS), statistics.fmean(TOTALS)),
        ),
        ("smallest and largest order in Lyon", (min(TOTALS), max(TOTALS))),
    ],
)
async def test_joined_aggregates_are_about_the_same_number(
    shop: Asker, question: str, expected: tuple[float, ...]
) -> None:
    assert sorted((await rows_of(shop, question))[0]) == pytest.approx(sorted(expected), abs=1e-3)


async def test_the_end_of_a_number_of_rows_is_one_value(shop: Asker) -> None:
    rows = await rows_of(shop, "What's the longest delivery time of a web order, in days?")
    longest = max(o.days for o in ARRIVED if o.channel == "Web" and o.days is not None)
    assert rows == [(longest,)]


async def test_rows_listed_beside_a_rate_are_counted_not_filtered_by(shop: Asker) -> None:
    answer = await shop.ask("shipped orders, cancelled orders and cancellation rate by city")
    found = [
        value
        for query in answer.queries
        for row in plain(query.rows)
        if row[0] == "Lyon"
        for value in row[1:]
    ]
    lyon = [o.status for o in LYON]
    wanted = [lyon.count("Shipped"), lyon.count("Cancelled"), lyon.count("Cancelled") / len(lyon)]
    assert sorted(found) == pytest.approx(sorted(wanted), abs=1e-4)


async def test_a_number_that_is_only_averaged_stands_for_its_mean(shop: Asker) -> None:
    found = dict(await rows_of(shop, "delivery time by city"))
    assert found == pytest.approx(by(ARRIVED, lambda o: o.city, mean_days), abs=1e-4)


@pytest.mark.parametrize(
    "question",
    [
        "Is revenue higher for Lyon or for Nantes?",
        "Lyon or Nantes - which one has more revenue?",
        "difference in revenue between Lyon and Nantes",
    ],
)
async def test_a_comparative_question_sets_the_members_side_by_side(
    shop: Asker, question: str
) -> None:
    expected = {
        city: _plain(revenue(o for o in ORDERS if o.city == city)) for city in ("Lyon", "Nantes")
    }
    assert dict(await rows_of(shop, question)) == expected


async def test_rows_called_by_what_they_are_can_be_ranked(shop: Asker) -> None:
    answer = await shop.ask("our top 3 web orders in Lyon")
    totals = [row[[c.name for c in answer.queries[0].columns].index("line_total")]
              for row in answer.queries[0].rows]  # fmt: skip
    best = sorted((o.total for o in LYON if o.channel == "Web"), reverse=True)[:3]
    assert plain([totals]) == plain([best])


@pytest.mark.parametrize(
    "question",
    [
        "which cities have more revenue than Lyon",
        "orders with a higher discount",
        "List the six oldest orders",
        "revenue in dollars",
        "revenue in hours",
        "x revenue",
    ],
)
async def test_what_stays_open_is_not_answered(shop: Asker, question: str) -> None:
    assert (await shop.ask(question)).status != "answered"
