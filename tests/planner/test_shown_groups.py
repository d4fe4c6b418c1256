"""Turns about the groups that the answer before showed, chosen by rank or number; row P58.

The eight invoices and five accounts of the help desk, added up by hand. Billed: A3 2400, A2 1300,
A1 850, A4 75; paid of it: A3 1200, A2 400, A1 350, A4 75.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.answer.wire import Answer
from tests.planner.conftest import Asker
from tests.planner.shop_sums import rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def found(answer: Answer) -> list[tuple[object, ...]]:
    assert answer.status == "answered", answer.answer
    return [
        tuple(float(c) if isinstance(c, int | float | Decimal) else c for c in row)
        for row in rows_of(answer)
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "what is their paid revenue",
        "their paid revenue?",
        "thier paid revenue",
        "and the paid revenue of those",
    ],
)
async def test_groups_chosen_by_rank_stay_chosen(helpdesk: Asker, asked: str) -> None:
    answers = await helpdesk.talk("top 2 accounts by billed amount", asked)
    assert found(answers[0]) == [("Cedar Bank", 2400.0), ("Harbor Foods", 1300.0)]
    assert sorted(found(answers[1])) == [("Cedar Bank", 1200.0), ("Harbor Foods", 400.0)]


@pytest.mark.parametrize(
    "asked",
    ["their paid revenue", "How much paid revenue is there with them?", "paid revenue from those"],
)
async def test_they_are_no_others_by_the_new_number(helpdesk: Asker, asked: str) -> None:
    """By tickets A3 has 5 and A1 4; by paid revenue A2 would come before A1."""
    answers = await helpdesk.talk("top 2 accounts by number of tickets", asked)
    assert found(answers[0]) == [("Cedar Bank", 5.0), ("Northwind Labs", 4.0)]
    assert sorted(found(answers[1])) == [("Cedar Bank", 1200.0), ("Northwind Labs", 350.0)]


async def test_groups_chosen_by_a_number_stay_chosen(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(
        "accounts with billed amount over 1000", "their paid revenue", "by payment method"
    )
    assert sorted(found(answers[1])) == [("Cedar Bank", 1200.0), ("Harbor Foods", 400.0)]
    # Paid by transfer: INV-00005; by card: INV-00003.
    assert {("Transfer", 1200.0), ("Card", 400.0)} <= set(found(answers[2]))


async def test_without_a_pronoun_the_rank_goes_by_the_new_number(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("top 1 accounts by billed amount", "in 2025")
    # Of January 2025: A1 500, A4 75.
    assert found(answers[1]) == [("Northwind Labs", 500.0)]


async def test_only_those_are_the_first_among_other_rows(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("top 1 accounts by billed amount", "only those of 2025")
    assert found(answers[1]) == [("Northwind Labs", 500.0)]


async def test_all_groups_are_no_choice(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("billed amount by account", "and their paid revenue?")
    paid = {row[0]: row[1] for row in found(answers[1])}
    assert paid["Lumen Toys"] == 75.0
    assert paid["Northwind Labs"] == 350.0


async def test_groups_without_one_name_each_are_asked_back(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(
        "top 3 account and payment method combinations by billed amount", "their paid revenue"
    )
    assert answers[1].status != "answered"


async def test_a_turn_sorts_what_was_shown(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(
        "billed amount by account", "sort by billed amount ascending", "sort by account",
        "highest first", "sort them from high to low", "rank agents by tickets",
    )  # fmt: skip
    assert found(answers[0])[0] == ("Cedar Bank", 2400.0)
    assert found(answers[1])[0] == ("Lumen Toys", 75.0)
    assert [row[0] for row in found(answers[2])][:2] == ["Cedar Bank", "Harbor Foods"]
    assert found(answers[5])[0] == ("Ana Bell", 5.0)


async def test_what_is_not_shown_sorts_nothing(helpdesk: Asker) -> None:
    for asked in ("sort by replies", "order by paid revenue"):
        answers = await helpdesk.talk("billed amount by account", asked)
        assert answers[1].status == "clarification", asked
    for asked in ("sort by account", "sort ascending"):  # the top two are chosen by their amount
        answers = await helpdesk.talk("top 2 accounts by billed amount", asked)
        assert answers[1].status == "clarification", asked


@pytest.mark.parametrize("asked", ["compared to Mail", "compare that with Mail", "versus Mail"])
async def test_a_member_is_set_beside_the_one_before(helpdesk: Asker, asked: str) -> None:
    """Tickets by phone: 1, 3, 5, 8, 11, 12; by mail: 6, 7, 10."""
    answers = await helpdesk.talk("how many tickets by phone", asked)
    assert sorted(found(answers[1])) == [("Mail", 3.0), ("Phone", 6.0)]


async def test_its_is_of_the_first_of_a_ranking(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("top account by billed amount", "what is its paid revenue?")
    assert found(answers[1]) == [("Cedar Bank", 1200.0)]


async def test_a_misspelt_pronoun_still_points_back(helpdesk: Asker) -> None:
    """Where nothing is chosen, too: tickets by phone, of which 2 are Bo Chen's, 4 Ana Bell's."""
    answers = await helpdesk.talk("how many tickets by phone", "thier number by agent")
    assert ("Bo Chen", 2.0) in found(answers[1])
    assert ("Ana Bell", 4.0) in found(answers[1])
