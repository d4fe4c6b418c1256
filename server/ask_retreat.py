"""A planned query that the model cannot compute to a question back in the asker's words.

Called by `ask_run.py` when compiling says no. Invariant: no word of SQL and no name of a file
gets into the sentence; whatever is offered is a query object of the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from semantic.definitions import Catalog, Dimension, Model
from semantic.issues import Issue
from semantic.query_object import INLINE, Filter, SemanticQuery
from semantic.request import describe_metric
from semantic.request_names import find_dimension
from server.planner.plan import Clarification, Option, PlannedAnalysis, PlannedQuery

_OFFERED: Final = 4
_LISTED: Final = 6


def ask_instead(
    catalog: Catalog, failed: PlannedQuery | PlannedAnalysis, issues: Sequence[Issue]
) -> Clarification:
    """Why there is no number for what was understood, and what can be asked instead."""
    title = failed.title or "This"
    query = failed.query if isinstance(failed, PlannedQuery) else None
    if query is None:
        message = f"'{title}' cannot be computed from this data. Please ask for it differently."
        return Clarification(message, _metrics_of(catalog, ()))
    narrower = _over_owner(catalog, query)
    reason = _reason(catalog, query, {issue.code for issue in issues})
    models = [query.model, *(option.query.model for option in narrower if option.query)]
    options = (*narrower, *_metrics_of(catalog, models))[:_OFFERED]
    return Clarification(f"{title} cannot be computed as asked: {reason}", options)


def _reason(catalog: Catalog, query: SemanticQuery, codes: Iterable[str]) -> str:
    model = catalog.models.get(query.model or "")
    owned = [(d, catalog.models[d.model]) for d in _foreign(catalog, model, query)]
    if "fan-out" in codes and owned and model is not None:
        dimension, owner = owned[0]
        return (
            f"{dimension.label} belongs to {owner.label.lower()}, and one of those can stand "
            f"behind many {model.label.lower()}, so it would count several times. "
            f"Did you mean one of these?"
        )
    if model is None:
        return "these numbers and conditions have no common ground. Please ask for one at a time."
    numbers = ", ".join(metric.label for metric in list(model.metrics.values())[:_LISTED])
    return (
        f"the model does not allow this combination for {model.label.lower()}. "
        f"Numbers there are: {numbers or 'only their rows'}."
    )


def _foreign(catalog: Catalog, model: Model | None, query: SemanticQuery) -> list[Dimension]:
    """The dimensions of other models that the query aggregates."""
    found = []
    for item in query.metrics:
        inline = INLINE.fullmatch(item)
        dimension = find_dimension(catalog, model, inline[2]) if inline else None
        if dimension is not None and model is not None and dimension.model != model.name:
            found.append(dimension)
    return found


def _over_owner(catalog: Catalog, query: SemanticQuery) -> list[Option]:
    """The same aggregate over the rows it belongs to, with the groups and conditions they know."""
    model = catalog.models.get(query.model or "")
    options = []
    for dimension in _foreign(catalog, model, query)[:1]:
        owner = catalog.models[dimension.model]
        agg = next(found[1] for item in query.metrics if (found := INLINE.fullmatch(item)))
        kept = [name for name in query.dimensions if _is_own(catalog, owner, name)]
        filters = [
            item
            for item in query.filters
            if isinstance(item, Filter) and _is_own(catalog, owner, item.dimension)
        ]
        if len(filters) < len(query.filters) or query.segments or query.related or query.time:
            continue  # without the condition it would be another question
        narrower = SemanticQuery(
            model=owner.name,
            metrics=(f"{agg}({dimension.name})",),
            dimensions=tuple(kept),
            filters=tuple(filters),
        )
        label = describe_metric(catalog, narrower.metrics[0])[1]
        text = f"{label} of all {owner.label.lower()}"
        groups = [find_dimension(catalog, owner, name) for name in kept]
        text += "".join(f" by {group.label.lower()}" for group in groups if group is not None)
        options.append(Option(text, text, narrower))
    return options


def _is_own(catalog: Catalog, owner: Model, name: str) -> bool:
    return find_dimension(catalog, owner, name) is not None


def _metrics_of(catalog: Catalog, models: Iterable[str | None]) -> tuple[Option, ...]:
    """Plain numbers of the models named; of the one with the most metrics where none is."""
    named = [catalog.models[name] for name in dict.fromkeys(models) if name is not None]
    with_metrics = [model for model in named if model.metrics]
    chosen = with_metrics or [max(catalog.models.values(), key=lambda m: len(m.metrics))]
    return tuple(
        Option(
            metric.label,
            f"{metric.label}?",
            SemanticQuery(model=model.name, metrics=(metric.name,)),
        )
        for model in chosen
        for metric in list(model.metrics.values())[: _OFFERED // len(chosen) or 1]
    )
