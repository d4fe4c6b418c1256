"""Which number a condition, a statistic or a verb is about: the one named, or none at all.

Rows P120 and on of the soundness ledger. Every expected value is added up by hand from the rows
of `kiosk.py` and `helpdesk.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, opened
from tests.planner.conftest import check as check_in_order
from tests.planner.kiosk import FILES, MODEL
from tests.planner.shop_sums import found

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kiosk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The kiosk behind the real engine."""
    async with opened(tmp_path_factory.mktemp("kiosk"), MODEL, FILES) as asker:
        yield asker


check = partial(check_in_order, in_order=False)


async def check_asked(asker: Asker, question: str) -> None:
    """Nothing may be answered."""
    answer = await asker.ask(question)
    assert answer.status in ("clarification", "refused"), (question, answer.answer)


# ------------------------------------------------------------------ the number of a state


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("sales with a rebate of more than 20 dollars", ["S-003", "S-005"]),
        ("sales with a rebate of more than $20 in 2024", ["S-003", "S-005"]),
        ("sales with a rebate between 5 and 60 dollars", ["S-002", "S-003", "S-007"]),
        ("sales with a rebate over 100", ["S-005"]),
        ("how many sales with a rebate above $4", [4.0]),  # S-002, S-003, S-005, S-007
        ("sales with a rebate", ["S-002", "S-003", "S-004", "S-005", "S-007"]),
        ("sales of more than 200 dollars", ["S-003", "S-005"]),  # the amount of the sale itself
        ("returned sales over $100", ["S-005"]),
    ],
)
async def test_a_condition_behind_a_state_is_on_the_number_it_names(
    kiosk: Asker, question: str, wanted: list[object]
) -> None:
    await check(kiosk, question, wanted)


@pytest.mark.parametrize(
    "question",
    ["sales marked down by more than $20", "sales marked down over $20",
     "sales with a rebate in 2024 of more than 20 dollars"],
)  # fmt: skip
async def test_a_condition_on_another_number_than_the_state_is_asked_back(
    kiosk: Asker, question: str
) -> None:
    await check_asked(kiosk, question)


# ------------------------------------------------------------------ ratios


@pytest.mark.parametrize(
    "question",
    ["sales per return", "returns per review", "number of sales per return", "income per return",
     "sales per returned sale", "sales / returns", "income for each return",
     "sales per marked down"],
)  # fmt: skip
async def test_a_ratio_of_counts_that_no_metric_is_is_asked_back(
    kiosk: Asker, question: str
) -> None:
    await check_asked(kiosk, question)


@pytest.mark.parametrize("question", ["tickets per escalation", "resolved tickets per escalation"])
async def test_tickets_per_something_counted_are_asked_back(helpdesk: Asker, question: str) -> None:
    await check_asked(helpdesk, question)


@pytest.mark.parametrize(
    "question",
    ["rank plans by number of tickets per account", "tickets per account by plan",
     "rank makers by sales per article"],
)  # fmt: skip
async def test_a_mean_per_row_beside_other_groups_is_asked_back(
    helpdesk: Asker, kiosk: Asker, question: str
) -> None:
    await check_asked(kiosk if "maker" in question else helpdesk, question)


async def test_each_row_of_a_thing_alone_is_still_a_group(kiosk: Asker) -> None:
    wanted = [("Lamp", 2.0), ("Chair", 1.0), ("Desk", 2.0), ("Vase", 2.0), ("Stool", 1.0)]
    await check(kiosk, "sales per article", [*wanted])
    await check(kiosk, "sales per maker and kind", [("Acme", "Decor"), ("Acme", "Furniture"),
        ("Birch", "Decor"), ("Birch", "Furniture"), ("Cedar", "Furniture")])  # fmt: skip


# ------------------------------------------------------------------ statistics of some rows


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("average cost of returns", [125.0]),  # 50, 300, 25
        ("median cost of returns", [50.0]),
        ("median amount of returns", [80.0]),  # 80, 500, 45
        ("maximum rating of returns", [5.0]),
        ("average rebate of returns in 2024", [175 / 3]),  # 20, 150, 5
        ("median cost of sales", [32.5]),  # 5 10 20 25 40 50 150 300
        ("median cost of returned sales", [50.0]),
    ],
)
async def test_a_statistic_of_what_is_counted_goes_over_those_rows(
    kiosk: Asker, question: str, wanted: list[float]
) -> None:
    rows = found(await kiosk.ask(question))
    assert rows == [(pytest.approx(wanted[0], abs=0.01),)], question


async def test_the_median_of_escalations_is_of_the_escalated(helpdesk: Asker) -> None:
    await check(helpdesk, "median replies of escalations", [9.0])  # 9, 9, 10, 8
    await check(helpdesk, "average first response of escalations", [4.25])  # 6, 1, 3, 7


async def test_a_statistic_of_rows_that_cannot_be_told_is_asked_back(kiosk: Asker) -> None:
    for question in ("median cost of reviews", "average rebate of reviews",
                     "median cost among returns"):  # fmt: skip
        await check_asked(kiosk, question)


async def test_a_statistic_joined_to_a_count_stays_of_all(kiosk: Asker) -> None:
    await check(kiosk, "median cost and returns", [(32.5, 3.0)])


# ------------------------------------------------------------------ how it was done


@pytest.mark.parametrize(
    "question",
    ["sales sent on time in 2024", "sales on time", "how many sales were sent on time",
     "sales sent in full", "sales sent ahead of time", "returned sales in time",
     "articles on time by maker"],
)  # fmt: skip
async def test_how_something_was_done_is_never_dropped(kiosk: Asker, question: str) -> None:
    await check_asked(kiosk, question)


# ------------------------------------------------------------------ what things cost


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("how many articles cost more than $40", [3.0]),  # Chair, Desk, Stool
        ("articles that cost over 40 dollars", ["Chair", "Desk", "Stool"]),
        ("articles that cost less than $20", ["Vase"]),
        ("cost by kind", [("Decor", 75.0), ("Furniture", 525.0)]),
        ("costs in 2025", [5.0]),
        ("articles with costs over 100", [("Desk", 450.0)]),  # a sum of what they are sold for
        ("cost by maker", [("Acme", 110.0), ("Birch", 465.0), ("Cedar", 25.0)]),
    ],
)
async def test_what_things_cost_is_their_price(
    kiosk: Asker, question: str, wanted: list[object]
) -> None:
    await check(kiosk, question, wanted)


@pytest.mark.parametrize(
    "question",
    ["how much does the Desk cost", "what does the Lamp cost",
     "how much do the Desk and the Lamp cost", "what do the Desk, the Vase and the Lamp cost",
     "how much did the Desk cost in 2024", "how much do articles cost",
     "which article costs the most", "which articles cost the least"],
)  # fmt: skip
async def test_what_one_thing_costs_is_its_price_or_asked_back(kiosk: Asker, question: str) -> None:
    answer = await kiosk.ask(question)
    if answer.status == "answered":
        prices = {30.0, 250.0, 12.0, "Desk", "Vase"}
        assert prices & {value for row in found(answer) for value in row}, answer.answer
        assert "price" in answer.answer.lower(), answer.answer


# ------------------------------------------------------------------ what groups have


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("makers with stock over 10", [("Birch", 42.0)]),  # no single one of Acme: 5 and 0
        ("makers with stock over 4", [("Acme", 5.0), ("Birch", 42.0)]),
        ("makers whose stock is over 10", [("Birch", 42.0)]),
        ("kinds with stock under 10", [("Furniture", 2.0)]),  # 0, 2 and one not known
        ("articles with stock over 4", ["Lamp", "Vase"]),
        ("makers with stock over 2 and stock under 20", [("Acme", 5.0)]),
        ("how many articles have stock over 4", [2.0]),
        ("articles with a price over 40", ["Chair", "Desk", "Stool"]),
    ],
)
async def test_what_groups_have_is_their_sum(
    kiosk: Asker, question: str, wanted: list[object]
) -> None:
    await check(kiosk, question, wanted)


@pytest.mark.parametrize(
    "question",
    ["average rating per maker, only for those with more than 1 ratings",
     "makers by average rating with over 2 ratings", "makers with a price over 100",
     "kinds with more than 2 ratings", "how many makers have stock over 10",
     "how many makers have a price over 40", "makers with stock above 3 and price above 9",
     "makers with a rating above 4"],
)  # fmt: skip
async def test_what_does_not_add_up_for_a_group_is_asked_back(kiosk: Asker, question: str) -> None:
    await check_asked(kiosk, question)


async def test_replies_of_agents_are_no_condition_on_each_ticket(helpdesk: Asker) -> None:
    for question in ("agents with more than 8 replies", "products with a score above 4"):
        await check_asked(helpdesk, question)
    await check(helpdesk, "accounts with more than 100 employees",
        ["Northwind Labs", "Cedar Bank"])  # fmt: skip


# ------------------------------------------------------------------ one of each group


@pytest.mark.parametrize(
    "question",
    ["most expensive furniture per maker", "cheapest furniture per maker",
     "best furniture per maker", "top furniture per maker",
     "longest sale per maker", "most rebated return per maker", "longest return by kind",
     "largest returned per kind"],
)  # fmt: skip
async def test_the_greatest_row_of_each_group_is_no_count(kiosk: Asker, question: str) -> None:
    await check_asked(kiosk, question)


# ------------------------------------------------------------------ in stock


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("articles in stock", ["Lamp", "Desk", "Vase"]),
        ("retired articles still in stock", ["Desk"]),
        ("which retired articles do we still have in stock", ["Desk"]),
        ("articles not in stock", ["Chair", "Stool"]),
        ("stock of retired articles", [2.0]),
        ("stock by kind", [("Decor", 45.0), ("Furniture", 2.0)]),
    ],
)
async def test_what_is_in_stock_is_a_list_of_rows(
    kiosk: Asker, question: str, wanted: list[object]
) -> None:
    await check(kiosk, question, wanted)


async def test_rows_with_a_number_are_asked_back(kiosk: Asker) -> None:
    for question in ("articles with stock", "how many articles are in stock",
                     "articles in stock by kind"):  # fmt: skip
        await check_asked(kiosk, question)


# ------------------------------------------------------------------ not above, and turns


@pytest.mark.parametrize(
    "question",
    ["sales without a rebate above 20", "sales with no rating above 3",
     "sales without a rating above 3", "makers with no stock over 10"],
)  # fmt: skip
async def test_a_negated_number_with_a_condition_is_asked_back(kiosk: Asker, question: str) -> None:
    await check_asked(kiosk, question)


async def test_a_number_or_a_state_alone_is_still_left_out(kiosk: Asker) -> None:
    await check(kiosk, "articles without stock", ["Chair", "Stool"])  # 0 and not known
    await check(kiosk, "sales with a rating not above 3", ["S-002", "S-005", "S-006"])


@pytest.mark.parametrize(
    "first, second",
    [("average rating", "of returns"), ("median amount", "of returned sales"),
     ("number of articles", "in stock"), ("retired articles", "still in stock")],
)  # fmt: skip
async def test_a_turn_that_only_says_of_what_is_no_question_of_its_own(
    kiosk: Asker, first: str, second: str
) -> None:
    answer = (await kiosk.talk(first, second))[-1]
    if answer.status == "answered":
        wanted = {
            "of returns": (10 / 3,),  # ratings 3, 2, 5
            "of returned sales": (80.0,),
            "in stock": (3.0,),
            "still in stock": ("Desk",),
        }[second]
        assert found(answer)[0][: len(wanted)] == pytest.approx(wanted), second
