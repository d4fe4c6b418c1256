"""What is said of members by all their rows, what is taken back, and what only looks known.

Asked of the shop through the whole path of a question; every expected value is worked out here
from the CSV rows. Invariant: nothing is compared with what the planner itself produced.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from tests.planner.conftest import Asker
from tests.planner.shop_rows import CUSTOMERS, ORDERS, VALID, VISITS, Order, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")


def buyers(wanted: Callable[[Order], bool]) -> set[str]:
    """Customers with an order like that."""
    return {order.customer for order in ORDERS if wanted(order)}


EVERYBODY = {row["Name"] for row in CUSTOMERS.values()}
DISCOUNTED = buyers(lambda o: o.discount > 0)
CANCELLED = buyers(lambda o: o.status == "Cancelled")
WEB, STORE = buyers(lambda o: o.channel == "Web"), buyers(lambda o: o.channel == "Store")
NOT_WEB = buyers(lambda o: o.channel != "Web")
NOT_SHIPPED = buyers(lambda o: o.status != "Shipped")


def rows_of(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status == "answered", answer.answer
    return [tuple(row) for row in answer.queries[0].rows]


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("How many customers have both cancelled and discounted orders?", CANCELLED & DISCOUNTED),
        ("How many customers have both web and store orders?", WEB & STORE),
        ("how many customers have never cancelled an order", EVERYBODY - CANCELLED),
        ("customers who never cancelled an order: how many?", EVERYBODY - CANCELLED),
        ("How many customers have only web orders?", WEB - NOT_WEB),
        (
            "customers with only shipped orders: how many",
            buyers(lambda o: o.status == "Shipped") - NOT_SHIPPED,
        ),
    ],
)
async def test_what_is_said_of_members_counts_members_by_all_their_rows(
    shop: Asker, question: str, wanted: set[str]
) -> None:
    assert rows_of(await shop.ask(question)) == [(len(wanted),)]


async def test_members_of_whom_something_is_said_are_listed(shop: Asker) -> None:
    answer = await shop.ask("Which customers have both web and store orders?")

    assert {row[0] for row in rows_of(answer)} == WEB & STORE
    assert "Web" in answer.interpretation
    assert "Store" in answer.interpretation


async def test_what_is_said_of_members_within_a_period_is_asked_back(shop: Asker) -> None:
    answer = await shop.ask("How many customers have both web and store orders in 2024?")

    assert answer.status == "clarification"


async def test_both_of_one_row_means_the_one_and_the_other(shop: Asker) -> None:
    answer = await shop.ask("number of orders that are both cancelled and discounted")

    wanted = sum(o.status == "Cancelled" and o.discount > 0 for o in ORDERS)
    assert rows_of(answer) == [(wanted,)]


@pytest.mark.parametrize("said", ["everything but", "everything except", "all but", "all except"])
async def test_everything_but_leaves_out(shop: Asker, said: str) -> None:
    answer = await shop.ask(f"revenue from {said} Paper")

    assert rows_of(answer) == [(revenue(o for o in ORDERS if o.family != "Paper"),)]


async def test_the_value_of_the_rows_is_one_sum(shop: Asker) -> None:
    answer = await shop.ask("show the value of the cancelled orders")

    assert rows_of(answer) == [(sum(o.total for o in ORDERS if o.status == "Cancelled"),)]


async def test_the_largest_of_a_segment_in_each_group_is_a_maximum(shop: Asker) -> None:
    answer = await shop.ask("largest shipped order value in each channel")

    shipped = [o for o in ORDERS if o.status == "Shipped"]
    assert dict(rows_of(answer)) == by(shipped, lambda o: o.channel, lambda g: max(
        o.total for o in g
    ))  # fmt: skip


async def test_the_share_of_what_stands_before_the_noun(shop: Asker) -> None:
    answer = await shop.ask("% of discounted orders in Lyon")

    whole = [o for o in ORDERS if o.discount > 0]
    part = [o for o in whole if o.city == "Lyon"]
    assert rows_of(answer)[0] == (len(part), len(whole), pytest.approx(len(part) / len(whole)))


async def test_revenue_per_row_it_is_made_of_is_a_mean_and_per_other_rows_is_asked_back(
    shop: Asker,
) -> None:
    mean = await shop.ask("revenue per not cancelled order")
    other = await shop.ask("revenue per discounted order")

    if mean.status == "answered":
        wanted = statistics.mean(float(o.total) for o in VALID)
        assert rows_of(mean)[0][0] == pytest.approx(wanted)
    assert other.status == "clarification"


async def test_a_compound_of_known_words_that_is_no_name_is_refused_as_a_whole(
    shop: Asker,
) -> None:
    answer = await shop.ask("orders by revenue family")

    assert answer.status == "refused"
    assert "revenue family" in answer.answer


async def test_a_move_from_one_member_to_another_is_not_in_the_data(shop: Asker) -> None:
    answer = await shop.ask("orders that moved from Open to Shipped last month")

    assert answer.status == "refused"


async def test_how_many_without_a_noun_is_asked_back(shop: Asker) -> None:
    assert (await shop.ask("How many?")).status == "clarification"


async def test_a_phrase_does_not_reach_across_a_comma(shop: Asker) -> None:
    answer = await shop.ask("What are our revenue, our units and our cancellation rate?")

    names = [column.name for column in answer.queries[0].columns]
    assert names == ["revenue", "units", "cancellation_rate"]


async def test_which_comes_next_is_the_earliest_from_today_on(shop: Asker) -> None:
    day = min(o.ordered for o in ORDERS)
    answer = await shop.ask("which order was placed next?", as_of=day)

    columns = [column.name for column in answer.queries[0].columns]
    assert [row[columns.index("ordered_on")] for row in rows_of(answer)] == [day.isoformat()]


async def test_a_stored_question_with_a_limit_does_not_cut_one_that_asks_for_all(
    shop: Asker,
) -> None:
    answer = await shop.ask("units by product")

    assert len({o.product for o in VALID}) > 5
    assert len(rows_of(answer)) == len({o.product for o in VALID})


# ------------------------------------------------------------------ conversations


async def test_worth_how_much_is_about_the_rows_just_counted(shop: Asker) -> None:
    talk = await shop.talk("How many cancelled orders from Lyon?", "worth how much?")

    lyon = [o for o in ORDERS if o.city == "Lyon" and o.status == "Cancelled"]
    assert rows_of(talk[0]) == [(len(lyon),)]
    assert rows_of(talk[1]) == [(sum(o.total for o in lyon),)]


async def test_a_question_without_a_noun_keeps_the_period(shop: Asker) -> None:
    talk = await shop.talk("How many orders were shipped in 2024?", "How many were cancelled?")

    year = [o for o in ORDERS if o.ordered.year == 2024]
    assert rows_of(talk[1]) == [(sum(o.status == "Cancelled" for o in year),)]


async def test_a_metric_that_is_added_stands_beside_the_others(shop: Asker) -> None:
    talk = await shop.talk("number of orders by channel", "add the number of cancelled orders")

    wanted = by(ORDERS, lambda o: o.channel, lambda g: (
        len(g), sum(o.status == "Cancelled" for o in g)
    ))  # fmt: skip
    assert {row[0]: row[1:] for row in rows_of(talk[1])} == wanted


async def test_that_product_is_the_leader_of_the_last_answer(shop: Asker) -> None:
    talk = await shop.talk(
        "best channel by revenue", "what is the cancellation rate of that channel?"
    )

    best = max(by(VALID, lambda o: o.channel, revenue).items(), key=lambda pair: pair[1])[0]  # type: ignore[arg-type, return-value]
    mine = [o for o in ORDERS if o.channel == best]
    rate = sum(o.status == "Cancelled" for o in mine) / len(mine)
    assert rows_of(talk[1])[0][-1] == pytest.approx(rate)


async def test_not_this_but_comma_that_replaces(shop: Asker) -> None:
    talk = await shop.talk("How many shipped orders from Lyon?", "not shipped, cancelled")

    wanted = sum(o.status == "Cancelled" and o.city == "Lyon" for o in ORDERS)
    assert rows_of(talk[1]) == [(wanted,)]


async def test_not_only_takes_the_condition_away(shop: Asker) -> None:
    talk = await shop.talk("revenue by city, only web", "not only web, all of them")

    assert dict(rows_of(talk[1])) == by(VALID, lambda o: o.city, revenue)


async def test_the_shop_can_tell_right_from_wrong() -> None:
    assert 0 < len(WEB & STORE) < len(WEB | STORE)
    assert EVERYBODY - CANCELLED
    assert VISITS
