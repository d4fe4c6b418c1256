"""Shapes of questions and of conversations, on the shop, with results worked out over its rows.

Each test holds one rule of English or of a conversation; the expected rows are computed by hand
from the CSV, and where a person would have to ask back, the planner must too.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from server.answer.wire import Answer
from tests.planner.conftest import Asker
from tests.planner.shop_rows import CUSTOMERS, ORDERS, VALID, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECEMBER = [o for o in ORDERS if o.ordered.strftime("%Y-%m") == "2024-12"]


def first_cells(answer: Answer, number: int = 0) -> list[object]:
    return [row[0] for row in answer.queries[number].rows]


def column(answer: Answer, name: str) -> list[Any]:
    at = [c.name for c in answer.queries[0].columns].index(name)
    return [row[at] for row in answer.queries[0].rows]


# ------------------------------------------------------------------ after an unanswered turn


async def test_a_reply_completes_the_question_that_was_asked_back(shop: Asker) -> None:
    talk = await shop.talk("Break it down by channel", "revenue")

    assert talk[0].status == "clarification"
    assert dict(talk[1].queries[0].rows) == by(VALID, lambda o: o.channel, revenue)


async def test_nothing_is_added_to_a_question_that_was_refused(shop: Asker) -> None:
    talk = await shop.talk("average satisfaction by city", "and by tier", "excluding Gold")

    assert [answer.status for answer in talk] == ["refused", "clarification", "clarification"]
    assert not talk[2].visualizations


async def test_an_older_answer_is_not_taken_up_over_a_refused_question(shop: Asker) -> None:
    talk = await shop.talk("revenue by city", "average satisfaction by tier", "only in 2024")

    assert [answer.status for answer in talk] == ["answered", "refused", "clarification"]


async def test_what_was_refused_can_be_replaced_by_something_of_the_same_form(
    shop: Asker,
) -> None:
    talk = await shop.talk("revenue by channel", "and by nurse?", "ok, by city")

    assert [answer.status for answer in talk] == ["answered", "refused", "answered"]
    assert dict(talk[2].queries[0].rows) == by(VALID, lambda o: o.city, revenue)


async def test_a_question_of_its_own_stands_after_a_refusal(shop: Asker) -> None:
    talk = await shop.talk("profit by product", "How many orders do we have?")

    assert first_cells(talk[1]) == [len(ORDERS)]


# ------------------------------------------------------------------ follow-ups keep the rest


async def test_instead_replaces_the_metric_and_keeps_filter_and_grain(shop: Asker) -> None:
    talk = await shop.talk("revenue in Lyon", "by month", "orders instead")

    counted = Counter(o.ordered.replace(day=1) for o in ORDERS if o.city == "Lyon")
    assert {str(key): n for key, n in talk[2].queries[0].rows} == {
        str(day): n for day, n in counted.items()
    }


async def test_the_month_before_is_the_one_before_the_last_answer(shop: Asker) -> None:
    talk = await shop.talk(
        "How many orders were placed in December 2024?", "and the month before?",
        "split that by channel",
    )  # fmt: skip

    november = [o for o in ORDERS if o.ordered.strftime("%Y-%m") == "2024-11"]
    assert first_cells(talk[0]) == [len(DECEMBER)]
    assert first_cells(talk[1]) == [len(november)]
    assert dict(talk[2].queries[0].rows) == dict(Counter(o.channel for o in november))


async def test_the_month_before_a_whole_year_is_asked_back(shop: Asker) -> None:
    talk = await shop.talk("How many orders were placed in 2024?", "and the month before?")

    assert talk[1].status == "clarification"


async def test_list_them_lists_the_rows_behind_a_count_and_narrows_on(shop: Asker) -> None:
    talk = await shop.talk(
        "How many orders were cancelled?", "list them", "only those above 200 euros"
    )

    cancelled = [o for o in ORDERS if o.status == "Cancelled"]
    assert sorted(column(talk[1], "order_id")) == sorted(o.number for o in cancelled)
    large = sorted(o.number for o in cancelled if o.total > 200)
    assert sorted(column(talk[2], "order_id")) == large


async def test_list_them_after_groups_is_asked_back(shop: Asker) -> None:
    talk = await shop.talk("orders by channel", "list them")

    assert talk[1].status == "clarification"


async def test_what_to_focus_on_is_judged_by_the_answer_referred_to(shop: Asker) -> None:
    talk = await shop.talk("revenue by city", "based on that, which channels should we focus on?")
    alone = await shop.ask("which channels should we focus on?")

    named = [o for o in VALID if o.channel]
    assert dict(talk[1].queries[0].rows) == by(named, lambda o: o.channel, revenue)
    assert alone.status == "clarification"


# ------------------------------------------------------------------ ranks


async def test_the_longest_is_the_one_that_took_longest_not_the_dearest(shop: Asker) -> None:
    answer = await shop.ask("Which customer had the longest order?")

    longest: dict[str, int] = {}
    for o in ORDERS:
        if o.days is not None:
            longest[o.customer] = max(o.days, longest.get(o.customer, 0))
    assert answer.queries[0].rows[0][1] == max(longest.values())
    assert {name: days for name, days in answer.queries[0].rows if days} == longest


async def test_a_top_n_per_group_is_ranked_within_each_group(shop: Asker) -> None:
    answer = await shop.ask("top 2 customers per city by revenue")

    wanted = set()
    for city in {o.city for o in VALID}:
        rows = [o for o in VALID if o.city == city]
        sums = {n: revenue(o for o in rows if o.customer == n) for n in {o.customer for o in rows}}
        wanted |= {(n, city, s) for n, s in sums.items() if s in sorted(sums.values())[-2:]}
    assert {tuple(row) for row in answer.queries[0].rows} == wanted
    assert "in each city" in answer.interpretation


async def test_the_best_one_in_each_month_is_one_for_each_month(shop: Asker) -> None:
    answer = await shop.ask("best channel per month in 2024 by orders")

    best = set()
    orders = [o for o in ORDERS if o.ordered.year == 2024]
    for day in {o.ordered.replace(day=1) for o in orders}:
        month = [o for o in orders if o.ordered.replace(day=1) == day and o.channel]
        counted = Counter(o.channel for o in month)
        best |= {(str(day), c, n) for c, n in counted.items() if n == max(counted.values())}
    assert {(str(a), b, c) for a, b, c in answer.queries[0].rows} == best


async def test_a_rank_that_may_be_over_everything_or_in_each_group_is_asked_back(
    shop: Asker,
) -> None:
    for question in ("top 3 customers by revenue by city", "top 2 orders by city"):
        answer = await shop.ask(question)
        assert answer.status == "clarification", question


# ------------------------------------------------------------------ absence and members


async def test_members_without_something_in_a_period_include_those_without_any_row(
    shop: Asker,
) -> None:
    answer = await shop.ask("Which customers had no orders in December 2024?")

    active = {o.customer for o in DECEMBER}
    wanted = {row["Name"] for row in CUSTOMERS.values()} - active
    assert set(column(answer, "customer_name")) == wanted


async def test_a_negated_segment_of_members_is_an_absence_not_a_row_filter(shop: Asker) -> None:
    answer = await shop.ask("how many customers have no cancelled orders?")

    ill = {o.customer for o in ORDERS if o.status == "Cancelled"}
    assert first_cells(answer) == [len({r["Name"] for r in CUSTOMERS.values()} - ill)]


async def test_an_absence_may_lie_behind_the_rows_that_join_both(shop: Asker) -> None:
    answer = await shop.ask("how many products have no orders from Lyon?")

    sold = {o.product for o in ORDERS if o.city == "Lyon"}
    assert answer.status == "clarification" or first_cells(answer) == [6 - len(sold)]


# ------------------------------------------------------------------ time


async def test_next_and_first_order_rows_by_the_date_of_the_model(shop: Asker) -> None:
    coming = await shop.ask("next order from Lyon")
    first = await shop.ask("first order from Lyon")

    lyon = sorted(o.ordered for o in ORDERS if o.city == "Lyon")
    ahead = [day for day in lyon if day >= date(2025, 2, 15)]
    assert [str(day) for day in column(coming, "ordered_on")] == [str(day) for day in ahead[:1]]
    assert [str(day) for day in column(first, "ordered_on")] == [str(lyon[0])]


async def test_a_month_without_a_year_is_one_that_the_data_can_hold(shop: Asker) -> None:
    since = await shop.ask("how many orders since December")
    august = await shop.ask("how many orders in August")

    assert first_cells(since) == [len([o for o in ORDERS if o.ordered >= date(2024, 12, 1)])]
    assert first_cells(august) == [
        len([o for o in ORDERS if o.ordered.strftime("%Y-%m") == "2024-08"])
    ]


async def test_a_span_of_months_may_run_over_new_year(shop: Asker) -> None:
    answer = await shop.ask("how many orders from November to January")

    wanted = [o for o in ORDERS if date(2024, 11, 1) <= o.ordered < date(2025, 2, 1)]
    assert first_cells(answer) == [len(wanted)]


async def test_two_months_joined_by_or_are_compared_and_by_and_added_up(shop: Asker) -> None:
    either = await shop.ask("Were there more orders in January or in February?")
    both = await shop.ask("How many orders in January and February?")
    apart = await shop.ask("How many orders in January and April 2024?")

    assert either.queries[0].rows[0][:2] in ([1, 1], (1, 1))
    assert [list(row) for row in both.queries[0].rows] == [[2]]
    assert [row[1] for row in both.queries[1].rows] == [1, 1]
    assert apart.status == "clarification"


# ------------------------------------------------------------------ causes


async def test_a_cause_is_the_parts_of_the_change_between_two_periods(shop: Asker) -> None:
    answer = await shop.ask("why did revenue drop in January 2025?")

    before = revenue(DECEMBER)
    after = revenue(o for o in ORDERS if o.ordered.strftime("%Y-%m") == "2025-01")
    assert answer.functions_executed == ["explain_change"]
    assert tuple(answer.queries[0].rows[0])[:3] == (before, after, after - before)


async def test_a_false_premise_is_contradicted(shop: Asker) -> None:
    answer = await shop.ask("why did revenue rise in January 2025?")

    assert "did not rise" in answer.answer


async def test_a_cause_without_a_period_is_asked_back(shop: Asker) -> None:
    for question in ("why did revenue drop?", "why is the revenue?"):
        answer = await shop.ask(question)
        assert answer.status == "clarification", question
        assert not answer.functions_executed


async def test_why_after_a_comparison_explains_that_comparison(shop: Asker) -> None:
    talk = await shop.talk("revenue in January 2025 compared to December 2024", "why?")

    assert talk[1].functions_executed == ["explain_change"]
    assert talk[1].queries[0].rows[0][0] == revenue(DECEMBER)
