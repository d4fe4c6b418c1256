"""An answer with something of it changed, as a plan; and the query that a plan answers with.

Called by `planner.py` and `question.py`. Invariant: a changed query that contradicts itself is
asked back, never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic.request import SemanticQuery
from server.planner.builtin.contradictions import find_contradiction
from server.planner.builtin.decline import ask_back
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import count_of, next_questions, planned
from server.planner.builtin.wording import interpret
from server.planner.plan import Answerable, LastAnswer, Plan


def plan_changed(
    changed: SemanticQuery, last: LastAnswer, facts: Facts, notes: Sequence[str] = ()
) -> Plan:
    """The plan of the last query with something of it changed, drawn as `last` says."""
    contradiction = find_contradiction(changed, facts)
    if contradiction is not None:
        return Plan(ask_back(facts, [contradiction]), has_context=True)
    query = replace(planned(changed, facts), chart=last.chart)
    counted = count_of(changed, facts)
    further = (planned(counted, facts),) if counted is not None else ()
    text, follow_ups = interpret(changed, facts, notes), next_questions(changed, facts)
    queries = (query, *further)
    return Plan(Answerable(queries), text, 1.0, follow_ups=follow_ups, has_context=True)


def asked_of(plan: Plan | None) -> SemanticQuery | None:
    """The query object that a plan answers with, as a follow-up would build on it."""
    outcome = plan.outcome if plan is not None else None
    queries = outcome.queries if isinstance(outcome, Answerable) else ()
    return queries[0].asked if queries else None
