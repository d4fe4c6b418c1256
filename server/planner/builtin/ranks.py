"""Ranks within groups and in time: "top 2 products per city", "the next visit", "first orders".

Called by `shapes.py` and `compose.py`. Invariant: a limit counts in each group only where the
sentence says "each"; what may mean both, or says when without a date to go by, is asked back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from semantic.request import TimeRange
from server.planner.builtin.naming import is_quality
from server.planner.builtin.periods import Period, say_range
from server.planner.builtin.reading import Reading
from server.planner.builtin.words import plain_form, section

_EACH: Final = frozenset({"per", "each", "every"})
STANDING: Final = frozenset(section("standing").split())
"""Verbs of who comes first or last."""
_COUNTING: Final = frozenset({"most", "fewest", "least"})


def limit_each(reading: Reading, limit: int | None) -> bool:
    """Set the limit for each group; False where the rank is over everything.

    Args:
        limit: the number beside the rank word; without one the noun tells one from many.
    """
    parts = reading.parts
    others: list[tuple[int, str]] = []
    each: list[tuple[int, str]] = []
    split: list[tuple[int, str]] = []
    for at in sorted(reading.grouped):
        candidate = reading.dimension_of_kind(at, "text", "boolean")
        if candidate is None:
            continue
        previous = reading.before(at, ("of", "distinct"))
        introduced = previous is not None and reading.items[previous].has_role("by")
        words = set(reading.items[previous].text.lower().split()) if previous is not None else set()
        listed = each if introduced and words & _EACH else split if introduced else others
        listed.append((at, reading.reference(candidate)))
    grains = [item.text.lower().split() for item in reading.items if item.kind == "grain"]
    if not others or not (each or split or grains):
        return False
    if split or any(not set(words) & _EACH for words in grains):
        name = reading.items[split[0][0]].text if split else " ".join(grains[0][-1:])
        parts.unclear.append(
            f"The rank may be over everything or within each {name}; please say 'per {name}' or "
            "'overall'."
        )
        return True
    head = reading.items[others[0][0]].text.lower().split()[-1]
    parts.limit_per = [name for _, name in each]
    if grains:
        time = parts.time_dimension or reading.facts.model(reading.model).time
        parts.limit_per.append(f"{time}.{parts.grain}")
    parts.limit = limit or (1 if plain_form(head) == head else 10)
    return True


def ranks_rows(reading: Reading, at: int) -> bool:
    """True where the rank is about the rows themselves, of which there are only counts.

    "Top 2 orders by city" ranks orders, not cities; "most orders by city" ranks cities.
    """
    rank = reading.items[at].ranking
    if rank is None or not reading.parts.is_settled or at + 1 >= len(reading.items):
        return False
    words = set(reading.items[at].text.lower().split())
    is_size = rank.role in ("size_top", "size_bottom")  # "most expensive" counts nothing
    if not is_size and words & (_COUNTING | STANDING):
        return False
    if _names_one(reading, at + 1):
        return True
    return not words & _COUNTING and reading.is_entity(at + 1)


def ranks_one(reading: Reading, at: int) -> bool:
    """Like "the most skilled agent per team", "longest open job": one of them, no count."""
    words, measures = reading.items[at].text.lower().split(), reading.parts.measures
    metric = reading.facts.catalog.metrics.get(measures[0].metric) if measures else None
    if metric is None or metric.agg not in ("count", "count_distinct"):
        return False
    if is_quality(words[-1]):
        return True
    if not set(words) & _COUNTING or at + 2 >= len(reading.items):
        return False
    state, noun = reading.items[at + 1], reading.items[at + 2]
    is_one = plain_form(noun.text.lower()) == noun.text.lower()
    return bool(state.of("segment")) and bool(noun.of("metric") or noun.of("model")) and is_one


def _names_one(reading: Reading, at: int) -> bool:
    """Like the jacket of "the most expensive jacket per brand": rows called by what they are."""
    noun = reading.skip_modifiers(at, 1)
    is_called = reading.items[at].kind in ("value", "segment") and at not in reading.grouped
    is_noun = noun is not None and (noun in reading.grouped or reading.is_entity(noun))
    return is_called and not is_noun


def _rank_next(reading: Reading, at: int) -> bool:
    """Like "which open order is delivered next": the first row from the answer's day on."""
    parts = reading.parts
    verb = at - 1
    candidate = reading.dimension_of_kind(verb, "time") if verb >= 0 else None
    if candidate is None or at + 1 < len(reading.items):
        return False
    other = (parts.measures, parts.group, parts.grain, parts.having, parts.periods)
    rows = next((n for n in range(verb) if reading.is_entity(n)), None)
    if rows is None or any(other):
        parts.unclear.append(f"It is not clear what '{reading.items[at].text}' should do here.")
        return True
    parts.time_dimension = reading.reference(candidate)
    wanted = TimeRange(start=reading.clock.as_of)
    parts.periods = [Period(wanted, say_range(wanted), 0)]
    text = reading.items[rows].text.lower()
    parts.order, parts.detail, parts.direction = parts.time_dimension, True, "asc"
    parts.limit = 1 if plain_form(text) == text else 10
    reading.use(at, verb)
    return True


def find_turn(reading: Reading) -> None:
    """Like "the next visit of ...", "the first 3 orders": rows by the model's own date.

    "Next" counts from the answer's day on, "last" up to it.
    """
    for at in reading.words("first", "last", "next"):
        target = at + 1
        if reading.items[at].has_role("next") and _rank_next(reading, at):
            continue
        if target >= len(reading.items) or reading.items[target].after_comma:
            continue
        quantity = reading.items[target].quantity
        noun = reading.skip_modifiers(target + 1 if quantity else target, 1)
        if noun is None or noun >= len(reading.items) or not reading.items[noun].of("model"):
            continue
        parts, item = reading.parts, reading.items[at]
        time = parts.time_dimension or reading.facts.model(reading.model).time
        other = (parts.measures, parts.group, parts.grain, parts.having)
        is_bounded = bool(parts.periods) and not item.has_role("first")
        if not reading.is_entity(noun) or time is None or any(other) or is_bounded:
            parts.unclear.append(f"It is not clear what '{item.text}' should do here.")
            continue
        if not item.has_role("first"):
            today = reading.clock.as_of
            is_next = item.has_role("next")
            wanted = TimeRange(start=today) if is_next else TimeRange(end=today + timedelta(days=1))
            parts.periods = [Period(wanted, say_range(wanted), 0)]
        text = reading.items[noun].text.lower()
        parts.limit = int(quantity.value) if quantity else 1 if plain_form(text) == text else 10
        parts.order, parts.detail = time, True
        parts.direction = "desc" if item.has_role("last") else "asc"
        reading.use(at, *([target] if quantity else []))
