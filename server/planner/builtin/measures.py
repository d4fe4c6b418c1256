"""What to compute: metrics by name, aggregates of numbers, counts of rows and members.

A step of composing, after the groups. Invariant: an aggregate of a number is the model's own
metric where it has one; a count word always counts exactly the noun that follows it.
"""

from __future__ import annotations

from itertools import pairwise

from semantic.definitions import Metric
from server.planner.builtin.aggregates import aggregate, find_both_ends
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.reading import GLUE, Measure, Reading
from server.planner.builtin.reading import add_measure as _add
from server.planner.builtin.settling import has_rows
from server.planner.builtin.words import GRAMMAR, plain_form

_AMONG = ("among", "across")


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
    """Like "revenue per order", "per shipped order": the mean over those rows, or asked back."""
    for at in reading.words("by"):
        rows = reading.skip_modifiers(at + 1, 1) if at + 1 < len(reading.items) else None
        is_per = reading.items[at].text.lower() in ("per", "for each", "for every")
        if not is_per or rows is None or rows in reading.grouped or not reading.is_entity(rows):
            continue
        said = frozenset(name for n in range(at + 1, rows or 0) if (name := reading.segment(n)))
        measures = reading.parts.measures
        name = measures[0].metric if len(measures) == 1 else ""
        own, inner = reading.facts.own_segments(name), reading.facts.inner_dimension(name)
        if inner is not None and own == said and len(said) == rows - at - 1:
            model = reading.facts.catalog.metrics[name].model
            base = reading.facts.aggregate(model, "avg", inner)
            named = reading.facts.with_segments(base, own)
            measures[0] = Measure(named or base, frozenset() if named else own, measures[0].at)
            reading.use(*range(at, rows + 1))
        elif not (len(measures) == 1 and _is_mean(reading, name)):
            if not measures and not (at > 0 and reading.items[at - 1].of("model")):
                continue  # "amount per order", of which a later step takes the mean
            text = " ".join(item.text for item in reading.items[at : rows + 1])
            reading.parts.unclear.append(f"It is not clear how to compute that '{text}'.")


def _is_mean(reading: Reading, name: str) -> bool:
    """True for what is said of each row already: "average amount per order"."""
    metric = reading.facts.catalog.metrics.get(name)
    agg = metric.agg if metric is not None else name.partition("(")[0]
    return agg in ("avg", "median", "min", "max", "stddev", "percentile")


def _check_joined(reading: Reading) -> None:
    """Report metrics that stand beside each other without being joined: "win rate of lost deals".

    The second one may describe the rows of the first, which is another question.
    """
    named = [
        m.at
        for m in reading.parts.measures
        if reading.items[m.at].of("metric") or reading.items[m.at].has_role("count", "aggregate")
    ]
    for first, second in pairwise(named):
        between = reading.items[first + 1 : second]
        if between and between[-1].has_role("by") and between[-1].text.lower() in _AMONG:
            between = between[:-1]  # "average age among members": of those, no second number
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
    if _is_row_number(reading, at):
        return False
    if not item.of("segment"):
        return True
    if _is_listed(reading, at):
        return True
    asks_amount = reading.has_word("how_much")
    others = [n for n in reading.free("metric") if n != at and not reading.items[n].of("segment")]
    rows = any(reading.is_entity(n) for n in range(len(reading.items)))
    return not (others or rows or asks_amount or reading.parts.measures)


def _is_row_number(reading: Reading, at: int) -> bool:
    """Like the replies of "tickets with more than 10 replies": a number of each of the rows."""
    if reading.dimension_of_kind(at, "number") is None or not has_rows(reading):
        return False
    return at > 0 and reading.items[at - 1].kind == "condition" and not reading.parts.group


def _is_listed(reading: Reading, at: int) -> bool:
    """Like the second of "revenue, returns and margin": no noun follows that it could describe."""
    following = reading.items[at + 1] if at + 1 < len(reading.items) else None
    is_last = following is None or following.after_comma or following.has_role("and", "by")
    is_joined = reading.items[at].after_comma or (at > 0 and reading.items[at - 1].has_role("and"))
    others = any(reading.items[n].kind == "metric" for n in range(len(reading.items)) if n != at)
    return is_joined and is_last and others


def _check_mean_of_rows(reading: Reading, at: int) -> None:
    """Like "average claims per policy" where "average claim" is a metric: their number, or size?"""
    words = reading.items[at].text.lower().split()
    joint = reading.items[at + 1].text.lower() if at + 1 < len(reading.items) else ""
    is_many = plain_form(words[-1]) != words[-1] and joint in ("per", "for each", "for every")
    nouns = [c for m in reading.lexicon.find(words[-1:], 0) for c in m.candidates]
    is_rows = any((c.kind, c.model) == ("model", reading.model) for c in nouns)
    is_mean = any(m.role == "aggregate" for m in GRAMMAR.get((words[0],), ()))
    if is_many and is_rows and is_mean:
        said = f"'{reading.items[at].text} per ...' may mean how many each has, or their size."
        reading.parts.unclear.append(said)


def _metric(reading: Reading, at: int) -> None:
    _check_mean_of_rows(reading, at)
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
    if reading.parts.overall == "count" and target in reading.grouped:
        return
    if target is None or reading.items[target].has_role("and", "or", "not"):
        target = _noun_before(reading, at)
    if target is not None and reading.metrics(target) and not reading.is_entity(target):
        return
    metric = _counted(reading, target) if target is not None else None
    if metric is None:
        _report_members(reading, at + 1)
        target, metric = at, reading.facts.count_metric(reading.model)
        _report_pieces(reading, at + 1, metric)
    named = _named_beside(reading, at, target)
    if named is not None:
        _add(reading, named.name, at)
        return
    bound = _bound_to(reading, at, target)
    reading.use(target if target is not None else at)
    called = reading.facts.with_segments(metric, bound) if bound else metric
    _add(reading, called or metric, at, frozenset() if called else bound)


def _named_beside(reading: Reading, at: int, target: int | None) -> Metric | None:
    """The metric of "number of lost orders" beside another one, which the loss says nothing of."""
    others = any(item.of("metric") and n != target for n, item in enumerate(reading.items))
    if target is None or not others or not reading.is_entity(target):
        return None
    found = reading.counted_by_name(target)
    if found is None or any(not reading.items[n].has_role("of") for n in range(at + 1, found[0])):
        return None
    reading.use(*range(at, target + 1))
    return found[1]


def _is_apart(reading: Reading, other: str) -> bool:
    """True for members counted beside a metric of the rows about them: all of them count."""
    own = any(c.model == reading.model for item in reading.items for c in item.of("metric"))
    conditions = any(True for _ in reading.free("segment", "value", "condition", "time"))
    facts = reading.facts
    reach = {name for n in reading.grouped for c in reading.dimensions(n) for name in [c.model]}
    return own and not conditions and bool(reach) and reach <= set(facts.reach(other))


def _bound_to(reading: Reading, at: int, target: int | None) -> frozenset[str]:
    """The segments of "number of open orders" beside another metric: its own, not the other's."""
    if target is None or not reading.is_entity(target) or target <= at + 1:
        return frozenset()
    between = range(at + 1, target)
    others = [n for n, item in enumerate(reading.items) if item.kind == "metric" and n != at]
    names = [reading.segment(n) for n in between if n not in reading.negated]
    if not others or len(names) < len(between) or not all(names):
        return frozenset()
    reading.use(*between)
    return frozenset(name for name in names if name)


def _report_members(reading: Reading, target: int) -> None:
    """Like "number of managers": rows of which model have that member is not said."""
    if target >= len(reading.items):
        return
    reach = reading.facts.reach(reading.model)
    others = {c.model for c in reading.items[target].of("value") if c.model not in reach}
    if others and not has_rows(reading):
        labels = sorted(reading.facts.model(name).label for name in {reading.model, *others})
        text = reading.items[target].text
        reading.parts.unclear.append(f"'{text}' may be said of {' or '.join(labels)}.")


def _report_pieces(reading: Reading, target: int, metric: str) -> None:
    """Like "how many laptops", where one order may be of several: the orders, or their pieces."""
    facts, items = reading.facts, reading.items
    if target >= len(items) or not items[target].of("value") or has_rows(reading):
        return
    model = facts.model(reading.model)
    pieces = [
        name
        for name, one in model.metrics.items()
        if one.agg == "sum" and one.where is None and one.better != "lower"
        if (inner := facts.inner_dimension(name)) is not None
        and model.dimensions[inner].type.kind == "integer"
    ]
    noun = items[target].text.lower().split()[-1]
    if pieces and plain_form(noun) != noun:
        reading.parts.either.append((metric, (metric, *pieces)))


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
    if other is not None and _is_apart(reading, other):
        return reading.facts.count_metric(other)
    candidate = reading.dimension_of_kind(target, "text", "number")
    if candidate is not None and not reading.has_word("distinct"):
        facts, owner = reading.facts, reading.facts.model(candidate.model)
        summed = [n for n in owner.metrics if facts.inner_dimension(n) == candidate.name]
        if any(owner.metrics[name].where is None for name in summed):
            # "how many seats": what the model adds up is not counted by its different values.
            return facts.aggregate(candidate.model, "sum", reading.reference(candidate))
        if summed:
            # Added up only under a condition, which "how many nights" says nothing of.
            total = facts.aggregate(candidate.model, "sum", reading.reference(candidate))
            reading.parts.either.append((total, (total, *summed)))
            return total
        if reading.kind_of(candidate) == "number":
            return _total_or_mean(reading, candidate)
    if candidate is not None:
        return reading.facts.distinct_metric(reading.model, reading.reference(candidate), other)
    return reading.facts.count_metric(other) if other is not None else None


def _total_or_mean(reading: Reading, candidate: Candidate) -> str:
    """Like "how many replies", which no metric adds up: all of them, or those of each row."""
    name = reading.reference(candidate)
    total = reading.facts.aggregate(candidate.model, "sum", name)
    mean = reading.facts.aggregate(candidate.model, "avg", name)
    reading.parts.either.append((total, (total, mean)))
    return total


# ------------------------------------------------------------------ rows beside metrics


def _coordinate(reading: Reading) -> None:
    """Like "won deals and won revenue": rows joined to a metric are counted beside it."""
    if not reading.parts.measures:
        return
    for at in reversed(list(reading.free("model"))):
        if at in reading.negated or at in reading.grouped:
            continue
        named = reading.counted_by_name(at) if reading.is_entity(at) else None
        first = named[0] if named is not None else _first_of_chunk(reading, at)
        if not (_joined(reading, first - 1, -1) or _joined(reading, at + 1, 1)):
            continue
        if named is not None:
            _add(reading, named[1].name, first)
            reading.use(*range(first, at + 1))
        elif reading.is_entity(at):
            segments = [reading.segment(n) for n in range(first, at)]
            bound = frozenset(name for name in segments if name)
            metric = reading.facts.count_metric(reading.model)
            called = reading.facts.with_segments(metric, bound)
            _add(reading, called or metric, first, frozenset() if called else bound)
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
    counts = [at for at in at_measures if reading.items[at].has_role("count")]
    nouns = {reading.skip_modifiers(reading.after(at, (*GLUE, "distinct")), 1) for at in counts}
    at_measures |= {at for at in nouns if at is not None and at in reading.used}
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
