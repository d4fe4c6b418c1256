"""What a report says, before it is HTML: sections of turns with their numbers and queries.

Made from stored conversations, from the dashboard and by report jobs; read by `html.py`.
Invariant: values only; everything a report shows is here, and no engine is asked to print it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from pydantic import ValidationError

from semantic.request import SemanticQuery
from server.answer.wire import Answer, KeyMetric, QueryBody, Visualization
from server.planner.builtin.periods import say_range
from server.turn_context import KEY

Paper = Literal["a4", "letter"]


@dataclass(frozen=True, slots=True)
class ReportTurn:
    """One question, tile or query of a report with everything that was found."""

    question: str
    """What was asked, or the title of what is shown."""
    interpretation: str = ""
    prose: str = ""
    """Markdown."""
    status: str = "answered"
    key_metrics: Mapping[str, KeyMetric] = field(default_factory=dict)
    visualizations: Sequence[Visualization] = ()
    queries: Sequence[QueryBody] = ()
    data_sources: Sequence[str] = ()
    period: str = ""
    """The dates it covers, in words."""
    as_of: date | None = None
    warehouse_version: int | None = None
    model_version: str = ""
    planner: str = ""
    currency: str = "USD"
    unverified_numbers: Sequence[str] = ()
    """Numbers that a model wrote and no result holds."""


@dataclass(frozen=True, slots=True)
class ReportSection:
    """Turns that belong together, under a heading unless there is only one section."""

    title: str
    turns: Sequence[ReportTurn]
    lead: str = ""
    """Markdown before the turns."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A whole report."""

    title: str
    subtitle: str
    """What it is a report of."""
    created_at: datetime
    sections: Sequence[ReportSection]
    include_visualizations: bool = True
    include_insights: bool = True
    reference: str = ""
    """What to look it up by: the id of the conversation or of the run."""
    notes: Sequence[str] = ()
    """What a reader must know before the numbers, such as stale data."""

    @property
    def turns(self) -> list[ReportTurn]:
        """All turns in order."""
        return [turn for section in self.sections for turn in section.turns]

    @property
    def periods(self) -> list[str]:
        """The dates that the turns cover, each once, in order of their turns."""
        return list(dict.fromkeys(turn.period for turn in self.turns if turn.period))

    @property
    def as_of_dates(self) -> list[date]:
        """The days the turns speak of, each once, in order."""
        return sorted({turn.as_of for turn in self.turns if turn.as_of is not None})

    @property
    def data_versions(self) -> list[int]:
        """The data versions the turns were computed on, each once, in order."""
        found = {turn.warehouse_version for turn in self.turns}
        return sorted(version for version in found if version is not None)

    @property
    def data_sources(self) -> list[str]:
        """The files behind the turns, each once, in order."""
        return sorted({name for turn in self.turns for name in turn.data_sources})


def to_turn(question: str, answer: Answer, currency: str, period: str = "") -> ReportTurn:
    """The turn of an answer just given."""
    return ReportTurn(
        period=period,
        question=question,
        interpretation=answer.interpretation,
        prose=answer.answer,
        status=answer.status,
        key_metrics=answer.key_metrics,
        visualizations=answer.visualizations,
        queries=answer.queries,
        data_sources=answer.data_sources,
        as_of=answer.provenance.as_of,
        warehouse_version=answer.provenance.warehouse_version,
        model_version=answer.provenance.model_version,
        planner=answer.provenance.planner,
        currency=currency,
        unverified_numbers=answer.provenance.unverified_numbers,
    )


def from_stored(question: str, stored: Mapping[str, Any], currency: str) -> ReportTurn:
    """The turn of a stored answer; one that this program cannot read keeps its text alone."""
    try:
        answer = msgspec.convert(stored, Answer, strict=False)
        return to_turn(question, answer, currency, find_period(stored))
    except msgspec.ValidationError:
        return ReportTurn(
            question=question,
            prose=str(stored.get("answer", "")),
            status=str(stored.get("status", "")),
            currency=currency,
        )


def find_period(stored: Mapping[str, Any]) -> str:
    """The dates that a stored answer covers, in words; nothing where they are not known."""
    context = stored.get(KEY)
    asked = context.get("query") if isinstance(context, Mapping) else None
    if not asked:
        return ""
    try:
        query = SemanticQuery.model_validate(asked)
    except ValidationError:
        return ""
    if query.time is None or query.time.range is None:
        return "all dates"
    return say_range(query.time.range)
