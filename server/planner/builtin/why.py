"""Why a number changed: the metric, the two periods and the conditions for `explain_change`.

Called by `planner.py` where a question asks for a cause. Invariant: a cause is only sought for a
change between two named periods; what the question takes for granted goes along as a premise.
"""

from __future__ import annotations

from typing import Any, Final

from semantic.request import SemanticQuery, TimeRange, shift_range
from server.change_split import Split, find_split
from server.planner.builtin.comparisons import way_of_change
from server.planner.builtin.compose import MATTERS
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import to_queries
from server.planner.builtin.periods import say_range
from server.planner.builtin.reading import Reading
from server.planner.plan import Coverage, LastAnswer, PlannedAnalysis

NO_CHANGE: Final = (
    "A cause can only be looked for in a change between two periods: name the metric and the "
    "period, like 'why did ... change in March compared to February'."
)


def find_cause(
    reading: Reading, last: LastAnswer | None, facts: Facts
) -> PlannedAnalysis | str | None:
    """The analysis to run, a sentence to ask back with, or None where no cause is asked for."""
    if not reading.has_word("why"):
        return None
    parts = reading.parts
    open_ends = [said for said in parts.unclear if said != MATTERS["why"]]
    if parts.missing or parts.lacking:
        return None
    if open_ends or parts.ambiguous or parts.detail:
        return " ".join([*open_ends, NO_CHANGE])
    asked = bool(parts.measures)
    if not asked and (last is None or parts.filters or parts.segments or parts.group):
        return NO_CHANGE
    query = to_queries(parts, reading.model, facts)[0] if asked or last is None else last.query
    if asked and not reading.has_word("change"):
        return NO_CHANGE
    if any(period.fiscal for period in parts.periods):
        return "Please say whether calendar or fiscal periods are meant."
    return _analysis(query, facts, way_of_change(reading))


def _analysis(query: SemanticQuery, facts: Facts, premise: str) -> PlannedAnalysis | str:
    name = query.metrics[0] if len(query.metrics) == 1 else ""
    metric = facts.catalog.metrics.get(name)
    time = query.time
    if metric is None or time is None or time.range is None or query.having or query.part:
        return NO_CHANGE
    now, before = time.range, shift_range(time.range, time.compare or "prior_period")
    if before is None or time.grain:
        return NO_CHANGE
    own = facts.coverage.get(f"{metric.model}.{time.dimension or facts.model(metric.model).time}")
    for period in (before, now):
        if own is not None and not _reaches(own, period):
            return (
                f"There is nothing in the data for {say_range(period)}, so no change can be "
                f"explained; the dates run from {own.first} to {own.last}."
            )
    split = find_split(facts.catalog, metric)
    if not isinstance(split, Split):
        return split.message
    parameters: dict[str, Any] = {
        "metric": name,
        "period": _write(now),
        "compare": _write(before),
        "time_dimension": time.dimension,
        "dimensions": ",".join(query.dimensions),
        "premise": premise,
    }
    for listed in ("filters", "segments", "excluded_segments", "related"):
        values = getattr(query, listed)
        parameters[listed] = [
            one if isinstance(one, str) else one.model_dump(mode="json") for one in values
        ]
    given = {key: value for key, value in parameters.items() if value}
    title = f"Why {metric.label.lower()} changed from {say_range(before)} to {say_range(now)}"
    return PlannedAnalysis("explain_change", title, given)


def _reaches(own: Coverage, period: TimeRange) -> bool:
    is_late = period.start is not None and period.start > own.last
    return not is_late and (period.end is None or period.end > own.first)


def _write(wanted: TimeRange) -> str:
    return f"{wanted.start:%Y-%m-%d}/{wanted.end:%Y-%m-%d}"
