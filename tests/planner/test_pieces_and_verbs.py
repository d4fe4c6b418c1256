"""Batches of several pieces, verbs that are no split, statuses that are common words; P46 and on.

Seven batches, one of which is not finished, and five stops of two machines, added up by hand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, opened
from tests.planner.shop_sums import rows_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILES = {
    "batches.csv": """Batch,Product,Machine,Status,Finished,Pieces,Faults,Inspector,Shift,Fiscal
B1,Gear wheel,M1,Released,2024-11-02,40,2,Olga,Late,Q4-2024
B2,Gear wheel,M1,Released,2024-12-09,60,1,Ben,Early,Q4-2024
B3,Valve,M2,Blocked,2024-12-20,10,5,Olga,Late,Q4-2024
B4,Valve,M2,Released,2025-01-10,30,0,Ben,Late,Q1-2025
B5,Gear wheel,M2,Running,2025-02-01,20,4,Olga,Early,Q1-2025
B6,Valve,M1,Running,2025-02-10,5,0,Ben,Early,Q1-2025
B7,Valve,M1,Waiting,,0,0,Ben,Early,Q1-2025
""",
    "machines.csv": """Machine,Name,Maker
M1,Press,Schuler
M2,Lathe,Index
""",
    "stops.csv": """Machine,Day,Reason
M1,2025-01-05,Cleaning
M1,2025-01-09,Cleaning
M2,2025-01-20,Power cut
M1,2025-02-03,Power cut
M1,2025-02-04,Cleaning
""",
}
MODEL = """
name: plant
sources:
  - name: batches
    files: [batches.csv]
    columns:
      Batch: {to: batch_no, required: true}
      Product: {to: product}
      Machine: {to: machine_id}
      Status: {to: status}
      Finished: {to: finished, type: date}
      Pieces: {to: pieces, type: integer}
      Faults: {to: faults, type: integer}
      Inspector: {to: inspector}
      Shift: {to: shift}
      Fiscal: {to: fiscal_period}
  - name: machines
    files: [machines.csv]
    columns:
      Machine: {to: machine_id, required: true}
      Name: {to: machine_name}
      Maker: {to: maker}
  - name: stops
    files: [stops.csv]
    row_id: stop_id
    columns:
      Machine: {to: machine_id}
      Day: {to: day, type: date}
      Reason: {to: reason}
models:
  - name: batches
    source: batches
    primary_key: batch_no
    time: finished
    synonyms: [batch]
    dimensions:
      - {name: batch_no}
      - {name: product}
      - {name: machine_id}
      - {name: status}
      - {name: finished, type: time}
      - {name: pieces, type: number, format: integer}
      - {name: faults, type: number, format: integer}
      - {name: inspector}
      - {name: shift}
      - {name: fiscal_period, label: Fiscal period}
    metrics:
      - {name: batch_count, label: Batches, agg: count, format: integer}
      - {name: output, label: Output, agg: sum, expr: pieces, format: integer, better: higher}
      - {name: faults_found, label: Faults found, agg: sum, expr: faults, format: integer,
         better: lower}
  - name: machines
    source: machines
    primary_key: machine_id
    synonyms: [machine]
    dimensions:
      - {name: machine_id}
      - {name: machine_name, label: Machine, synonyms: [machines]}
      - {name: maker, synonyms: [makers]}
    metrics:
      - {name: machine_count, label: Machines, agg: count, format: integer}
  - name: stops
    source: stops
    primary_key: stop_id
    time: day
    synonyms: [stop]
    dimensions:
      - {name: stop_id, type: number}
      - {name: machine_id}
      - {name: day, type: time}
      - {name: reason, synonyms: [reasons]}
    metrics:
      - {name: stop_count, label: Stops, agg: count, format: integer}
relationships:
  - {name: batch_machine, from: batches.machine_id, to: machines.machine_id}
  - {name: stop_machine, from: stops.machine_id, to: machines.machine_id}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    async with opened(tmp_path_factory.mktemp("plant"), MODEL, FILES) as asker:
        yield asker


@pytest.mark.parametrize("question", ["how many gear wheels did we make?", "how many gear wheels"])
async def test_things_of_which_a_row_holds_several_may_be_the_rows_or_the_things(
    plant: Asker, question: str
) -> None:
    answer = await plant.ask(question)
    assert answer.status == "clarification"
    assert sorted(option.preview for option in answer.options) == ["120", "3"]


async def test_the_noun_of_the_rows_says_what_is_counted(plant: Asker) -> None:
    answer = await plant.ask("how many gear wheel batches")
    assert rows_of(answer) == [(3,)]
    assert rows_of(await plant.ask("gear wheel output")) == [(120,)]


@pytest.mark.parametrize(
    "question", ["running total of output by month", "cumulative output", "running sum of faults"]
)
async def test_a_running_total_is_no_status(plant: Asker, question: str) -> None:
    answer = await plant.ask(question)
    assert answer.status == "clarification"
    assert "running total" in answer.answer.lower()


async def test_a_status_that_is_a_common_word_still_filters(plant: Asker) -> None:
    assert rows_of(await plant.ask("running batches by product")) == [
        ("Gear wheel", 1),
        ("Valve", 1),
    ]


async def test_what_rows_do_of_themselves_is_no_split(plant: Asker) -> None:
    for question in ("which makers' machines break down most often?", "which machine breaks most"):
        assert (await plant.ask(question)).status != "answered", question
    split = [("Press", 105), ("Lathe", 60)]
    for question in ("break down output by machine", "output break down by machine"):
        assert rows_of(await plant.ask(question)) == split, question


async def test_a_word_of_the_numbers_own_name_says_nothing_more(plant: Asker) -> None:
    """Faults of Olga: 2 + 5 + 4; of Ben: 1 + 0 + 0."""
    assert rows_of(await plant.ask("which inspector found the most faults?")) == [
        ("Olga", 11),
        ("Ben", 1),
    ]


async def test_the_main_ones_are_the_top_ones(plant: Asker) -> None:
    assert rows_of(await plant.ask("what were the main reasons for stops?")) == [
        ("Cleaning", 3),
        ("Power cut", 2),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "which orders should have been shipped?",
        "orders that should be cancelled",
        "cancelled orders that could have been shipped",
        "share of sales from Web by month",
        "share of sales from Web by city",
    ],
)
async def test_what_should_be_and_a_part_of_each_group_are_asked_back(
    shop: Asker, question: str
) -> None:
    assert (await shop.ask(question)).status == "clarification"


async def test_could_and_would_are_polite_in_front_of_a_wish(shop: Asker) -> None:
    for question in ("could you show me the shipped orders", "I would like the shipped orders"):
        assert (await shop.ask(question)).status == "answered"


@pytest.mark.parametrize(
    "question", ["month with the highest output", "which month had the highest output"]
)
async def test_a_month_may_open_the_question(plant: Asker, question: str) -> None:
    """Output of November to February: 40, 60 + 10, 30, 20 + 5."""
    months = [(str(row[0])[:7], row[1]) for row in rows_of(await plant.ask(question))]
    assert months == [("2024-12", 70), ("2024-11", 40), ("2025-01", 30), ("2025-02", 25)]


async def test_what_has_no_period_is_of_none(plant: Asker) -> None:
    """Six of the seven batches are finished, in four months."""
    assert rows_of(await plant.ask("average number of batches per month")) == [(1.5,)]


async def test_an_adverb_that_is_a_member_too_is_asked_back(plant: Asker) -> None:
    assert (await plant.ask("batches finished late")).status == "clarification"
    for question in ("how many batches of the late shift", "number of late shift batches"):
        assert rows_of(await plant.ask(question)) == [(3,)], question


async def test_a_period_behind_the_name_of_a_dimension_is_its_member(plant: Asker) -> None:
    """The seventh batch is of the first quarter and has no date."""
    assert rows_of(await plant.ask("number of batches in fiscal period Q1-2025")) == [(4,)]
    assert rows_of(await plant.ask("number of batches in Q1 2025")) == [(3,)]
    split = await plant.ask("number of batches by fiscal period in Q1 2025")
    assert rows_of(split) == [("Q1-2025", 3)]


async def test_percentages_of_groups_are_their_shares(plant: Asker) -> None:
    """Gear wheels 40 + 60 + 20, valves 10 + 30 + 5 + 0."""
    answer = await plant.ask("distribution of output over products as percentages")
    assert [row[0] for row in rows_of(answer)] == ["Gear wheel", "Valve"]
    assert [round(float(row[-1]), 4) for row in rows_of(answer)] == [0.7273, 0.2727]
