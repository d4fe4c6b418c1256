"""Conditions on a number of each row that is also a metric: "orders with revenue above 1000".

A step of composing, after the groups and before the measures. Invariant: what rows are said to
have is a condition on each of them; it is never what is computed, nor a condition on a sum.
"""

from __future__ import annotations

from typing import Final

from semantic import syntax
from semantic.definitions import Dimension
from server.planner.builtin.reading import Reading
from server.planner.builtin.row_limits import add_filter, fits_unit
from server.planner.builtin.words import GRAMMAR, Meaning

_OF_ONE_ROW: Final = ("sum", "avg", "median", "min", "max")
"""Aggregates that are the number itself where there is one row."""


def find_row_conditions(reading: Reading) -> None:
    """Fill the filters from "with <metric> above 5" behind the noun of the rows."""
    for at in list(reading.free("condition")):
        condition, named = reading.items[at].condition, _metric_said(reading, at)
        found = _number_of_row(reading, named) if named is not None else None
        if condition is None or named is None or found is None:
            continue
        name, dimension, segments = found
        if fits_unit(dimension, condition):
            add_filter(reading, at, name, dimension, condition)
            reading.parts.segments += [(named, one) for one in sorted(segments)]
            reading.use(named, at)


def _metric_said(reading: Reading, at: int) -> int | None:
    """The metric beside a condition, "with revenue above 5" or "with more than 5 in revenue"."""
    for named in (reading.before(at), reading.after(at)):
        if named is None or named in reading.used or not reading.items[named].of("metric"):
            continue
        if _is_said_of_rows(reading, min(named, at)):
            return named
    return None


def _is_said_of_rows(reading: Reading, at: int) -> bool:
    """True behind "with" or "whose" where the rows of the model are what has it."""
    if at == 0 or not reading.items[at - 1].has_role("with", "where", "and"):
        return False
    for owner in range(at - 2, -1, -1):
        if owner in reading.grouped:
            return False
        if reading.items[owner].of("model"):
            return reading.is_entity(owner)
        if not _is_between(reading, owner):
            return False
    return False


def _is_between(reading: Reading, at: int) -> bool:
    """True for what may stand between the rows and a further thing that is said of them."""
    item = reading.items[at]
    is_date = reading.dimension_of_kind(at, "time") is not None
    is_said = item.kind in ("segment", "value", "time", "condition") or at in reading.used
    return is_said or is_date or item.has_role("with", "where", "and", "verb_is", "of", "not")


def _number_of_row(reading: Reading, at: int) -> tuple[str, Dimension, frozenset[str]] | None:
    """The dimension that item `at` means of one row, its name here, and what must hold of the row.

    A sum over the rows of a segment is of one row its number where the row is in the segment.
    """
    candidate = reading.dimension_of_kind(at, "number")
    if candidate is not None:
        dimension = reading.facts.model(candidate.model).dimensions[candidate.name]
        return reading.reference(candidate), dimension, frozenset()
    found = reading.metrics(at)
    metric = reading.facts.catalog.metrics.get(found[0].name) if len(found) == 1 else None
    if metric is None or metric.model != reading.model or metric.agg not in _OF_ONE_ROW:
        return None
    said = [m.role for word in reading.items[at].text.lower().split() for m in _meanings(word)]
    is_mean_of_rows = metric.agg != "sum" and "aggregate" in said  # "with an average score above"
    segments = reading.facts.own_segments(metric.name)
    if is_mean_of_rows or segments is None or not isinstance(metric.expr, syntax.Name):
        return None
    inner = reading.facts.model(metric.model).dimensions.get(metric.expr.parts[-1])
    return (inner.name, inner, segments) if inner is not None else None


def _meanings(word: str) -> tuple[Meaning, ...]:
    return GRAMMAR.get((word,), ())
