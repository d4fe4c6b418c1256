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
from semantic.catalog_dimensions import Dimensions, FieldNames
from semantic.compiled import Principal
from semantic.definitions import (
    METRIC_TIME,
    Catalog,
    Change,
    Cumulative,
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
from semantic.findings import Findings, Path
from semantic.issues import Issue, SemanticError, suggest
from semantic.metric_checks import check_metrics, metric_models
from semantic.rollups import check_rollups
from semantic.scope import Context
from semantic.spec import MetricSpec, ModelSpec, SegmentSpec, SemanticModelSpec
from semantic.types import BOOLEAN, INTEGER, NULL, parse_column_type


def build_catalog(spec: SemanticModelSpec) -> Catalog:
    """The catalog of a model file.

    Raises:
        SemanticError: with every dangling name, cycle, type error and unsafe relationship; each
            issue carries its `path` into the file.
    """
    builder = _Builder(spec)
    catalog = builder.build()
    issues = builder.findings.issues or check_metrics(catalog) or check_rollups(catalog)
    if issues:
        raise SemanticError(issues)
    return catalog


@dataclass(slots=True)
class _Builder:
    spec: SemanticModelSpec
    findings: Findings = field(default_factory=Findings)

    def build(self) -> Catalog:
        tables = self._tables()
        models = {m.name: self._model(index, m, tables) for index, m in enumerate(self.spec.models)}
        self._check_names()
        relationships = self._relationships(models)
        neighbours = _Neighbours(relationships, self.findings).of_all(models)
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
                self.findings.refuse("duplicate-name", message, ("sources", index, "columns"))
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
                    self.findings.refuse("unknown-name", message, (*path, "union", number), near)
                    continue
                sources += [name for name in table.sources if name not in sources]
                for target, column in part.columns.items():
                    if column not in table.columns:
                        message = f"Source '{part.source}' has no column '{column}'."
                        near = suggest(column, table.columns)
                        self.findings.refuse(
                            "unknown-name", message, (*path, "union", number), near
                        )
                        continue
                    columns.setdefault(target, table.columns[column])
            if derived.key not in columns:
                message = f"The key '{derived.key}' of table '{derived.name}' is in no part."
                self.findings.refuse("unknown-name", message, (*path, "key"))
            self._add_table(tables, Table(derived.name, columns, tuple(sources)), path)
        return tables

    def _add_table(self, tables: dict[str, Table], table: Table, path: Path) -> None:
        if table.name in tables:
            self.findings.refuse("duplicate-name", f"There are two tables '{table.name}'.", path)
        tables[table.name] = table

    # ------------------------------------------------------------ models

    def _model(self, index: int, spec: ModelSpec, tables: Mapping[str, Table]) -> Model:
        path: Path = ("models", index)
        table = tables.get(spec.source)
        if table is None:
            message = f"Model '{spec.name}' stands on the unknown source '{spec.source}'."
            self.findings.refuse(
                "unknown-name", message, (*path, "source"), suggest(spec.source, tables)
            )
            table = Table(spec.source, {}, ())
        dimensions = Dimensions(self.spec, self.findings, spec, table, path).resolve()
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
                self.findings.refuse("unknown-name", message, (*path, key), near)
            elif key == "time" and name and not model.dimensions[name].type.is_time:
                message = f"'{name}' is not a date and cannot be the time of '{model.name}'."
                self.findings.refuse("type-mismatch", message, (*path, key))

    def _segment(self, model: ModelSpec, spec: SegmentSpec, path: Path) -> Segment:
        return Segment(
            model.name, spec.name, spec.label or to_label(spec.name), spec.description,
            spec.synonyms, self.findings.parse(spec.filter, (*path, "filter")), spec.filter,
        )  # fmt: skip

    def _metric(self, model: ModelSpec, spec: MetricSpec, path: Path) -> Metric:
        conditions = (spec.where,) if isinstance(spec.where, str) else spec.where
        parsed = tuple(self.findings.parse(text, (*path, "where")) for text in conditions)
        where = None if not parsed else parsed[0] if len(parsed) == 1 else s.Logic("and", parsed)
        kind: MetricKind = next(kind for kind in get_args(MetricKind) if getattr(spec, kind))
        cumulative, change = spec.cumulative, spec.change
        return Metric(
            model=model.name, name=spec.name, label=spec.label or to_label(spec.name),
            description=spec.description, synonyms=spec.synonyms, format=spec.format,
            better=spec.better or "", kind=kind, formula=_formula(spec), models=frozenset(),
            agg=spec.agg or "", where=where, percentile=spec.percentile,
            expr=self.findings.parse(spec.expr, (*path, "expr")) if spec.expr else None,
            last=Last(spec.last.over, spec.last.per) if spec.last else None,
            of=spec.ratio.of if spec.ratio else "", to=spec.ratio.to if spec.ratio else "",
            derived=self.findings.parse(spec.derived, (*path, "derived")) if spec.derived else None,
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
                self.findings.refuse(code, message, path, near)
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
        # SQL reads CURRENT_DATE as a clock; a dimension of that name could never be asked.
        seen: dict[str, str] = {METRIC_TIME: "reserved name", "current_date": "reserved name"}
        members = [("dimensions", d.name) for d in model.dimensions]
        members += [("segments", segment.name) for segment in model.segments]
        counts = {"dimensions": 0, "segments": 0}
        for group, name in members:
            here = (*path, group, counts[group])
            counts[group] += 1
            if name in seen:
                message = f"'{name}' in model '{model.name}' is already a {seen[name]}."
                self.findings.refuse("duplicate-name", message, here)
            seen[name] = group.removesuffix("s")

    def _claim(self, taken: dict[str, str], name: str, what: str, path: Path) -> None:
        """Names of models and metrics are unique over the whole file."""
        if name in taken:
            message = f"The {what} '{name}' has the name of another {taken[name]}."
            self.findings.refuse("duplicate-name", message, path)
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
                self.findings.refuse("unsafe-join", message, (*path, "to"))
            found.append(
                Relationship(
                    spec.name,
                    from_model,
                    from_dimension,
                    to_model,
                    to_dimension,
                    spec.type == "one_to_one",
                )
            )
        return tuple(found)

    def _end(self, models: Mapping[str, Model], text: str, path: Path) -> tuple[str, str] | None:
        model, dimension = text.split(".")
        if model not in models:
            near = suggest(model, models)
            self.findings.refuse("unknown-name", f"There is no model '{model}'.", path, near)
            return None
        if dimension not in models[model].dimensions:
            message = f"Model '{model}' has no dimension '{dimension}'."
            self.findings.refuse(
                "unknown-name", message, path, suggest(dimension, models[model].dimensions)
            )
            return None
        return model, dimension

    def _policies(self, catalog: Catalog) -> list[Policy]:
        found = []
        for index, spec in enumerate(self.spec.policies):
            path: Path = ("policies", index)
            model = catalog.models.get(spec.model)
            if model is None:
                near = suggest(spec.model, catalog.models)
                self.findings.refuse(
                    "unknown-name", f"There is no model '{spec.model}'.", path, near
                )
                continue
            rows = self._over_fields(catalog, model, spec.rows, (*path, "rows"))
            masks = {}
            for name, text in spec.mask.items():
                if name not in model.dimensions:
                    message = f"Model '{model.name}' has no dimension '{name}' to mask."
                    near = suggest(name, model.dimensions)
                    self.findings.refuse("unknown-name", message, (*path, "mask"), near)
                    continue
                mask = self._over_fields(catalog, model, text, (*path, "mask", name))
                if mask is not None:
                    masks[name] = mask
            if rows is not None and rows.type not in (BOOLEAN, NULL):
                message = "'rows' is a condition (true or false)."
                self.findings.refuse("type-mismatch", message, (*path, "rows"))
            found.append(Policy(spec.role, spec.model, rows, masks))
        return found

    def _over_fields(self, catalog: Catalog, model: Model, text: str, path: Path) -> t.Expr | None:
        if not text:
            return None
        node = self.findings.parse(text, path)
        context = Context(catalog, Principal(), {})
        names = FieldNames(context, model.table, {n: d.expr for n, d in model.dimensions.items()})
        found = Resolver(context, names, trusted=True).resolve(node)
        self.findings.add(context.issues, path)
        return found


@dataclass(slots=True)
class _Neighbours:
    """The models reachable from each model over many-to-one steps, by the one shortest path."""

    relationships: tuple[Relationship, ...]
    findings: Findings

    def of_all(self, models: Mapping[str, Model]) -> dict[str, dict[str, tuple[Relationship, ...]]]:
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
                    if issue not in self.findings.issues:
                        self.findings.issues.append(issue)
                    continue
                paths.setdefault(step.to_model, []).append((*path, step))
                waiting.append((*path, step))
        return {target: way for target, found in paths.items() if (way := _shortest(found))}


def _shortest(paths: list[tuple[Relationship, ...]]) -> tuple[Relationship, ...] | None:
    """The path with the fewest steps: a row's own key is nearer to it than its neighbour's.

    None where several are the shortest: they give different answers, and none is taken silently.
    """
    fewest = min(map(len, paths))
    nearest = [path for path in paths if len(path) == fewest]
    return nearest[0] if len(nearest) == 1 else None


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
        level = f", {spec.percentile}" if spec.percentile is not None else ""
        return f"{spec.agg}({spec.expr or '*'}{level}){where}"
    if spec.ratio:
        return f"{spec.ratio.of} / {spec.ratio.to}"
    if spec.cumulative:
        if spec.cumulative.to_date:
            return f"{spec.cumulative.of} {spec.cumulative.to_date} to date"
        span = f"over the last {spec.cumulative.window}" if spec.cumulative.window else "since ever"
        return f"{spec.cumulative.of} {span}"
    if spec.change:
        return f"{spec.change.of} against {spec.change.offset} earlier ({spec.change.as_})"
    return spec.derived
