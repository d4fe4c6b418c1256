"""Rows to CSV that no spreadsheet takes for a program.

Used by the commands, the data routes and the exports. Invariant: a text that looks like a formula
begins with an apostrophe; numbers keep all their digits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from server.schemas import encode_json

_FORMULA: Final[tuple[str, ...]] = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *"\uff1d\uff0b\uff0d\uff20",
)
"""The last four are the full-width forms that spreadsheets read like the narrow ones."""


def to_csv(rows: Iterable[Sequence[Any]], line_end: str = "\n") -> str:
    """The rows as lines of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    for row in rows:
        writer.writerow([defuse(value) for value in row])
    return text.getvalue()


def defuse(value: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula.

    >>> defuse("=1+1"), defuse(-5), defuse(True), defuse(date(2025, 1, 31))
    ("'=1+1", -5, 'true', '2025-01-31')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, Mapping):
        return encode_json({str(key): item for key, item in value.items()}).decode()
    return None if value != value else value
