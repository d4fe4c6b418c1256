"""Two periods side by side: what is held against what, and the rows that hold both.

Called by `request.py`. Invariant: periods meet by their keys, never by their place in a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from semantic.definitions import Catalog
from semantic.query_object import Level, SemanticQuery, TimeRange, add_months
from semantic.request_names import identifier, quote


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


def is_change(query: SemanticQuery, name: str) -> bool:
    """True for the change of a metric asked for, like `revenue_change`, where periods compare."""
    is_compared = query.time is not None and query.time.compare is not None
    return is_compared and any(name in _changes(metric) for metric in query.metrics)


def forms_of(query: SemanticQuery, names: Sequence[str], catalog: Catalog) -> dict[str, str]:
    """The columns of metrics, each with how its numbers stand in its change.

    Where groups are chosen or ranked by a change, a sum over no rows is 0 in it and not unknown.
    """
    named = [*(item.metric for item in query.having), *(item.name for item in query.order_by)]
    is_chosen = any(is_change(query, name) for name in named)
    found = {name: catalog.metrics.get(name) for name in names}
    return {
        name: "coalesce({}, 0)"
        if is_chosen and metric is not None and metric.agg in ("sum", "count")
        else "{}"
        for name, metric in found.items()
    }


def _wanted(query: SemanticQuery, forms: Mapping[str, str]) -> list[str]:
    """The conditions of `having` on changes."""
    found = []
    for item in query.having:
        for metric, form in forms.items():
            changes = _changes(metric, form)
            if item.metric in changes and is_change(query, item.metric):
                operator = "<>" if item.op == "!=" else item.op
                found.append(f"{changes[item.metric]} {operator} {quote(item.value)}")
    return found


def side_by_side(
    query: SemanticQuery,
    keys: Sequence[str],
    stacked: str,
    forms: Mapping[str, str],
    *,
    only_now: bool,
) -> list[str]:
    """The lines that put the stacked rows of a key into one.

    Args:
        forms: the metrics by their columns, each with how its numbers stand in its change.
        only_now: leave out what has no row in the later range.
    """
    columns = [*keys, *(column for name in forms for column in _differences(name, forms[name]))]
    lines = ["SELECT " + ",\n  ".join(columns), f"FROM {stacked}"]
    lines += ["GROUP BY ALL"] if keys else []
    wanted = _wanted(query, forms)
    if only_now:
        there = " OR ".join(f"MAX({identifier(name)}) IS NOT NULL" for name in forms)
        wanted.append(f"({there})" if wanted else there)
    return [*lines, f"HAVING {' AND '.join(wanted)}"] if wanted else lines


def _differences(name: str, form: str) -> list[str]:
    """The columns of one metric: now, before, and how it changed. Each period gives one row."""
    changes = [f"{sql} AS {column}" for column, sql in _changes(name, form).items()]
    now, then = f"MAX({identifier(name)})", f"MAX({name}_before)"
    return [f"{now} AS {identifier(name)}", f"{then} AS {name}_before", *changes]


def _changes(name: str, form: str = "{}") -> dict[str, str]:
    now, then = form.format(f"MAX({identifier(name)})"), form.format(f"MAX({name}_before)")
    return {
        f"{name}_change": f"{now} - {then}",
        f"{name}_change_percent": f"({now} - {then}) / {then}",
    }
