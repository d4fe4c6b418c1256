"""Our judgement against the reference judge, on real answers and on spoiled ones.

Every answer to the development questions is judged by both, then spoiled in every way a planner
could be wrong, and judged again. Skipped where the reference is not beside this repository.
"""

from __future__ import annotations

import copy
import importlib.util
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from semantic.compiled import Principal
from server.app import open_services
from server.evaluation import evaluate, parse_questions
from server.evaluation_judge import judge
from server.settings import Settings
from server.warehouse.paths import Home
from tests.homes import AS_OF, NOW, SAMPLE, real_home, revenue_spec  # noqa: F401 - fixtures

REFERENCE = SAMPLE / "eval" / "evaluate.py"
QUESTIONS = SAMPLE / "eval" / "dev_questions.jsonl"


def load_reference() -> Any:
    spec = importlib.util.spec_from_file_location("reference_judge", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spoiled(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer, and the ways in which it could be wrong."""

    def change(name: str) -> dict[str, Any]:
        names.append(name)
        return copy.deepcopy(answer)

    names: list[str] = []
    yield "as it is", answer
    for status in ("refused", "clarification", "answered", "no_data"):
        one = change(f"status {status}")
        one["status"] = status
        yield names[-1], one
    one = change("an invented number")
    one["answer"] = "It was $987,654,321.12 and 12.34%."
    one["status"] = "refused"
    yield names[-1], one
    one = change("nothing said")
    one["answer"] = ""
    yield names[-1], one
    if not answer["queries"]:
        return
    yield from _spoiled_rows(answer, change)


def _spoiled_rows(answer: dict[str, Any], change: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    def edit(name: str, work: Any) -> tuple[str, dict[str, Any]]:
        one = change(name)
        for query in one["queries"]:
            query["rows"] = work(query["rows"])
        return name, one

    def scale(factor: float) -> Any:
        def work(rows: list[list[Any]]) -> list[list[Any]]:
            return [
                [v * factor if isinstance(v, int | float) and not isinstance(v, bool) else v
                 for v in row]
                for row in rows
            ]  # fmt: skip

        return work

    yield edit("first row lost", lambda rows: rows[1:])
    yield edit("last row lost", lambda rows: rows[:-1])
    yield edit("a row twice", lambda rows: [*rows, *rows[:1]])
    yield edit("other way round", lambda rows: rows[::-1])
    yield edit(
        "an empty group more",
        lambda rows: [*rows, *([["Z", *[0] * (len(r) - 1)] for r in rows[:1]])],
    )
    yield edit(
        "a group more", lambda rows: [*rows, *([["Z", *[7] * (len(r) - 1)] for r in rows[:1]])]
    )
    yield edit("two percent off", scale(1.02))
    yield edit("a percentage", scale(100))
    yield edit(
        "values shifted by one row",
        lambda rows: [
            [*row[:1], *other[1:]] for row, other in zip(rows, [*rows[1:], *rows[:1]], strict=True)
        ],
    )
    yield edit("columns the other way round", lambda rows: [row[::-1] for row in rows])
    yield edit(
        "texts shouted",
        lambda rows: [[v.upper() if isinstance(v, str) else v for v in row] for row in rows],
    )
    yield edit("nulls", lambda rows: [[None for _ in row] for row in rows])


async def test_both_judges_agree_on_real_and_on_spoiled_answers(
    real_home: Home,  # noqa: F811
    tmp_path: Path,
) -> None:
    reference = load_reference()
    items = parse_questions(QUESTIONS.read_text("utf-8"))
    settings = Settings.load({"REVENUE_DATABASE_URL": f"sqlite:///{tmp_path}/state.db"})
    settings = replace(settings, home=real_home.root)
    async with open_services(settings, clock=lambda: NOW, surface="test") as services:
        records = await evaluate(
            items, lambda request: services.questions.answer(request, Principal()), as_of=AS_OF
        )
    expected = {(item.id, n): turn for item in items for n, turn in enumerate(item.turns, 1)}
    seen: Counter[str] = Counter()
    differing = []
    for record in records:
        turn = expected[record.item, record.turn]
        for name, answer in spoiled(record.answer):
            ours = judge(turn.expect, turn.question, answer)
            theirs, reason = reference.judge_turn(turn.expect, turn.question, answer)
            seen[theirs] += 1
            if ours.outcome != theirs:
                differing.append((record.item, record.turn, name, ours, theirs, reason))
            charts = set(reference.chart_types(answer))
            if turn.expect.get("chart") and answer["status"] == "answered":
                assert ours.is_chart_suitable == bool(charts & set(turn.expect["chart"]))
    assert differing == []
    # The spoiling is worth something: every outcome came up.
    assert {outcome for outcome in seen if seen[outcome] > 5} >= {
        "right", "confidently_wrong", "refused", "misordered", "other",
    }, json.dumps(seen)  # fmt: skip
