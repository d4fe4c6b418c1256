"""What a stored turn says to the next question: the last query, its leaders, open options.

Called by `ask.py` before planning and before storing. Invariant: everything travels as JSON
inside the stored answer, so that a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from semantic.request import SemanticQuery
from server.answer.shape import Finding
from server.answer.wire import to_cell
from server.planner.builtin.going_back import is_step_back
from server.planner.plan import Context, LastAnswer, Option, PastTurn
from server.storage.records import Turn

KEY: Final = "context"
REMEMBERED_TURNS: Final = 10
MAX_MEMBERS: Final = 100
"""Of an answer that shows more groups, none is remembered by name."""
_CHARTS: Final = ("bar", "pie", "line", "table", "metrics")


def load_context(turns: Sequence[Turn]) -> Context:
    """The context of a conversation from its newest turns, oldest first."""
    last: LastAnswer | None = None
    is_free = False
    for turn in reversed(turns):
        stored = turn.answer.get(KEY)
        last = _to_last(stored)
        # An answer that no query object stands for hides those before it.
        is_free = isinstance(stored, Mapping) and bool(stored.get("free"))
        if last is not None or is_free:
            break
    options = _to_options(turns[-1].answer.get(KEY)) if turns else ()
    pending, follows = _pending(turns)
    return Context(
        last,
        options,
        len(turns),
        pending,
        follows and last is not None,
        tuple(map(_to_past, turns)),
        _earlier(turns),
        is_free,
    )


def _earlier(turns: Sequence[Turn]) -> tuple[LastAnswer, ...]:
    """The answers before the newest one, oldest first, without those a step back has left."""
    found: list[LastAnswer] = []
    for turn in turns:
        if turn.status in ("clarification", "refused"):
            continue
        last = _to_last(turn.answer.get(KEY))
        if last is None:
            found = []  # what no query object stands for cannot be gone back over
            continue
        if is_step_back(turn.question):
            is_newer = len(found) > 1 and found[-2].query == last.query
            found = found[:-1] if is_newer else found
            continue
        alone = "" if turn.answer.get("has_context") else turn.question
        found.append(replace(last, question=alone))
    return tuple(found[:-1])


def _to_past(turn: Turn) -> PastTurn:
    """The turn in words, for a planner that reads."""
    queries = turn.answer.get("queries")
    found = [q.get("semantic_sql") for q in queries or () if isinstance(q, Mapping)]
    return PastTurn(
        turn.question,
        turn.status,
        str(turn.answer.get("answer", "")),
        tuple(text for text in found if isinstance(text, str)),
    )


def _pending(turns: Sequence[Turn]) -> tuple[str, bool]:
    """The questions since the last answer that were not answered, as far as they go together."""
    texts: list[str] = []
    follows = False
    for turn in reversed(turns):
        if turn.status not in ("clarification", "refused"):
            break
        texts.insert(0, turn.question.strip())
        follows = bool(turn.answer.get("has_context"))
        if not follows:
            break
    return " ".join(texts), follows


def _to_last(stored: Any) -> LastAnswer | None:
    if not isinstance(stored, Mapping) or not stored.get("query"):
        return None
    try:
        query = SemanticQuery.model_validate(stored["query"])
    except ValidationError:
        return None  # written by another version of the program; the question stands alone
    chart = stored.get("chart")
    leaders, members = stored.get("leaders"), stored.get("members")
    return LastAnswer(
        query,
        chart if chart in _CHARTS else None,
        dict(leaders) if isinstance(leaders, Mapping) else {},
        tuple(map(str, members)) if isinstance(members, Sequence) else (),
    )


def _to_options(stored: Any) -> tuple[Option, ...]:
    if not isinstance(stored, Mapping):
        return ()
    found = []
    for one in stored.get("options") or ():
        last = _to_last(one)
        sql = one.get("sql") if isinstance(one, Mapping) else None
        if isinstance(sql, str) and sql:
            label, said = str(one.get("label", "")), str(one.get("said", ""))
            found.append(Option(label, label, sql=sql, said=said))
        elif last is not None:
            found.append(
                Option(str(one.get("label", "")), str(one.get("question", "")), last.query)
            )
    return tuple(found)


def to_stored(
    asked: SemanticQuery | None,
    findings: Sequence[Finding],
    options: Sequence[Option],
    *,
    is_free: bool = False,
) -> dict[str, Any]:
    """What the turn leaves for the next question.

    Args:
        asked: the query that a follow-up builds on; None where nothing was answered.
        is_free: something was answered that `asked` does not stand for.
    """
    stored: dict[str, Any] = {}
    if asked is not None:
        stored["query"] = asked.model_dump(mode="json", exclude_defaults=True)
        stored["chart"] = findings[0].chart if findings else None
        stored["leaders"] = _leaders(findings[0], asked) if findings else {}
        stored["members"] = _members(findings[0], asked) if findings else []
    if is_free:
        stored["free"] = True
    stored["options"] = [found for option in options if (found := _from_option(option))]
    return stored


def _from_option(option: Option) -> dict[str, Any] | None:
    if option.query is not None:
        query = option.query.model_dump(mode="json", exclude_defaults=True)
        return {"label": option.label, "question": option.question, "query": query}
    if option.sql:
        return {"label": option.label, "sql": option.sql, "said": option.said}
    return None


def _leaders(finding: Finding, asked: SemanticQuery) -> dict[str, Any]:
    """The first row's member of each dimension grouped by."""
    if not finding.table.rows or asked.detail:
        return {}
    by_alias = {name.rpartition(".")[2]: name for name in asked.dimensions}
    return {
        by_alias[column.name]: to_cell(value)
        for column, value in zip(finding.table.columns, finding.table.rows[0], strict=True)
        if column.name in by_alias and isinstance(value, str)
    }


def _members(finding: Finding, asked: SemanticQuery) -> list[str]:
    """The groups of one dimension, where not all of them are shown; none where one has no name."""
    if asked.detail or len(asked.dimensions) != 1 or len(finding.table.rows) > MAX_MEMBERS:
        return []
    if asked.limit is None and asked.place is None and not asked.having:
        return []
    alias = asked.dimensions[0].rpartition(".")[2]
    at = next((n for n, c in enumerate(finding.table.columns) if c.name == alias), None)
    found = [row[at] for row in finding.table.rows] if at is not None else []
    return found if all(isinstance(one, str) for one in found) else []
