"""Turns after groups, a course of time or a question back; rows P100 on of the ledger.

The twelve tickets, eight invoices and five accounts of the help desk, added up by hand. Tickets
of 2024 by quarter: 4 (1 to 4), 2 (5, 6), 3 (7 to 9), 1 (10); 11 and 12 are of January and February
2025. Billed in 2024 by quarter: 100, 650, 900, 2400; in 2025 so far 75 + 500. Today is 2025-02-15.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.answer.wire import Answer
from tests.planner.conftest import Asker
from tests.planner.shop_rows import ORDERS
from tests.planner.shop_sums import found, rows_of, within

pytestmark = pytest.mark.asyncio(loop_scope="session")


def asked_back(answer: Answer) -> bool:
    return answer.status == "clarification"


def numbers(answer: Answer) -> list[float]:
    """The numbers of each row, without names and dates."""
    assert answer.status == "answered", answer.answer
    return [
        float(c) for row in rows_of(answer) for c in row if isinstance(c, int | float | Decimal)
    ]


# ------------------------------------------------------------------ the same days


@pytest.mark.parametrize(
    "asked, then, wanted",
    [("Billed amount this year", "same period last year", 100),
     ("Billed amount this year", "and at the same time last year?", 100),
     ("Number of tickets this quarter", "same period last year", 2),
     ("Number of tickets this fiscal year", "same period last year", 2),
     ("Number of tickets this month", "same period last year", 1),
     ("Number of tickets in 2025", "a year ago?", 2)],
)  # fmt: skip
async def test_the_same_period_of_last_year_has_the_same_days(
    helpdesk: Asker, asked: str, then: str, wanted: int
) -> None:
    """To February 15: invoice 1; tickets 1 and 2; ticket 2. All of 2024: 4050 and 10 tickets."""
    answers = await helpdesk.talk(asked, then)
    assert found(answers[1]) == [(float(wanted),)]


@pytest.mark.parametrize(
    "texts",
    [("Billed amount this year", "compared to the same period last year"),
     ("Billed amount this year compared to the same period last year",),
     ("Billed amount year over year this year",)],
)  # fmt: skip
async def test_a_year_that_is_not_over_is_not_held_against_a_whole_one(
    helpdesk: Asker, texts: tuple[str, ...]
) -> None:
    """75 + 500 against 100."""
    answers = await helpdesk.talk(*texts)
    assert found(answers[-1])[0][:3] == (575.0, 100.0, 475.0)


async def test_a_whole_year_is_held_against_a_whole_one(helpdesk: Asker) -> None:
    """What is over, and what is named as a whole: 10 tickets in 2024 and none in 2023."""
    answers = await helpdesk.talk("Number of tickets in 2025", "the year before")
    assert found(answers[1]) == [(10.0,)]


@pytest.mark.parametrize("then", ["same period last year", "compared to the same period last year"])
async def test_which_days_are_meant_is_asked_where_later_ones_are_known(
    shop: Asker, then: str
) -> None:
    """The shop has orders up to May 2025: of this month, those to come count as well."""
    answers = await shop.talk("Number of orders this month", then)
    assert asked_back(answers[1])


# ------------------------------------------------------------------ a course of time


@pytest.mark.parametrize(
    "then, wanted",
    [("the best one", [4]), ("top 2", [4, 3]), ("the lowest one", [1]), ("bottom 2", [1, 2]),
     ("the latest one", [1]), ("sort by tickets", [4, 3, 2, 1]),
     ("sort by tickets ascending", [1, 2, 3, 4]), ("sort by quarter", [4, 2, 3, 1])],
)  # fmt: skip
async def test_a_course_of_time_is_ranked_by_its_number(
    helpdesk: Asker, then: str, wanted: list[int]
) -> None:
    answers = await helpdesk.talk("Number of tickets by quarter in 2024", then)
    assert numbers(answers[1]) == wanted


async def test_the_best_of_a_course_is_not_the_first(helpdesk: Asker) -> None:
    """Billed: 100, 650, 900, 2400."""
    answers = await helpdesk.talk("Billed amount by quarter in 2024", "the best one", "top 3")
    assert [float(row[1]) for row in rows_of(answers[1])] == [2400.0]


@pytest.mark.parametrize("then", ["the newest one", "sort by billed amount"])
async def test_groups_are_not_ranked_by_what_is_not_shown(helpdesk: Asker, then: str) -> None:
    answers = await helpdesk.talk("Tickets by channel", then)
    assert asked_back(answers[1])


# ------------------------------------------------------------------ a limit on groups


@pytest.mark.parametrize(
    "asked, then, wanted",
    [("Billed amount by account", "only those over 1000", {"Cedar Bank", "Harbor Foods"}),
     ("Billed amount by account", "only those above 1k EUR", {"Cedar Bank", "Harbor Foods"}),
     ("Billed amount by account", "under 1000 only", {"Northwind Labs", "Lumen Toys"}),
     ("Billed amount by account", "accounts with more than 1000", {"Cedar Bank", "Harbor Foods"}),
     ("Number of tickets by channel", "more than 3", {"Phone"}),
     ("Escalation rate by channel", "only those above 40%", {"Mail"}),
     ("Average resolution time by agent", "under 5 days only", {"Ana Bell"}),
     ("Bottom 3 accounts by billed amount", "only those over 500",
      {"Northwind Labs", "Harbor Foods"}),
     ("Top 3 accounts by billed amount", "under 1000", {"Northwind Labs"})],
)  # fmt: skip
async def test_a_limit_after_groups_is_on_their_number(
    helpdesk: Asker, asked: str, then: str, wanted: set[str]
) -> None:
    """Billed: 2400, 1300, 850, 75. Tickets: 6 by phone, 3 each by chat and mail.

    Escalated by mail 2 of 3, by phone 2 of 6. Days to solve: Ana 4, 2, 2; Bo 10, 8; Cleo 20, 6.
    """
    answers = await helpdesk.talk(asked, then)
    assert {row[0] for row in found(answers[1])} == wanted


async def test_two_limits_are_the_two_ends(helpdesk: Asker) -> None:
    """Of 2400, 1300, 850 and 75 between 500 and 2000."""
    answers = await helpdesk.talk("Billed amount by account", "over 500", "under 2000")
    assert {row[0] for row in found(answers[2])} == {"Harbor Foods", "Northwind Labs"}


async def test_a_limit_in_another_unit_is_on_rows(helpdesk: Asker) -> None:
    """Invoices over 500 euros: 4 of Harbor Foods, 5 and 6 of Cedar Bank."""
    answers = await helpdesk.talk("Number of invoices by account", "only those over 500 euros")
    assert set(found(answers[1])) == {("Cedar Bank", 2.0), ("Harbor Foods", 1.0)}


@pytest.mark.parametrize(
    "asked, then",
    [("Number of invoices by account", "over 1000"),
     ("Billed amount and number of invoices by account", "only those over 100"),
     ("Billed amount by account", "not those over 1000")],
)  # fmt: skip
async def test_a_limit_that_may_be_on_two_numbers_is_asked_back(
    helpdesk: Asker, asked: str, then: str
) -> None:
    answers = await helpdesk.talk(asked, then)
    assert asked_back(answers[1])


# ------------------------------------------------------------------ each


@pytest.mark.parametrize(
    "then, wanted",
    [("how many invoices does each have?", {"Cedar Bank": 2, "Harbor Foods": 2}),
     ("number of invoices for each", {"Cedar Bank": 2, "Harbor Foods": 2}),
     ("how many invoices did each of them get?", {"Cedar Bank": 2, "Harbor Foods": 2}),
     ("and the paid revenue of each?", {"Cedar Bank": 1200, "Harbor Foods": 400})],
)  # fmt: skip
async def test_each_is_each_group_shown(helpdesk: Asker, then: str, wanted: dict[str, int]) -> None:
    """Invoices 5, 6 and 3, 4, of which 5 and 3 are paid; eight invoices in all."""
    answers = await helpdesk.talk("Top 2 accounts by billed amount", then)
    assert found(answers[1]) == [(name, float(n)) for name, n in wanted.items()]


async def test_each_keeps_period_and_conditions(helpdesk: Asker) -> None:
    """Card in 2024: INV-00001 (A1), 3 (A2), 6 (A3); of all of 2024 it would be two more."""
    answers = await helpdesk.talk(
        "Card billed amount by account in 2024", "how many invoices did each have?"
    )
    assert {row[1] for row in found(answers[1])} == {1.0}
    assert len(found(answers[1])) == 3


@pytest.mark.parametrize(
    "texts",
    [("how many invoices does each have?",),
     ("Unpaid invoices", "how many tickets does each have?"),
     ("Billed amount", "number of invoices for each"),
     ("Number of tickets by channel", "how many accounts does each have?")],
)  # fmt: skip
async def test_each_of_nothing_shown_is_asked_back(helpdesk: Asker, texts: tuple[str, ...]) -> None:
    answers = await helpdesk.talk(*texts)
    assert asked_back(answers[-1])


async def test_each_with_a_noun_is_a_split(helpdesk: Asker) -> None:
    answers = await helpdesk.talk("Number of tickets by channel", "tickets for each product")
    assert len(found(answers[1])) == 3


# ------------------------------------------------------------------ the sizes of rows


async def test_how_big_they_are_is_said_of_each_row(helpdesk: Asker) -> None:
    """The amounts of invoices 4, 6 and 8; together they are 2600."""
    answers = await helpdesk.talk("Unpaid invoices", "how big are they?")
    assert sorted(numbers_of_rows(answers[1])) == [500.0, 900.0, 1200.0]


async def test_how_big_they_are_on_average_is_their_mean(helpdesk: Asker) -> None:
    """2600 / 3."""
    answers = await helpdesk.talk("Unpaid invoices", "how big are they on average?")
    assert found(answers[1]) == [(pytest.approx(2600 / 3),)]


def numbers_of_rows(answer: Answer) -> list[float]:
    return [float(row[-1]) for row in rows_of(answer)]


# ------------------------------------------------------------------ what else, how much so


@pytest.mark.parametrize(
    "texts",
    [("Which account has the highest billed amount?", "who owns it?", "what else does she own?"),
     ("Unpaid invoices", "what else is there?"),
     ("Number of tickets for Cedar Bank", "and for everyone else?")],
)  # fmt: skip
async def test_what_else_is_never_the_same_again(helpdesk: Asker, texts: tuple[str, ...]) -> None:
    answers = await helpdesk.talk(*texts)
    assert asked_back(answers[-1])


@pytest.mark.parametrize("then", ["how resolved are they?", "how resolved are they on average?"])
async def test_how_much_something_is_so_is_no_condition(helpdesk: Asker, then: str) -> None:
    """Not the resolved ones among them."""
    answers = await helpdesk.talk("Tickets by phone", then)
    assert asked_back(answers[1])


# ------------------------------------------------------------------ only when


@pytest.mark.parametrize("then", ["by quarter 2024", "trend by quarter in 2024"])
async def test_what_says_only_when_is_of_the_answer_before(helpdesk: Asker, then: str) -> None:
    """Cedar Bank was billed 1200 twice in the fourth quarter; tickets are no part of it."""
    answers = await helpdesk.talk("Billed amount of Cedar Bank", then)
    assert numbers(answers[1]) == [2400.0]


@pytest.mark.parametrize(
    "texts",
    [("Billed amount of Cedar Bank", "and of Lumen Toys?", "compare the two", "by quarter 2024"),
     ("Billed amount of Cedar Bank", "nonsense please", "by month 2024"),
     ("nonsense please", "by month 2024"), ("nonsense please", "in 2024"),
     ("Tickets by phone by nurse", "how many are resolved?")],
)  # fmt: skip
async def test_nothing_is_added_to_what_was_not_answered(
    helpdesk: Asker, texts: tuple[str, ...]
) -> None:
    answers = await helpdesk.talk(*texts)
    assert answers[-1].status in ("clarification", "refused"), answers[-1].answer


async def test_what_is_offered_then_keeps_the_answer_before(helpdesk: Asker) -> None:
    """Both invoices of Cedar Bank are of the fourth quarter: 2400."""
    answers = await helpdesk.talk("Billed amount of Cedar Bank", "nonsense please", "by year")
    assert [option.preview for option in answers[-1].options] == ["2024: €2,400.00"]


# ------------------------------------------------------------------ the year before


@pytest.mark.parametrize(
    "asked, then, wanted",
    [("Number of orders in March 2025", "and in April?", (2025, 4)),
     ("Number of orders in March 2024", "and in May?", (2024, 5)),
     ("Number of orders in 2024", "in May?", (2024, 5)),
     ("Number of orders in December 2024", "and in January?", (2025, 1))],
)  # fmt: skip
async def test_a_month_is_of_the_year_of_the_period_before(
    shop: Asker, asked: str, then: str, wanted: tuple[int, int]
) -> None:
    """Counted over the orders; the shop has some up to May 2025."""
    answers = await shop.talk(asked, then)
    count = sum((o.ordered.year, o.ordered.month) == wanted for o in ORDERS)
    assert found(answers[1]) == [(float(count),)]


async def test_a_month_that_may_be_of_two_years_is_asked_back(shop: Asker) -> None:
    """January 2024, or the one that comes after November."""
    answers = await shop.talk("Number of orders in November 2024", "and in January?")
    assert asked_back(answers[1])


# ------------------------------------------------------------------ two calendars


@pytest.mark.parametrize(
    "then, is_fiscal",
    [("calendar", False), ("the calendar one", False), ("calendar year", False),
     ("calendar year 2024", False), ("fiscal", True), ("the fiscal year please", True),
     ("fiscal year 2024", True)],
)  # fmt: skip
async def test_a_calendar_is_chosen_by_its_name(shop: Asker, then: str, is_fiscal: bool) -> None:
    """The shop's fiscal year begins in April: 2024 of it ends in March 2024."""
    asked = await shop.talk("Number of orders last year", then)
    first, last = ("2023-04-01", "2024-03-31") if is_fiscal else ("2024-01-01", "2024-12-31")
    assert asked_back(asked[0])
    assert found(asked[1]) == [(float(len(within(first, last))),)]


@pytest.mark.parametrize("then", ["fiscal year 2022", "calendar or fiscal?", "the lunar one"])
async def test_a_calendar_that_was_not_offered_chooses_nothing(shop: Asker, then: str) -> None:
    answers = await shop.talk("Number of orders last year", then)
    assert answers[1].status in ("clarification", "refused")


# ------------------------------------------------------------------ both sides


@pytest.mark.parametrize("then", ["versus channel", "vs product", "compared to the agent"])
async def test_a_member_is_not_held_against_another_dimension(helpdesk: Asker, then: str) -> None:
    answers = await helpdesk.talk("Number of tickets by phone", then)
    assert asked_back(answers[1])


@pytest.mark.parametrize("then", ["versus mail", "compared to mail"])
async def test_a_member_is_held_against_one_of_its_own(helpdesk: Asker, then: str) -> None:
    """Six by phone and three by mail."""
    answers = await helpdesk.talk("Number of phone tickets", then)
    assert found(answers[1]) == [("Phone", 6.0), ("Mail", 3.0)]


# ------------------------------------------------------------------ what was chosen stays chosen


@pytest.mark.parametrize(
    "texts",
    [("Billed amount by quarter in 2024", "the best one", "by account"),
     ("Billed amount by quarter in 2024", "top 2", "number of invoices"),
     ("Billed amount by quarter in 2024", "top 2", "how many invoices did each have?"),
     ("Number of tickets by channel", "more than 3", "by agent")],
)  # fmt: skip
async def test_other_groups_are_not_chosen_by_a_rank_or_limit_said_before(
    helpdesk: Asker, texts: tuple[str, ...]
) -> None:
    answers = await helpdesk.talk(*texts)
    assert asked_back(answers[-1])
