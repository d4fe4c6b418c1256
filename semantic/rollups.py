"""Stored aggregates: which sums the model's `rollups` keep, and how a new version is given them.

Called by `catalog` (is the declaration sound), when a version is built (statements) and when one
is opened (what it holds). Invariant: a rollup is made of the metrics' own compiled aggregates, and
keeps only what adds up exactly: counts, sums of whole numbers and decimals, smallest and largest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from semantic import typed as t
from semantic.calendar import CalendarSql
from semantic.compiled import Principal
from semantic.definitions import Catalog, Dimension, Model, Rollup, Table
from semantic.emit import Emitter
from semantic.functions import FUNCTIONS
from semantic.issues import Issue, SemanticError, suggest
from semantic.parse import parse_query
from semantic.parts import aggregated, output
from semantic.resolve import resolve_query
from semantic.rewrite import columns_of, transform, walk
from semantic.spec import RollupSpec
from semantic.sql_text import literal, quote
from semantic.types import INTEGER, DataType

ROWS_PER_KEY: Final = 4
"""A rollup that does not take together this many rows on average is not worth a second read."""
COUNT: Final = t.Aggregate(INTEGER, FUNCTIONS["count"])
_MOST_DIGITS: Final = 38
"""Of an exact number in the engine, which refuses a sum that needs more."""
_DATABASE: Final = "revenue"
_TABLES: Final = (
    f"CREATE SCHEMA {_DATABASE}.rollup",
    f"CREATE TABLE {_DATABASE}.meta.rollups (name VARCHAR, model VARCHAR, row_count BIGINT,"
    " row_count_of_model BIGINT, is_used BOOLEAN)",
    f"COMMENT ON TABLE {_DATABASE}.meta.rollups IS 'One row per stored aggregate; one that would"
    f" take together fewer than {ROWS_PER_KEY} rows on average is left empty and not used.'",
)


class _Unsound(Exception):
    """Raised inside a declaration that no rollup can be made of, with its one issue."""

    def __init__(self, message: str, hint: str = "", suggestions: tuple[str, ...] = ()) -> None:
        self.issue = Issue("bad-rollup", message, hint=hint, suggestions=suggestions)
        super().__init__(message)


def check_rollups(catalog: Catalog) -> list[Issue]:
    """What is wrong with the declared rollups, each issue with its path into the file."""
    issues = []
    names: set[str] = set()
    for index, spec in enumerate(catalog.spec.rollups):
        try:
            if spec.name in names:
                raise _Unsound(f"There are two rollups '{spec.name}'.")
            names.add(spec.name)
            _plan(catalog, spec)
        except _Unsound as unsound:
            issues.append(replace(unsound.issue, path=("rollups", index)))
    return issues


def rollups_sql(catalog: Catalog) -> tuple[str, ...]:
    """The statements, in order, for a connection where the new file is attached as `revenue`."""
    if not catalog.spec.rollups:
        return ()
    stored = [s for spec in catalog.spec.rollups for s in _store(catalog, _plan(catalog, spec))]
    return (*_TABLES, *stored)


def with_rollups(catalog: Catalog, names: Sequence[str]) -> Catalog:
    """The catalog of a version that holds the named rollups, the smallest first."""
    specs = {spec.name: spec for spec in catalog.spec.rollups}
    held = (_plan(catalog, specs[name]).rollup for name in names)
    return replace(catalog, rollups=tuple(held))


def over_fields(expr: t.Expr, source: t.ModelSource) -> t.Expr:
    """`expr` over the columns of `source`, as one over the fields of the model's own table.

    Columns of other models stay what they are.
    """
    own = {column.name: column.expression for column in source.columns if not column.path}

    def replaced(part: t.Expr) -> t.Expr | None:
        is_own = isinstance(part, t.Column) and part.source == source.id
        return own.get(part.name) if isinstance(part, t.Column) and is_own else None

    return transform(expr, replaced)


def parts_of(aggregate: t.Aggregate) -> tuple[t.Aggregate, ...]:
    """The aggregates, without the filter, that `aggregate` can be put together from again.

    Empty where there are none: medians, deviations, sums of floating-point numbers.
    """
    if aggregate.distinct or aggregate.order:
        return ()
    bare = replace(aggregate, filter=None)
    counted = replace(bare, type=INTEGER, function=FUNCTIONS["count"])
    match aggregate.function.name:
        case "count":
            return (bare,)
        case "sum" | "min" | "max":
            return (bare,) if _is_exact(bare.args[0]) else ()
        case "avg" | "mean" if _is_exact(bare.args[0]):
            of = bare.args[0].type
            summed = DataType("decimal", 38, of.scale) if of.kind == "decimal" else of
            return (t.Aggregate(summed, FUNCTIONS["sum"], bare.args), counted)
        case _:
            return ()


def _is_exact(expr: t.Expr) -> bool:
    """True for numbers of which sums are exact and which no row can fail to have."""
    plain = (t.Field, t.Column, t.Constant, t.Operation)
    return (
        expr.type.kind in ("decimal", "integer")
        and all(isinstance(part, plain) for part in walk(expr))
        and all(p.op in ("*", "+", "-") for p in walk(expr) if isinstance(p, t.Operation))
        and _digits(expr) <= _MOST_DIGITS
    )


def _digits(expr: t.Expr) -> int:
    """The most digits that a number can have."""
    match expr:
        case t.Operation(op="*"):
            return sum(map(_digits, expr.operands))
        case t.Operation():
            return max(map(_digits, expr.operands)) + 1
        case t.Constant():
            return sum(character.isdigit() for character in str(expr.value))
        case _:
            return expr.type.precision if expr.type.kind == "decimal" else 19


# ------------------------------------------------------------------ from the declaration


@dataclass(frozen=True, slots=True)
class _Plan:
    """A rollup and the query that fills it."""

    name: str
    model: Model
    rollup: Rollup
    query: t.Select


@dataclass(slots=True)
class _Columns:
    """The rollup as it grows, metric by metric."""

    source: t.ModelSource
    keys: dict[t.Expr, t.Field] = field(default_factory=dict)
    parts: dict[t.Expr, t.Field] = field(default_factory=dict)
    outputs: list[t.Output] = field(default_factory=list)

    def add_key(self, name: str, expr: t.Expr) -> None:
        self.keys[over_fields(expr, self.source)] = t.Field(expr.type, name)
        self.outputs.append(output(name, expr))

    def add_part(self, part: t.Aggregate) -> None:
        stored = over_fields(part, self.source)
        if stored not in self.parts:
            # The name of a dimension begins with a letter.
            name = f"_{part.function.name}_{len(self.parts)}"
            self.parts[stored] = t.Field(part.type, name)
            self.outputs.append(output(name, part))


def _plan(catalog: Catalog, spec: RollupSpec) -> _Plan:
    model = catalog.models.get(spec.model)
    if model is None:
        raise _unknown(spec.model, "model", catalog.models)
    dimensions = [_key(model, reference) for reference in spec.dimensions]
    wanted = ", ".join([d.name for d in dimensions] + [f"MEASURE({name})" for name in spec.metrics])
    for name in spec.metrics:
        if name not in catalog.metrics:
            raise _unknown(name, "metric", catalog.metrics)
    try:
        # Names of the catalog; the text is compiled like any other.
        tree = parse_query(f"SELECT {wanted} FROM {model.name} GROUP BY ALL", frozenset())  # noqa: S608
        query, _ = resolve_query(catalog, tree, Principal(), {})
    except SemanticError as error:
        raise _Unsound(error.issues[0].message, error.issues[0].hint) from error
    if not isinstance(query, t.Select) or not isinstance(query.source, t.ModelSource) or query.ctes:
        message = f"The metrics of rollup '{spec.name}' are not sums over the rows of one model."
        raise _Unsound(message, "Name the metrics that they are made of.")
    columns = _Columns(query.source)
    for dimension, made in zip(dimensions, query.outputs, strict=False):
        columns.add_key(dimension.name, made.expression)
    columns.add_part(COUNT)
    for name, made in zip(spec.metrics, query.outputs[len(dimensions) :], strict=True):
        _add_metric(columns, name, made.expression)
    fields = [*columns.keys.values(), *columns.parts.values()]
    table = Table(spec.name, {f.column: f.type for f in fields}, model.table.sources, "rollup")
    group = tuple(made.expression for made in query.outputs[: len(dimensions)])
    filling = t.Select(tuple(columns.outputs), query.source, grouped=True, group=group)
    return _Plan(spec.name, model, Rollup(model.name, table, columns.keys, columns.parts), filling)


def _key(model: Model, reference: str) -> Dimension:
    name, _, grain = reference.partition(".")
    dimension = model.dimensions.get(name)
    if dimension is None:
        raise _unknown(name, "dimension", model.dimensions)
    if dimension.uses_as_of:
        message = f"'{name}' depends on the day it is asked and cannot be stored."
        raise _Unsound(message, "Name the dimensions that it is computed from.")
    if grain and (grain != "day" or dimension.type.kind != "date"):
        message = f"'{reference}' cannot be stored: a rollup keeps dates, by the day."
        raise _Unsound(message, f"Write '{name}'.")
    return dimension


def _add_metric(columns: _Columns, name: str, expr: t.Expr) -> None:
    for aggregate in aggregated(expr):
        parts = parts_of(aggregate) if isinstance(aggregate, t.Aggregate) else ()
        if not parts or not isinstance(aggregate, t.Aggregate):
            message = f"Metric '{name}' cannot be put together from stored parts."
            raise _Unsound(message, "Only counts, exact sums and averages, min and max can be.")
        for column in columns_of(aggregate.filter) if aggregate.filter is not None else ():
            if is_kept(over_fields(column, columns.source), columns.keys):
                continue
            message = f"Metric '{name}' is filtered by '{column.name}', which the rollup lacks."
            raise _Unsound(message, "Add it to 'dimensions' or leave the metric out.")
        for part in parts:
            columns.add_part(part)


def is_kept(expr: t.Expr, keys: Mapping[t.Expr, t.Expr]) -> bool:
    """True where `expr` over the fields of a table can be computed from the keys alone."""
    rest = transform(expr, lambda part: t.ONE if part in keys else None)
    return not any(isinstance(part, (t.Field, t.Column)) for part in walk(rest))


def _unknown(name: str, kind: str, known: Mapping[str, object]) -> _Unsound:
    near = suggest(name, known)
    hint = f"Did you mean '{near[0]}'?" if near else ""
    return _Unsound(f"'{name}' is not a {kind} that the rollup can use.", hint, near)


# ------------------------------------------------------------------ statements


def _store(catalog: Catalog, plan: _Plan) -> Iterator[str]:
    emitter = Emitter(CalendarSql(catalog))
    select = emitter.query(plan.query)
    if emitter.parameters:
        raise TypeError("a rollup is made of constants of the model")
    table = f"{_DATABASE}.rollup.{quote(plan.name)}"
    model = f"{_DATABASE}.source.{quote(plan.model.table.name)}"
    name = literal(plan.name)
    # S608: names and expressions of the catalog, quoted by the emitter.
    yield f"CREATE TABLE {table} AS {select}"
    counts = (
        f"SELECT (SELECT count(*) FROM {table}) AS kept, (SELECT count(*) FROM {model}) AS rows"  # noqa: S608
    )
    yield (
        f"INSERT INTO {_DATABASE}.meta.rollups SELECT {name}, {literal(plan.model.name)},"  # noqa: S608
        f" kept, rows, kept * {ROWS_PER_KEY} <= rows FROM ({counts})"
    )
    yield (
        f"DELETE FROM {table} WHERE NOT"  # noqa: S608
        f" (SELECT is_used FROM {_DATABASE}.meta.rollups WHERE name = {name})"
    )
    about = f"Stored aggregate of {plan.model.name}, read in its place where it can answer."
    yield f"COMMENT ON TABLE {table} IS {literal(about)}"
