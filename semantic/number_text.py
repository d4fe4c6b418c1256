"""A number and a format of the model to the text that people read.

Called by the answers and by the planner's wording, so that both write a number alike. Pure.
Invariant: no rounding beyond the cents, the tenth of a percent and the second decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def symbol_of(currency: str) -> str:
    """What stands before an amount.

    >>> symbol_of("EUR"), symbol_of("SEK")
    ('€', 'SEK ')
    """
    return _SYMBOLS.get(currency, f"{currency} ")


def format_number(value: int | float | Decimal, format_: str, currency: str) -> str:
    """The text of a number; a ratio of 0 to 1 where the format is percent.

    >>> format_number(-1234.5, "currency", "EUR"), format_number(Decimal("0.501"), "percent", "EUR")
    ('-€1,234.50', '50.1%')
    >>> format_number(1, "days", "EUR"), format_number(Decimal("2.50"), "number", "EUR")
    ('1 day', '2.5')
    """
    if format_ == "currency":
        return f"{'-' if value < 0 else ''}{symbol_of(currency)}{abs(value):,.2f}"
    if format_ == "percent":
        return f"{value * 100:.1f}%"
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if not isinstance(value, int) else f"{value:,}"
    return f"{text} {'day' if text == '1' else 'days'}" if format_ == "days" else text
