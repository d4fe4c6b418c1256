"""The calendar as SQL: periods, fiscal years, weeks and shifts of dates.

Called by `emit`. DuckDB's date_trunc and date + interval return timestamps; here a date
stays a date. Invariant: fiscal years are named after the calendar year they end in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from semantic import typed as t
from semantic.definitions import Catalog
from semantic.spec import Month

STEP_MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
STEP_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class CalendarSql:
    """Spells the date functions for one catalog's calendar."""

    catalog: Catalog

    @property
    def fiscal_shift(self) -> int:
        """Months between January and the first month of the fiscal year, 0 to 11."""
        return get_args(Month).index(self.catalog.calendar.fiscal_year_start)

    def call(self, expr: t.Apply, args: list[str]) -> str | None:
        """The text of a date function that the calendar spells; None for any other function."""
        name = expr.function.name
        if name == "date_trunc":
            return self.period_start(_constant(expr.args[0]), args[1])
        if name in ("date_part", "datepart"):
            return self._part(_constant(expr.args[0]), args[1])
        if name in ("date_diff", "datediff"):
            return self._difference(_constant(expr.args[0]), args[1], args[2])
        if name == "periods":
            return self._periods(_constant(expr.args[0]), args[1], args[2])
        if name == "fiscal_year":
            return self._fiscal_year(args[0])
        if name == "fiscal_quarter":
            quarter = f"quarter({self._unshifted(args[0])})"
            # Not concat(), which makes 'FY-Q' of a missing date.
            return f"('FY' || {self._fiscal_year(args[0])} || '-Q' || {quarter})"
        return None

    def period_start(self, grain: str, text: str) -> str:
        """The first day of the period that the date `text` lies in, as a DATE."""
        if grain.startswith("fiscal_"):
            unit = grain.removeprefix("fiscal_")
            shift = self.fiscal_shift
            if shift == 0:
                return f"CAST(date_trunc('{unit}', {text}) AS DATE)"
            moved = f"{text} - INTERVAL {shift} MONTH"
            return f"CAST(date_trunc('{unit}', {moved}) + INTERVAL {shift} MONTH AS DATE)"
        if grain == "week" and self.catalog.calendar.week_start == "sunday":
            moved = f"{text} + INTERVAL 1 DAY"
            return f"CAST(date_trunc('week', {moved}) - INTERVAL 1 DAY AS DATE)"
        return f"CAST(date_trunc('{grain}', {text}) AS DATE)"

    def shift(self, expr: t.Shift, text: str) -> str:
        """`text` moved by the interval of `expr`; a date stays a date."""
        sign = "-" if expr.amount < 0 else "+"
        moved = f"{text} {sign} INTERVAL {abs(expr.amount)} {expr.unit.upper()}"
        return f"CAST({moved} AS DATE)" if expr.type.kind == "date" else f"({moved})"

    def _periods(self, grain: str, first: str, last: str) -> str:
        months, days = STEP_MONTHS.get(grain), STEP_DAYS.get(grain)
        step = f"INTERVAL {months} MONTH" if months else f"INTERVAL {days} DAY"
        return f"CAST(unnest(generate_series({first}, {last}, {step})) AS DATE)"

    def _unshifted(self, text: str) -> str:
        return f"{text} - INTERVAL {self.fiscal_shift} MONTH" if self.fiscal_shift else text

    def _fiscal_year(self, text: str) -> str:
        year = f"year({self._unshifted(text)})"
        return f"({year} + 1)" if self.fiscal_shift else year

    def _part(self, part: str, text: str) -> str:
        if part == "fiscal_year":
            return self._fiscal_year(text)
        if part == "fiscal_quarter":
            return f"quarter({self._unshifted(text)})"
        return f"date_part('{part}', {text})"

    def _difference(self, unit: str, start: str, end: str) -> str:
        if unit.startswith("fiscal_"):
            unit = unit.removeprefix("fiscal_")
            return f"date_diff('{unit}', {self._unshifted(start)}, {self._unshifted(end)})"
        return f"date_diff('{unit}', {start}, {end})"


def _constant(expr: t.Expr) -> str:
    if not isinstance(expr, t.Constant):
        raise TypeError("a unit is always a constant of the function table")
    return str(expr.value)
