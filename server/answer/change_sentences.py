"""An explained change to sentences: from what to what, by whom, and what stays unexplained.

Called by `server/explain_change.py`. Pure. Invariant: every number is one of the breakdown's, or
the share, sum or difference of such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from semantic.request_names import in_sentence
from server.answer.contributions import Breakdown, Contribution
from server.answer.formats import format_value

_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """How a metric and its two periods are called and written."""

    label: str
    format: str
    currency: str
    period: str
    compare: str
    premise: str = ""
    """What the asker takes for granted: "rise", "fall" or nothing."""

    def value(self, value: Decimal | None) -> str:
        """A value of the metric."""
        return "no value" if value is None else format_value(value, self.format, self.currency)

    def change(self, value: Decimal) -> str:
        """A difference with its sign; rates differ by percentage points.

        >>> Wording("Win rate", "percent", "USD", "", "").change(Decimal("-0.031"))
        '-3.1 percentage points'
        """
        if self.format == "percent":
            return f"{value * 100:+.1f} percentage points"
        return f"{'+' if value > 0 else ''}{format_value(value, self.format, self.currency)}"


def write_total(wording: Wording, before: Decimal | None, after: Decimal | None) -> str:
    """What happened to the metric as a whole."""
    sides = (
        f"from {wording.value(before)} in {wording.compare} "
        f"to {wording.value(after)} in {wording.period}"
    )
    if before is None or after is None:
        return (
            f"{wording.label} went {sides}: without a value on both sides there is no change to "
            "explain."
        )
    change = after - before
    denied = f" It did not {wording.premise}." if _is_denied(wording.premise, change) else ""
    if not change:
        return f"{wording.label} did not change: {wording.value(after)} in both periods.{denied}"
    verb = "rose" if change > 0 else "fell"
    relative = f" ({change / abs(before) * 100:+.1f}%)" if before else ""
    if wording.format == "percent":
        relative = ""
    return f"{wording.label} {verb} {sides}: {wording.change(change)}{relative}.{denied}"


def _is_denied(premise: str, change: Decimal) -> bool:
    return (premise == "rise" and change <= 0) or (premise == "fall" and change >= 0)


def write_breakdown(wording: Wording, label: str, breakdown: Breakdown) -> list[str]:
    """Who made the change, in one to three sentences."""
    named = [row for row in breakdown.rows if row.kind == "member" and row.change][:_NAMED]
    if not named:
        return [f"By {in_sentence(label)}: no member changed."]
    found = [f"By {in_sentence(label)}: " + "; ".join(_say(wording, row) for row in named) + "."]
    rates = [row.rate_effect for row in breakdown.rows if row.rate_effect is not None]
    mixes = [row.mix_effect for row in breakdown.rows if row.mix_effect is not None]
    if rates:
        found.append(
            f"Of this, {wording.change(_sum(rates))} comes from the members' own values and "
            f"{wording.change(_sum(mixes))} from their weights in the whole."
        )
    left = [row.change for row in breakdown.rows if row.kind == "unexplained"]
    if left:
        found.append(
            f"{wording.change(_sum(left))} is not explained by {in_sentence(label)}: it lies with "
            "rows whose members have nothing to divide by, or that no member covers."
        )
    return found


def _say(wording: Wording, row: Contribution) -> str:
    member = "(none)" if row.member is None else row.member
    # A share above all of it, or of the other sign, says more than it explains.
    is_telling = row.share is not None and 0 < row.share <= 1
    share = f" ({row.share * 100:.1f}% of the change)" if is_telling and row.share else ""
    return f"{member} {wording.change(row.change)}{share}"


def _sum(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0))
