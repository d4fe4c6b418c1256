"""Parts of a whole, members said of one number or of both, and the dates that flags name.

Rows P37 and on of the soundness ledger. The shop's own rows, added up by plain loops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, opened
from tests.planner.shop_rows import ORDERS, revenue
from tests.planner.shop_sums import rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEB = [order for order in ORDERS if order.channel == "Web"]


@pytest.mark.parametrize(
    "question",
    [
        "how much of the sales does Web account for?",
        "how much of sales do Web orders make up",
        "Web sales as a percentage of total sales",
    ],
)
async def test_what_a_member_accounts_for_is_its_part_of_the_whole(
    shop: Asker, question: str
) -> None:
    answer = await shop.ask(question)
    wanted = revenue(WEB) / revenue(ORDERS)
    assert answer.status == "answered"
    assert any(
        isinstance(cell, int | float | Decimal) and abs(float(cell) - float(wanted)) < 1e-6
        for row in rows_of(answer)
        for cell in row
    )


@pytest.mark.parametrize(
    "question",
    [
        "number of Web orders and sales",
        "sales and number of Web orders",
        "number of Web orders and sales by city",
        "sales by Web",
        "city with the largest orders",
        "which channel has the smallest orders",
        "Web sales as a percentage of sales by month",
        "sales as a share of gross value by city",
    ],
)
async def test_what_may_be_said_of_one_or_of_both_is_asked_back(shop: Asker, question: str) -> None:
    assert (await shop.ask(question)).status == "clarification"


async def test_members_together_are_one_group(shop: Asker) -> None:
    for question in ("sales of Web and Store together", "Web and Store sales combined"):
        answer = await shop.ask(question)
        wanted = revenue([o for o in ORDERS if o.channel in ("Web", "Store")])
        assert [float(row[0]) for row in rows_of(answer)] == [float(wanted)]


async def test_how_many_of_a_number_that_is_added_up_is_its_sum(shop: Asker) -> None:
    wanted = sum(o.quantity for o in ORDERS if o.city == "Lyon")
    answer = await shop.ask("how many pieces in Lyon")
    assert [float(row[0]) for row in rows_of(answer)] == [float(wanted)]


@pytest.mark.parametrize(
    "question",
    ["sales by channel and quarter", "sales by channel, quarter", "sales per channel & quarter"],
)
async def test_a_grain_may_end_what_is_split_by(shop: Asker, question: str) -> None:
    wanted: dict[tuple[str | None, str], Decimal] = {}
    for order in ORDERS:
        quarter = f"{order.ordered.year}-{3 * ((order.ordered.month - 1) // 3) + 1:02}-01"
        key = (order.channel, quarter)
        wanted[key] = wanted.get(key, Decimal(0)) + revenue([order])
    wanted = {key: amount for key, amount in wanted.items() if amount}  # all were cancelled there
    answer = await shop.ask(question)
    found = {}
    for row in rows_of(answer):
        day = next(str(cell)[:10] for cell in row if str(cell)[:2] == "20" and "-" in str(cell))
        names = [cell for cell in row[:-1] if not str(cell).startswith("20")]
        found[names[0], day] = Decimal(str(row[-1]))
    assert found == wanted


async def test_an_and_behind_a_period_begins_no_grain(shop: Asker) -> None:
    answer = await shop.ask("sales by channel in June and quarter")
    assert answer.status != "answered"


PARCELS = """Parcel,From,To,Carrier,Weight,Fee,Arrived,Booked,Arrival
1,Oslo,Bergen,Fjord,10,5.00,yes,2024-01-10,2024-02-03
2,Oslo,Vardo,Fjord,700,90.00,yes,2024-01-20,2024-04-05
3,Bergen,Oslo,Skarv,30,8.00,no,2024-02-10,
4,Bergen,Oslo,Fjord,1200,150.00,yes,2023-12-20,2024-01-15
5,Narvik,Oslo,Skarv,55,9.50,no,2024-05-02,
6,Oslo,Bergen,Skarv,5,4.00,yes,2024-12-28,2025-01-04
"""
MODEL = """
name: depot
currency: EUR
sources:
  - name: parcels
    files: ["parcels.csv"]
    columns:
      Parcel: {to: parcel_id, type: integer, required: true, unique: true}
      From: {to: origin, type: text}
      To: {to: destination, type: text}
      Carrier: {to: carrier, type: text}
      Weight: {to: weight_kg, type: integer}
      Fee: {to: fee, type: "decimal(12,2)"}
      Arrived: {to: arrived, type: boolean}
      Booked: {to: booked_on, type: date, formats: ["%Y-%m-%d"]}
      Arrival: {to: arrived_on, type: date, formats: ["%Y-%m-%d"]}
models:
  - name: parcels
    label: Parcels
    synonyms: [parcel]
    source: parcels
    primary_key: parcel_id
    time: booked_on
    dimensions:
      - {name: parcel_id, label: Parcel number, type: number, format: integer}
      - {name: origin, label: Origin}
      - {name: destination, label: Destination}
      - {name: carrier, label: Carrier}
      - {name: weight_kg, label: Weight (kg), type: number}
      - {name: fee, label: Fee, type: number, format: currency}
      - {name: arrived, label: Arrived, type: boolean}
      - {name: booked_on, label: Booking date, type: time}
      - {name: arrived_on, label: Arrival date, type: time, synonyms: [arrived on]}
    metrics:
      - {name: parcel_count, label: Parcels, agg: count, format: integer}
      - {name: fees, label: Fees, agg: sum, expr: fee, format: currency}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def depot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """Six parcels behind the real engine."""
    async with opened(tmp_path_factory.mktemp("depot"), MODEL, {"parcels.csv": PARCELS}) as asker:
        yield asker


async def test_a_flag_goes_by_the_date_it_names(depot: Asker) -> None:
    answer = await depot.ask("how many parcels arrived in 2024")
    assert rows_of(answer) == [(3,)]  # 1, 2, 4; booked in 2024 were 1, 2, 6
    answer = await depot.ask("quarterly arrived parcels")
    found = {str(row[0]): row[1] for row in rows_of(answer) if row[1]}
    assert found == {"2024-01-01": 2, "2024-04-01": 1, "2025-01-01": 1}


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("how many parcels from Oslo", 3),
        ("how many parcels to Oslo", 3),
        ("how many parcels went from Oslo to Bergen", 2),
        ("how many parcels go to Bergen or Vardo", 3),
        ("fees from Oslo", 99.0),
        ("fees from Fjord", 245.0),
        ("fees via Skarv", 21.5),
    ],
)
async def test_a_preposition_chooses_where_rows_come_from_or_go(
    depot: Asker, question: str, wanted: float
) -> None:
    answer = await depot.ask(question)
    assert [float(row[0]) for row in rows_of(answer)] == [wanted]


async def test_a_place_without_its_direction_is_asked_back(depot: Asker) -> None:
    for question in (
        "parcels in Oslo",
        "how many parcels between Oslo and Bergen",
        "how many parcels from Vardo",
    ):
        assert (await depot.ask(question)).status == "clarification"


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("how many parcels over 50 kg", 3),
        ("how many parcels between 10 and 55 kg", 3),
        ("number of parcels with a weight of at least 700 kg", 2),
        ("how many unarrived parcels are there", 2),
        ("fees of unarrived parcels", 17.5),
    ],
)
async def test_units_of_labels_and_negated_flags_are_read(
    depot: Asker, question: str, wanted: float
) -> None:
    answer = await depot.ask(question)
    assert [float(row[0]) for row in rows_of(answer)] == [wanted]


@pytest.mark.parametrize(
    "question, parcel",
    [("heaviest parcel", 4), ("lightest parcel", 6), ("most expensive parcel from Bergen", 4)],
)
async def test_a_superlative_ranks_by_what_its_adjective_measures(
    depot: Asker, question: str, parcel: int
) -> None:
    answer = await depot.ask(question)
    assert [row[0] for row in rows_of(answer)] == [parcel]


async def test_a_superlative_without_its_number_is_asked_back(depot: Asker) -> None:
    for question in (
        "tallest parcel",
        "parcels over 5 litres",
        "destination with the heaviest parcels",
    ):
        assert (await depot.ask(question)).status != "answered"
