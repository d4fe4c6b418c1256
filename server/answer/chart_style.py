"""How charts look: palette, fonts, axes, and the frame of a Vega-Lite document.

Used by `chart_specs.py` and `chart_marks.py`. Pure. Invariant: the palette is told apart by
colour-blind readers (Okabe and Ito), and every text is dark enough for print.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from semantic.number_text import symbol_of
from server.answer.formats import format_value

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
PALETTE: Final = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
    *("#56B4E9", "#D55E00", "#F0E442", "#000000"),
)
ACCENT: Final = PALETTE[0]
REST: Final = "#9aa5b1"
"""For what is left over: no member of its own."""
FONT: Final = "Noto Sans, Liberation Sans, Helvetica, Arial, sans-serif"
WIDTH: Final = 600
INK: Final = "#1f2933"
_MUTED: Final = "#52606d"
_RULE: Final = "#e4e7eb"

_CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "background": "white",
    "view": {"stroke": None},
    "title": {"anchor": "start", "color": INK, "fontSize": 13},
    "axis": {
        "labelColor": INK,
        "titleColor": _MUTED,
        "gridColor": _RULE,
        "domainColor": "#9aa5b1",
        "tickColor": "#9aa5b1",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelLimit": 220,
    },
    "legend": {"labelColor": INK, "labelFontSize": 11, "labelLimit": 220, "title": None},
    "range": {"category": list(PALETTE)},
}


def to_document(
    title: str, description: str, currency: str, picture: dict[str, Any]
) -> dict[str, Any]:
    """The whole specification around a picture.

    >>> to_document("Sales", "Sales by city.", "USD", {"mark": "bar"})["description"]
    'Sales by city.'
    """
    config = dict(_CONFIG)
    if currency != "USD":
        symbols = [symbol_of(currency), ""]
        number = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": symbols}
        config["locale"] = {"number": number}
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": description,
        **picture,
        "config": config,
    }


def value_axis(format_: str, highest: float, title: str) -> dict[str, Any]:
    """The axis of a number: money and large numbers short, rates with their sign.

    >>> value_axis("percent", 60, "")["labelExpr"]
    "datum.label + '%'"
    """
    axis: dict[str, Any] = {"title": title or None, "tickCount": 5}
    if format_ == "percent":
        return axis | {"format": "~f", "labelExpr": "datum.label + '%'"}
    sign = "$" if format_ == "currency" else ""
    if highest >= 1000:
        # d3 says G where money says B, and 0M.
        short = "datum.value ? replace(replace(datum.label, 'G', 'B'), 'k', 'K') : '0'"
        return axis | {"format": f"{sign}~s", "labelExpr": short}
    if format_ == "integer":
        return axis | {"format": ",d", "tickMinStep": 1}
    return axis | {"format": f"{sign},~f"}


def format_short(value: Any, format_: str, currency: str) -> str:
    """A number short enough to stand beside its mark; the tooltip and the table have it in full.

    >>> format_short(Decimal("24583515.22"), "currency", "USD"), format_short(0.547, "percent", "")
    ('$24.6M', '54.7%')
    >>> format_short(999_999, "integer", "USD"), format_short(1234.56, "currency", "EUR")
    ('1M', '€1,235')
    """
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not is_number or value != value or format_ in ("percent", "days"):
        return format_value(value, format_, currency)
    exact = Decimal(str(value))
    sign = f"{'-' if exact < 0 else ''}{symbol_of(currency) if format_ == 'currency' else ''}"
    size = abs(exact)
    for unit, letter in _UNITS:
        if size >= unit * Decimal("0.9995") and size >= 10_000:
            return f"{sign}{float(size / unit):.3g}{letter}"
    if format_ == "currency" and size >= 1000:
        return f"{sign}{size:,.0f}"
    return format_value(value, format_, currency)


_UNITS: Final = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "K"))
