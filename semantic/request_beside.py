"""Two periods side by side: what is held against what, and the rows that hold both.

Called by `request.py`. Invariant: periods meet by their keys, never by their place in a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from semantic.query_object import Level, TimeRange, add_months
from semantic.request_names import identifier


def step_of(grain: str | None, compare: Level | TimeRange) -> tuple[int, int] | None:
    """Months and days from one bucket to the one it is held against; None where none is."""
    months = {"month": 1, "quarter": 3, "year": 12}
    if compare == "prior_year" and grain in months:  # days would meet the 29th of February
        return 12, 0
    if compare == "prior_period" and grain in ("day", "week", *months):
        return months.get(grain, 0), {"day": 1, "week": 7}.get(grain, 0)
    return None


def earlier(wanted: TimeRange | None, months: int, days: int) -> TimeRange | None:
    """The range so many months and days before; open where `wanted` is."""
    if wanted is None:
        return None
    bounds = [
        add_months(day, -months) - timedelta(days=days) if day is not None else None
        for day in (wanted.start, wanted.end)
    ]
    return TimeRange(start=bounds[0], end=bounds[1])


def stack(
    keys: tuple[Sequence[str], Sequence[str]],
    names: Sequence[str],
    ctes: tuple[str, str],
    dated: str,
) -> list[str]:
    """The rows of both periods one under the other, the later one's numbers first.

    A join on the keys would lose the group without a name: nothing equals what is unknown.
    """
    values = [identifier(name) for name in names]
    early = [f"{name}_before" for name in names]
    own = [*keys[0], *values, *(f"NULL AS {name}" for name in early)]
    other = [
        *keys[1],
        *(f"NULL AS {value}" for value in values),
        *(f"{value} AS {name}" for value, name in zip(values, early, strict=True)),
    ]
    found = [
        f"SELECT {', '.join(own)} FROM {ctes[0]}",  # noqa: S608 - names of the catalog
        "UNION ALL",
        f"SELECT {', '.join(other)} FROM {ctes[1]}",  # noqa: S608 - names of the catalog
    ]
    return [*found, f"WHERE {dated}"] if dated else found


def side_by_side(
    keys: Sequence[str], names: Sequence[str], stacked: str, *, only_now: bool
) -> list[str]:
    """The lines that put the stacked rows of a key into one.

    Args:
        only_now: leave out what has no row in the later range.
    """
    columns = [*keys, *(column for name in names for column in _differences(name))]
    lines = ["SELECT " + ",\n  ".join(columns), f"FROM {stacked}"]
    lines += ["GROUP BY ALL"] if keys else []
    if only_now:
        there = (f"MAX({identifier(name)}) IS NOT NULL" for name in names)
        lines.append(f"HAVING {' OR '.join(there)}")
    return lines


def _differences(name: str) -> list[str]:
    """The columns of one metric: now, before, and how it changed. Each period gives one row."""
    now, then = f"MAX({identifier(name)})", f"MAX({name}_before)"
    return [
        f"{now} AS {identifier(name)}",
        f"{then} AS {name}_before",
        f"{now} - {then} AS {name}_change",
        f"({now} - {then}) / {then} AS {name}_change_percent",
    ]
