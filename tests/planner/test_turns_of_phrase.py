"""Comparisons of members, stretches of time by their verb, standings, keys, ranges and owners.

The help desk's tickets and invoices, counted by hand; each kind has neighbours that are asked back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.answer.wire import Answer
from tests.planner.conftest import Asker, opened
from tests.planner.shop_sums import found, rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


def first_column(answer: Answer) -> list[str]:
    return [str(row[0]) for row in found(answer)]


# ------------------------------------------------------------------ two members


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("Phone or Chat - which has more tickets?", {"Phone": 6, "Chat": 3}),
        ("which channel has more tickets, Phone or Chat?", {"Phone": 6, "Chat": 3}),
        ("do we get more tickets by Phone or by Chat?", {"Phone": 6, "Chat": 3}),
        ("are Phone tickets more than Chat tickets", {"Phone": 6, "Chat": 3}),
        ("which has the most tickets, Phone or Chat", {"Phone": 6, "Chat": 3}),
        ("who has more tickets, Ana Bell or Bo Chen?", {"Ana Bell": 5, "Bo Chen": 4}),
        ("does Ana Bell have fewer tickets than Bo Chen?", {"Ana Bell": 5, "Bo Chen": 4}),
        ("is the resolution time higher for Login than for Reports?", {"Login": 8.5, "Reports": 8}),
        ("is the resolution time of Login lower than that of Reports",
         {"Login": 8.5, "Reports": 8}),
        ("are there more escalated tickets on Phone than on Mail", {"Phone": 2, "Mail": 2}),
        ("did Phone get more tickets than Chat in 2024?", {"Phone": 4, "Chat": 3}),
        ("is revenue from Gold accounts higher than from Silver accounts",
         {"Gold": 3250, "Silver": 1300}),
        ("who responds faster, Ana Bell or Bo Chen?", {"Ana Bell": 2.8, "Bo Chen": 7.5}),
        ("is the response time of Chat slower than Phone", {"Chat": 6, "Phone": 25 / 6}),
        ("do Gold or Silver accounts pay faster?", {"Gold": 80 / 3, "Silver": 5}),
        ("who has a better satisfaction, Ana Bell or Bo Chen?", {"Ana Bell": 4, "Bo Chen": 0.5}),
    ],
)  # fmt: skip
async def test_members_set_against_each_other_are_shown_one_by_one(
    helpdesk: Asker, question: str, wanted: dict[str, float]
) -> None:
    rows = found(await helpdesk.ask(question))
    assert {row[0]: row[1] for row in rows} == pytest.approx(wanted)


@pytest.mark.parametrize(
    "question",
    [
        "are there more tickets on Phone than escalated tickets on Chat",
        "which has more tickets: Phone or escalated Chat?",
        "is revenue paid by Card from Gold accounts higher than from Silver accounts",
        "is the score higher on Phone in 2024 than on Chat in 2025",
        "are there more Open tickets on Phone than Solved tickets on Chat",
        "is the average score higher for Login than the response time for Reports",
        "is Ana Bell better than Bo Chen",
        "is Ana Bell faster than Bo Chen",
        "is revenue slower in Gold than in Silver",
        "which agent resolves tickets faster than Bo Chen",
        "are Gold accounts bigger than Silver accounts",
    ],
)
async def test_sides_that_differ_in_more_than_the_member_are_asked_back(
    helpdesk: Asker, question: str
) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


# ------------------------------------------------------------------ how long


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("how long do tickets take to resolve?", 52 / 7),
        ("how long does it take to resolve a ticket", 52 / 7),
        ("how quickly are tickets resolved", 52 / 7),
        ("how many days does it take to resolve a ticket", 52 / 7),
        ("how much time do we need to resolve a ticket", 52 / 7),
        ("how long do customers take to pay their invoices", 18),
        ("how long do Gold customers usually take to pay", 80 / 3),
        ("how soon do customers pay", 18),
        ("how fast do we respond?", 59 / 11),
        ("how long does Ana Bell take to respond", 2.8),
        ("how long did ticket TCK-00006 take to resolve", 20),
        ("median response time", 5),
    ],
)
async def test_a_verb_names_the_stretch_of_time(
    helpdesk: Asker, question: str, wanted: float
) -> None:
    assert found(await helpdesk.ask(question)) == [(pytest.approx(wanted),)]


@pytest.mark.parametrize(
    "question",
    [
        "how long do tickets take on average?", "how fast is Ana Bell", "how long is a ticket open",
        "how long does Chat take", "how fast are we growing", "how quickly is revenue growing",
        "how long did orders last", "who is the slowest agent", "slowest ticket",
        "which plan is the slowest by revenue", "how long do tickets take to close",
    ],
)  # fmt: skip
async def test_a_stretch_of_time_that_is_not_named_is_asked_back(
    helpdesk: Asker, question: str
) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


async def test_a_stretch_of_time_is_no_count_of_what_is_done(helpdesk: Asker) -> None:
    wanted = {"Ana Bell": 8 / 3, "Bo Chen": 9.0, "Cleo Diaz": 13.0}
    for question in (
        "how long do tickets take to be resolved by agent",
        "time to resolve by agent",
    ):
        rows = found(await helpdesk.ask(question))
        assert {row[0]: row[1] for row in rows if len(row) > 1} == pytest.approx(wanted)


@pytest.mark.parametrize(
    "question, first, last",
    [
        ("which agent responds fastest", "Ana Bell", None),
        ("fastest agent by resolution time", "Ana Bell", "Cleo Diaz"),
        ("which product has the slowest resolution time", "Login", "Billing"),
        ("which customers pay the slowest", "Cedar Bank", None),
        ("which agent leads in resolved tickets", "Ana Bell", None),
        ("which agent comes first in tickets", "Ana Bell", "Cleo Diaz"),
        ("which product comes last by satisfaction?", "Reports", "Billing"),
        ("which plan ranks first by revenue", "Gold", "Bronze"),
    ],
)
async def test_a_standing_is_a_ranking(
    helpdesk: Asker, question: str, first: str, last: str | None
) -> None:
    names = first_column(await helpdesk.ask(question))
    assert names[0] == first
    assert last is None or names[-1] == last


@pytest.mark.parametrize(
    "question",
    [
        "which agent tops the list for escalations", "which plan ranks last by resolution time",
        "which channel leads in 2024", "which channel comes first", "how many leads in Chat",
        "leads in Chat by channel", "who leads in resolved tickets?",
    ],
)  # fmt: skip
async def test_a_standing_without_its_number_or_sense_is_asked_back(
    helpdesk: Asker, question: str
) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("how many tickets have 5 to 10 replies", 7),
        ("number of tickets with 5-10 replies", 7),
        ("how many tickets took 5 to 10 days to resolve", 3),
        ("how many invoices of 100-500 euros", 4),
        ("how many accounts have 50 to 300 employees", 2),
        ("how many accounts are inactive", 2),
        ("number of non-escalated tickets", 8),
        ("how many unescalated tickets", 8),
        ("how many tickets have no agent recorded", 1),
        ("how many agents handled more than 3 tickets", 2),
    ],
)
async def test_what_is_said_of_rows_is_a_condition_on_them(
    helpdesk: Asker, question: str, wanted: float
) -> None:
    assert found(await helpdesk.ask(question)) == [(wanted,)]


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("tickets where the agent is missing", ["TCK-00009"]),
        ("tickets missing an agent", ["TCK-00009"]),
        ("accounts whose email is unknown", ["Lumen Toys"]),
        ("accounts that raised more than 2 tickets", ["Cedar Bank", "Northwind Labs"]),
        ("customers who filed at least 5 tickets", ["Cedar Bank"]),
        ("accounts with 2 to 4 tickets", ["Northwind Labs", "Harbor Foods"]),
        ("customers with more than 1 paid invoice", ["Northwind Labs"]),
        ("accounts owned by Mia Torres", ["Cedar Bank", "Northwind Labs"]),
        ("which accounts does Mia Torres own", ["Cedar Bank", "Northwind Labs"]),
        ("who owns Harbor Foods?", ["Jon Pike"]),
        ("who is the account owner of Lumen Toys", ["Ravi Shah"]),
        ("what is the status of ticket TCK-00004", ["Solved"]),
        ("show ticket tck-00004", ["TCK-00004"]),
        ("who is the agent of ticket TCK-00004", ["Bo Chen"]),
    ],
)
async def test_rows_and_groups_are_found_by_what_is_said_of_them(
    helpdesk: Asker, question: str, wanted: list[str]
) -> None:
    assert first_column(await helpdesk.ask(question)) == wanted


async def test_a_single_row_is_found_by_its_key(helpdesk: Asker) -> None:
    assert found(await helpdesk.ask("amount of invoice INV-00007")) == [(75.0,)]
    assert found(await helpdesk.ask("how much is invoice INV-00005")) == [(1200.0,)]


@pytest.mark.parametrize(
    "question",
    [
        "accounts with fewer than 2 tickets", "accounts with 0 to 1 tickets", "show TCK-4",
        "tickets from 5 to 10", "accounts that closed more than 2 tickets", "ticket INV-00005",
        "average score of accounts with more than 1 Chat ticket", "who bought Harbor Foods",
        "accounts managed by Mia Torres", "median average resolution time",
        "escalated and non-escalated tickets", "resolved and unresolved tickets",
        "how many Chat tickets excluding Chat", "how many active and inactive accounts",
    ],
)  # fmt: skip
async def test_what_is_said_otherwise_is_asked_back(helpdesk: Asker, question: str) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


async def test_a_flag_against_its_opposite_is_a_split(helpdesk: Asker) -> None:
    for question in ("escalated versus non-escalated tickets", "compare paid and unpaid invoices"):
        counts = {str(row[0]): row[1] for row in rows_of(await helpdesk.ask(question))}
        assert counts == (
            {"True": 4, "False": 8} if "tickets" in question else {"True": 5, "False": 3}
        )


async def test_several_statistics_of_one_number(helpdesk: Asker) -> None:
    answer = await helpdesk.ask("average, median and max resolution time")
    assert found(answer) == [(pytest.approx(52 / 7), 6.0, 20.0)]
    rows = found(await helpdesk.ask("mean and median response time by channel"))
    assert {str(name): values for name, *values in rows} == {
        "Mail": pytest.approx([22 / 3, 7.0]), "Chat": [6.0, 6.0],
        "Phone": pytest.approx([25 / 6, 3.5]),
    }  # fmt: skip


STAYS = """No,Channel,Status,Nights,Rate
1,Web,Done,2,100.00
2,Web,Off,4,100.00
3,Phone,Done,3,50.00
"""
HOTEL = """
name: inn
currency: EUR
sources:
  - name: stays
    files: ["stays.csv"]
    columns:
      No: {to: stay_no, type: integer, required: true, unique: true}
      Channel: {to: channel, type: text}
      Status: {to: status, type: text}
      Nights: {to: nights, type: integer}
      Rate: {to: rate, type: "decimal(8,2)"}
models:
  - name: stays
    label: Stays
    synonyms: [stay]
    source: stays
    primary_key: stay_no
    dimensions:
      - {name: stay_no, label: Stay number, type: number, format: integer}
      - {name: channel, label: Channel}
      - {name: status, label: Status}
      - {name: nights, label: Nights, type: number, format: integer, synonyms: [length of stay]}
      - {name: rate, label: Rate, type: number, format: currency}
      - {name: takings, label: Takings, type: number, format: currency, expr: "nights * rate"}
    segments:
      - {name: done, label: Done, filter: "status = 'Done'"}
    metrics:
      - {name: stay_count, label: Stays, agg: count, format: integer}
      - {name: nights_sold, label: Nights sold, agg: sum, expr: nights, where: done,
         format: integer}
      - {name: revenue, label: Revenue, agg: sum, expr: takings, where: done, format: currency}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def inn(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """Three stays behind the real engine."""
    async with opened(tmp_path_factory.mktemp("inn"), HOTEL, {"stays.csv": STAYS}) as asker:
        yield asker


async def test_money_is_no_other_number(inn: Asker) -> None:
    for question in ("how much money did we make", "how much did we make", "how many nights"):
        assert (await inn.ask(question)).status == "clarification", question
    assert found(await inn.ask("how many nights sold")) == [(5.0,)]
    assert found(await inn.ask("revenue")) == [(350.0,)]
    answers = await inn.talk("how many nights", "the second one")
    assert found(answers[1]) == [(5.0,)]


async def test_a_number_behind_the_noun_of_its_rows_is_their_key(inn: Asker) -> None:
    for question in ("stay 2", "show stay number 2", "status of stay no 2", "stay #2"):
        assert [row[0] for row in rows_of(await inn.ask(question))] == [2], question
    assert found(await inn.ask("how long do Web stays last")) == [(3.0,)]
    assert (await inn.ask("stays 2")).status != "answered"


async def test_a_mean_of_rows_per_group_may_be_their_number_or_their_size(
    helpdesk: Asker, inn: Asker
) -> None:
    assert (await inn.ask("average stays per channel")).status == "clarification"
    assert (await helpdesk.ask("average invoices per account")).status == "clarification"
    assert found(await helpdesk.ask("list accounts who are active"))[0][0] == "Cedar Bank"
