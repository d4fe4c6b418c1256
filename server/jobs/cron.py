"""A cron expression and a time zone to the next moment it means, also where clocks change.

Called when a schedule is added and when its slot is claimed; the only owner of apscheduler.
Invariant: a moment returned is later than the one given; weekdays count as cron counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger

from semantic.issues import Issue, did_you_mean, suggest
from server.errors import BadInput

MAX_CHARS: Final = 100
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 1,4,7,10 *",
    "@yearly": "0 0 1 1 *",
}
_LARGEST_CHANGE: Final = timedelta(hours=3)
"""No clock is ever set back or forward further than this."""
_MOST_WALLS: Final = 500


class BadSchedule(BadInput):
    """A cron expression or a time zone that names no moments."""

    code = "bad-schedule"
    title = "The schedule cannot be understood"


class Cron:
    """One schedule: `minute hour day-of-month month day-of-week` on the clocks of a zone.

    A time that a clock skips is taken at the moment the clock jumps past it by as much; a time
    that comes twice is taken the first time, except by an expression for every hour (`*` or
    `*/n` as its hour), which counts both.
    """

    def __init__(self, expression: str, timezone: str) -> None:
        """Raises BadSchedule where either cannot be used."""
        self._zone = _parse_zone(timezone)
        text = _ALIASES.get(expression.strip().lower(), expression.strip())
        self._is_hourly = len(text.split()) == 5 and text.split()[1].startswith("*")
        # Wall times are computed as if there were no changes of clock; those come afterwards.
        self._triggers = _parse(text)

    def next_after(self, moment: datetime) -> datetime:
        """The first moment after `moment`, in UTC. Raises BadSchedule when there is none."""
        wall = moment.astimezone(self._zone).replace(tzinfo=None)
        best: datetime | None = None
        for candidate in self._walls(wall - _LARGEST_CHANGE):
            if best is not None and candidate > wall + _LARGEST_CHANGE:
                break
            found = [when for when in self._instants(candidate) if when > moment]
            best = min([*found, best] if best is not None else found, default=None)
        if best is None:
            raise _refusal("The expression names a day that never comes.")
        return best

    def _walls(self, wall: datetime) -> Iterator[datetime]:
        """Wall times from `wall` on, in order."""
        after = wall.replace(second=0, microsecond=0, tzinfo=UTC)
        for _ in range(_MOST_WALLS):
            times = [t.get_next_fire_time(None, after) for t in self._triggers]
            coming = [time for time in times if time is not None]
            if not coming:
                return
            yield min(coming).replace(tzinfo=None)
            after = min(coming) + timedelta(minutes=1)

    def _instants(self, wall: datetime) -> list[datetime]:
        folds = (0, 1) if self._is_hourly else (0,)
        return [wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in folds]


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = suggest(name, ("UTC", "Europe/London", "Europe/Berlin", "America/New_York"))
        raise _refusal(
            f"There is no time zone '{name[:60]}'.",
            did_you_mean(near) or "Write one such as Europe/Berlin, America/New_York or UTC.",
            "timezone",
        ) from error


def _parse(text: str) -> list[CronTrigger]:
    """The triggers whose moments, taken together, the expression means."""
    fields = text.split()
    if len(text) > MAX_CHARS or len(fields) != 5:
        raise _refusal("A cron expression has five parts: minute hour day month weekday.")
    minute, hour, day, month, weekday = fields
    days = _to_day_names(weekday)
    # As cron has it: where both kinds of day are narrowed, either of them will do.
    either = not day.startswith("*") and not weekday.startswith("*")
    pairs = [(day, "*"), ("*", days)] if either else [(day, days)]
    try:
        return [
            CronTrigger(
                minute=minute, hour=hour, day=on_day, month=month.lower(), day_of_week=on_weekday,
                timezone=UTC,
            )
            for on_day, on_weekday in pairs
        ]  # fmt: skip
    except ValueError as error:
        raise _refusal("A part of the cron expression is not a number, range or list.") from error


def _to_day_names(field: str) -> str:
    """The weekdays by name; by number cron begins on Sunday and the library on Monday."""
    if field == "*":
        return field
    found: set[int] = set()
    for item in field.lower().split(","):
        matched = re.fullmatch(r"(\*|[0-7a-z]+)(?:-([0-7a-z]+))?(?:/([1-7]))?", item)
        if matched is None:
            raise _refusal("The weekday is not a day (0-7 or sun-sat), range or list.")
        first, last, step = matched.groups()
        low, high = (0, 6) if first == "*" else (_day(first), _day(last or first))
        if step and first != "*" and last is None:
            high = 6
        if high < low:
            high += 7
        found |= {number % 7 for number in range(low, high + 1, int(step or 1))}
    return ",".join(_DAYS[number] for number in sorted(found))


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if not re.fullmatch(r"[0-7]", text):
        raise _refusal("The weekday is not a day (0-7 or sun-sat), range or list.")
    return int(text)


def _refusal(message: str, hint: str = "", where: str = "cron") -> BadSchedule:
    hint = hint or "An example: '0 7 * * 1-5' is 7:00 on working days."
    return BadSchedule(message, hint=hint, issues=[Issue("bad-schedule", message, where, hint)])
