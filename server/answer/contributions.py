"""What each member contributed to the change of a metric: exact parts that add up to the whole.

Called by `server/explain_change.py`. Pure rational arithmetic. Invariant: the changes of the rows
of one dimension add up to the total change exactly, to the last digit shown.

A ratio R = N / D over members i with rate r = n / d and weight s = d / D changes by

    sum of  (s0 + s1) / 2 * (r1 - r0)                   the members' own rates (rate effect)
         +  (s1 - s0) * ((r0 + r1) / 2 - (R0 + R1) / 2)  their weights (mix effect)

after E. M. Kitagawa, "Components of a Difference Between Two Rates", Journal of the American
Statistical Association 50 (1955). The weights sum to 1 in both periods, so that any constant may
be taken off the rates in the second term; the mean of R makes the growth of a member with an
above-average rate count as a gain. An average is the ratio of its sum and its count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Literal

Number = int | float | Decimal
RowKind = Literal["member", "other", "unexplained"]

DIGITS: Final = 12
"""Significant digits of a part that is not exact as a decimal."""
_SHARE_QUANTUM: Final = Fraction(1, 10**6)
_NOISE: Final = Fraction(1, 10**9)
"""Relative to the largest value: what adding up doubles in another order may differ by."""
_LEADERS: Final = 3
_ZERO: Final = Fraction(0)
_EXACT: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of a metric in one period; for what simply adds up there is no denominator."""

    numerator: Fraction
    denominator: Fraction | None = None

    @property
    def value(self) -> Fraction | None:
        """The metric; None for a ratio to nothing."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class MemberSums:
    """One member of a dimension in both periods; None is the rows without a member."""

    member: str | None
    before: Sums
    after: Sums


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row: a member, the rest of the members, or what no member explains."""

    member: str | None
    kind: RowKind
    before: Decimal | None
    after: Decimal | None
    change: Decimal
    """The part of the total change; for a ratio the rate effect plus the mix effect."""
    share: Decimal | None
    """Part of the total change, 1 for all of it; None where nothing changed."""
    rate_effect: Decimal | None = None
    mix_effect: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One dimension's rows, largest part first, and how far its members depart from the trend."""

    dimension: str
    rows: tuple[Contribution, ...]
    score: Fraction
    """What the three members that depart most from a common trend explain beyond it; the larger,
    the more the change is one of few members."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An unrounded row."""

    source: MemberSums
    rate: Fraction
    mix: Fraction
    kind: RowKind = "member"

    @property
    def change(self) -> Fraction:
        return self.rate + self.mix


def to_fraction(value: Number | None) -> Fraction:
    """The number as it is written; nothing summed is 0.

    >>> to_fraction(Decimal("0.10")), to_fraction(0.1), to_fraction(None)
    (Fraction(1, 10), Fraction(1, 10), Fraction(0, 1))
    """
    return _ZERO if value is None else Fraction(str(value))


def change_of(before: Sums, after: Sums) -> Fraction | None:
    """The total change; None where a ratio has no value in one of the periods."""
    old, new = before.value, after.value
    return None if old is None or new is None else new - old


def has_turned_over(members: Sequence[MemberSums]) -> bool:
    """True where no member is there in both periods: such a dimension only names the periods."""
    return not any(_weight(m.before) and _weight(m.after) for m in members)


def is_outcome(members: Sequence[MemberSums]) -> bool:
    """True where each member of a ratio counts wholly or not at all: it names the outcome itself,
    as won and lost do for the share of won deals."""
    values = [sums.value for m in members for sums in (m.before, m.after) if sums.denominator]
    return bool(values) and all(value in (0, 1) for value in values)


def _weight(sums: Sums) -> Fraction:
    return sums.numerator if sums.denominator is None else sums.denominator


def break_down(
    dimension: str,
    members: Sequence[MemberSums],
    before: Sums,
    after: Sums,
    *,
    limit: int,
    is_exact: bool = True,
) -> Breakdown:
    """The parts of the change between the totals `before` and `after`.

    Args:
        limit: members shown; the others are one row, except the rows without a member.
        is_exact: False where a sum is a double, which depends on the order of addition.

    Raises:
        ValueError: a ratio has no value in one of the periods.
    """
    total = change_of(before, after)
    if total is None:
        raise ValueError("a ratio without a value cannot be explained")
    parts = _to_parts(members, before, after)
    values = [before.value or _ZERO, after.value or _ZERO, *(p.change for p in parts)]
    scale = max(abs(value) for value in values)
    unexplained = total - sum((p.change for p in parts), _ZERO)
    is_noise = not is_exact and abs(unexplained) <= _NOISE * scale
    score = _score(parts, before, after, total)
    shown = _cut(parts, limit)
    if unexplained and not is_noise:
        # For a ratio: parts of the numerator whose members have no denominator.
        shown.append(
            _Part(MemberSums(_RESIDUAL, _NOTHING, _NOTHING), unexplained, _ZERO, "unexplained")
        )
    quantum = _quantum(shown, total, scale)
    return Breakdown(dimension, _to_rows(shown, total, quantum, before.denominator), score)


_RESIDUAL: Final = "(not explained by a member)"
_NOTHING: Final = Sums(_ZERO)


# ------------------------------------------------------------------ parts


def _to_parts(members: Sequence[MemberSums], before: Sums, after: Sums) -> list[_Part]:
    if before.denominator is None or after.denominator is None:
        return [_Part(m, m.after.numerator - m.before.numerator, _ZERO) for m in members]
    return [_split(m, before, after) for m in members]


def _split(member: MemberSums, before: Sums, after: Sums) -> _Part:
    """Rate and mix effect of one member of a ratio.

    A member that comes or goes has a rate in one period only: all of its part is mix. What it
    counts in a numerator without a denominator has no rate at all and is left unexplained.
    """
    old_total, new_total = before.denominator or _ZERO, after.denominator or _ZERO
    old_weight = (member.before.denominator or _ZERO) / old_total
    new_weight = (member.after.denominator or _ZERO) / new_total
    mean = ((before.value or _ZERO) + (after.value or _ZERO)) / 2
    old, new = member.before.value, member.after.value
    if old is None or new is None:
        mix = new_weight * ((new or _ZERO) - mean) - old_weight * ((old or _ZERO) - mean)
        return _Part(member, _ZERO, mix)
    rate = (old_weight + new_weight) / 2 * (new - old)
    return _Part(member, rate, (new_weight - old_weight) * ((old + new) / 2 - mean))


def _score(parts: Sequence[_Part], before: Sums, after: Sums, total: Fraction) -> Fraction:
    """What the leading members explain beyond an even change of all of them."""
    whole = _weight(before) + _weight(after)

    def excess(part: _Part) -> Fraction:
        own = _weight(part.source.before) + _weight(part.source.after)
        return abs(part.change - (total * own / whole if whole else _ZERO))

    return sum(sorted(map(excess, parts), reverse=True)[:_LEADERS], _ZERO)


def _cut(parts: Sequence[_Part], limit: int) -> list[_Part]:
    """The largest parts first; those beyond the limit as one, unless it would be only one."""
    ranked = sorted(
        parts,
        key=lambda p: (-abs(p.change), p.source.member is None, p.source.member or ""),
    )
    shown, rest = ranked[:limit], ranked[limit:]
    shown += [part for part in rest if part.source.member is None]
    rest = [part for part in rest if part.source.member is not None]
    if len(rest) < 2:
        return shown + rest
    label = f"Other ({len(rest):,} members)"
    sums = MemberSums(
        label, _add([p.source.before for p in rest]), _add([p.source.after for p in rest])
    )
    rate, mix = sum((p.rate for p in rest), _ZERO), sum((p.mix for p in rest), _ZERO)
    return [*shown, _Part(sums, rate, mix, "other")]


def _add(sums: Sequence[Sums]) -> Sums:
    numerator = sum((s.numerator for s in sums), _ZERO)
    if any(s.denominator is None for s in sums):
        return Sums(numerator)
    return Sums(numerator, sum((s.denominator or _ZERO for s in sums), _ZERO))


# ------------------------------------------------------------------ rounding that adds up


def _quantum(parts: Sequence[_Part], total: Fraction, scale: Fraction) -> Fraction:
    """The unit all parts are shown in: exact where all are short decimals, else twelve digits."""
    places = [_decimal_places(n) for p in parts for n in (p.rate, p.mix)]
    places.append(_decimal_places(total))
    if all(one is not None and one <= DIGITS for one in places):
        return Fraction(1, 10 ** max(one or 0 for one in places))
    exponent = math.floor(math.log10(scale)) if scale else 0
    return Fraction(10) ** min(0, exponent - DIGITS + 1)


def _decimal_places(value: Fraction) -> int | None:
    """Digits after the point; None where no finite number of them is enough.

    >>> _decimal_places(Fraction(5, 4)), _decimal_places(Fraction(1, 3))
    (2, None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def apportion(values: Sequence[Fraction], total: Fraction, quantum: Fraction) -> list[Decimal]:
    """The values in whole quanta that add up to the total in whole quanta (largest remainders).

    >>> apportion([Fraction(1, 3)] * 3, Fraction(1), Fraction(1, 100))
    [Decimal('0.34'), Decimal('0.33'), Decimal('0.33')]
    """
    units = [math.floor(value / quantum) for value in values]
    left = round(total / quantum) - sum(units)
    if values and left:
        every, some = divmod(left, len(values))
        by_remainder = sorted(range(len(values)), key=lambda n: (units[n] - values[n] / quantum, n))
        for place, n in enumerate(by_remainder):
            units[n] += every + (1 if place < some else 0)
    return [to_decimal(unit * quantum) for unit in units]


def to_decimal(value: Fraction) -> Decimal:
    """The fraction as a decimal: exact where it is one, else with more digits than are shown."""
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def _to_rows(
    parts: Sequence[_Part], total: Fraction, quantum: Fraction, denominator: Fraction | None
) -> tuple[Contribution, ...]:
    effects = apportion([n for p in parts for n in (p.rate, p.mix)], total, quantum)
    shares: Sequence[Decimal | None] = [None] * len(parts)
    if total:
        shares = apportion([p.change / total for p in parts], Fraction(1), _SHARE_QUANTUM)
    is_ratio = denominator is not None
    rows = []
    for n, (part, share) in enumerate(zip(parts, shares, strict=True)):
        rate, mix = effects[2 * n], effects[2 * n + 1]
        has_effects = is_ratio and part.kind != "unexplained"
        has_values = part.kind != "unexplained"
        rows.append(
            Contribution(
                member=part.source.member,
                kind=part.kind,
                before=_shown(part.source.before, quantum) if has_values else None,
                after=_shown(part.source.after, quantum) if has_values else None,
                change=_EXACT.add(rate, mix),
                share=share,
                rate_effect=rate if has_effects else None,
                mix_effect=mix if has_effects else None,
            )
        )
    return tuple(rows)


def _shown(sums: Sums, quantum: Fraction) -> Decimal | None:
    """The member's own value; a rate as precise as the parts of the change."""
    value = sums.value
    if value is None:
        return None
    if _decimal_places(value) is not None and sums.denominator is None:
        return to_decimal(value)
    return to_decimal(round(value / quantum) * quantum)
