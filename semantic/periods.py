"""Periods: the time key of a block, ends and ranges of periods, the spine without gaps.

Called by `series`. Invariant: a period is half open, from its first day to the first day of
the next one; a range over time is described by dates only.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semantic import typed as t
from semantic.definitions import Cumulative
from semantic.functions import FUNCTIONS, Function
from semantic.parts import output
from semantic.rewrite import all_of
from semantic.types import BOOLEAN, DATE, TEXT

if TYPE_CHECKING:
    from semantic.series import Series

STEPS = {
    "day": (1, "day"), "week": (1, "week"), "month": (1, "month"), "quarter": (3, "month"),
    "year": (12, "month"), "fiscal_quarter": (3, "month"), "fiscal_year": (12, "month"),
}  # fmt: skip
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIODS = Function("periods", "scalar", (), "date", "", ("unnest", "generate_series"))
"""Every period start from the first to the last argument; spelled by `calendar`."""


@dataclass(frozen=True, slots=True)
class TimeKey:
    """A group key that is a period of the model's time."""

    name: str
    grain: str


def find_time_key(name: str, expr: t.Expr, times: Set[str]) -> TimeKey | None:
    """The time key that `expr` is: the bare time (days) or date_trunc of it; or None."""
    if isinstance(expr, t.Column) and expr.name in times and expr.type == DATE:
        return TimeKey(name, "day")
    if isinstance(expr, t.Apply) and expr.function.name == "date_trunc":
        unit, operand = expr.args
        if isinstance(operand, t.Column) and operand.name in times and isinstance(unit, t.Constant):
            return TimeKey(name, str(unit.value))
    return None


def period_end(period: t.Expr, grain: str) -> t.Expr:
    """The first day after the period that starts at `period`."""
    amount, unit = STEPS[grain]
    return t.Shift(DATE, period, amount, unit)


def trunc(grain: str, day: t.Expr) -> t.Expr:
    """The first day of the period that `day` lies in."""
    return t.Apply(DATE, FUNCTIONS["date_trunc"], (t.Constant(TEXT, grain), day))


def cumulative_range(spec: Cumulative, day: t.Expr, end: t.Expr) -> t.Expr:
    """The condition that `day` counts for a total up to (not including) `end`."""
    before = t.Operation(BOOLEAN, "<", (day, end))
    if spec.to_date is not None:
        start = trunc(spec.to_date, t.Shift(DATE, end, -1, "day"))
    elif spec.window is not None:
        amount, unit = spec.window
        start = t.Shift(DATE, end, -amount, unit)
    else:
        return before
    return all_of([t.Operation(BOOLEAN, ">=", (day, start)), before]) or before


def is_aligned(grain: str, amount: int, unit: str) -> bool:
    """True where an offset is a whole number of periods.

    >>> is_aligned("month", 1, "quarter"), is_aligned("quarter", 1, "month")
    (True, False)
    """
    if grain == "day":
        return True
    if grain == "week":
        return unit == "week" or (unit == "day" and amount % 7 == 0)
    if unit not in MONTHS:
        return False
    return amount * MONTHS[unit] % STEPS[grain][0] == 0


def filled_periods(series: Series, base: str, column: str, grain: str) -> str:
    """The WITH item with every period between the first and the last date of `base`."""
    source = series.context.new_id()
    day = t.Column(DATE, source, column)
    first, last = (
        trunc(grain, t.Aggregate(DATE, FUNCTIONS[name], (day,))) for name in ("min", "max")
    )
    period = t.Apply(DATE, PERIODS, (t.Constant(TEXT, grain), first, last))
    alias = series.context.new_alias("dated_rows")
    select = t.Select(
        (output("period", period),), t.CteSource(source, alias, base), grouped=True,
        note=f"every {grain.replace('_', ' ')} from the first to the last",
    )  # fmt: skip
    return series.cte("periods", select)
