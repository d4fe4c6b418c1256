"""Two members set against each other: "Web or Store: which has more", "higher for A than for B".

Called by `settling.py` and `comparisons.py`. Invariant: both sides differ in the member alone; a
condition that may belong to one side only is asked back.
"""

from __future__ import annotations

from semantic.request import Filter
from server.planner.builtin.reading import Reading
from server.planner.builtin.words import section

_COUNTING = frozenset({"more", "fewer"})
_BETTER = frozenset({"better", "worse"})
_SPEED = frozenset(section("compared speed").split())
_DEGREES = ("comparative",)


def compares_counts(reading: Reading) -> bool:
    """True for "which has more orders, A or B": the rows of each are counted."""
    said = {reading.items[n].text.lower() for n in reading.words(*_DEGREES)}
    is_most = any(
        item.ranking is not None and item.ranking.limit is None and item.text.lower() == "most"
        for item in reading.items
    )
    return bool(said & _COUNTING or is_most) and bool(_members(reading))


def set_sides(reading: Reading) -> bool:
    """Group by the dimension whose members are compared; False where none are.

    Reports what the two sides do not share.
    """
    parts, members = reading.parts, _members(reading)
    is_better = any(reading.items[n].text in _BETTER for n in reading.words("judgement"))
    is_asked = reading.words(*_DEGREES) or is_better or any(item.ranking for item in reading.items)
    if not members or not parts.measures or not is_asked or parts.detail or parts.grain:
        return False
    if len(members) > 1 or len(parts.periods) > 1:
        parts.unclear.append("It is not clear what is compared with what; please name one thing.")
        return True
    said = {reading.items[n].text.lower() for n in reading.words(*_DEGREES)}
    if said & _SPEED and not all(
        reading.facts.is_duration(reading.model, one.metric) for one in parts.measures
    ):
        parts.unclear.append("It is not clear which stretch of time is compared.")
        return True
    _, found = members[0]
    values = _positions(reading, found)
    if parts.group not in ([], [found.dimension]) or len(values) < 2:
        return False
    second = next((n for n in sorted(reading.than) if n > values[0]), values[-1])
    if _is_uneven(reading, values, second):
        text = " ".join(item.text for item in reading.items[values[0] :])
        parts.unclear.append(f"It is not clear whether both sides of '{text}' are alike.")
    joints = [n for n in reading.words("or", "and") if values[0] < n < values[-1]]
    parts.group = [found.dimension]
    reading.use(*joints, *reading.words(*_DEGREES))
    reading.use(*(n for n in reading.words("by") if n + 1 in values))
    reading.use(*(n for n in reading.words("judgement") if reading.items[n].text in _BETTER))
    return True


def _members(reading: Reading) -> list[tuple[int, Filter]]:
    """The conditions that name several members joined by "or" or "than"."""
    found = [
        (at, item)
        for at, item in reading.parts.filters
        if isinstance(item, Filter) and item.op == "in"
    ]
    return [one for one in found if _is_set_against(reading, one[1])]


def _is_set_against(reading: Reading, item: Filter) -> bool:
    values = _positions(reading, item)
    if len(values) < 2:
        return False
    between = range(values[0] + 1, values[-1] + 1)
    is_or = any(reading.items[n].has_role("or") for n in between)
    return is_or or any(n in reading.than for n in between)


def _positions(reading: Reading, item: Filter) -> list[int]:
    """The items that name the members of a condition."""
    name = item.dimension.rpartition(".")[2]
    return [
        n
        for n, one in enumerate(reading.items)
        if any(c.name == name and set(c.values) <= set(item.values) for c in one.of("value"))
    ]


def _is_uneven(reading: Reading, values: list[int], second: int) -> bool:
    """True where a condition stands on one side of "than" that the other does not share."""
    limits = ("segment", "value", "condition", "time")

    def is_limit(n: int) -> bool:
        item = reading.items[n]
        is_flag = reading.dimension_of_kind(n, "boolean") is not None
        return n not in values and (item.kind in limits or is_flag)

    if any(is_limit(n) for n in range(values[0], values[-1]) if n >= second or not reading.than):
        return True
    nouns = [n for n in range(second, len(reading.items)) if _noun(reading, n)]
    before = {one for n in range(second) for one in _noun(reading, n)}
    if reading.than and any(not _noun(reading, n) & before for n in nouns):
        return True
    return bool(nouns and reading.than) and any(is_limit(n) for n in range(second))


def _noun(reading: Reading, at: int) -> set[tuple[str, str]]:
    """The rows and metrics that an item may name."""
    item = reading.items[at]
    return {(c.kind, c.name) for c in (*item.of("model"), *item.of("metric"))}
