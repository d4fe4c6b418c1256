"""A named analysis and its parameters to a result: settle names, run its queries, assemble.

Called by the routes, the CLI and `ask.py`. Invariant: all queries of one run read the same data
version with the same clock and roles; only names found in the catalog enter the SQL as names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any, Final

from semantic.analyses import FACTOR_SUFFIX, Template, load_templates
from semantic.analysis_header import ChartSpec, Header, ParameterSpec
from semantic.analysis_values import parse_values
from semantic.compiled import Principal, ResultColumn, Value
from semantic.definitions import Catalog, Metric
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.pipeline import compile_sql
from server.analysis_result import assemble
from server.errors import AnalysisUnavailable, InvalidParameters, NotFound
from server.results import ResultTable
from server.warehouse.execute import Warehouse
from server.warehouse.protocol import TypedValue

LIMIT_ROWS: Final = 10_000
_MEMBERS_COMPARED: Final = 5_000
"""Members looked through for near names; a member beyond them is still found by its exact name."""
_SLICED_KINDS: Final = ("agg", "ratio", "derived")
"""Metrics that need no time axis, so that any dimension can slice them."""


@dataclass(frozen=True, slots=True)
class AnalysisInfo:
    """One analysis as it is listed; `reason` says why it cannot be run on this model."""

    header: Header
    reason: str

    @property
    def is_available(self) -> bool:
        """Whether every name it asks for exists in the model."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """What one run gave: `rows` under `columns`, and for a nested result also `object`."""

    name: str
    title: str
    parameters: Mapping[str, Value]
    """As used: defaults filled in, members in their own spelling."""
    as_of: date
    queries: tuple[ResultTable, ...]
    main: ResultTable
    """The query whose rows are the result or that the chart draws."""
    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    object: Mapping[str, Any] | None
    chart: ChartSpec
    truncated: bool


def load_packaged() -> tuple[Template, ...]:
    """The analyses that come with the program, by name.

    Raises:
        SemanticError: a file of ours is broken; every mistake with file and line.
    """
    files = (file for file in resources.files("sql_templates").iterdir())
    named = sorted((file.name, file) for file in files if file.name.endswith(".sql"))
    return load_templates((name, file.read_text("utf-8")) for name, file in named)


class Analyses:
    """The named analyses over one model; make one per published version and keep it."""

    def __init__(
        self,
        catalog: Catalog,
        templates: Iterable[Template],
        warehouse: Warehouse,
        *,
        limit_rows: int = LIMIT_ROWS,
    ) -> None:
        self._catalog = catalog
        self._templates = {template.name: template for template in templates}
        self._warehouse = warehouse
        self._limit_rows = limit_rows
        self._reasons: dict[str, str] = {}

    def list(self) -> tuple[AnalysisInfo, ...]:
        """Every analysis, by name. The first call compiles all of them (some 0.2 s)."""
        return tuple(
            AnalysisInfo(template.header, self._reason(template))
            for template in self._templates.values()
        )

    def get(self, name: str) -> AnalysisInfo:
        """The analysis of that name.

        Raises:
            NotFound: there is none; with the nearest names.
        """
        template = self._template(name)
        return AnalysisInfo(template.header, self._reason(template))

    async def run(
        self,
        name: str,
        parameters: Mapping[str, Any],
        as_of: date,
        principal: Principal,
        *,
        version: int | None = None,
    ) -> AnalysisResult:
        """The result of an analysis on `version`, by default the current one.

        Raises:
            NotFound: no such analysis; with the nearest names.
            InvalidParameters: every parameter that does not fit, with the nearest values.
            AnalysisUnavailable: the model lacks a name the analysis asks for.
            AppError: as `Warehouse.run`.
        """
        template = self._template(name)
        reason = self._reason(template)
        if reason:
            raise AnalysisUnavailable(
                f"The analysis '{template.name}' is not available with this model.", hint=reason
            )
        values, issues = parse_values(template.header.parameters, parameters)
        identifiers = self._identifiers(template, values, issues)
        number = self._warehouse.get_version() if version is None else version
        request = _Request(as_of, principal, number)
        values = await self._settle_members(template, values, request)
        tables = await self._run_all(template, values, identifiers, request)
        return assemble_result(template, values, as_of, tables)

    # ------------------------------------------------------------ templates

    def _template(self, name: str) -> Template:
        template = self._templates.get(name)
        if template is None:
            near = suggest(name, self._templates)
            hint = did_you_mean(near) or "GET /api/analyses lists all of them."
            message = f"There is no analysis '{name[:80]}'."
            issue = Issue("unknown-analysis", message, hint=hint, suggestions=near)
            raise NotFound(message, hint=hint, issues=[issue])
        return template

    def _reason(self, template: Template) -> str:
        found = self._reasons.get(template.name)
        if found is None:
            found = self._reasons[template.name] = find_reason(self._catalog, template)
        return found

    # ------------------------------------------------------------ parameters

    def _identifiers(
        self, template: Template, values: Mapping[str, Value], issues: tuple[Issue, ...]
    ) -> dict[str, str]:
        """The registry names for the placeholders; InvalidParameters with all issues."""
        found = list(issues)
        identifiers: dict[str, str] = {}
        for name, spec in template.header.parameters.items():
            if not spec.is_identifier or name not in values or values[name] is None:
                continue
            issue = find_identifier_issue(self._catalog, name, spec, str(values[name]))
            if issue is not None:
                found.append(issue)
            else:
                identifiers |= _to_identifiers(self._catalog, name, spec, str(values[name]))
        if found:
            raise _invalid(template, found)
        return identifiers

    async def _settle_members(
        self, template: Template, values: Mapping[str, Value], request: _Request
    ) -> dict[str, Value]:
        """The values, members in the spelling of the data; InvalidParameters where there is none."""
        settled = dict(values)
        issues: list[Issue] = []
        for name, spec in template.header.parameters.items():
            value = values[name]
            if spec.members_of is None or not isinstance(value, str):
                continue
            members = await self._members(spec.members_of, value, request)
            if value in members or len(members) == 1:
                settled[name] = value if value in members else members[0]
            elif members:
                message = f"'{value}' is written in several ways in the data."
                hint = did_you_mean(members[:5])
                issues.append(Issue("ambiguous-member", message, name, hint, suggestions=members))
            else:
                issues.append(await self._unknown_member(name, spec.members_of, value, request))
        if issues:
            raise _invalid(template, issues)
        return settled

    async def _members(self, dimension: str, value: str, request: _Request) -> tuple[str, ...]:
        """The members that equal `value` but for upper and lower case."""
        model, _, column = dimension.partition(".")
        sql = (
            f"SELECT DISTINCT {column} AS member FROM {model} "
            f"WHERE lower({column}) = lower($value) ORDER BY member LIMIT 10"
        )
        return await self._first_column(sql, value, request)

    async def _unknown_member(
        self, name: str, dimension: str, value: str, request: _Request
    ) -> Issue:
        model, _, column = dimension.partition(".")
        spec = self._catalog.models[model].dimensions[column]
        within = await self._first_column(
            f"SELECT DISTINCT {column} AS member, length({column}) AS size FROM {model} "
            f"WHERE contains(lower({column}), lower($value)) ORDER BY size, member LIMIT 5",
            value,
            request,
        )
        listed = await self._first_column(
            f"SELECT DISTINCT {column} AS member FROM {model} "
            f"WHERE {column} IS NOT NULL ORDER BY member LIMIT {_MEMBERS_COMPARED}",
            None,
            request,
        )
        close = await asyncio.to_thread(suggest, value, listed, 5)
        near = tuple(dict.fromkeys((*close, *within)))[:5]
        message = f"There is no {spec.label} '{value}'."
        hint = did_you_mean(near) or f"GET /api/semantic/values?dimension={dimension} lists them."
        return Issue("unknown-member", message, name, hint, suggestions=near)

    async def _first_column(
        self, sql: str, value: str | None, request: _Request
    ) -> tuple[str, ...]:
        spec = ParameterSpec(type="text")
        arguments = {} if value is None else {"value": TypedValue(spec.data_type, value)}
        table = await self._warehouse.run(
            sql,
            as_of=request.as_of,
            principal=request.principal,
            limit_rows=_MEMBERS_COMPARED,
            arguments=arguments,
            version=request.version,
        )
        return tuple(row[0] for row in table.rows if row[0] is not None)

    # ------------------------------------------------------------ queries

    async def _run_all(
        self,
        template: Template,
        values: Mapping[str, Value],
        identifiers: Mapping[str, str],
        request: _Request,
    ) -> dict[str, ResultTable]:
        """The tables by query name; the queries run side by side, one failure ends all."""
        async with asyncio.TaskGroup() as group:
            tasks = {
                query: group.create_task(self._run_one(template, query, values, identifiers, request))
                for query in template.statements
            }
        return {query: task.result() for query, task in tasks.items()}

    async def _run_one(
        self,
        template: Template,
        query: str,
        values: Mapping[str, Value],
        identifiers: Mapping[str, str],
        request: _Request,
    ) -> ResultTable:
        parameters = template.header.parameters
        return await self._warehouse.run(
            template.to_sql(query, identifiers),
            as_of=request.as_of,
            principal=request.principal,
            limit_rows=self._limit_rows,
            arguments={
                name: TypedValue(parameters[name].data_type, values[name])
                for name in template.arguments_of(query)
            },
            version=request.version,
            title=template.header.title,
        )
