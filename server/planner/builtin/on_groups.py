"""Turns about each of what was just shown: "only those over 100k", "how big are they?", "each".

Called by `question.py` for a turn after an answer, and by `compose.py` for a question. Invariant:
a threshold said of groups is a condition on their number, never on rows; "each" is one of the
groups shown, or asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic.request import Filter, Having, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import LIST_LIMIT
from server.planner.builtin.number_filters import fits_metric, having_of
from server.planner.builtin.reading import Reading
from server.planner.builtin.shown_groups import has_chosen_groups, keep_groups
from server.planner.builtin.spans import Item
from server.planner.builtin.words import section
from server.planner.plan import LastAnswer

WHICH_EACH: Final = (
    "It is not clear what 'each' is here; please name what the number shall be shown for."
)
WHICH_LIMIT: Final = "It is not clear what that limit is on; please name the number."
WHICH_SIZE: Final = "It is not clear which number says how big these are; please name it."
WHICH_TWO: Final = "It is not clear what to compare with what; please name both."
WHICH_CHOSEN: Final = (
    "It is not clear whether that is of those just shown or of all; please ask it as a whole."
)
_AGAINST: Final = frozenset(" ".join(e.split()) for e in section("set against").split("|"))
_SMALL: Final = (
    "only", "follow", "pronoun", "with", "where", "which", "verb_is", "correct", "list", "also",
    "and", "by",
)  # fmt: skip
_EACH: Final = frozenset({"each", *(" ".join(e.split()) for e in section("each one").split("|"))})
_VERBS: Final = frozenset(section("giving").split()) | {"do", "does", "did", "have", "has", "had"}
_OF_THEM: Final = frozenset(section("groups before").split())


# ------------------------------------------------------------------ each


def without_each(items: Sequence[Item]) -> tuple[Item, ...] | None:
    """The items without an "each" that stands for a group: None where there is none.

    "Each month" and "for each store" say by what to split; "did each have" does not.
    """
    kept = [item for n, item in enumerate(items) if not _is_pronoun(items, n)]
    return tuple(kept) if len(kept) < len(items) else None


def _is_pronoun(items: Sequence[Item], at: int) -> bool:
    if items[at].kind != "word" or items[at].text.lower() not in _EACH:
        return False
    following = items[at + 1] if at + 1 < len(items) else None
    if following is None or following.kind == "time":
        return True
    words = following.text.lower().split()
    if words[0] == "of" and at + 2 < len(items):
        return items[at + 2].text.lower() in _OF_THEM
    is_verb = following.has_role("verb_is", "with", "trade", "giving") and following.kind == "word"
    return is_verb or (following.kind in ("word", "filler") and words[0] in _VERBS)


def groups_of(last: LastAnswer, facts: Facts) -> LastAnswer | None:
    """The last answer as one about the groups it showed; None where it showed none by name."""
    if last.query.detail or not last.query.metrics or not _is_grouped(last.query):
        return None
    return keep_groups((), last, facts) if has_chosen_groups(last) else last


def is_of_each(query: SemanticQuery, shown: SemanticQuery) -> bool:
    """True where a query is about the same groups, one by one."""
    same_grain = (query.time and query.time.grain) == (shown.time and shown.time.grain)
    is_split = query.dimensions == shown.dimensions and same_grain and not query.detail
    return is_split and all(item in query.filters for item in shown.filters)


# ------------------------------------------------------------------ thresholds


def limit_groups(reading: Reading, last: LastAnswer, facts: Facts) -> SemanticQuery | str | None:
    """The groups shown whose number lies beyond a limit, or what to ask; None for another turn."""
    query = last.query
    limits = [item.condition for item in reading.items if item.condition is not None]
    if len(limits) != 1 or not query.metrics or query.detail or not _is_grouped(query):
        return None
    others = [item for item in reading.items if item.condition is None]
    is_negated = any(item.has_role("not") for item in others)
    if not all(_is_small(item) or _is_group(item, query, facts) for item in others):
        return None
    fitting = [name for name in query.metrics if fits_metric(facts, query.model, name, limits[0])]
    if (
        not fitting
        and limits[0].unit
        and all(name in facts.catalog.metrics for name in query.metrics)
    ):
        return None  # "over $500" after a count: the rows are limited
    is_open = query.share or query.part or query.overall or (query.time and query.time.compare)
    if len(fitting) != 1 or is_negated or is_open or _may_be_of_rows(reading, fitting[0], facts):
        return WHICH_LIMIT
    about: LastAnswer | None = last
    if query.limit is not None or query.place is not None:
        about = keep_groups((), last, facts)
    if about is None:
        return WHICH_LIMIT
    new = having_of(facts, query.model, fitting[0], limits[0])
    return about.query.model_copy(update={"having": (*_other_ends(about.query, new), *new)})


def _is_small(item: Item) -> bool:
    return item.kind == "word" and item.has_role(*_SMALL, "not")


def _is_group(item: Item, query: SemanticQuery, facts: Facts) -> bool:
    """True for the noun of the groups themselves: "stores above 20k" after sales by store."""
    bare = {name.rpartition(".")[2] for name in query.dimensions}
    if any(c.model == query.model for c in item.of("model")):
        return False
    labels = {facts.label_dimension(c.model) for c in item.of("model")}
    return bool(bare & (labels | {c.name for c in item.of("dimension")}))


def _may_be_of_rows(reading: Reading, metric: str, facts: Facts) -> bool:
    """True where a number without a unit limits the rows as well: "over 5000" after a count."""
    amounts = [item for _, item in reading.parts.filters if isinstance(item, Filter)]
    found = facts.catalog.metrics.get(metric)
    return bool(amounts) and found is not None and found.agg in ("count", "count_distinct")


def _other_ends(query: SemanticQuery, new: Sequence[Having]) -> list[Having]:
    """The limits that stay: of other numbers, and the other end of the same one."""
    ends = {(item.metric, item.op[0]) for item in new}
    return [item for item in query.having if (item.metric, item.op[0]) not in ends]


def _is_grouped(query: SemanticQuery) -> bool:
    return bool(query.dimensions) or (query.time is not None and query.time.grain is not None)


# ------------------------------------------------------------------ sizes


def sizes_of_rows(reading: Reading, last: LastAnswer, facts: Facts) -> SemanticQuery | str | None:
    """After a list "how big are they?": the number of each row, or their mean "on average".

    Their sum would tell how big they are together.
    """
    query, items = last.query, reading.items
    asks = items and items[0].text.lower() == "how big" and reading.has_word("pronoun")
    if not asks or not query.detail or query.model is None or reading.parts.filters:
        return None
    others = [item for item in items[1:] if not item.has_role("verb_is", "pronoun", "aggregate")]
    means = [item for item in items if item.has_role("aggregate")]
    amount = facts.amount_dimension(query.model)
    if others or amount is None or any(item.value("aggregate") != "avg" for item in means):
        return WHICH_SIZE
    if not means:
        columns = dict.fromkeys((facts.label_dimension(query.model), amount.name))
        return query.model_copy(update={"dimensions": tuple(columns)})
    if query.place is not None or query.limit not in (None, LIST_LIMIT):
        return WHICH_SIZE
    mean = {"metrics": (f"avg({amount.name})",), "dimensions": (), "detail": False}
    return query.model_copy(update=mean | {"order_by": (), "limit": None})


# ------------------------------------------------------------------ another dimension


def sets_member_against_dimension(reading: Reading) -> bool:
    """True for "remote versus location": a member can only be held against another of its own."""
    return any(
        item.text.lower() in _AGAINST
        and n + 1 in reading.grouped
        and not reading.items[n + 1].of("value")
        for n, item in enumerate(reading.items)
    )


def _splits_chosen(reading: Reading, query: SemanticQuery) -> bool:
    """Like "by region" after the best month, or after cities with more than 100 orders.

    The rank or the limit was said of those groups, and the others would be chosen by it anew.
    """
    parts = reading.parts
    is_course = query.time is not None and query.time.grain is not None
    is_chosen = bool(query.having) or (is_course and query.limit is not None)
    is_new = bool(parts.group) and not set(parts.group) <= set(query.dimensions)
    named = (parts.measures and not parts.is_settled, parts.having, parts.limit, parts.detail)
    return is_chosen and not query.detail and is_new and not any(named)


def on_shown(reading: Reading, last: LastAnswer, facts: Facts) -> SemanticQuery | str | None:
    """What a turn asks of what was shown, or what to ask back; None for another turn."""
    if sets_member_against_dimension(reading):
        return WHICH_TWO
    if _splits_chosen(reading, last.query):
        return WHICH_CHOSEN
    found = sizes_of_rows(reading, last, facts)
    return found if found is not None else limit_groups(reading, last, facts)
