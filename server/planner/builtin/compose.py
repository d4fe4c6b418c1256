"""Items to parts: the composing steps, in their order, and what they leave unexplained.

Called by `planner.py` for whole questions and for follow-ups. Invariant: after the last step
every item with content was used or stands in `missing` or `unclear`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic.request import Filter
from server.planner.builtin.absence import find_absence
from server.planner.builtin.doubts import report_doubts
from server.planner.builtin.existence import find_existence
from server.planner.builtin.facts import Facts
from server.planner.builtin.filters import find_filters
from server.planner.builtin.groups import find_groups, use_descriptors
from server.planner.builtin.homonyms import settle_homonyms
from server.planner.builtin.keys import find_keys
from server.planner.builtin.lexicon import Candidate, Lexicon
from server.planner.builtin.measures import find_measures
from server.planner.builtin.naming import unit_of
from server.planner.builtin.negations import mark_negations, settle_but
from server.planner.builtin.number_filters import find_conditions
from server.planner.builtin.on_groups import (
    WHICH_EACH,
    WHICH_TWO,
    sets_member_against_dimension,
    without_each,
)
from server.planner.builtin.overall import settle_overall
from server.planner.builtin.periods import Clock
from server.planner.builtin.quantifiers import find_quantified
from server.planner.builtin.ranks import find_turn
from server.planner.builtin.reading import CONTENT, GLUE, Reading, choose_model
from server.planner.builtin.row_conditions import find_row_conditions
from server.planner.builtin.settling import settle_measures
from server.planner.builtin.shapes import find_shapes
from server.planner.builtin.spans import Item
from server.planner.builtin.times import find_times
from server.planner.builtin.words import pairs

_FOR_AND_TO = ("4", "2")
_CURRENCIES = pairs("currency")


def compose(
    items: Sequence[Item],
    facts: Facts,
    lexicon: Lexicon,
    clock: Clock,
    preferred: str | None = None,
    *,
    is_fixed: bool = False,
) -> Reading:
    """The reading of the items, fillers left out.

    Args:
        preferred: the model of the conversation so far, taken where nothing speaks against it.
        is_fixed: take it whatever speaks against it.
    """
    plain = _without_fillers(items)
    kept = settle_homonyms(settle_but(plain, _after(items, plain, "all", "any")), lexicon)
    reading = Reading(
        kept, facts, lexicon, clock, facts.main_model(),
        both=_after(items, kept, "both"), reached=_after(items, kept, "to", "into"),
        than=_after(items, kept, "than"), will=_after(items, kept, "will"),
        placed=_after(items, kept, "the", "in", "within"), introduced=_introduced(items, kept),
    )  # fmt: skip
    mark_negations(reading)
    absent = {n for n in reading.negated if kept[n].of("model")}
    reading.model = choose_model(kept, facts, preferred, absent)
    if is_fixed and preferred is not None:
        reading.model = preferred
    find_quantified(reading)
    find_absence(reading)
    find_existence(reading)
    use_descriptors(reading)
    find_groups(reading)
    find_row_conditions(reading)
    find_measures(reading)
    find_times(reading)
    find_keys(reading)
    find_conditions(reading)
    find_filters(reading)
    find_turn(reading)
    settle_measures(reading)
    find_shapes(reading)
    settle_overall(reading)
    _use_splits(reading)
    _check_units(reading)
    _report_each(reading)
    _use_rows(reading)
    report_doubts(reading)
    if without_each(items) is not None:
        reading.parts.unclear.append(WHICH_EACH)
    if not reading.has_word("by") and sets_member_against_dimension(reading):
        reading.parts.unclear.append(WHICH_TWO)
    _report_rest(reading)
    return reading


def _without_fillers(items: Sequence[Item]) -> list[Item]:
    """The items that say something; a comma in front of a filler stays in front of the next."""
    kept: list[Item] = []
    comma = False
    for item in items:
        comma = comma or item.after_comma
        if item.kind != "filler":
            kept.append(item if item.after_comma == comma else replace(item, after_comma=comma))
            comma = False
    return kept


def _after(items: Sequence[Item], kept: Sequence[Item], *words: str) -> frozenset[int]:
    """The items with one of these fillers among those in front of them."""
    starts: set[int] = set()
    is_after = False
    for item in items:
        if item.kind != "filler":
            starts |= {item.start} if is_after else set()
            is_after = False
        elif item.text.lower() in words:
            is_after = True
    return frozenset(n for n, item in enumerate(kept) if item.start in starts)


def _introduced(items: Sequence[Item], kept: Sequence[Item]) -> dict[int, tuple[str, ...]]:
    """The words of the fillers and verbs in front of each item that is kept."""
    found: dict[int, tuple[str, ...]] = {}
    numbers = {item.start: n for n, item in enumerate(kept)}
    words: tuple[str, ...] = ()
    for item in items:
        if item.kind == "filler" or item.has_role("verb_is"):
            words = (*words, *item.text.lower().split())
            continue
        if words and item.start in numbers:
            found[numbers[item.start]] = words
        words = ()
    return found


def _use_splits(reading: Reading) -> None:
    """Like "break revenue down by month": the verb is done once there is something to split by."""
    splits, parts = reading.words("split"), reading.parts
    if parts.group or parts.grain:
        reading.use(*(at for at in splits if not _breaks_itself(reading, at)))
    for at in reading.words("by"):
        if reading.items[at].value("by") == "split" and not splits:
            text = reading.items[at].text
            parts.unclear.append(f"It is not clear what '{text}' should do here.")


def _breaks_itself(reading: Reading, at: int) -> bool:
    """Like "which machines break down": what the rows themselves do, and no split of them."""
    is_verb = reading.items[at].text.lower().split()[0] in ("break", "breaks")
    is_split = any(
        n in reading.grouped or reading.items[n].has_role("by")
        for n in range(at + 1, len(reading.items))
    )
    return is_verb and not is_split and at > 0 and bool(reading.items[at - 1].of("model"))


def _check_units(reading: Reading) -> None:
    """Like "in minutes": only said where the number is kept in that unit; nothing is converted."""
    currency = reading.facts.catalog.spec.currency
    for at in reading.words("unit"):
        if at in reading.used:
            continue
        unit = reading.items[at].value("unit")
        codes = _CURRENCIES.get(reading.items[at].text.lower().split()[-1])
        if codes is not None and currency not in codes.split(","):
            reading.parts.lacking.append(f"Amounts are kept in {currency} and are not converted.")
        metrics = [measure.metric for measure in reading.parts.measures]
        if reading.parts.detail and reading.parts.order is not None:
            metrics = [f"max({reading.parts.order})"]  # rows ranked by a number in that unit
        is_share = unit == "percent" and (reading.parts.share or reading.parts.part is not None)
        if not is_share and not any(_unit_of(reading, metric) == unit for metric in metrics):
            text = reading.items[at].text
            reading.parts.unclear.append(f"It is not known how to show this '{text}'.")


def _unit_of(reading: Reading, metric: str) -> str:
    found = reading.facts.catalog.metrics.get(metric)
    if found is not None:
        return unit_of(found)
    inner = metric.partition("(")[2].rstrip(")")
    dimension = reading.facts.dimension(reading.model, inner)
    return unit_of(dimension) if dimension is not None else ""


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
        if reading.items[at].text in _FOR_AND_TO and _stands_between(reading, at):
            reading.use(at)


def _stands_between(reading: Reading, at: int) -> bool:
    """Like "deals 4 web"; "which 2 paid invoices" speaks of two."""
    around = [at - 1, at + 1]
    if not all(0 <= beside < len(reading.items) for beside in around):
        return False
    before, following = (reading.items[beside] for beside in around)
    is_noun = before.kind in ("model", "metric", "dimension")
    return is_noun and following.kind in ("value", "dimension")


def _is_described(reading: Reading, at: int) -> bool:
    """Like "gold customers", "stores over 200 sqm": the noun of a condition that filters."""
    other, following = reading.other_model(at), reading.after(at)
    places = [at - 1, following]
    if following is not None and reading.items[following].kind == "condition":
        places.append(following + 1)
    for beside in places:
        if beside is None or not 0 <= beside < len(reading.items):
            continue
        item = reading.items[beside]
        said = [c.model for c in (*item.of("value"), *item.of("segment"))]
        if beside in reading.used and beside not in reading.grouped:
            said += [c.model for c in item.of("dimension") if _limits(reading, c)]
        if other in said:
            return True
    return False


def _limits(reading: Reading, candidate: Candidate) -> bool:
    """True where a condition or the period goes by that dimension, and by no namesake."""
    parts, facts = reading.parts, reading.facts
    names = [f.dimension for _, f in parts.filters if isinstance(f, Filter)]
    names += [parts.time_dimension] if parts.time_dimension is not None else []
    found = [facts.dimension(reading.model, name) for name in names]
    return any(
        d is not None and (d.model, d.name) == (candidate.model, candidate.name) for d in found
    )


def _splits(reading: Reading) -> bool:
    """True where the groups are those of a number: "by channel", "break it down by city"."""
    words = ("split", "compare", "change", "share", "aggregate")
    at = next((n for n in range(len(reading.items)) if n in reading.grouped), 0)
    return reading.has_word(*words) or (at > 0 and reading.items[at - 1].has_role("by"))


def _report_rest(reading: Reading) -> None:
    parts = reading.parts
    if parts.group and not (parts.measures or parts.detail) and _splits(reading):
        parts.unclear.append("It is not clear which number to split.")
    _report_first(reading)
    for at, item in enumerate(reading.items):
        if at in reading.used:
            continue
        if item.kind == "unknown" and _is_of_measure(reading, item):
            continue
        if item.kind == "unknown" or item.has_role("cross"):
            parts.missing.append(item.text)
        elif item.kind in CONTENT:
            if reading.is_entity(at) and not parts.measures and not parts.detail:
                continue
            parts.unclear.append(f"It is not clear what '{item.text}' should do here.")
        else:
            _report_word(reading, item)


def _is_of_measure(reading: Reading, item: Item) -> bool:
    """Like the "found" of "who found the most defects", where the number is "Defects found"."""
    known = reading.facts.catalog.metrics
    metrics = [known[m.metric] for m in reading.parts.measures if m.metric in known]
    said = {w for m in metrics for text in (m.label, *m.synonyms) for w in text.lower().split()}
    return item.text.lower() in said


_EACH = frozenset({"by", "per", "each", "every", "for each", "for every", "by each", "of each"})


def _report_each(reading: Reading) -> None:
    """Like "revenue by order": groups of single rows, which no step has made."""
    for at in reading.words("by"):
        rows = reading.after(at, (*GLUE, "distinct"))
        is_each = reading.items[at].text.lower() in _EACH and at not in reading.used
        is_ratio = reading.items[at].text == "/" and rows is not None and reading.metrics(rows)
        if is_ratio and at not in reading.used:
            said = "A ratio of two numbers is not defined here; please ask for both."
            reading.parts.unclear.append(said)
        if not is_each or rows is None or rows in reading.grouped | reading.used:
            continue
        if _is_key(reading, at):
            continue
        if reading.is_entity(rows):
            text = f"{reading.items[at].text} {reading.items[rows].text}"
            reading.parts.unclear.append(f"It is not clear what to do '{text}'.")


def _report_ahead(reading: Reading) -> None:
    """Like "how many will we win": what has not happened is not in the data."""
    names_date = any(
        reading.kind_of(c) == "time"
        for n in range(len(reading.items))
        for c in reading.dimensions(n)
    )
    facts = reading.facts
    is_done = all(
        facts.own_segments(m.metric) or m.segments or reading.parts.segments
        for m in reading.parts.measures
    )
    if reading.has_word("change") or (is_done and not names_date and not reading.parts.periods):
        reading.parts.unclear.append(
            "What will happen is not in the data; what is there can be asked for."
        )


def _report_first(reading: Reading) -> None:
    """What the words a sentence begins with ask for, and nothing has answered."""
    parts = reading.parts
    if reading.clock.is_ahead and parts.measures and not parts.detail:
        _report_ahead(reading)
    if not reading.items or parts.group:
        return
    first = reading.items[0]
    is_by = first.kind == "word" and first.has_role("by") and not parts.grain
    parts.dangling = is_by
    if first.text.lower() == "where":
        parts.unclear.append("It is not clear which place is meant.")


def _is_key(reading: Reading, at: int) -> bool:
    """Like "top channels by orders": what to rank by, no groups."""
    is_ranked = reading.has_word("order") or any(i.kind == "ranking" for i in reading.items)
    return is_ranked and reading.items[at].text.lower() == "by"


MATTERS = {
    "change": "It is not clear between which periods to compare.",
    "year_ago": "It is not clear for which period to compare with the year before.",
    "period_ago": "It is not clear for which period to compare with the one before.",
    "or": "It is not clear what the 'or' joins; please ask for one at a time.",
    "widen": "It is not clear what else to include.",
    "why": "Causes are not in the data; what can be shown is how a number splits and changes.",
    "split": "It is not clear what to split by.",
    "running": "A running total is not among these numbers; the model can define one.",
    "judgement": "It is not clear by which number to judge that.",
    "frequent": "It is not clear what to count.",
    "share": "It is not clear what the share is of.",
    "not": "It is not clear what is excluded.",
    "compare": "It is not clear what to compare with what.",
    "comparative": "It is not clear what to compare with what.",
    "aggregate": "It is not clear what to aggregate.",
    "first": "It is not clear what comes first here.",
    "last": "It is not clear what comes last here.",
    "newest": "It is not clear which date counts.",
    "oldest": "It is not clear which date counts.",
}


def _report_word(reading: Reading, item: Item) -> None:
    roles = {meaning.role for meaning in item.meanings}
    if "trade" in roles and not any(
        reading.items[m.at].of("metric") for m in reading.parts.measures
    ):
        reading.parts.unclear.append(f"It is not clear which number '{item.text}' stands for.")
    is_said = reading.parts.measures and not reading.parts.is_settled
    if "vague" in roles and not is_said:
        reading.parts.unclear.append("It is not clear which number is meant.")
    if roles <= set(MATTERS):
        reading.parts.unclear.append(MATTERS[next(iter(roles & set(MATTERS)))])
