"""What can be read off a result: leaders, concentration, spread, growth, gaps.

Called by `assemble.py` for each finding. Invariant: every number is a cell, or a sum, share or
difference of cells; a statement about the whole is made only where the whole is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from server.answer.formats import format_value, show
from server.answer.shape import Finding, is_cut, total

MAX_INSIGHTS: Final = 4


def find_insights(finding: Finding, currency: str) -> list[str]:
    """At most four sentences, the most telling first."""
    if finding.kind == "groups":
        found = _of_groups(finding, currency)
    elif finding.kind == "series":
        found = _of_series(finding, currency)
    else:
        found = []
    if finding.table.truncated:
        found.append(f"Only the first {finding.table.row_count:,} rows are shown.")
    return found[:MAX_INSIGHTS]


def _ranked(finding: Finding, number: int) -> list[tuple[str, Any]]:
    rows = [row for row in finding.table.rows if row[number] is not None]
    rows = sorted(rows, key=lambda row: row[number], reverse=True)
    return [(_name(finding, row), row[number]) for row in rows]


def _name(finding: Finding, row: tuple[Any, ...]) -> str:
    return " / ".join(show(finding.column(n), row[n], "USD") for n in finding.names)


def _of_groups(finding: Finding, currency: str) -> list[str]:
    number = finding.numbers[0]
    column = finding.column(number)
    ranked = _ranked(finding, number)
    if len(ranked) < 2:
        return []

    def text(value: Any) -> str:
        return format_value(value, column.format, currency)

    high, low = ranked[0][1], ranked[-1][1]
    cut = is_cut(finding)
    scope = f"Of the {len(ranked)} shown, " if cut else ""
    if high == low:
        every = "Both" if len(ranked) == 2 else f"All {len(ranked)}"
        return [f"{every}{' shown' if cut else ''} have the same: {text(high)}."]
    noun = _lower(column.label)
    if noun.startswith(("highest ", "lowest ")):
        noun = "value"
    found = [f"{scope}{_who(ranked, high)} the highest {noun}: {text(high)}."]
    whole = total([value for _, value in ranked])
    is_whole = column.name in finding.additive and not cut and not _is_filtered(finding)
    if is_whole and whole is not None and whole > 0 and low >= 0:
        leads = _who(ranked, high, "leads", "lead")
        each = " each" if ranked[1][1] == high else ""
        found[0] = (
            f"{leads} with {text(high)}{each}, {_percent(high, whole)} of {text(whole)} in total."
        )
        if len(ranked) > 5:
            top = sum((Decimal(str(value)) for _, value in ranked[:3]), Decimal(0))
            found.append(f"The first three together make up {_percent(top, whole)}.")
    found.append(f"{scope}{_who(ranked[::-1], low)} the lowest: {text(low)}.")
    if column.format == "percent":
        points = (Decimal(str(high)) - Decimal(str(low))) * 100
        found.append(f"Between the highest and the lowest lie {points:.1f} percentage points.")
    return found


def _who(
    ranked: Sequence[tuple[str, Any]], value: Any, one: str = "has", more: str = "have"
) -> str:
    """Those with the value, and the verb that fits: "A has", "A and 2 others have"."""
    tied = [name for name, found in ranked if found == value]
    if len(tied) == 1:
        return f"{tied[0]} {one}"
    rest = tied[1] if len(tied) == 2 else f"{len(tied) - 1} others"
    return f"{tied[0]} and {rest} {more}"


def _is_filtered(finding: Finding) -> bool:
    """True where groups were left out by their own number, so that the rest is no whole."""
    return re.search(r"\b(HAVING|QUALIFY)\b", finding.table.semantic_sql) is not None


def _percent(part: Any, whole: Any) -> str:
    return f"{Decimal(str(part)) / Decimal(str(whole)) * 100:.1f}%"


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:] if not label[:2].isupper() else label


def _of_series(finding: Finding, currency: str) -> list[str]:
    if finding.names:
        return []
    axis, number = finding.times[0], finding.numbers[0]
    column = finding.column(number)
    rows = sorted(
        (row for row in finding.table.rows if row[axis] is not None), key=lambda row: str(row[axis])
    )
    filled = [row for row in rows if row[number] is not None]
    if len(filled) < 2:
        return []

    def when(row: tuple[Any, ...]) -> str:
        return show(finding.column(axis), row[axis], currency)

    def text(row: tuple[Any, ...]) -> str:
        return format_value(row[number], column.format, currency)

    best, worst = max(filled, key=lambda row: row[number]), min(filled, key=lambda row: row[number])
    found = [f"Highest: {when(best)} with {text(best)}; lowest: {when(worst)} with {text(worst)}."]
    first, last = filled[0], filled[-1]
    change = Decimal(str(last[number])) - Decimal(str(first[number]))
    if column.format == "percent":
        found.append(
            f"From {when(first)} to {when(last)} it moved by {change * 100:+.1f} percentage points."
        )
    elif first[number]:
        share = change / abs(Decimal(str(first[number]))) * 100
        found.append(
            f"From {when(first)} ({text(first)}) to {when(last)} ({text(last)}): {share:+.1f}%."
        )
    if len(filled) < len(rows):
        found.append(f"{len(rows) - len(filled)} of {len(rows)} periods have no value.")
    return found
