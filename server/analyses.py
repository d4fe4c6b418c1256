"""A named analysis and its parameters to a result: settle names, run its queries, assemble.

Called by the routes, the CLI and `ask.py`. Invariant: all queries of one run read the same data
version with the same clock and roles; only names found in the catalog enter the SQL as names.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any, Final

from semantic.analyses import Template, load_templates
from semantic.analysis_header import Header
from semantic.analysis_names import find_identifier_issue, find_reason, to_identifiers
from semantic.analysis_values import parse_values
from semantic.compiled import Principal, Value
from semantic.definitions import Catalog
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from server.analysis_members import Members
from server.analysis_result import AnalysisResult, assemble
from server.change_header import HEADER as EXPLAIN_HEADER
from server.change_header import NAME as EXPLAIN
from server.errors import AnalysisUnavailable, InvalidParameters, NotFound
from server.explain_change import ExplainChange
from server.results import ResultTable
from server.warehouse.execute import Warehouse
from server.warehouse.protocol import TypedValue

__all__ = ["Analyses", "AnalysisInfo", "AnalysisResult", "load_packaged"]

LIMIT_ROWS: Final = 10_000
_MEASURE: Final = re.compile(r"\bMEASURE\((\w+)\)")


@dataclass(frozen=True, slots=True)
class AnalysisInfo:
    """One analysis as it is listed."""

    header: Header
    reason: str
    """Why it cannot be run on this model; "" where it can."""
    metrics: tuple[str, ...] = ()
    """The governed metrics that its statements name."""

    @property
    def is_available(self) -> bool:
        """Whether every name it asks for exists in the model."""
        return not self.reason


def load_packaged() -> tuple[Template, ...]:
    """The analyses that come with the program, by name.

    Raises:
        SemanticError: a file of ours is broken; every mistake with file and line.
    """
    files = {file.name: file for file in resources.files("sql_templates").iterdir()}
    names = sorted(name for name in files if name.endswith(".sql"))
    return load_templates((name, files[name].read_text("utf-8")) for name in names)


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
        self._explain = ExplainChange(catalog, warehouse)

    def list(self) -> tuple[AnalysisInfo, ...]:
        """Every analysis, by name. The first call compiles them all (some tenths of a second)."""
        found = [self._info(template) for template in self._templates.values()]
        return tuple(sorted([*found, self._explain_info()], key=lambda info: info.header.name))

    def get(self, name: str) -> AnalysisInfo:
        """The analysis of that name.

        Raises:
            NotFound: there is none; with the nearest names.
        """
        return self._explain_info() if name == EXPLAIN else self._info(self._template(name))

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
        info = self.get(name)
        if info.reason:
            message = f"The analysis '{name}' is not available with this model."
            raise AnalysisUnavailable(message, hint=info.reason)
        number = self._warehouse.get_version() if version is None else version
        if name == EXPLAIN:
            return await self._explain.run(parameters, as_of, principal, number)
        template = self._template(name)
        values, issues = parse_values(template.header.parameters, parameters)
        identifiers = self._identifiers(template, values, issues)
        members = Members(self._warehouse, self._catalog, as_of, principal, number)
        values = await _settle_members(template, values, members)
        run = _Run(self._warehouse, template, values, identifiers, members, self._limit_rows)
        return assemble(template, values, as_of, await run.tables())

    def _template(self, name: str) -> Template:
        template = self._templates.get(name)
        if template is None:
            near = suggest(name, [*self._templates, EXPLAIN])
            hint = did_you_mean(near) or "GET /api/analyses lists all of them."
            message = f"There is no analysis '{name[:80]}'."
            issue = Issue("unknown-analysis", message, hint=hint, suggestions=near)
            raise NotFound(message, hint=hint, issues=[issue])
        return template

    def _explain_info(self) -> AnalysisInfo:
        return AnalysisInfo(EXPLAIN_HEADER, self._explain.find_reason())

    def _info(self, template: Template) -> AnalysisInfo:
        reason = self._reasons.get(template.name)
        if reason is None:
            reason = self._reasons[template.name] = find_reason(self._catalog, template)
        named = _MEASURE.findall("\n".join(template.statements.values()))
        return AnalysisInfo(template.header, reason, tuple(dict.fromkeys(named)))

    def _identifiers(
        self, template: Template, values: Mapping[str, Value], issues: Iterable[Issue]
    ) -> dict[str, str]:
        """The registry names for the placeholders; InvalidParameters with every issue so far."""
        found = list(issues)
        identifiers: dict[str, str] = {}
        for name, spec in template.header.parameters.items():
            value = values.get(name)
            if not spec.is_identifier or value is None:
                continue
            issue = find_identifier_issue(self._catalog, name, spec, value)
            if issue is None:
                identifiers |= to_identifiers(self._catalog, name, spec, str(value))
            else:
                found.append(issue)
        if found:
            raise _invalid(found)
        return identifiers


async def _settle_members(
    template: Template, values: Mapping[str, Value], members: Members
) -> dict[str, Value]:
    settled = dict(values)
    issues: list[Issue] = []
    for name, spec in template.header.parameters.items():
        value = values[name]
        if spec.members_of is None or not isinstance(value, str):
            continue
        found = await members.settle(name, spec.members_of, value)
        if isinstance(found, Issue):
            issues.append(found)
        else:
            settled[name] = found
    if issues:
        raise _invalid(issues)
    return settled


def _invalid(issues: list[Issue]) -> InvalidParameters:
    first = issues[0]
    return InvalidParameters(first.message, hint=first.hint, issues=issues)


@dataclass(frozen=True, slots=True)
class _Run:
    """The queries of one run, all on the version and with the clock and roles of `asker`."""

    warehouse: Warehouse
    template: Template
    values: Mapping[str, Value]
    identifiers: Mapping[str, str]
    asker: Members
    limit_rows: int

    async def tables(self) -> dict[str, ResultTable]:
        """The tables by query name; the queries run side by side, one failure ends them all."""
        tasks = [asyncio.create_task(self._table(query)) for query in self.template.statements]
        try:
            tables = await asyncio.gather(*tasks)
        except SemanticError as error:
            raise self._explain(error) from error
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return dict(zip(self.template.statements, tables, strict=True))

    def _explain(self, error: SemanticError) -> InvalidParameters | AnalysisUnavailable:
        """What it means that a statement of ours does not compile."""
        reason = error.issues[0].message
        if self.identifiers:  # it did with the default names
            message = "These parameters do not go together."
            return InvalidParameters(message, hint=reason, issues=error.issues)
        message = f"The analysis '{self.template.name}' is not available on this data version."
        return AnalysisUnavailable(message, hint=reason)

    async def _table(self, query: str) -> ResultTable:
        parameters = self.template.header.parameters
        return await self.warehouse.run(
            self.template.to_sql(query, self.identifiers),
            as_of=self.asker.as_of,
            principal=self.asker.principal,
            limit_rows=self.limit_rows,
            arguments={
                name: TypedValue(parameters[name].data_type, self.values[name])
                for name in self.template.arguments_of(query)
            },
            version=self.asker.version,
        )
