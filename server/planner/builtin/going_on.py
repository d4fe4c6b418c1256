"""Turns that name nothing but a number: "the amount?", "average amount", "number of customers too".

Called by `question.py` for a turn after an answer. Invariant: a turn without a verb of its own goes
on with the answer before, and one that may stand alone is asked about; neither ever loses the
conditions, the period or the groups of that answer without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from semantic.request import AnyOf, Filter, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.reading import CONTENT, Reading
from server.planner.builtin.spans import Item
from server.planner.builtin.words import section

Standing = Literal["whole", "open", "part"]

_PLAIN: Final = frozenset(section("bare turn").split())
_ASKING: Final = frozenset(section("bare question").split())
_NUMBERS: Final = ("count", "aggregate", "how_much")
_ADDING: Final = frozenset({"also show"})


def standing(reading: Reading, items: Sequence[Item]) -> Standing:
    """How a turn that names only numbers stands to the answer before.

    A "part" has no verb: "the amount?". "Open" is "what is the amount?", which may be about that
    answer or about everything. "How many invoices are there?" is a whole question.
    """
    if not _names_only_numbers(reading):
        return "whole"
    said: set[str] = set()
    for item in items:
        is_small = item.kind == "filler" or (item.kind == "word" and not item.has_role(*_NUMBERS))
        said |= set(item.text.lower().split()) if is_small else set()
    if adds(reading) and said <= _PLAIN | _ASKING:
        return "part"
    if said <= _PLAIN:
        return "part"
    return "open" if said <= _PLAIN | _ASKING else "whole"


def _names_only_numbers(reading: Reading) -> bool:
    parts = reading.parts
    named = (
        parts.group, parts.grain, parts.filters, parts.excluded, parts.related, parts.having,
        parts.periods, parts.time_dimension, parts.order, parts.limit, parts.place, parts.part,
        parts.share, parts.compare, parts.overall, parts.chart, parts.either, parts.ambiguous,
        parts.missing, parts.lacking, parts.unclear,
    )  # fmt: skip
    if any(named) or reading.has_word("reset", "overview"):
        return False
    is_rows = parts.detail and parts.is_rows_only and adds(reading)
    return bool(parts.measures) or is_rows


def adds(reading: Reading) -> bool:
    """True for "add the margin", "the margin too": beside what is shown, not in its place."""
    if not reading.items:
        return False
    ends = (reading.items[0], reading.items[-1])
    is_shown = reading.items[0].text.lower() in _ADDING
    return is_shown or any(item.has_role("also") for item in ends)


def is_same(one: SemanticQuery, other: SemanticQuery) -> bool:
    """True where two queries ask for the same rows, in whatever order and form."""
    return _asked(one) == _asked(other)


def loses(before: SemanticQuery, fresh: SemanticQuery) -> bool:
    """True where the new query has left the groups or conditions of the one before behind."""
    kept = _asked(before.model_copy(update={"metrics": fresh.metrics, "detail": fresh.detail}))
    return kept != _asked(fresh) and kept != _asked(SemanticQuery(metrics=fresh.metrics))


def _asked(query: SemanticQuery) -> tuple[object, ...]:
    time = query.time
    has_time = time is not None and (time.range or time.grain or time.compare)
    return (
        query.metrics, set(query.dimensions), query.filters, set(query.segments),
        query.excluded_segments, query.related, time if has_time else None, query.having,
        query.limit, query.place, query.share, query.part, query.detail, query.overall,
    )  # fmt: skip


def carries_over(query: SemanticQuery, model: str, facts: Facts) -> bool:
    """True where all that a query says of its rows means the same for the rows of `model`.

    A status of invoices is no status of customers, although both may be called so; and the year
    in which something was sold is not the year in which a customer came.
    """
    before = query.model
    if before is None or before == model:
        return True
    if query.segments or query.excluded_segments or query.related:
        return False
    if any(isinstance(item, AnyOf) for item in query.filters):
        return False
    named = [item.dimension for item in query.filters if isinstance(item, Filter)]
    named += [] if query.detail else query.dimensions
    for name in named:
        mine, theirs = facts.dimension(before, name), facts.dimension(model, name)
        if mine is None or theirs is None or mine.qualified != theirs.qualified:
            return False
    return query.time is None or (query.time.dimension is None and query.time.range is None)


def unclear_beyond(reading: Reading, extra: Sequence[object], *, judged: bool) -> bool:
    """True where something stays unexplained even as a part of the last question."""
    parts = reading.parts
    left = [
        n
        for n, item in enumerate(reading.items)
        if n not in reading.used and item.kind in CONTENT and item.kind != "ranking"
    ]
    left = [n for n in left if not reading.is_entity(n)]
    trades = [n for n in reading.words("trade") if n not in reading.used]
    blocking = bool(trades) and not parts.measures  # "its best selling products"
    blocking = blocking or reading.has_word("why") or (reading.has_word("judgement") and not judged)
    vague = reading.has_word("vague") and not extra and not parts.chart
    unjoined = len(parts.periods) > 1 and not parts.compare
    return bool(left) or blocking or vague or unjoined or bool(parts.ambiguous)


def degree_asked(items: Sequence[Item]) -> str | None:
    """The "experienced" of "how experienced are they?", where it is a condition on rows."""
    for one, said, verb in zip(items, items[1:], items[2:], strict=False):
        is_how = one.kind == "filler" and one.text.lower() == "how"
        if is_how and said.kind in ("segment", "value") and verb.has_role("verb_is"):
            return said.text
    return None
