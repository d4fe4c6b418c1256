"""What a condition is said of: of groups or of each row, of other rows' states, of a single key.

Rows P80 and on of the soundness ledger. A lending desk beside the help desk and the shop, so that
cards are called by nothing but their number and fees are a number of a loan and a metric alike.
Every expected value is added up by hand from the rows below.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.planner.conftest import Asker, check, opened
from tests.planner.shop_sums import found

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARDS = """Card,Holder,Age,Town,State
LC-001,Ada,70,Oslo,Active
LC-002,Bob,30,Oslo,Active
LC-003,Cid,67,Bergen,Lapsed
LC-004,Dag,25,Bergen,Active
"""
LOANS = """Loan,Card,Clerk,Fee,Taken,State
LN-0001,LC-001,D1,5.00,2024-01-10,Back
LN-0002,LC-001,D1,12.00,2024-02-10,Out
LN-0003,LC-001,D2,20.00,2024-03-10,Out
LN-0004,LC-002,D2,8.00,2024-04-10,Back
LN-0005,LC-002,,15.00,2024-05-10,Out
LN-0006,LC-003,D1,30.00,2024-06-10,Back
LN-0007,,D1,7.00,2024-07-10,Out
LN-0008,LC-003,,11.00,2024-08-10,Out
"""
CLERKS = """Clerk,Name
D1,Eva
D2,Finn
"""
MODEL = """
name: lending
currency: EUR
sources:
  - name: cards
    files: ["cards.csv"]
    columns:
      Card: {to: card_no, type: text, required: true, unique: true}
      Holder: {to: holder, type: text}
      Age: {to: age, type: integer}
      Town: {to: town, type: text}
      State: {to: card_state, type: text}
  - name: loans
    files: ["loans.csv"]
    columns:
      Loan: {to: loan_no, type: text, required: true, unique: true}
      Card: {to: card_no, type: text}
      Clerk: {to: clerk_id, type: text}
      Fee: {to: fee, type: "decimal(8,2)"}
      Taken: {to: taken_on, type: date, formats: ["%Y-%m-%d"]}
      State: {to: loan_state, type: text}
  - name: clerks
    files: ["clerks.csv"]
    columns:
      Clerk: {to: clerk_id, type: text, required: true, unique: true}
      Name: {to: clerk_name, type: text}
models:
  - name: loans
    label: Loans
    synonyms: [loan]
    source: loans
    primary_key: loan_no
    time: taken_on
    dimensions:
      - {name: loan_no, label: Loan number}
      - {name: card_no, label: Card number}
      - {name: clerk_id, label: Clerk number}
      - {name: fee, label: Fee, type: number, format: currency, synonyms: [charge]}
      - {name: taken_on, label: Loan date, type: time, synonyms: [taken]}
      - {name: loan_state, label: Loan state}
    segments:
      - {name: out, label: Unreturned, filter: "loan_state = 'Out'"}
    metrics:
      - {name: loan_count, label: Loans, agg: count, format: integer}
      - {name: unreturned_loans, label: Unreturned loans, agg: count, where: out, format: integer}
      - {name: total_fee, label: Fee, agg: sum, expr: fee, format: currency, synonyms: [fees]}
      - {name: due_fee, label: Fees due, agg: sum, expr: fee, where: out, format: currency,
         synonyms: [debt]}
      - {name: avg_fee, label: Average fee, agg: avg, expr: fee, format: currency}
  - name: cards
    label: Cards
    synonyms: [card]
    source: cards
    primary_key: card_no
    dimensions:
      - {name: card_no, label: Card number}
      - {name: holder, label: Holder}
      - {name: age, label: Age, type: number, format: integer}
      - {name: town, label: Town}
      - {name: card_state, label: Card state}
    segments:
      - {name: senior, label: Senior, filter: "age >= 65", synonyms: [seniors]}
      - {name: lapsed, label: Lapsed, filter: "card_state = 'Lapsed'"}
      - {name: unplaced, label: Unplaced, filter: "town IS NULL"}
    metrics:
      - {name: card_count, label: Cards, agg: count, format: integer}
  - name: clerks
    label: Clerks
    synonyms: [clerk]
    source: clerks
    primary_key: clerk_id
    dimensions:
      - {name: clerk_id, label: Clerk number}
      - {name: clerk_name, label: Clerk, synonyms: [clerks]}
    metrics:
      - {name: clerk_count, label: Clerks, agg: count, format: integer}
relationships:
  - {name: loan_card, from: loans.card_no, to: cards.card_no}
  - {name: loan_clerk, from: loans.clerk_id, to: clerks.clerk_id}
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lending(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asker]:
    """The lending desk behind the real engine."""
    files = {"cards.csv": CARDS, "loans.csv": LOANS, "clerks.csv": CLERKS}
    async with opened(tmp_path_factory.mktemp("lending"), MODEL, files) as asker:
        yield asker


# ------------------------------------------------------------------ groups with an adjective


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("gold accounts with billings above 1000", [("Cedar Bank", 2400.0)]),
        ("active accounts with billings above 900",
         [("Cedar Bank", 2400.0), ("Harbor Foods", 1300.0)]),
        ("accounts on the gold plan with more than 4 tickets", [("Cedar Bank", 5.0)]),
        ("gold or silver accounts with more than 3 tickets",
         [("Cedar Bank", 5.0), ("Northwind Labs", 4.0)]),
        ("gold accounts whose billings are above 800",
         [("Cedar Bank", 2400.0), ("Northwind Labs", 850.0)]),
        ("how many gold accounts have billings above 1000", [1.0]),
        ("gold accounts with more than 200 employees", ["Cedar Bank"]),  # a number of their own
    ],
)  # fmt: skip
async def test_a_condition_on_groups_with_an_adjective_is_on_each_group(
    helpdesk: Asker, question: str, wanted: list[object]
) -> None:
    await check(helpdesk, question, wanted)


@pytest.mark.parametrize(
    "question",
    ["gold accounts with more than 2 tickets by product",
     "accounts with billings above 100 by method",
     "revenue of gold accounts with revenue above 1000"],
)  # fmt: skip
async def test_a_condition_on_a_group_or_on_each_part_of_it_is_asked_back(
    helpdesk: Asker, question: str
) -> None:
    assert (await helpdesk.ask(question)).status != "answered"


# ------------------------------------------------------------------ rows with a number


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("loans with a fee above 10", ["LN-0008", "LN-0006", "LN-0005", "LN-0003", "LN-0002"]),
        ("loans taken in 2024 with a fee between 10 and 15", ["LN-0008", "LN-0005", "LN-0002"]),
        ("loans with more than 15 in fees", ["LN-0006", "LN-0003"]),
        ("loans whose fee is above 15", ["LN-0006", "LN-0003"]),
        ("how many loans with a fee above 10", [5.0]),
        ("loans with a fee above 10 by clerk", [(2.0,), ("Eva", 2.0), ("Finn", 1.0)]),
        # Due is only what is out: not LN-0006.
        ("loans with debt above 11", ["LN-0005", "LN-0003", "LN-0002"]),
        ("average fee of loans with a fee above 10", [17.6]),
        ("clerks with a fee above 30", [("Eva", 54.0)]),  # of clerks it is the sum
    ],
)
async def test_a_number_that_rows_have_is_a_condition_on_each_of_them(
    lending: Asker, question: str, wanted: list[object]
) -> None:
    await check(lending, question, wanted)


async def test_a_mean_that_single_rows_shall_have_is_asked_back(lending: Asker) -> None:
    assert (await lending.ask("loans with an average fee above 10")).status == "clarification"


# ------------------------------------------------------------------ nothing is no member


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("agents with more than 0 tickets",
         [("Ana Bell", 5.0), ("Bo Chen", 4.0), ("Cleo Diaz", 2.0)]),
        ("how many agents have more than 0 tickets", [3.0]),
        ("payment methods with more than 1 invoice", [("Card", 4.0), ("Transfer", 2.0)]),
        ("how many payment methods have more than 1 invoice", [2.0]),
        ("invoices by payment method", [(2.0,), ("Card", 4.0), ("Transfer", 2.0)]),
    ],
)  # fmt: skip
async def test_what_has_no_member_fulfils_no_condition(
    helpdesk: Asker, question: str, wanted: list[object]
) -> None:
    await check(helpdesk, question, wanted)


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("Who is the clerk of LN-0003?", ["Finn"]),
        ("Which clerk has loan LN-0003?", ["Finn"]),
        ("what's the fee of ln-0006", [30.0]),
        ("LN-0004", ["LN-0004"]),
        ("clerk LN-0003", ["LN-0003"]),  # the loan, with its clerk; never a clerk of that number
        ("LN-0004 and LN-0005", ["LN-0005", "LN-0004"]),
        ("loan number LN-0004", ["LN-0004"]),
        ("loans of LC-002", ["LN-0005", "LN-0004"]),
        ("which town is LC-003 in", ["Bergen"]),
        ("how many loans does LC-001 have", [3.0]),
    ],
)
async def test_a_key_is_of_the_rows_whose_keys_look_like_it(
    lending: Asker, question: str, wanted: list[object]
) -> None:
    await check(lending, question, wanted)


@pytest.mark.parametrize(
    "question",
    ["clerks of D1-0003", "age of LN-04", "loans like LN-0003", "holder of QX-0001",
     "card QX-0001"],
)  # fmt: skip
async def test_a_key_that_is_not_theirs_is_asked_back(lending: Asker, question: str) -> None:
    answer = await lending.ask(question)
    assert answer.status in ("clarification", "refused"), answer.answer


async def test_a_key_that_no_row_has_gives_none(lending: Asker) -> None:
    assert (await lending.ask("state of loan LN-0999")).queries[0].rows == []


# ------------------------------------------------------------------ states of other rows


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("loans by seniors", ["LN-0008", "LN-0006", "LN-0003", "LN-0002", "LN-0001"]),
        ("how many unreturned loans by seniors", [3.0]),
        ("how many loans not by seniors", [3.0]),  # LN-0007 has no card
        ("how many loans on lapsed cards", [2.0]),
        ("how many loans on unplaced cards", [0.0]),  # no card is no card without a town
        ("fees of seniors by clerk", [(11.0,), ("Eva", 47.0), ("Finn", 20.0)]),
    ],
)
async def test_a_state_of_what_rows_belong_to_is_a_condition_on_them(
    lending: Asker, question: str, wanted: list[object]
) -> None:
    await check(lending, question, wanted)


async def test_a_state_of_other_rows_is_taken_back_by_its_name(lending: Asker) -> None:
    answers = await lending.talk("how many loans by seniors", "without the senior filter")
    assert [found(answer) for answer in answers] == [[(5.0,)], [(8.0,)]]


async def test_having_none_in_a_state_is_asked_back(lending: Asker) -> None:
    for question in ("loans without a lapsed card", "loans with no senior card"):
        assert (await lending.ask(question)).status == "clarification", question


# ------------------------------------------------------------------ groups with a key only


@pytest.mark.parametrize(
    "question, wanted",
    [
        ("cards with more than 1 loan", [("LC-001", 3.0), ("LC-002", 2.0), ("LC-003", 2.0)]),
        ("how many cards have more than 1 loan", [3.0]),
        ("Oslo cards with fees above 30", [("LC-001", 37.0)]),
        ("senior cards with more than 2 loans", [("LC-001", 3.0)]),
        ("cards with more than 1 unreturned loan", [("LC-001", 2.0)]),
        ("loans per card", [(1.0,), ("LC-001", 3.0), ("LC-002", 2.0), ("LC-003", 2.0)]),
        ("top 1 cards by loans", [("LC-001", 3.0)]),
        ("cards with loans", ["LC-001", "LC-002", "LC-003"]),  # a condition on the cards, as before
    ],
)
async def test_rows_called_by_their_key_alone_are_groups(
    lending: Asker, question: str, wanted: list[object]
) -> None:
    await check(lending, question, wanted)


async def test_a_mean_over_rows_that_may_have_none_is_offered_over_those_that_have(
    lending: Asker,
) -> None:
    answer = await lending.ask("average number of loans per card")
    assert answer.status == "clarification"
    assert [row[0] for row in answer.queries[0].rows] == [pytest.approx(7 / 3)]
    for question in ("average loans per card", "cards with fewer than 2 loans"):
        assert (await lending.ask(question)).status == "clarification", question
