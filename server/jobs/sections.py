"""The sections of a definition to the sections of a report, all on one data version.

Called by `build.py`. Invariant: no section is left out; one that cannot be answered stands in
the report with the reason, and no number is put in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from semantic.compiled import Principal
from semantic.issues import SemanticError
from semantic.request import column_hints, to_sql
from server.analyses import AnalysisResult
from server.answer.assemble import to_query_body, to_visualization
from server.answer.cards import to_key_metrics
from server.answer.formats import to_markdown
from server.answer.prose import write_prose
from server.answer.shape import Finding, with_hints
from server.answer.wire import Answer
from server.ask import AskServices, Question, ask
from server.dashboard import to_query
from server.errors import AppError, EngineFailed
from server.http_errors import find_code, to_problem
from server.jobs.definition import ReportSpec, Scalar, SectionSpec, fill
from server.jobs.statements import section_statement
from server.report.content import ReportSection, ReportTurn, to_turn
from server.results import ResultTable
from server.snapshot import Snapshot

SAYS_SOMETHING = frozenset({"answered", "no_data"})


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """How one part of a report came out."""

    title: str
    status: str
    """answered, no_data, clarification, refused or failed."""
    problem: str = ""
    code: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether it shows what was asked for."""
        return self.status in SAYS_SOMETHING


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a report and how its parts came out."""

    section: ReportSection
    outcomes: tuple[PartOutcome, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SectionMaker:
    """Makes the sections of one run: one version, one clock, one principal."""

    services: AskServices
    snapshot: Snapshot
    model_version: str
    as_of: date
    principal: Principal
    parameters: dict[str, Scalar]

    async def make_all(self, spec: ReportSpec) -> list[Part]:
        """Every section, in order."""
        return [
            await self._make(section, f"q{number}")
            for number, section in enumerate(spec.sections, 1)
        ]

    async def _make(self, section: SectionSpec, name: str) -> Part:
        if section.dashboard:
            return await self._dashboard(section, name)
        title = section.title or self._name(section)
        try:
            turn = await self._turn(section, title, name)
        except (AppError, SemanticError) as error:
            turn, outcome = self._failed(title, error)
            return Part(ReportSection("", (turn,)), (outcome,))
        outcome = PartOutcome(title, turn.status, _reason(turn), _code(turn))
        return Part(ReportSection("", (turn,)), (outcome,))

    def _name(self, section: SectionSpec) -> str:
        if section.question is not None:
            return fill(section.question, self.parameters)
        if section.analysis is not None:
            return section.analysis.replace("_", " ").capitalize()
        if section.query is not None:
            return ", ".join(section.query.metrics or section.query.dimensions)
        return "Query"

    async def _turn(self, section: SectionSpec, title: str, name: str) -> ReportTurn:
        if section.question is not None:
            return await self._ask(section.question, title)
        if section.analysis is not None:
            return self._of_analysis(await self._analyse(section), title, name)
        table = await self._query(section, title)
        is_list = section.query is not None and section.query.detail
        return self._of_findings([self._finding(table, title, name, is_list)], title)

    # ------------------------------------------------------------ the kinds

    async def _ask(self, question: str, title: str) -> ReportTurn:
        text = fill(question, self.parameters)
        asked = Question(
            text,
            as_of=self.as_of,
            principal=self.principal,
            version=self.snapshot.version,
            is_kept=False,
        )
        answer: Answer | None = None
        async for event in ask(asked, self.services):
            answer = event.get("result", answer)
        if answer is None:
            raise EngineFailed("The question came to no answer.")
        return replace(to_turn(text, answer, self.snapshot.spec.currency), question=title)

    async def _analyse(self, section: SectionSpec) -> AnalysisResult:
        assert section.analysis is not None
        return await self.services.analyses.of(self.snapshot).run(
            section.analysis,
            {name: self._settle(value) for name, value in section.parameters.items()},
            self.as_of,
            self.principal,
            version=self.snapshot.version,
        )

    def _settle(self, value: Scalar | None) -> Scalar | None:
        """A parameter of an analysis: `$name` alone keeps the type of what it stands for."""
        if not isinstance(value, str):
            return value
        return self.parameters.get(value.removeprefix("$"), value) if value[:1] == "$" else value

    async def _query(self, section: SectionSpec, title: str) -> ResultTable:
        catalog = self.snapshot.catalog
        sql, arguments = section_statement(catalog, section, self.parameters)
        table = await self.services.warehouse.run(
            sql,
            as_of=self.as_of,
            principal=self.principal,
            limit_rows=self.services.limit_rows,
            arguments=arguments,
            version=self.snapshot.version,
            title=title,
        )
        if section.query is None:
            return table
        hints = column_hints(catalog, section.query)
        return with_hints(table, {name: (hint.label, hint.format) for name, hint in hints.items()})

    async def _dashboard(self, section: SectionSpec, name: str) -> Part:
        turns: list[ReportTurn] = []
        outcomes: list[PartOutcome] = []
        for number, tile in enumerate(self.snapshot.spec.dashboard, 1):
            try:
                table = await self.services.warehouse.run(
                    to_sql(self.snapshot.catalog, to_query(tile)),
                    as_of=self.as_of,
                    principal=self.principal,
                    limit_rows=self.services.limit_rows,
                    version=self.snapshot.version,
                    title=tile.title,
                )
            except (AppError, SemanticError) as error:
                turn, outcome = self._failed(tile.title, error)
            else:
                finding = self._finding(table, tile.title, f"{name}t{number}", False)
                finding = replace(finding, chart=tile.chart)
                turn = self._of_findings([finding], tile.title)
                outcome = PartOutcome(tile.title, turn.status)
            turns.append(turn)
            outcomes.append(outcome)
        title = section.title or "Dashboard"
        if not turns:
            turn = replace(
                self._blank(title), status="refused", prose="The model has no dashboard."
            )
            turns, outcomes = [turn], [PartOutcome(title, "refused", turn.prose, "no-dashboard")]
        return Part(ReportSection(title, turns), tuple(outcomes))

    # ------------------------------------------------------------ turns

    def _of_analysis(self, result: AnalysisResult, title: str, name: str) -> ReportTurn:
        findings: list[Finding] = []
        drawn: list[Finding] = []
        for number, table in enumerate(result.queries):
            is_main = table is result.main
            finding = self._finding(table, table.title or title, f"{name}a{number + 1}", False)
            chart = result.chart.type if is_main else None
            findings.append(replace(finding, chart=chart, functions=(result.name,)))
            if result.shown is None or number == 0:
                drawn.append(findings[-1])
            elif is_main:
                # Of the queries after the first, the one table made from all of them is drawn.
                drawn.append(replace(findings[-1], table=result.shown))
        turn = self._of_findings(findings, title, drawn)
        said = [*map(to_markdown, result.sentences), turn.prose]
        return replace(turn, prose="\n\n".join(said))

    def _finding(self, table: ResultTable, title: str, name: str, is_list: bool) -> Finding:
        metrics = self.snapshot.catalog.metrics
        additive = frozenset(
            column.name
            for column in table.columns
            if column.name in metrics and metrics[column.name].agg in ("sum", "count")
        )
        return Finding(name, title, table, additive=additive, is_list=is_list)

    def _of_findings(
        self, findings: Sequence[Finding], title: str, drawn: Sequence[Finding] | None = None
    ) -> ReportTurn:
        currency = self.snapshot.spec.currency
        shown = findings if drawn is None else drawn
        is_empty = all(not finding.table.rows for finding in findings)
        return replace(
            self._blank(title),
            status="no_data" if is_empty else "answered",
            prose=write_prose(shown, "", f"{self.as_of:%Y-%m-%d}", currency),
            key_metrics=to_key_metrics(shown),
            visualizations=[to_visualization(finding, currency) for finding in shown],
            queries=[to_query_body(finding) for finding in findings],
            data_sources=sorted({n for f in findings for n in f.table.data_sources}),
        )

    def _blank(self, title: str) -> ReportTurn:
        return ReportTurn(
            question=title,
            as_of=self.as_of,
            warehouse_version=self.snapshot.version,
            model_version=self.model_version,
            currency=self.snapshot.spec.currency,
        )

    def _failed(
        self, title: str, error: AppError | SemanticError
    ) -> tuple[ReportTurn, PartOutcome]:
        """A section in place of the one that could not be made; what may pass is raised again."""
        if isinstance(error, AppError) and error.retry_after_s is not None:
            raise error
        detail = to_problem(error)[0].detail
        prose = f"**This part could not be answered.** {to_markdown(detail)}"
        turn = replace(self._blank(title), status="failed", prose=prose)
        return turn, PartOutcome(title, "failed", detail, find_code(error)[1])


def _reason(turn: ReportTurn) -> str:
    return "" if turn.status in SAYS_SOMETHING else turn.prose.partition("\n")[0][:300]


def _code(turn: ReportTurn) -> str:
    return "" if turn.status in SAYS_SOMETHING else turn.status
