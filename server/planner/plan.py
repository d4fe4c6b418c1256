"""What a planner hands on: queries, analyses, a question back, or a refusal.

Made by every planner, carried out by `server/ask.py`. Invariant: exactly one kind of
outcome; whatever is to be executed is a query object, trusted semantic SQL or a named analysis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol

from semantic.request import SemanticQuery

ChartKind = Literal["bar", "pie", "line", "table", "metrics"]
SpanKind = Literal[
    "metric", "dimension", "model", "segment", "value", "time", "grain", "number", "condition",
    "ranking", "word", "filler", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExplainedSpan:
    """A stretch of the question and what it was taken for; for `ask --explain`."""

    start: int
    end: int
    text: str
    kind: SpanKind
    meaning: str


@dataclass(frozen=True, slots=True)
class PlannedQuery:
    """One query to run: a query object, or the SQL of a verified query."""

    title: str
    query: SemanticQuery | None = None
    sql: str = ""
    """Set where there is no query object."""
    chart: ChartKind | None = None
    asked: SemanticQuery | None = None
    """What a follow-up builds on, where it is not `query` itself."""


@dataclass(frozen=True, slots=True)
class PlannedAnalysis:
    """A named analysis to run."""

    name: str
    title: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One answerable reading, offered when asking back."""

    label: str
    question: str
    query: SemanticQuery | None = None
    """Run for the preview."""
    sql: str = ""
    """Semantic SQL in place of a query object."""
    said: str = ""
    """What that SQL shows, in words."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """Run these and answer; `done` names steps that were run while planning."""

    queries: tuple[PlannedQuery, ...] = ()
    analyses: tuple[PlannedAnalysis, ...] = ()
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clarification:
    """Ask back. With `settle`, run the options first: where all agree there is nothing to ask."""

    message: str
    options: tuple[Option, ...] = ()
    settle: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say what is missing and what there is instead."""

    message: str
    missing: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a language model had to do with a plan, also where it gave none."""

    model: str | None = None
    """Its name, where the plan is the model's."""
    prose: str = ""
    """What it wrote about the results; not yet checked."""
    note: str = ""
    """Why the built-in planner answers instead; a sentence for the asker."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    """US dollars; 0 without prices."""
    completions: int = 0
    failure: str = ""
    """Kind of failure, for the audit log."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of planning one question."""

    outcome: Answerable | Clarification | Refusal
    interpretation: str = ""
    confidence: float = 0.0
    """Share of the question's content words that the plan explains, 0 to 1."""
    spans: tuple[ExplainedSpan, ...] = ()
    follow_ups: tuple[str, ...] = ()
    """Questions that this planner is known to answer next."""
    has_context: bool = False
    """True where the conversation was needed to understand the question."""
    use: ModelUse | None = None
    """None where no language model was asked."""


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What a follow-up may refer to: the last answered turn of the conversation."""

    query: SemanticQuery
    chart: ChartKind | None = None
    leaders: Mapping[str, Any] = field(default_factory=dict)
    """The first row's value of each dimension column, by dimension name."""
    members: tuple[str, ...] = ()
    """Of an answer that showed some groups of one dimension, what they are called."""
    question: str = ""
    """What was asked, where it stands on its own."""


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier turn of the conversation, in words."""

    question: str
    status: str
    answer: str
    queries: tuple[str, ...] = ()
    """Semantic SQL of what was run."""


@dataclass(frozen=True, slots=True)
class Context:
    """The conversation so far, as far as planning needs it."""

    last: LastAnswer | None = None
    options: tuple[Option, ...] = ()
    """What was offered when the last turn asked back."""
    turns: int = 0
    pending: str = ""
    """The newest question where it was not answered, with what it was meant to complete."""
    pending_follows: bool = False
    """True where the pending question goes on from `last` rather than standing on its own."""
    history: tuple[PastTurn, ...] = ()
    """The last turns, oldest first."""
    earlier: tuple[LastAnswer, ...] = ()
    """What a step back goes to: the answers before `last`, oldest first."""
    is_free: bool = False
    """True where the newest answer came from SQL that no query object stands for."""


EMPTY_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class Coverage:
    """First and last date that a time dimension holds."""

    first: date
    last: date


class Planner(Protocol):
    """Turns a question into a plan; never executes anything."""

    @property
    def name(self) -> str:
        """What the answer calls this planner."""
        ...

    def plan(self, question: str, as_of: date, context: Context = EMPTY_CONTEXT) -> Plan:
        """The plan for the question."""
        ...
