"""How planning and executing take turns: a planner asks for steps, gets results, ends in a plan.

Spoken by `server/ask_desk.py` and every planner. Invariant: a planner executes nothing itself;
whatever it wants run goes through `Wanted`, and its last move is a `Plan`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from semantic.analysis_header import Header
from semantic.definitions import Catalog
from semantic.issues import Issue
from server.planner.builtin.planner import BuiltinPlanner
from server.planner.plan import Context, ModelUse, Plan, PlannedAnalysis, PlannedQuery
from server.results import ResultTable

Step = PlannedAnalysis | PlannedQuery


def ignore(use: ModelUse) -> None:
    """For who does not want to know."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with everything that planning it may look at."""

    question: str
    as_of: date
    context: Context
    builtin: BuiltinPlanner
    """The built-in planner of the version and roles: its plan, its words, its members."""
    analyses: tuple[Header, ...] = ()
    """Those that the model allows."""
    iterations: int | None = None
    """The most completions the asker wants; None leaves it to the settings."""
    meter: Callable[[ModelUse], None] = ignore
    """Told what was used so far, after every completion; also of a question that is given up."""

    @property
    def catalog(self) -> Catalog:
        """What can be asked."""
        return self.builtin.facts.catalog

    def builtin_plan(self) -> Plan:
        """What the built-in planner makes of it."""
        return self.builtin.plan(self.question, self.as_of, self.context)


@dataclass(frozen=True, slots=True)
class Thinking:
    """Something that takes a while begins."""

    message: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Steps to run now, side by side."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one wanted step: tables under an id, or issues."""

    step: Step
    id: str = ""
    tables: tuple[ResultTable, ...] = ()
    sentences: tuple[str, ...] = ()
    """What an analysis says of itself."""
    issues: tuple[Issue, ...] = ()


Move = Thinking | Wanted | Plan
Moves = AsyncGenerator[Move, tuple[StepResult, ...] | None]
"""After `Wanted` it is sent one result per step, in their order; otherwise None."""


class TurnPlanner(Protocol):
    """Plans the questions of one server."""

    def plan(self, asked: Asked) -> Moves:
        """The moves that lead to the plan."""
        ...


class BuiltinTurns:
    """The built-in planner alone: one move."""

    def plan(self, asked: Asked) -> Moves:
        """See `TurnPlanner`."""
        return settled(asked.builtin_plan())


async def settled(plan: Plan) -> Moves:
    """A plan that needs no results."""
    yield plan
