"""A finding to a complete Vega-Lite specification: which picture its columns call for, and it.

Called by `assemble.py` for each visualization, and by reports. Pure, and plain dictionaries: a
specification is part of every answer, so it must cost next to nothing; the tests hold each kind
to the schema that Altair ships. Invariant: every mark is a cell of the result or, for the rest
of a pie, a sum of cells; at most 500 marks; nothing in it is loaded from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from server.answer.chart_marks import (
    MAX_MARKS,
    Bars,
    Points,
    draw_cards,
    draw_donut,
    draw_grid,
    draw_grouped,
    draw_horizontal,
    draw_line,
    draw_nothing,
    draw_stacked,
    draw_vertical,
)
from server.answer.chart_style import format_short, to_document
from server.answer.formats import format_value, show, to_chart_number
from server.answer.shape import Finding
from server.answer.wire import ChartType

MAX_SERIES: Final = 8
_MAX_GRID_ROWS: Final = 25
_MAX_GRID_COLUMNS: Final = 8
_LONG_NAME: Final = 14
_MANY_BARS: Final = 9
_ALIKE: Final = 20
"""Numbers that differ by more than this factor are not drawn on one axis."""

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """A finding on its way to a picture."""

    finding: Finding
    currency: str

    @property
    def first(self) -> int:
        """The position of the number that is drawn."""
        return self.finding.numbers[0]

    @property
    def is_additive(self) -> bool:
        """True where the parts make up a whole, none of them negative."""
        cells = [cell for cell in self.finding.cells(self.first) if cell is not None]
        is_sum = self.finding.column(self.first).name in self.finding.additive
        return is_sum and all(cell >= 0 for cell in cells)

    @property
    def named(self) -> list[int]:
        """The positions that name a bar: times first."""
        return self.finding.times + self.finding.names

    def text(self, position: int, row: Sequence[Any]) -> str:
        """A cell as text."""
        return show(self.finding.column(position), row[position], self.currency)

    def number(self, position: int, row: Sequence[Any]) -> Any:
        """A cell as it is drawn: ratios as 0 to 100."""
        return to_chart_number(row[position], self.finding.column(position).format)

    def formatted(self, position: int, row: Sequence[Any]) -> str:
        """A cell of a number, in full."""
        return format_value(row[position], self.finding.column(position).format, self.currency)

    def label(self, position: int, row: Sequence[Any]) -> str:
        """A cell of a number, short enough to stand beside a bar."""
        return format_short(row[position], self.finding.column(position).format, self.currency)


def to_spec(finding: Finding, chart: ChartType, description: str, currency: str) -> Spec:
    """The whole specification of a finding drawn as `chart`."""
    subject = Subject(finding, currency)
    picture, note = _draw(subject, chart)
    said = f"{description} {note}".strip()
    return to_document(finding.title, said, currency, picture)


def _draw(subject: Subject, chart: ChartType) -> tuple[Spec, str]:
    if not subject.finding.table.rows:
        return draw_nothing(), ""
    for is_fit, draw in _RULES[chart]:
        if is_fit(subject):
            return draw(subject)
    return _grid(subject)


# ------------------------------------------------------------------ which picture


def _is_single(subject: Subject) -> bool:
    return subject.finding.kind == "single"


def _has_number(subject: Subject) -> bool:
    return bool(subject.finding.numbers and subject.named)


def _has_two_names(subject: Subject) -> bool:
    """Two dimensions that span a small table: the second becomes colours."""
    if len(subject.named) != 2 or not subject.finding.numbers:
        return False
    outer, inner = (
        {subject.text(n, row) for row in subject.finding.table.rows} for n in subject.named
    )
    rows = len(subject.finding.table.rows)
    return 1 < len(inner) <= MAX_SERIES and 1 < len(outer) <= 30 and rows > len(outer)


def _is_parts(subject: Subject) -> bool:
    return _has_two_names(subject) and subject.is_additive


def _has_like_numbers(subject: Subject) -> bool:
    """One dimension and a number beside its own earlier or compared value."""
    return len(subject.named) == 1 and len(_like_numbers(subject)) > 1


def _like_numbers(subject: Subject) -> list[int]:
    finding = subject.finding
    if not finding.numbers:
        return []
    first = finding.column(subject.first)
    found = [subject.first]
    for n in finding.numbers[1:]:
        column = finding.column(n)
        is_pair = column.name.startswith(f"{first.name}_") and column.format == first.format
        if is_pair and _is_alike(finding.cells(subject.first), finding.cells(n)):
            found.append(n)
    return found[:3]


def _is_alike(some: Sequence[Any], others: Sequence[Any]) -> bool:
    high, low = sorted(
        max((abs(Decimal(str(cell))) for cell in cells if cell is not None), default=Decimal(0))
        for cells in (some, others)
    )[::-1]
    return low > 0 and high / low <= _ALIKE


def _is_long(subject: Subject) -> bool:
    rows = subject.finding.table.rows
    is_time = bool(subject.finding.times)
    names = [_name(subject, row) for row in rows]
    if is_time:
        return len(rows) > 24
    return len(rows) > _MANY_BARS or max(map(len, names)) > _LONG_NAME


def _is_flow(subject: Subject) -> bool:
    """One additive number over time: the area under it is the whole."""
    finding = subject.finding
    is_single = not finding.names and len(_series_numbers(subject)) == 1
    return bool(finding.times) and is_single and subject.is_additive


def _any(subject: Subject) -> bool:
    return bool(subject.finding.numbers)


# ------------------------------------------------------------------ its marks


def _name(subject: Subject, row: Sequence[Any]) -> str:
    return " / ".join(subject.text(n, row) for n in subject.named)


def _bars(subject: Subject) -> Bars:
    finding = subject.finding
    column = finding.column(subject.first)
    if finding.kind == "single":
        row = finding.table.rows[0]
        alike = [n for n in finding.numbers if finding.column(n).format == column.format]
        values = [
            {
                "name": finding.column(n).label,
                "value": subject.number(n, row),
                "formatted": subject.formatted(n, row),
                "label": subject.label(n, row),
            }
            for n in alike
        ]
        return Bars(values, "", column.format, "")
    values = [
        {
            "name": _name(subject, row),
            "value": subject.number(subject.first, row),
            "formatted": subject.formatted(subject.first, row),
            "label": subject.label(subject.first, row),
        }
        for row in finding.table.rows[:MAX_MARKS]
    ]
    names = " / ".join(finding.column(n).label for n in subject.named)
    return Bars(values, column.label, column.format, names)


def _matrix(subject: Subject) -> Bars:
    """A bar for each cell of two dimensions."""
    finding = subject.finding
    outer, inner = subject.named
    column = finding.column(subject.first)
    values = [
        {
            "name": subject.text(outer, row),
            "series": subject.text(inner, row),
            "value": subject.number(subject.first, row),
            "formatted": subject.formatted(subject.first, row),
        }
        for row in finding.table.rows[:MAX_MARKS]
    ]
    label, series = finding.column(outer).label, finding.column(inner).label
    return Bars(values, column.label, column.format, label, series)


def _pairs(subject: Subject) -> Bars:
    """A bar for each of several like numbers of one dimension."""
    finding = subject.finding
    named = subject.named[0]
    numbers = _like_numbers(subject)
    values = [
        {
            "name": subject.text(named, row),
            "series": finding.column(n).label,
            "value": subject.number(n, row),
            "formatted": subject.formatted(n, row),
        }
        for row in finding.table.rows[: MAX_MARKS // len(numbers)]
        for n in numbers
    ]
    column = finding.column(subject.first)
    return Bars(values, column.label, column.format, finding.column(named).label)


def _series_numbers(subject: Subject) -> list[int]:
    """The numbers that share the axis of the first."""
    finding = subject.finding
    format_ = finding.column(subject.first).format
    found = [subject.first]
    for n in finding.numbers[1:]:
        is_alike = _is_alike(finding.cells(subject.first), finding.cells(n))
        if finding.column(n).format == format_ and is_alike:
            found.append(n)
    return found


def _points(subject: Subject) -> tuple[Points, str]:
    finding = subject.finding
    axis = subject.named[0]
    groups = [n for n in finding.names if n != axis][:1]
    numbers = [subject.first] if groups else _series_numbers(subject)
    drawn, note = _largest_series(subject, groups, numbers)
    values = [
        {
            "period": subject.text(axis, row),
            "series": series,
            "value": subject.number(n, row),
            "formatted": subject.formatted(n, row),
        }
        for row in finding.table.rows
        for n in numbers
        for series in [subject.text(groups[0], row) if groups else finding.column(n).label]
        if series in drawn
    ]
    if len(values) > MAX_MARKS:
        values = values[-MAX_MARKS:]
        note = f"{note} Only the newest {MAX_MARKS} points are drawn.".strip()
    column = finding.column(subject.first)
    label = column.label if len(numbers) == 1 else ""
    axis_label = "" if finding.times else finding.column(axis).label
    return Points(values, label, column.format, drawn, axis_label), note


def _largest_series(
    subject: Subject, groups: Sequence[int], numbers: Sequence[int]
) -> tuple[list[str], str]:
    """The series that are drawn, largest first where there are too many, and what that means."""
    finding = subject.finding
    if not groups:
        return [finding.column(n).label for n in numbers[:MAX_SERIES]], ""
    sums: dict[str, Decimal] = {}
    for row in finding.table.rows:
        cell = row[subject.first]
        name = subject.text(groups[0], row)
        sums[name] = sums.get(name, Decimal(0)) + abs(Decimal(str(cell or 0)))
    if len(sums) <= MAX_SERIES:
        return list(sums), ""
    drawn = sorted(sums, key=lambda name: sums[name], reverse=True)[:MAX_SERIES]
    return drawn, f"The {MAX_SERIES} largest of {len(sums)} are drawn."


def _line(subject: Subject) -> tuple[Spec, str]:
    points, note = _points(subject)
    return draw_line(points, is_area=False), note


def _area(subject: Subject) -> tuple[Spec, str]:
    points, note = _points(subject)
    return draw_line(points, is_area=True), note


def _donut(subject: Subject) -> tuple[Spec, str]:
    """The largest slices; what is smaller becomes one slice."""
    bars = _bars(subject)
    if len(bars.values) <= MAX_SERIES:
        return draw_donut(bars), ""
    ranked = sorted(bars.values, key=lambda bar: bar["value"] or 0, reverse=True)
    kept, rest = ranked[: MAX_SERIES - 1], ranked[MAX_SERIES - 1 :]
    value = sum((Decimal(str(bar["value"] or 0)) for bar in rest), Decimal(0))
    column = subject.finding.column(subject.first)
    other = {
        "name": f"Other ({len(rest)})",
        "value": value,
        "formatted": format_value(value, column.format, subject.currency),
        "label": format_short(value, column.format, subject.currency),
    }
    slices = Bars([*kept, other], bars.label, bars.format, bars.names, has_rest=True)
    return draw_donut(slices), f"The {len(rest)} smallest are drawn as one."


def _cards(subject: Subject) -> tuple[Spec, str]:
    row = subject.finding.table.rows[0]
    values = [
        {"label": subject.finding.column(n).label, "formatted": subject.label(n, row)}
        for n in subject.finding.numbers
    ]
    return draw_cards(values), ""


def _grid(subject: Subject) -> tuple[Spec, str]:
    table = subject.finding.table
    columns = list(range(len(table.columns)))[:_MAX_GRID_COLUMNS]
    labels = _apart([table.columns[n].label for n in columns])
    rows = table.rows[:_MAX_GRID_ROWS]
    cells = [
        {"row": number, "column": labels[position], "text": subject.text(n, row)[:40]}
        for number, row in enumerate(rows)
        for position, n in enumerate(columns)
    ]
    rest = len(table.rows) - len(rows)
    note = f"The first {len(rows)} rows are drawn." if rest else ""
    return draw_grid(len(columns), cells, len(rows)), note


def _apart(labels: Sequence[str]) -> list[str]:
    """The labels, a repeated one with its number."""
    counts: dict[str, int] = {}
    found = []
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        found.append(label if counts[label] == 1 else f"{label} ({counts[label]})")
    return found


def _from_bars(draw: Callable[[Bars], Spec], bars: Callable[[Subject], Bars]) -> _Draw:
    return lambda subject: (draw(bars(subject)), "")


_Draw = Callable[[Subject], tuple[Spec, str]]
_Rule = tuple[Callable[[Subject], bool], _Draw]

_RULES: Final[dict[ChartType, tuple[_Rule, ...]]] = {
    "metrics": ((_is_single, _cards),),
    "bar": (
        (_is_single, _from_bars(draw_horizontal, _bars)),
        (_is_parts, _from_bars(draw_stacked, _matrix)),
        (_has_two_names, _from_bars(draw_grouped, _matrix)),
        (_has_like_numbers, _from_bars(draw_grouped, _pairs)),
        (_is_long, _from_bars(draw_horizontal, _bars)),
        (_has_number, _from_bars(draw_vertical, _bars)),
    ),
    "pie": ((_has_number, _donut),),
    "line": ((_is_flow, _area), (_any, _line)),
    "table": (),
}
"""By the kind of chart: the first rule that fits draws it; where none does, it is a grid."""
