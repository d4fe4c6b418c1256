"""Turns after groups, a course of time or a question back; rows P100 on of the ledger.

The twelve tickets, eight invoices and five accounts of the help desk, added up by hand. Tickets
of 2024 by quarter: 4 (1 to 4), 2 (5, 6), 3 (7 to 9), 1 (10); 11 and 12 are of January and February
2025. Billed in 2024 by quarter: 100, 650, 900, 2400; in 2025 so far 75 + 500. Today is 2025-02-15.
"""

from __future__ import annotations

import pytest

from server.answer.wire import Answer
from tests.planner.conftest import Asker
from tests.planner.shop_sums import found, rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def asked_back(answer: Answer) -> bool:
    return answer.status == "clarification"


def numbers(answer: Answer) -> list[float]:
    """The numbers of each row, without names and dates."""
    assert answer.status == "answered", answer.answer
    return [float(c) for row in rows_of(answer) for c in row if isinstance(c, int | float)]


# ------------------------------------------------------------------ the same days


@pytest.mark.parametrize(
    ("asked", "then", "wanted"),
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
    ("then", "wanted"),
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
