"""`revenue eval`: a question file against the published data of a home, and its report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.evaluation import BadQuestionFile, evaluate, parse_questions, score, score_classes
from server.schemas import QuestionRequest
from tests.serving import TODAY, make_demo_home, revenue


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_home(tmp_path_factory.mktemp("eval-home"), rows=200)


def count_of(home: Path, sql: str) -> Any:
    done = revenue(home, "sql", sql, "--json", "--as-of", f"{TODAY}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"][0][0]


def kpi(value: float) -> dict[str, Any]:
    return {"gold": [{"columns": [{"kind": "num", "values": [value]}]}], "chart": ["metrics"]}


@pytest.fixture(scope="module")
def questions(home: Path) -> Path:
    """Four items; the wanted numbers come from SQL, one of them is false on purpose."""
    won = count_of(home, "SELECT COUNT(*) FROM opportunities WHERE stage = 'Closed Won'")
    lost = count_of(home, "SELECT COUNT(*) FROM opportunities WHERE stage = 'Closed Lost'")
    items = [
        {"id": "q1", "class": "kpi", "turns": [{"question": "How many deals did we win?",
                                                "expect": kpi(won)}]},
        {"id": "q2", "class": "kpi", "turns": [{"question": "How many deals did we lose?",
                                                "expect": kpi(lost + 1)}]},
        {"id": "q3", "class": "refuse", "turns": [{"question": "What does the weather do?",
                                                   "expect": {"status": ["refused",
                                                                         "clarification"]}}]},
        {"id": "q4", "class": "dialogue", "as_of": f"{TODAY}", "turns": [
            {"question": "How many deals did we win?", "expect": kpi(won)},
            {"question": "and lost?", "expect": {"status": ["answered"]}},
        ]},
    ]  # fmt: skip
    path = home / "questions.jsonl"
    path.write_text("\n\n".join(json.dumps(item) for item in items), encoding="utf-8")
    return path


def run_eval(home: Path, questions: Path, *more: str) -> tuple[str, dict[str, Any]]:
    out = home / "report.json"
    done = revenue(home, "eval", str(questions), "--as-of", f"{TODAY}", "--json", str(out), *more)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(out.read_bytes())
    return done.stdout, report


def test_a_score_per_class_is_printed_and_a_wrong_answer_is_called_so(
    home: Path, questions: Path
) -> None:
    before = sorted(path.name for path in home.iterdir())
    text, report = run_eval(home, questions, "--show", "5")
    outcomes = {(turn["id"], turn["turn"]): turn["outcome"] for turn in report["turns"]}
    assert outcomes == {
        ("q1", 1): "right", ("q2", 1): "confidently_wrong", ("q3", 1): "right",
        ("q4", 1): "right", ("q4", 2): "right",
    }  # fmt: skip
    kpis = report["classes"]["kpi"]
    assert (kpis["turns"], kpis["right"], kpis["confidently_wrong"]) == (2, 1, 1)
    assert (kpis["chart_suitable"], kpis["chart_judged"]) == (2, 2)
    assert report["total"]["items_right"] == 3
    assert report["total"]["p95_s"] >= report["total"]["p50_s"] > 0
    assert report["turns"][4]["answer"]["has_context"] is True
    assert "right 4 of 5 (80.0%), confidently wrong 1" in text
    assert "[confidently_wrong] q2 turn 1: How many deals did we lose?" in text
    # Nothing is left in the home but what was asked for.
    assert sorted(path.name for path in home.iterdir()) == sorted({*before, "report.json"})


def test_asking_side_by_side_gives_the_same_outcomes(home: Path, questions: Path) -> None:
    _, one = run_eval(home, questions)
    _, four = run_eval(home, questions, "--concurrency", "4")
    assert [t["outcome"] for t in four["turns"]] == [t["outcome"] for t in one["turns"]]
    assert [t["id"] for t in four["turns"]] == [t["id"] for t in one["turns"]]


def test_a_file_or_a_planner_that_is_none_is_a_usage_error(home: Path, questions: Path) -> None:
    done = revenue(home, "eval", str(questions), "--planner", "oracle")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no planner 'oracle'. Known: auto, builtin, llm" in done.stderr
    done = revenue(home, "eval", str(home / "missing.jsonl"))
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
    bad = home / "bad.jsonl"
    bad.write_text('{"id": "a", "class": "b", "turns": []}', encoding="utf-8")
    done = revenue(home, "eval", str(bad))
    assert done.returncode == 2
    assert "Line 1 is no question item" in done.stderr
    assert "Traceback" not in done.stderr


def test_asking_with_explain_shows_how_each_word_was_read(home: Path) -> None:
    question = "win rate by lead source, frobnicated"
    done = revenue(home, "ask", question, "--explain", "--as-of", f"{TODAY}")
    assert done.returncode == 0, done.stderr
    read = {line.split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert "metric" in read["win rate"]
    assert "opportunities.win_rate" in read["win rate"]
    assert "dimension" in read["lead source"]
    assert "unknown" in read["frobnicated"]
    assert re.search(r"confidence [1-9]\d%", done.stdout)
    plain = revenue(home, "ask", question, "--as-of", f"{TODAY}")
    assert "confidence" not in plain.stdout


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        '{"id": "a"}',
        '{"id": "a", "class": "k", "turns": [{"question": ""}]}',
        '{"id": "a", "class": "k", "as_of": "soon", "turns": [{"question": "x", "expect": {}}]}',
        "[" * 100_000,
        '{"id": "a", "class": "k", "turns": [{"question": "x", "expect": {}}]}\n' * 2,
    ],
)
def test_a_broken_question_file_is_said_to_be_one(text: str) -> None:
    with pytest.raises(BadQuestionFile):
        parse_questions(text)


async def test_a_turn_that_fails_is_an_error_and_the_others_are_asked() -> None:
    from server.errors import Overloaded

    items = parse_questions(
        '{"id": "a", "class": "k", "turns": [{"question": "x", "expect": {}}]}\n'
        '{"id": "b", "class": "k", "turns": [{"question": "y", "expect": {}}]}'
    )
    asked: list[str] = []

    async def ask(request: QuestionRequest) -> Any:
        asked.append(request.question)
        raise Overloaded("Too many queries at once.", hint="Try again.")

    records = await evaluate(items, ask, as_of=TODAY)
    assert asked == ["x", "y"]
    assert {record.outcome for record in records} == {"error"}
    assert records[0].judgement.reason == "Too many queries at once. Try again."
    assert score(records).outcomes["error"] == 2
    assert list(score_classes(records)) == ["k"]
