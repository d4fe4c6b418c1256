"""The YAML model to the catalog: every name bound, every expression resolved, or all issues.

Called by the engine workers for a published version and by `revenue check` for a file.
Invariant: a catalog that comes out compiles; what is wrong in a model is found here, not
by an asker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from semantic import syntax as s
from semantic import typed as t
from semantic.calls import NOTHING
from semantic.compiled import Principal
from semantic.definitions import (
    METRIC_TIME,
    Catalog,
    Change,
    Cumulative,
    Dimension,
    Last,
    Metric,
    MetricKind,
    Model,
    Policy,
    Relationship,
    Segment,
    Table,
)  # fmt: skip
from semantic.describe import to_label
from semantic.expressions import Resolver
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.metric_checks import check_metrics, metric_models
from semantic.parse import parse_expression
from semantic.rewrite import walk
from semantic.scope import Context
from semantic.spec import DimensionSpec, MetricSpec, ModelSpec, SegmentSpec, SemanticModelSpec
from semantic.types import BOOLEAN, INTEGER, NULL, TEXT, DataType, parse_column_type

Path = tuple[str | int, ...]
_KIND_TYPES = {"number": ("integer", "decimal", "double"), "time": ("date", "timestamp")}


def build_catalog(spec: SemanticModelSpec) -> Catalog:
    """The catalog of a model file.

    Raises:
        SemanticError: with every dangling name, cycle, type error and unsafe relationship; each
            issue carries its `path` into the file.
    """
    builder = _Builder(spec)
    catalog = builder.build()
    if not builder.issues:
        builder.issues += check_metrics(catalog)
    if builder.issues:
        raise SemanticError(builder.issues)
    return catalog


@dataclass(slots=True)
class _Builder:
    spec: SemanticModelSpec
    issues: list[Issue] = field(default_factory=list)

    def refuse(self, code: str, message: str, path: Path, near: tuple[str, ...] = ()) -> None:
        self.issues.append(
            Issue(code, message, hint=did_you_mean(near), suggestions=near, path=path)
        )

    def build(self) -> Catalog:
        tables = self._tables()
        models = {
            m.name: self._model(index, m, tables) for index, m in enumerate(self.spec.models)
        }
        self._check_names()
        relationships = self._relationships(models)
        neighbours = _Neighbours(relationships, self).of_all(models)
        models = {name: replace(m, neighbours=neighbours[name]) for name, m in models.items()}
        metrics = {name: metric for m in models.values() for name, metric in m.metrics.items()}
        metrics = self._with_models(metrics)
        models = {
            m.name: replace(m, metrics={name: metrics[name] for name in m.metrics})
            for m in models.values()
        }
        catalog = Catalog(self.spec, models, metrics, relationships, ())
        return replace(catalog, policies=tuple(self._policies(catalog)))

    # ------------------------------------------------------------ tables

    def _tables(self) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        for index, source in enumerate(self.spec.sources):
            columns = {c.to: parse_column_type(c.type) for c in source.columns.values()}
            if len(columns) < len(source.columns):
                message = f"Two columns of source '{source.name}' go to the same name."
                self.refuse("duplicate-name", message, ("sources", index, "columns"))
            if source.row_id:
                columns = {source.row_id: INTEGER, **columns}
            self._add_table(tables, Table(source.name, columns, (source.name,)), ("sources", index))
        for index, derived in enumerate(self.spec.tables):
            path: Path = ("tables", index)
            columns = {}
            sources: list[str] = []
            for number, part in enumerate(derived.union):
                table = tables.get(part.source)
                if table is None:
                    message = f"Table '{derived.name}' reads the unknown source '{part.source}'."
                    near = suggest(part.source, tables)
                    self.refuse("unknown-name", message, (*path, "union", number), near)
                    continue
                sources += [name for name in table.sources if name not in sources]
                for target, column in part.columns.items():
                    if column not in table.columns:
                        message = f"Source '{part.source}' has no column '{column}'."
                        near = suggest(column, table.columns)
                        self.refuse("unknown-name", message, (*path, "union", number), near)
                        continue
                    columns.setdefault(target, table.columns[column])
            if derived.key not in columns:
                message = f"The key '{derived.key}' of table '{derived.name}' is in no part."
                self.refuse("unknown-name", message, (*path, "key"))
            self._add_table(tables, Table(derived.name, columns, tuple(sources)), path)
        return tables

    def _add_table(self, tables: dict[str, Table], table: Table, path: Path) -> None:
        if table.name in tables:
            self.refuse("duplicate-name", f"There are two tables '{table.name}'.", path)
        tables[table.name] = table

    # ------------------------------------------------------------ models

    def _model(self, index: int, spec: ModelSpec, tables: Mapping[str, Table]) -> Model:
        path: Path = ("models", index)
        table = tables.get(spec.source)
        if table is None:
            message = f"Model '{spec.name}' stands on the unknown source '{spec.source}'."
            self.refuse("unknown-name", message, (*path, "source"), suggest(spec.source, tables))
            table = Table(spec.source, {}, ())
        dimensions = _Dimensions(self, spec, table, path).resolve()
        model = Model(
            name=spec.name, label=spec.label or to_label(spec.name), description=spec.description,
            synonyms=spec.synonyms, table=table, primary_key=spec.primary_key, time=spec.time,
            dimensions=dimensions,
            segments={
                segment.name: self._segment(spec, segment, (*path, "segments", number))
                for number, segment in enumerate(spec.segments)
            },
            metrics={
                metric.name: self._metric(spec, metric, (*path, "metrics", number))
                for number, metric in enumerate(spec.metrics)
            },
            neighbours={},
        )  # fmt: skip
        self._check_model(model, path)
        return model

    def _check_model(self, model: Model, path: Path) -> None:
        for key, name in (("primary_key", model.primary_key), ("time", model.time)):
            if name is not None and name not in model.dimensions:
                message = f"Model '{model.name}' has no dimension '{name}' for '{key}'."
                near = suggest(name, model.dimensions)
                self.refuse("unknown-name", message, (*path, key), near)
            elif key == "time" and name and not model.dimensions[name].type.is_time:
                message = f"'{name}' is not a date and cannot be the time of '{model.name}'."
                self.refuse("type-mismatch", message, (*path, key))

    def _segment(self, model: ModelSpec, spec: SegmentSpec, path: Path) -> Segment:
        return Segment(
            model.name, spec.name, spec.label or to_label(spec.name), spec.description,
            spec.synonyms, self.parse(spec.filter, (*path, "filter")), spec.filter,
        )  # fmt: skip

    def parse(self, text: str, path: Path) -> s.Expression:
        """The parsed expression; its issues get the path."""
        try:
            return parse_expression(text)
        except SemanticError as error:
            self.issues += [replace(issue, path=path) for issue in error.issues]
            return s.Constant(None)

    def _metric(self, model: ModelSpec, spec: MetricSpec, path: Path) -> Metric:
        conditions = (spec.where,) if isinstance(spec.where, str) else spec.where
        parsed = tuple(self.parse(text, (*path, "where")) for text in conditions)
        where = None if not parsed else parsed[0] if len(parsed) == 1 else s.Logic("and", parsed)
        kind: MetricKind = next(kind for kind in get_args(MetricKind) if getattr(spec, kind))
        cumulative, change = spec.cumulative, spec.change
        return Metric(
            model=model.name, name=spec.name, label=spec.label or to_label(spec.name),
            description=spec.description, synonyms=spec.synonyms, format=spec.format,
            better=spec.better or "", kind=kind, formula=_formula(spec), models=frozenset(),
            agg=spec.agg or "", where=where, percentile=spec.percentile,
            expr=self.parse(spec.expr, (*path, "expr")) if spec.expr else None,
            last=Last(spec.last.over, spec.last.per) if spec.last else None,
            of=spec.ratio.of if spec.ratio else "", to=spec.ratio.to if spec.ratio else "",
            derived=self.parse(spec.derived, (*path, "derived")) if spec.derived else None,
            cumulative=Cumulative(
                cumulative.of, cumulative.to_date, _amount(cumulative.window)
            ) if cumulative else None,
            change=Change(change.of, *(_amount(change.offset) or (0, "day")), change.as_)
            if change else None,
        )  # fmt: skip

    def _with_models(self, metrics: dict[str, Metric]) -> dict[str, Metric]:
        """Every metric with the models it aggregates; dangling names and cycles are issues."""
        found = {}
        for name, metric in metrics.items():
            models, problems = metric_models(metrics, metric)
            path = self.metric_path(name)
            for code, message, near in problems:
                self.refuse(code, message, path, near)
            found[name] = replace(metric, models=models)
        return found

    def metric_path(self, name: str) -> Path:
        """Where the metric stands in the file."""
        for index, model in enumerate(self.spec.models):
            for number, metric in enumerate(model.metrics):
                if metric.name == name:
                    return ("models", index, "metrics", number)
        return ("models",)

    # ------------------------------------------------------------ names

    def _check_names(self) -> None:
        taken: dict[str, str] = {}
        for index, model in enumerate(self.spec.models):
            path: Path = ("models", index)
            self._claim(taken, model.name, "model", path)
            self._check_members(model, path)
            for number, metric in enumerate(model.metrics):
                self._claim(taken, metric.name, "metric", (*path, "metrics", number))
        self._claim(taken, self.spec.name, "semantic model", ("name",))

    def _check_members(self, model: ModelSpec, path: Path) -> None:
        seen: dict[str, str] = {METRIC_TIME: "reserved name"}
        members = [("dimensions", d.name) for d in model.dimensions]
        members += [("segments", segment.name) for segment in model.segments]
        counts = {"dimensions": 0, "segments": 0}
        for group, name in members:
            here = (*path, group, counts[group])
            counts[group] += 1
            if name in seen:
                message = f"'{name}' in model '{model.name}' is already a {seen[name]}."
                self.refuse("duplicate-name", message, here)
            seen[name] = group.removesuffix("s")

    def _claim(self, taken: dict[str, str], name: str, what: str, path: Path) -> None:
        """Names of models and metrics are unique over the whole file."""
        if name in taken:
            message = f"The {what} '{name}' has the name of another {taken[name]}."
            self.refuse("duplicate-name", message, path)
        taken[name] = what

    # ------------------------------------------------------------ relationships, policies

    def _relationships(self, models: Mapping[str, Model]) -> tuple[Relationship, ...]:
        found = []
        for index, spec in enumerate(self.spec.relationships):
            path: Path = ("relationships", index)
            ends = [self._end(models, text, (*path, key)) for key, text in
                    (("from", spec.from_), ("to", spec.to))]  # fmt: skip
            if ends[0] is None or ends[1] is None:
                continue
            (from_model, from_dimension), (to_model, to_dimension) = ends[0], ends[1]
            if models[to_model].primary_key != to_dimension:
                message = (
                    f"Relationship '{spec.name}' leads to '{spec.to}', which is not the primary "
                    f"key of '{to_model}': rows could repeat."
                )
                self.refuse("unsafe-join", message, (*path, "to"))
            found.append(
                Relationship(
                    spec.name, from_model, from_dimension, to_model, to_dimension,
                    spec.type == "one_to_one",
                )  # fmt: skip
            )
        return tuple(found)

    def _end(self, models: Mapping[str, Model], text: str, path: Path) -> tuple[str, str] | None:
        model, dimension = text.split(".")
        if model not in models:
            near = suggest(model, models)
            self.refuse("unknown-name", f"There is no model '{model}'.", path, near)
            return None
        if dimension not in models[model].dimensions:
            message = f"Model '{model}' has no dimension '{dimension}'."
            self.refuse("unknown-name", message, path, suggest(dimension, models[model].dimensions))
            return None
        return model, dimension

    def _policies(self, catalog: Catalog) -> list[Policy]:
        found = []
        for index, spec in enumerate(self.spec.policies):
            path: Path = ("policies", index)
            model = catalog.models.get(spec.model)
            if model is None:
                near = suggest(spec.model, catalog.models)
                self.refuse("unknown-name", f"There is no model '{spec.model}'.", path, near)
                continue
            rows = self._over_fields(catalog, model, spec.rows, (*path, "rows"))
            masks = {}
            for name, text in spec.mask.items():
                if name not in model.dimensions:
                    message = f"Model '{model.name}' has no dimension '{name}' to mask."
                    near = suggest(name, model.dimensions)
                    self.refuse("unknown-name", message, (*path, "mask"), near)
                    continue
                mask = self._over_fields(catalog, model, text, (*path, "mask", name))
                if mask is not None:
                    masks[name] = mask
            if rows is not None and rows.type not in (BOOLEAN, NULL):
                message = "'rows' is a condition (true or false)."
                self.refuse("type-mismatch", message, (*path, "rows"))
            found.append(Policy(spec.role, spec.model, rows, masks))
        return found

    def _over_fields(
        self, catalog: Catalog, model: Model, text: str, path: Path
    ) -> t.Expr | None:
        if not text:
            return None
        node = self.parse(text, path)
        context = Context(catalog, Principal(), {})
        names = FieldNames(context, model.table, {n: d.expr for n, d in model.dimensions.items()})
        found = Resolver(context, names, trusted=True).resolve(node)
        self.issues += [replace(issue, path=path, place=None) for issue in context.issues]
        return found


@dataclass(slots=True)
class FieldNames:
    """Names inside an expression over one table: its columns, then dimensions made of them."""

    context: Context
    table: Table
    dimensions: Mapping[str, t.Expr]

    def look_up(self, name: s.Name) -> t.Expr:
        """The field or the dimension's own expression."""
        text = name.parts[-1]
        if len(name.parts) == 1:
            if text in self.dimensions:
                return self.dimensions[text]
            if text in self.table.columns:
                return t.Field(self.table.columns[text], text)
        known = [*self.table.columns, *self.dimensions]
        message = f"'{name.text}' is not a column of '{self.table.name}'."
        self.context.refuse("unknown-name", message, name, suggestions=suggest(text, known))
        return NOTHING

    def measure(self, call: s.Call) -> t.Expr:
        """A row expression holds no metric."""
        self.context.refuse("bad-measure", "A metric cannot stand in this expression.", call)
        return NOTHING

    def subquery(self, query: s.Query) -> t.Query | None:
        """A row expression holds no subquery."""
        message = "An expression of the model holds no subquery."
        self.context.refuse("forbidden-syntax", message, query)
        return None

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Never reached: row expressions hold no aggregates."""


@dataclass(slots=True)
class _Dimensions:
    """Resolves the dimensions of one model; they may refer to each other in any order."""

    builder: _Builder
    spec: ModelSpec
    table: Table
    path: Path
    found: dict[str, Dimension] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def resolve(self) -> dict[str, Dimension]:
        by_name = {d.name: (index, d) for index, d in enumerate(self.spec.dimensions)}
        for name in by_name:
            self._one(name, by_name)
        return {name: self.found[name] for name in by_name if name in self.found}

    def _one(self, name: str, by_name: Mapping[str, tuple[int, DimensionSpec]]) -> None:
        if name in self.found:
            return
        index, spec = by_name[name]
        path: Path = (*self.path, "dimensions", index)
        if name in self._open:
            message = f"Dimension '{name}' is defined by itself: {' -> '.join(self._open)}."
            self.builder.refuse("cycle", message, path)
            return
        self._open.append(name)
        expr = self._expression(spec, by_name, path)
        self._open.pop()
        self._check_kind(spec, expr.type, path)
        fields = tuple(
            dict.fromkeys(part.column for part in walk(expr) if isinstance(part, t.Field))
        )
        self.found[name] = Dimension(
            model=self.spec.name, name=name, label=spec.label or to_label(name),
            description=spec.description, synonyms=spec.synonyms, kind=spec.type, type=expr.type,
            expr=expr, fields=fields, uses_as_of=any(isinstance(p, t.AsOf) for p in walk(expr)),
            format=spec.format or _default_format(expr.type), order=spec.order,
            value_synonyms=spec.value_synonyms, hidden=spec.hidden,
        )  # fmt: skip

    def _expression(
        self, spec: DimensionSpec, by_name: Mapping[str, tuple[int, DimensionSpec]], path: Path
    ) -> t.Expr:
        if not spec.expr:
            if spec.name in self.table.columns:
                return t.Field(self.table.columns[spec.name], spec.name)
            message = f"'{spec.name}' is not a column of '{self.table.name}' and has no 'expr'."
            near = suggest(spec.name, self.table.columns)
            self.builder.refuse("unknown-name", message, path, near)
            return NOTHING
        node = self.builder.parse(spec.expr, (*path, "expr"))
        others = {}
        for name in sorted(_names_in(node)):
            # A dimension that is named like the column it cleans reads the column itself.
            if name in by_name and name != spec.name and name not in self.table.columns:
                self._one(name, by_name)
                if name in self.found:
                    others[name] = self.found[name].expr
        empty = Catalog(self.builder.spec, {}, {}, (), ())
        context = Context(empty, Principal(), {})
        expr = Resolver(context, FieldNames(context, self.table, others), trusted=True).resolve(node)
        self.builder.issues += [
            replace(issue, path=(*path, "expr"), place=None) for issue in context.issues
        ]
        return expr

    def _check_kind(self, spec: DimensionSpec, type_: DataType, path: Path) -> None:
        wanted = _KIND_TYPES.get(spec.type, (spec.type,))
        if type_.kind not in (*wanted, "null"):
            message = f"Dimension '{spec.name}' is declared {spec.type}, its values are {type_.kind}."
            self.builder.refuse("type-mismatch", message, (*path, "type"))


@dataclass(slots=True)
class _Neighbours:
    """The models reachable from each model by exactly one path of many-to-one steps."""

    relationships: tuple[Relationship, ...]
    builder: _Builder

    def of_all(
        self, models: Mapping[str, Model]
    ) -> dict[str, dict[str, tuple[Relationship, ...]]]:
        return {name: self._of(name) for name in models}

    def _of(self, model: str) -> dict[str, tuple[Relationship, ...]]:
        paths: dict[str, list[tuple[Relationship, ...]]] = {}
        waiting: list[tuple[Relationship, ...]] = [()]
        while waiting:
            path = waiting.pop(0)
            here = path[-1].to_model if path else model
            for step in self.relationships:
                if step.from_model != here:
                    continue
                if step.to_model == model or any(p.to_model == step.to_model for p in path):
                    index = self.relationships.index(step)
                    message = f"Relationship '{step.name}' closes a cycle."
                    issue = Issue("cycle", message, path=("relationships", index))
                    if issue not in self.builder.issues:
                        self.builder.issues.append(issue)
                    continue
                paths.setdefault(step.to_model, []).append((*path, step))
                waiting.append((*path, step))
        # Two ways to the same model give two different answers: neither is taken silently.
        return {target: found[0] for target, found in paths.items() if len(found) == 1}


def _names_in(node: s.Expression) -> set[str]:
    found: set[str] = set()
    waiting: list[object] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, s.Name):
            found.add(current.parts[-1])
        elif isinstance(current, s.Node):
            waiting += [getattr(current, name) for name in current.__dataclass_fields__]
        elif isinstance(current, tuple):
            waiting += current
    return found


def _default_format(type_: DataType) -> str:
    return {
        "integer": "integer", "decimal": "number", "double": "number", "date": "date",
        "timestamp": "date",
    }.get(type_.kind, "text")  # fmt: skip


def _amount(text: str | None) -> tuple[int, str] | None:
    """`3 months` as (3, 'month')."""
    if text is None:
        return None
    number, unit = text.split()
    return int(number), unit.removesuffix("s")


def _formula(spec: MetricSpec) -> str:
    conditions = (spec.where,) if isinstance(spec.where, str) else spec.where
    where = f" where {' and '.join(conditions)}" if conditions else ""
    if spec.agg:
        return f"{spec.agg}({spec.expr or '*'}){where}"
    if spec.ratio:
        return f"{spec.ratio.of} / {spec.ratio.to}"
    if spec.cumulative:
        span = spec.cumulative.to_date or spec.cumulative.window
        kind = "to date" if spec.cumulative.to_date else "over the last" if span else "since ever"
        return f"{spec.cumulative.of} {f'{span} {kind}' if spec.cumulative.to_date else f'{kind} {span or str()}'}".strip()
    if spec.change:
        return f"{spec.change.of} against {spec.change.offset} earlier ({spec.change.as_})"
    return spec.derived


__all__ = ["TEXT", "FieldNames", "build_catalog"]
