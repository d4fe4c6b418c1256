"""Readings that were once confidently wrong, on the shop and the complaints about its orders.

Rows P28 and on of the soundness ledger. The complaints are a table beside the shop's own, so that
orders have rows too; expected numbers are computed from the rows of both.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from semantic.load import load_model
from server.app import open_services
from server.settings import Settings
from tests.homes import build_home
from tests.planner.conftest import NOW, Asker
from tests.planner.shop_rows import FOLDER, ORDERS, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")

COMPLAINTS = """Complaint,Order,Kind,Filed,Desk,Status
K1,1,Late,2024-10-01,US,New
K2,1,Broken,2024-10-02,US,Done
K3,5,Late,2025-03-20,People,Done
K4,9,Broken,2024-09-20,FR,New
K5,60,Late,2024-03-10,FR,Done
K6,60,Broken Box,2024-03-11,FR,Done
"""
SOURCE = """
  - name: complaints
    files: ["complaints.csv"]
    columns:
      Complaint: {to: complaint_id, type: text, required: true, unique: true}
      Order: {to: order_id, type: integer}
      Kind: {to: kind, type: text}
      Filed: {to: filed_on, type: date, formats: ["%Y-%m-%d"]}
      Desk: {to: desk, type: text}
      Status: {to: complaint_status, type: text}

models:
  - name: complaints
    label: Complaints
    synonyms: [complaint]
    source: complaints
    primary_key: complaint_id
    time: filed_on
    dimensions:
      - {name: complaint_id, hidden: true}
      - {name: order_id, type: number, hidden: true}
      - {name: kind, label: Kind of complaint, value_synonyms: {Broken Box: [broken+]}}
      - {name: desk, label: Desk}
      - {name: complaint_status, label: Complaint status}
      - {name: filed_on, label: Filing date, type: time}
    metrics:
      - {name: complaint_count, label: Complaints, agg: count, format: integer}
"""
OPEN_ORDERS = """    metrics:
      - {name: open_orders, label: Open orders, agg: count, where: "status = 'Open'", better: lower}
      - {name: order_count,"""
RELATION = """relationships:
  - {name: complaint_order, from: complaints.order_id, to: orders.order_id}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The shop with complaints about its orders, and open orders as a metric of their own."""
    root: Path = tmp_path_factory.mktemp("desk")
    text = (FOLDER / "shop.yml").read_text("utf-8")
    for old, new in (
        ("\nmodels:\n", SOURCE),
        ("    metrics:\n      - {name: order_count,", OPEN_ORDERS),
        ("relationships:\n", RELATION),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (root / "desk.yml").write_text(text, "utf-8")
    files = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.csv")}
    build_home(root, {**files, "complaints.csv": COMPLAINTS}, load_model([root / "desk.yml"]).spec)
    async with open_services(
        Settings.load({}, root), clock=lambda: NOW, surface="test"
    ) as services:
        yield Asker(services.questions.services)


ROWS = list(csv.DictReader(io.StringIO(COMPLAINTS)))


def complained(kind: str | None = None) -> set[int]:
    """The orders that somebody complained about."""
    return {int(row["Order"]) for row in ROWS if kind in (None, row["Kind"])}


EXISTENCE = [
    ("how many orders have a complaint?", len(complained())),
    ("how many orders have had a complaint?", len(complained())),
    ("number of orders with complaints", len(complained())),
    ("how many orders have a broken complaint?", len(complained("Broken"))),
    ("how many orders have more than one complaint?", 2),  # 1 and 60
]


@pytest.mark.parametrize("question, expected", EXISTENCE)
async def test_what_rows_have_is_a_condition_on_them(
    desk: Asker, question: str, expected: int
) -> None:
    answer = await desk.ask(question)
    assert answer.queries[0].rows == [[expected]]
    assert expected < len(ORDERS)


@pytest.mark.parametrize(
    "question",
    ["how many orders had complaints in 2024?", "how many orders have fewer than two complaints?"],
)
async def test_more_said_of_what_rows_have_is_asked_back(desk: Asker, question: str) -> None:
    assert (await desk.ask(question)).status == "clarification"


def open_by(key: str) -> dict[object, int]:
    """Open orders of each member, those without any included."""
    groups = by(ORDERS, lambda o: getattr(o, key), lambda own: Counter(o.status for o in own))
    return {name: count["Open"] for name, count in groups.items() if name is not None}  # type: ignore[index]


@pytest.mark.parametrize("word", ["smallest", "lowest", "largest", "highest"])
async def test_a_count_called_by_name_ranks_by_its_number(desk: Asker, word: str) -> None:
    answer = await desk.ask(f"city with the {word} open orders")
    is_high = word in ("largest", "highest")
    wanted = sorted(open_by("city").values(), reverse=is_high)[:10]
    assert [row[1] for row in answer.queries[0].rows] == wanted


@pytest.mark.parametrize(
    "question",
    ["which cities have the largest open orders?", "cities with the biggest open orders"],
)
async def test_several_groups_have_the_largest_ones_one_by_one(desk: Asker, question: str) -> None:
    largest: dict[str, Decimal] = {}
    for order in ORDERS:
        if order.status == "Open" and order.city is not None:
            largest[order.city] = max(largest.get(order.city, Decimal(0)), revenue([order]))
    wanted = sorted(largest.values(), reverse=True)
    answer = await desk.ask(question)
    assert [row[1] for row in answer.queries[0].rows] == wanted


async def test_a_place_by_a_count_is_counted_by_its_number(desk: Asker) -> None:
    answer = await desk.ask("second highest family by open orders")
    ranked = sorted(open_by("family").items(), key=lambda one: -one[1])
    assert len({number for _, number in ranked[:3]}) == 3
    assert answer.queries[0].rows == [list(ranked[1])]


async def test_all_that_share_a_place_are_shown_and_the_tie_is_said(shop: Asker) -> None:
    nines = [order.number for order in ORDERS if order.quantity == 9]
    assert len(nines) == 9
    assert max(order.quantity for order in ORDERS) == 9
    answer = await shop.ask("second largest order by quantity")
    assert sorted(row[0] for row in answer.queries[0].rows) == sorted(nines)
    assert "9 rows share this place, each with 9 as quantity" in answer.answer


async def test_a_place_that_one_row_has_is_no_tie(shop: Asker) -> None:
    answer = await shop.ask("second largest order")
    second = sorted(ORDERS, key=lambda order: order.total, reverse=True)[1]
    assert [row[0] for row in answer.queries[0].rows] == [second.number]
    assert "share" not in answer.answer


async def test_the_worst_by_a_number_that_should_be_low_are_the_highest(desk: Asker) -> None:
    answer = await desk.ask("the two worst channels by open orders")
    wanted = sorted(open_by("channel").values(), reverse=True)[:2]
    assert [row[1] for row in answer.queries[0].rows] == wanted


async def test_the_worst_of_the_answer_before_are_the_highest_where_less_is_better(
    desk: Asker,
) -> None:
    _, answer = await desk.talk("open orders by city", "the two worst")
    wanted = sorted(open_by("city").values(), reverse=True)[:2]
    assert [row[1] for row in answer.queries[0].rows] == wanted


@pytest.mark.parametrize(
    "question",
    ["open orders as well as sales by family", "number of open orders and sales by family"],
)
async def test_the_name_of_one_metric_is_no_condition_on_another(
    desk: Asker, question: str
) -> None:
    answer = await desk.ask(question)
    sales: dict[Any, Any] = by(ORDERS, lambda o: o.family, revenue)
    found = {row[0]: (row[1], Decimal(str(row[2]))) for row in answer.queries[0].rows}
    assert found == {name: (number, sales[name]) for name, number in open_by("family").items()}


async def test_a_dimension_of_the_rows_themselves_wins_over_a_borrowed_one(desk: Asker) -> None:
    answer = await desk.ask("complaint count by status")
    counted = Counter(row["Status"] for row in ROWS)
    assert {row[0]: row[1] for row in answer.queries[0].rows} == dict(counted)


@pytest.mark.parametrize(
    "question, kinds",
    [
        ("number of complaints excluding Late and Broken", ("Broken Box",)),
        ("number of complaints of kind Broken", ("Broken",)),
        ("number of complaints of kind Broken Box", ("Broken Box",)),
    ],
)
async def test_the_whole_name_of_a_member_wins_over_a_longer_one(
    desk: Asker, question: str, kinds: tuple[str, ...]
) -> None:
    answer = await desk.ask(question)
    assert answer.queries[0].rows == [[sum(row["Kind"] in kinds for row in ROWS)]]


@pytest.mark.parametrize(
    "question, desks",
    [
        ("give us the number of complaints", ("US", "FR", "People")),
        ("number of complaints in the US", ("US",)),
        ("number of complaints in the us", ("US",)),
    ],
)
async def test_a_pronoun_is_no_member(desk: Asker, question: str, desks: tuple[str, ...]) -> None:
    answer = await desk.ask(question)
    assert answer.queries[0].rows == [[sum(row["Desk"] in desks for row in ROWS)]]


@pytest.mark.parametrize(
    "question", ["number of complaints from us", "how many people have complaints?"]
)
async def test_a_common_word_that_may_be_a_member_is_asked_back(desk: Asker, question: str) -> None:
    answer = await desk.ask(question)
    assert answer.status == "clarification"
    assert "may be the common word or the member" in answer.answer


async def test_money_is_no_number_of_the_model(desk: Asker) -> None:
    answer = await desk.ask("which kind of complaint makes us the most money?")
    assert answer.status == "refused"


async def test_a_list_of_one_row_speaks_of_one(shop: Asker) -> None:
    answer = await shop.ask("largest order")
    largest = max(ORDERS, key=lambda order: order.total)
    assert [row[0] for row in answer.queries[0].rows] == [largest.number]
    assert "1 row." in answer.answer
