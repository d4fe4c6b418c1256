"""Which rows count: members, segments, missing values, related rows and conditions on numbers.

A step of composing. Invariant: a condition is attached to the noun it stands beside; where two
nouns fit it is asked back, never guessed. Excluding a member keeps the rows without a value.
"""

from __future__ import annotations

from decimal import Decimal

from semantic.definitions import Dimension
from semantic.request import AnyOf, Filter, Having, Related
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.naming import is_quality, measures_quality, unit_of
from server.planner.builtin.numbers import Condition
from server.planner.builtin.reading import Measure, Reading
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR


def find_filters(reading: Reading) -> None:
    """Fill filters, segments and related rows from the free items."""
    _find_values(reading)
    _find_segments(reading)
    _find_presence(reading)
    _find_related(reading)


# ------------------------------------------------------------------ members


def _find_values(reading: Reading) -> None:
    chosen: dict[tuple[str, bool], tuple[int, list[str]]] = {}
    for at in list(reading.free("value")):
        candidates = _choices(reading, at)
        if not candidates or reading.segment(at):
            continue
        reading.use(at)
        negated = at in reading.negated
        if len(candidates) > 1:
            filters = tuple(
                _filter(reading.reference(c), list(c.values), negated) for c in candidates
            )
            reading.parts.ambiguous.append((reading.items[at].text, filters))
            continue
        candidate = candidates[0]
        if not candidate.is_part and len(candidates) == 1:
            _note_others(reading, at, candidate)
        if candidate.is_part and len(candidate.values) > 1:
            note = f"'{reading.items[at].text}' stands for {len(candidate.values)} members"
            reading.parts.notes.append(note)
        key = (reading.reference(candidate), negated)
        if key in chosen:
            reading.use(*_joints(reading, at))
        first, values = chosen.get(key, (at, []))
        chosen[key] = (first, [*values, *(v for v in candidate.values if v not in values)])
    found = [
        (at, _filter(name, values, negated)) for (name, negated), (at, values) in chosen.items()
    ]
    reading.parts.filters += _join_alternatives(reading, found)


def _note_others(reading: Reading, at: int, candidate: Candidate) -> None:
    """Say that other members contain the name: "Acme" beside "Acme Energy"."""
    words = words_of(reading.items[at].text)
    found = reading.lexicon.find_members(words, 0, True) if words else None
    if found is None or found.end != len(words):
        return
    for other in found.candidates:
        count = len(set(other.values) - set(candidate.values))
        if (other.model, other.name) == (candidate.model, candidate.name) and count:
            member = candidate.values[0]
            reading.parts.notes.append(f"{count} other members contain '{member}'")


def _joints(reading: Reading, at: int) -> list[int]:
    """The "and" or "or" in front of an item."""
    return [at - 1] if at > 0 and reading.items[at - 1].has_role("and", "or") else []


def _choices(reading: Reading, at: int) -> list[Candidate]:
    """The dimensions a member may belong to; a dimension named in the question decides."""
    found = reading.values(at)
    whole = [c for c in found if not c.is_part]
    found = whole or found
    if len(found) > 1:
        named = {
            (c.model, c.name)
            for n in range(len(reading.items))
            for c in reading.dimensions(n)
            if n != at
        }
        described = [c for c in found if (c.model, c.name) in named]
        return described if len(described) == 1 else found
    return found


def _filter(name: str, values: list[str], negated: bool) -> Filter:
    if len(values) == 1:
        return Filter(dimension=name, op="!=" if negated else "=", values=tuple(values))
    return Filter(dimension=name, op="not_in" if negated else "in", values=tuple(values))


def _join_alternatives(
    reading: Reading, found: list[tuple[int, Filter]]
) -> list[tuple[int, Filter | AnyOf]]:
    """Two members of different dimensions joined by "or" are alternatives."""
    for joint in reading.words("or"):
        before, after = reading.before(joint), reading.after(joint)
        sides = [one for one in found if one[0] in (before, after)]
        if len(sides) == 2:
            reading.use(joint)
            rest: list[tuple[int, Filter | AnyOf]] = [one for one in found if one not in sides]
            return [*rest, (sides[0][0], AnyOf(any=(sides[0][1], sides[1][1])))]
    return [*found]


# ------------------------------------------------------------------ segments


def _find_segments(reading: Reading) -> None:
    numbers = [at for at in reading.free("segment") if reading.segment(at)]
    joined = _joined_segments(reading, numbers)
    for at in numbers:
        name = reading.segment(at)
        if name is None:
            continue
        reading.use(at)
        if at in reading.negated:
            reading.parts.excluded.append((at, name))
        elif at not in joined:
            other = _also_without(reading, at)
            if other is not None:
                reading.parts.ambiguous.append((reading.items[at].text, (name, other)))
            else:
                reading.parts.segments.append((at, name))
    if joined:
        names = tuple(dict.fromkeys(name for at in joined if (name := reading.segment(at))))
        reading.parts.filters.append((joined[0], AnyOf(segments=names)))


def _also_without(reading: Reading, at: int) -> Related | None:
    """Like "accounts without contacts": the row lacks one, or the account does."""
    words = reading.items[at].text.lower().split()
    if not GRAMMAR.get((words[0],), ()) or not any(m.role == "not" for m in GRAMMAR[(words[0],)]):
        return None
    found = reading.lexicon.find(words, len(words) - 1)
    others = {c.model for match in found for c in match.candidates if c.kind == "model"} - {
        reading.model
    }
    parents = {c.model for n in range(len(reading.items)) for c in reading.items[n].of("model")}
    for other in sorted(others):
        ours = set(reading.facts.model(reading.model).neighbours)
        if ours & set(reading.facts.model(other).neighbours) & parents:
            return Related(model=other, exists=False)
    return None


def _joined_segments(reading: Reading, numbers: list[int]) -> list[int]:
    """Segments joined by "and" or "or": "won and lost deals" are the rows of either."""
    for one in numbers:
        joint = one + 1
        other = reading.after(joint) if joint < len(reading.items) else None
        if other not in numbers or one in reading.negated or other in reading.negated:
            continue
        if reading.items[joint].has_role("and", "or", "compare") and reading.segment(
            one
        ) != reading.segment(other):
            reading.use(joint)
            return [one, other]
    return []


# ------------------------------------------------------------------ presence


def _find_presence(reading: Reading) -> None:
    """Like "without a next step", "with a contact on file"."""
    for at in list(reading.free("dimension")):
        candidate = reading.dimension_of_kind(at, "boolean", "text")
        if candidate is None or at in reading.grouped:
            continue
        negated = at in reading.negated
        name = reading.reference(candidate)
        if reading.kind_of(candidate) == "boolean":
            reading.parts.filters.append((at, Filter(dimension=name, values=(not negated,))))
            reading.use(at)
        elif negated or _follows_with(reading, at):
            op = "is_null" if negated else "is_not_null"
            reading.parts.filters.append(
                (at, Filter(dimension=name, op="is_null" if op == "is_null" else "is_not_null"))
            )
            reading.use(at)


def _follows_with(reading: Reading, at: int) -> bool:
    previous = reading.before(at, ("of", "distinct"))
    return previous is not None and reading.items[previous].has_role("with")


def _find_related(reading: Reading) -> None:
    """Like "accounts without contacts": rows with or without a row in another model."""
    for at in list(reading.free("model")):
        other = reading.other_model(at)
        if other is None or reading.is_entity(at) or at in reading.grouped:
            continue
        negated = at in reading.negated
        if not negated and not _follows_with(reading, at):
            continue
        segments = tuple(
            c.name
            for n in range(len(reading.items))
            for c in reading.items[n].of("segment")
            if c.model == other and n not in reading.used and reading.after(n) == at
        )
        for n in range(len(reading.items)):
            if reading.after(n) == at and any(
                c.model == other for c in reading.items[n].of("segment")
            ):
                reading.use(n)
        reading.parts.related.append(Related(model=other, exists=not negated, segments=segments))
        reading.use(at)


# ------------------------------------------------------------------ conditions on numbers


def find_conditions(reading: Reading) -> None:
    """Attach every "over $500k" to the number or metric that it limits."""
    for at in list(reading.free("condition")):
        condition = reading.items[at].condition
        if condition is not None and _attach(reading, at, condition):
            reading.use(at)


def _attach(reading: Reading, at: int, condition: Condition) -> bool:
    before = reading.before(at, ("of", "with", "verb_is", "where", "pronoun", "also", "by"))
    after = reading.skip_modifiers(reading.after(at), 1)
    for near in (before, after):
        if near is not None and _limit_number(reading, at, near, condition):
            return True
    is_counting = not condition.unit
    if after is not None and is_counting and _limit_count(reading, at, after, condition):
        return True
    for near in (after, before):
        if near is not None and _limit_metric(reading, at, near, condition):
            return True
    return _limit_rows(reading, at, condition)


def _limit_number(reading: Reading, at: int, near: int, condition: Condition) -> bool:
    """Like "probability above 70%", "more than 30 days in stage"."""
    candidate = reading.dimension_of_kind(near, "number")
    if candidate is None or near in reading.used:
        return False
    dimension = reading.facts.model(candidate.model).dimensions[candidate.name]
    if not _fits_unit(dimension, condition):
        return False
    reading.use(near)
    _add_filter(reading, at, reading.reference(candidate), dimension, condition)
    return True


def _fits_unit(dimension: Dimension, condition: Condition) -> bool:
    if condition.unit == "percent":
        return dimension.format == "percent" or _is_hundred(dimension)
    return not condition.unit or unit_of(dimension) == condition.unit


def _is_hundred(dimension: Dimension) -> bool:
    """True for a percentage kept as 0 to 100."""
    return (
        dimension.format != "percent" and "%" in f"{dimension.label} {' '.join(dimension.synonyms)}"
    )


def _scaled(value: Decimal, is_fraction: bool, condition: Condition) -> Decimal:
    return value / 100 if is_fraction and condition.unit == "percent" else value


def _add_filter(
    reading: Reading, at: int, name: str, dimension: Dimension, condition: Condition
) -> None:
    is_fraction = dimension.format == "percent"
    low = _scaled(condition.low, is_fraction, condition)
    if condition.op == "between":
        high = _scaled(condition.high or low, is_fraction, condition)
        found = Filter(dimension=name, op="between", values=(low, high))
    else:
        found = Filter(dimension=name, op=condition.op, values=(low,))
    reading.parts.filters.append((at, found))


def _limit_count(reading: Reading, at: int, after: int, condition: Condition) -> bool:
    """Like "accounts with at least 3 open deals": a condition on the number of rows of a group."""
    if not reading.parts.group or after in reading.grouped:
        return False
    if reading.is_entity(after):
        metric = reading.facts.count_metric(reading.model)
    elif (candidate := reading.dimension_of_kind(after, "text")) is not None and reading.items[
        after
    ].kind != "value":
        metric = reading.facts.distinct_metric(
            reading.model, reading.reference(candidate), reading.other_model(after)
        )
    elif (other := reading.other_model(after)) is not None:
        metric = reading.facts.count_metric(other)
    else:
        return False
    bound = [n for n in range(at + 1, after) if reading.segment(n) and n not in reading.used]
    segments = frozenset(name for n in bound if (name := reading.segment(n)))
    named = reading.facts.with_segments(metric, segments) if segments else metric
    if named is not None:
        reading.use(*bound)
    elif reading.parts.measures:
        return False  # the segment belongs to the condition alone and no metric says so
    reading.use(after)
    return _add_having(reading, at, named or metric, condition, is_fraction=False)


def _limit_metric(reading: Reading, at: int, near: int, condition: Condition) -> bool:
    """Like "with a win rate above 50%", "more than $18 million of open pipeline"."""
    names = [c.name for c in reading.metrics(near)] or [
        m.metric for m in reading.parts.measures if m.at == near
    ]
    if not names or not reading.parts.group:
        return False
    metric = reading.facts.catalog.metrics.get(names[0])
    format_ = metric.format if metric else "number"
    unit = unit_of(metric) if metric else ""
    if condition.unit == "percent" and format_ not in ("percent", "number"):
        return False
    if condition.unit not in ("", "percent") and unit != condition.unit:
        return False
    reading.use(near)
    return _add_having(reading, at, names[0], condition, is_fraction=format_ == "percent")


def _add_having(
    reading: Reading, at: int, metric: str, condition: Condition, *, is_fraction: bool
) -> bool:
    low = _scaled(condition.low, is_fraction, condition)
    if is_fraction and not condition.unit and low > 1:
        low /= 100  # "win rate above 50" can only mean percent
    parts = reading.parts
    if condition.op == "between":
        high = _scaled(condition.high or low, is_fraction, condition)
        parts.having += [
            Having(metric=metric, op=">=", value=low),
            Having(metric=metric, op="<=", value=high),
        ]
    else:
        parts.having.append(Having(metric=metric, op=condition.op, value=low))
    if not any(measure.metric == metric for measure in parts.measures):
        parts.measures.append(Measure(metric, frozenset(), at))
    return True


def _limit_rows(reading: Reading, at: int, condition: Condition) -> bool:
    """Like "deals above $150k": what rows are measured by, if the unit says so."""
    model = reading.facts.model(reading.model)
    if condition.unit == "currency" or (not condition.unit and condition.low >= 1_000):
        amount = reading.facts.amount_dimension(reading.model)
        if amount is not None and amount.format == "currency":
            _add_filter(reading, at, amount.name, amount, condition)
            return True
        return False
    if not condition.unit and not is_quality(condition.word):
        return False
    fitting = [
        d
        for d in model.dimensions.values()
        if d.kind == "number" and not d.hidden and _fits_unit(d, condition)
    ]
    described = [d for d in fitting if measures_quality(d, condition.word)]
    if described or not condition.unit:
        fitting = described
    if len(fitting) == 1:
        _add_filter(reading, at, fitting[0].name, fitting[0], condition)
        return True
    if fitting:
        labels = ", ".join(d.label for d in fitting)
        reading.parts.unclear.append(f"'{reading.items[at].text}' may be about {labels}.")
        return True
    return False
