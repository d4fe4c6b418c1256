"""Numbers and dates to the text that people read, by the model's formats.

Called by charts, insights and prose. Invariant: no rounding beyond the cents, the tenth of a
percent and the second decimal; what is missing is a dash, never 0.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from semantic.compiled import ResultColumn
from semantic.number_text import format_number
from server.answer.wire import CardFormat


def format_value(value: Any, format_: str, currency: str = "USD", grain: str = "") -> str:
    """The text for one cell.

    >>> format_value(Decimal("1234.5"), "currency"), format_value(0.5014, "percent")
    ('$1,234.50', '50.1%')
    >>> format_value(None, "number"), format_value(date(2025, 1, 1), "date", grain="quarter")
    ('-', 'Q1 2025')
    """
    if value is None or value != value:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return format_date(value, grain)
    if not isinstance(value, int | float | Decimal):
        return str(value)
    if grain == "fiscal_year":
        return f"FY{value}"
    return format_number(value, format_, currency)


def format_date(value: date, grain: str) -> str:
    """A date, or the name of the period that begins on it."""
    if grain == "month":
        return f"{value:%b %Y}"
    if grain == "quarter":
        return f"Q{(value.month - 1) // 3 + 1} {value.year}"
    if grain == "year":
        return f"{value.year}"
    if grain == "week":
        return f"week of {value:%Y-%m-%d}"
    return f"{value:%Y-%m-%d}"


def show(column: ResultColumn, value: Any, currency: str) -> str:
    """A cell of a column as text; a missing member is called (none)."""
    if value is None and column.role in ("dimension", "time"):
        return "(none)"
    is_name = column.role == "dimension" and column.format in ("integer", "number")
    if is_name and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10_000:
        return str(value)  # like the year 2024: a name, not an amount
    return format_value(value, column.format, currency, column.grain)


def card_format(format_: str) -> CardFormat:
    """The three formats a card knows."""
    return (
        "currency" if format_ == "currency" else "percentage" if format_ == "percent" else "number"
    )


def to_chart_number(value: Any, format_: str) -> Any:
    """A cell for charts and cards: ratios as 0 to 100."""
    if value is None or isinstance(value, str | date | dict):
        return None
    return value * 100 if format_ == "percent" else value


def to_markdown(text: str) -> str:
    """Text of the data or of a person as markdown that shows it and does nothing else.

    >>> to_markdown("a|b <i> [c](d)")
    'a\\\\|b &lt;i> \\\\[c](d)'
    """
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    plain = plain.replace("[", "\\[")  # no link and no image
    return " ".join(plain.replace("`", "'").split())
