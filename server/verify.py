"""A stored conversation to a comparison: each query run again on its own data version.

Called by `revenue verify`. Invariant: equal means equal cell by cell, in the stored order;
what cannot be run again is said, never passed over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from semantic.compiled import Principal
from semantic.issues import SemanticError
from server.analyses import LIMIT_ROWS
from server.answer.wire import to_cell, to_json_value
from server.errors import AppError
from server.schemas import ConversationBody
from server.stored_queries import StoredQueries

Verdict = Literal["same", "different", "not run"]

_RELATIVE_TOLERANCE: Final = 1e-12
"""Sums of doubles may be added up in another order; nothing else may differ."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one stored query."""

    turn: int
    query: str
    title: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Runs stored queries again."""

    stored: StoredQueries

    async def verify(self, conversation: ConversationBody, principal: Principal) -> list[Check]:
        """One check per stored query, in order."""
        return [
            await self._check(turn.number, turn.answer, query, principal)
            for turn in conversation.turns
            for query in turn.answer.get("queries", [])
        ]

    async def _check(
        self, turn: int, answer: Mapping[str, Any], query: Mapping[str, Any], principal: Principal
    ) -> Check:
        title = str(query.get("title", ""))
        query_id = str(query.get("id", ""))
        try:
            reason = await self._compare(answer, query, principal)
        except (AppError, SemanticError) as error:
            detail = error.detail if isinstance(error, AppError) else str(error)
            return Check(turn, query_id, title, "not run", detail)
        return Check(turn, query_id, title, "different" if reason else "same", reason)

    async def _compare(
        self, answer: Mapping[str, Any], query: Mapping[str, Any], principal: Principal
    ) -> str:
        """What differs; "" where nothing does."""
        stored = query["rows"]
        limit_rows = len(stored) if query["truncated"] else max(LIMIT_ROWS, len(stored))
        table = await self.stored.run(answer, query, principal, limit_rows)
        columns = [column["name"] for column in query["columns"]]
        if columns != [column.name for column in table.columns]:
            return "The columns are others."
        rows = to_json_value({"rows": [[to_cell(v) for v in row] for row in table.rows]})["rows"]
        if len(rows) != len(stored):
            return f"{len(stored)} rows were stored, {len(rows)} come back."
        for number, (old, new) in enumerate(zip(stored, rows, strict=True), 1):
            if not is_same(old, new):
                return f"Row {number} is another one."
        return ""


def is_same(old: Any, new: Any) -> bool:
    """Whether two JSON values are equal; numbers up to the order of their addition.

    >>> is_same([1, "a", 0.1 + 0.2], [1, "a", 0.3]), is_same([1], [2]), is_same(1, True)
    (True, False, False)
    """
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=_RELATIVE_TOLERANCE, abs_tol=0)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    return type(old) is type(new) and bool(old == new)
