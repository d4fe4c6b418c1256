"""Conditions on numbers: "over $500k", "longer than 30 minutes", "a discount of 20".

A step of composing. Invariant: a condition is attached to the number or metric it stands beside
and whose unit fits; where two fit it is asked back, never guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from semantic.definitions import Dimension, Metric
from semantic.request import Having
from server.planner.builtin.facts import Facts
from server.planner.builtin.group_conditions import is_said_of_groups, sum_of_group
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.naming import (
    own_unit,
    unit_of,
)
from server.planner.builtin.numbers import Condition
from server.planner.builtin.reading import GLUE, Measure, Reading
from server.planner.builtin.row_limits import add_filter, fits_unit, limit_rows
from server.planner.builtin.words import pairs


def find_conditions(reading: Reading) -> None:
    """Attach every "over $500k" to the number or metric that it limits."""
    for at in list(reading.free("condition")):
        condition = reading.items[at].condition
        if condition is not None and condition.unit == "currency":
            _check_currency(reading, at)
        if condition is not None and _attach(reading, at, condition):
            reading.use(at)
    for at in list(reading.free("number")):
        near, quantity = reading.before(at, ("of", "verb_is")), reading.items[at].quantity
        if near is not None and quantity is not None:
            exact = Condition("=", quantity.value, quantity.unit, quantity.length)
            if _limit_number(reading, at, near, exact) or _is_in_front(reading, at, exact):
                reading.use(at)
        elif quantity is not None and near is None:
            exact = Condition("=", quantity.value, quantity.unit, quantity.length)
            if _is_in_front(reading, at, exact):
                reading.use(at)


def _check_currency(reading: Reading, at: int) -> None:
    """An amount in another currency than the model's is not converted."""
    own = reading.facts.catalog.spec.currency
    said = reading.items[at].text.lower()
    codes = [codes for word, codes in _CURRENCIES.items() if word in re.split(r"[^a-z€£$]+", said)]
    codes += [code for sign, code in _SIGNS.items() if sign in said]
    if own and codes and not any(own in one.split(",") for one in codes):
        reading.parts.lacking.append(f"Amounts are kept in {own} and are not converted.")


_CURRENCIES: Final = pairs("currency")
_SIGNS: Final = {"€": "EUR", "£": "GBP", "$": "USD,CAD,AUD,EUR,GBP,CHF"}
"""A dollar sign is often only a sign for money."""


def _is_in_front(reading: Reading, at: int, exact: Condition) -> bool:
    """Like "with 80% probability": the number right in front of what it is a value of."""
    following = at + 1
    is_with = at > 0 and reading.items[at - 1].has_role("with", "where", "verb_is")
    if following >= len(reading.items) or not (is_with or exact.unit):
        return False
    return _limit_number(reading, at, following, exact)


def _attach(reading: Reading, at: int, condition: Condition) -> bool:
    before = reading.before(at, ("of", "with", "verb_is", "where", "pronoun", "also", "by"))
    after = _noun_after(reading, at)
    if before is not None and before in reading.negated and _is_named_number(reading, before):
        said = f"no {reading.items[before].text} {reading.items[at].text}"
        reading.parts.unclear.append(f"'{said}' may leave out those without any, or not.")
        return True
    for near in (before, after):
        if near is not None and _limit_number(reading, at, near, condition):
            return True
    is_counting = not condition.unit
    if after is not None and is_counting and _limit_count(reading, at, after, condition):
        return True
    for near in (after, before):
        if near is not None and _limit_metric(reading, at, near, condition):
            return True
    return limit_rows(reading, at, condition)


def _is_named_number(reading: Reading, at: int) -> bool:
    """True for a number or a metric by its name, which is no state and no rows."""
    item = reading.items[at]
    is_number = bool(item.of("metric")) or reading.dimension_of_kind(at, "number") is not None
    return is_number and not (item.of("model") or item.of("segment"))


def _noun_after(reading: Reading, at: int) -> int | None:
    """What a condition counts: the invoices of "more than 2 unpaid invoices"."""
    noun = reading.skip_modifiers(reading.after(at), 1)
    while noun is not None and noun + 1 < len(reading.items):
        is_flag = reading.dimension_of_kind(noun, "boolean") is not None
        if not (is_flag or reading.items[noun].has_role("not")) or reading.metrics(noun):
            return noun
        noun = reading.skip_modifiers(noun + 1, 1)
    return noun


def _limit_number(reading: Reading, at: int, near: int, condition: Condition) -> bool:
    """Like "probability above 70%", "more than 30 days in stage"."""
    candidate = reading.dimension_of_kind(near, "number")
    if candidate is None or near in reading.used:
        return False
    dimension = reading.facts.model(candidate.model).dimensions[candidate.name]
    if not fits_unit(dimension, condition):
        return False
    reading.use(near)
    if is_said_of_groups(reading, at, near, candidate):
        return _limit_groups(reading, at, near, candidate, condition)
    add_filter(reading, at, reading.reference(candidate), dimension, condition)
    return True


def _limit_groups(
    reading: Reading, at: int, near: int, number: Candidate, condition: Condition
) -> bool:
    """Like "brands with stock over 1000": on what each of them has in all, or asked back."""
    metric = sum_of_group(reading, number)
    if metric is not None and condition.op != "=":
        return _add_having(reading, at, metric, condition)
    first, second = sorted((at, near))
    said = f"{reading.items[first].text} {reading.items[second].text}"
    reading.parts.unclear.append(
        f"'{said}' may be said of each group as a whole or of each of its rows."
    )
    return True


def _scaled(value: Decimal, is_fraction: bool, condition: Condition) -> Decimal:
    return value / 100 if is_fraction and condition.unit == "percent" else value


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
    others = [n for n in range(at + 1, after) if n not in bound and not _is_glue(reading, n)]
    if others and reading.parts.measures:
        return False  # what else is said of them is no condition on the number asked for
    named = reading.facts.with_segments(metric, segments) if segments else metric
    if named is not None:
        reading.use(*bound)
    elif reading.parts.measures:
        return False  # the segment belongs to the condition alone and no metric says so
    reading.use(after)
    if _lets_none_pass(condition) and _is_borrowed(reading):
        reading.parts.unclear.append(
            f"Those without any {reading.items[after].text} are not among these rows; please ask "
            f"for 'at least one' as well, or for those without any."
        )
    return _add_having(reading, at, named or metric, condition)


def _lets_none_pass(condition: Condition) -> bool:
    """True for "fewer than 3", "0 to 2": what has none at all is meant too."""
    is_low = condition.op in ("<", "<=")
    return is_low or (condition.op in ("between", "=", ">=") and condition.low <= 0)


def _is_borrowed(reading: Reading) -> bool:
    """True for groups that are rows of another model, of which not each needs to have any."""
    found = (reading.facts.dimension(reading.model, name) for name in reading.parts.group)
    return any(one is not None and one.model != reading.model for one in found)


def _is_glue(reading: Reading, at: int) -> bool:
    return reading.items[at].has_role(*GLUE)


def _limit_metric(reading: Reading, at: int, near: int, condition: Condition) -> bool:
    """Like "with a win rate above 50%", "more than $18 million of open pipeline"."""
    names = [c.name for c in reading.metrics(near)] or [
        m.metric for m in reading.parts.measures if m.at == near
    ]
    if not names or not reading.parts.group:
        return False
    if not fits_metric(reading.facts, reading.model, names[0], condition):
        return False
    reading.use(near)
    return _add_having(reading, at, names[0], condition)


def _described(facts: Facts, model: str | None, metric: str) -> Metric | Dimension | None:
    """The metric of that name, or the dimension that an inline one such as "avg(x)" is of."""
    found = facts.catalog.metrics.get(metric)
    agg, _, inner = metric.rstrip(")").partition("(")
    if found is not None or model is None or agg.startswith("count"):
        return found
    return facts.dimension(model, inner)


def fits_metric(facts: Facts, model: str | None, metric: str, condition: Condition) -> bool:
    """True where a condition can be on the metric: "over 30%" on no amount of money."""
    found = _described(facts, model, metric)
    format_ = found.format if found is not None else "number"
    if condition.unit == "percent" and format_ not in ("percent", "number"):
        return False
    known = (unit_of(found), own_unit(found)) if found is not None else ("", "")
    return condition.unit in ("", "percent", *known)


def having_of(facts: Facts, model: str | None, metric: str, condition: Condition) -> list[Having]:
    """The condition as one or two on the metric of a group."""
    found = _described(facts, model, metric)
    is_fraction = found is not None and found.format == "percent"
    low = _scaled(condition.low, is_fraction, condition)
    if is_fraction and not condition.unit and low > 1:
        low /= 100  # "win rate above 50" can only mean percent
    if condition.op != "between":
        return [Having(metric=metric, op=condition.op, value=low)]
    high = _scaled(condition.high or low, is_fraction, condition)
    if is_fraction and not condition.unit and high > 1:
        high /= 100
    return [
        Having(metric=metric, op=">=", value=low),
        Having(metric=metric, op="<=", value=high),
    ]


def _add_having(reading: Reading, at: int, metric: str, condition: Condition) -> bool:
    parts = reading.parts
    _check_owner(reading, at)
    parts.having += having_of(reading.facts, reading.model, metric, condition)
    if not any(measure.metric == metric for measure in parts.measures):
        parts.measures.append(Measure(metric, frozenset(), at))
    return True


def _check_owner(reading: Reading, at: int) -> None:
    """Like "accounts with more than 2 tickets by product": of the accounts, or of each pair?"""
    before = [n for n in reading.grouped if n < at]
    behind = [n for n in reading.grouped if n > at and reading.items[n - 1].has_role("by")]
    if before and behind:
        one, other = reading.items[before[0]].text, reading.items[behind[0]].text
        reading.parts.unclear.append(
            f"It is not clear whether '{reading.items[at].text}' is said of the {one} as a whole "
            f"or for each {other}."
        )
