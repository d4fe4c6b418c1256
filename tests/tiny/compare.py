"""Two results compared as bags of rows.

Used by every test that runs a question in two ways. Invariant: exact for whole numbers, decimals,
dates and texts; nine digits where one side is a floating-point number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

Value = Any
KeyRow = tuple[Value, ...]


def _sortable(row: KeyRow) -> tuple[tuple[bool, str], ...]:
    return tuple(
        (
            v is not None,
            f"{float(v):+.9e}" if isinstance(v, (int, float, Decimal, Fraction)) else str(v),
        )
        for v in row
    )


def is_same_value(ours: Value, theirs: Value) -> bool:
    """Equal; where one side is a floating-point number, equal to nine digits."""
    if isinstance(ours, Decimal):
        ours = Fraction(ours)
    if isinstance(theirs, Decimal):
        theirs = Fraction(theirs)
    if isinstance(ours, float) or isinstance(theirs, float):
        if ours is None or theirs is None or isinstance(ours, str) or isinstance(theirs, str):
            return False
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return bool(ours == theirs)


def find_difference(expected: Iterable[KeyRow], given: Iterable[KeyRow]) -> str:
    """Where two results differ as bags of rows; empty when they do not."""
    left, right = sorted(expected, key=_sortable), sorted(given, key=_sortable)
    if len(left) != len(right):
        return f"{len(left)} rows expected, {len(right)} given:\n{left}\n{right}"
    for ours, theirs in zip(left, right, strict=True):
        same = len(ours) == len(theirs) and all(map(is_same_value, ours, theirs))
        if not same:
            return f"expected {ours}, given {theirs}"
    return ""
