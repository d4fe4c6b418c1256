"""A file of questions with known answers to a score per class, through the real way of a question.

Called by `revenue eval`. Invariant: every turn is asked as a person would, in the conversation of
its item, and judged by `evaluation_judge.py` alone; one turn that fails ends nothing.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from semantic.issues import SemanticError
from server.answer.wire import Answer, to_json_value
from server.errors import AppError
from server.evaluation_judge import OUTCOMES, Judgement, Outcome, judge
from server.schemas import QuestionRequest
from server.storage.errors import StoreError

Ask = Callable[[QuestionRequest], Awaitable[Answer]]
_MAX_QUESTION: Final = 4_000
_EXPECTED: Final = (AppError, SemanticError, StoreError)


class BadQuestionFile(Exception):
    """The file of questions cannot be used; the text says which line and why."""


class TurnSpec(msgspec.Struct, frozen=True):
    """One question and what is expected of its answer."""

    question: Annotated[str, Meta(min_length=1, max_length=_MAX_QUESTION)]
    expect: dict[str, Any]


class ItemSpec(msgspec.Struct, frozen=True):
    """One line of the file: a question or a dialogue."""

    id: str
    kind: str = msgspec.field(name="class")
    turns: Annotated[tuple[TurnSpec, ...], Meta(min_length=1)]
    as_of: date | None = None
    """The clock of this item, over that of the run."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What became of one turn."""

    item: str
    kind: str
    turn: int
    question: str
    judgement: Judgement
    latency_s: float
    answer: dict[str, Any]
    """As it goes over the wire; empty where there was none."""

    @property
    def outcome(self) -> Outcome:
        """The judgement in a word."""
        return self.judgement.outcome


@dataclass(frozen=True, slots=True)
class Spending:
    """What language models were asked for some turns."""

    asked: int
    """Turns for which one was asked."""
    fallbacks: int
    """Turns that the built-in planner answered in its place."""
    completions: int
    input_tokens: int
    output_tokens: int
    cost: float
    unverified: int
    """Numbers taken out of its prose."""


@dataclass(frozen=True, slots=True)
class Score:
    """The turns of one class, or all of them."""

    turns: int
    outcomes: Counter[Outcome]
    chart_suitable: int
    chart_judged: int
    p50_s: float
    p95_s: float
    items: int
    items_right: int
    """Items whose turns are all right."""


def parse_questions(text: str) -> tuple[ItemSpec, ...]:
    """The items of a question file, one JSON object a line.

    Raises:
        BadQuestionFile: a line is no item, or two items have one id.
    """
    found: dict[str, ItemSpec] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = msgspec.json.decode(line, type=ItemSpec)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise BadQuestionFile(f"Line {number} is no question item: {error}") from error
        if item.id in found:
            raise BadQuestionFile(f"Line {number} repeats the id '{item.id}'.")
        found[item.id] = item
    if not found:
        raise BadQuestionFile("The file holds no question.")
    return tuple(found.values())


async def evaluate(
    items: Sequence[ItemSpec], ask: Ask, *, as_of: date, concurrency: int = 1
) -> list[TurnRecord]:
    """One record a turn, in the order of the file.

    Args:
        as_of: the clock of items that have none of their own.
        concurrency: items asked at one moment; the turns of an item follow each other.
    """
    gate = asyncio.Semaphore(concurrency)

    async def run(item: ItemSpec) -> list[TurnRecord]:
        async with gate:
            return await _ask_item(item, ask, item.as_of or as_of)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(item)) for item in items]
    return [record for task in tasks for record in task.result()]


async def _ask_item(item: ItemSpec, ask: Ask, as_of: date) -> list[TurnRecord]:
    conversation_id: str | None = None
    records = []
    for number, turn in enumerate(item.turns, 1):
        started = time.perf_counter()
        answer: dict[str, Any] = {}
        try:
            request = QuestionRequest(turn.question, conversation_id, as_of=as_of)
            answer = to_json_value(await ask(request))
        except _EXPECTED as error:
            judgement = Judgement("error", getattr(error, "detail", str(error)))
        else:
            judgement = _judge(turn, answer)
            conversation_id = answer["conversation_id"]
        latency_s = time.perf_counter() - started
        records.append(
            TurnRecord(item.id, item.kind, number, turn.question, judgement, latency_s, answer)
        )
    return records


def _judge(turn: TurnSpec, answer: dict[str, Any]) -> Judgement:
    return judge(turn.expect, turn.question, answer)


# ------------------------------------------------------------------ scores


def score_classes(records: Iterable[TurnRecord]) -> dict[str, Score]:
    """The score of every class, by its name."""
    by_class: dict[str, list[TurnRecord]] = defaultdict(list)
    for record in records:
        by_class[record.kind].append(record)
    return {kind: score(by_class[kind]) for kind in sorted(by_class)}


def score(records: Sequence[TurnRecord]) -> Score:
    """The score of some turns."""
    charts = [r.judgement.is_chart_suitable for r in records]
    judged = [one for one in charts if one is not None]
    items: dict[str, bool] = {}
    for record in records:
        items[record.item] = items.get(record.item, True) and record.outcome == "right"
    latencies = [record.latency_s for record in records]
    return Score(
        turns=len(records),
        outcomes=Counter(record.outcome for record in records),
        chart_suitable=sum(judged),
        chart_judged=len(judged),
        p50_s=percentile(latencies, 0.5),
        p95_s=percentile(latencies, 0.95),
        items=len(items),
        items_right=sum(items.values()),
    )


def spending(records: Iterable[TurnRecord]) -> Spending:
    """The usage that the answers report, added up."""
    found = [record.answer.get("provenance") or {} for record in records]
    used = [(one, one["usage"]) for one in found if one.get("usage")]
    return Spending(
        asked=len(used),
        fallbacks=sum(one["model"] is None for one, _ in used),
        completions=sum(usage["completions"] for _, usage in used),
        input_tokens=sum(usage["input_tokens"] for _, usage in used),
        output_tokens=sum(usage["output_tokens"] for _, usage in used),
        cost=round(sum(usage["cost"] for _, usage in used), 6),
        unverified=sum(len(one.get("unverified_numbers", ())) for one in found),
    )


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of all do not exceed; 0 of none.

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile([], 0.95)
    (2.0, 0.0)
    """
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def to_report(records: Sequence[TurnRecord], *, planner: str, as_of: date) -> dict[str, Any]:
    """All of it as JSON values: totals, classes, and every turn with its answer."""
    return {
        "planner": planner,
        "as_of": as_of,
        "total": _to_body(score(records)),
        "usage": asdict(spending(records)),
        "classes": {kind: _to_body(one) for kind, one in score_classes(records).items()},
        "turns": [
            {
                "id": record.item,
                "class": record.kind,
                "turn": record.turn,
                "question": record.question,
                "outcome": record.outcome,
                "reason": record.judgement.reason,
                "chart_suitable": record.judgement.is_chart_suitable,
                "latency_s": round(record.latency_s, 4),
                "answer": record.answer,
            }
            for record in records
        ],
    }


def _to_body(one: Score) -> dict[str, Any]:
    return {
        "turns": one.turns,
        **{outcome: one.outcomes[outcome] for outcome in OUTCOMES},
        "chart_suitable": one.chart_suitable,
        "chart_judged": one.chart_judged,
        "items": one.items,
        "items_right": one.items_right,
        "p50_s": round(one.p50_s, 4),
        "p95_s": round(one.p95_s, 4),
    }
