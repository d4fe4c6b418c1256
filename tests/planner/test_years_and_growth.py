"""Which year a period is of, growth, the newest rows, and verbs that name a sum.

The help desk with a country, a sum called collections and a state that is denied; counted by hand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, opened
from tests.planner.helpdesk import ACCOUNTS, FILES, MODEL
from tests.planner.shop_sums import found, rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNTRIES = ("Country", "United States", "Germany", "United States", "Germany", "")
NEW_COLUMN = "\n".join(
    f"{line},{country}" for line, country in zip(ACCOUNTS.splitlines(), COUNTRIES, strict=True)
)
NEW_MODEL = (
    MODEL.replace(
        "      Staff: {to: employees, type: integer}",
        "      Staff: {to: employees, type: integer}\n      Country: {to: country, type: text}",
    )
    .replace(
        "      - {name: plan, label: Plan, order",
        "      - {name: country, label: Country, value_synonyms: {United States: [US]}}\n"
        "      - {name: plan, label: Plan, order",
    )
    .replace(
        "      - {name: avg_days_to_pay,",
        "      - {name: collected, label: Collections, agg: sum, expr: amount, where: settled,\n"
        "         format: currency, better: higher}\n"
        "      - {name: avg_days_to_pay,",
    )
    .replace(
        "         expr: \"date_diff('day', issued_on, paid_on)\"}\n    metrics:",
        "         expr: \"date_diff('day', issued_on, paid_on)\"}\n    segments:\n"
        '      - {name: settled, label: Settled, filter: "paid", synonyms: [paid up]}\n'
        '      - {name: open, label: Open, filter: "NOT paid", synonyms: [not paid up]}\n'
        "    metrics:",
    )
    .replace("{name: ticket_id, label: Ticket number}", "{name: ticket_id, label: Ticket}")
    .replace(
        "{name: issued_on, label: Issue date, type: time}",
        "{name: issued_on, label: Issue date, type: time, synonyms: [issued]}",
    )
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def billing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The help desk with what this module adds to it."""
    files = FILES | {"accounts.csv": NEW_COLUMN + "\n"}
    async with opened(tmp_path_factory.mktemp("billing"), NEW_MODEL, files) as asker:
        yield asker


# ------------------------------------------------------------------ years


@pytest.mark.parametrize(
    "question, now, before",
    [
        ("tickets in March vs February 2024", 2, 1),
        ("tickets in February vs March 2024", 2, 1),
        ("tickets Q2 vs Q1 2024", 2, 4),
        ("tickets Q2 2024 vs Q1", 2, 4),
        ("tickets in H1 vs H2 2024", 4, 6),
        ("tickets in H2 vs H1 2024", 4, 6),
        ("tickets in the first half vs the second half of 2024", 4, 6),
    ],
)
async def test_a_year_is_shared_by_what_is_compared(
    helpdesk: Asker, question: str, now: int, before: int
) -> None:
    (row,) = found(await helpdesk.ask(question))
    assert row[:2] == (now, before)


@pytest.mark.parametrize(
    "question",
    [
        "tickets in Q4 vs Q1 2024",
        "tickets in November vs January 2024",
        "tickets in November 2024 vs January",
    ],
)
async def test_the_end_of_a_year_beside_its_begin_is_asked_back(
    helpdesk: Asker, question: str
) -> None:
    assert (await helpdesk.ask(question)).status == "clarification"


# ------------------------------------------------------------------ growth


@pytest.mark.parametrize(
    "question",
    [
        "growth of tickets month over month in 2024",
        "MoM growth of tickets in 2024",
        "tickets by month in 2024 with the change to the previous month",
        "how did the number of tickets grow each month in 2024",
    ],
)
async def test_each_month_is_held_against_the_one_before(helpdesk: Asker, question: str) -> None:
    """April, October and December have no tickets; the month after them is held against none."""
    rows = rows_of(await helpdesk.ask(question))
    assert [(str(row[0])[5:7], *row[1:3]) for row in rows] == [
        ("01", 1, None), ("02", 1, 1), ("03", 2, 1), ("05", 1, None), ("06", 1, 1), ("07", 1, 1),
        ("08", 1, 1), ("09", 1, 1), ("11", 1, None),
    ]  # fmt: skip
    assert [row[4] for row in rows][:3] == [None, 0, 1]


async def test_each_quarter_is_held_against_that_of_the_year_before(helpdesk: Asker) -> None:
    rows = rows_of(await helpdesk.ask("year over year growth of tickets by quarter"))
    assert [row[1:3] for row in rows] == [(4, None), (2, None), (3, None), (1, None), (2, 4)]


async def test_another_grain_keeps_the_growth_and_the_period(helpdesk: Asker) -> None:
    first = await helpdesk.ask("growth of tickets month over month in 2024")
    rows = rows_of(await helpdesk.ask("by quarter", first.conversation_id))
    assert [row[1:3] for row in rows] == [(4, None), (2, 4), (3, 2), (1, 3)]


@pytest.mark.parametrize(
    "question",
    ["in which month did tickets grow the most?", "year over year growth of tickets by week"],
)
async def test_growth_that_is_not_computed_is_asked_back(helpdesk: Asker, question: str) -> None:
    assert (await helpdesk.ask(question)).status == "clarification"


# ------------------------------------------------------------------ verbs, initials, states


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("How much did we collect?", 2025),
        ("how much have we collected from Gold accounts", 1550),
        ("how much was collected from Silver accounts", 400),
        ("How much did we bill in 2024?", 4050),
        ("how much paid revenue was settled in 2024", 1950),
        ("how much billed amount is settled", 2025),
        ("How many invoices did we issue in 2024?", 6),
        ("billed amount for US", 3250),
        ("billed amount of accounts with more than 100 employees", 3250),
        ("billed amount in calendar year 2024", 4050),
        ("billed amount in calendar 2024", 4050),
        ("billed amount for us", 4625),
        ("how many invoices are there for US customers over 1000", 2),
        ("average collections", 405),
    ],
)
async def test_a_verb_or_initials_are_what_the_model_calls_so(
    billing: Asker, question: str, wanted: float
) -> None:
    assert found(await billing.ask(question)) == [(pytest.approx(wanted),)]


async def test_those_who_do_it_are_no_verb(helpdesk: Asker) -> None:
    rows = found(await helpdesk.ask("Rank account owners by revenue"))
    assert rows[:3] == [("Mia Torres", 3250), ("Jon Pike", 1300), ("Ravi Shah", 75)]


@pytest.mark.parametrize(
    "question",
    ["invoices not paid up by card", "invoices older than 60 days", "tickets older than 60 days"],
)
async def test_what_has_two_readings_or_no_number_is_asked_back(
    billing: Asker, question: str
) -> None:
    assert (await billing.ask(question)).status == "clarification"


# ------------------------------------------------------------------ the newest, the most used


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("latest ticket", ["TCK-00012"]),
        ("Show me the 3 most recent tickets", ["TCK-00012", "TCK-00011", "TCK-00010"]),
        ("oldest tickets with status Open", ["TCK-00003", "TCK-00008", "TCK-00009", "TCK-00012"]),
        ("new tickets in 2025", ["TCK-00012", "TCK-00011"]),
    ],
)
async def test_the_newest_go_by_the_date_of_what_has_happened(
    helpdesk: Asker, question: str, wanted: list[str]
) -> None:
    assert [row[0] for row in found(await helpdesk.ask(question))] == wanted


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("new tickets per month in 2024", 9),
        ("which channel is used most often", 3),
        ("most used channel", 3),
        ("is the resolution time worse for Login than for Reports", 2),
    ],
)
async def test_each_is_shown(helpdesk: Asker, question: str, wanted: int) -> None:
    """Nine months of 2024 have tickets; of channels, Phone has the most: six."""
    rows = found(await helpdesk.ask(question))
    assert len(rows) == wanted
    if wanted == 3:
        assert rows[0] == ("Phone", 6)


@pytest.mark.parametrize("question", ["new accounts this month", "new tickets", "latest accounts"])
async def test_what_has_no_date_of_its_own_is_not_new(helpdesk: Asker, question: str) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


# ------------------------------------------------------------------ signs


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("count(tickets) channel=Mail", 3),
        ("number of tickets where channel == Mail", 3),
        ("number of tickets where channel != Mail", 9),
        ("number of tickets where channel <> 'Mail'", 9),
        ("number of tickets where not channel = Mail", 9),
        ("number of tickets where replies = 9", 2),
        ("number of tickets with channel = Phone and status = Open", 3),
    ],
)
async def test_signs_say_what_is_and_what_is_not(
    helpdesk: Asker, question: str, wanted: int
) -> None:
    assert found(await helpdesk.ask(question)) == [(wanted,)]


# ------------------------------------------------------------------ what is of something else


@pytest.mark.parametrize(
    "question",
    [
        "tickets Open for more than 5 days",
        "invoices not paid up for more than 30 days",
        "percent of tickets resolved by agent",
        "percentage of invoices settled by method",
        "why did billed amount fall in 2023?",
        "why did billed amount rise in 2027",
    ],
)
async def test_what_the_numbers_at_hand_do_not_say_is_asked_back(
    billing: Asker, question: str
) -> None:
    assert (await billing.ask(question)).status != "answered"


async def test_the_times_of_a_state_are_found_by_its_word(helpdesk: Asker) -> None:
    """Resolved in 4, 2, 10, 20, 6, 8 and 2 days; all paid within 40."""
    asked = "how many tickets were resolved in more than 7 days"
    assert found(await helpdesk.ask(asked)) == [(3,)]
    assert found(await helpdesk.ask("share of resolved tickets by channel"))[0][:2] == ("Mail", 3)


@pytest.mark.parametrize(
    "question",
    ["tickets by channel vs last month", "tickets by channel this month versus last month"],
)
async def test_what_stands_behind_versus_is_compared(helpdesk: Asker, question: str) -> None:
    """January 2025 has TCK-00011, February TCK-00012, both by Phone."""
    assert rows_of(await helpdesk.ask(question))[0][:3] == ("Phone", 1, 1)


async def test_each_month_beside_the_one_before_it_where_it_is_asked_so(helpdesk: Asker) -> None:
    rows = rows_of(await helpdesk.ask("tickets by month in 2024 compared to the previous month"))
    assert [row[1:3] for row in rows][:3] == [(1, None), (1, 1), (2, 1)]


async def test_months_chosen_by_their_change_are_asked_back(helpdesk: Asker) -> None:
    assert (await helpdesk.ask("which months had declining tickets")).status == "clarification"


async def test_a_date_called_starting_is_no_begin_of_a_period(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Issued in January 2025 are INV-00007 and INV-00008, in May 2024 INV-00003."""
    model = MODEL.replace(
        "{name: issued_on, label: Issue date, type: time}",
        "{name: issued_on, label: Issue date, type: time, synonyms: [starting]}",
    ).replace("time: issued_on", "time: paid_on")
    async with opened(tmp_path_factory.mktemp("starting"), model, FILES) as asker:
        assert found(await asker.ask("how many invoices starting in January 2025")) == [(2,)]
        assert found(await asker.ask("billed amount starting in May 2024")) == [(400,)]


@pytest.mark.parametrize(
    "question",
    [
        "Top 2 agents by tickets",
        "which 2 agents got the most tickets",
    ],
)
async def test_rows_without_a_name_rank_by_their_number(billing: Asker, question: str) -> None:
    assert found(await billing.ask(question)) == [("Ana Bell", 5), ("Bo Chen", 4)]


async def test_rows_may_be_named_by_what_they_are(billing: Asker) -> None:
    rows = found(await billing.ask("cards in 2024"))
    assert {row[0] for row in rows} == {"INV-00001", "INV-00003", "INV-00006"}
    assert (await billing.ask("card in 2024")).status != "answered"


async def test_the_largest_steps_are_told(helpdesk: Asker) -> None:
    """Tickets: March has one more than February. Escalated are all of July's, none of June's."""
    counts = await helpdesk.ask("growth of tickets month over month in 2024")
    assert "Largest rise: Mar 2024 (+1)." in counts.answer
    rates = await helpdesk.ask("escalation rate month over month in 2024")
    told = "Largest rise: Jul 2024 (+100.0 percentage points); largest fall: Jun 2024 (-100.0"
    assert told in rates.answer


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("which channels declined in tickets in Q2 2024 compared to Q1 2024", ["Chat", "Phone"]),
        ("channels with growing tickets in Q2 2024 compared to Q1 2024", ["Mail"]),
        ("top 1 channel by growth of tickets in Q2 2024 compared to Q1 2024", ["Mail"]),
        ("channel with the biggest drop in number of tickets in Q2 2024 compared to Q1 2024",
         ["Chat", "Phone"]),
    ],
)  # fmt: skip
async def test_groups_are_chosen_by_how_they_changed(
    helpdesk: Asker, question: str, wanted: list[str]
) -> None:
    """Phone has 2 then 1, Chat 2 then none, Mail none then 1."""
    answer = await helpdesk.ask(question)
    assert [row[0] for row in rows_of(answer)] == wanted, answer.answer


async def test_which_number_grew_is_asked(helpdesk: Asker) -> None:
    assert (await helpdesk.ask("which channels grew in 2024")).status == "clarification"


async def test_a_rank_by_the_change_is_none_by_what_is_shown(helpdesk: Asker) -> None:
    for first in ("tickets by month in 2024", "tickets month over month", "tickets by channel"):
        answers = await helpdesk.talk(first, "which grew the most?")
        assert answers[1].status == "clarification", answers[1].answer


async def test_a_list_of_what_declined_holds_no_rows_of_the_period_before(helpdesk: Asker) -> None:
    answers = await helpdesk.talk(
        "which channels declined in tickets in Q2 2024 compared to Q1 2024", "list their tickets"
    )
    assert answers[1].status != "answered", answers[1].answer
