"""A definition's conditions, alerts and queries to semantic SQL, and to the mistakes in it.

Called by runs, by POST /api/reports and by `revenue check`. Pure. Invariant: what is checked
here is the very text that a run sends to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Final

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.pipeline import compile_sql
from semantic.request import SemanticQuery, TimeSpec, to_sql
from semantic.types import BOOLEAN, DOUBLE, INTEGER, TEXT
from server.jobs.days import last_period
from server.jobs.definition import AlertSpec, ReportSpec, Scalar, SectionSpec
from server.queries import quote_name
from server.warehouse.protocol import TypedValue

Path = tuple[str | int, ...]
Written = tuple[str, Mapping[str, TypedValue]]
"""Semantic SQL and the values of its `$name`s."""
_Writer = Callable[[], Written]

NO_CONDITION: Final = "This is no condition: it must be true or false."
_ANY_DAY: Final = date(2025, 2, 15)
"""Checks need a day; which one does not matter."""


def condition_sql(catalog: Catalog, condition: str) -> str:
    """One row with whether a condition over the whole model holds."""
    # On lines of its own, so that a comment in it ends where it ends.
    return f"SELECT (\n{condition}\n) AS holds FROM {quote_name(catalog.name)}"  # noqa: S608 - compiled like any other


def alert_query(catalog: Catalog, alert: AlertSpec, day: date) -> SemanticQuery:
    """One row with the metric, and for a change with that of the period before after it."""
    time = None
    if alert.period is not None:
        wanted = last_period(alert.period, day, catalog.calendar)
        compare = "prior_period" if alert.is_change else None
        time = TimeSpec.model_validate(
            {"dimension": alert.time, "range": wanted, "compare": compare}
        )
    return SemanticQuery(
        metrics=(alert.metric,), segments=alert.segments, filters=alert.filters, time=time
    )


def section_statement(
    catalog: Catalog, section: SectionSpec, parameters: Mapping[str, Scalar]
) -> Written:
    """The SQL of a section that is a query, and its arguments.

    Raises:
        SemanticError: it names what the model does not have.
    """
    if section.query is not None:
        return to_sql(catalog, section.query), {}
    used = section.placeholders
    arguments = {name: to_typed(value) for name, value in parameters.items() if name in used}
    return section.sql or "", arguments


def to_typed(value: Scalar) -> TypedValue:
    """A parameter as the engine binds it."""
    match value:
        case bool():
            return TypedValue(BOOLEAN, value)
        case int():
            return TypedValue(INTEGER, value)
        case float():
            return TypedValue(DOUBLE, value)
        case _:
            return TypedValue(TEXT, value)


def find_issues(spec: ReportSpec, roles: frozenset[str], catalog: Catalog) -> tuple[Issue, ...]:
    """Everything in a definition that this model cannot answer, each with its path."""
    issues: list[Issue] = []
    principal = Principal("report", roles)
    for path, write in _writers(spec, catalog):
        try:
            sql, arguments = write()
            types = {name: value.type for name, value in arguments.items()}
            found = compile_sql(catalog, sql, principal=principal, limit_rows=1000, arguments=types)
        except SemanticError as error:
            issues += [_at(path, issue) for issue in error.issues]
            continue
        kinds = [column.type.kind for column in found.columns]
        if path[0] == "condition" and kinds != ["boolean"]:
            issues.append(Issue("type-mismatch", NO_CONDITION, path=path))
    shown = [section.dashboard for section in spec.sections]
    if any(shown) and not catalog.spec.dashboard:
        path = ("sections", shown.index(True), "dashboard")
        issues.append(Issue("no-dashboard", "The model has no dashboard.", path=path))
    return tuple(issues)


def find_analysis_issues(spec: ReportSpec, names: Mapping[str, str]) -> tuple[Issue, ...]:
    """The analyses that do not exist or are not available; `names` holds the reason of each."""
    issues = []
    for number, section in enumerate(spec.sections):
        if section.analysis is None or names.get(section.analysis) == "":
            continue
        near = suggest(section.analysis, names)
        reason = names.get(section.analysis)
        message = f"There is no analysis '{section.analysis}'."
        issues.append(
            Issue(
                code="unknown-analysis" if reason is None else "analysis-unavailable",
                message=message if reason is None else f"{section.analysis} is not available.",
                hint=reason or did_you_mean(near) or "'revenue analyses' lists all of them.",
                suggestions=near if reason is None else (),
                path=("sections", number, "analysis"),
            )
        )
    return tuple(issues)


def _writers(spec: ReportSpec, catalog: Catalog) -> Iterator[tuple[Path, _Writer]]:
    """Where each statement of a definition stands, and what writes it."""
    if spec.condition is not None and spec.condition.only_if is not None:
        condition = spec.condition.only_if
        yield ("condition", "only_if"), lambda: (condition_sql(catalog, condition), {})
    for number, alert in enumerate(spec.alerts):
        yield ("alerts", number), partial(_write_alert, catalog, alert)
    for number, section in enumerate(spec.sections):
        if section.sql is not None or section.query is not None:
            write = partial(section_statement, catalog, section, spec.parameters)
            yield ("sections", number), write


def _write_alert(catalog: Catalog, alert: AlertSpec) -> Written:
    return to_sql(catalog, alert_query(catalog, alert, _ANY_DAY)), {}


def _at(path: Path, issue: Issue) -> Issue:
    """The issue where it stands in the definition; its place in the SQL stays in the words."""
    where = issue.where or (f"line {issue.place.line}" if issue.place else "")
    message = f"{issue.message} ({where})" if where and path[0] == "sections" else issue.message
    return Issue(
        code=issue.code,
        message=message,
        hint=issue.hint,
        suggestions=issue.suggestions,
        path=path,
    )
