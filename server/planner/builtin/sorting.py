"""A turn that only sorts what was shown: "sort by value", "order them ascending".

Called by `planner.py` for a turn after an answer. Invariant: the rows stay those that were shown;
what is not among their columns sorts nothing and is asked back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from semantic.request import OrderBy, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import is_filler, section

UNCLEAR: Final = "It is not clear what to sort by; please name one of the columns shown."
_VERBS: Final = frozenset(section("sorting").split())
_PRONOUNS: Final = frozenset(section("groups before").split()) | {"it", "this", "that"}


def _phrases(heading: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in section(heading).split("|"))


_ENDS: Final[dict[tuple[str, ...], Literal["asc", "desc"]]] = {
    **dict.fromkeys(_phrases("sorted up"), "asc"),
    **dict.fromkeys(_phrases("sorted down"), "desc"),
}


@dataclass(frozen=True, slots=True)
class Sorted:
    """The last query in the order asked for; None where it is not clear which."""

    query: SemanticQuery | None


def sort_again(question: str, last: SemanticQuery, lexicon: Lexicon, facts: Facts) -> Sorted | None:
    """What the turn sorts; None for a turn that does something else."""
    words = [word for word in words_of(question) if word == "by" or not is_filler(word)]
    if not words or words[0] not in _VERBS or not (last.dimensions or _has_grain(last)):
        return None
    rest = words[1:]
    while rest and rest[0] in _PRONOUNS:
        rest = rest[1:]
    end = next((e for e in _ENDS if len(e) <= len(rest) and tuple(rest[-len(e) :]) == e), ())
    rest = rest[: len(rest) - len(end)]
    if rest and rest[0] != "by":
        return None  # "rank agents by tickets" asks anew
    name = _column(rest[1:], last, lexicon, facts) if rest else _first(last)
    if name is None:
        return Sorted(None)
    is_number = name in last.metrics or _is_number(name, last, facts)
    direction = _ENDS.get(end, "desc" if is_number else "asc")
    order = (OrderBy(name=name, direction=direction),)
    is_cut = last.limit is not None and not last.detail
    if is_cut and (not last.order_by or last.order_by[0].name != name):
        return Sorted(None)  # the top five by another number are other ones
    if is_cut and last.order_by[0].direction != direction:
        return Sorted(None)
    return Sorted(last.model_copy(update={"order_by": order}))


def _has_grain(last: SemanticQuery) -> bool:
    return last.time is not None and last.time.grain is not None


def _column(words: list[str], last: SemanticQuery, lexicon: Lexicon, facts: Facts) -> str | None:
    """The one metric or dimension among those shown that all the words name."""
    if last.time is not None and words == [last.time.grain] and last.model is not None:
        name = last.time.dimension or facts.model(last.model).time
        return f"{name}.{last.time.grain}" if name is not None else None
    shown = {*last.metrics, *last.dimensions}
    named = [
        c for match in lexicon.find(words, 0) if match.end == len(words) for c in match.candidates
    ]
    names = {
        name
        for c in named
        if c.kind in ("metric", "dimension")
        for name in (c.name, f"{c.model}.{c.name}")
    }
    found = (names | {facts.count_metric(c.model) for c in named if c.kind == "model"}) & shown
    return found.pop() if len(found) == 1 else None


def _first(last: SemanticQuery) -> str | None:
    """What the rows are in the order of, else their first number."""
    if last.order_by:
        return last.order_by[0].name
    return last.metrics[0] if last.metrics else None


def _is_number(name: str, last: SemanticQuery, facts: Facts) -> bool:
    found = facts.dimension(last.model, name) if last.model is not None else None
    return found is not None and found.kind == "number"
