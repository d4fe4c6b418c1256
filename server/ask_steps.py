"""One step of a plan to its result: a query to a table, a named analysis to its tables.

Called by `ask_run.py`. Invariant: whatever is started inside `started_together` is over, done or
cancelled, when the block is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from semantic.request import column_hints, to_sql
from server.analysis_result import AnalysisResult
from server.answer.shape import with_hints
from server.ask_services import AskServices, Event, Turn
from server.planner.plan import PlannedAnalysis, PlannedQuery
from server.results import ResultTable

Step = PlannedAnalysis | PlannedQuery
QUERY: Final = "semantic_query"
"""What the events call a query that is no named analysis."""


@dataclass(frozen=True, slots=True)
class Started:
    """A step on its way."""

    step: Step
    sql: str
    """Semantic SQL; empty for an analysis."""
    task: asyncio.Task[ResultTable | AnalysisResult]

    @property
    def call(self) -> Event:
        """The event that says what is computed."""
        if isinstance(self.step, PlannedAnalysis):
            return {"status": "function_call", "current_function": self.step.name}
        return {"status": "function_call", "current_function": QUERY, "semantic_sql": self.sql}

    def complete(self, row_count: int) -> Event:
        """The event that says it is there."""
        name = self.step.name if isinstance(self.step, PlannedAnalysis) else QUERY
        return {"status": "function_complete", "current_function": name, "row_count": row_count}


@dataclass(frozen=True, slots=True)
class Steps:
    """Starts steps for one turn."""

    turn: Turn
    services: AskServices
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def start(self, step: Step) -> Started:
        """The step, under way.

        Raises:
            SemanticError: its query object has no semantic SQL.
        """
        if isinstance(step, PlannedAnalysis):
            return Started(step, "", self._task(self.run_analysis(step)))
        sql = write_sql(self.turn, step)
        return Started(step, sql, self._task(self.run_query(step, sql)))

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def stop(self) -> None:
        """End what is still running."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run_query(self, planned: PlannedQuery, sql: str) -> ResultTable:
        """The rows, with labels and formats that only the query object knows.

        Raises what `Warehouse.run` raises.
        """
        table = await self.services.warehouse.run(
            sql,
            as_of=self.turn.as_of,
            principal=self.turn.principal,
            limit_rows=self.services.limit_rows,
            version=self.turn.snapshot.version,
            title=planned.title,
        )
        if planned.query is None:
            return table
        hints = column_hints(self.turn.catalog, planned.query)
        return with_hints(table, {name: (hint.label, hint.format) for name, hint in hints.items()})

    async def run_analysis(self, planned: PlannedAnalysis) -> AnalysisResult:
        """The result. Raises what `Analyses.run` raises."""
        return await self.services.analyses.of(self.turn.snapshot).run(
            planned.name, planned.parameters, self.turn.as_of, self.turn.principal,
            version=self.turn.snapshot.version,
        )  # fmt: skip


@asynccontextmanager
async def started_together(turn: Turn, services: AskServices) -> AsyncIterator[Steps]:
    """Starts steps side by side; the first error, or the reader's leaving, ends all of them."""
    steps = Steps(turn, services)
    try:
        yield steps
    finally:
        await steps.stop()


def write_sql(turn: Turn, planned: PlannedQuery) -> str:
    """The semantic SQL of a planned query; SemanticError where there is none."""
    return planned.sql or (to_sql(turn.catalog, planned.query) if planned.query else "")
