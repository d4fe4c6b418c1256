"""A plan to findings and the answer: run its queries and analyses, preview options, put together.

Called by `ask.py`, once per question. Invariant: all queries of one answer read the same data
version with the same clock and roles; a status says answered only where a result stands behind it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from semantic.compiled import Principal
from semantic.definitions import METRIC_TIME, Catalog
from semantic.issues import Issue, SemanticError
from semantic.request import SemanticQuery, column_hints, to_sql
from server.analysis_runs import AnalysisRuns
from server.answer.assemble import to_key_metrics, to_query_body, to_visualization, write_prose
from server.answer.formats import show, to_markdown
from server.answer.shape import Finding, is_blank, with_hints
from server.answer.wire import Answer, OptionBody, Provenance, Status
from server.ask_retreat import ask_instead
from server.audit import AuditLog
from server.errors import AnalysisUnavailable, InvalidParameters
from server.planner.plan import (
    Answerable,
    Clarification,
    Context,
    LastAnswer,
    Option,
    Plan,
    PlannedAnalysis,
    PlannedQuery,
    Refusal,
)  # fmt: skip
from server.planners import PlannerOfVersion, Planners
from server.results import ResultTable
from server.snapshot import Clock, Snapshot, Snapshots
from server.storage.store import Store
from server.turn_context import to_stored
from server.warehouse.execute import Warehouse

Event = dict[str, Any]
Step = PlannedAnalysis | PlannedQuery
_PREVIEW_ROWS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class AskServices:
    """What answering needs; wired by `app.py`."""

    snapshots: Snapshots
    warehouse: Warehouse
    analyses: AnalysisRuns
    planners: Planners
    store: Store
    audit: AuditLog
    clock: Clock
    new_id: Callable[[datetime], str]
    """A fresh conversation id, like conv_20250215_101230_ab12."""
    limit_rows: int = 1_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with everything it is answered from."""

    conversation_id: str
    snapshot: Snapshot
    kit: PlannerOfVersion
    context: Context
    as_of: date
    principal: Principal
    is_new: bool

    @property
    def catalog(self) -> Catalog:
        """The catalog of the version asked."""
        return self.snapshot.catalog


class Run:
    """Executes a plan and keeps what it gave."""

    def __init__(self, turn: Turn, services: AskServices, plan: Plan) -> None:
        self.turn = turn
        self.plan = plan
        self.services = services
        self.findings: list[Finding] = []
        self.functions: list[str] = []
        self.sentences: list[str] = []
        """What analyses say of themselves, before the tables."""
        self.pictures: dict[str, ResultTable | None] = {}
        """What is drawn in place of a finding, by its id; None for nothing."""
        self.options: list[tuple[Option, str]] = []
        self.asked: SemanticQuery | None = None
        self.settled = ""
        """The reading that all options turned out to share."""

    async def carry_out(self) -> AsyncIterator[Event]:
        """Run what the plan wants, with an event before and after each query."""
        outcome = self.plan.outcome
        if isinstance(outcome, Answerable):
            self.asked = next((q.asked or q.query for q in outcome.queries if q.query), None)
            steps: list[Step] = [*outcome.analyses, *outcome.queries]
            for step in steps:
                try:
                    async for event in self._run_step(step):
                        yield event
                except (SemanticError, InvalidParameters, AnalysisUnavailable) as error:
                    outcome = self._retreat(step, error.issues)
                    break
        if isinstance(outcome, Answerable):
            yield {"status": "creating_visualizations", "count": len(self.findings)}
        else:
            await self._preview(outcome)

    def _run_step(self, step: Step) -> AsyncIterator[Event]:
        if isinstance(step, PlannedAnalysis):
            return self._run_analysis(step)
        return self._run_query(step)

    def _retreat(self, step: Step, issues: Sequence[Issue]) -> Clarification:
        """Ask back in place of an answer of which a part cannot be computed."""
        outcome = ask_instead(self.turn.catalog, step, issues)
        self.findings, self.functions, self.asked = [], [], None
        self.sentences, self.pictures = [], {}
        self.plan = replace(self.plan, outcome=outcome, interpretation="", follow_ups=())
        return outcome

    async def _run_query(self, planned: PlannedQuery) -> AsyncIterator[Event]:
        sql = planned.sql or (to_sql(self.turn.catalog, planned.query) if planned.query else "")
        yield {"status": "function_call", "current_function": "semantic_query", "semantic_sql": sql}
        table = await self._execute(sql, planned)
        self._keep(planned, table)
        yield {
            "status": "function_complete",
            "current_function": "semantic_query",
            "row_count": table.row_count,
        }

    async def _execute(
        self, sql: str, planned: PlannedQuery, limit_rows: int | None = None
    ) -> ResultTable:
        table = await self.services.warehouse.run(
            sql,
            as_of=self.turn.as_of,
            principal=self.turn.principal,
            limit_rows=limit_rows or self.services.limit_rows,
            version=self.turn.snapshot.version,
            title=planned.title,
        )
        if planned.query is None:
            return table
        hints = column_hints(self.turn.catalog, planned.query)
        return with_hints(table, {name: (hint.label, hint.format) for name, hint in hints.items()})

    def _keep(self, planned: PlannedQuery, table: ResultTable) -> None:
        self.functions.append("semantic_query")
        self.findings.append(
            Finding(
                id=f"q{len(self.findings) + 1}",
                title=planned.title,
                table=table,
                chart=planned.chart,
                additive=self._additive(table),
                is_list=bool(planned.query and planned.query.detail),
                functions=("semantic_query",),
            )
        )

    def _additive(self, table: ResultTable) -> frozenset[str]:
        metrics = self.turn.catalog.metrics
        found = {
            c.name
            for c in table.columns
            if c.name in metrics and metrics[c.name].agg in ("sum", "count")
        }
        return frozenset(found)

    async def _run_analysis(self, planned: PlannedAnalysis) -> AsyncIterator[Event]:
        yield {"status": "function_call", "current_function": planned.name}
        result = await self.services.analyses.of(self.turn.snapshot).run(
            planned.name, planned.parameters, self.turn.as_of, self.turn.principal,
            version=self.turn.snapshot.version,
        )  # fmt: skip
        self.functions.append(planned.name)
        self.sentences += result.sentences
        for table in result.queries:
            is_main = table is result.main
            title = table.title or planned.title
            self.findings.append(
                Finding(
                    id=f"q{len(self.findings) + 1}",
                    title=title,
                    table=table,
                    chart=result.chart.type if is_main else None,
                    additive=self._additive(table),
                    functions=(planned.name,),
                )
            )
            if result.shown is not None and table is not result.queries[0]:
                # The totals stay a card; of the rest, the one table made from all is drawn.
                self.pictures[self.findings[-1].id] = result.shown if is_main else None
        yield {
            "status": "function_complete",
            "current_function": planned.name,
            "row_count": len(result.rows),
        }

    # ------------------------------------------------------------ asking back

    async def _preview(self, outcome: Clarification | Refusal) -> None:
        """The number beside each option; where all readings give the same, they are settled."""
        tables = await asyncio.gather(*(self._option_table(option) for option in outcome.options))
        pairs = list(zip(outcome.options, tables, strict=True))
        # What does not compile is not offered.
        self.options = [
            (option, self._say(table) if table is not None else "")
            for option, table in pairs
            if table is not None or option.query is None
        ]
        if isinstance(outcome, Clarification) and outcome.settle:
            self._settle(pairs)

    def _settle(self, pairs: Sequence[tuple[Option, ResultTable | None]]) -> None:
        """Answer in place of asking back, where every reading gives the same rows."""
        tables = [table for _, table in pairs if table is not None]
        if len(tables) < 2 or len(tables) < len(pairs):
            return
        if any(table.rows != tables[0].rows for table in tables):
            return
        first = pairs[0][0]
        self.asked, self.settled = first.query, first.label
        self._keep(PlannedQuery(first.label, first.query), tables[0])
        self.options = []

    async def _option_table(self, option: Option) -> ResultTable | None:
        """The rows of an option; None where it has no query, or one that does not compile."""
        if option.query is None:
            return None
        try:
            sql = to_sql(self.turn.catalog, option.query)
            return await self._execute(sql, PlannedQuery(option.label, option.query))
        except SemanticError:
            return None

    def _say(self, table: ResultTable) -> str:
        currency = self.turn.catalog.spec.currency
        said = []
        for row in table.rows[:_PREVIEW_ROWS]:
            cells = [show(c, value, currency) for c, value in zip(table.columns, row, strict=True)]
            said.append(": ".join(cells[:3]))
        more = f" … ({table.row_count:,} rows)" if table.row_count > _PREVIEW_ROWS else ""
        return "; ".join(said) + more

    # ------------------------------------------------------------ the answer

    def finish(self, started: float) -> Answer:
        """The whole answer, from what was found."""
        plan = self.plan
        status = self._status(plan)
        interpretation = self.settled or plan.interpretation
        currency = self.turn.catalog.spec.currency
        shown = self._drawn() if status == "answered" else []
        cards = to_key_metrics(shown)
        elapsed_ms = (time.perf_counter() - started) * 1000
        return Answer(
            status=status,
            answer=self._text(plan, status, interpretation),
            conversation_id=self.turn.conversation_id,
            has_context=plan.has_context,
            queries=[to_query_body(finding) for finding in self.findings],
            visualizations=[to_visualization(finding, currency) for finding in shown],
            key_metrics=cards,
            functions_executed=self.functions,
            execution_summary=self._summary(elapsed_ms),
            data_sources=sorted({name for f in self.findings for name in f.table.data_sources}),
            streaming_complete=True,
            interpretation=interpretation,
            follow_ups=self._follow_ups() if status == "answered" else [],
            options=[OptionBody(o.label, o.question, preview) for o, preview in self.options],
            provenance=Provenance(
                warehouse_version=self.turn.snapshot.version,
                model_version=self.turn.kit.model_version,
                as_of=self.turn.as_of,
                planner=self.turn.kit.planner.name,
                model=None,
                unverified_numbers=[],
            ),
        )

    def _drawn(self) -> list[Finding]:
        """The findings as people see them."""
        pictures = [(f, self.pictures.get(f.id, f.table)) for f in self.findings]
        return [replace(f, table=table) for f, table in pictures if table is not None]

    def _status(self, plan: Plan) -> Status:
        if isinstance(plan.outcome, Refusal):
            return "refused"
        if isinstance(plan.outcome, Clarification) and not self.settled:
            return "clarification"
        return "no_data" if self._found_nothing() else "answered"

    def _found_nothing(self) -> bool:
        """True where a list is empty, or nothing lies in the period asked for."""
        if not self.findings or not all(is_blank(finding) for finding in self.findings):
            return False
        has_period = (
            self.asked is not None
            and self.asked.time is not None
            and self.asked.time.range is not None
        )
        return has_period or all(not finding.table.rows for finding in self.findings)

    def _text(self, plan: Plan, status: Status, interpretation: str) -> str:
        if status == "answered":
            currency = self.turn.catalog.spec.currency
            prose = write_prose(
                self._drawn(), interpretation, f"{self.turn.as_of:%Y-%m-%d}", currency
            )
            return "\n\n".join([*map(to_markdown, self.sentences), prose])
        if status == "no_data":
            sentence = f"There is nothing for this in the data: {to_markdown(interpretation)}."
            return f"{sentence} {self._coverage()}".strip()
        assert not isinstance(plan.outcome, Answerable)
        choices = "\n".join(
            f"- {to_markdown(o.label)}" + (f": {to_markdown(preview)}" if preview else "")
            for o, preview in self.options
            if isinstance(plan.outcome, Clarification)
        )
        return f"{to_markdown(plan.outcome.message)}\n\n{choices}".strip()

    def _follow_ups(self) -> list[str]:
        """Of the questions suggested, those that this planner does answer after this one."""
        last = LastAnswer(self.asked) if self.asked is not None else None
        plan = self.turn.kit.planner.plan
        return [
            text
            for text in self.plan.follow_ups
            if isinstance(plan(text, self.turn.as_of, Context(last)).outcome, Answerable)
        ]

    def _coverage(self) -> str:
        """Which dates the data holds on the time dimension asked about."""
        query = self.asked
        if query is None or query.time is None:
            return ""
        model = self.turn.catalog.models.get(query.model or "")
        name = query.time.dimension or (model.time if model else None)
        if model is None or name in (None, METRIC_TIME):
            return ""
        covered = self.turn.kit.coverage.get(f"{model.name}.{name}")
        if covered is None:
            return ""
        label = model.dimensions[str(name)].label.lower() if name in model.dimensions else "date"
        return (
            f"In the data the {label} runs from {covered.first:%Y-%m-%d} "
            f"to {covered.last:%Y-%m-%d}."
        )

    def _summary(self, elapsed_ms: float) -> str:
        count = len(self.findings)
        queries = f"{count} quer{'y' if count == 1 else 'ies'}"
        return f"{queries} on data version {self.turn.snapshot.version} in {elapsed_ms:.0f} ms"

    def stored(self) -> Event:
        """What the next question may refer to."""
        options = (
            [option for option, _ in self.options]
            if isinstance(self.plan.outcome, Clarification)
            else []
        )
        return to_stored(self.asked if self.findings else None, self.findings, options)
