"""A plain question never ends as an error of the engine, and what is offered can be had.

A tiny library behind the real engine: what belongs to members cannot be added up over their
loans, so a question that asks for it is asked back in words, with numbers worked out by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from semantic.load import load_model
from server.answer.wire import Answer
from server.app import create_app, open_services
from server.ask import Question, ask
from server.commands.queries import PRINCIPAL
from server.planners import Planners
from server.queries import AskableQuery
from server.routes.dependencies import Services
from server.settings import Settings
from server.warm import kept_warm
from tests.homes import build_home

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2025, 3, 1, tzinfo=UTC)

MODEL = """\
name: library
label: Library
calendar: {fiscal_year_start: april, week_start: monday, timezone: UTC}
currency: EUR
sources:
  - name: loans
    files: ["loans*.csv"]
    columns:
      Loan: {to: loan_id, type: integer, required: true, unique: true}
      Member: {to: member_id, type: text}
      Branch: {to: branch, type: text}
      Fee: {to: fee, type: "decimal(10,2)"}
      Lent: {to: lent_on, type: date, formats: ["%Y-%m-%d"]}
  - name: members
    files: ["members*.csv"]
    columns:
      Member: {to: member_id, type: text, required: true, unique: true}
      Name: {to: member_name, type: text}
      Age: {to: age, type: integer}
models:
  - name: loans
    label: Loans
    source: loans
    primary_key: loan_id
    time: lent_on
    dimensions:
      - {name: loan_id, label: Loan number, type: number, format: integer}
      - {name: member_id, hidden: true}
      - {name: branch, label: Branch}
      - {name: fee, label: Fee, type: number, format: currency}
      - {name: lent_on, label: Issue date, type: time}
    metrics:
      - {name: loan_count, label: Loans, agg: count, format: integer}
      - {name: fees, label: Fees, agg: sum, expr: fee, format: currency}
  - name: members
    label: Members
    source: members
    primary_key: member_id
    dimensions:
      - {name: member_id, hidden: true}
      - {name: member_name, label: Member}
      - {name: age, label: Age, type: number, format: integer}
    metrics:
      - {name: member_count, label: Members, agg: count, format: integer}
relationships:
  - {name: loan_member, from: loans.member_id, to: members.member_id}
"""
LOANS = """\
Loan,Member,Branch,Fee,Lent
1,M1,North,2.50,2024-02-01
2,M1,North,2.50,2024-05-01
3,M1,South,5.00,2025-01-10
4,M2,South,1.00,2025-02-10
"""
MEMBERS = """\
Member,Name,Age
M1,Ann,10
M2,Ben,20
M3,Cleo,60
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    """The library, ingested, behind the real engine."""
    root: Path = tmp_path_factory.mktemp("library")
    (root / "library.yml").write_text(MODEL, "utf-8")
    files = {"loans.csv": LOANS, "members.csv": MEMBERS}
    build_home(root, files, load_model([root / "library.yml"]).spec)
    settings = Settings.load({}, root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:
        yield services


async def _ask(services: Services, text: str) -> Answer:
    question = Question(text, None, date(2025, 3, 1))
    last: dict[str, Any] = {}
    async with aclosing(cast(Any, ask(question, services.questions.services))) as events:
        async for event in events:
            last = event
    return cast(Answer, last["result"])


async def test_what_would_count_several_times_is_asked_back_with_the_sound_number(
    library: Services,
) -> None:
    answer = await _ask(library, "average age by branch")

    assert answer.status == "clarification"
    assert "count several times" in answer.answer
    assert answer.visualizations == []
    # (10 + 20 + 60) / 3, each member once; over the loans it would be (3 * 10 + 20) / 4.
    assert "Average age of all members: 30" in answer.answer
    assert "12.5" not in answer.answer


async def test_no_word_of_sql_reaches_somebody_who_asked_in_english(library: Services) -> None:
    answer = await _ask(library, "total age by branch")

    assert answer.status == "clarification"
    for word in ("MEASURE", "COUNT(", "sum()", "line 1", "join"):
        assert word not in answer.answer


async def test_the_option_offered_for_it_can_be_chosen(library: Services) -> None:
    first = await _ask(library, "average age by branch")
    question = Question(first.options[0].question, first.conversation_id, date(2025, 3, 1))
    last: dict[str, Any] = {}
    async with aclosing(cast(Any, ask(question, library.questions.services))) as events:
        async for event in events:
            last = event

    answer = cast(Answer, last["result"])
    assert answer.status == "answered"
    assert [row[0] for row in answer.queries[0].rows] == [30]


async def test_a_fiscal_year_is_a_name_and_not_an_amount(library: Services) -> None:
    answer = await _ask(library, "loans by fiscal year")

    # February 2024 lies in FY2024, everything from April 2024 on in FY2025.
    assert [list(row) for row in answer.queries[0].rows] == [[2024, 1], [2025, 3]]
    assert "FY2024" in answer.answer
    assert "2,024" not in answer.answer


@pytest.mark.parametrize(
    "question, said",
    [
        ("loans before 2024-06-01", "issue date before 2024-06-01"),
        ("how many loans in January 2025", "issue date in January 2025"),
        ("loans since 2030-01-01", "issue date from 2030-01-01 on"),
    ],
)
async def test_a_period_is_read_out_with_the_preposition_it_takes(
    library: Services, question: str, said: str
) -> None:
    answer = await _ask(library, question)

    assert said.lower() in answer.interpretation.lower()
    assert "in before" not in answer.answer
    assert "in from" not in answer.answer


async def test_an_empty_period_says_which_dates_there_are(library: Services) -> None:
    answer = await _ask(library, "how many loans in March 2030")

    assert answer.status == "no_data"
    assert "In the data the issue date runs from 2024-02-01 to 2025-02-10." in answer.answer


async def test_rows_without_a_ranking_come_newest_first(library: Services) -> None:
    answer = await _ask(library, "list the loans")

    names = [column.name for column in answer.queries[0].columns]
    dates = [row[names.index("lent_on")] for row in answer.queries[0].rows]
    assert dates == ["2025-02-10", "2025-01-10", "2024-05-01", "2024-02-01"]


async def test_equal_leaders_are_named_as_equal(library: Services) -> None:
    answer = await _ask(library, "loans by branch")

    assert sorted(answer.queries[0].rows) == [["North", 2], ["South", 2]]
    assert "Both have the same: 2." in answer.answer
    assert "leads" not in answer.answer


async def test_a_follow_up_is_only_suggested_where_it_is_answered(library: Services) -> None:
    answer = await _ask(library, "fees")

    assert answer.follow_ups
    for text in answer.follow_ups:
        assert (await _ask(library, text)).status == "answered"


async def test_a_query_object_gets_the_labels_and_formats_an_answer_has(library: Services) -> None:
    query = AskableQuery(metrics=("avg(fee)",), dimensions=("branch",), share=False)

    result = await library.queries.run_query(query, principal=PRINCIPAL)

    shown = {column.name: (column.label, column.format) for column in result.columns}
    assert shown["avg_fee"] == ("Average fee", "currency")


async def test_a_published_version_is_warmed_without_a_question(library: Services) -> None:
    shared = library.questions.services
    planners = Planners(shared.warehouse, shared.analyses)
    version = (await shared.snapshots.get()).version
    assert not planners.is_ready(version, PRINCIPAL)

    async with kept_warm(replace(shared, planners=planners), pause_s=0.01), asyncio.timeout(30):
        while not planners.is_ready(version, PRINCIPAL):
            await asyncio.sleep(0.01)


async def test_an_application_with_services_of_its_caller_warms_them(library: Services) -> None:
    """`revenue serve` opens the services before the application and hands them over."""
    shared = library.questions.services
    planners = Planners(shared.warehouse, shared.analyses)
    questions = replace(library.questions, services=replace(shared, planners=planners))
    version = (await shared.snapshots.get()).version
    given = replace(library, questions=questions)
    app = create_app(library.settings, clock=shared.clock, services=given)

    async with app.lifespan(), asyncio.timeout(30):
        while not planners.is_ready(version, PRINCIPAL):
            await asyncio.sleep(0.01)
