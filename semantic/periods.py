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
from semantic.rewrite import all_of, children, columns_of
from semantic.types import BOOLEAN, DATE, TEXT

if TYPE_CHECKING:
    from semantic.series import Series

STEPS = {
    "day": (1, "day"), "week": (1, "week"), "month": (1, "month"), "quarter": (3, "month"),
    "year": (12, "month"), "fiscal_quarter": (3, "month"), "fiscal_year": (12, "month"),
}  # fmt: skip
MONTHS = {"month": 1, "quarter": 3, "year": 12}
_UNITS_AROUND = {
    "month": ("month", "quarter", "year", "fiscal_quarter", "fiscal_year"),
    "quarter": ("quarter", "year"), "fiscal_quarter": ("fiscal_quarter", "fiscal_year"),
    "week": ("week",), "year": ("year",), "fiscal_year": ("fiscal_year",),
}  # fmt: skip
"""Units that every period of a grain lies in wholly."""
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


def keeps_whole_periods(condition: t.Expr, times: Set[str], grain: str) -> bool:
    """True where a condition that holds on both ends of a period holds on all of its days.

    Either its value cannot change inside a period (the year of a month), or it describes one
    stretch of time. A day left out in the middle (`<>`, OR, weekdays) is neither.
    """
    if grain == "day" or _is_constant(condition, times, grain):
        return True
    if not isinstance(condition, t.Operation):
        return False
    first, *others = condition.operands
    match condition.op:
        case "and":
            return all(keeps_whole_periods(p, times, grain) for p in condition.operands)
        case "not":
            return isinstance(first, t.Test) and first.value is None
        case "between":
            return _grows(first, times) and not _reads(others, times)
        case "=" | "<" | "<=" | ">" | ">=":
            sides = ((first, others), (others[0], [first]))
            return any(_grows(one, times) and not _reads(rest, times) for one, rest in sides)
        case _:
            return False


def _reads(parts: list[t.Expr], times: Set[str]) -> bool:
    return any(column.name in times for part in parts for column in columns_of(part))


def _unit_of(expr: t.Expr) -> str:
    """The period that a date function names: 'month' for date_trunc('month', d) and month(d)."""
    if not isinstance(expr, t.Apply):
        return ""
    name, unit = expr.function.name, expr.function.name
    if name in ("date_trunc", "date_part", "datepart"):
        unit = str(expr.args[0].value) if isinstance(expr.args[0], t.Constant) else ""
    # The number of a week is the engine's, which knows no weeks from Sunday.
    return unit if unit in STEPS and (unit != "week" or name == "date_trunc") else ""


def _is_constant(expr: t.Expr, times: Set[str], grain: str) -> bool:
    if isinstance(expr, t.Column):
        return expr.name not in times
    if _unit_of(expr) in _UNITS_AROUND.get(grain, ()):
        return True
    return all(_is_constant(part, times, grain) for part in children(expr))


def _grows(expr: t.Expr, times: Set[str]) -> bool:
    """True for the time and for functions of it that never fall while it grows."""
    match expr:
        case t.Column():
            return expr.name in times
        case t.Conversion() | t.Shift():
            return expr.type.is_time and _grows(expr.operand, times)
        case t.Apply():
            name, unit = expr.function.name, _unit_of(expr)
            rising = name == "date_trunc" or unit in ("year", "fiscal_year")
            return rising and _grows(expr.args[-1], times)
        case _:
            return False


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
