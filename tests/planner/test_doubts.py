"""Sentences that no query can say: asked back or refused, with what stands in the way.

Row P23 of the soundness ledger: each of these was once answered with the nearest query that there
is. Invariant: the sentence names the obstacle; a neighbour of it that can be answered is.
"""

from __future__ import annotations

import pytest

from server.planner.builtin.planner import BuiltinPlanner
from server.planner.plan import Answerable, Clarification, Context, LastAnswer, Refusal
from tests.planner.conftest import Asker
from tests.planner.shop_rows import AS_OF

OBSTACLES = {
    "top 2 and bottom 2 channels by sales": "two lists",
    "sum of cancellation rate": "no meaning",
    "average of average order value by city": "no meaning",
    "total discount (%)": "do not add up",
    "sales / gross value": "defines no",
    "orders that are both Web and Phone": "Nothing is both",
    "is the turnover higher than 90 million?": "would compare a total",
    "how much will we sell": "",
    "will turnover grow": "what will happen",
    "orders over €500 and under €20": "Nothing is both",
    "by turnover": "what that refers to",
    "top -3 customers by sales": "",
    "orders over 100 dollars": "are not converted",
    "what does cancellation rate mean?": "cancelled_orders / order_count",
    "how is the turnover calculated?": "sum(line_total)",
}
ANSWERED = (
    "top 2 channels by sales",
    "total sales",
    "orders that are Web or Phone",
    "average discount (%)",
    "orders over €20 and under €500",
    "cancellation rate by city",
)


@pytest.mark.parametrize("question", OBSTACLES)
def test_what_no_query_can_say_is_not_answered(shop_planner: BuiltinPlanner, question: str) -> None:
    outcome = shop_planner.plan(question, AS_OF).outcome
    assert isinstance(outcome, Clarification | Refusal)
    assert OBSTACLES[question] in outcome.message


@pytest.mark.parametrize("question", ANSWERED)
def test_its_neighbours_are_answered(shop_planner: BuiltinPlanner, question: str) -> None:
    assert isinstance(shop_planner.plan(question, AS_OF).outcome, Answerable)


def _after(
    planner: BuiltinPlanner, first: str, second: str
) -> Answerable | Clarification | Refusal:
    outcome = planner.plan(first, AS_OF).outcome
    assert isinstance(outcome, Answerable)
    query = outcome.queries[0].query
    assert query is not None
    return planner.plan(second, AS_OF, Context(last=LastAnswer(query), turns=1)).outcome


def test_drop_takes_a_member_out(shop_planner: BuiltinPlanner) -> None:
    outcome = _after(shop_planner, "sales by channel", "drop Web")
    assert isinstance(outcome, Answerable)
    query = outcome.queries[0].query
    assert query is not None
    assert query.dimensions == ("channel",)
    (item,) = query.filters
    assert "Web" in str(item)
    assert "!=" in str(item) or "not" in str(item)


def test_there_means_what_was_asked_about(shop_planner: BuiltinPlanner) -> None:
    outcome = _after(shop_planner, "sales in Lyon", "cancellation rate there")
    assert isinstance(outcome, Answerable)
    query = outcome.queries[0].query
    assert query is not None
    assert "Lyon" in str(query.filters)


def test_rows_of_another_kind_are_not_meant_by_a_pronoun(shop_planner: BuiltinPlanner) -> None:
    outcome = _after(shop_planner, "top 2 customers by sales", "show their service visits")
    assert isinstance(outcome, Clarification)


@pytest.mark.asyncio(loop_scope="session")
async def test_every_number_beside_an_option_stands_in_a_query(shop: Asker) -> None:
    answer = await shop.ask("show me the numbers")
    assert answer.status == "clarification"
    assert len(answer.options) == len(answer.queries) > 0
    for option, query in zip(answer.options, answer.queries, strict=True):
        assert option.preview
        assert query.title == option.label
        assert query.row_count == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_a_short_reply_completes_what_was_asked_back(shop: Asker) -> None:
    first, second = await shop.talk("Lyon", "sales")
    alone = await shop.ask("sales in Lyon")
    assert first.status == "clarification"
    assert second.queries[0].rows == alone.queries[0].rows
