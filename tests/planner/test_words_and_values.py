"""How names are said, and what a word means where it could mean two things: on six train trips.

    trip driver      passenger channel state     delay length share fare booked day   late analysis
    T1   D1 (Senior) P1        Phone   Done         10     50   100   20 01-01  01-05  no    Signal
    T2   D1          P2        Web     Done         40     70   100   30 01-01  01-20  yes   Weather
    T3   D2 (Junior) P3        Phone   Booked                    50   25 02-01  03-01  no    Signal
    T4   D3 (Senior) P1        Web     Cancelled                 50   12 01-10  01-12  no    Weather
    T5   D4 (Junior) P3        Phone   Done         20     30   100   15 02-02  02-10  no    Signal
    T6   D3          P2        Phone   Done         50     90    50   40 02-03  02-05  yes   Signal

Drivers are Mr. Al Stone, Mr. Bo Reed, Mr. Cy Long and Mr. Di Park; passengers Eve Long (Adult),
Flo Long (Senior) and Gus Hall (Adult). Every expected number is added up from this table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, opened
from tests.planner.shop_rows import ORDERS, VALID, by, revenue

pytestmark = pytest.mark.asyncio(loop_scope="session")

AS_OF = date(2025, 2, 15)
FILES = {
    "trips.csv": "Trip,Driver,Passenger,Channel,State,Delay (min),Length (min),Share,Fare,Booked,"
    """Day,Late,Analysis
T1,D1,P1,Phone,Done,10,50,100,20,2025-01-01,2025-01-05,no,Signal
T2,D1,P2,Web,Done,40,70,100,30,2025-01-01,2025-01-20,yes,Weather
T3,D2,P3,Phone,Booked,,,50,25,2025-02-01,2025-03-01,no,Signal
T4,D3,P1,Web,Cancelled,,,50,12,2025-01-10,2025-01-12,no,Weather
T5,D4,P3,Phone,Done,20,30,100,15,2025-02-02,2025-02-10,no,Signal
T6,D3,P2,Phone,Done,50,90,50,40,2025-02-03,2025-02-05,yes,Signal
""",
    "drivers.csv": """Code,Name,Grade
D1,Mr. Al Stone,Senior
D2,Mr. Bo Reed,Junior
D3,Mr. Cy Long,Senior
D4,Mr. Di Park,Junior
""",
    "passengers.csv": """Code,Name,Age Group
P1,Eve Long,Adult
P2,Flo Long,Senior
P3,Gus Hall,Adult
""",
}
MODEL = """
name: trains
currency: EUR
sources:
  - name: trips
    files: ["trips.csv"]
    columns:
      Trip: {to: trip, type: text, required: true, unique: true}
      Driver: {to: driver_code}
      Passenger: {to: passenger_code}
      Channel: {to: channel}
      State: {to: state}
      Delay (min): {to: delay_min, type: integer}
      Length (min): {to: length_min, type: integer}
      Share: {to: share, type: integer}
      Fare: {to: fare, type: "decimal(8,2)"}
      Booked: {to: booked_on, type: date, formats: ["%Y-%m-%d"]}
      Day: {to: travel_day, type: date, formats: ["%Y-%m-%d"]}
      Late: {to: late, type: boolean}
      Analysis: {to: analysis}
  - name: drivers
    files: ["drivers.csv"]
    columns:
      Code: {to: driver_code, type: text, required: true, unique: true}
      Name: {to: driver}
      Grade: {to: grade}
  - name: passengers
    files: ["passengers.csv"]
    columns:
      Code: {to: passenger_code, type: text, required: true, unique: true}
      Name: {to: passenger}
      Age Group: {to: age_group}
models:
  - name: trips
    synonyms: [trip]
    source: trips
    primary_key: trip
    time: travel_day
    dimensions:
      - {name: trip}
      - {name: driver_code, hidden: true}
      - {name: passenger_code, hidden: true}
      - {name: channel}
      - {name: state}
      - {name: delay_min, type: number}
      - {name: length_min, type: number}
      - {name: share, type: number}
      - {name: fare, type: number, format: currency}
      - {name: booked_on, type: time, synonyms: [booked]}
      - {name: travel_day, type: time}
      - {name: late, type: boolean}
      - {name: analysis}
      - name: lead_days
        type: number
        format: days
        expr: "date_diff('day', booked_on, travel_day)"
    segments:
      - {name: no_ride, filter: "state = 'Cancelled'"}
    metrics:
      - {name: trip_count, label: Trips, agg: count}
      - {name: avg_delay, agg: avg, expr: delay_min}
      - {name: income, agg: sum, expr: fare, format: currency}
      - {name: no_rides, agg: count, where: no_ride}
      - {name: no_ride_rate, ratio: {of: no_rides, to: trip_count}, format: percent}
      - {name: late_trips, agg: count, where: late}
  - name: drivers
    synonyms: [driver]
    source: drivers
    primary_key: driver_code
    dimensions:
      - {name: driver_code, hidden: true}
      - {name: driver}
      - {name: grade}
  - name: passengers
    synonyms: [passenger]
    source: passengers
    primary_key: passenger_code
    dimensions:
      - {name: passenger_code, hidden: true}
      - {name: passenger}
      - {name: age_group}
relationships:
  - {name: trip_driver, from: trips.driver_code, to: drivers.driver_code}
  - {name: trip_passenger, from: trips.passenger_code, to: passengers.passenger_code}
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def trains(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The trains behind the real engine."""
    async with opened(tmp_path_factory.mktemp("trains"), MODEL, FILES) as asker:
        yield asker


ROWS: list[tuple[str, list[list[Any]]]] = [
    # Abbreviated column names: "avg" is average or mean, "_min" is a unit nobody says.
    ("average delay", [[30]]),
    ("mean delay by channel", [["Web", 40], ["Phone", 80 / 3]]),
    ("median delay", [[30]]),
    ("longest delay in minutes", [[50]]),
    # "amount" beside a sum of money.
    ("income amount by channel", [["Phone", 100], ["Web", 42]]),
    ("amount of income", [[142]]),
    # Grammar words that are dimension names too.
    ("How many trips have a share of 100?", [[3]]),
    ("average share", [[75]]),
    ("rank the channels by income", [["Phone", 100], ["Web", 42]]),
    # Names: a title that all bear selects nobody, the surname beside it does.
    ("How many trips did Mr Long have?", [[2]]),
    ("How many trips by driver Long?", [[2]]),
    ("How many trips by passenger Long?", [[4]]),
    # A member of two dimensions: the noun beside it decides.
    ("How many trips by senior drivers?", [[4]]),
    ("How many trips by senior passengers?", [[2]]),
    # A verb of the sentence, or a member.
    ("How many trips were booked by phone?", [[4]]),
    ("How many trips are booked?", [[1]]),
    ("How many trips were booked more than 2 weeks ahead?", [[2]]),
    # Units and adjectives choose the number: 45 minutes of length, not of delay.
    ("How many trips lasted longer than 45 minutes?", [[3]]),
    ("How many trips took place in January 2025?", [[3]]),
    ("count trips with a delay of at least 40 minutes", [[2]]),
    # Words apart, plurals, splitting, counted groups.
    ("trips by analyses", [["Signal", 4], ["Weather", 2]]),
    ("break the trips down by channel", [["Phone", 4], ["Web", 2]]),
    ("How do trips split by channel?", [["Phone", 4], ["Web", 2]]),
    ("two drivers with the highest income", [["Mr. Cy Long", 52], ["Mr. Al Stone", 50]]),
    ("noride rate", [[1 / 6]]),
    # A segment in a list of metrics is a metric; a count behind "for" names the rows.
    ("trips, no rides and no ride rate by channel", [["Phone", 4, 0, 0], ["Web", 2, 1, 0.5]]),
    ("average delay for late trips", [[45]]),
]


@pytest.mark.parametrize("question, wanted", ROWS, ids=[question for question, _ in ROWS])
async def test_a_word_is_read_as_what_its_neighbours_say(
    trains: Asker, question: str, wanted: list[list[Any]]
) -> None:
    answer = await trains.ask(question, as_of=AS_OF)

    assert answer.status == "answered", answer.answer
    found = [[_plain(cell) for cell in row] for row in answer.queries[0].rows]
    assert found == [[c if isinstance(c, str) else pytest.approx(c) for c in row] for row in wanted]


def _plain(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else cell


async def test_a_share_word_beside_rows_is_a_share(trains: Asker) -> None:
    answer = await trains.ask("Share of trips by channel", as_of=AS_OF)

    assert [row[0] for row in answer.queries[0].rows] == ["Phone", "Web"]
    assert [row[-1] for row in answer.queries[0].rows] == pytest.approx([4 / 6, 2 / 6])


async def test_a_name_of_several_kinds_of_people_is_asked_back(trains: Asker) -> None:
    answer = await trains.ask("How many trips of Long?", as_of=AS_OF)

    assert answer.status == "clarification"
    assert {option.preview for option in answer.options} == {"2", "4"}


@pytest.mark.parametrize(
    "question",
    [
        "average delay in hours",
        "is income down by channel",
        "How many trips of Mr?",
        "How many trips did Mr Smith have?",
    ],
)
async def test_what_stays_unexplained_is_not_answered(trains: Asker, question: str) -> None:
    answer = await trains.ask(question, as_of=AS_OF)

    assert answer.status in ("clarification", "refused")
    assert answer.visualizations == []


async def test_a_member_or_a_segment_are_alternatives(shop: Asker) -> None:
    answer = await shop.ask("How many orders are online or discounted?")

    wanted = sum(o.channel == "Web" or o.discount > 0 for o in ORDERS)
    assert answer.queries[0].rows == [[wanted]]


async def test_amount_beside_a_sum_of_money_says_nothing_new(shop: Asker) -> None:
    answer = await shop.ask("turnover amount by city")

    wanted = by(VALID, lambda o: o.city, revenue)
    assert {row[0]: row[1] for row in answer.queries[0].rows} == wanted
