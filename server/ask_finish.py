"""A finished run to the answer: status, cards, charts, prose, and what the next question may use.

Called by `ask.py` when everything has been computed. Invariant: a status says answered only where
a result stands behind it; whatever is shown comes from a query of the answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semantic.definitions import METRIC_TIME
from server.answer.assemble import to_query_body, to_visualization
from server.answer.cards import to_key_metrics
from server.answer.formats import to_markdown
from server.answer.prose import write_prose
from server.answer.shape import Finding, is_blank
from server.answer.wire import Answer, OptionBody, Provenance, Status
from server.ask_run import Run
from server.ask_services import Event
from server.planner.plan import Answerable, Clarification, Refusal
from server.turn_context import to_stored


def finish(run: Run, started: float) -> Answer:
    """The whole answer, from what was found; `started` as `time.perf_counter` gave it."""
    turn = run.turn
    status = _status(run)
    currency = turn.catalog.spec.currency
    shown = _drawn(run) if status == "answered" else []
    findings = [*run.findings, *(run.beside if status == "answered" else [])]
    elapsed_ms = (time.perf_counter() - started) * 1000
    return Answer(
        status=status,
        answer=_text(run, status, shown),
        conversation_id=turn.conversation_id,
        has_context=run.plan.has_context,
        queries=[to_query_body(finding) for finding in findings],
        visualizations=[to_visualization(finding, currency) for finding in shown],
        key_metrics=to_key_metrics(shown, run.figures),
        functions_executed=run.functions,
        execution_summary=_summary(run, len(findings), elapsed_ms),
        data_sources=sorted({name for f in findings for name in f.table.data_sources}),
        streaming_complete=True,
        interpretation=_interpretation(run),
        follow_ups=run.follow_ups if status == "answered" else [],
        options=[OptionBody(o.label, o.question, preview) for o, preview in run.options],
        provenance=Provenance(
            warehouse_version=turn.snapshot.version,
            model_version=turn.kit.model_version,
            as_of=turn.as_of,
            planner=turn.kit.planner.name,
            model=None,
            unverified_numbers=[],
        ),
    )


def to_context(run: Run) -> Event:
    """What the next question may refer to."""
    is_open = isinstance(run.plan.outcome, Clarification)
    options = [option for option, _ in run.options] if is_open else []
    return to_stored(run.asked if run.findings else None, run.findings, options)


def _interpretation(run: Run) -> str:
    return run.settled or run.plan.interpretation


def _drawn(run: Run) -> list[Finding]:
    """The findings as people see them, with what is known beside them."""
    pictures = [(f, run.pictures.get(f.id, f.table)) for f in run.findings]
    shown = [replace(f, table=table) for f, table in pictures if table is not None]
    if run.figures is not None and shown:
        overall = {name: run.figures.find_value(name) for name in run.figures.asked}
        shown[0] = replace(shown[0], overall=overall, **_behind(run))
    return shown


def _behind(run: Run) -> Mapping[str, Any]:
    """How many rows each group's number is made from, where that was counted."""
    counted = run.behind
    if counted is None or counted.table.truncated or len(counted.numbers) != 1:
        return {}
    number = counted.numbers[0]
    keys = [*counted.times, *counted.names]
    return {
        "behind": {tuple(row[n] for n in keys): row[number] for row in counted.table.rows},
        "behind_label": counted.column(number).label,
    }


def _status(run: Run) -> Status:
    if isinstance(run.plan.outcome, Refusal):
        return "refused"
    if isinstance(run.plan.outcome, Clarification) and not run.settled:
        return "clarification"
    return "no_data" if _found_nothing(run) else "answered"


def _found_nothing(run: Run) -> bool:
    """True where a list is empty, or nothing lies in the period asked for."""
    if not run.findings or not all(is_blank(finding) for finding in run.findings):
        return False
    asked = run.asked
    has_period = asked is not None and asked.time is not None and asked.time.range is not None
    return has_period or all(not finding.table.rows for finding in run.findings)


def _text(run: Run, status: Status, shown: list[Finding]) -> str:
    interpretation = _interpretation(run)
    if status == "answered":
        currency = run.turn.catalog.spec.currency
        as_of = f"{run.turn.as_of:%Y-%m-%d}"
        prose = write_prose(shown, interpretation, as_of, currency, run.figures)
        return "\n\n".join([*map(to_markdown, run.sentences), prose])
    if status == "no_data":
        sentence = f"There is nothing for this in the data: {to_markdown(interpretation)}."
        return f"{sentence} {_coverage(run)}".strip()
    outcome = run.plan.outcome
    assert not isinstance(outcome, Answerable)
    choices = "\n".join(
        f"- {to_markdown(o.label)}" + (f": {to_markdown(preview)}" if preview else "")
        for o, preview in run.options
        if isinstance(outcome, Clarification)
    )
    return f"{to_markdown(outcome.message)}\n\n{choices}".strip()


def _coverage(run: Run) -> str:
    """Which dates the data holds on the time dimension asked about."""
    query, catalog = run.asked, run.turn.catalog
    if query is None or query.time is None:
        return ""
    model = catalog.models.get(query.model or "")
    name = query.time.dimension or (model.time if model else None)
    if model is None or name in (None, METRIC_TIME):
        return ""
    covered = run.turn.kit.coverage.get(f"{model.name}.{name}")
    if covered is None:
        return ""
    label = model.dimensions[str(name)].label.lower() if name in model.dimensions else "date"
    return f"In the data the {label} runs from {covered.first:%Y-%m-%d} to {covered.last:%Y-%m-%d}."


def _summary(run: Run, count: int, elapsed_ms: float) -> str:
    queries = f"{count} quer{'y' if count == 1 else 'ies'}"
    return f"{queries} on data version {run.turn.snapshot.version} in {elapsed_ms:.0f} ms"
