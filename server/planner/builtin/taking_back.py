"""Turns that lift a part of the last query: "all products again", "for all time", "together".

Called by `planner.py` before a turn is read as a question. Invariant: a turn is taken here only
where each of its words is one of lifting or names what is lifted; what else was asked stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from semantic.request import AnyOf, Filter, SemanticQuery
from server.planner.builtin.facts import Facts, members_of
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.segments import conditions_of
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import plain_form, section

_OPENERS: Final = frozenset(section("turn opener").split())
_CLOSERS: Final = frozenset(section("turn closer").split())
_ALL: Final = frozenset({"all", "every", "any", "both"})
_ARTICLES: Final = frozenset(section("turn article").split())
_CONDITION_WORDS: Final = frozenset(section("condition word").split())
_DATE_WORDS: Final = frozenset(section("date word").split())
_LIFTING: Final = frozenset(section("lifting").split())
_EVERY_DATE: Final = frozenset(" ".join(p.split()) for p in section("every date").split("|"))
_AS_ONE: Final = frozenset(" ".join(p.split()) for p in section("as one").split("|"))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The query without what was lifted, or why it is not clear what to lift."""

    query: SemanticQuery | None = None
    unclear: str = ""


def take_back(
    question: str, last: SemanticQuery, lexicon: Lexicon, facts: Facts
) -> TakenBack | None:
    """The last query without what the turn lifts; None for a turn that lifts nothing."""
    words = list(words_of(question))
    if not words or len(words) > 10:
        return None
    as_said = " ".join(words)
    while words and words[0] in _OPENERS:
        words = words[1:]
    while words and words[-1] in _CLOSERS:
        words = words[:-1]
    texts = {as_said, " ".join(words)}
    if texts & _EVERY_DATE:
        return _without_dates(last)
    if texts & _AS_ONE:
        return _as_one(last, words)
    if not words:
        return None
    if words[0] in _LIFTING and words[-1] in _CONDITION_WORDS:
        named = [word for word in words[1:-1] if word not in _ARTICLES]
        return _without_condition(last, named, words[-1], lexicon, facts)
    if words[0] in _ALL and len(words) > 1:
        return _all_members(last, words[1:], lexicon, facts)
    return None


# ------------------------------------------------------------------ dates and groups


def _without_dates(last: SemanticQuery) -> TakenBack | None:
    if last.time is None or last.time.range is None:
        return None
    time = last.time.model_copy(update={"range": None, "compare": None})
    return TakenBack(last.model_copy(update={"time": time}))


def _as_one(last: SemanticQuery, words: Sequence[str]) -> TakenBack | None:
    """The number of all groups together, as the metric computes it."""
    grain = last.time.grain if last.time is not None else None
    if last.detail or not last.metrics or not (last.dimensions or grain):
        return None
    cut = (last.limit, last.place, last.having, last.limit_per, last.part, last.overall)
    if any(cut) or last.share or (last.time is not None and last.time.compare):
        return TakenBack(unclear="It is not clear which of the groups belong together.")
    if "both" in words and not any(
        isinstance(item, Filter) and item.dimension in last.dimensions and len(item.values) == 2
        for item in last.filters
    ):
        return TakenBack(unclear="It is not clear which two belong together.")
    time = last.time.model_copy(update={"grain": None}) if last.time is not None else None
    update = {"dimensions": (), "order_by": (), "time": time}
    return TakenBack(last.model_copy(update=update))


# ------------------------------------------------------------------ conditions


def _all_members(
    last: SemanticQuery, noun: Sequence[str], lexicon: Lexicon, facts: Facts
) -> TakenBack | None:
    """Like "all products again": no condition on the product any more."""
    noun = [word for word in noun if word not in ("the", "of", "our")]
    found = [match for match in lexicon.find(noun, 0) if match.end == len(noun)] if noun else []
    if not found or plain_form(noun[-1]) == noun[-1]:
        return None
    candidates = [c for match in found for c in match.candidates]
    named = [c for c in candidates if c.kind == "dimension"]
    model = last.model
    if model is None:
        return None
    names = {facts.reference(model, c) for c in facts.place(model, named)}
    lifted = _lift(last, names, facts)
    if lifted is not None:
        return TakenBack(lifted)
    is_rows = any(c.kind == "model" and c.model == model for c in candidates)
    if not is_rows or not _conditions(last):
        return None
    return _without_condition(last, (), "condition", lexicon, facts)


def _without_condition(
    last: SemanticQuery, named: Sequence[str], noun: str, lexicon: Lexicon, facts: Facts
) -> TakenBack:
    """Like "remove the filter", "clear the channel filter", "without the date filter"."""
    if named and all(word in _DATE_WORDS for word in named):
        return _without_dates(last) or TakenBack(unclear="No period was asked for.")
    if named:
        found = [match for match in lexicon.find(list(named), 0) if match.end == len(named)]
        known = [c for match in found for c in match.candidates]
        model = last.model or ""
        kinds = ("dimension", "value")
        names = {
            facts.reference(model, c)
            for c in (facts.place(model, [c for c in known if c.kind in kinds]) if model else [])
        }
        lifted = _lift(last, names, facts)
        states = [c for c in known if c.kind == "segment" and model]
        segments = {facts.reference(model, c) for c in states} & set(last.segments)
        if lifted is None and segments:
            kept = tuple(name for name in last.segments if name not in segments)
            lifted = last.model_copy(update={"segments": kept})
        text = " ".join(named)
        return TakenBack(lifted, "" if lifted else f"There is no condition on '{text}' to remove.")
    number, has_dates = _conditions(last), bool(last.time and last.time.range)
    if number == 0 and has_dates:
        return _without_dates(last) or TakenBack()
    is_all = plain_form(noun) != noun and not has_dates
    if number == 0 or (number > 1 and not is_all) or has_dates:
        said = "no condition was asked for" if number == 0 else "there are several conditions"
        return TakenBack(unclear=f"It is not clear which condition to remove: {said}.")
    return TakenBack(
        last.model_copy(update={"filters": (), "segments": (), "excluded_segments": ()})
    )


def _conditions(last: SemanticQuery) -> int:
    return len(last.filters) + len(last.segments) + len(last.excluded_segments)


def _lift(last: SemanticQuery, names: set[str], facts: Facts) -> SemanticQuery | None:
    """The query without conditions on these dimensions; None where it has none, or none alone.

    A metric that brings such a condition along cannot lose it.
    """
    if not names or last.model is None or _is_in_metric(last, names, facts):
        return None
    filters = tuple(item for item in last.filters if not _is_on(item, names))
    segments = last.segments
    for name in last.segments:
        segment = facts.model(last.model).segments.get(name)
        if segment is not None and set(members_of(segment.filter)) & names:
            segments = tuple(one for one in segments if one != name)
    if (filters, segments) == (last.filters, last.segments):
        return None
    return last.model_copy(update={"filters": filters, "segments": segments})


def _is_on(item: Filter | AnyOf, names: set[str]) -> bool:
    if isinstance(item, Filter):
        return item.dimension in names
    return bool(item.any) and not item.segments and all(_is_on(one, names) for one in item.any)


def _is_in_metric(last: SemanticQuery, names: set[str], facts: Facts) -> bool:
    for name in last.metrics:
        metric = facts.catalog.metrics.get(name)
        if metric is None or metric.where is None:
            continue
        owner = facts.model(metric.model)
        said = conditions_of(metric.where, owner)
        if said is None:
            return True
        for one in said:
            segment = owner.segments.get(one)
            on = set(members_of(segment.filter)) if segment else {one.partition("=")[0]}
            if on & names:
                return True
    return False
