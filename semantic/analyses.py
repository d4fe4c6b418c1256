"""The file of a named analysis to one checked template: header, statements, result shape.

Called by `server/analyses.py` for the packaged and for a home's own `.sql` files. Reads text
only. Invariant: every `$name` and `{name}` in a statement is a declared parameter, every query
that the result names exists, and nothing but a registry identifier ever replaces a `{name}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from semantic.analysis_header import (
    ChartSpec,
    ColumnHeader,
    Header,
    ParameterSpec,
    Part,
    ResultSpec,
)
from semantic.analysis_values import parse_value
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.yaml_tree import Tree, parse_yaml

MAX_QUERIES: Final = 8

_HEADER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_QUERY_LINE = re.compile(r"^-- query: ([a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)
_ARGUMENT = re.compile(r"\$([A-Za-z_]\w*)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
FACTOR_SUFFIX: Final = "_factor"
"""`{metric_factor}` is 100 where the metric given for `{metric}` is a share, else 1."""
FACTORS: Final = ("1", "100")


# ------------------------------------------------------------------ the template


@dataclass(frozen=True, slots=True)
class Template:
    """One analysis: its header and its statements by name, in the order of the file."""

    header: Header
    statements: Mapping[str, str]
    file: str

    @property
    def name(self) -> str:
        """The name it is run by."""
        return self.header.name

    def arguments_of(self, query: str) -> tuple[str, ...]:
        """The parameters bound in a statement, in the order of their first use."""
        return tuple(dict.fromkeys(_ARGUMENT.findall(self.statements[query])))

    def to_sql(self, query: str, identifiers: Mapping[str, str]) -> str:
        """The semantic SQL of a statement, with registry names in place of its `{name}`s.

        Args:
            identifiers: replacement by placeholder; each a name already looked up in the
                catalog, or one of FACTORS.

        Raises:
            ValueError: a replacement is not a plain identifier (a bug of the caller).
        """
        for name, value in identifiers.items():
            if not _IDENTIFIER.fullmatch(value) and value not in FACTORS:
                raise ValueError(f"{{{name}}} is no registry identifier")
        return _PLACEHOLDER.sub(lambda found: identifiers[found[1]], self.statements[query])


def load_templates(files: Iterable[tuple[str, str]]) -> tuple[Template, ...]:
    """The templates of (file name, text) pairs, by name.

    Raises:
        SemanticError: with every mistake in every file, each with file and line.
    """
    found: dict[str, Template] = {}
    issues: list[Issue] = []
    for file, text in files:
        try:
            template = parse_template(text, file)
        except SemanticError as error:
            issues.extend(error.issues)
            continue
        if template.name in found:
            message = f"Two files define the analysis '{template.name}'."
            hint = f"The other one is {found[template.name].file}."
            issues.append(Issue("analysis-repeated", message, where=file, hint=hint))
        found[template.name] = template
    if issues:
        raise SemanticError(issues)
    return tuple(found[name] for name in sorted(found))


def parse_template(text: str, file: str) -> Template:
    """The template in the text of one file.

    Raises:
        SemanticError: with every mistake found, each with file and line.
    """
    found = _HEADER.match(text)
    if found is None:
        hint = "Begin the file with /* name: ..., title: ... */."
        message = "The file does not begin with a header."
        raise SemanticError([Issue("analysis-header", message, where=f"{file}:1", hint=hint)])
    # Line numbers stay those of the file: what stands before the YAML becomes blank.
    before = re.sub(r"[^\n]", " ", text[: found.start(1)])
    tree, issues = parse_yaml(before + found[1], file)
    header = _parse_header(tree, issues)
    statements = _split_statements(text, found.end(), file, issues)
    if header is None or issues:
        raise SemanticError(issues)
    template = Template(header, statements, file)
    issues = list(_check(template))
    if issues:
        raise SemanticError(issues)
    return template


def _parse_header(tree: Tree, issues: list[Issue]) -> Header | None:
    try:
        return Header.model_validate(_plain(tree))
    except ValidationError as error:
        issues.extend(_explain(tree, details) for details in error.errors())
        return None


def _plain(tree: Tree) -> Any:
    if isinstance(tree.value, dict):
        return {key: _plain(item) for key, item in tree.value.items()}
    if isinstance(tree.value, list):
        return tuple(_plain(item) for item in tree.value)
    return tree.value


def _explain(tree: Tree, details: Any) -> Issue:
    path = tuple(details["loc"])
    where = tree.where
    for step in path:
        below = _below(tree, step)
        if below is None:
            break
        tree = below
        where = tree.where
    at = ".".join(str(step) for step in path)
    if details["type"] == "extra_forbidden":
        known = sorted({name.rstrip("_") for model in _MODELS for name in model.model_fields})
        near = suggest(str(path[-1]), known)
        message = f"'{at}' is not a key of an analysis header."
        return Issue("analysis-header", message, where, did_you_mean(near), suggestions=near)
    reason = str(details["msg"]).removeprefix("Value error, ")
    return Issue("analysis-header", f"'{at or 'header'}': {reason}.", where, path=path)


def _below(tree: Tree, step: str | int) -> Tree | None:
    if isinstance(tree.value, dict):
        return tree.value.get(str(step))
    if isinstance(tree.value, list) and isinstance(step, int) and step < len(tree.value):
        return tree.value[step]
    return None


_MODELS: Final = (Header, ParameterSpec, ColumnHeader, ChartSpec, Part, ResultSpec)


def _split_statements(text: str, start: int, file: str, issues: list[Issue]) -> dict[str, str]:
    def refuse(offset: int, message: str, hint: str = "") -> None:
        where = f"{file}:{text.count(chr(10), 0, offset) + 1}"
        issues.append(Issue("analysis-statement", message, where=where, hint=hint))

    marks = list(_QUERY_LINE.finditer(text, start))
    if not marks or text[start : marks[0].start()].strip():
        refuse(start, "Every statement stands below a line '-- query: <name>'.")
    if len(marks) > MAX_QUERIES:
        refuse(start, f"An analysis has at most {MAX_QUERIES} queries; this has {len(marks)}.")
    statements: dict[str, str] = {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        statement = text[mark.end() : end].strip().rstrip(";").rstrip()
        if mark[1] in statements:
            refuse(mark.start(), f"The query '{mark[1]}' is given twice.")
        if not statement:
            refuse(mark.start(), f"The query '{mark[1]}' is empty.")
        statements[mark[1]] = statement
    return statements


# ------------------------------------------------------------------ what must fit together


def _check(template: Template) -> Iterable[Issue]:
    checks = (_check_queries, _check_parameters, _check_columns, _check_chart)
    return (
        Issue("analysis-mismatch", message, where=template.file)
        for check in checks
        for message in check(template)
    )


def _check_queries(template: Template) -> Iterable[str]:
    result, chart = template.header.result, template.header.chart
    used = {part.query for part in result.parts} | {result.rows}
    for query in sorted(filter(None, used | {chart.query})):
        if query not in template.statements:
            yield f"The header names the query '{query}', which the file does not have."
    for query in sorted(set(template.statements) - used):
        yield f"The query '{query}' is not part of the result."


def _check_parameters(template: Template) -> Iterable[str]:
    parameters = template.header.parameters
    used = {part.parameter for part in template.header.result.parts if part.parameter}
    for name in sorted(used - set(parameters)):
        yield f"The result names the parameter '{name}', which is not declared."
    for query, sql in template.statements.items():
        used |= {name.removesuffix(FACTOR_SUFFIX) for name in _PLACEHOLDER.findall(sql)}
        used |= set(_ARGUMENT.findall(sql))
        yield from _misused(parameters, query, sql)
    for name in sorted(set(parameters) - used):
        yield f"The parameter '{name}' is not used."
    for name, spec in parameters.items():
        if spec.default is not None:
            issue = parse_value(name, spec, spec.default)[1]
            if issue is not None:
                yield f"The default of '{name}' does not fit: {issue.message}"


def _misused(parameters: Mapping[str, ParameterSpec], query: str, sql: str) -> Iterable[str]:
    for name in sorted(set(_ARGUMENT.findall(sql))):
        if name not in parameters:
            yield f"Query '{query}' uses ${name}, which is not declared."
        elif parameters[name].is_identifier:
            yield f"Query '{query}' uses ${name}; a name of the model is written {{{name}}}."
    allowed = {name for name, spec in parameters.items() if spec.is_identifier}
    metrics = (name for name, spec in parameters.items() if spec.type == "metric")
    allowed.update(f"{name}{FACTOR_SUFFIX}" for name in metrics)
    for name in sorted(set(_PLACEHOLDER.findall(sql)) - allowed):
        yield f"Query '{query}' uses {{{name}}}, which is no dimension or metric parameter."


def _check_columns(template: Template) -> Iterable[str]:
    result, columns = template.header.result, set(template.header.columns)
    missing = set(result.object) ^ columns if result.object else set(result.append) - columns
    for name in sorted(missing):
        yield f"'{name}' must stand in 'columns' and in 'result'."


def _check_chart(template: Template) -> Iterable[str]:
    chart, result = template.header.chart, template.header.result
    if chart.query is None and result.rows is None and (chart.x or chart.y):
        yield "The chart of an object names the 'query' it is drawn from."
    if chart.query in (None, result.rows) and result.rows is not None:
        for name in filter(None, (chart.x, *chart.y)):
            if name not in template.header.columns:
                yield f"The chart names '{name}', which is no column."
