"""The date that a state names: "delivered in August" goes by the delivery date.

Called by `times.py` where a period or a time axis is named and no date. Invariant: a date is only
taken where the words of the state and of exactly one date of the model share a stem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from semantic import syntax
from semantic.definitions import Dimension
from server.planner.builtin.reading import Reading
from server.planner.builtin.spans import Item
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import section, verb_form

_PLAIN: Final = frozenset({"date", "day", "on", "at", "time", "until", "of", "the", "is", "not",
                           "expected", "first", "last", "start", "end", "from", "to"})  # fmt: skip
_BEGINNING: Final = frozenset(section("beginning").split())


def own_date(reading: Reading) -> str | None:
    """The time dimension that a segment, member, flag or metric of the sentence names, or None.

    None too where the model's own date is named by it: that one counts anyway.
    """
    model = reading.facts.model(reading.model)
    dates = [d for d in model.dimensions.values() if d.kind == "time" and not d.hidden]
    found: set[str] = set()
    for at, item in enumerate(reading.items):
        if at in reading.negated or not _is_state(reading, at):
            continue
        said = _stems([item.text, *_told(reading, at)])
        mine = {date.name for date in dates if said & _stems(_names(date))}
        if model.time in mine:
            continue
        found |= mine
    return found.pop() if len(found) == 1 else None


def begun_date(reading: Reading) -> str | None:
    """The one time dimension that says when a row began to be: "created", "signed up"; or None."""
    dates = reading.facts.model(reading.model).dimensions.values()
    found = [
        date.name
        for date in dates
        if date.kind == "time" and not date.hidden
        if any(_BEGINNING & set(words_of(text)) for text in _names(date))
    ]
    return found[0] if len(found) == 1 else None


def _is_state(reading: Reading, at: int) -> bool:
    item = reading.items[at]
    is_count = any(_own(reading, item, c.name) for c in item.of("metric"))
    is_flag = reading.dimension_of_kind(at, "boolean") is not None and at not in reading.grouped
    return bool(item.of("segment") or is_count or is_flag) or (
        bool(item.of("value")) and item.text.lower().endswith("ed")
    )


def _own(reading: Reading, item: Item, metric: str) -> frozenset[str] | None:
    """The states of the rows of a count, or of the sum that a verb names: "how much was paid"."""
    found = reading.facts.catalog.metrics.get(metric)
    is_state = found is not None and (found.agg == "count" or item.has_role("done"))
    return reading.facts.own_segments(metric) if is_state else None


def _told(reading: Reading, at: int) -> Iterator[str]:
    """What the model says of a segment: its names, and the members it keeps."""
    item = reading.items[at]
    names = {c.name for c in item.of("segment") if c.model == reading.model}
    names |= {n for c in item.of("metric") for n in _own(reading, item, c.name) or ()}
    for name in sorted(names):
        segment = reading.facts.model(reading.model).segments.get(name)
        if segment is not None:
            yield from (segment.name.replace("_", " "), segment.label)
            yield from _members(segment.filter)


def _members(condition: syntax.Expression) -> Iterator[str]:
    is_equal = isinstance(condition, syntax.Binary) and condition.op == "="
    if is_equal and isinstance(condition, syntax.Binary):
        right = condition.right
        if isinstance(right, syntax.Constant) and isinstance(right.value, str):
            yield right.value


def _names(dimension: Dimension) -> list[str]:
    return [dimension.name.replace("_", " "), dimension.label, *dimension.synonyms]


def _stems(texts: Iterable[str]) -> set[str]:
    words = {word for text in texts for word in words_of(text)} - _PLAIN
    return {_stem(word) for word in words if len(word) > 2}


def _stem(word: str) -> str:
    """Like `verb_form`, and "delivery" as "deliver"."""
    stem = verb_form(word)
    return stem.removesuffix("y") if len(stem) > 5 else stem
