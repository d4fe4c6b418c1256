"""How big, how old, what takes longest: the mean, the end or the rows of a number.

The help desk's tickets and invoices, counted by hand; each kind has neighbours that are asked back.
"""

from __future__ import annotations

import pytest

from tests.planner.conftest import Asker
from tests.planner.shop_sums import found

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("How big is an invoice on average?", 578.125),
        ("how large is a typical paid invoice on average", 405),
        ("How big is our average invoice?", 578.125),
        ("How big is our biggest invoice?", 1200),
        ("How large was the smallest paid invoice?", 75),
        ("How long does it take us on average to resolve a ticket, in days?", 52 / 7),
        ("how many tickets took more than 7 days to resolve", 3),
        ("how many tickets took more than 7 days", 3),
        ("how many tickets took longer than 7 days", 3),
        ("How many tickets that took at least 10 days to resolve are there?", 2),
        ("how many Mail tickets took less than 7 days to resolve?", 1),
        ("How many customers have open tickets?", 2),
    ],
)
async def test_a_size_is_one_number(helpdesk: Asker, question: str, wanted: float) -> None:
    assert found(await helpdesk.ask(question)) == [(pytest.approx(wanted),)]


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("Which agent takes longest to resolve tickets?", ("Cleo Diaz", 13)),
        ("which channel takes the least time to resolve on average", ("Phone", 3)),
        ("Which agent takes the most time to respond?", ("Bo Chen", 7.5)),
        ("which 2 agents take the longest to resolve a ticket", ("Cleo Diaz", 13)),
    ],
)
async def test_who_takes_longest_leads_a_ranking(
    helpdesk: Asker, question: str, wanted: tuple[str, float]
) -> None:
    first = found(await helpdesk.ask(question))[0]
    assert (first[0], first[1]) == (wanted[0], pytest.approx(wanted[1]))


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("which ticket took the longest to resolve", {"TCK-00006"}),
        ("Which 3 tickets took the longest to resolve?", {"TCK-00006", "TCK-00004", "TCK-00010"}),
        ("list the tickets that took longer than 7 days to resolve",
         {"TCK-00006", "TCK-00004", "TCK-00010"}),
        ("which invoice has the highest amount", {"INV-00005", "INV-00006"}),
        ("the invoice with the smallest amount", {"INV-00007"}),
        ("which 2 paid invoices have the lowest amount", {"INV-00007", "INV-00001"}),
        ("which 2 channels have the fewest tickets", {"Chat", "Mail"}),
        ("name the channel with the most tickets", {"Phone", "Chat", "Mail"}),
    ],
)  # fmt: skip
async def test_the_rows_of_an_end_are_shown(
    helpdesk: Asker, question: str, wanted: set[str]
) -> None:
    assert {row[0] for row in found(await helpdesk.ask(question))} == wanted


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("Are Card invoices bigger than Transfer invoices on average?",
         {"Card": 443.75, "Transfer": 725}),
        ("Does Ana Bell take longer to resolve tickets than Bo Chen?",
         {"Ana Bell": 8 / 3, "Bo Chen": 9}),
        ("does Chat take less time to resolve than Mail", {"Chat": 6, "Mail": 34 / 3}),
    ],
)  # fmt: skip
async def test_two_members_are_measured_side_by_side(
    helpdesk: Asker, question: str, wanted: dict[str, float]
) -> None:
    rows = found(await helpdesk.ask(question))
    assert {row[0]: row[1] for row in rows} == pytest.approx(wanted)


@pytest.mark.parametrize(
    "question",
    [
        "Are Card invoices bigger than Transfer invoices?",
        "How big is Gold on average?",
        "which ticket took the longest",
        "which agent takes longest",
        "list 2 paid invoices by method for Gold",
        "how old is our oldest invoice",
        "how big are tickets on average",
    ],
)
async def test_what_could_be_several_numbers_is_asked_back(helpdesk: Asker, question: str) -> None:
    assert (await helpdesk.ask(question)).status != "answered"
