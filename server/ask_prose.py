"""What a language model wrote to what of it may be shown.

Called by `ask_run.py` and `ask_finish.py`. Invariant: no text of a model goes into an answer, a
title or an option without having passed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from semantic.definitions import Catalog
from server.answer.checked_prose import CheckedProse, check_prose
from server.answer.shape import Finding
from server.planner.plan import (
    Clarification,
    ModelUse,
    Option,
    Plan,
    PlannedQuery,
    Refusal,
)
from server.results import ResultTable

_LONGEST_TITLE: Final = 120
_NO_REASON: Final = "The data has nothing to answer this with."
_WHICH: Final = "This can be read in more than one way. Which one do you mean?"


def check_text(
    use: ModelUse, findings: Sequence[Finding], catalog: Catalog, as_of: date
) -> CheckedProse:
    """The model's text about the findings, checked."""
    return check_prose(use.prose, findings, _definitions(catalog, findings), as_of)


def is_worded_by_model(plan: Plan) -> bool:
    """Whether a language model wrote the plan's words."""
    return plan.use is not None and plan.use.model is not None


def without_inventions(
    outcome: Clarification | Refusal, question: str, as_of: date
) -> Clarification | Refusal:
    """The outcome with a message and labels that state no number of the model's own."""
    fallback = _NO_REASON if isinstance(outcome, Refusal) else _WHICH
    message = check_prose(outcome.message, (), (question,), as_of).text or fallback
    options = tuple(_check_option(one, as_of, n) for n, one in enumerate(outcome.options, 1))
    return replace(outcome, message=message, options=options)


def _check_option(option: Option, as_of: date, number: int) -> Option:
    if option.query is not None:
        return option  # ours, made from the catalog
    label = check_prose(option.label, (), (option.sql,), as_of).text
    label = " ".join(label.split()) or option.said or f"Reading {number}"
    return replace(option, label=label, question=label)


def check_title(step: PlannedQuery, table: ResultTable, as_of: date) -> str:
    """The model's title where it states no number; otherwise what the columns are called."""
    title = " ".join(step.title.split())[:_LONGEST_TITLE]
    checked = check_prose(title, (), (step.sql,), as_of)
    if checked.text and not checked.unverified:
        return checked.text
    numbers = [c.label for c in table.columns if c.role in ("metric", "value")]
    groups = [c.label.lower() for c in table.columns if c.role in ("dimension", "time")]
    subject = ", ".join(numbers[:3])
    named = f"{subject} by {' and '.join(groups[:3])}" if subject and groups else subject
    return (named or ", ".join(groups[:3]).capitalize())[:_LONGEST_TITLE]


def _definitions(catalog: Catalog, findings: Sequence[Finding]) -> Iterable[str]:
    """Texts of the segments and metrics behind the findings; thresholds are told from them."""
    for finding in findings:
        for name in finding.table.lineage.segments:
            model, _, segment = name.partition(".")
            found = catalog.models[model].segments.get(segment) if model in catalog.models else None
            if found is not None:
                yield found.text
        for name in finding.table.lineage.metrics:
            metric = catalog.metrics.get(name.rpartition(".")[2])
            if metric is not None:
                yield metric.formula
