"""The structured query object: what to ask, as data.

Made by the built-in planner and by `POST /api/semantic/query`; `request.py` writes its semantic
SQL. Invariant: frozen; an unknown key, operator or arity is an error, names are not checked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from semantic.spec import Grain, Name, Spec

Reference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=130)]
MetricReference = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*(\([a-z][a-z0-9_.]*\))?$", max_length=130)
]
Text = Annotated[str, Field(max_length=500)]
Value = bool | int | Decimal | date | Text
Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "in", "not_in", "between",
    "contains", "not_contains", "starts_with", "is_null", "is_not_null",
]  # fmt: skip
Comparison = Literal["=", "!=", ">", ">=", "<", "<="]
Level = Literal["prior_period", "prior_year"]
Overall = Literal["count", "sum", "avg", "median", "min", "max", "stddev"]

MAX_ITEMS: Final = 50
MAX_VALUES: Final = 1_000
_ARITY: Final[Mapping[str, tuple[int, int]]] = {
    "in": (1, MAX_VALUES), "not_in": (1, MAX_VALUES), "between": (2, 2),
    "is_null": (0, 0), "is_not_null": (0, 0),
}  # fmt: skip
INLINE: Final = re.compile(
    r"(sum|avg|min|max|median|stddev|count_distinct|p\d{1,2})\(([a-z][a-z0-9_.]*)\)"
)
"""An aggregate over a dimension in place of a metric's name."""


class TimeRange(Spec):
    """Half-open: `start` belongs to it, `end` does not; either may be open."""

    start: date | None = None
    end: date | None = None

    @model_validator(mode="after")
    def _forwards(self) -> TimeRange:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("'start' must lie before 'end' ('end' is the first day after)")
        return self


class TimeSpec(Spec):
    """Which dates count, at which grain they are shown, and what they are compared with."""

    dimension: Reference | None = None
    """Empty: the default time dimension of the metrics' model."""
    range: TimeRange | None = None
    grain: Grain | None = None
    compare: Level | TimeRange | None = None
    """With a grain: what each month (or the like) stands beside, the last one or a year before."""


class Filter(Spec):
    """One condition on a dimension; `!=` and `not_in` keep the rows without a value."""

    dimension: Reference
    op: Operator = "="
    values: Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES)] = ()

    @model_validator(mode="after")
    def _arity(self) -> Filter:
        low, high = _ARITY.get(self.op, (1, 1))
        if not low <= len(self.values) <= high:
            wanted = str(low) if low == high else f"at least {low}"
            raise ValueError(f"'{self.op}' takes {wanted} value(s), not {len(self.values)}")
        return self


class AnyOf(Spec):
    """Conditions of which one must hold; a segment may be among them."""

    any: Annotated[tuple[Filter, ...], Field(max_length=MAX_ITEMS)] = ()
    segments: tuple[Reference, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> AnyOf:
        if not self.any and not self.segments:
            raise ValueError("give at least one condition in 'any' or 'segments'")
        return self


class Related(Spec):
    """Rows that have, or do not have, a row in a related model."""

    model: Name
    exists: bool = True
    segments: tuple[Reference, ...] = ()
    filters: tuple[Filter, ...] = ()


class Part(Spec):
    """The part whose share of the whole is asked."""

    segments: tuple[Reference, ...] = ()
    filters: tuple[Filter | AnyOf, ...] = ()
    excluded_segments: tuple[Reference, ...] = ()


class Having(Spec):
    """A condition on a metric of each group."""

    metric: MetricReference
    op: Comparison
    value: int | Decimal


class OrderBy(Spec):
    """One item of the order, by metric or dimension."""

    name: Annotated[str, Field(max_length=130)]
    direction: Literal["asc", "desc"] = "desc"


class SemanticQuery(Spec):
    """One question to the semantic model. Its JSON is the body of `POST /api/semantic/query`."""

    model: Name | None = None
    """Empty: the one model that has it all, otherwise the relation that spans all models."""
    metrics: Annotated[tuple[MetricReference, ...], Field(max_length=MAX_ITEMS)] = ()
    """Metric names, or `median(dimension)` and the like."""
    dimensions: Annotated[
        tuple[Annotated[str, Field(max_length=130)], ...], Field(max_length=MAX_ITEMS)
    ] = ()
    """`name`, `model.name` or `name.grain` for times."""
    filters: Annotated[tuple[Filter | AnyOf, ...], Field(max_length=MAX_ITEMS)] = ()
    segments: Annotated[tuple[Reference, ...], Field(max_length=MAX_ITEMS)] = ()
    excluded_segments: Annotated[tuple[Reference, ...], Field(max_length=MAX_ITEMS)] = ()
    related: Annotated[tuple[Related, ...], Field(max_length=5)] = ()
    time: TimeSpec | None = None
    share: bool = False
    """Adds to every metric a column with its share of the total."""
    part: Part | None = None
    """One row instead: the part, the whole and the part's share."""
    having: Annotated[tuple[Having, ...], Field(max_length=MAX_ITEMS)] = ()
    order_by: Annotated[tuple[OrderBy, ...], Field(max_length=MAX_ITEMS)] = ()
    limit: Annotated[int, Field(ge=1, le=100_000)] | None = None
    place: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Only the rows at this place of the order; equal ones share a place."""
    limit_per: Annotated[
        tuple[Annotated[str, Field(max_length=130)], ...], Field(max_length=3)
    ] = ()
    """Groups (of `dimensions`, or the grain's time) that get `limit` rows each; ties all stay."""
    overall: Overall | None = None
    """One row instead: how many groups there are, or this aggregate of the groups' metrics. With
    `share` (and `sum`), what the groups left by `limit` make of all."""
    detail: bool = False
    """Rows as they are, not grouped."""


def shift_range(wanted: TimeRange, compare: Level | TimeRange) -> TimeRange | None:
    """The range to compare with: the one given, the one just before, or a year earlier.

    Whole months move by months, everything else by days. None where a bound is open.

    >>> shift_range(TimeRange(start=date(2025, 3, 1), end=date(2025, 4, 1)), "prior_period").start
    datetime.date(2025, 2, 1)
    """
    if isinstance(compare, TimeRange):
        return compare
    if wanted.start is None or wanted.end is None:
        return None
    months = (wanted.end.year - wanted.start.year) * 12 + wanted.end.month - wanted.start.month
    if compare == "prior_year":
        return TimeRange(start=add_months(wanted.start, -12), end=add_months(wanted.end, -12))
    if wanted.start.day == 1 and wanted.end.day == 1:
        return TimeRange(start=add_months(wanted.start, -months), end=wanted.start)
    return TimeRange(start=wanted.start - (wanted.end - wanted.start), end=wanted.start)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month.

    >>> add_months(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)

    Raises:
        OverflowError: there is no such year.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("no calendar reaches that far")
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
