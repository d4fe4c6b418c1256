"""A sentence that asks two things to its clauses: "win rate by city and the top 5 customers".

Called by `planner.py` on the items of a question. Invariant: where each side has its own groups or
conditions they are never mixed: the sentence is cut, or asked back.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from server.planner.builtin.decline import ask_back
from server.planner.builtin.facts import Facts
from server.planner.builtin.spans import Item
from server.planner.builtin.tokens import Token
from server.planner.plan import Answerable, Plan, Refusal

_ASKS: Final = ("count", "how_much", "aggregate")
_JOINTS: Final = ("and", "also", "follow")
_OPENERS: Final = ("which", "list", "compare")
_BACK: Final = frozenset({"their", "its", "they", "them", "those", "these", "it", "that", "ones"})
_STOPS: Final = frozenset(".?;!")


def stops_of(tokens: Sequence[Token]) -> frozenset[int]:
    """The tokens in front of which a sentence ends."""
    return frozenset(n for n, token in enumerate(tokens) if set(token.before) & _STOPS)


def find_cut(items: Sequence[Item], stops: Container[int]) -> tuple[int, int] | None:
    """The end of the first question and the start of the second, in tokens; None for one.

    Args:
        stops: the tokens in front of which a sentence ends.
    """
    for at in range(1, len(items)):
        begin = _begin(items, at, stops)
        if begin is not None and _asks_anew(items[:at], items[begin:]):
            return items[at].start, items[begin].start
    return None


def exceeds(most: int, items: Sequence[Item], stops: Container[int]) -> bool:
    """True where more than `most` cuts follow one another.

    Asked before any clause is planned: planning each one only to refuse the whole sentence takes
    longer than any answer.
    """
    begins = {item.start: number for number, item in enumerate(items)}
    first = 0
    for _ in range(most + 1):
        cut = find_cut(items[first:], stops)
        if cut is None:
            return False
        first = begins[cut[1]]
    return True


def combine(plans: Sequence[Plan], facts: Facts) -> Plan:
    """The plans of clauses as one; a clause that is not answered stops the others."""
    for plan in plans:
        if isinstance(plan.outcome, Refusal):
            return plan
    found = [plan.outcome for plan in plans if isinstance(plan.outcome, Answerable)]
    if len(found) < len(plans):
        return Plan(ask_back(facts, ["Two things are asked here; please ask one at a time."]))
    outcome = Answerable(
        tuple(query for one in found for query in one.queries),
        tuple(analysis for one in found for analysis in one.analyses),
    )
    text = "; and: ".join(plan.interpretation for plan in plans)
    spans = tuple(span for plan in plans for span in plan.spans)
    confidence = min(plan.confidence for plan in plans)
    return Plan(outcome, text, confidence, spans, plans[0].follow_ups)


def _begin(items: Sequence[Item], joint: int, stops: Container[int]) -> int | None:
    """The first item behind "and", "and also", "; ", where it begins to ask."""
    is_stop = items[joint].start in stops
    begin = joint
    while begin < len(items) and (
        items[begin].has_role(*_JOINTS)
        or items[begin].kind == "filler"
        or items[begin].has_role("verb_is")
    ):
        begin += 1
    if begin >= len(items) or not (is_stop or items[joint].has_role("and", "also")):
        return None
    item = items[begin]
    begins = _is_measure(item) or item.kind == "ranking" or item.has_role(*_OPENERS)
    return begin if begins or _is_rows_in_time(items, begin) else None


def _is_rows_in_time(items: Sequence[Item], begin: int) -> bool:
    """Like the second half of "revenue in 2023 and open orders in 2024"."""
    is_rows = begin + 1 < len(items) and items[begin].of("segment") and items[begin + 1].of("model")
    halves = (items[:begin] or items, items[begin:])
    return bool(is_rows) and all(any(item.kind == "time" for item in half) for half in halves)


def _is_measure(item: Item) -> bool:
    return bool(item.of("metric")) or item.has_role(*_ASKS)


def _asks_anew(left: Sequence[Item], right: Sequence[Item]) -> bool:
    """True where both sides ask for something and neither is only a part of the other."""
    if any(item.text.lower() in _BACK for item in right):
        return False
    if any(item.has_role("compare", "share") for item in left):
        return False
    if not any(_is_measure(item) for item in left) or not _has_question(right):
        return False
    opener = right[0]
    is_own = opener.kind == "ranking" or opener.has_role("which", "list")
    if is_own and not _is_open(left):
        return True
    return _has_tail(left) and _has_tail(right)


def _has_question(items: Sequence[Item]) -> bool:
    return _is_rows_in_time(items, 0) or any(
        _is_measure(item) or item.kind == "ranking" or item.of("model") for item in items
    )


def _is_open(left: Sequence[Item]) -> bool:
    """Like "the 5 largest and the 5 smallest orders": the first half lacks its noun."""
    last = next((item for item in reversed(left) if item.kind != "filler"), None)
    return last is None or last.kind == "ranking" or last.has_role("aggregate", "count")


def _has_tail(items: Sequence[Item]) -> bool:
    """True where groups, conditions or dates stand behind what is asked for."""
    asked = (n for n, item in enumerate(items) if _is_measure(item) or item.of("model"))
    first = next(asked, len(items))
    for item in items[_noun_of(items, first) + 1 :]:
        if item.kind in ("value", "time", "grain", "condition", "ranking") or item.has_role("by"):
            return True
    return any(item.kind in ("value", "time", "grain", "ranking") for item in items[:first])


def _noun_of(items: Sequence[Item], first: int) -> int:
    """The noun of "number of web orders", which what stands in front of it belongs to."""
    at = first + 1
    while at < len(items) and items[at].kind in ("segment", "value"):
        at += 1
    is_count = first < len(items) and items[first].has_role("count")
    return at if is_count and at < len(items) and items[at].of("model") else first
