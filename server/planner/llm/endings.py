"""The ends of an exchange that are no answer: asking back, declining, the built-in planner's plan.

Called by `talk.py` and `turns.py`. Invariant: a refusal names what there is, an option with a query
is previewed, and a fallback says why in one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from semantic.definitions import Catalog
from semantic.request import SemanticQuery
from server.planner.llm.steps import AskBack, Decline
from server.planner.moves import Asked
from server.planner.plan import (
    Answerable,
    Clarification,
    ModelUse,
    Option,
    Plan,
    PlannedQuery,
    Refusal,
)

_OPTIONS: Final = 5
_AVAILABLE: Final = 6
_AS_A_WHOLE: Final = (
    "It is not clear what this adds to the last answer, which the built-in planner did not give. "
    "Please ask it as a whole."
)


def to_steps(step: AskBack) -> tuple[PlannedQuery, ...]:
    """The queries of the options, to be run before they are offered."""
    options = [one for one in step.options[:_OPTIONS] if not isinstance(one, str)]
    queries = {one.semantic_sql: one.label for one in options if one.semantic_sql}
    return tuple(PlannedQuery(label, sql=sql) for sql, label in queries.items())


def to_clarification(step: AskBack, said: Mapping[str, str]) -> Clarification:
    """The question back; `said` holds what each query shows that may be offered."""
    options = []
    for one in step.options[:_OPTIONS]:
        label = (one if isinstance(one, str) else one.label)[:200]
        sql = "" if isinstance(one, str) else one.semantic_sql or ""
        if not sql or sql in said:
            options.append(Option(label, label, sql=sql, said=said.get(sql, "")))
    return Clarification(step.question[:500], tuple(options))


def to_refusal(step: Decline, catalog: Catalog) -> Refusal:
    """Why there is no answer, with the metrics that come nearest."""
    known = [catalog.metrics[name] for name in step.available if name in catalog.metrics]
    options = tuple(
        Option(metric.label, f"{metric.label}?", SemanticQuery(metrics=(metric.name,)))
        for metric in known[:_AVAILABLE]
    )
    return Refusal(step.reason[:500], options=options)


def fall_back(asked: Asked, plan: Plan, because: str, use: ModelUse) -> Plan:
    """The built-in planner's plan, and the sentence that says why it answers."""
    stands_alone = any(span.kind == "metric" for span in plan.spans)
    if asked.context.is_free and isinstance(plan.outcome, Answerable) and not stands_alone:
        # What goes on from an answer that only the model knows would be read as something else.
        plan = Plan(Clarification(_AS_A_WHOLE), has_context=True, spans=plan.spans)
    note = f"The built-in planner answered this, because {because}."
    return replace(plan, use=replace(use, note=note))
