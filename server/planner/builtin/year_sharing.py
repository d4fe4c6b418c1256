"""The year of a period that another one in the sentence tells: "Q1 and Q2 2024".

Called by `times.py`, and by `question.py` for the period of the answer before. Invariant: only
periods that the sentence joins, or that go on with an answer, share a year; one with a year of its
own keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from semantic.request import SemanticQuery, TimeRange, add_months
from server.planner.builtin.periods import Period, say_range
from server.planner.builtin.reading import Reading

_Placed = tuple[int, Period]


def share_years(reading: Reading, found: Sequence[_Placed]) -> list[Period]:
    """The periods in their order; those without a year take that of the one they are joined to."""
    placed = _fiscal_alike(reading, found)
    for number in range(len(placed) - 2, -1, -1):  # "Q1 and Q2 2024": from the right
        (at, first), (other, second) = placed[number], placed[number + 1]
        if first.year_free and not second.year_free and _is_joined(reading, at, other):
            placed[number] = (at, _moved(reading, placed[number], placed[number + 1]))
    for number in range(1, len(placed)):  # "2024 Q1 and Q2"
        (other, first), (at, second) = placed[number - 1], placed[number]
        if second.year_free and not first.year_free and _is_joined(reading, other, at):
            placed[number] = (at, _moved(reading, placed[number], placed[number - 1]))
    return [period for _, period in placed]


def _fiscal_alike(reading: Reading, found: Sequence[_Placed]) -> list[_Placed]:
    """The second of "fiscal Q3 vs Q4 2024" in the fiscal calendar too."""
    placed = list(found)
    for number in range(1, len(placed)):
        (other, _), (at, second) = placed[number - 1], placed[number]
        is_shared = _is_fiscal(reading, other) and _is_joined(reading, other, at)
        if is_shared and second.fiscal is not None:
            words = say_range(second.fiscal)
            placed[number] = (at, replace(second, range=second.fiscal, fiscal=None, words=words))
    return placed


def _is_fiscal(reading: Reading, at: int) -> bool:
    return reading.items[at].text.casefold().startswith("fiscal")


def _is_joined(reading: Reading, one: int, other: int) -> bool:
    between = reading.items[one + 1 : other]
    is_listed = not between and reading.items[other].after_comma
    return is_listed or (
        bool(between) and all(item.has_role("and", "or", "compare", "also") for item in between)
    )


def _moved(reading: Reading, one: _Placed, joined: _Placed) -> Period:
    """The period in the year that the one it is joined to tells."""
    (at, period), (other, near) = one, joined
    is_compared = any(
        item.has_role("compare") for item in reading.items[min(at, other) : max(at, other)]
    )
    lead = (13 - reading.clock.fiscal_start) % 12
    own_lead = lead if _is_fiscal(reading, at) else 0
    wanted = _placed_beside(period.range, near.range, own_lead, at < other, is_compared)
    if wanted is None:
        text = reading.items[at].text
        reading.parts.unclear.append(f"It is not clear which year '{text}' is of; please say it.")
        return period
    if wanted == near.range:
        return period
    fiscal = None
    if period.fiscal is not None and near.fiscal is not None:
        fiscal = _placed_beside(period.fiscal, near.fiscal, lead, at < other, is_compared)
    words = say_range(wanted)
    return replace(period, range=wanted, words=words, fiscal=fiscal, year_free=False)


def _placed_beside(
    own: TimeRange, near: TimeRange, lead: int, is_before: bool, is_compared: bool
) -> TimeRange | None:
    """The range in the year of the other; None where that could as well be the one beside it.

    "March vs February 2024" are of one year, "December and January 2024" follow each other.

    Args:
        lead: months by which the year begins before the calendar's, so that years can be told.
    """
    if own.start is None or own.end is None or near.start is None or near.end is None:
        return own
    if add_months(near.start, _months(own.start, own.end)) != near.end:
        return own
    years = add_months(near.start, lead).year - add_months(own.start, lead).year
    start, end = _shift(own.start, years), _shift(own.end, years)
    is_in_order = start <= near.start if is_before else start >= near.start
    is_turned = start == near.end or end == near.start
    if is_in_order or is_turned:
        return TimeRange(start=start, end=end)
    step = -1 if is_before else 1
    start, end = _shift(start, step), _shift(end, step)
    follows = end == near.start and not is_compared if is_before else start == near.end
    return TimeRange(start=start, end=end) if follows else None


def _months(start: date, end: date) -> int:
    return 12 * (end.year - start.year) + end.month - start.month


def _shift(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def share_year_before(reading: Reading, last: SemanticQuery) -> bool:
    """Put "and in April?" in the year of the period before; False where it may be another.

    Not where it goes on with the next year, as January does after December, nor past the last day
    of the data.
    """
    parts, before = reading.parts, last.time.range if last.time is not None else None
    if len(parts.periods) != 1 or not parts.periods[0].year_free or parts.compare:
        return True
    guess = parts.periods[0].range
    years = _years_to(guess, before)
    if before is None or before.start is None or guess.start is None or not years:
        return True
    start = _shift(guess.start, years)
    if guess.start == before.end or start > _last_day(reading, last):
        return True
    is_next = before.start < guess.start < _shift(before.start, 1)
    if guess.end == before.start or (start < before.start and is_next):
        return False
    wanted, fiscal = _moved_by(guess, years), parts.periods[0].fiscal
    moved = replace(parts.periods[0], range=wanted, words=say_range(wanted), year_free=False)
    parts.periods = [replace(moved, fiscal=_moved_by(fiscal, years) if fiscal else None)]
    return True


def _years_to(own: TimeRange, before: TimeRange | None) -> int:
    """How many years on it is of the calendar year of the one before, or inside that; else 0."""
    if before is None or before.start is None or before.end is None or own.start is None:
        return 0
    first, last = before.start, before.end
    if last <= date(first.year + 1, 1, 1):
        return first.year - own.start.year
    for years in (first.year - own.start.year, first.year + 1 - own.start.year):
        moved = _moved_by(own, years)
        is_inside = moved.start and moved.end and first <= moved.start and moved.end <= last
        if is_inside and last <= _shift(first, 1):
            return years
    return 0


def _moved_by(one: TimeRange, years: int) -> TimeRange:
    return TimeRange(
        start=_shift(one.start, years) if one.start is not None else None,
        end=_shift(one.end, years) if one.end is not None else None,
    )


def _last_day(reading: Reading, query: SemanticQuery) -> date:
    """The last day that the dates of a query hold, or today where that is later."""
    facts, now = reading.facts, reading.clock.as_of
    if query.model is None:
        return now
    name = query.time.dimension if query.time is not None else None
    found = facts.dimension(query.model, name or facts.model(query.model).time or "")
    covered = facts.coverage.get(found.qualified) if found is not None else None
    return max(covered.last, now) if covered is not None else now
