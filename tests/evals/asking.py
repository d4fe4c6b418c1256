"""Question items asked of a running service, to one record a turn and a score per class.

Called by the question sets and by measure.py. Invariant: every turn is asked over HTTP as a
person would, with the conversation of its item, and judged by judge.py alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.evals.judge import Outcome, judge


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one turn."""

    item: str
    kind: str
    turn: int
    question: str
    outcome: Outcome
    reason: str
    answer: Mapping[str, Any]

    def describe(self) -> str:
        """A paragraph for a report of failures."""
        lines = [
            f"[{self.outcome}] {self.item}.{self.turn}: {self.question}",
            f"    {self.reason}; read as: {self.answer.get('interpretation')}",
        ]
        if self.answer.get("status") != "answered":
            lines.append(f"    said: {' '.join(str(self.answer.get('answer')).split())[:300]}")
        for query in list(self.answer.get("queries") or ())[:3]:
            sql = " ".join(str(query.get("semantic_sql")).split())
            lines.append(f"    {sql[:400]}")
            lines.append(f"    -> {query['row_count']} rows {query['rows'][:4]}")
        return "\n".join(lines)


def ask_items(client: httpx.Client, items: Iterable[Mapping[str, Any]], as_of: str) -> list[Record]:
    """A record for each turn of the items, in their order."""
    return [record for item in items for record in _ask_item(client, item, as_of)]


def _ask_item(client: httpx.Client, item: Mapping[str, Any], as_of: str) -> list[Record]:
    conversation: str | None = None
    records = []
    for number, turn in enumerate(item["turns"], 1):
        body = {"question": turn["question"], "as_of": as_of}
        if conversation is not None:
            body["conversation_id"] = conversation
        response = client.post("/api/query", json=body)
        answer: Mapping[str, Any] = response.json()
        if response.is_success:
            conversation = answer["conversation_id"]
            verdict = judge(turn["expect"], turn["question"], answer)
            outcome, reason = verdict.outcome, verdict.reason
        else:
            outcome, reason = "other", f"HTTP {response.status_code}: {answer.get('detail')}"
        records.append(
            Record(item["id"], item["class"], number, turn["question"], outcome, reason, answer)
        )
    return records


def tabulate(records: Sequence[Record]) -> str:
    """Counts of outcomes per class, and over all."""
    outcomes: tuple[Outcome, ...] = ("right", "wrong", "refused", "misordered", "other")
    counts = Counter((record.kind, record.outcome) for record in records)
    lines = [f"{'class':<18}{'turns':>6}" + "".join(f"{one:>11}" for one in outcomes)]
    for kind in [*sorted({record.kind for record in records}), "all"]:
        row = [
            len([r for r in records if r.outcome == one]) if kind == "all" else counts[kind, one]
            for one in outcomes
        ]
        lines.append(f"{kind:<18}{sum(row):>6}" + "".join(f"{number:>11}" for number in row))
    right = sum(record.outcome == "right" for record in records)
    lines.append(f"right {right} of {len(records)} ({100 * right / len(records):.1f} %)")
    return "\n".join(lines)
