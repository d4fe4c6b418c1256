"""An Arrow stream from a worker to rows of Python values.

Called by `execute.py`. Invariant: a value arrives exactly or not at all: decimals stay
decimals, sums of integers are integers, what Python cannot hold is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from semantic.compiled import ResultColumn
from server.errors import NumberOutOfRange

Row = tuple[Any, ...]

# Bytes that one Python value takes beside its characters, by kind; a cell adds a pointer.
_VALUE_BYTES: Final = {
    "text": 74,
    "integer": 36,
    "decimal": 104,
    "double": 24,
    "boolean": 0,
    "date": 32,
    "timestamp": 48,
    "interval": 90,
    "map": 600,
    "null": 0,
}
_ROW_BYTES: Final = 56
_POINTER_BYTES: Final = 8


def decode_rows(body: bytes, columns: Sequence[ResultColumn]) -> tuple[Row, ...]:
    """The rows in `body`: str, int, Decimal, float, bool, date, datetime, dict and None.

    NaN, which means undefined, becomes None.

    Raises:
        NumberOutOfRange: an infinite number, or a date outside the years 1 to 9999.
    """
    if not columns:
        return ()
    with pa.ipc.open_stream(body) as stream:
        table = stream.read_all()
    try:
        values = [
            _decode_column(table.column(number), column) for number, column in enumerate(columns)
        ]
    except OverflowError as error:
        raise NumberOutOfRange(
            "The result holds a date outside the years 1 to 9999.",
            hint="Ask for a smaller shift in time.",
        ) from error
    return tuple(zip(*values, strict=True))


def estimate_memory(rows: Sequence[Row], columns: Sequence[ResultColumn], body_bytes: int) -> int:
    """About how many bytes `rows` take in memory; `body_bytes` stands for their characters."""
    per_row = _ROW_BYTES + sum(_POINTER_BYTES + _VALUE_BYTES[c.type.kind] for c in columns)
    return body_bytes + per_row * len(rows)


def _decode_column(array: pa.ChunkedArray[Any], column: ResultColumn) -> list[Any]:
    values = array.to_pylist()
    convert = _find_converter(array.type, column)
    if convert is None:
        return values
    return [None if value is None else convert(value) for value in values]


def _find_converter(kind: pa.DataType, column: ResultColumn) -> Callable[[Any], Any] | None:
    """What turns Arrow's Python value into ours; None where they are the same."""
    if pa.types.is_floating(kind):
        return _to_finite
    if pa.types.is_map(kind):
        return _to_dict
    if pa.types.is_interval(kind):
        return _to_interval_text
    if pa.types.is_decimal(kind) and column.type.kind == "integer":
        return _to_integer
    if pa.types.is_timestamp(kind) and column.type.kind == "date":
        return _to_date
    return None


def _to_finite(value: float) -> float | None:
    if math.isinf(value):
        raise NumberOutOfRange(
            "A computed number is infinite: a division by zero or an overflow.",
            hint="Divide by a value that cannot be zero.",
        )
    return None if math.isnan(value) else value


def _to_integer(value: Decimal) -> int | Decimal:
    """HUGEINT, the sum of integers, travels as a decimal without a scale."""
    return int(value) if value == value.to_integral_value() else value


def _to_date(value: datetime) -> Any:
    return value.date() if value.time() == time.min else value


def _to_dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Counts in a map are HUGEINT sums too."""
    return {
        key: int(value) if isinstance(value, Decimal) and value == int(value) else value
        for key, value in pairs
    }


def _to_interval_text(value: Any) -> str:
    """'1 month 2 days 3 s': months have no fixed length, so no number of days says it.

    >>> from pyarrow import MonthDayNano
    >>> _to_interval_text(MonthDayNano([1, 2, 0]))
    '1 months 2 days'
    """
    seconds = Decimal(value.nanoseconds).scaleb(-9).normalize()
    parts = [
        f"{value.months} months" if value.months else "",
        f"{value.days} days" if value.days else "",
        f"{seconds:f} s" if seconds else "",
    ]
    return " ".join(part for part in parts if part) or "0 days"
