"""What counts as a right answer: values, groups, order, tolerance, and numbers out of nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from server.evaluation_cells import to_number, to_period, to_text
from server.evaluation_judge import judge

STAGES = ["Won", "Lost", "Open", None]
DEALS = [30, 20, 10, 5]
GOLD = {
    "columns": [
        {"kind": "dim", "values": STAGES, "aliases": {"Won": ["Closed Won"]}},
        {"kind": "num", "values": DEALS, "tol_rel": 0.0, "percent_ok": False},
    ],
    "ordered": False,
    "optional_rows": [3],
}
ROWS: list[list[Any]] = [["Won", 30], ["Lost", 20], ["Open", 10], [None, 5]]


def answer(*tables: Sequence[Sequence[Any]], status: str = "answered", **fields: Any) -> Any:
    queries = [
        {"columns": [{"name": f"c{n}"} for n in range(len(rows[0]) if rows else 2)], "rows": rows}
        for rows in tables
    ]
    return {"status": status, "answer": "", "queries": queries, "visualizations": [], **fields}


def outcome(expect: dict[str, Any], given: Any, question: str = "deals by stage") -> str:
    return judge(expect, question, given).outcome


def rows_outcome(rows: Sequence[Sequence[Any]], **changes: Any) -> str:
    return outcome({"gold": [{**GOLD, **changes}]}, answer(rows))


def test_the_expected_rows_in_any_order_under_any_names_are_right() -> None:
    assert rows_outcome(ROWS) == "right"
    assert rows_outcome(ROWS[::-1]) == "right"
    assert rows_outcome([[n, "extra", name] for name, n in ROWS]) == "right"
    assert rows_outcome([["closed  won", 30.0], ["LOST", "20"], ["Open", 10]]) == "right"


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:2],
        [*ROWS, ["Paused", 1]],
        [["Won", 20], ["Lost", 30], ["Open", 10]],
        [["Won", 31], *ROWS[1:]],
        [["Won", 30], ["Won", 30], *ROWS[1:]],
        [[name, None] for name, _ in ROWS],
        [[name] for name, _ in ROWS],
        [],
    ],
)
def test_a_row_too_many_too_few_or_another_value_is_confidently_wrong(rows: list[Any]) -> None:
    assert rows_outcome(rows) == "confidently_wrong"


def test_groups_with_nothing_in_them_may_be_added_unless_they_are_asked_for() -> None:
    assert rows_outcome([*ROWS, ["Paused", 0], ["Stopped", None]]) == "right"
    assert rows_outcome([*ROWS, ["Paused", 0]], keep_empty=True) == "confidently_wrong"


def test_order_counts_only_where_it_was_asked_and_ties_may_swap() -> None:
    assert rows_outcome(ROWS, ordered=True, order_by=1) == "right"
    assert rows_outcome([ROWS[1], ROWS[0], *ROWS[2:]], ordered=True, order_by=1) == "misordered"
    tied = {
        "columns": [
            {"kind": "dim", "values": ["a", "b", "c"]},
            {"kind": "num", "values": [5, 3, 3]},
        ],
        "ordered": True,
    }
    assert outcome({"gold": [tied]}, answer([["a", 5], ["c", 3], ["b", 3]])) == "right"


def test_a_ranking_may_be_cut_but_not_begin_in_the_middle() -> None:
    ranking = {
        "columns": [
            {"kind": "dim", "values": list("abcdef")},
            {"kind": "num", "values": [60, 50, 40, 40, 20, 10]},
        ],
        "ordered": True, "n_min": 3, "n_max": 5,
    }  # fmt: skip

    def ranked(*rows: Sequence[Any]) -> str:
        return outcome({"gold": [ranking]}, answer(rows))

    assert ranked(["a", 60], ["b", 50], ["c", 40]) == "right"
    assert ranked(["a", 60], ["b", 50], ["d", 40]) == "right"
    assert ranked(["a", 60], ["b", 50], ["e", 20]) == "confidently_wrong"
    assert ranked(["a", 60], ["b", 50]) == "confidently_wrong"
    assert ranked(*([c, n] for c, n in zip("abcdef", [60, 50, 40, 40, 20, 10], strict=True))) == (
        "confidently_wrong"
    )
    assert ranked(["b", 50], ["a", 60], ["c", 40]) == "misordered"


def test_a_rate_may_be_a_fraction_or_a_percentage_but_not_both_at_once() -> None:
    rates = {
        "columns": [
            {"kind": "dim", "values": ["a", "b", "c"]},
            {"kind": "num", "values": [50.0, 25.0, None], "percent_ok": True, "tol_rel": 0.001},
        ]
    }

    def rated(*cells: Any) -> str:
        rows = [list(pair) for pair in zip("abc", cells, strict=True)]
        return outcome({"gold": [rates]}, answer(rows))

    assert rated(0.5, 0.25, None) == "right"
    assert rated(50, 25, None) == "right"
    assert rated(0.5, 25, None) == "confidently_wrong"
    assert rated(0.5, 0.25, 0) == "confidently_wrong"


def test_dates_are_compared_at_the_grain() -> None:
    months = {
        "columns": [
            {"kind": "date", "grain": "month", "values": ["2025-01-01", "2025-02-01"]},
            {"kind": "num", "values": [1, 2]},
        ]
    }
    assert outcome({"gold": [months]}, answer([["2025-01-31", 1], ["Feb 2025", 2]])) == "right"
    assert outcome({"gold": [months]}, answer([["January", 1], ["February", 2]])) == "right"
    wrong = answer([["2024-01-01", 1], ["2025-02-01", 2]])
    assert outcome({"gold": [months]}, wrong) == "confidently_wrong"


def test_several_queries_may_give_the_answer_together() -> None:
    two = {
        "columns": [
            {"kind": "dim", "values": ["a", "b"]},
            {"kind": "num", "values": [1, 2]},
            {"kind": "num", "values": [30, 40]},
        ]
    }
    split = answer([["a", 1], ["b", 2]], [["a", 30], ["b", 40]])
    assert outcome({"gold": [two]}, split) == "right"
    crossed = answer([["a", 1], ["b", 2]], [["a", 40], ["b", 30]])
    assert outcome({"gold": [two]}, crossed) == "confidently_wrong"
    one = {"columns": [{"kind": "num", "values": [7]}, {"kind": "num", "values": [8]}]}
    assert outcome({"gold": [one]}, answer([[7]], [[8]])) == "right"


def test_nothing_expected_is_nothing_or_zero() -> None:
    gold = {"gold": [{"empty": True}]}
    assert outcome(gold, answer([])) == "right"
    assert outcome(gold, answer([[0, None]])) == "right"
    assert outcome(gold, answer([["a", 1]])) == "confidently_wrong"


def test_the_status_decides_between_refused_and_confidently_wrong() -> None:
    assert outcome({"gold": [GOLD]}, answer(status="refused")) == "refused"
    assert outcome({"status": ["refused"]}, answer(ROWS)) == "confidently_wrong"
    assert outcome({"status": ["refused"]}, answer(status="clarification")) == "other"
    assert outcome({"status": ["refused"]}, answer(status="refused")) == "right"
    assert outcome({}, answer([])) == "other"
    assert outcome({"needs_result": False}, answer([])) == "right"


@pytest.mark.parametrize(
    "text,expected",
    [
        ("There is no region here; amounts are.", "right"),
        ("Last year it was $1,250,000.", "confidently_wrong"),
        ("The rate was 43.7%.", "confidently_wrong"),
        ("There are 1500 of them.", "confidently_wrong"),
        ("In 2024 there were 12 of them.", "right"),
        ("There are 61,210 rows; the best day was 2024-03-09.", "right"),
        ("You asked for deals above $50,000.", "right"),
        ('Try "deals above $75,000".', "right"),
        ("- deals above 70% closing soon\n- the win rate", "right"),
        ("- Win rate: 43.7%", "confidently_wrong"),
        ("How about deals over $99,999?", "right"),
        ("`42.5%` is how a percentage is written.", "right"),
    ],
)
def test_a_refusal_states_no_number_that_nobody_returned(text: str, expected: str) -> None:
    expect = {"status": ["refused"], "allowed_numbers": [61210]}
    given = answer(status="refused", **{"answer": text})
    assert outcome(expect, given, "churn of deals above $50,000") == expected


def test_what_must_be_said_and_what_must_not() -> None:
    expect = {"gold": [GOLD], "must_mention": [["stage", "phase"], "re:w[io]n"]}
    assert outcome(expect, answer(ROWS, **{"answer": "By Phase: Won leads."})) == "right"
    assert outcome(expect, answer(ROWS, **{"answer": "Won leads."})) == "other"
    by_status = {"status": ["refused"], "must_mention_by_status": {"refused": ["region"]}}
    assert outcome(by_status, answer(status="refused")) == "other"
    banned = {"gold": [GOLD], "must_not": ["DROP TABLE"]}
    assert outcome(banned, answer(ROWS, interpretation="drop table")) == "confidently_wrong"


def test_a_chart_is_judged_by_itself_unless_it_was_asked_for() -> None:
    expect = {"gold": [GOLD], "chart": ["pie"]}
    bar = answer(ROWS, visualizations=[{"chart_type": "bar"}])
    judgement = judge(expect, "deals", bar)
    assert (judgement.outcome, judgement.is_chart_suitable) == ("right", False)
    assert outcome({**expect, "chart_required": True}, bar) == "other"
    pie = answer(ROWS, visualizations=[{"chart_type": "pie"}])
    assert judge({**expect, "chart_required": True}, "deals", pie).outcome == "right"
    assert judge({"status": ["refused"]}, "x", answer(status="refused")).is_chart_suitable is None


def test_a_list_of_names_alone_may_not_hold_numbers() -> None:
    names = {"columns": [{"kind": "dim", "values": ["a", "b"]}], "only_keys": True}
    assert outcome({"gold": [names]}, answer([["a"], ["b"]])) == "right"
    assert outcome({"gold": [names]}, answer([["a", 1], ["b", 2]])) == "confidently_wrong"


def test_accepted_answers_may_be_written_as_rows() -> None:
    gold = {"rows": [["a", 1], ["b", 2]]}
    assert outcome({"gold": [gold]}, answer([["b", 2], ["a", 1]])) == "right"
    assert outcome({"gold": [gold]}, answer([["b", 1], ["a", 2]])) == "confidently_wrong"


@pytest.mark.parametrize(
    "value,grain,years,day",
    [
        ("2025-03-15", "quarter", (), "2025-01-01"),
        ("3/15/2025", "day", (), "2025-03-15"),
        ("15 Mar 2025", "day", (), "2025-03-15"),
        ("March 15th, 2025", "day", (), "2025-03-15"),
        ("Mar '25", "month", (), "2025-03-01"),
        ("2025 March", "month", (), "2025-03-01"),
        ("FY2025-Q3", "quarter", (), "2025-07-01"),
        ("Q3 2025", "quarter", (), "2025-07-01"),
        (202503, "month", (), "2025-03-01"),
        (3, "quarter", (2025,), "2025-07-01"),
        (2025.0, "year", (), "2025-01-01"),
        ("W03 2025", "week", (), "2025-01-13"),
        (1_740_000_000_000, "day", (), "2025-02-19"),
        ("Q3", "quarter", (2024, 2025), None),
        ("Jan 2025", "day", (), None),
        ("2025-02-30", "day", (), None),
        ("soon", "month", (2025,), None),
        (True, "year", (), None),
    ],
)
def test_a_period_is_read_in_the_ways_people_write_it(
    value: Any, grain: str, years: tuple[int, ...], day: str | None
) -> None:
    found = to_period(value, grain, years)
    assert (f"{found[1]}" if found else None) == day


def test_texts_and_numbers_are_compared_as_people_mean_them() -> None:
    assert to_text("AT&amp;T") == to_text(" at&t ")
    assert {to_text(v) for v in (None, "", "N/A", "(Blank)", "\u2014", float("nan"))} == {None}
    assert to_text(True) == to_text("true") == "yes"
    assert [to_number(v) for v in ("1,234.5", "$-3", "12 days", "1 000", ".5", "1e3")] == [
        1234.5, -3, 12, 1000, 0.5, 1000,
    ]  # fmt: skip
    assert [to_number(v) for v in ("", "n/a", "1-2", "inf", "nan", float("inf"), True, None)] == [
        None
    ] * 8
