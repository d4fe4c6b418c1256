"""Shares: of each group in the total, or of a part in the whole.

Called by `shapes.py`. Invariant: what is the part and what the whole is told by the sentence, or
asked back.
"""

from __future__ import annotations

from typing import Final

from semantic.request import Part
from server.planner.builtin.reading import Measure, Reading

_STAKES: Final = frozenset({"account for", "accounts for", "make up", "makes up", "made up"})
"""Verbs that ask for a part of the whole where "how much" opens the question."""
_WHOLE: Final = frozenset({"among", "within", "within all"})


def find_share(reading: Reading) -> None:
    words = reading.words("share")
    parts = reading.parts
    words = [at for at in words if at not in reading.used]
    percents = [at for at in reading.words("unit") if reading.items[at].value("unit") == "percent"]
    if not words and percents and (parts.group or parts.grain or reading.has_word("how_much")):
        words = [*reading.words("how_much")[:1], *percents]
    words = words or _stake(reading)
    if not words or not parts.measures:
        return
    if _is_of_another(reading, words[0]):
        parts.unclear.append("It is not clear what the share is of; please name one part.")
        return
    first = reading.facts.catalog.metrics.get(parts.measures[0].metric)
    if first is not None and first.format == "percent":
        reading.use(*words)  # "the win rate percentage"
        return
    is_two = any(at > words[0] and reading.items[at].kind != "time" for at in reading.reached)
    if is_two and reading.items[words[0]].text.lower().startswith("ratio"):
        parts.unclear.append("A ratio of two numbers is not defined here; please ask for both.")
        return
    if not all(reading.facts.is_additive(measure.metric) for measure in parts.measures):
        return
    reading.use(*words, *percents)
    if parts.group or parts.grain:
        parts.share = not _takes_rate(reading, words[0])
        if parts.share and (_names_part(reading, words[0]) or _is_part_of_each(reading, words[0])):
            parts.unclear.append("It is not clear what the share is of; please name one part.")
        return
    parts.part = _split_part(reading, words[0])
    if parts.part is None:
        parts.unclear.append("A share of what? Name the part, or what to split by.")


def _stake(reading: Reading) -> list[int]:
    """The opening of "how much of sales does Web account for", with the member last."""
    opened = [at for at in reading.words("how_much") if reading.items[at].start < 2]
    verbs = [at for at in reading.words("verb_is") if reading.items[at].text.lower() in _STAKES]
    members = {at for at, _ in (*reading.parts.filters, *reading.parts.segments)}
    if not opened or not verbs or not _beside(reading, verbs[-1]) & members:
        return []
    reading.use(*verbs)
    return opened[:1]


def _beside(reading: Reading, verb: int) -> set[int]:
    """The items on both sides of a verb; of "do web orders make up" the one before the noun."""
    return {verb - 2 if reading.is_entity(verb - 1) else verb - 1, verb + 1}


def _is_of_another(reading: Reading, share: int) -> bool:
    """Like "collected as a share of billed", "web sales as a percentage of sales by month"."""
    parts = reading.parts
    said = reading.items[share].text.lower()
    if not (said.startswith("as ") and said.endswith(" of")):
        return False
    is_part = any(at < share for at, _ in (*parts.filters, *parts.segments, *parts.excluded))
    return len(parts.measures) > 1 or (is_part and bool(parts.group or parts.grain))


def _names_part(reading: Reading, share: int) -> bool:
    """Like "SaaS share of revenue by quarter": the part of each group, not the group's share."""
    parts = reading.parts
    said = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded)]
    return any(at == share - 1 for at in said) or any(
        at > share and reading.items[at - 1].has_role("verb_is") for at in said
    )


def _is_part_of_each(reading: Reading, share: int) -> bool:
    """Like "share of revenue from web by month": what web has in each, or each month of web's?"""
    parts = reading.parts
    said = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded) if at > share]
    is_over_time = parts.grain is not None and not parts.group
    return any(is_over_time or "from" in reading.introduced.get(at, ()) for at in said)


def _takes_rate(reading: Reading, share: int) -> bool:
    """Like "which share of closed orders do we cancel, by city": the rate that says so."""
    parts = reading.parts
    verbs = [at for at in reading.words("verb_is") if at > share]
    said = {name for at, name in parts.segments if verbs and at > verbs[0]}
    if not said or len(parts.measures) != 1:
        return False
    rest = frozenset(name for _, name in parts.segments if name not in said)
    own = reading.facts.own_segments(parts.measures[0].metric)
    catalog = reading.facts.catalog
    part = reading.facts.with_segments(parts.measures[0].metric, frozenset(said))
    whole = reading.facts.with_segments(parts.measures[0].metric, rest) if rest else None
    whole = whole or (parts.measures[0].metric if not rest else None)
    rates = [
        m for m in catalog.metrics.values() if m.kind == "ratio" and (m.of, m.to) == (part, whole)
    ]
    if own != frozenset() or part is None or len(rates) != 1:
        parts.unclear.append("It is not clear what the share is of.")
        return False
    parts.measures = [Measure(rates[0].name, frozenset(), parts.measures[0].at)]
    parts.segments = []
    return True


def _split_part(reading: Reading, share: int) -> Part | None:
    """The conditions of the part: those after the verb, or in front of the word for "share"."""
    parts = reading.parts
    boundary = _boundary(reading, share)
    said = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded)]
    rows = _described(reading, share, said)
    verbs = [at for at in reading.words("verb_is") if reading.items[at].text.lower() in _STAKES]
    among = [at for at in reading.words("by") if reading.items[at].text.lower() in _WHOLE]
    if among and among[0] > share:  # "share of renewals among won orders"
        inside = [at for at in said if at < among[0]]
    elif verbs and reading.items[share].has_role("how_much"):
        inside = [at for at in said if at in _beside(reading, verbs[-1])]
    elif rows:  # "share of web in open orders"
        inside = [at for at in said if at not in rows]
    else:
        inside = [at for at in said if _in_part(at, share, boundary)]
    if not inside:
        return None
    part = Part(
        filters=tuple(item for at, item in parts.filters if at in inside),
        segments=tuple(name for at, name in parts.segments if at in inside),
        excluded_segments=tuple(name for at, name in parts.excluded if at in inside),
    )
    parts.filters = [pair for pair in parts.filters if pair[0] not in inside]
    parts.segments = [pair for pair in parts.segments if pair[0] not in inside]
    parts.excluded = [pair for pair in parts.excluded if pair[0] not in inside]
    return part


def _described(reading: Reading, share: int, said: list[int]) -> list[int]:
    """The words right in front of the rows, where the part stands in front of those.

    Only where no verb says which is which: "share of new customers in open orders".
    """
    verbs = [at for at in reading.words("verb_is", "with", "where") if at > share + 1]
    entity = next((n for n in range(len(reading.items)) if n > share and reading.is_entity(n)), -1)
    if verbs or entity < 0:
        return []
    first = entity
    items = reading.items
    while first - 1 in said and items[first - 1].end == items[first].start:
        first -= 1
    return list(range(first, entity)) if any(at < first for at in said) else []


def _boundary(reading: Reading, share: int) -> int:
    """The last verb after the word for "share"; without one, the first thing measured."""
    verbs = [at for at in reading.words("verb_is", "with", "where") if at > share + 1]
    if verbs:
        return verbs[-1]
    rows = [at for at in range(share, len(reading.items)) if reading.is_entity(at)]
    parts = reading.parts
    said = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded)]
    if rows and any(at > rows[0] for at in said):
        return rows[0]  # "% of web orders in Lyon": what stands before the noun is the whole
    starts = [measure.at for measure in reading.parts.measures if measure.at >= share] + rows
    return min(starts) if starts else len(reading.items)


def _in_part(at: int, share: int, boundary: int) -> bool:
    return at > boundary or at < share
