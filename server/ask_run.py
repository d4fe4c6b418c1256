"""A plan to findings: run its queries and analyses side by side, preview options.

Called by `ask.py`, once per question. Invariant: all queries of one answer read the same data
version with the same clock and roles; what cannot be computed is asked back, never left out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from semantic import syntax
from semantic.issues import Issue, SemanticError
from semantic.query_object import SemanticQuery
from server.analysis_result import AnalysisResult
from server.answer.cards import Figures, agrees
from server.answer.formats import show
from server.answer.shape import Finding
from server.ask_desk import Executed
from server.ask_prose import check_title, is_worded_by_model, without_inventions
from server.ask_retreat import ask_instead
from server.ask_services import AskServices, Event, Turn
from server.ask_steps import QUERY, Started, Step, Steps, started_together, write_sql
from server.companions import Companions, find_companions, find_headlines
from server.errors import AnalysisUnavailable, AppError, InvalidParameters
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
from server.results import ResultTable

_PREVIEW_ROWS: Final = 3
NOTHING: Final[Mapping[str, Executed]] = {}
_AGGREGATES: Final = re.compile(
    r"\b(GROUP\s+BY|DISTINCT|MEASURE|AGG|SUM|COUNT|AVG|MIN|MAX|MEDIAN|STDDEV\w*)\b", re.IGNORECASE
)


class Run:
    """Executes a plan and keeps what it gave."""

    def __init__(
        self,
        turn: Turn,
        services: AskServices,
        plan: Plan,
        question: str = "",
        executed: Mapping[str, Executed] = NOTHING,
    ) -> None:
        """`executed` holds what was run while planning, by the ids of the plan."""
        self.turn = turn
        self.plan = plan
        self.question = question
        self.executed = executed
        self.services = services
        self.findings: list[Finding] = []
        self.beside: list[Finding] = []
        """The queries behind the cards or the options; they answer nothing by themselves."""
        self.figures: Figures | None = None
        self.behind: Finding | None = None
        """How many rows stand behind each group of the first finding."""
        self.functions: list[str] = []
        self.sentences: list[str] = []
        """What analyses say of themselves, before the tables."""
        self.pictures: dict[str, ResultTable | None] = {}
        """What is drawn in place of a finding, by its id; None for nothing."""
        self.options: list[tuple[Option, str]] = []
        self.asked: SemanticQuery | None = None
        self.settled = ""
        """The reading that all options turned out to share."""
        self.follow_ups: list[str] = []

    async def carry_out(self) -> AsyncGenerator[Event, None]:
        """Run what the plan wants, with an event before and after each query.

        All queries start at once; results are kept and told in the order of the plan.
        """
        if isinstance(self.plan.outcome, Answerable):
            self._adopt(self.plan.outcome)
            async with aclosing(self._run_all(self.plan.outcome)) as events:
                async for event in events:
                    yield event
        outcome = self.plan.outcome
        if is_worded_by_model(self.plan) and not isinstance(outcome, Answerable):
            outcome = without_inventions(outcome, self.question, self.turn.as_of)
            self.plan = replace(self.plan, outcome=outcome)
        if isinstance(outcome, Answerable):
            yield {"status": "creating_visualizations", "count": len(self.findings)}
        else:
            await self._preview(outcome)

    async def _run_all(self, outcome: Answerable) -> AsyncGenerator[Event, None]:
        asked = (q.asked or q.query for q in outcome.queries)
        self.asked = next(filter(None, asked), self.asked)
        companions = self._find_companions(outcome)
        async with started_together(self.turn, self.services) as steps:
            step: Step
            started: list[Started] = []
            try:
                every: tuple[Step, ...] = (*outcome.queries, *outcome.analyses)
                for step in every:
                    started.append(steps.start(step))
                beside = _start_beside(steps, companions)
                # The engine has them all by then and works while the suggestions are checked.
                await asyncio.sleep(0)
                self._check_follow_ups()
                for one in started:
                    step = one.step
                    yield one.call
                    yield one.complete(self._keep_step(step, await one.task))
            except (SemanticError, InvalidParameters, AnalysisUnavailable) as error:
                self._retreat(step, error.issues)
                return
            if companions is not None:
                async for event in self._keep_beside(companions, beside):
                    yield event

    def _adopt(self, outcome: Answerable) -> None:
        """Keep what was run while planning."""
        for name in outcome.done:
            step, result = self.executed[name].step, self.executed[name].outcome
            if isinstance(step, PlannedQuery) and isinstance(result, ResultTable):
                self.asked = self.asked or step.asked or step.query
                title = check_title(step, result, self.turn.as_of)
                step, result = replace(step, title=title), replace(result, title=title)
            self._keep_step(step, result)

    def _retreat(self, step: Step, issues: Sequence[Issue]) -> None:
        """Ask back in place of an answer of which a part cannot be computed."""
        outcome = ask_instead(self.turn.catalog, step, issues)
        self.findings, self.functions, self.asked = [], [], None
        self.sentences, self.pictures, self.follow_ups = [], {}, []
        self.plan = replace(self.plan, outcome=outcome, interpretation="", follow_ups=())

    def _check_follow_ups(self) -> None:
        """Of the questions suggested, keep those that this planner does answer after this one."""
        last = LastAnswer(self.asked) if self.asked is not None else None
        plan = self.turn.kit.planner.plan
        self.follow_ups = [
            text
            for text in self.plan.follow_ups
            if isinstance(plan(text, self.turn.as_of, Context(last)).outcome, Answerable)
        ]

    # ------------------------------------------------------------ what the queries gave

    def _keep_step(self, step: Step, result: ResultTable | AnalysisResult) -> int:
        """Keep what a step gave; returns its number of rows."""
        if isinstance(step, PlannedAnalysis):
            assert isinstance(result, AnalysisResult)
            self._keep_analysis(step, result)
            return len(result.rows)
        assert isinstance(result, ResultTable)
        self._keep(step, result)
        return result.row_count

    def _keep(self, planned: PlannedQuery, table: ResultTable) -> None:
        self.functions.append(QUERY)
        self.findings.append(
            Finding(
                id=f"q{len(self.findings) + 1}",
                title=planned.title,
                table=table,
                chart=planned.chart,
                additive=self._additive(table),
                is_list=planned.query.detail if planned.query else _lists_rows(table),
                placed_by=_placed_by(planned),
                functions=(QUERY,),
                lower_is_better=self._lower_is_better(table),
                as_of=self.turn.as_of,
            )
        )

    def _lower_is_better(self, table: ResultTable) -> frozenset[str]:
        metrics = self.turn.catalog.metrics
        names = [c.name for c in table.columns if c.name in metrics]
        return frozenset(name for name in names if metrics[name].better == "lower")

    def _additive(self, table: ResultTable) -> frozenset[str]:
        """Metrics that add up, and the amounts of single rows that a metric sums."""
        metrics = self.turn.catalog.metrics
        amounts = {
            metric.expr.parts[-1]
            for metric in metrics.values()
            if metric.agg == "sum" and isinstance(metric.expr, syntax.Name)
        }
        return frozenset(
            c.name
            for c in table.columns
            if (c.name in metrics and metrics[c.name].agg in ("sum", "count"))
            or (c.role in ("dimension", "value") and c.name in amounts)
        )

    def _keep_analysis(self, planned: PlannedAnalysis, result: AnalysisResult) -> None:
        self.functions.append(planned.name)
        self.sentences += result.sentences
        for table in result.queries:
            is_main = table is result.main
            self.findings.append(
                Finding(
                    id=f"q{len(self.findings) + 1}",
                    title=table.title or planned.title,
                    table=table,
                    chart=result.chart.type if is_main else None,
                    additive=self._additive(table),
                    is_list=_lists_rows(table),
                    named_by=result.chart.x if is_main else "",
                    measured_by=result.chart.y if is_main else (),
                    is_told=bool(result.sentences),
                    functions=(planned.name,),
                    as_of=self.turn.as_of,
                )
            )
            if result.shown is not None and table is not result.queries[0]:
                # The totals stay a card; of the rest, the one table made from all is drawn.
                self.pictures[self.findings[-1].id] = result.shown if is_main else None

    # ------------------------------------------------------------ beside the answer

    def _find_companions(self, outcome: Answerable) -> Companions | None:
        kit = self.turn.kit
        if outcome.done or not (outcome.queries or outcome.analyses):
            return None  # what a model ran while planning may hold conditions of its own
        if not outcome.queries:
            is_whole = not any(analysis.parameters for analysis in outcome.analyses)
            return find_headlines(kit.related) if is_whole else None
        return find_companions(outcome.queries[0], kit.related, kit.coverage, self.turn.as_of)

    async def _keep_beside(
        self, companions: Companions, beside: Sequence[Started]
    ) -> AsyncIterator[Event]:
        """The figures of the cards; an answer stands without them where they cannot be had."""
        found: dict[str, Finding] = {}
        for one in beside:
            yield one.call
            table = await _table_or_none(one)
            yield one.complete(table.row_count if table is not None else 0)
            if table is not None and isinstance(one.step, PlannedQuery):
                number = len(self.findings) + len(found) + 1
                found[one.step.title] = Finding(f"q{number}", one.step.title, table)
        figures = found.get(companions.figures.title)
        if figures is None or not self.findings:
            return
        before = found.get(companions.before.title) if companions.before else None
        made = Figures(
            companions.asked,
            companions.metrics,
            figures.table,
            before.table if before is not None else None,
            companions.trended,
        )
        if agrees(self.findings[0], made, by_construction=self._is_by_construction()):
            self.figures, self.beside = made, list(found.values())
            self.behind = found.get(companions.behind.title) if companions.behind else None

    def _is_by_construction(self) -> bool:
        """True where the answer and its figures were made from one query object."""
        outcome = self.plan.outcome
        if not isinstance(outcome, Answerable):
            return False
        return not outcome.queries or outcome.queries[0].query is not None

    # ------------------------------------------------------------ asking back

    async def _preview(self, outcome: Clarification | Refusal) -> None:
        """The number beside each option; where all readings give the same, they are settled."""
        tables = await asyncio.gather(*(self._option_table(option) for option in outcome.options))
        pairs = list(zip(outcome.options, tables, strict=True))
        # What does not compile is not offered.
        self.beside = [
            Finding(id=f"o{n}", title=option.label, table=table, functions=(QUERY,))
            for n, (option, table) in enumerate(pairs, 1)
            if table is not None
        ]
        self.options = [
            (option, self._say(table) if table is not None else "")
            for option, table in pairs
            if table is not None or not (option.query or option.sql)
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
        self._check_follow_ups()
        self.options, self.beside = [], []

    async def _option_table(self, option: Option) -> ResultTable | None:
        """The rows of an option; None where it has no query, or one that does not compile."""
        if not (option.query or option.sql):
            return None
        planned = PlannedQuery(option.label, option.query, option.sql)
        try:
            steps = Steps(self.turn, self.services)
            return await steps.run_query(planned, write_sql(self.turn, planned))
        except SemanticError:
            return None
        except AppError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return None

    def _say(self, table: ResultTable) -> str:
        currency = self.turn.catalog.spec.currency
        said = []
        for row in table.rows[:_PREVIEW_ROWS]:
            cells = [show(c, value, currency) for c, value in zip(table.columns, row, strict=True)]
            said.append(": ".join(cells[:3]))
        more = f" … ({table.row_count:,} rows)" if table.row_count > _PREVIEW_ROWS else ""
        return "; ".join(said) + more


def _start_beside(steps: Steps, companions: Companions | None) -> list[Started]:
    """The companions that compile, under way."""
    started = []
    for query in companions.queries if companions is not None else ():
        try:
            started.append(steps.start(query))
        except SemanticError:
            continue  # the question itself will tell, where it has the same fault
    return started


def _placed_by(planned: PlannedQuery) -> str:
    """The column behind "second largest", or an empty text where no single place is asked for."""
    query = planned.query
    has_place = query is not None and query.detail and query.place is not None
    return query.order_by[0].name.rpartition(".")[2] if query and has_place else ""


def _lists_rows(table: ResultTable) -> bool:
    """True where trusted SQL gives rows as they are: nothing in it aggregates."""
    return not table.lineage.metrics and not _AGGREGATES.search(table.semantic_sql)


async def _table_or_none(one: Started) -> ResultTable | None:
    try:
        table = await one.task
    except (SemanticError, AppError):
        return None
    return table if isinstance(table, ResultTable) else None
