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
from server.answer.checked_prose import CheckedProse
from server.answer.formats import to_markdown
from server.answer.prose import write_prose, write_reading
from server.answer.shape import Finding, is_blank
from server.answer.wire import Answer, OptionBody, Provenance, Status, UsageBody
from server.ask_prose import check_text, is_worded_by_model
from server.ask_run import Run
from server.ask_services import Event
from server.planner.plan import Answerable, Clarification, ModelUse, Refusal
from server.turn_context import to_stored


def finish(run: Run, started: float) -> Answer:
    """The whole answer, from what was found; `started` as `time.perf_counter` gave it."""
    turn = run.turn
    status = _status(run)
    use = run.plan.use
    currency = turn.catalog.spec.currency
    shown = _drawn(run) if status == "answered" else []
    findings = [*run.findings, *(run.beside if status != "no_data" else [])]
    prose = _check(run, shown) if status == "answered" else None
    elapsed_ms = (time.perf_counter() - started) * 1000
    return Answer(
        status=status,
        answer=_text(run, status, shown, prose),
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
            planner="llm" if is_worded_by_model(run.plan) else turn.kit.planner.name,
            model=use.model if use is not None else None,
            unverified_numbers=list(prose.unverified) if prose is not None else [],
            usage=_to_usage(use) if use is not None and use.completions else None,
        ),
    )


def to_context(run: Run) -> Event:
    """What the next question may refer to."""
    is_open = isinstance(run.plan.outcome, Clarification)
    options = [option for option, _ in run.options] if is_open else []
    asked = run.asked if run.findings else None
    is_free = run.plan.use is not None and bool(run.findings) and asked is None
    return to_stored(asked, run.findings, options, is_free=is_free)


def _to_usage(use: ModelUse) -> UsageBody:
    return UsageBody(
        use.input_tokens, use.cached_tokens, use.output_tokens, use.cost, use.completions
    )


def _check(run: Run, shown: list[Finding]) -> CheckedProse | None:
    """The model's own text, checked; None where it wrote none."""
    use = run.plan.use
    if use is None or not use.prose.strip():
        return None
    return check_text(use, shown, run.turn.catalog, run.turn.as_of)


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


def _text(run: Run, status: Status, shown: list[Finding], prose: CheckedProse | None) -> str:
    """The words of the answer, and below them why a language model did not write them."""
    text = _words(run, status, shown, prose)
    note = run.plan.use.note if run.plan.use is not None else ""
    return f"{text}\n\n*{to_markdown(note)}*" if note else text


def _words(run: Run, status: Status, shown: list[Finding], checked: CheckedProse | None) -> str:
    interpretation = _interpretation(run)
    if status == "answered" and checked is not None and checked.is_enough:
        return f"{checked.text}\n\n{write_reading(interpretation, run.turn.as_of)}"
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
