"""Words that change the number: each of these was once left out of an answer, without a word.

Rows P14 and on of the soundness ledger. Expected numbers are computed from the shop's rows;
invariant: what a sentence says is in the query, or it is asked back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import mean, median

import pytest

from server.planner.builtin.planner import BuiltinPlanner
from server.planner.plan import Answerable, Clarification
from tests.planner.conftest import Asker
from tests.planner.shop_rows import AS_OF, ORDERS, Order, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED_BACK = [
    "sales for this product",
    "sales excluding web orders from Lyon",
    "3 largest orders per channel",
    "Gold share of sales by channel",
    "revenue per order",
    "sales by order",
    "monthly average sales",
    "orders but Shipped",
]


@pytest.mark.parametrize("question", ASKED_BACK)
async def test_what_may_be_read_in_two_ways_is_asked_back(
    shop_planner: BuiltinPlanner, question: str
) -> None:
    assert isinstance(shop_planner.plan(question, AS_OF).outcome, Clarification)


def _count(test: Callable[[Order], bool]) -> int:
    return sum(1 for order in ORDERS if test(order))


COUNTS: list[tuple[str, int]] = [
    ("number of all orders but Shipped", _count(lambda o: o.status != "Shipped")),
    ("number of orders from every channel but Web", _count(lambda o: o.channel != "Web")),
    ("number of orders w/o Web", _count(lambda o: o.channel != "Web")),
    ("number of orders not in 2024", _count(lambda o: o.ordered.year != 2024)),
    (
        "number of orders not delivered in January 2025",
        _count(lambda o: o.delivered is None or f"{o.delivered:%Y-%m}" != "2025-01"),
    ),
    ("number of orders excluding 2023", _count(lambda o: o.ordered.year != 2023)),
    (
        "number of orders under 20 pieces or with a discount above 5",
        _count(lambda o: o.quantity < 20 or o.discount > 5),
    ),
    (
        "number of orders in January and February 2024",
        _count(lambda o: date(2024, 1, 1) <= o.ordered < date(2024, 3, 1)),
    ),
    (
        "number of orders in the last quarter of 2024",
        _count(lambda o: date(2024, 10, 1) <= o.ordered < date(2025, 1, 1)),
    ),
    (
        "how many channels have more than 3 orders",
        sum(n > 3 for c, n in Counter(o.channel for o in ORDERS).items() if c),
    ),
]


@pytest.mark.parametrize("question, expected", COUNTS)
async def test_a_count_keeps_every_condition(shop: Asker, question: str, expected: int) -> None:
    answer = await shop.ask(question)

    assert answer.status in ("answered", "no_data"), answer.answer
    assert (answer.queries[0].rows[0][0] or 0) == expected


async def test_a_mean_over_groups_counts_each_group_once(shop: Asker) -> None:
    counts = [n for channel, n in Counter(o.channel for o in ORDERS).items() if channel]
    for question, expected in (
        ("average number of orders per channel", mean(counts)),
        ("median number of orders per channel", median(counts)),
        ("how many orders per channel on average", mean(counts)),
    ):
        answer = await shop.ask(question)
        assert float(answer.queries[0].rows[0][0]) == pytest.approx(float(expected)), question


async def test_the_top_ones_together_are_added_up(shop: Asker) -> None:
    sales = by(ORDERS, lambda o: o.customer, revenue)
    best = sum(sorted((Decimal(str(v)) for v in sales.values()), reverse=True)[:2])

    total = await shop.ask("combined sales of the top 2 customers")
    share = await shop.ask("what share of sales do the top 2 customers make")

    assert total.queries[0].rows[0][0] == best
    assert float(share.queries[0].rows[0][2]) == pytest.approx(float(best / revenue(ORDERS)))


async def test_two_questions_in_one_sentence_are_two_answers(shop: Asker) -> None:
    answer = await shop.ask("sales by city and number of orders by channel")

    cities, channels = (
        {tuple(row) for row in query.rows if row[1]} for query in answer.queries[:2]
    )
    assert cities == {(k, v) for k, v in by(ORDERS, lambda o: o.city, revenue).items() if v}
    assert channels == set(Counter(o.channel for o in ORDERS).items())


async def test_months_of_two_years_are_compared_month_by_month(shop: Asker) -> None:
    answer = await shop.ask("monthly number of orders 2025 vs 2024")

    series = [query for query in answer.queries if query.columns[0].role == "time"]
    shown = {row[0]: row[1] for query in series for row in query.rows if row[1]}
    counted = Counter(o.ordered.replace(day=1) for o in ORDERS if o.ordered.year in (2024, 2025))
    assert shown == {f"{month}": number for month, number in counted.items()}


async def test_the_largest_of_each_group_leaves_no_group_out(shop: Asker) -> None:
    answer = await shop.ask("largest order per month")

    assert len(answer.queries[0].rows) == len({o.ordered.replace(day=1) for o in ORDERS})


async def test_a_quarter_takes_the_year_of_the_one_it_is_joined_to(
    shop_planner: BuiltinPlanner,
) -> None:
    outcome = shop_planner.plan("orders in June and July 2023", AS_OF).outcome

    assert isinstance(outcome, Answerable)
    query = outcome.queries[0].query
    assert query is not None
    assert query.time is not None
    assert query.time.range is not None
    assert (query.time.range.start, query.time.range.end) == (date(2023, 6, 1), date(2023, 8, 1))
