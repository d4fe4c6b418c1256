"""Items to parts: the composing steps, in their order, and what they leave unexplained.

Called by `planner.py` for whole questions and for follow-ups. Invariant: after the last step
every item with content was used or stands in `missing` or `unclear`.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.planner.builtin.facts import Facts
from server.planner.builtin.filters import find_conditions, find_filters
from server.planner.builtin.groups import find_groups, mark_negations, use_descriptors
from server.planner.builtin.homonyms import settle_homonyms
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.measures import find_measures, settle_measures
from server.planner.builtin.periods import Clock
from server.planner.builtin.reading import CONTENT, Reading, choose_model
from server.planner.builtin.shapes import find_shapes
from server.planner.builtin.spans import Item
from server.planner.builtin.times import find_times

_FOR_AND_TO = ("4", "2")


def compose(
    items: Sequence[Item],
    facts: Facts,
    lexicon: Lexicon,
    clock: Clock,
    preferred: str | None = None,
) -> Reading:
    """The reading of the items, fillers left out.

    Args:
        preferred: the model of the conversation so far, taken where nothing speaks against it.
    """
    kept = settle_homonyms([item for item in items if item.kind != "filler"], lexicon)
    reading = Reading(kept, facts, lexicon, clock, facts.main_model())
    mark_negations(reading)
    absent = {n for n in reading.negated if kept[n].of("model")}
    reading.model = choose_model(kept, facts, preferred, absent)
    use_descriptors(reading)
    find_groups(reading)
    find_measures(reading)
    find_times(reading)
    find_conditions(reading)
    find_filters(reading)
    settle_measures(reading)
    find_shapes(reading)
    _use_splits(reading)
    _use_rows(reading)
    _report_rest(reading)
    return reading


def _use_splits(reading: Reading) -> None:
    """Like "break revenue down by month": the verb is done once there is something to split by."""
    splits, parts = reading.words("split"), reading.parts
    if parts.group or parts.grain:
        reading.use(*splits)
    for at in reading.words("by"):
        if reading.items[at].value("by") == "split" and not splits:
            text = reading.items[at].text
            parts.unclear.append(f"It is not clear what '{text}' should do here.")


def _use_rows(reading: Reading) -> None:
    """Set aside nouns that only say whose rows are meant: "the amount of deals"."""
    parts = reading.parts
    for at in list(reading.free("model")):
        if (
            reading.is_entity(at)
            and at not in reading.negated
            and (parts.measures or parts.detail or parts.group)
        ):
            reading.use(at)
    for at in list(reading.free("model")):
        if at not in reading.negated and _is_described(reading, at):
            reading.use(at)
    if parts.detail:  # numbers, dates and texts that a list shall show
        for at in list(reading.free("dimension")):
            candidate = reading.dimension_of_kind(at, "number", "time", "text")
            if at not in reading.negated and candidate is not None:
                parts.shown.append(reading.reference(candidate))
                reading.use(at)
    for at in list(reading.free("number")):
        following = at + 1 < len(reading.items) and reading.items[at + 1].kind in (
            "value",
            "dimension",
        )
        if reading.items[at].text in _FOR_AND_TO and following:
            reading.use(at)


def _is_described(reading: Reading, at: int) -> bool:
    """Like "gold customers", "customers in Lyon": the noun of a member that already filters."""
    other = reading.other_model(at)
    for beside in (at - 1, reading.after(at)):
        is_there = beside is not None and 0 <= beside < len(reading.items)
        if is_there and any(c.model == other for c in reading.items[beside or 0].of("value")):
            return True
    return False


def _report_rest(reading: Reading) -> None:
    parts = reading.parts
    for at, item in enumerate(reading.items):
        if at in reading.used:
            continue
        if item.kind == "unknown":
            parts.missing.append(item.text)
        elif item.kind in CONTENT:
            if reading.is_entity(at) and not parts.measures and not parts.detail:
                continue
            parts.unclear.append(f"It is not clear what '{item.text}' should do here.")
        else:
            _report_word(reading, item)


_MATTERS = {
    "change": "It is not clear between which periods to compare.",
    "year_ago": "It is not clear for which period to compare with the year before.",
    "period_ago": "It is not clear for which period to compare with the one before.",
    "or": "It is not clear what the 'or' joins; please ask for one at a time.",
    "why": "Causes are not in the data; what can be shown is how a number splits and changes.",
    "split": "It is not clear what to split by.",
    "judgement": "It is not clear by which number to judge that.",
    "frequent": "It is not clear what to count.",
    "share": "It is not clear what the share is of.",
    "not": "It is not clear what is excluded.",
    "compare": "It is not clear what to compare with what.",
    "aggregate": "It is not clear what to aggregate.",
    "newest": "It is not clear which date counts.",
    "oldest": "It is not clear which date counts.",
}


def _report_word(reading: Reading, item: Item) -> None:
    roles = {meaning.role for meaning in item.meanings}
    if "trade" in roles and not any(
        reading.items[m.at].of("metric") for m in reading.parts.measures
    ):
        reading.parts.unclear.append(f"It is not clear which number '{item.text}' stands for.")
    if "vague" in roles and not reading.parts.measures:
        reading.parts.unclear.append("It is not clear which number is meant.")
    if roles <= set(_MATTERS):
        reading.parts.unclear.append(_MATTERS[next(iter(roles & set(_MATTERS)))])
