"""Aggregates of numbers: "average amount", "min and max size", "the mean and median age".

Called by `measures.py` for every aggregate word. Invariant: what an aggregate word is joined to
is aggregated over the same number and the same rows.
"""

from __future__ import annotations

from typing import Final

from semantic import syntax
from semantic.definitions import Metric
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.overall import takes_mean
from server.planner.builtin.reading import GLUE, Reading, add_measure
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR, plain_form

_SINGLE: Final = ("avg", "median", "min", "max", "stddev", "percentile")
"""Aggregates whose value is of the same kind as the number itself."""
_PLUS: Final = ("sum", "sum of", "combined", "total of", "aggregate")
_PER: Final = ("per", "for each", "for every", "each")
_ENDS: Final = {"size_top": "max", "size_bottom": "min"}


def aggregate(reading: Reading, at: int) -> None:
    """Add the measure that the aggregate word at item `at` asks for."""
    agg = reading.items[at].value("aggregate")
    if _is_of_count(reading, at) and takes_mean(reading, "", agg):
        reading.use(at)
        return
    target = _aggregated(reading, at)
    if target is None:
        target = _shared_target(reading, at)
    if target is None:
        if _share_of_metric(reading, at, agg):
            return
        if agg == "sum" and not reading.items[at].candidates:
            reading.use(at)  # "in total", "overall"
        return
    candidate = reading.dimension_of_kind(target, "number")
    if candidate is not None:
        if agg == "sum" and _is_only_averaged(reading, candidate.model, candidate.name):
            reading.parts.unclear.append(f"'{reading.items[target].text}' does not add up.")
        name = reading.facts.aggregate(candidate.model, agg, reading.reference(candidate))
        add_measure(reading, name, at, _own_rows(reading, target, candidate))
        reading.use(at) if _is_joined(reading, at) else reading.use(at, target)
    elif reading.metrics(target):
        _aggregate_metric(reading, at, target, agg)
    elif reading.is_entity(target):
        _aggregate_rows(reading, at, target, agg)


def _own_rows(reading: Reading, target: int, number: Candidate) -> frozenset[str]:
    """The segments of a sum that is called as the number is: the mean goes over its rows too."""
    named = [c.name for c in reading.items[target].of("metric") if c.model == number.model]
    same = [name for name in named if reading.facts.inner_dimension(name) == number.name]
    own = reading.facts.own_segments(same[0]) if len(same) == 1 else frozenset[str]()
    if own is None:
        label = reading.facts.catalog.metrics[same[0]].label
        reading.parts.unclear.append(f"It is not clear whether only the rows of {label} count.")
    return own or frozenset()


def _is_only_averaged(reading: Reading, model: str, name: str) -> bool:
    """True for a number of which the model knows means but no sum, like a percentage."""
    sum_ = reading.facts.aggregate(model, "sum", name)
    return "(" in sum_ and "(" not in reading.facts.aggregate(model, "avg", name)


def _is_of_count(reading: Reading, at: int) -> bool:
    """Like "average number of orders per customer", "how many orders per customer on average"."""
    following = reading.after(at, (*GLUE, "distinct"))
    if following is not None and reading.items[following].has_role("count"):
        return True
    return reading.items[at].text.lower() == "on average" and following is None


def _aggregated(reading: Reading, at: int) -> int | None:
    """The number or metric that an aggregate word is about."""
    target = reading.after(at, (*GLUE, "distinct", "list"))
    if target is not None and reading.items[target].kind == "grain":
        target = reading.after(target)  # "average monthly revenue"
    target = reading.skip_modifiers(target, 1)
    if target is not None and reading.is_entity(target):
        following = reading.after(target, ())
        if following is not None and reading.dimension_of_kind(following, "number") is not None:
            reading.use(target)
            return following
    fits = (
        target is not None
        and target not in reading.used
        and (
            reading.dimension_of_kind(target, "number")
            or reading.metrics(target)
            or reading.is_entity(target)
        )
    )
    if fits:
        return target
    previous = reading.before(at)
    if (
        previous is not None
        and previous not in reading.used
        and reading.dimension_of_kind(previous, "number")
    ):
        return previous
    return None


def _next_aggregate(reading: Reading, at: int) -> int | None:
    """What is joined to an aggregate word: "min and max ...", "minimum, median and ..."."""
    following = at + 1
    if following < len(reading.items) and reading.items[following].has_role("and"):
        following += 1
    elif following >= len(reading.items) or not reading.items[following].after_comma:
        return None
    return following if following < len(reading.items) else None


def _is_joined(reading: Reading, at: int) -> bool:
    """True for the first of two: "min and max deal size"."""
    following = _next_aggregate(reading, at)
    return following is not None and reading.items[following].has_role("aggregate")


def _shared_target(reading: Reading, at: int) -> int | None:
    """The number that joined aggregate words are about."""
    following = _next_aggregate(reading, at)
    while following is not None and reading.items[following].has_role("aggregate"):
        target = _aggregated(reading, following)
        if target is not None:
            return target
        following = _next_aggregate(reading, following)
    return None


def _share_of_metric(reading: Reading, at: int, agg: str) -> bool:
    """Like "the average and the median deal size", where the model knows the second by name."""
    following = _next_aggregate(reading, at)
    while following is not None and reading.items[following].has_role("aggregate"):
        following = _next_aggregate(reading, following)
    found = reading.metrics(following) if following is not None else []
    metric = reading.facts.catalog.metrics.get(found[0].name) if len(found) == 1 else None
    if metric is None or metric.agg not in _SINGLE or not isinstance(metric.expr, syntax.Name):
        return False
    own = reading.facts.own_segments(metric.name)
    if own is None or metric.last is not None:
        return False
    base = reading.facts.aggregate(metric.model, agg, metric.expr.parts[-1])
    named = reading.facts.with_segments(base, own) if own else None
    add_measure(reading, named or base, at, frozenset() if named else own)
    reading.use(at)
    return True


def _aggregate_metric(reading: Reading, at: int, target: int, agg: str) -> None:
    """Like "average won amount": over the rows that the sum is made of."""
    name = reading.metrics(target)[0].name
    metric = reading.facts.catalog.metrics[name]
    inner = reading.facts.inner_dimension(name)
    own = reading.facts.own_segments(name)
    if at > 0 and reading.items[at - 1].kind == "grain" and reading.facts.is_additive(name):
        text = reading.items[at - 1].text
        reading.parts.unclear.append(f"It is not clear what the mean is of, or of what '{text}'.")
    if agg == "sum" and reading.items[at].text.lower() in _PLUS and not _adds(reading, name):
        reading.parts.unclear.append(f"{metric.label} does not add up to a sum.")
    is_mean = metric.agg == "avg" or metric.kind == "ratio"
    if agg == "sum" or (agg == "avg" and is_mean) or takes_mean(reading, name, agg):
        if is_mean and _is_joined(reading, at):
            add_measure(reading, name, at)  # "mean and median wait": both of one number
        reading.use(at)
    elif is_mean and own is not None and _is_bare_mean(reading, target, metric):
        number = metric.expr.parts[-1] if isinstance(metric.expr, syntax.Name) else ""
        base = reading.facts.aggregate(metric.model, agg, number)
        named = reading.facts.with_segments(base, own) if own else None
        add_measure(reading, named or base, at, frozenset() if named else own)
        reading.use(at) if _is_joined(reading, at) else reading.use(at, target)
    elif inner is not None and own is not None:
        base = reading.facts.aggregate(metric.model, agg, inner)
        named = reading.facts.with_segments(base, own) if own else None
        add_measure(reading, named or base, at, frozenset() if named else own)
        reading.use(at, target)


def _is_bare_mean(reading: Reading, target: int, metric: Metric) -> bool:
    """Like the "wait" of "median wait", which the model only knows as an average."""
    is_number = isinstance(metric.expr, syntax.Name) and metric.last is None
    said = {
        m.role for word in words_of(reading.items[target].text) for m in GRAMMAR.get((word,), ())
    }
    return is_number and metric.agg in _SINGLE and "aggregate" not in said


def _adds(reading: Reading, metric: str) -> bool:
    found = reading.facts.catalog.metrics.get(metric)
    return found is None or found.kind == "derived" or found.agg in ("sum", "count")


def _aggregate_rows(reading: Reading, at: int, target: int, agg: str) -> None:
    """Like "the average deal" is the average of what deals are measured by."""
    amount = reading.facts.amount_dimension(reading.model)
    text, joint = reading.items[target].text.lower(), target + 1
    is_per = joint < len(reading.items) and reading.items[joint].text.lower() in _PER
    if is_per and plain_form(text) != text:  # "average orders per customer"
        if amount is None and takes_mean(reading, "", agg):
            reading.use(at)
            return
        reading.parts.unclear.append(
            f"'{reading.items[at].text} {text} per ...' may mean how many each has, or their size."
        )
    if amount is not None and agg != "sum":
        add_measure(reading, reading.facts.aggregate(reading.model, agg, amount.name), at)
        reading.use(at, target)


# ------------------------------------------------------------------ two ends


def find_both_ends(reading: Reading) -> None:
    """Like "the smallest and the largest deal": the least and the greatest value of a number."""
    for at in list(reading.free("ranking")):
        joint, second = at + 1, at + 2
        if second >= len(reading.items) or not reading.items[joint].has_role("and"):
            continue
        one, other = reading.items[at].ranking, reading.items[second].ranking
        if one is None or other is None or {one.role, other.role} != set(_ENDS):
            continue
        target = reading.skip_modifiers(reading.after(second), 1)
        name = _sized(reading, target) if target is not None else None
        if one.limit is None and other.limit is None and name is not None and target is not None:
            for rank, item in ((one, at), (other, second)):
                agg = _ENDS[rank.role]
                add_measure(reading, reading.facts.aggregate(reading.model, agg, name), item)
            reading.use(at, joint, second, target)


def _sized(reading: Reading, target: int) -> str | None:
    """The number that "largest" is about: the one named, or what rows are measured by."""
    number = reading.dimension_of_kind(target, "number")
    if number is not None and number.model == reading.model:
        return number.name
    amount = reading.facts.amount_dimension(reading.model)
    return amount.name if amount is not None and reading.is_entity(target) else None
