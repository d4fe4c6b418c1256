"""The moves of a planner to executed steps and events: what it wants to see is run here.

Called by `ask.py` while planning. Invariant: every step goes the way of all steps, on the data
version, the clock and the roles of the turn; leaving ends whatever still runs.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from semantic.issues import Issue, SemanticError
from server.analysis_result import AnalysisResult
from server.ask_services import AskServices, Event, Turn
from server.ask_steps import Started, Step, started_together
from server.errors import AppError, EngineFailed
from server.planner.moves import Moves, StepResult, Thinking
from server.planner.plan import Plan
from server.results import ResultTable


@dataclass(frozen=True, slots=True)
class Executed:
    """A step that was run, and what it gave."""

    step: Step
    outcome: ResultTable | AnalysisResult


class Desk:
    """Runs the steps that a planner wants while it plans."""

    def __init__(self, turn: Turn, services: AskServices) -> None:
        self.executed: dict[str, Executed] = {}
        """By the id the planner knows a step under."""
        self._turn = turn
        self._services = services
        self._plan: Plan | None = None
        self._results: tuple[StepResult, ...] | None = None

    @property
    def plan(self) -> Plan:
        """The plan that the moves came to."""
        if self._plan is None:
            raise EngineFailed("The question came to no plan.")
        return self._plan

    async def settle(self, moves: Moves) -> AsyncGenerator[Event, None]:
        """Follow the moves to the plan, with an event for everything that takes time."""
        async with aclosing(moves):
            move = await anext(moves)
            while not isinstance(move, Plan):
                self._results = None
                if isinstance(move, Thinking):
                    yield {"status": "processing", "message": move.message}
                else:
                    async with aclosing(self._run_all(move.steps)) as events:
                        async for event in events:
                            yield event
                move = await moves.asend(self._results)
            self._plan = move

    async def _run_all(self, steps: tuple[Step, ...]) -> AsyncGenerator[Event, None]:
        async with started_together(self._turn, self._services) as together:
            started = [together.start(step) for step in steps]
            results = []
            for one in started:
                yield one.call
            for one in started:
                result = await self._result(one)
                results.append(result)
                rows = sum(table.row_count for table in result.tables[:1])
                failed = {"failed": True} if result.issues else {}
                yield one.complete(rows) | failed
            self._results = tuple(results)

    async def _result(self, one: Started) -> StepResult:
        """The result of a step; what is wrong with the step itself as issues."""
        try:
            outcome = await one.task
        except SemanticError as error:
            return StepResult(one.step, issues=error.issues)
        except AppError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            issue = Issue(error.code, error.message, hint=error.hint)
            return StepResult(one.step, issues=error.issues or (issue,))
        name = f"r{len(self.executed) + 1}"
        self.executed[name] = Executed(one.step, outcome)
        if isinstance(outcome, ResultTable):
            return StepResult(one.step, name, (outcome,))
        return StepResult(one.step, name, tuple(outcome.queries), tuple(outcome.sentences))
