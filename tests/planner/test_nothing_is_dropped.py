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
from server.planner.plan import Answerable, Clarification, Refusal
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
    "orders with and without a discount",
    "orders that are both Shipped and Cancelled",
    "top 3 and bottom 3 customers by revenue",
    "sum of cancellation rate",
    "revenue / gross value",
    "how many orders will be cancelled",
    "orders over 500 and under 200 euros",
    "orders between March and January",
    "is the revenue higher than 1 million?",
    "by cancellation rate",
    "where do our cancelled orders come from?",
]

REFUSED = ["top -3 customers", "orders in the next -5 days", "orders over 100 yen"]


@pytest.mark.parametrize("question", REFUSED)
async def test_a_sign_or_a_foreign_currency_is_refused(
    shop_planner: BuiltinPlanner, question: str
) -> None:
    assert isinstance(shop_planner.plan(question, AS_OF).outcome, Refusal)


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
    ("number of orders without channel Web", _count(lambda o: o.channel != "Web")),
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

    shown = {row[0]: row[1] for row in answer.queries[0].rows if row[1]}
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


async def test_a_state_goes_by_the_date_it_names(shop: Asker) -> None:
    answer = await shop.ask("how many orders arrived in January 2025")

    expected = _count(lambda o: o.delivered is not None and f"{o.delivered:%Y-%m}" == "2025-01")
    assert answer.queries[0].rows[0][0] == expected


async def test_a_ranking_ranks_members_and_not_what_has_none(shop: Asker) -> None:
    answer = await shop.ask("bottom 2 channels by number of orders")

    named = Counter(o.channel for o in ORDERS if o.channel)
    assert [row[1] for row in answer.queries[0].rows] == sorted(named.values())[:2]


async def test_the_second_largest_is_the_second_alone(shop: Asker) -> None:
    sales = sorted(revenue(o for o in ORDERS if o.city == c) for c in {o.city for o in ORDERS})
    sales.reverse()
    city = await shop.ask("which city has the second highest revenue")
    order = await shop.ask("third largest order")

    assert [row[1] for row in city.queries[0].rows] == sales[1:2]
    totals = [column.name for column in order.queries[0].columns].index("line_total")
    assert [row[totals] for row in order.queries[0].rows] == [
        sorted({o.total for o in ORDERS}, reverse=True)[2]
    ]


async def test_two_states_of_the_same_rows_are_two_numbers(shop: Asker) -> None:
    answer = await shop.ask("shipped and cancelled orders by channel")
    numbers: dict[object, dict[str, int]] = {}
    for query in answer.queries:
        names = [column.name for column in query.columns]
        if names[0] == "channel":
            for row in query.rows:
                numbers.setdefault(row[0], {}).update(zip(names[1:], row[1:], strict=True))

    for channel, found in numbers.items():
        mine = [o for o in ORDERS if o.channel == channel]
        assert found.get("cancelled_orders", 0) == sum(o.status == "Cancelled" for o in mine)


async def test_the_part_of_a_share_stands_before_the_rows_it_is_of(shop: Asker) -> None:
    answer = await shop.ask("share of web in shipped orders")

    shipped = [o for o in ORDERS if o.status == "Shipped"]
    web = sum(o.channel == "Web" for o in shipped)
    assert float(answer.queries[0].rows[0][2]) == pytest.approx(web / len(shipped))


async def test_metrics_joined_in_other_words_are_all_shown(shop: Asker) -> None:
    for joint in ("and", "&", "as well as", "together with"):
        answer = await shop.ask(f"number of orders {joint} cancelled orders by channel")
        names = [column.name for column in answer.queries[0].columns]
        assert {"order_count", "cancelled_orders"} <= set(names), joint


async def test_a_fragment_is_never_a_stored_question_of_its_own(shop: Asker) -> None:
    talk = await shop.talk("revenue by city", "its best selling products?")

    assert talk[1].interpretation != "What are our best selling products?"
    assert talk[1].status == "clarification" or "city" in talk[1].interpretation.lower()


async def test_short_forms_stand_for_one_word_of_the_model(shop: Asker) -> None:
    short, long = await shop.ask("rev by chan"), await shop.ask("revenue by channel")

    assert short.queries[0].rows == long.queries[0].rows
    assert "read 'rev' as 'revenue'" in short.interpretation
