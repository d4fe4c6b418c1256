"""Rows of values to the marks and channels of one Vega-Lite picture each.

Called by `chart_specs.py`, which decides which picture it is. Pure. Invariant: each picture
brings its data inline, and its size does not depend on who draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from server.answer.chart_style import ACCENT, INK, PALETTE, REST, WIDTH, value_axis

MAX_MARKS: Final = 500
_LABELLED_BARS: Final = 40
_CARDS_A_ROW: Final = 3
# A bar without a number keeps its place.
_BAR: Final = {"type": "bar", "color": ACCENT, "invalid": "show"}
_FIT: Final = {"type": "fit-x", "contains": "padding"}

Spec = dict[str, Any]
Values = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bars:
    """Values with `name`, `value`, `formatted`, maybe `series` or `label`; and their titles."""

    values: Values
    label: str
    format: str
    names: str
    series: str = ""
    has_rest: bool = False
    """True where the last bar is what is left over."""

    @property
    def highest(self) -> float:
        """The largest number, whatever its sign."""
        return _highest(self.values)

    @property
    def has_negative(self) -> bool:
        """True where a bar points the other way."""
        return any(bar["value"] is not None and bar["value"] < 0 for bar in self.values)


@dataclass(frozen=True, slots=True)
class Points:
    """Values with `period`, `series`, `value`, `formatted`; and their titles."""

    values: Values
    label: str
    format: str
    series: Sequence[str]
    axis: str


def _highest(values: Values) -> float:
    return max((abs(float(v["value"])) for v in values if v["value"] is not None), default=0.0)


def _order(values: Values, key: str) -> list[str]:
    return list(dict.fromkeys(value[key] for value in values))


def _tooltip(*fields: tuple[str, str]) -> list[Spec]:
    return [
        {"field": field, "type": "nominal", "title": title or field.capitalize()}
        for field, title in fields
    ]


# ------------------------------------------------------------------ bars


def draw_horizontal(bars: Bars) -> Spec:
    """One bar a line: for long names and for many."""
    step = 26 if len(bars.values) <= 20 else 18
    shared = {
        "y": {"field": "name", "type": "nominal", "sort": None, "title": None,
              "axis": {"domain": False, "ticks": False, "labelPadding": 6,
                       "offset": 52 if bars.has_negative else 0}},
        "x": _value_channel(bars, room=0.12),
        "tooltip": _tooltip(("name", bars.names), ("formatted", bars.label)),
    }  # fmt: skip
    layers: list[Spec] = [{"mark": _BAR | {"height": {"band": 0.72}}}]
    if len(bars.values) <= _LABELLED_BARS:
        layers.append(_bar_labels(bars, is_horizontal=True))
    return {
        "width": WIDTH,
        "height": max(60, step * len(bars.values)),
        "autosize": _FIT,
        "data": {"values": list(bars.values)},
        "encoding": shared,
        "layer": layers,
    }


def _value_channel(bars: Bars, room: float = 0) -> Spec:
    """The number of a bar; `room` is left at its end for the label, as a part of the longest."""
    channel: Spec = {
        "field": "value",
        "type": "quantitative",
        "axis": value_axis(bars.format, bars.highest, bars.label),
    }
    if room and bars.highest and not bars.has_negative:
        channel["scale"] = {"domainMax": bars.highest * (1 + room)}
    return channel


def _bar_labels(bars: Bars, *, is_horizontal: bool) -> Spec:
    mark: Spec = {"type": "text", "invalid": "show", "color": INK, "fontSize": 11}
    if is_horizontal:
        mark |= {"align": "left", "baseline": "middle", "dx": 5}
    else:
        mark |= {"align": "center", "baseline": "bottom", "dy": -4}
    if bars.has_negative and is_horizontal:
        mark["align"] = {"expr": "datum.value < 0 ? 'right' : 'left'"}
        mark["dx"] = {"expr": "datum.value < 0 ? -5 : 5"}
    elif bars.has_negative:
        mark["baseline"] = {"expr": "datum.value < 0 ? 'top' : 'bottom'"}
        mark["dy"] = {"expr": "datum.value < 0 ? 4 : -4"}
    return {"mark": mark, "encoding": {"text": {"field": "label", "type": "nominal"}}}


def draw_vertical(bars: Bars) -> Spec:
    """Standing bars: for a few short names, and for periods."""
    is_labelled = len(bars.values) <= 12
    layers: list[Spec] = [{"mark": _BAR | {"width": {"band": 0.62}}}]
    if is_labelled:
        layers.append(_bar_labels(bars, is_horizontal=False))
    return {
        "width": WIDTH,
        "height": 200,
        "autosize": _FIT,
        "data": {"values": list(bars.values)},
        "encoding": {
            "x": {"field": "name", "type": "nominal", "sort": None, "title": None,
                  "axis": {"labelAngle": 0 if is_labelled else -40, "ticks": False,
                           "offset": 18 if bars.has_negative else 0}},
            "y": _value_channel(bars, room=0.1),
            "tooltip": _tooltip(("name", bars.names), ("formatted", bars.label)),
        },
        "layer": layers,
    }  # fmt: skip


def draw_stacked(bars: Bars) -> Spec:
    """Parts of a whole for each name."""
    spec = _two_dimensions(bars)
    spec["encoding"]["y"]["stack"] = "zero"
    return spec


def draw_grouped(bars: Bars) -> Spec:
    """Numbers that do not add up, side by side for each name."""
    spec = _two_dimensions(bars)
    spec["encoding"]["y"]["stack"] = None
    spec["encoding"]["xOffset"] = {
        "field": "series", "type": "nominal", "sort": _order(bars.values, "series"),
    }  # fmt: skip
    return spec


def _two_dimensions(bars: Bars) -> Spec:
    names = _order(bars.values, "name")
    is_crowded = len(names) > 8 or max(map(len, names)) > 16
    return {
        "width": WIDTH,
        "height": 215,
        "autosize": _FIT,
        "data": {"values": list(bars.values)},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "name", "type": "nominal", "sort": names, "title": None,
                  "axis": {"labelAngle": -40 if is_crowded else 0, "ticks": False}},
            "y": _value_channel(bars),
            "color": _series_colour(_order(bars.values, "series")),
            "tooltip": _tooltip(
                ("name", bars.names), ("series", bars.series), ("formatted", bars.label)
            ),
        },
    }  # fmt: skip


def _series_colour(series: Sequence[str]) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "sort": list(series),
        "scale": {"domain": list(series), "range": list(PALETTE[: len(series)])},
        "legend": {"orient": "top", "columns": 4, "title": None},
    }


def _series_dash(colour: Spec) -> Spec:
    """The channel beside a colour; the same legend and order, so that both become one legend."""
    return colour | {"scale": {"domain": colour["scale"]["domain"]}}


# ------------------------------------------------------------------ pies and lines


def draw_donut(bars: Bars) -> Spec:
    """Shares of a whole, the legend with the numbers."""
    values = [bar | {"slice": f"{bar['name']}  {bar['label']}"} for bar in bars.values]
    slices = [value["slice"] for value in values]
    colours = list(PALETTE[: len(slices)])
    if bars.has_rest:
        colours[-1] = REST
    return {
        "width": 300,
        "height": 200,
        "data": {"values": values},
        "mark": {"type": "arc", "innerRadius": 52, "outerRadius": 94, "stroke": "white"},
        "encoding": {
            "theta": {"field": "value", "type": "quantitative", "stack": True},
            "order": {"field": "value", "type": "quantitative", "sort": "descending"},
            "color": {
                "field": "slice", "type": "nominal", "sort": slices,
                "scale": {"domain": slices, "range": colours},
                "legend": {"orient": "right", "title": None, "labelLimit": 280, "rowPadding": 6},
            },
            "tooltip": _tooltip(("name", bars.names), ("formatted", bars.label)),
        },
    }  # fmt: skip


def draw_line(points: Points, *, is_area: bool) -> Spec:
    """Numbers over periods; a period without a number stays a gap."""
    periods = _order(points.values, "period")
    highest = _highest(points.values)
    is_crowded = len(periods) > 12
    mark: Spec = {"type": "line", "strokeWidth": 2.2, "point": {"size": 30, "filled": True}}
    if is_area:
        mark = {
            "type": "area", "color": ACCENT, "opacity": 0.14,
            "line": {"color": ACCENT, "strokeWidth": 2.2, "opacity": 1},
            "point": {"color": ACCENT, "size": 30, "filled": True, "opacity": 1},
        }  # fmt: skip
    encoding: Spec = {
        "x": {"field": "period", "type": "ordinal", "sort": periods, "title": points.axis or None,
              "axis": {"labelAngle": -40 if is_crowded else 0, "labelOverlap": "parity"}},
        "y": {"field": "value", "type": "quantitative",
              "axis": value_axis(points.format, highest, points.label)},
        "tooltip": _tooltip(("period", ""), ("series", ""), ("formatted", points.label or "Value")),
    }  # fmt: skip
    if len(points.series) > 1:
        encoding["color"] = _series_colour(points.series)
        # Without colour, on paper, the dashes tell the lines apart.
        encoding["strokeDash"] = _series_dash(encoding["color"])
    elif not is_area:
        mark["color"] = ACCENT
    return {
        "width": WIDTH,
        "height": 215,
        "autosize": _FIT,
        "data": {"values": list(points.values)},
        "mark": mark,
        "encoding": encoding,
    }


# ------------------------------------------------------------------ cards and tables


def draw_cards(values: Values) -> Spec:
    """Numbers with their labels, three a row."""
    placed = [
        value | {"row": number // _CARDS_A_ROW, "column": number % _CARDS_A_ROW}
        for number, value in enumerate(values[: MAX_MARKS // 2])
    ]
    rows = placed[-1]["row"] + 1
    text = {"type": "text", "align": "center"}
    return {
        "width": 200 * min(len(placed), _CARDS_A_ROW),
        "height": 84 * rows,
        "data": {"values": placed},
        "encoding": {
            "x": {"field": "column", "type": "ordinal", "axis": None},
            "y": {"field": "row", "type": "ordinal", "axis": None},
        },
        "layer": [
            {
                "mark": text | {"fontSize": 26, "fontWeight": "bold", "color": ACCENT, "dy": -8},
                "encoding": {"text": {"field": "formatted", "type": "nominal"}},
            },
            {
                "mark": text | {"fontSize": 12, "color": INK, "dy": 18},
                "encoding": {"text": {"field": "label", "type": "nominal"}},
            },
        ],
    }


def draw_grid(columns: int, cells: Values, rows: int) -> Spec:
    """Cells in lines and columns, the labels on top."""
    return {
        "width": max(160, min(WIDTH, 150 * columns)),
        "height": 22 * max(rows, 1),
        "data": {"values": list(cells)},
        "mark": {"type": "text", "align": "center", "fontSize": 11, "color": INK, "limit": 150},
        "encoding": {
            "x": {"field": "column", "type": "nominal", "sort": None, "title": None,
                  "axis": {"orient": "top", "labelAngle": 0, "domain": False, "ticks": False,
                           "labelFontWeight": "bold"}},
            "y": {"field": "row", "type": "ordinal", "axis": None},
            "text": {"field": "text", "type": "nominal"},
        },
    }  # fmt: skip


def draw_nothing() -> Spec:
    """The picture of a result without rows."""
    return {
        "width": 200,
        "height": 60,
        "data": {"values": [{"text": "No rows"}]},
        "mark": {"type": "text", "fontSize": 12, "color": INK},
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }
