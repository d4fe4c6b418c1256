"""Rows to CSV that no spreadsheet takes for a program.

Used by the commands and the data routes. Invariant: a text that looks like a formula begins
with an apostrophe; numbers keep all their digits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from server.schemas import encode_json

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: Iterable[Sequence[Any]]) -> str:
    """The rows as lines of CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([defuse(value) for value in row])
    return text.getvalue()


def defuse(value: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula.

    >>> defuse("=1+1"), defuse(-5)
    ("'=1+1", -5)
    """
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, Mapping):
        return encode_json({str(key): item for key, item in value.items()}).decode()
    return value
