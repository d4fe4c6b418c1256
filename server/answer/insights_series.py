"""What can be read off a time series: from where to where, peaks, runs, gaps, who moved.

Called by `insights.py`. Invariant: a period that is not over is never held against one that is;
every number is a cell, or a sum, share or difference of cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from semantic.query_object import add_months
from semantic.request_names import in_sentence
from server.answer.formats import format_date, format_value, show
from server.answer.ranking import Ranked, percent, rank, small_samples, total_by
from server.answer.shape import Finding, is_cut, is_filtered, shown_days, total

Row = tuple[Any, ...]
_RUN: Final = 3
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


def read_series(finding: Finding, currency: str) -> list[str]:
    """The sentences, the first one says how it went."""
    if len(finding.times) != 1:
        return []
    if finding.names:
        return _read_lines(finding, currency) if len(finding.names) == 1 else []
    line = _Line(finding, finding.table.rows, currency)
    return line.read()


def open_periods(finding: Finding, currency: str) -> list[str]:
    """Of periods in the order of their number: the one that is not over, or those cut short."""
    if len(finding.times) != 1 or finding.names:
        return []
    line = _Line(finding, finding.table.rows, currency)
    return [*line.cut_ends(), *line.open_end()]


class _Line:
    """One line of a series, by the first number."""

    def __init__(self, finding: Finding, rows: Sequence[Row], currency: str) -> None:
        self.finding = finding
        self.currency = currency
        self.axis, self.number = finding.times[0], finding.numbers[0]
        self.column = finding.column(self.number)
        dated = [row for row in rows if row[self.axis] is not None]
        self.rows = sorted(dated, key=lambda row: str(row[self.axis]))
        self.filled = [row for row in self.rows if row[self.number] is not None]
        self.start, self.end = shown_days(finding, self.axis)
        over = [row for row in self.filled if self._is_over(row)]
        self.open = [row for row in self.filled if row not in over]
        self.cut = [row for row in over if self._is_cut(row)]
        self.whole = [row for row in over if row not in self.cut]

    def read(self) -> list[str]:
        if len(self.filled) < 2:
            return []
        found = [*self._growth(), *self._steps(), self._peaks(), *self._run()]
        found += [*self.cut_ends(), *self.open_end()]
        if len(self.filled) < len(self.rows):
            missing = len(self.rows) - len(self.filled)
            found.append(f"{missing} of {len(self.rows)} periods have no value.")
        ranked = rank(self.finding, self.number, self.currency)
        return [*found[:3], *small_samples(ranked), *found[3:]]

    def _is_over(self, row: Row) -> bool:
        """True where the period lies wholly before the answer's clock, as far as that shows."""
        period, as_of = self._period(row), self.finding.as_of
        return period is None or as_of is None or period[1] <= as_of

    def _is_cut(self, row: Row) -> bool:
        """True where the days asked for begin or end within the period."""
        period = self._period(row)
        if period is None:
            return False
        starts_in = self.start is not None and period[0] < self.start
        return starts_in or (self.end is not None and self.end < period[1])

    def _period(self, row: Row) -> tuple[date, date] | None:
        """Its first day and the first day after it; None where it is no date."""
        start = row[self.axis]
        if not isinstance(start, date):
            return None
        day = start.date() if isinstance(start, datetime) else start
        grain = self.finding.column(self.axis).grain.removeprefix("fiscal_")
        if grain in _MONTHS:
            return day, add_months(day, _MONTHS[grain])
        return day, day + timedelta(days=_DAYS.get(grain, 1))

    def when(self, row: Row) -> str:
        return show(self.finding.column(self.axis), row[self.axis], self.currency)

    def text(self, row: Row) -> str:
        return format_value(row[self.number], self.column.format, self.currency)

    def _growth(self) -> list[str]:
        """From the first to the last whole period that is over."""
        if len(self.whole) < 2:
            return []
        first, last = self.whole[0], self.whole[-1]
        sides = (
            f"From {self.when(first)} ({self.text(first)}) to {self.when(last)} ({self.text(last)})"
        )
        change = _change(self.column.format, first[self.number], last[self.number])
        label = in_sentence(self.column.label)
        if not change:
            return [f"{sides}, {label} {_verb(first[self.number], last[self.number])}."]
        return [f"{sides}, {label} {_verb(first[self.number], last[self.number])}: {change}."]

    def _steps(self) -> list[str]:
        """Where each period stands beside the one before: which rose and which fell the most."""
        name = f"{self.column.name}_change"
        at = next((n for n in self.finding.numbers if self.finding.column(n).name == name), None)
        moved = [row for row in self.whole if at is not None and row[at]]
        if at is None or not moved:
            return []
        up, down = max(moved, key=lambda row: row[at]), min(moved, key=lambda row: row[at])
        said = [
            f"{word} {self.when(row)} ({self._signed(row[at])})"
            for word, row, is_so in (("rise:", up, up[at] > 0), ("fall:", down, down[at] < 0))
            if is_so
        ]
        return [f"Largest {'; largest '.join(said)}."]

    def _signed(self, value: Decimal) -> str:
        if self.column.format == "percent":
            return f"{value * 100:+.1f} percentage points"
        return f"{'+' if value > 0 else ''}{format_value(value, self.column.format, self.currency)}"

    def _peaks(self) -> str:
        best = max(self.filled, key=lambda row: row[self.number])
        compared = self.whole if len(self.whole) > 1 else self.filled
        worst = min(compared, key=lambda row: row[self.number])
        return (
            f"Highest {_noun(self.column.label)}: {self.when(best)} with {self.text(best)}; "
            f"lowest: {self.when(worst)} with {self.text(worst)}."
        )

    def _run(self) -> list[str]:
        """Rises or falls in a row up to the last whole period that is over."""
        values = [row[self.number] for row in self.whole]
        if len(values) < 2:
            return []
        signs = [(b > a) - (b < a) for a, b in itertools.pairwise(values)]
        length = 0
        for sign in reversed(signs):
            if sign != signs[-1] or not sign:
                break
            length += 1
        if length < _RUN or length == len(signs):
            return []
        way = "risen" if signs[-1] > 0 else "fallen"
        return [f"Up to {self.when(self.whole[-1])} it has {way} {length} times in a row."]

    def cut_ends(self) -> list[str]:
        """The periods of which only some days were asked for."""
        found = []
        for row in self.cut:
            first, after = self._period(row) or (None, None)
            if first and self.start and first < self.start:
                found.append(f"{self.when(row)} counts from {format_date(self.start, '')} on.")
            if after and self.end and self.end < after:
                last = self.end - timedelta(days=1)
                found.append(f"{self.when(row)} counts up to {format_date(last, '')}.")
        return found

    def open_end(self) -> list[str]:
        """The period that the answer's clock stands in, where the others are over."""
        if not self.open:
            return []
        first, *later = self.open
        if not later:
            return [f"{self.when(first)} is not over: {self.text(first)} so far."]
        if not self.whole:
            return []
        return [f"From {self.when(first)} on the periods are not over or lie ahead."]


def _noun(label: str) -> str:
    """A label after "Highest"; a highest value is not the highest highest."""
    noun = in_sentence(label)
    return "value" if noun.startswith(("highest ", "lowest ")) else noun


def _verb(first: Any, last: Any) -> str:
    if first == last:
        return "is the same"
    return "rose" if last > first else "fell"


def _change(format_: str, first: Any, last: Any) -> str:
    gap = Decimal(str(last)) - Decimal(str(first))
    if not gap:
        return ""
    if format_ == "percent":
        return f"{gap * 100:+.1f} percentage points"
    return f"{gap / abs(Decimal(str(first))) * 100:+.1f}%" if first else ""


# ------------------------------------------------------------------ several lines


def _read_lines(finding: Finding, currency: str) -> list[str]:
    """Who has the most over the whole time, and who moved the most from its begin to its end."""
    name, number = finding.names[0], finding.numbers[0]
    lines: dict[str, list[Row]] = {}
    for row in finding.table.rows:
        lines.setdefault(show(finding.column(name), row[name], currency), []).append(row)
    if len(lines) < 2:
        line = _Line(finding, finding.table.rows, currency)
        return [f"{one}: {text[:1].lower()}{text[1:]}" for one in lines for text in line.read()[:1]]
    found = _most(finding, name, number, currency)
    moved = [m for member, rows in lines.items() if (m := _move(finding, member, rows, currency))]
    if moved:
        rise, fall = max(moved), min(moved)
        said = [f"largest rise: {rise[1]}"] if rise[0] > 0 else []
        said += [f"largest fall: {fall[1]}"] if fall[0] < 0 else []
        text = "; ".join(said)
        found += [f"{text[:1].upper()}{text[1:]}."] if said else []
    ranked: Ranked = rank(finding, number, currency)
    if ranked.entries:
        best = ranked.entries[0]
        found.append(f"Highest of all: {best[0]} with {ranked.text(best[1])}.")
    return [*found, *small_samples(ranked)]


def _most(finding: Finding, name: int, number: int, currency: str) -> list[str]:
    column = finding.column(number)
    if column.name not in finding.additive or is_cut(finding) or is_filtered(finding):
        return []
    totals = total_by(finding, name, number, currency)
    whole = total(finding.cells(number))
    if not whole or whole <= 0 or len(totals) < 2 or totals[0][1] == totals[1][1]:
        return []
    member, value = totals[0]
    said = format_value(value, column.format, currency)
    return [f"{member} has the most over the whole time: {said}, {percent(value, whole)} of all."]


def _move(
    finding: Finding, member: str, rows: Sequence[Row], currency: str
) -> tuple[Decimal, str] | None:
    line = _Line(finding, rows, currency)
    if len(line.whole) < 2:
        return None
    first, last = line.whole[0], line.whole[-1]
    gap = Decimal(str(last[line.number])) - Decimal(str(first[line.number]))
    return gap, (
        f"{member} from {line.text(first)} ({line.when(first)}) "
        f"to {line.text(last)} ({line.when(last)})"
    )
