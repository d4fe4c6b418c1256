"""Limits on what single rows are measured by: "deals above $150k", "longer than 30 days".

Called by `number_filters.py` and `row_conditions.py`. Invariant: a limit without a name goes by the
one number that its unit and its words fit; where two fit it is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from semantic.definitions import Dimension
from semantic.request import Filter
from server.planner.builtin.durations import is_made_of
from server.planner.builtin.named_numbers import number_of_state
from server.planner.builtin.naming import (
    degrees_of,
    is_quality,
    measures_quality,
    own_unit,
    plain_names,
    unit_of,
)
from server.planner.builtin.numbers import Condition
from server.planner.builtin.reading import Reading
from server.planner.builtin.settling import has_rows
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR


def fits_unit(dimension: Dimension, condition: Condition) -> bool:
    """True where a condition can be on the dimension: "over 30%" on no amount of money."""
    if condition.unit == "percent":
        return dimension.format == "percent" or _is_hundred(dimension)
    return not condition.unit or condition.unit in (unit_of(dimension), own_unit(dimension))


def _is_hundred(dimension: Dimension) -> bool:
    """True for a percentage kept as 0 to 100."""
    return (
        dimension.format != "percent" and "%" in f"{dimension.label} {' '.join(dimension.synonyms)}"
    )


def _as_kept(
    reading: Reading, value: Decimal, dimension: Dimension, condition: Condition
) -> Decimal:
    """A percentage as the dimension keeps it: 0.7 and 70 are the same chance."""
    if dimension.format == "percent":
        return value / 100 if condition.unit == "percent" or abs(value) > 1 else value
    if _is_hundred(dimension) and not condition.unit and 0 < value < 1:
        reading.parts.notes.append(f"read {value} as {value * 100:g}%")
        return value * 100
    return value


def add_filter(
    reading: Reading, at: int, name: str, dimension: Dimension, condition: Condition
) -> None:
    """Add what item `at` says of a dimension, which is written `name` from the model."""
    low = _as_kept(reading, condition.low, dimension, condition)
    if condition.op == "between":
        high = _as_kept(reading, condition.high or low, dimension, condition)
        found = Filter(dimension=name, op="between", values=(low, high))
    else:
        found = Filter(dimension=name, op=condition.op, values=(low,))
    reading.parts.filters.append((at, found))


def _is_of_metric(reading: Reading, at: int) -> bool:
    """Like "is the revenue higher than 90 million": of the metric, not of its rows."""
    if _is_had(reading, at):
        return True
    before = reading.before(at, ())
    is_said = before is not None and reading.items[before].has_role("verb_is")
    near = reading.before(at)
    first = reading.items[0].has_role("verb_is") and near is not None and not has_rows(reading)
    is_metric = near is not None and bool(reading.items[near].of("metric"))
    return is_metric and (is_said or first)


def _is_had(reading: Reading, at: int) -> bool:
    """Like "customers with revenue above 2000": said of what has the metric, never of its rows."""
    metric = reading.before(at)
    if metric is None or metric == 0 or not reading.items[metric].of("metric"):
        return False
    return reading.items[metric - 1].has_role("with", "where")


def _of_other_times(
    reading: Reading,
    at: int,
    condition: Condition,
    fitting: Sequence[Dimension],
    *,
    is_described: bool,
) -> str:
    """Why the numbers of that unit are not what is limited; empty where they are."""
    item = reading.items[at]
    if not _is_time_of_state(reading, at, fitting):
        return f"The data holds no number for how long '{reading.items[at - 1].text}' lasts."
    if is_described or condition.word not in degrees_of("old") | degrees_of("young"):
        return ""
    # How long something took is not how old it is.
    dates = reading.facts.model(reading.model).dimensions.values()
    times = ", ".join(d.label for d in dates if d.kind == "time" and not d.hidden)
    asked = f" Counted from which date: {times}?" if times else ""
    return f"The data holds no age that '{item.text}' could be about.{asked}"


def _is_time_of_state(reading: Reading, at: int, fitting: Sequence[Dimension]) -> bool:
    """False for "open for more than 90 days" where the times known are of something else."""
    state = reading.items[at - 1] if at > 0 else None
    is_lasting = state is not None and (
        bool(state.of("segment")) or reading.dimension_of_kind(at - 1, "boolean") is not None
    )
    if state is None or not is_lasting:
        return True
    said = words_of(state.text)
    opens = GRAMMAR.get(said[:1], ())
    if at - 1 in reading.negated or any(meaning.role == "not" for meaning in opens):
        return False  # what has not happened took no time
    named = {
        word
        for one in fitting
        for text in plain_names(one.name, one.label, one.synonyms)
        for word in words_of(text)
    }
    return any(is_made_of(word, noun) for word in said for noun in named)


def _limits_unclear(reading: Reading, at: int) -> bool:
    """Like "customers with at least 1M": of groups, their single rows or what they add up to?"""
    counted = any(m.metric.startswith("count_distinct(") or _counts_members(reading, m.metric)
                  for m in reading.parts.measures)  # fmt: skip
    if not reading.parts.group and not counted:
        return False
    near = (reading.skip_modifiers(reading.before(at), -1), reading.after(at))
    return not any(n is not None and reading.is_entity(n) for n in near)


def _counts_members(reading: Reading, metric: str) -> bool:
    found = reading.facts.catalog.metrics.get(metric)
    return found is not None and found.agg == "count_distinct"


def _is_of_rows(reading: Reading, at: int) -> bool:
    """True where a percentage can only be one of the rows: "orders above 20%", no metric near."""
    before = reading.skip_modifiers(reading.before(at), -1)
    following = reading.items[at + 1] if at + 1 < len(reading.items) else None
    is_share = following is not None and (following.has_role("of") or following.of("metric"))
    return before is not None and reading.is_entity(before) and not is_share


def _limit_amount(reading: Reading, at: int, condition: Condition) -> bool:
    """Like "orders above $150": the amount of money that each row is about."""
    amount = reading.facts.amount_dimension(reading.model)
    if amount is None or amount.format != "currency":
        return False
    if _is_of_another(reading, at, amount, condition):
        return False
    add_filter(reading, at, amount.name, amount, condition)
    return True


def _is_of_another(reading: Reading, at: int, amount: Dimension, condition: Condition) -> bool:
    """Like "of more than 200" behind what is no row, or behind a state that a number decides."""
    noun = reading.skip_modifiers(reading.before(at), -1)
    is_of = at > 0 and reading.items[at - 1].has_role("of")
    if is_of and not (noun is not None and reading.is_entity(noun)):
        return True
    state = number_of_state(reading, at)
    return state is not None and state.name != amount.name and fits_unit(state, condition)


def limit_rows(reading: Reading, at: int, condition: Condition) -> bool:
    """Like "deals above $150k": what rows are measured by, if the unit says so."""
    model = reading.facts.model(reading.model)
    if _limits_unclear(reading, at) or _is_of_metric(reading, at):
        return False
    if condition.unit == "percent" and not _is_of_rows(reading, at):
        return False
    if condition.unit == "currency" or (not condition.unit and condition.low >= 1_000):
        return _limit_amount(reading, at, condition)
    if not condition.unit and not is_quality(condition.word):
        return False
    fitting = [
        d
        for d in model.dimensions.values()
        if d.kind == "number" and not d.hidden and fits_unit(d, condition)
    ]
    fitting = [d for n, d in enumerate(fitting) if all(d.expr != e.expr for e in fitting[:n])]
    described = [d for d in fitting if measures_quality(d, condition.word)]
    if described or not condition.unit:
        fitting = described
    if not fitting:
        return False
    unclear = _of_other_times(reading, at, condition, fitting, is_described=bool(described))
    if not unclear and len(fitting) > 1:
        labels = ", ".join(d.label for d in fitting)
        unclear = f"'{reading.items[at].text}' may be about {labels}."
    if unclear:
        reading.parts.unclear.append(unclear)
    else:
        add_filter(reading, at, fitting[0].name, fitting[0], condition)
    return True
