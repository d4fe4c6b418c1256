"""Groups by their first number: who leads, who trails, what they come to, how few rows they are.

Used by the insights on groups and series. Invariant: pure; ties are told as ties, and what was
not counted is not called small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from semantic.compiled import ResultColumn
from semantic.request_names import in_sentence
from server.answer.formats import format_value, show
from server.answer.shape import Finding

SMALL_SAMPLE: Final = 10
"""A rate or a mean over fewer rows than this is marked."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The groups that have a value, the highest first."""

    finding: Finding
    column: ResultColumn
    currency: str
    entries: tuple[tuple[str, Any, int | None], ...]
    """Name, value, and the rows behind it where they were counted."""

    @property
    def high(self) -> Any:
        """The highest value."""
        return self.entries[0][1]

    @property
    def low(self) -> Any:
        """The lowest value."""
        return self.entries[-1][1]

    def text(self, value: Any) -> str:
        """A value by the column's format."""
        return format_value(value, self.column.format, self.currency)

    def said(self, value: Any) -> str:
        """A value with the number of rows behind it, where those are few."""
        few = next((n for _, v, n in self.entries if v == value), None)
        tied = sum(1 for _, v, _ in self.entries if v == value)
        if tied > 1 or few is None or few >= SMALL_SAMPLE:
            return self.text(value)
        number = "one" if few == 1 else f"{few:,} {in_sentence(self.finding.behind_label)}"
        return f"{self.text(value)} (only {number})"

    def who(self, value: Any, one: str = "has", more: str = "have") -> str:
        """Those with the value, and the verb that fits: "A has", "A and 2 others have"."""
        tied = [name for name, found, _ in self.entries if found == value]
        if value == self.low:
            tied.reverse()
        if len(tied) == 1:
            return f"{tied[0]} {one}"
        rest = tied[1] if len(tied) == 2 else f"{len(tied) - 1} others"
        return f"{tied[0]} and {rest} {more}"

    def few(self) -> list[tuple[str, int]]:
        """The groups with few rows behind them, fewest first."""
        found = [(name, n) for name, _, n in self.entries if n is not None and n < SMALL_SAMPLE]
        return sorted(found, key=lambda one: one[1])


def rank(finding: Finding, number: int, currency: str) -> Ranked:
    """The groups of a finding by one of its numbers."""
    keys = [*finding.times, *finding.names]
    rows = [row for row in finding.table.rows if row[number] is not None]
    rows = sorted(rows, key=lambda row: row[number], reverse=True)
    entries = tuple(
        (
            " / ".join(show(finding.column(n), row[n], currency) for n in keys),
            row[number],
            finding.behind.get(tuple(row[n] for n in keys)),
        )
        for row in rows
    )
    return Ranked(finding, finding.column(number), currency, entries)


def percent(part: Any, whole: Any) -> str:
    """A share of a whole that is not 0.

    >>> percent(1, 3)
    '33.3%'
    """
    return f"{Decimal(str(part)) / Decimal(str(whole)) * 100:.1f}%"


def difference(column: ResultColumn, one: Any, other: Any, currency: str) -> str:
    """How far a value lies from another, without a sign: points for rates, else in percent."""
    gap = abs(Decimal(str(one)) - Decimal(str(other)))
    if column.format == "percent":
        return f"{gap * 100:.1f} percentage points"
    if not other:
        return format_value(gap, column.format, currency)
    return f"{gap / abs(Decimal(str(other))) * 100:.1f}%"


def small_samples(ranked: Ranked) -> list[str]:
    """The sentence about groups whose value rests on few rows; none where all have enough."""
    few = ranked.few()
    if not few or all(n is None for _, _, n in ranked.entries):
        return []
    label = in_sentence(ranked.finding.behind_label)
    if len(few) == len(ranked.entries) and len(few) > 3:
        return [f"Every one of these rests on fewer than {SMALL_SAMPLE} {label}."]
    named = "; ".join(f"{name} ({n:,})" for name, n in few[:3])
    more = f" and {len(few) - 3} more" if len(few) > 3 else ""
    return [f"Small samples, fewer than {SMALL_SAMPLE} {label}: {named}{more}."]


def outliers(ranked: Ranked) -> list[str]:
    """The sentence about one value far outside the others, by quartiles; among 8 or more."""
    values = sorted(Decimal(str(value)) for _, value, _ in ranked.entries)
    if len(values) < 8 or ranked.column.format == "percent":
        return []
    quarter = len(values) // 4
    low, high = values[quarter], values[-quarter - 1]
    median = values[len(values) // 2]
    name, top, _ = ranked.entries[0]
    is_far = Decimal(str(top)) > high + 3 * (high - low) and high > low
    if not is_far or top == ranked.entries[1][1] or len(values) % 2 == 0 or median <= 0:
        return []
    return [f"{name} stands far above the rest; the middle value is {ranked.text(median)}."]


def total_by(finding: Finding, name: int, number: int, currency: str) -> Sequence[tuple[str, Any]]:
    """The sums of a number by the members of one dimension, the largest first."""
    sums: dict[str, Decimal] = {}
    for row in finding.table.rows:
        member = show(finding.column(name), row[name], currency)
        if row[number] is not None:
            sums[member] = sums.get(member, Decimal(0)) + Decimal(str(row[number]))
    return sorted(sums.items(), key=lambda one: one[1], reverse=True)
