"""The judge on small results that can be compared by eye.

Invariant: it accepts the expected rows in any dress and nothing else, so that a question set can
be trusted when it says that an answer is right or wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.evals.judge import judge

BY_COLOUR: dict[str, Any] = {
    "columns": [
        {"kind": "dim", "values": ["Red", "Blue", None]},
        {"kind": "num", "values": [10, 20, 5], "tol_rel": 0.0},
    ],
    "optional_rows": [2],
}
RANKING: dict[str, Any] = {
    "columns": [
        {"kind": "dim", "values": ["Red", "Blue", "Green", "Pink"]},
        {"kind": "num", "values": [9, 7, 7, 1], "tol_rel": 0.0},
    ],
    "ordered": True,
    "order_by": 1,
    "n_min": 2,
    "n_max": 2,
}
SHARE: dict[str, Any] = {
    "columns": [
        {"kind": "dim", "values": ["Red", "Blue"]},
        {"kind": "num", "values": [25.0, 75.0], "tol_rel": 0.001, "percent_ok": True},
    ]
}
MONTHS: dict[str, Any] = {
    "columns": [
        {"kind": "date", "grain": "month", "values": ["2025-01-01", "2025-02-01"]},
        {"kind": "num", "values": [3, 4], "tol_rel": 0.0},
    ],
    "ordered": True,
    "order_by": 0,
}


def _answered(*results: list[list[Any]], text: str = "") -> dict[str, Any]:
    queries = [
        {"columns": [{"name": f"column_{at}"} for at in range(len(rows[0]))], "rows": rows}
        for rows in results
    ]
    return {"status": "answered", "answer": text, "queries": queries}


def _outcome(gold: dict[str, Any], answer: dict[str, Any]) -> str:
    return judge({"status": ["answered"], "gold": [gold]}, "How many?", answer).outcome


@pytest.mark.parametrize(
    "rows",
    [
        [["Red", 10], ["Blue", 20], [None, 5]],
        [[20, "x", "blue "], [10, "y", "RED"]],
        [["Red", 10], ["Blue", 20], ["Black", 0]],
    ],
    ids=["as expected", "other order, extra column, no unknown", "an empty group added"],
)
def test_the_expected_rows_are_right_in_any_dress(rows: list[list[Any]]) -> None:
    assert _outcome(BY_COLOUR, _answered(rows)) == "right"


@pytest.mark.parametrize(
    "rows",
    [
        [["Red", 10]],
        [["Red", 10], ["Blue", 20], ["Black", 1]],
        [["Red", 20], ["Blue", 10]],
        [["Red", 10], ["Blue", 20.5]],
        [["Red", 10], ["Red", 10], ["Blue", 20]],
    ],
    ids=["a row missing", "a row too many", "swapped", "another number", "a row twice"],
)
def test_other_rows_are_wrong(rows: list[list[Any]]) -> None:
    assert _outcome(BY_COLOUR, _answered(rows)) == "wrong"


@pytest.mark.parametrize(
    "rows, outcome",
    [
        ([["Red", 9], ["Blue", 7]], "right"),
        ([["Red", 9], ["Green", 7]], "right"),
        ([["Blue", 7], ["Red", 9]], "misordered"),
        ([["Red", 9], ["Pink", 1]], "wrong"),
        ([["Red", 9]], "wrong"),
        ([["Red", 9], ["Blue", 7], ["Green", 7]], "wrong"),
    ],
    ids=["first two", "tied at the end", "other order", "skips one", "too short", "too long"],
)
def test_a_ranking_is_its_first_rows_in_order(rows: list[list[Any]], outcome: str) -> None:
    assert _outcome(RANKING, _answered(rows)) == outcome


@pytest.mark.parametrize(
    "rows, outcome",
    [
        ([["Red", 25.0], ["Blue", 75.0]], "right"),
        ([["Red", 0.25], ["Blue", 0.75]], "right"),
        ([["Red", 0.25], ["Blue", 75.0]], "wrong"),
    ],
    ids=["percent", "fractions", "mixed"],
)
def test_a_rate_is_in_percent_or_a_fraction_but_not_both(
    rows: list[list[Any]], outcome: str
) -> None:
    assert _outcome(SHARE, _answered(rows)) == outcome


@pytest.mark.parametrize("first", ["2025-01-01", "2025-01", "Jan 2025", "2025-01-01T00:00:00"])
def test_a_month_may_be_spelled_in_several_ways(first: str) -> None:
    assert _outcome(MONTHS, _answered([[first, 3], ["2025-02-01", 4]])) == "right"


def test_a_month_of_another_year_is_wrong() -> None:
    assert _outcome(MONTHS, _answered([["2024-01", 3], ["2024-02", 4]])) == "wrong"


def test_two_single_results_stand_side_by_side() -> None:
    gold = {"columns": [{"kind": "num", "values": [1]}, {"kind": "num", "values": [2]}]}
    assert _outcome(gold, _answered([[1]], [[2]])) == "right"
    assert _outcome(gold, _answered([[1]], [[3]])) == "wrong"


def test_nothing_added_up_is_zero_or_null_but_a_rate_over_nothing_is_null_alone() -> None:
    total = {"columns": [{"kind": "num", "values": [None]}]}
    rate = {"columns": [{"kind": "num", "values": [None], "percent_ok": True}]}
    assert _outcome(total, _answered([[0]])) == "right"
    assert _outcome(rate, _answered([[0]])) == "wrong"
    assert _outcome(rate, _answered([[None]])) == "right"


def test_asking_back_is_no_answer_and_answering_the_unanswerable_is_wrong() -> None:
    asked = {"status": "clarification", "answer": "Which one?", "queries": []}
    assert _outcome(SHARE, asked) == "refused"
    answered = _answered([[1]])
    assert judge({"status": ["refused"]}, "By region?", answered).outcome == "wrong"


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("There is no region here. Revenue is $1,234.50.", "wrong"),
        ("There is no region here. Growth was 12.5%.", "wrong"),
        ("There is no region here, but 3 products. Revenue is $500.", "right"),
        ('There is no region here. Try "deals over $9,999".', "right"),
        ("There is no region here.", "right"),
    ],
)
def test_a_refusal_states_only_numbers_that_something_accounts_for(text: str, outcome: str) -> None:
    refused = {"status": "refused", "answer": text, "queries": []}
    expect = {"status": ["refused"], "allowed_numbers": [500]}
    assert judge(expect, "By region?", refused).outcome == outcome


def test_a_required_word_or_chart_that_is_missing_is_seen() -> None:
    answer = {**_answered([["Red", 25.0], ["Blue", 75.0]], text="Blue leads."),
              "visualizations": [{"chart_type": "bar"}]}  # fmt: skip
    expect: dict[str, Any] = {"status": ["answered"], "gold": [SHARE]}
    assert judge({**expect, "must_mention": [["blue", "red"]]}, "?", answer).outcome == "right"
    assert judge({**expect, "must_mention": ["green"]}, "?", answer).outcome == "other"
    charts = {**expect, "chart": ["pie"], "chart_required": True}
    assert judge(charts, "?", answer).outcome == "other"
    assert judge({**expect, "must_not": ["leads"]}, "?", answer).outcome == "wrong"
