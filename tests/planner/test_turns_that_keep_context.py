"""Turns about what is on the screen: a bare number, a property, a split, a share; rows P70 to P79.

The twelve tickets, eight invoices and five accounts of the help desk, added up by hand. Unpaid
invoices: 4 (A2, 900), 6 (A3, 1200, by card), 8 (A1, 500). By card: 1 (100), 3 (400), 6 (1200),
7 (75, of 2025). Tickets by phone: 1, 5, 8, 11 (Ana Bell), 3, 12 (Bo Chen).
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.answer.wire import Answer
from tests.planner.conftest import Asker
from tests.planner.shop_sums import rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

BILLED = {"Cedar Bank": 2400, "Harbor Foods": 1300, "Northwind Labs": 850, "Lumen Toys": 75}
TICKETS = {"Cedar Bank": 5, "Harbor Foods": 2, "Northwind Labs": 4, "Lumen Toys": 1}
INVOICES = {"Cedar Bank": 2, "Harbor Foods": 2, "Northwind Labs": 3, "Lumen Toys": 1}
RICHEST = "Which account has the highest billed amount?"
BUSIEST = "Which agent has the most tickets?"


def found(answer: Answer) -> set[tuple[object, ...]]:
    assert answer.status == "answered", answer.answer
    return {
        tuple(float(c) if isinstance(c, int | float | Decimal) else c for c in row)
        for row in rows_of(answer)
    }


def asked_back(answer: Answer) -> bool:
    return answer.status == "clarification"


def offered(answer: Answer) -> list[str]:
    assert asked_back(answer), answer.answer
    return [option.preview for option in answer.options]


# ------------------------------------------------------------------ a bare number


@pytest.mark.parametrize(
    "asked",
    ["the amount?", "amount", "the total amount", "billed amount", "what is the amount?",
     "in total", "show me the billed amount"],
)  # fmt: skip
async def test_a_bare_number_is_of_the_rows_listed(helpdesk: Asker, asked: str) -> None:
    """900 + 1200 + 500; of all invoices it would be 4625."""
    answers = await helpdesk.talk("Unpaid invoices", asked)
    assert found(answers[1]) == {(2600.0,)}
    assert answers[1].has_context


async def test_a_bare_number_keeps_period_and_narrowing(helpdesk: Asker) -> None:
    """By card in 2024: 100 + 400 + 1200."""
    answers = await helpdesk.talk("Invoices of 2024", "only card", "the amount?")
    assert found(answers[2]) == {(1700.0,)}


@pytest.mark.parametrize("asked", ["average", "average amount?", "the average", "and the mean"])
async def test_a_statistic_is_of_the_rows_listed(helpdesk: Asker, asked: str) -> None:
    """By card: (100 + 400 + 1200 + 75) / 4."""
    answers = await helpdesk.talk("Invoices by card", asked)
    assert found(answers[1]) == {(443.75,)}


async def test_a_bare_number_is_of_the_rows_counted(helpdesk: Asker) -> None:
    """Open tickets: 3 (9 replies), 8 (7), 9 (1), 12 (2)."""
    answers = await helpdesk.talk("How many open tickets?", "average replies")
    assert found(answers[1]) == {(4.75,)}


async def test_a_bare_number_keeps_the_groups(helpdesk: Asker) -> None:
    """Gold: 100 + 250 + 1200; Silver: 400; Bronze: 75."""
    answers = await helpdesk.talk("Billed amount by plan", "paid revenue")
    assert found(answers[1]) >= {("Gold", 1550.0), ("Silver", 400.0), ("Bronze", 75.0)}


async def test_a_bare_number_is_of_the_groups_chosen(helpdesk: Asker) -> None:
    """Of the two richest, paid: A3 1200, A2 400; by paid revenue the second would be A1 or A2."""
    answers = await helpdesk.talk("top 2 accounts by billed amount", "number of invoices")
    assert found(answers[1]) == {("Cedar Bank", 2.0), ("Harbor Foods", 2.0)}


async def test_the_first_rows_have_no_total_here(helpdesk: Asker) -> None:
    """The two largest are 1200 each; 4625, all of them, is only offered."""
    for asked in ("the total amount", "amount", "average amount", "average"):
        answers = await helpdesk.talk("2 largest invoices", asked)
        assert asked_back(answers[1]), asked


async def test_what_may_stand_alone_is_asked_back_with_both(helpdesk: Asker) -> None:
    """All that was paid: 100 + 250 + 400 + 1200 + 75."""
    answers = await helpdesk.talk("Billed amount by plan", "what is the paid revenue?")
    previews = offered(answers[1])
    assert len(previews) == 2
    assert "Silver: €400.00" in previews[0]
    assert previews[1] == "€2,025.00"


async def test_where_nothing_was_said_there_is_nothing_to_ask(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("billed amount", "what is the paid revenue?")
    assert found(answers[1]) == {(2025.0,)}


async def test_a_whole_question_starts_afresh(helpdesk: Asker) -> None:
    for first in ("Unpaid invoices", "Billed amount by plan", "top 2 accounts by billed amount"):
        answers = await helpdesk.talk(first, "How many invoices are there?")
        assert found(answers[1]) == {(8.0,)}
        assert not answers[1].has_context


async def test_a_condition_that_the_other_rows_do_not_have_is_asked_back(helpdesk: Asker) -> None:
    """Status is one of tickets; accounts have none, and 5 is the number of all."""
    for asked in ("number of accounts", "what about the number of accounts?"):
        answers = await helpdesk.talk("Open tickets", asked)
        assert asked_back(answers[1]), asked


async def test_a_member_of_another_model_goes_along(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("Tickets of Cedar Bank", "billed amount")
    assert found(answers[1]) == {(2400.0,)}


async def test_a_period_goes_along_only_where_it_is_the_same(shop: Asker, helpdesk: Asker) -> None:
    """The year of an invoice is not that of a ticket; accounts have no date at all."""
    for asked in ("number of tickets", "number of accounts", "number of tickets too"):
        answers = await helpdesk.talk("billed amount in 2024", asked)
        assert asked_back(answers[1]), asked
    answers = await helpdesk.talk("billed amount in 2024", "number of invoices")
    assert found(answers[1]) == {(6.0,)}


async def test_how_much_that_is_stays_that_number(helpdesk: Asker) -> None:
    """Paid and issued in 2024: January 100, April 250, May 400, October 1200."""
    answers = await helpdesk.talk("paid revenue in 2024", "how much is that per month?")
    assert {(str(day), float(n)) for day, n in rows_of(answers[1]) if n} == {
        ("2024-01-01", 100.0), ("2024-04-01", 250.0), ("2024-05-01", 400.0),
        ("2024-10-01", 1200.0),
    }  # fmt: skip


# ------------------------------------------------------------------ beside, or in its place


@pytest.mark.parametrize(
    "asked, added",
    [
        ("number of invoices too", INVOICES),
        ("number of tickets too", TICKETS),
        ("tickets too", TICKETS),
        ("also show number of invoices", INVOICES),
    ],
)
async def test_too_sets_a_number_beside(helpdesk: Asker, asked: str, added: dict[str, int]) -> None:
    answers = await helpdesk.talk("Billed amount by account", asked)
    rows = {(name, float(BILLED[name]), float(added[name])) for name in BILLED}
    assert found(answers[1]) >= rows


async def test_too_keeps_the_groups_chosen(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("top 2 accounts by billed amount", "number of tickets too")
    assert found(answers[1]) == {("Cedar Bank", 2400.0, 5.0), ("Harbor Foods", 1300.0, 2.0)}


async def test_what_cannot_stand_beside_is_asked_back(helpdesk: Asker) -> None:
    """Tickets have no payment method."""
    answers = await helpdesk.talk("Billed amount by payment method", "number of tickets too")
    assert asked_back(answers[1])


@pytest.mark.parametrize(
    "asked", ["instead of billed amount show paid revenue", "paid revenue instead of billed amount"]
)
async def test_instead_of_replaces(helpdesk: Asker, asked: str) -> None:
    answers = await helpdesk.talk("Billed amount by plan", asked)
    assert found(answers[1]) >= {("Gold", 1550.0), ("Silver", 400.0), ("Bronze", 75.0)}


async def test_instead_of_a_number_rows_are_counted(helpdesk: Asker) -> None:
    """Gold: A1 4, A3 5; Silver: A2 2; Bronze: A4 1."""
    answers = await helpdesk.talk("Billed amount by plan", "instead of billed amount show tickets")
    assert found(answers[1]) >= {("Gold", 9.0), ("Silver", 2.0), ("Bronze", 1.0)}


async def test_instead_of_what_was_not_asked_is_asked_back(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("Billed amount by plan", "instead of tickets show paid revenue")
    assert asked_back(answers[1])


# ------------------------------------------------------------------ he, she, it


@pytest.mark.parametrize(
    "asked",
    ["how many escalations does she have?", "her escalations", "how many has he escalated?"],
)
async def test_who_was_shown_is_asked_about(helpdesk: Asker, asked: str) -> None:
    """Ana Bell's: ticket 5. All escalations are 4."""
    answers = await helpdesk.talk(BUSIEST, asked)
    assert asked_back(answers[1]) or found(answers[1]) == {("Ana Bell", 1.0)}


@pytest.mark.parametrize(
    "asked, row",
    [
        ("how many tickets does it have?", ("Cedar Bank", 5.0)),
        ("how many invoices does it have?", ("Cedar Bank", 2.0)),
        ("what paid revenue does it have?", ("Cedar Bank", 1200.0)),
    ],
)
async def test_it_is_the_first_one_shown(
    helpdesk: Asker, asked: str, row: tuple[object, ...]
) -> None:
    answers = await helpdesk.talk(RICHEST, asked)
    assert found(answers[1]) == {row}


async def test_whether_it_is_so_is_asked_back(helpdesk: Asker) -> None:
    for asked in ("is it active?", "are they active?"):
        answers = await helpdesk.talk(RICHEST, asked)
        assert asked_back(answers[1]), asked


async def test_the_tickets_listed_are_hers(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(BUSIEST, "list her tickets")
    numbers = {row[0] for row in found(answers[1])}
    assert numbers == {f"TCK-000{n}" for n in ("01", "02", "05", "08", "11")}


async def test_nobody_and_several_are_asked_back(helpdesk: Asker) -> None:
    alone = await helpdesk.ask("How many tickets does she have?")
    several = await helpdesk.talk("tickets by agent", "how many escalations does he have?")
    assert asked_back(alone)
    assert asked_back(several[1])


async def test_a_list_under_a_condition_no_list_can_repeat_is_asked_back(helpdesk: Asker) -> None:
    """Escalations are tickets where a flag is set, which is no segment of its own."""
    answers = await helpdesk.talk("Which agent has the most escalations?", "list his tickets")
    assert asked_back(answers[1])


# ------------------------------------------------------------------ what is said of it


@pytest.mark.parametrize(
    "asked, said",
    [
        ("who owns it?", "Mia Torres"),
        ("who is its owner?", "Mia Torres"),
        ("what plan is it on?", "Gold"),
        ("its plan", "Gold"),
    ],
)
async def test_a_property_is_of_the_first_one_shown(helpdesk: Asker, asked: str, said: str) -> None:
    answers = await helpdesk.talk(RICHEST, asked)
    assert found(answers[1]) == {("Cedar Bank", said)}


async def test_a_property_is_of_all_that_were_shown(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("top 2 accounts by billed amount", "which plan are they on?")
    assert found(answers[1]) == {("Cedar Bank", "Gold"), ("Harbor Foods", "Silver")}


async def test_what_rows_say_of_it_keeps_their_conditions(helpdesk: Asker) -> None:
    """In 2025 A1 is billed 500 and A4 75, which is paid by card."""
    answers = await helpdesk.talk(
        "accounts with billed amount under 100", "what is their payment method?"
    )
    assert found(answers[1]) == {("Lumen Toys", "Card")}


async def test_a_property_goes_on_to_the_next_question(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(RICHEST, "what plan is it on?", "how many tickets do they have?")
    assert found(answers[2]) == {("Cedar Bank", "Gold", 5.0)}


async def test_a_property_of_one_among_many_is_asked_back(helpdesk: Asker) -> None:
    for asked in ("which plan is it on?", "who owns it?"):
        answers = await helpdesk.talk("Billed amount by account", asked)
        assert asked_back(answers[1]), asked


async def test_by_still_splits(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("billed amount", "split it by plan")
    assert found(answers[1]) >= {("Gold", 3250.0), ("Silver", 1300.0), ("Bronze", 75.0)}


# ------------------------------------------------------------------ lists, split and shared


@pytest.mark.parametrize("asked", ["by agent", "which agents?", "how many by agent?"])
async def test_a_list_that_is_split_is_counted(helpdesk: Asker, asked: str) -> None:
    answers = await helpdesk.talk("Tickets by phone", asked)
    assert found(answers[1]) == {("Ana Bell", 4.0), ("Bo Chen", 2.0)}


async def test_which_ones_are_those_of_the_rows(helpdesk: Asker) -> None:
    """By phone: A1 three, A3 two, A2 one; of all five accounts two have none."""
    answers = await helpdesk.talk("Tickets by phone", "how many are they?", "which accounts?")
    assert found(answers[2]) == {
        ("Northwind Labs", 3.0), ("Cedar Bank", 2.0), ("Harbor Foods", 1.0),
    }  # fmt: skip


async def test_a_list_by_month_is_counted(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("Tickets by mail", "by month")
    assert {(str(day), n) for day, n in rows_of(answers[1]) if n} == {
        ("2024-06-01", 1), ("2024-07-01", 1), ("2024-11-01", 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    "turns, row",
    [
        (("by agent", "what percentage is Ana Bell?"), (4.0, 6.0, 4 / 6)),
        (("what percentage is escalated?",), (2.0, 6.0, 2 / 6)),
        (("how many are they?", "what share is Login?"), (4.0, 6.0, 4 / 6)),
    ],
)
async def test_a_percentage_is_a_share_of_what_is_shown(
    helpdesk: Asker, turns: tuple[str, ...], row: tuple[float, ...]
) -> None:
    """Escalated by phone: 3, 5. About Login by phone: 1, 3, 11; 8 is about Reports."""
    answers = await helpdesk.talk("Tickets by phone", *turns)
    wanted = (3.0, 6.0, 0.5) if "Login" in turns[-1] else row
    (only,) = found(answers[-1])
    assert only == pytest.approx(wanted)


async def test_groups_as_a_percentage(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("Tickets by agent", "as a percentage")
    shares = {row[0]: row[2] for row in found(answers[1])}
    assert shares["Ana Bell"] == pytest.approx(5 / 12)


async def test_a_share_that_is_none_is_asked_back(helpdesk: Asker) -> None:
    """Averages make no whole, the first two no total, and all phone tickets are by phone."""
    for first, asked in (
        ("average score by agent", "what percentage is Ana Bell?"),
        ("top 2 agents by tickets", "what percentage is Ana Bell?"),
        ("Tickets by phone", "what percentage is by phone?"),
    ):
        answers = await helpdesk.talk(first, asked)
        assert asked_back(answers[1]), (first, asked)


# ------------------------------------------------------------------ after an unanswered turn


async def test_what_a_vague_question_names_is_no_condition_by_itself(helpdesk: Asker) -> None:
    """Escalated are 3, 5, 7, 10; of them about Login 3 and 10."""
    for reply in ("escalations", "I mean escalations"):
        answers = await helpdesk.talk("How is Login doing?", reply)
        assert asked_back(answers[0])
        assert offered(answers[1]) == ["2", "4"], reply


async def test_a_condition_that_can_be_nothing_else_stays(helpdesk: Asker) -> None:
    """Tickets about Login: 1, 3, 6, 10, 11."""
    answers = await helpdesk.talk("for Login", "number of tickets")
    assert found(answers[1]) == {(5.0,)}


async def test_how_is_business_is_a_question_for_everything(helpdesk: Asker) -> None:
    for asked in ("How's business?", "How is business?"):
        answer = await helpdesk.ask(asked)
        assert answer.status == "answered"
        assert "all dates" in answer.interpretation


async def test_what_an_unanswered_turn_stands_before_is_offered(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("tickets by agent", "wages by plan", "only phone")
    assert [answer.status for answer in answers[1:]] == ["refused", "clarification"]
    assert len(answers[2].options) == 1
    assert "Ana Bell: 4" in answers[2].options[0].preview


async def test_last_year_goes_on_in_both_calendars(shop: Asker) -> None:
    answers = await shop.talk("Show me revenue", "for last year")
    assert asked_back(answers[1])
    assert [option.label[:7] for option in answers[1].options] == ["Revenue", "Revenue"]


# ------------------------------------------------------------------ two answers


@pytest.mark.parametrize("asked", ["difference?", "and the difference?", "compare the two"])
async def test_a_difference_is_that_of_the_two_answers_before(helpdesk: Asker, asked: str) -> None:
    """Ten tickets of 2024, two of 2025."""
    answers = await helpdesk.talk("How many tickets in 2024?", "and in 2025?", asked)
    (row,) = found(answers[2])
    assert row[:3] == (2.0, 10.0, -8.0)


async def test_a_difference_of_unlike_answers_is_asked_back(helpdesk: Asker) -> None:
    for turns in (
        ("How many tickets in 2024?",),
        ("How many tickets in 2024?", "How many invoices in 2025?"),
        ("How many tickets in 2024?", "by agent"),
    ):
        answers = await helpdesk.talk(*turns, "difference?")
        assert asked_back(answers[-1]), turns
