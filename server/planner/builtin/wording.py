"""A query object in words: its title and the line that says how the question was understood.

Called by `finish.py`, `planner.py` and the previews of options. Invariant: the line names every
condition of the query, so that a misreading can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from semantic.number_text import format_number
from semantic.request import (
    AnyOf,
    Filter,
    Having,
    Part,
    Related,
    SemanticQuery,
    TimeRange,
    Value,
    describe_metric,
)  # fmt: skip
from semantic.request_names import in_sentence
from server.planner.builtin.facts import Facts
from server.planner.builtin.periods import say_range

_SIGNS: Final = {
    "=": "is", "!=": "is not", ">": "over", ">=": "at least", "<": "under", "<=": "at most",
    "in": "is one of", "not_in": "is none of", "between": "between", "is_null": "is empty",
    "is_not_null": "is filled", "contains": "contains", "not_contains": "does not contain",
    "starts_with": "starts with",
}  # fmt: skip


def title_of(query: SemanticQuery, facts: Facts) -> str:
    """A short heading: what is shown, by what."""
    if query.detail and query.model:
        subject = facts.model(query.model).label
    else:
        subject = ", ".join(describe_metric(facts.catalog, m)[1] for m in query.metrics)
    groups = [_label(facts, query, name) for name in query.dimensions]
    if query.time is not None and query.time.grain:
        groups.insert(0, query.time.grain.replace("_", " "))
    if not subject:
        return ", ".join(groups)
    if query.share or query.part:
        subject = f"Share of {in_sentence(subject)}"
    if query.overall is not None:
        return _overall_title(query, subject, groups)
    return (
        f"{subject} by {' and '.join(in_sentence(g) for g in groups)}"
        if groups and not query.detail
        else subject
    )


def _overall_title(query: SemanticQuery, subject: str, groups: Sequence[str]) -> str:
    """Like "Average revenue per month", "Number of customers", "Revenue of the top 5 together"."""
    each = " and ".join(in_sentence(group) for group in groups)
    if query.overall == "count":
        return f"Number of different {each}"
    if query.overall == "sum":
        return f"{subject} of the {each} together"
    return f"{_MEANS[query.overall or 'avg']} {in_sentence(subject)} per {each}"


_MEANS: Final = {
    "avg": "Average", "median": "Median", "min": "Lowest", "max": "Highest",
    "stddev": "Standard deviation of",
}  # fmt: skip


def interpret(query: SemanticQuery, facts: Facts, notes: Sequence[str] = ()) -> str:
    """The whole reading in one line: metric, groups, conditions, dates."""
    clauses = [title_of(query, facts)]
    clauses += [say_segment(facts, query, name) for name in query.segments]
    clauses += [
        f"not {say_segment(facts, query, name).lower()}" for name in query.excluded_segments
    ]
    clauses += [
        say_filter(facts, query, item) for item in query.filters if not _is_key(query, item)
    ]
    clauses += [_say_related(facts, item) for item in query.related]
    if query.part is not None:
        clauses.append(f"the part: {_say_part(facts, query, query.part)}")
    clauses += [_say_having(facts, item) for item in query.having]
    if query.place and query.order_by:
        label = in_sentence(_label(facts, query, query.order_by[0].name))
        is_up = query.order_by[0].direction == "asc"
        rank = f"number {query.place} by {label}{', lowest first' if is_up else ''}"
        end = f"{'lowest' if is_up else 'highest'} by {label}"
        clauses.append(end if query.place == 1 else rank)
    first = query.order_by[0].name if query.order_by else ""
    if first.removesuffix("_percent").endswith("_change"):
        clauses.append("by change in percent" if first.endswith("_percent") else "by change")
    if query.limit and query.order_by and not query.detail:
        rank = f"{'lowest' if query.order_by[0].direction == 'asc' else 'top'} {query.limit}"
        each = [in_sentence(_label(facts, query, name)) for name in query.limit_per]
        clauses.append(f"{rank} in each {' and '.join(each)}" if each else rank)
    clauses += [*_say_time(facts, query), *notes]
    return "; ".join(clause for clause in clauses if clause)


def _is_key(query: SemanticQuery, item: Filter | AnyOf) -> bool:
    """True for the condition that a group has a name, which goes without saying."""
    is_filled = isinstance(item, Filter) and item.op == "is_not_null"
    is_named = isinstance(item, Filter) and item.dimension in query.dimensions
    return query.overall is not None and is_filled and is_named


def _say_time(facts: Facts, query: SemanticQuery) -> list[str]:
    time = query.time
    has_time = query.model is None or facts.model(query.model).time is not None
    if time is not None and time.grain is not None and time.compare is not None:
        before = f"{time.grain} a year" if time.compare == "prior_year" else time.grain
        told = f"each {time.grain} compared with the {before} before"
        plain = query.model_copy(update={"time": time.model_copy(update={"compare": None})})
        return [*_say_time(facts, plain), told]
    if time is None or time.range is None:
        return ["all dates"] if has_time and not query.detail else []
    name = time.dimension or (facts.model(query.model).time if query.model else None)
    label = _label(facts, query, name) if name else "date"
    said = [f"{in_sentence(label)} {_say_when(time.range)}"]
    if isinstance(time.compare, TimeRange):
        said.append(f"compared with {say_range(time.compare)}")
    elif time.compare:
        said.append(
            "compared with the "
            + ("year" if time.compare == "prior_year" else "period")
            + " before"
        )
    return said


def _say_related(facts: Facts, item: Related) -> str:
    """Like "with orders (Shipped)", "without service visits"."""
    inner = SemanticQuery(model=item.model)
    said = [say_segment(facts, inner, name) for name in item.segments]
    said += [say_filter(facts, inner, one) for one in item.filters]
    text = f"{'with' if item.exists else 'without'} {in_sentence(facts.model(item.model).label)}"
    return f"{text} ({' and '.join(said)})" if said else text


def _say_when(wanted: TimeRange) -> str:
    """A range with its preposition: in March 2025, on 2025-03-01, before 2025-03-01."""
    text = say_range(wanted)
    if wanted.start is None or wanted.end is None:
        return text
    if " to " in text:
        return f"from {text}"
    return f"on {text}" if wanted.end - wanted.start == timedelta(days=1) else f"in {text}"


def _label(facts: Facts, query: SemanticQuery, name: str) -> str:
    head, _, tail = name.rpartition(".")
    models = [query.model] if query.model else list(facts.catalog.models)
    for model in models:
        for candidate in (name, head):
            found = facts.dimension(model, candidate) if candidate else None
            if found is not None:
                return found.label if candidate == name else f"{found.label} ({tail})"
    return name.replace("_", " ")


def say_segment(facts: Facts, query: SemanticQuery, name: str) -> str:
    """The label of a segment; one of another model is written with the model's name."""
    owner, _, bare = name.rpartition(".")
    for model in facts.catalog.models.values():
        if bare in model.segments and (owner or query.model) in (None, model.name):
            return model.segments[bare].label
    return bare


def say_filter(facts: Facts, query: SemanticQuery, item: Filter | AnyOf) -> str:
    """A condition in words."""
    if isinstance(item, AnyOf):
        parts = [say_filter(facts, query, one) for one in item.any]
        return " or ".join([*parts, *(say_segment(facts, query, name) for name in item.segments)])
    format_ = _format_of(facts, query, item.dimension)
    values = [_say_value(facts, value, format_) for value in item.values]
    listed = (" and " if item.op == "between" else ", ").join(values[:6])
    more = f" and {len(values) - 6} more" if len(values) > 6 else ""
    return f"{_label(facts, query, item.dimension)} {_SIGNS[item.op]} {listed}{more}".strip()


def _say_part(facts: Facts, query: SemanticQuery, part: Part) -> str:
    said = [say_filter(facts, query, item) for item in part.filters]
    said += [say_segment(facts, query, name) for name in part.segments]
    said += [f"not {say_segment(facts, query, name)}" for name in part.excluded_segments]
    return " and ".join(said)


def _say_having(facts: Facts, item: Having) -> str:
    metric = item.metric.removesuffix("_change")
    _, label, format_ = describe_metric(facts.catalog, metric)
    if metric != item.metric and metric in facts.catalog.metrics and not item.value:
        return f"{label} {'rising' if item.op == '>' else 'falling'}"
    return f"{label} {_SIGNS[item.op]} {_say_value(facts, item.value, format_)}"


def _format_of(facts: Facts, query: SemanticQuery, name: str) -> str:
    models = [query.model] if query.model else list(facts.catalog.models)
    found = next((d for model in models if (d := facts.dimension(model, name))), None)
    return found.format if found is not None else ""


def _say_value(facts: Facts, value: Value, format_: str) -> str:
    """A value of a condition; never rounded, for it decides which rows count."""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"{value}"
    if format_ == "percent":
        return f"{value * 100:f}".rstrip("0").rstrip(".") + "%" if value % 1 else f"{value * 100}%"
    exact = round(Decimal(value), 2) == value
    return format_number(value, format_, facts.catalog.spec.currency) if exact else f"{value}"
