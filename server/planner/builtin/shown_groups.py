"""The groups that the last answer showed, where a turn speaks of them: "their deals".

Called by `planner.py` before the turn is read, and by `question.py`. Invariant: what was chosen by
its rank or its number stays chosen; it is never ranked anew by another number, nor lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from semantic.request import Filter, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import LIST_LIMIT
from server.planner.builtin.going_on import adds
from server.planner.builtin.reading import Reading
from server.planner.builtin.words import section
from server.planner.plan import LastAnswer

_PRONOUNS: Final = frozenset(section("groups before").split())
_FIRST: Final = frozenset(section("one before").split())
_POSSESSIVE: Final = frozenset({"their", "theirs"})
_OF: Final = frozenset(section("before groups").split())
_AUXILIARY: Final = frozenset(
    {"is", "are", "was", "were", "do", "does", "did", "has", "have", "had"}
)
_ASKING: Final = frozenset({"who", "what", "which", "when", "where", "how"})


def has_chosen_groups(last: LastAnswer) -> bool:
    """True for an answer about groups that are not all groups."""
    query = last.query
    is_course = query.time is not None and query.time.grain is not None
    is_grouped = (bool(query.dimensions) or is_course) and bool(query.metrics) and not query.detail
    is_chosen = query.limit is not None or query.place is not None or bool(query.having)
    return is_grouped and is_chosen


def speaks_of_groups(words: Sequence[str]) -> bool:
    """True where the turn means the groups of the answer before.

    "Only those in Lyon" does not: it asks for the first ones among other rows.
    """
    is_of_them = any(one in _OF and other in _PRONOUNS for one, other in pairwise(words))
    return is_of_them or bool((_POSSESSIVE | _FIRST) & set(words)) or _has_subject(words)


def speaks_of_person(words: Sequence[str]) -> bool:
    """True for "he", "her": somebody who was named before."""
    return bool((_FIRST - {"its"}) & set(words))


def _has_subject(words: Sequence[str]) -> bool:
    """Like "what plan are they on", "how many seats does it have", "who manages it".

    "How many are they" counts them, and asks nothing of them.
    """
    pairs = list(pairwise(words))[1:]
    is_asked = any(one in _AUXILIARY and other in ("they", "it") for one, other in pairs)
    is_object = words[-1:] in (["it"], ["them"]) and words[0] == "who"
    return bool(words) and words[0] in _ASKING and (is_object or (is_asked and len(words) > 4))


def keep_groups(words: Sequence[str], last: LastAnswer, facts: Facts) -> LastAnswer | None:
    """The last answer as one about just the groups it showed, or the first of them: "its margin".

    None where they have no names.
    """
    query = last.query
    dimension = _only_dimension(query, facts)
    if dimension is None or not last.members:
        return None
    is_first = bool((_FIRST | {"it"}) & set(words))
    named = Filter(dimension=dimension, op="in", values=last.members)
    if is_first:
        named = Filter(dimension=dimension, values=last.members[:1])
    others = tuple(f for f in query.filters if getattr(f, "dimension", "") != dimension)
    chosen = {"filters": (*others, named), "limit": None, "place": None, "having": ()}
    return replace(last, query=query.model_copy(update=chosen))


def about_shown(reading: Reading, last: LastAnswer, facts: Facts) -> LastAnswer | None:
    """The last answer as what a bare number is of: its rows, its groups, or all of them: "total".

    None where the rows or groups it showed have no name to be kept by.
    """
    query = last.query
    if query.detail:
        return None if query.place or query.limit not in (None, LIST_LIMIT) else last
    if adds(reading):
        return last
    kept: LastAnswer | None = last
    if has_chosen_groups(last):
        kept = keep_groups((), last, facts)
    is_total = any(item.value("aggregate") == "sum" for item in reading.items)
    if kept is None or not is_total:
        return kept
    time = kept.query.time
    time = time.model_copy(update={"grain": None}) if time is not None else None
    update = {"dimensions": (), "order_by": (), "time": time}
    return replace(kept, query=kept.query.model_copy(update=update))


def _only_dimension(query: SemanticQuery, facts: Facts) -> str | None:
    is_single = len(query.dimensions) == 1 and not query.limit_per
    if not is_single or query.model is None or (query.time is not None and query.time.grain):
        return None
    found = facts.dimension(query.model, query.dimensions[0])
    return query.dimensions[0] if found is not None and found.kind == "text" else None
