"""A planned query to the queries behind its cards: related figures, and the period before.

Called by `ask_run.py`, run beside the query itself. Pure. Invariant: a companion holds every
condition of the question on its rows; where it could not, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from semantic.definitions import Model
from semantic.query_object import (
    AnyOf,
    SemanticQuery,
    TimeRange,
    add_months,
    shift_range,
)
from server.planner.plan import Coverage, PlannedQuery
from server.related import CLOCK, RelatedMetrics, dimension_fields, segment_fields

CARDS: Final = 5
"""Metrics shown where one is asked for: it and what belongs beside it."""
MOST_CARDS: Final = 6
FIGURES: Final = "Related figures"
KEY_FIGURES: Final = "Key figures"
BEFORE: Final = "Prior period"
BEHIND: Final = "Rows behind each number"
_LONGEST_YEAR: Final = 366
_MEASURE: Final = re.compile(r'\bMEASURE\("?([a-z][a-z0-9_]*)"?\)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Companions:
    """The queries that run beside one query."""

    asked: tuple[str, ...]
    """Metrics of the question, as the cards begin."""
    figures: PlannedQuery
    before: PlannedQuery | None = None
    """The same metrics in the period before; also those of the asked period so far, where it
    is not over."""
    trended: frozenset[str] = frozenset()
    """Metrics that two periods may be compared by."""
    behind: PlannedQuery | None = None
    """How many rows stand behind each group's number, where that is a rate or a mean."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """All metrics of the cards, those asked first."""
        return self.figures.query.metrics if self.figures.query else ()

    @property
    def queries(self) -> tuple[PlannedQuery, ...]:
        """All queries, in the order they are shown."""
        return tuple(q for q in (self.figures, self.before, self.behind) if q is not None)


def find_companions(
    planned: PlannedQuery,
    related: RelatedMetrics,
    coverage: Mapping[str, Coverage],
    as_of: date,
) -> Companions | None:
    """The companions of a query; None where none can hold its conditions."""
    query = planned.asked or planned.query
    if query is None or not _can_have_companions(query):
        return None
    model = related.catalog.models[query.model or ""]
    if any(_accumulates(related, name) for name in query.metrics):
        return None  # it brings its own period, which no figure beside it would hold
    asked = _asked(planned, query, related)
    taken = _taken(query, model)
    others = related.choose(asked, model.name, taken)[: max(CARDS - len(asked), 0)]
    metrics = (*asked, *others)[:MOST_CARDS]
    if not metrics:
        return None
    base = _base(query, metrics)
    trended = frozenset(name for name in metrics if name not in related.on_clock)
    is_comparable = bool(trended) and CLOCK not in taken
    before = _before(base, related, coverage, as_of) if is_comparable else None
    is_plain = not query.dimensions and not _has_grain(query)
    if is_plain and metrics == asked and before is None:
        return None  # the result itself shows all of it
    return Companions(
        asked, PlannedQuery(FIGURES, base), before, trended, _behind(query, asked, related)
    )


def _can_have_companions(query: SemanticQuery) -> bool:
    """Groups chosen by their own number, lists, parts of a whole have no figure beside them."""
    is_whole = not (query.detail or query.having or query.part)
    return is_whole and query.model is not None and bool(query.metrics)


def find_headlines(related: RelatedMetrics) -> Companions | None:
    """The key figures of the model, beside an analysis that looks at all of it."""
    by_model: dict[str, list[str]] = {}
    for name in related.headlines:
        model = related.catalog.metrics[name].model
        if related.fits(name, model):
            by_model.setdefault(model, []).append(name)
    if not by_model:
        return None
    model, names = max(by_model.items(), key=lambda one: len(one[1]))
    query = SemanticQuery(model=model, metrics=tuple(names[:MOST_CARDS]))
    return Companions((), PlannedQuery(KEY_FIGURES, query))


def _asked(planned: PlannedQuery, query: SemanticQuery, related: RelatedMetrics) -> tuple[str, ...]:
    """The plain metrics that the result shows, in its order."""
    names = [*query.metrics, *_MEASURE.findall(planned.sql)]
    return tuple(name for name in dict.fromkeys(names) if related.fits(name, query.model or ""))


def _accumulates(related: RelatedMetrics, name: str) -> bool:
    metric = related.catalog.metrics.get(name)
    return metric is not None and (metric.kind in ("cumulative", "change") or bool(metric.last))


def _has_grain(query: SemanticQuery) -> bool:
    return query.time is not None and query.time.grain is not None


def _base(query: SemanticQuery, metrics: tuple[str, ...]) -> SemanticQuery:
    """The conditions of the question, without its groups, order and limit."""
    time = query.time
    return SemanticQuery(
        model=query.model,
        metrics=metrics,
        filters=query.filters,
        segments=query.segments,
        excluded_segments=query.excluded_segments,
        related=query.related,
        time=time.model_copy(update={"grain": None}) if time is not None else None,
    )


def _taken(query: SemanticQuery, model: Model) -> frozenset[str]:
    """The fields that the question's conditions decide by."""
    found: set[str] = set()
    for item in query.filters:
        for one in item.any if isinstance(item, AnyOf) else (item,):
            found |= dimension_fields(model, one.dimension)
        if isinstance(item, AnyOf):
            found |= set().union(*(segment_fields(model, name) for name in item.segments))
    for name in (*query.segments, *query.excluded_segments):
        found |= segment_fields(model, name)
    if query.time is not None and query.time.range is not None:
        found.add(query.time.dimension or model.time or "")
    return frozenset(found)


def _behind(
    query: SemanticQuery, asked: tuple[str, ...], related: RelatedMetrics
) -> PlannedQuery | None:
    """The same groups with the count behind the first metric; all of them, whatever the limit."""
    is_grouped = bool(query.dimensions) or _has_grain(query)
    compared = query.time is not None and query.time.compare is not None
    if not is_grouped or compared or query.share or not asked or asked[0] != query.metrics[0]:
        return None
    count = related.find_count(asked[0])
    if count is None or count in asked:
        return None
    update = {"metrics": (count,), "order_by": (), "limit": None, "limit_per": ()}
    return PlannedQuery(BEHIND, query.model_copy(update=update))


# ------------------------------------------------------------------ the period before


def _before(
    base: SemanticQuery, related: RelatedMetrics, coverage: Mapping[str, Coverage], as_of: date
) -> PlannedQuery | None:
    """The period before, of equal kind, where the data covers all of it."""
    time, model = base.time, related.catalog.models[base.model or ""]
    if time is None or time.range is None or time.compare is not None:
        return None
    covered = coverage.get(f"{model.name}.{time.dimension or model.time}")
    wanted = time.range
    if covered is None or wanted.start is None or wanted.end is None:
        return None
    if not covered.first < wanted.start <= min(as_of, covered.last):
        return None  # nothing before it, or nothing in it that has come
    if wanted.start.toordinal() <= (wanted.end - wanted.start).days + _LONGEST_YEAR:
        return None  # there are no dates before the year 1
    # What lies ahead, or after the last date there is, has nothing to be compared with.
    end = min(wanted.end, _after(as_of), _after(covered.last))
    before = prior_range(wanted, end, as_of, related.fiscal_month)
    if before.start is None or before.start < covered.first:
        return None
    said = f"{BEFORE}, {before.start:%Y-%m-%d} to {before.end - timedelta(days=1):%Y-%m-%d}"  # type: ignore[operator]
    if end == wanted.end:
        spec = time.model_copy(update={"range": before})
    else:
        so_far = TimeRange(start=wanted.start, end=end)
        spec = time.model_copy(update={"range": so_far, "compare": before})
    return PlannedQuery(said, base.model_copy(update={"time": spec}))


def _after(day: date) -> date:
    """The day after; the last day there is has none."""
    return day if day == date.max else day + timedelta(days=1)


def prior_range(wanted: TimeRange, end: date, as_of: date, fiscal_month: int = 1) -> TimeRange:
    """The dates to compare `wanted` with, of which only those before `end` have come.

    Whole months go back by as many months, a year begun on its first day by a year, anything
    else by its length in days; a period that is not over is compared up to the same day.

    >>> prior_range(TimeRange(start=date(2025, 1, 1), end=date(2025, 4, 1)), date(2025, 2, 16),
    ...             date(2025, 2, 15)).end
    datetime.date(2024, 11, 16)
    """
    start, whole = wanted.start, wanted.end
    assert start is not None
    assert whole is not None
    if start.day == 1 and whole.day == 1:
        shifted = shift_range(wanted, "prior_period")
        assert shifted is not None
        assert shifted.start is not None
        months = (start.year - shifted.start.year) * 12 + start.month - shifted.start.month
        until = start if end == whole else min(add_months(end, -months), start)
        return TimeRange(start=shifted.start, end=until)
    if start.day == 1 and whole == _after(as_of):
        months = _months_to_date(start, fiscal_month)
        return TimeRange(start=add_months(start, -months), end=min(add_months(end, -months), start))
    length = whole - start
    return TimeRange(start=start - length, end=end - length)


def _months_to_date(start: date, fiscal_month: int) -> int:
    """How far back the period lies that began on `start` and runs to date.

    From the first day of a year it may be the year, the quarter or the month: the same days a
    year before fit all of them. From that of another quarter it is the quarter or the month.
    """
    if start.month in (1, fiscal_month):
        return 12
    return 3 if (start.month - fiscal_month) % 3 == 0 else 1
