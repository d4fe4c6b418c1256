"""What to compute: metrics by name, aggregates of numbers, counts of rows and members.

A step of composing, after the groups. Invariant: an aggregate of a number is the model's own
metric where it has one; a count word always counts exactly the noun that follows it.
"""

from __future__ import annotations

from itertools import pairwise

from semantic.definitions import Dimension
from server.planner.builtin.aggregates import aggregate, find_both_ends
from server.planner.builtin.reading import GLUE, Measure, Reading
from server.planner.builtin.reading import add_measure as _add
from server.planner.builtin.words import GRAMMAR

_LONG = frozenset({"longest", "shortest"})
_SIZES = {"size_top": "max", "size_bottom": "min"}


def find_measures(reading: Reading) -> None:
    """Fill `parts.measures` from counts, aggregates and metrics, in the order of the sentence."""
    for at in reading.words("count"):
        _count(reading, at)
    for at in reading.words("aggregate"):
        if at not in reading.used:
            aggregate(reading, at)
    find_both_ends(reading)
    named = [
        at
        for at in reading.free("metric")
        if at not in reading.negated and _is_metric_here(reading, at)
    ]
    for at in named:
        _metric(reading, at)
    reading.parts.measures.sort(key=lambda measure: measure.at)
    _check_per_row(reading)
    _check_joined(reading)
    _coordinate(reading)


def _check_per_row(reading: Reading) -> None:
    """Like "revenue per shipped order": the mean over those rows, or it is asked back."""
    for at in reading.words("by"):
        rows = reading.skip_modifiers(at + 1, 1) if at + 1 < len(reading.items) else None
        is_per = reading.items[at].text.lower() in ("per", "for each", "for every")
        if not is_per or rows in (None, at + 1) or not reading.is_entity(rows or 0):
            continue
        said = frozenset(name for n in range(at + 1, rows or 0) if (name := reading.segment(n)))
        measures = reading.parts.measures
        name = measures[0].metric if len(measures) == 1 else ""
        own, inner = reading.facts.own_segments(name), reading.facts.inner_dimension(name)
        if inner is not None and own == said and len(said) == (rows or 0) - at - 1:
            model = reading.facts.catalog.metrics[name].model
            base = reading.facts.aggregate(model, "avg", inner)
            named = reading.facts.with_segments(base, own)
            measures[0] = Measure(named or base, frozenset() if named else own, measures[0].at)
            reading.use(*range(at, (rows or 0) + 1))
        elif measures:
            text = " ".join(item.text for item in reading.items[at : (rows or 0) + 1])
            reading.parts.unclear.append(f"It is not clear how to compute that '{text}'.")


def _check_joined(reading: Reading) -> None:
    """Report metrics that stand beside each other without being joined: "win rate of lost deals".

    The second one may describe the rows of the first, which is another question.
    """
    named = [m.at for m in reading.parts.measures if reading.items[m.at].of("metric")]
    for first, second in pairwise(named):
        between = reading.items[first + 1 : second]
        is_joined = reading.items[second].after_comma or any(
            item.has_role("and", "compare", "by", "order", "with", "or", "not")
            or item.kind in ("condition", "ranking")
            or item.after_comma
            for item in between
        )
        if not is_joined:
            one, other = reading.items[first].text, reading.items[second].text
            reading.parts.unclear.append(f"It is not clear how '{one}' and '{other}' go together.")


def _is_metric_here(reading: Reading, at: int) -> bool:
    """False where a word that is also a segment describes rows named elsewhere: "did we win"."""
    item = reading.items[at]
    if not item.of("segment"):
        return True
    if _is_listed(reading, at):
        return True
    asks_amount = reading.has_word("how_much")
    others = [n for n in reading.free("metric") if n != at and not reading.items[n].of("segment")]
    rows = any(reading.is_entity(n) for n in range(len(reading.items)))
    return not (others or rows or asks_amount or reading.parts.measures)


def _is_listed(reading: Reading, at: int) -> bool:
    """Like the second of "revenue, returns and margin": no noun follows that it could describe."""
    following = reading.items[at + 1] if at + 1 < len(reading.items) else None
    is_last = following is None or following.after_comma or following.has_role("and", "by")
    is_joined = reading.items[at].after_comma or (at > 0 and reading.items[at - 1].has_role("and"))
    others = any(reading.items[n].kind == "metric" for n in range(len(reading.items)) if n != at)
    return is_joined and is_last and others


def _metric(reading: Reading, at: int) -> None:
    found = reading.metrics(at)
    names = {c.name for c in found}
    if len(names) > 1:
        labels = " or ".join(sorted(reading.facts.catalog.metrics[name].label for name in names))
        reading.parts.unclear.append(f"'{reading.items[at].text}' may mean {labels}.")
    is_verb = any(m.role == "trade" for m in GRAMMAR.get((reading.items[at].text.lower(),), ()))
    if is_verb and reading.has_word("count"):
        text = reading.items[at].text
        reading.parts.unclear.append(f"It is not clear which rows '{text}' stands for.")
    _add(reading, found[0].name, at)
    reading.use(at)


# ------------------------------------------------------------------ counts


def _count(reading: Reading, at: int) -> None:
    target = reading.skip_modifiers(reading.after(at, (*GLUE, "distinct")), 1)
    reading.use(at)
    if target is None or reading.items[target].has_role("and", "or", "not"):
        target = _noun_before(reading, at)
    if target is not None and reading.metrics(target) and not reading.is_entity(target):
        return
    metric = _counted(reading, target) if target is not None else None
    if metric is None:
        target, metric = at, reading.facts.count_metric(reading.model)
    reading.use(target if target is not None else at)
    _add(reading, metric, at)


def _noun_before(reading: Reading, at: int) -> int | None:
    """Like "open deal count": the noun stands in front."""
    previous = reading.before(at)
    return previous if previous is not None and reading.items[previous].of("model") else None


def _counted(reading: Reading, target: int) -> str | None:
    if target in reading.used:
        return None
    if reading.is_entity(target):
        return reading.facts.count_metric(reading.model)
    other = reading.other_model(target)
    candidate = reading.dimension_of_kind(target, "text", "boolean", "number")
    if candidate is not None:
        return reading.facts.distinct_metric(reading.model, reading.reference(candidate), other)
    return reading.facts.count_metric(other) if other is not None else None


# ------------------------------------------------------------------ rows beside metrics


def _coordinate(reading: Reading) -> None:
    """Like "won deals and won revenue": rows joined to a metric are counted beside it."""
    if not reading.parts.measures:
        return
    for at in reversed(list(reading.free("model"))):
        if at in reading.negated or at in reading.grouped:
            continue
        first = _first_of_chunk(reading, at)
        if not (_joined(reading, first - 1, -1) or _joined(reading, at + 1, 1)):
            continue
        if reading.is_entity(at):
            segments = [reading.segment(n) for n in range(first, at)]
            bound = frozenset(name for name in segments if name)
            metric = reading.facts.count_metric(reading.model)
            named = reading.facts.with_segments(metric, bound)
            _add(reading, named or metric, first, frozenset() if named else bound)
            reading.use(*range(first, at + 1))
        elif (other := reading.other_model(at)) is not None:
            _add(reading, reading.facts.count_metric(other), at)
            reading.use(at)
    reading.parts.measures.sort(key=lambda measure: measure.at)


def _first_of_chunk(reading: Reading, at: int) -> int:
    first = at
    while first > 0 and reading.segment(first - 1) and first - 1 not in reading.used:
        first -= 1
    return first


def _joined(reading: Reading, joint: int, step: int) -> bool:
    """True where `joint` is an "and" with a measure right behind it."""
    if not 0 <= joint < len(reading.items):
        return False
    at_measures = {measure.at for measure in reading.parts.measures}
    if step > 0 and reading.items[joint].after_comma:
        return joint in at_measures
    if not reading.items[joint].has_role("and"):
        return False
    beyond = reading.skip_modifiers(
        reading.after(joint) if step > 0 else reading.before(joint), step
    )
    if beyond is None:
        return False
    return beyond in at_measures or (step > 0 and reading.items[beyond].has_role("count"))


def settle_measures(reading: Reading) -> None:
    """Last resort for what is computed: amounts, bare numbers, or the count of the rows."""
    parts = reading.parts
    asks_amount = [n for n in reading.words("how_much") if n not in reading.used]
    reading.use(*asks_amount)
    if parts.measures:
        return
    numbers = [n for n in reading.free("dimension") if reading.dimension_of_kind(n, "number")]
    is_ranked = any(True for _ in reading.free("ranking"))
    is_list = (
        (is_ranked or reading.has_word("which", "list", "order"))
        and _has_rows(reading)
        and not parts.group
    )
    is_value = any(check(reading, n) for n in numbers[:1] for check in (_is_said_of_rows, _is_end))
    if numbers and (not is_list or is_value):
        _bare_number(reading, numbers[0])
    elif asks_amount:
        amount = reading.facts.amount_dimension(reading.model)
        if amount is not None:
            _add(
                reading, reading.facts.aggregate(reading.model, "sum", amount.name), asks_amount[0]
            )
    if not parts.measures:
        _settle_performance(reading)
    if not parts.measures:
        _settle_rows(reading)


def _settle_performance(reading: Reading) -> None:
    """The key figures that the model itself names, for "how do product lines perform"."""
    tiles = reading.facts.catalog.spec.dashboard
    unsaid = reading.has_word("judgement", "frequent", "share") or any(
        True for _ in reading.free("ranking")
    )
    if not (reading.parts.group and reading.has_word("vague") and tiles) or unsaid:
        return
    for name in tiles[0].metrics:
        if reading.facts.catalog.metrics[name].model == reading.model:
            _add(reading, name, 0)


def size_dimension(reading: Reading, at: int) -> Dimension | None:
    """The number that a superlative without one is about: how long, or how much.

    None, with the choice to be asked back, where several numbers fit.
    """
    if not set(reading.items[at].text.lower().split()) & _LONG:
        return reading.facts.amount_dimension(reading.model)
    fitting = reading.facts.long_dimensions(reading.model)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        labels = " or ".join(d.label for d in fitting)
        reading.parts.unclear.append(f"'{reading.items[at].text}' may be about {labels}.")
    return None


def _is_end(reading: Reading, at: int) -> bool:
    """Like "what is the longest delivery time of an order": one value, no list of rows."""
    rank = reading.items[at - 1].ranking if at > 0 else None
    is_of = at + 1 < len(reading.items) and reading.items[at + 1].has_role("of")
    is_one = rank is not None and rank.role in _SIZES and rank.limit is None
    return is_one and is_of and not reading.has_word("list", "order")


def _is_said_of_rows(reading: Reading, at: int) -> bool:
    """Like "the value of the open orders": one sum over them, where the model sums the number."""
    candidate = reading.dimension_of_kind(at, "number")
    beyond = at + 1
    if candidate is None or beyond >= len(reading.items):
        return False
    rows = reading.skip_modifiers(reading.after(beyond), 1)
    total = reading.facts.aggregate(candidate.model, "sum", reading.reference(candidate))
    return (
        reading.items[beyond].has_role("of")
        and not any(True for _ in reading.free("ranking"))
        and not reading.has_word("order")
        and rows is not None
        and reading.is_entity(rows)
        and "(" not in total
    )


def _has_rows(reading: Reading) -> bool:
    return any(reading.is_entity(n) for n in range(len(reading.items)) if n not in reading.grouped)


def _bare_number(reading: Reading, at: int) -> None:
    """A bare number is summed where the model sums it, else averaged where it is averaged."""
    candidate = reading.dimension_of_kind(at, "number")
    if candidate is None:
        return
    name = reading.reference(candidate)
    rank = reading.skip_modifiers(reading.before(at), -1)
    size = reading.items[rank].ranking if rank is not None else None
    if rank is not None and size is not None and size.role in _SIZES and size.limit is None:
        if reading.parts.group and not reading.has_word("by"):
            text = f"{reading.items[rank].text} {reading.items[at].text}"
            reading.parts.unclear.append(
                f"'{text}' may be the single largest or the largest total."
            )
        _add(reading, reading.facts.aggregate(candidate.model, _SIZES[size.role], name), at)
        reading.use(at, rank)
        return
    for agg in ("sum", "avg"):
        metric = reading.facts.aggregate(candidate.model, agg, name)
        if "(" not in metric:
            _add(reading, metric, at)
            reading.use(at)
            return
    mean = reading.facts.only_mean(candidate.model, candidate.name)
    if mean is not None:
        _add(reading, mean, at)
        reading.use(at)


def _settle_rows(reading: Reading) -> None:
    parts = reading.parts
    has_rows, frequent = _has_rows(reading), reading.words("frequent")
    rank = next((reading.items[n].ranking for n in reading.free("ranking")), None)
    count = reading.facts.count_metric(reading.model)
    if frequent:
        reading.use(*frequent)
        _add(reading, count, frequent[0])
    elif parts.group or parts.grain:
        size = _SIZES.get(rank.role) if rank is not None and has_rows else None
        _settle_groups(reading, count, size)
    elif reading.has_word("share") and has_rows:
        _add(reading, count, 0)
    elif has_rows and len(parts.periods) > 1:
        _add(reading, count, 0)  # lists of rows are compared by their number
    elif reading.has_word("compare", "change") and has_rows and _has_conditions(reading):
        _add(reading, count, 0)
        amount = reading.facts.amount_dimension(reading.model)
        if amount is not None:
            _add(reading, reading.facts.aggregate(reading.model, "sum", amount.name), 0)
    elif has_rows:
        parts.detail = True
        parts.is_rows_only = not reading.has_word("which", "list", "only") and rank is None


def _settle_groups(reading: Reading, count: str, size: str | None) -> None:
    """Groups without a metric: of a size asked for ("largest ... by"), else their rows counted."""
    if size is not None:
        at = next(iter(reading.free("ranking")), None)
        amount = size_dimension(reading, at) if at is not None else None
        if amount is not None:
            _add(reading, reading.facts.aggregate(reading.model, size, amount.name), 0)
    elif _has_rows(reading) or _has_conditions(reading):
        reading.parts.is_settled = True
        _add(reading, count, 0)


def _has_conditions(reading: Reading) -> bool:
    parts = reading.parts
    conditions = (parts.filters, parts.segments, parts.excluded, parts.periods, parts.related)
    return any(conditions)
