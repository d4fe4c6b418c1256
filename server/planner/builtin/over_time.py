"""Metrics that are about time themselves: growth against a period before, totals up to a date.

Called by `times.py` once grain and periods are known. Invariant: a growth is shown against the
period that was asked for; a running total never silently starts before the period asked for.
"""

from __future__ import annotations

from dataclasses import replace

from semantic.definitions import Metric
from semantic.functions import DATE_UNITS
from server.planner.builtin.reading import Measure, Reading


def settle_over_time(reading: Reading) -> None:
    """Replace growth metrics by those of the grain asked for, and report what does not fit."""
    for number, measure in enumerate(reading.parts.measures):
        metric = reading.facts.catalog.metrics.get(measure.metric)
        if metric is None:
            continue
        if metric.change is not None:
            _settle_growth(reading, number, measure, metric)
        elif metric.cumulative is not None:
            _check_total(reading, metric)


def _settle_growth(reading: Reading, number: int, measure: Measure, metric: Metric) -> None:
    grain = reading.parts.grain
    change = metric.change
    if change is None or grain is None or change.unit == grain or change.unit not in DATE_UNITS:
        return
    said = reading.items[measure.at].text.lower()
    siblings = [
        other.name
        for other in reading.facts.catalog.metrics.values()
        if other.change is not None
        and other.change.unit == grain
        and (other.change.of, other.change.shown, other.change.amount)
        == (change.of, change.shown, change.amount)
    ]
    names_unit = any(unit in said for unit in DATE_UNITS)
    if len(siblings) == 1 and not names_unit:
        reading.parts.measures[number] = replace(measure, metric=siblings[0])
    elif not names_unit:
        reading.parts.unclear.append(
            f"{metric.label} is known by {change.unit}, not by {grain.replace('_', ' ')}."
        )


def _check_total(reading: Reading, metric: Metric) -> None:
    total = metric.cumulative
    starts = [period.range.start for period in reading.parts.periods]
    if total is None or not reading.parts.grain or not any(starts):
        return
    is_all_time = total.to_date is None and total.window is None
    if is_all_time:
        reading.parts.unclear.append(
            f"{metric.label} adds up everything since the first date; it is not clear whether it "
            "should start with the period asked for instead."
        )
