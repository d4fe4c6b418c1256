"""Conversations about the shop: follow-ups, corrections, topics, replies to a question back.

Expected results are computed over the CSV rows by hand-written code.
"""

from __future__ import annotations

import pytest

from tests.planner.conftest import Asker
from tests.planner.shop_rows import ORDERS, VALID, by, revenue
from tests.planner.shop_sums import month, ranked, rows_of, units, where, within

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_follow_ups_change_only_what_they_name(shop: Asker) -> None:
    talk = await shop.talk(
        "revenue by channel", "only 2024", "and by city?", "exclude Lyon", "top 2", "as a table"
    )

    year = within("2024-01-01", "2024-12-31", VALID)
    cities = by([o for o in year if o.city != "Lyon"], lambda o: o.city, revenue)
    assert dict(rows_of(talk[1])) == by(year, lambda o: o.channel, revenue)
    assert dict(rows_of(talk[2])) == by(year, lambda o: o.city, revenue)
    assert dict(rows_of(talk[3])) == cities
    assert [row[1] for row in rows_of(talk[4])] == ranked(cities, 2)
    assert rows_of(talk[5]) == rows_of(talk[4])
    assert talk[5].visualizations[0].chart_type == "table"
    assert [answer.has_context for answer in talk] == [False, True, True, True, True, True]


async def test_a_follow_up_may_ask_for_another_metric_or_period(shop: Asker) -> None:
    talk = await shop.talk(
        "revenue by channel in January 2025", "what about units?", "and last month?"
    )

    january = within("2025-01-01", "2025-01-31", VALID)
    assert {k: v for k, v in rows_of(talk[1]) if v} == by(january, lambda o: o.channel, units)
    assert rows_of(talk[2]) == rows_of(talk[1])


async def test_a_correction_replaces_and_a_contradiction_does_not_stay(shop: Asker) -> None:
    talk = await shop.talk("orders by status", "just web", "no, Store")
    other = await shop.talk("How many orders are open?", "and cancelled?")

    store = where(lambda o: o.channel == "Store")
    assert dict(rows_of(talk[2])) == by(store, lambda o: o.status, len)
    assert rows_of(other[1])[0][0] == len(where(lambda o: o.status == "Cancelled"))


async def test_that_one_points_at_the_leader_of_the_last_answer(shop: Asker) -> None:
    talk = await shop.talk("revenue by product", "show me the trend for the top product")

    best = max(by(VALID, lambda o: o.product, revenue).items(), key=lambda pair: pair[1])[0]  # type: ignore[arg-type, return-value]
    monthly = by([o for o in VALID if o.product == best], month, revenue)
    assert {r[0]: r[1] for r in rows_of(talk[1]) if r[1]} == {str(k): v for k, v in monthly.items()}


async def test_a_whole_new_question_leaves_the_old_one_behind(shop: Asker) -> None:
    talk = await shop.talk("revenue in Lyon", "How many orders were placed in December 2024?")

    assert rows_of(talk[1])[0][0] == len(within("2024-12-01", "2024-12-31"))
    assert not talk[1].has_context


async def test_the_reply_to_a_question_back_is_understood(shop: Asker) -> None:
    asked, answered = await shop.talk("revenue in Q2 2024", "revenue in fiscal Q2 2024")

    assert asked.status == "clarification"
    previews = [option.preview for option in asked.options]
    calendar, fiscal = (
        revenue(within("2024-04-01", "2024-06-30")),
        revenue(within("2023-07-01", "2023-09-30")),
    )
    assert previews[0] == f"€{calendar:,.2f}"
    assert fiscal == 0
    assert previews[1] == "-"
    assert answered.status == "no_data"
    assert "2024-01" in answered.answer or "2024" in answered.answer


async def test_an_option_can_be_chosen_by_its_label(shop: Asker) -> None:
    asked = await shop.ask("show me the numbers")
    chosen = await shop.ask(asked.options[0].label, asked.conversation_id)

    assert asked.status == "clarification"
    assert rows_of(chosen) == [(revenue(ORDERS),)]
