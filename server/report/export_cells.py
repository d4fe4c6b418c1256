"""Values of a result to what a cell of a workbook holds.

Used by the exports. Pure. Invariant: a number that a workbook would round is
written as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_FIRST_DAY_OF_EXCEL: Final = date(1900, 3, 1)
_LONGEST_TEXT: Final = 32_767
"""Characters in a cell of a workbook."""


def to_json_text(value: Mapping[Any, Any]) -> str:
    """A map as JSON text."""
    return json.dumps({str(key): item for key, item in value.items()}, default=str)


def to_sheet_cell(value: Any) -> Any:
    """A value as a workbook holds it: exact numbers and dates as such, all else as text.

    >>> to_sheet_cell(Decimal("1.50")), to_sheet_cell(Decimal("12345678901234567.89"))
    (1.5, '12345678901234567.89')
    """
    match value:
        case None | bool():
            return value
        case int() | float() | Decimal():
            return _to_sheet_number(value)
        case datetime():
            is_plain = value.tzinfo is None and value.date() >= _FIRST_DAY_OF_EXCEL
            return value if is_plain else value.isoformat()
        case date():
            return value if value >= _FIRST_DAY_OF_EXCEL else value.isoformat()
        case Mapping():
            return to_json_text(value)[:_LONGEST_TEXT]
        case _:
            return str(value)[:_LONGEST_TEXT]


def _to_sheet_number(value: int | float | Decimal) -> float | int | str | None:
    """A workbook keeps fifteen digits of a number: what has more is text."""
    exact = Decimal(str(value))
    if not exact.is_finite():
        return None
    digits = exact.normalize().as_tuple().digits
    if isinstance(value, float) or len(digits) <= 15:
        return value if isinstance(value, int | float) else float(value)
    return str(value)
