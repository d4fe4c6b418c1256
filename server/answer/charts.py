"""A finding to its chart: the kind by the roles of its columns, and the data.

Called by `assemble.py`. Invariant: a chart shows cells of the result and nothing else; a kind
asked for that the result cannot fill is replaced by the one that fits.
"""

from __future__ import annotations

from typing import Any, Final

from semantic.compiled import ResultColumn
from server.answer.formats import format_value, show, to_chart_number
from server.answer.shape import Finding
from server.answer.wire import ChartType, to_cell

MAX_SLICES: Final = 8
MAX_BARS: Final = 60
MAX_ROWS: Final = 500


def choose_chart(finding: Finding) -> ChartType:
    """The kind of chart that suits the result, the asked one where it can be filled."""
    fitting = _fitting(finding)
    return finding.chart if finding.chart in fitting and finding.chart else fitting[0]


def _fitting(finding: Finding) -> list[ChartType]:
    kind = finding.kind
    if kind == "single":
        return ["metrics", "table", "bar"]
    if kind == "series":
        is_line = len(finding.names) <= 1 and len(finding.times) == 1
        return ["line", "bar", "table"] if is_line else ["table"]
    if kind == "groups" and finding.times:
        return ["bar", "table"] if len(finding.table.rows) <= MAX_BARS else ["table"]
    if kind == "groups" and len(finding.table.rows) <= MAX_BARS:
        return (
            ["pie", "bar", "table", "line"]
            if _is_whole(finding) and _asks_share(finding)
            else _bars(finding)
        )
    if kind == "rows" and finding.chart == "bar" and finding.numbers and finding.names:
        return ["bar", "table"]
    return ["table"]


def _bars(finding: Finding) -> list[ChartType]:
    if _can_be_pie(finding):
        return ["bar", "pie", "table", "line"]
    return ["bar", "table", "line"]


def _asks_share(finding: Finding) -> bool:
    return any(finding.column(n).name.endswith("_share") for n in finding.numbers)


def _is_whole(finding: Finding) -> bool:
    return _can_be_pie(finding) and len(finding.table.rows) <= MAX_SLICES


def _can_be_pie(finding: Finding) -> bool:
    """One dimension, and parts of a whole, none of them negative."""
    if len(finding.names) != 1 or not finding.numbers:
        return False
    first = finding.numbers[0]
    positive = all(cell is None or cell >= 0 for cell in finding.cells(first))
    return positive and (finding.column(first).name in finding.additive)


def chart_data(finding: Finding, chart: ChartType, currency: str) -> list[dict[str, Any]]:
    """The data of the chart in the shape the contract gives for its kind."""
    if chart == "table":
        return _table_data(finding)
    if chart == "metrics":
        return _metrics_data(finding)
    if chart == "line":
        return _line_data(finding, currency)
    return _bar_data(finding, currency)


def _table_data(finding: Finding) -> list[dict[str, Any]]:
    columns = finding.table.columns
    return [
        {
            c.label: to_chart_number(value, c.format) if c.format == "percent" else to_cell(value)
            for c, value in zip(columns, row, strict=True)
        }
        for row in finding.table.rows[:MAX_ROWS]
    ]


def _metrics_data(finding: Finding) -> list[dict[str, Any]]:
    row = finding.table.rows[0]
    return [
        {
            "label": finding.column(n).label,
            "value": to_chart_number(row[n], finding.column(n).format),
            "format": finding.column(n).format,
        }
        for n in finding.numbers
    ]


def _bar_data(finding: Finding, currency: str) -> list[dict[str, Any]]:
    if finding.kind == "single":
        row = finding.table.rows[0]
        return [
            _bar(finding.column(n).label, finding.column(n), row[n], currency)
            for n in finding.numbers
        ]
    first = finding.numbers[0]
    named = finding.times + finding.names
    return [
        _bar(
            " / ".join(show(finding.column(n), row[n], currency) for n in named),
            finding.column(first),
            row[first],
            currency,
        )
        for row in finding.table.rows[:MAX_BARS]
    ]


def _bar(name: str, column: ResultColumn, value: Any, currency: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": to_chart_number(value, column.format),
        "formatted": format_value(value, column.format, currency),
    }


def _line_data(finding: Finding, currency: str) -> list[dict[str, Any]]:
    axis = (finding.times or finding.names)[0]
    groups = [n for n in finding.names if n != axis]
    first = finding.column(finding.numbers[0]).format
    # Rates and amounts have no axis in common.
    alike = [n for n in finding.numbers if finding.column(n).format == first]
    points: dict[str, dict[str, Any]] = {}
    for row in finding.table.rows[:MAX_ROWS]:
        period = show(finding.column(axis), row[axis], currency)
        point = points.setdefault(period, {"period": period})
        for n in alike[:1] if groups else alike:
            column = finding.column(n)
            series = (
                show(finding.column(groups[0]), row[groups[0]], currency)
                if groups
                else column.label
            )
            point[series] = to_chart_number(row[n], column.format)
    return list(points.values())
