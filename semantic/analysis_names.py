"""An analysis against the catalog: which names it may use, and whether the model has them all.

Called by `server/analyses.py` once per template and run. Pure. Invariant: an identifier that
comes out of here is a name of the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from semantic.analyses import FACTOR_SUFFIX, Template
from semantic.analysis_header import ParameterSpec
from semantic.compiled import Principal, ResultColumn, Value
from semantic.definitions import Catalog, Dimension, Metric
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.pipeline import compile_sql

_SLICED_KINDS: Final = ("agg", "ratio", "derived")
"""Metrics that need no time axis, so that any dimension can slice them."""
_LIMIT_ROWS: Final = 1_000


def find_reason(catalog: Catalog, template: Template) -> str:
    """Why the analysis cannot run on this model, as a sentence; "" where it can."""
    identifiers: dict[str, str] = {}
    for name, spec in template.header.parameters.items():
        if spec.members_of is not None and not _has_dimension(catalog, spec.members_of):
            return f"The model has no dimension '{spec.members_of}'."
        if not spec.is_identifier:
            continue
        allowed = _allowed(catalog, spec)
        if not allowed:
            return f"The model '{spec.model}' with a {spec.type} for '{name}' is missing."
        # Where the default is not in this model, any other name shows whether the rest is.
        chosen = str(spec.default) if str(spec.default) in allowed else min(allowed)
        identifiers |= to_identifiers(catalog, name, spec, chosen)
    try:
        columns = {
            query: _columns(catalog, template, query, identifiers) for query in template.statements
        }
    except SemanticError as error:
        return error.issues[0].message
    return _find_mismatch(template, columns)


def _columns(
    catalog: Catalog, template: Template, query: str, identifiers: Mapping[str, str]
) -> tuple[ResultColumn, ...]:
    parameters = template.header.parameters
    compiled = compile_sql(
        catalog,
        template.to_sql(query, identifiers),
        principal=Principal(),
        limit_rows=_LIMIT_ROWS,
        arguments={name: parameters[name].data_type for name in template.arguments_of(query)},
    )
    return compiled.columns


def _find_mismatch(template: Template, columns: Mapping[str, tuple[ResultColumn, ...]]) -> str:
    """A sentence where header and statements disagree about columns (our mistake), else ""."""
    header = template.header
    if header.result.rows is not None:
        given = [column.name for column in columns[header.result.rows]]
        declared = [name for name in header.columns if name not in header.result.append]
        if given != declared:
            return f"The header declares {declared}, the query gives {given}."
    for part in header.result.parts:
        if part.column and part.column not in {c.name for c in columns[part.query or ""]}:
            return f"The query '{part.query}' has no column '{part.column}'."
    if header.chart.query is not None:
        drawn = {column.name for column in columns[header.chart.query]}
        for name in filter(None, (header.chart.x, *header.chart.y)):
            if name not in drawn:
                return f"The chart names '{name}', which is no column of '{header.chart.query}'."
    return ""


def _has_dimension(catalog: Catalog, qualified: str) -> bool:
    model, _, name = qualified.partition(".")
    return model in catalog.models and name in catalog.models[model].dimensions


def _allowed(catalog: Catalog, spec: ParameterSpec) -> Mapping[str, Dimension | Metric]:
    """The names an identifier parameter may take."""
    model = catalog.models.get(spec.model or "")
    if model is None:
        return {}
    if spec.type == "dimension":
        return {name: found for name, found in model.dimensions.items() if not found.hidden}
    return {name: found for name, found in model.metrics.items() if found.kind in _SLICED_KINDS}


def find_identifier_issue(
    catalog: Catalog, name: str, spec: ParameterSpec, value: Value
) -> Issue | None:
    """What is wrong with the name given for a dimension or metric parameter; None if nothing."""
    allowed = _allowed(catalog, spec)
    given = str(value)
    if given in allowed:
        return None
    near = _near(given, allowed)
    message = f"'{given[:80]}' is no {spec.type} that '{name}' can take."
    hint = did_you_mean(near) or f"It takes {', '.join(sorted(allowed)[:12])}."
    return Issue(f"unknown-{spec.type}", message, name, hint, suggestions=near)


def _near(given: str, allowed: Mapping[str, Dimension | Metric]) -> tuple[str, ...]:
    """Names near to `given`, by name, label or synonym."""
    spoken: dict[str, str] = {}
    for name, found in allowed.items():
        words: Iterable[str] = (found.label, *found.synonyms)
        spoken |= {word.casefold(): name for word in words if word.casefold() not in spoken}
    spoken |= {name: name for name in allowed}
    return tuple(dict.fromkeys(spoken[word] for word in suggest(given, spoken)))


def to_identifiers(catalog: Catalog, name: str, spec: ParameterSpec, value: str) -> dict[str, str]:
    """The replacements for `{name}` and, for a metric, for `{name_factor}`.

    Raises:
        KeyError: the catalog has no such name; ask `find_identifier_issue` before.
    """
    found = _allowed(catalog, spec)[value]
    identifiers = {name: found.name}
    if isinstance(found, Metric):
        identifiers[f"{name}{FACTOR_SUFFIX}"] = "100" if found.format == "percent" else "1"
    return identifiers
