"""One number over groups: their count, the mean of their metric, the top ones added up.

Called by `groups.py`, `measures.py`, `aggregates.py` and `shapes.py`. Invariant: every group counts
once, whatever its rows; where a mean over groups may be one over rows, it is asked back.
"""

from __future__ import annotations

from typing import Final

from semantic.request import Overall
from server.planner.builtin.reading import GLUE, Reading

_MEANS: Final[dict[str, Overall]] = {"avg": "avg", "median": "median", "min": "min", "max": "max"}
_EACH: Final = ("per", "for each", "for every", "each", "every", "from each", "of each", "by each")
_GRAIN_WORDS: Final = frozenset({"per", "each", "every", "monthly", "weekly", "daily", "quarterly",
                                 "yearly", "annual"})  # fmt: skip
_SUMS: Final = frozenset({"total", "combined", "overall", "sum", "altogether", "together"})


# ------------------------------------------------------------------ counting groups


def counts_groups(reading: Reading, at: int) -> bool:
    """Like the accounts of "how many accounts have more than 3 deals": each is taken whole.

    True where what follows limits a metric or a number of rows of each; then they are counted.
    """
    if reading.parts.overall is not None or reading.parts.group:
        return False
    for number in range(at + 1, len(reading.items)):
        item = reading.items[number]
        if item.kind == "condition" and _limits_groups(reading, at, number):
            reading.parts.overall = "count"
            return True
    return False


def _limits_groups(reading: Reading, at: int, number: int) -> bool:
    before = reading.before(number, ("of", "with", "verb_is", "where", "pronoun", "also"))
    if before is not None and before > at and reading.items[before].of("metric"):
        return not _is_own_number(reading, at, before)
    after = reading.skip_modifiers(reading.after(number), 1)
    condition = reading.items[number].condition
    if after is None or condition is None or _is_own_number(reading, at, after):
        return False
    item = reading.items[after]
    is_rows = bool(item.of("model")) and not condition.unit
    return is_rows or bool(item.of("metric"))


def _is_own_number(reading: Reading, noun: int, at: int) -> bool:
    """True for a number of each of those counted; one of the rows they have is a metric of them."""
    candidate = reading.dimension_of_kind(at, "number")
    owners = {c.model for c in reading.items[noun].candidates}
    is_metric = bool(reading.items[at].of("metric"))
    return candidate is not None and (candidate.model in owners or not is_metric)


# ------------------------------------------------------------------ means over groups


def takes_mean(reading: Reading, metric: str, agg: str) -> bool:
    """True where a mean is one over groups, which is then noted: "average revenue per month".

    Args:
        metric: what the mean is of, a sum or a count; empty for a count that is to come.
    """
    wanted = _MEANS.get(agg)
    is_sum = not metric or reading.facts.is_additive(metric)
    if wanted is None or not is_sum or reading.parts.overall or not says_each(reading):
        return False
    reading.parts.overall = wanted
    return True


def says_each(reading: Reading) -> bool:
    """True where the groups are introduced one by one: "per account", "each month", "monthly"."""
    grains = [item for item in reading.items if item.kind == "grain"]
    if any(_GRAIN_WORDS & set(item.text.lower().split()) for item in grains):
        return True
    words = [at for at in reading.words("by") if reading.items[at].text.lower() in _EACH]
    return any(reading.after(at, (*GLUE, "distinct")) in reading.grouped for at in words)


def settle_overall(reading: Reading) -> None:
    """Report a number over groups that the rest of the sentence does not bear out."""
    parts = reading.parts
    if parts.overall in (None, "sum"):
        return
    keys = len(parts.group) + (parts.grain is not None)
    if parts.overall == "count":
        is_clear = bool(parts.having) and keys == 1
        said = "It is not clear which of them to count."
    elif parts.overall == "avg" and not any(_adds_up(reading, m.metric) for m in parts.measures):
        parts.overall = None  # "average wait per city": already a mean, shown for each
        return
    else:
        is_clear = keys == 1 and len(parts.measures) == 1 and not parts.having
        parts.is_mean_of_some = is_clear and not all(_is_own(reading, n) for n in parts.group)
        said = "It is not clear over which groups to take the mean."
    others = (parts.share, parts.part, parts.compare, parts.limit, parts.detail, parts.order)
    if not is_clear or any(others):
        parts.unclear.append(said)


def _is_own(reading: Reading, name: str) -> bool:
    """False for members of another model: some may have no rows, and count or not."""
    return "." not in name and name in reading.facts.model(reading.model).dimensions


def _adds_up(reading: Reading, metric: str) -> bool:
    return reading.facts.is_additive(metric) or metric.startswith("count_distinct(")


# ------------------------------------------------------------------ the top ones together


def adds_top(reading: Reading, rank: int) -> bool:
    """Like "total revenue of the top 5 accounts", "what share do the top 5 accounts make"."""
    parts = reading.parts
    ranking = reading.items[rank].ranking
    if ranking is None or ranking.limit is None or len(parts.measures) != 1 or parts.grain:
        return False
    if not reading.facts.is_additive(parts.measures[0].metric) or len(parts.group) != 1:
        return False
    words = {
        word
        for number, item in enumerate(reading.items)
        if number < rank and (item.has_role("aggregate") or item.of("metric"))
        for word in item.text.lower().split()
    }
    return parts.share or bool(words & _SUMS)
