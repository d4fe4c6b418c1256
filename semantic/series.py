"""Metrics over time and over several models: a block rewritten into parts that are joined.

Called by `resolve` for blocks over the spanning relation and for metrics that accumulate,
compare periods or take the last value. Each model aggregates its own rows at the asked
grain in a part of its own; parts meet on the group keys. Invariant: no part joins another
before it is aggregated, so nothing is counted twice; a filter on time chooses which
periods are shown, never what a running total has seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from semantic import typed as t
from semantic.definitions import Metric, Model
from semantic.functions import FUNCTIONS
from semantic.issues import Issue
from semantic.measures import aggregate, compose, is_inline, with_filter
from semantic.over_time import change_part, cumulative_part, last_part
from semantic.parts import Key, Rows, Value, Values, aggregated, output
from semantic.periods import (
    TimeKey,
    cumulative_range,
    find_time_key,
    keeps_whole_periods,
    period_end,
)  # fmt: skip
from semantic.repeats import nested_columns
from semantic.rewrite import all_of, columns_of, conjuncts, transform
from semantic.scope import AnyBinding, Context, ModelBinding, Scope, SpanBinding
from semantic.types import DATE, DataType


def expand_series(context: Context, scope: Scope, select: t.Select) -> t.Select | None:
    """`select` over parts instead of metrics over time; None after an issue."""
    binding = scope.bindings[0]
    clauses = [output.expression for output in select.outputs]
    clauses += [clause for clause in (select.having, select.qualify) if clause is not None]
    clauses += [order.expression for order in select.order]
    clauses += [select.where] if select.where is not None else []
    outside = any(c.source != binding.id for clause in clauses for c in columns_of(clause))
    if outside or any(nested_columns(clause, frozenset({binding.id})) for clause in clauses):
        message = "A query over several models or over time cannot read the query around it."
        context.refuse("correlated-series", message, hint="Move it to a WITH item and join that.")
        return None
    if any(nested_columns(clause, frozenset({binding.id})) for clause in clauses):
        message = "A subquery reads the rows of a query over several models or over time."
        hint = "Write IN (SELECT ...) instead of a subquery that reads the row around it."
        context.refuse("correlated-series", message, hint=hint)
        return None
    wanted = list(dict.fromkeys(part for clause in clauses for part in aggregated(clause)))
    names = {output.expression: output.name for output in select.outputs}
    metrics = context.catalog.metrics
    keys = []
    for number, expression in enumerate(select.group, 1):
        name = names.get(expression, f"_key_{number}")
        # A dimension may be called like a metric; here both would be columns of one part.
        keys.append(Key(f"_{name}" if name in metrics else name, expression))
    series = Series(context, binding, keys, conjuncts(select.where))
    values = series.values(wanted)
    if context.issues or values is None:
        return None
    return _over_values(context, select, values, keys)


def _over_values(context: Context, select: t.Select, values: Values, keys: list[Key]) -> t.Select:
    source = context.new_id()
    found: dict[t.Expr, t.Expr] = {
        key.expression: t.Column(key.expression.type, source, key.name) for key in keys
    }
    for wanted, value in values.columns.items():
        found[wanted] = value.over(source)

    def swap(expr: t.Expr) -> t.Expr | None:
        return found.get(expr)

    def again(expr: t.Expr | None) -> t.Expr | None:
        return None if expr is None else transform(expr, swap)

    return t.Select(
        outputs=tuple(replace(o, expression=transform(o.expression, swap)) for o in select.outputs),
        source=t.CteSource(source, values.cte, values.cte),
        where=again(select.having),
        qualify=again(select.qualify),
        order=tuple(replace(o, expression=transform(o.expression, swap)) for o in select.order),
        limit=select.limit, offset=select.offset, distinct=select.distinct,
        ctes=tuple(values.ctes),
    )  # fmt: skip


@dataclass(slots=True)
class Series:
    """Builds the parts of one block."""

    context: Context
    outer: AnyBinding
    keys: list[Key]
    conditions: list[t.Expr]
    ctes: list[t.Cte] = field(default_factory=list)

    def values(self, wanted: list[t.Aggregate | t.MetricValue]) -> Values | None:
        """One relation with all wanted values at the group keys."""
        parts = list(self._parts(wanted))
        if self.context.issues:
            return None
        if len(parts) == 1:
            return Values(parts[0].cte, self.ctes, parts[0].columns)
        return self._merge(parts)

    def _parts(self, wanted: list[t.Aggregate | t.MetricValue]) -> Iterator[Values]:
        plain: dict[str, list[t.Aggregate | t.MetricValue]] = {}
        over_time: list[t.MetricValue] = []
        for item in wanted:
            if isinstance(item, t.Aggregate):
                model = self.outer.model if isinstance(self.outer, ModelBinding) else None
                plain.setdefault(model.name if model else "", []).append(item)
            elif self._is_plain(item.metric):
                plain.setdefault(next(iter(item.metric.models)), []).append(item)
            else:
                over_time.append(item)
        for name, items in plain.items():
            yield self._plain(self.context.catalog.models[name], items)
        for item in over_time:
            part = self._over_time(item)
            if part is not None:
                yield part

    def _is_plain(self, metric: Metric) -> bool:
        if is_inline(metric):
            return True
        if metric.cumulative is None:
            return False
        (model,) = (self.context.catalog.models[name] for name in metric.models)
        return self.time_key(model) is None

    def _over_time(self, item: t.MetricValue) -> Values | None:
        metric = item.metric
        (model,) = (self.context.catalog.models[name] for name in metric.models)
        if metric.last is not None:
            return last_part(self, model, item)
        key = self.time_key(model)
        if key is None:
            hint = f"Group by a period, e.g. date_trunc('quarter', {model.time})."
            message = f"Metric '{metric.name}' compares periods, but the query has none."
            self.context.refuse("metric-needs-time", message, hint=hint)
            return None
        if metric.cumulative is not None:
            return cumulative_part(self, model, item, key)
        return change_part(self, model, item, key)

    # ------------------------------------------------------------ plain parts

    def rows(self, model: Model) -> Rows:
        """Fresh rows of `model`; every part is a WITH item, so the plain alias is free."""
        self.context.models[model.name] = model
        binding = ModelBinding(
            id=self.context.new_id(), alias=model.name, shown=model.name, model=model
        )
        return Rows(self.context, self.outer, binding)

    def _plain(self, model: Model, items: list[t.Aggregate | t.MetricValue]) -> Values:
        rows = self.rows(model)
        outputs = [output(key.name, rows.move(key.expression)) for key in self.keys]
        group = tuple(o.expression for o in outputs)
        columns: dict[t.Expr, Value] = {}
        for number, item in enumerate(items, 1):
            if isinstance(item, t.Aggregate):
                expression, name = rows.move(item), f"_value_{number}"
            else:
                expression, name = self._plain_metric(rows, item.metric), item.metric.name
            outputs.append(output(name, expression))
            zero = isinstance(expression, t.Aggregate) and expression.function.name == "count"
            columns[item] = Value(name, expression.type, zero)
        select = t.Select(
            outputs=tuple(outputs), where=all_of([rows.move(c) for c in self.conditions]),
            grouped=True, group=group, note=f"{model.label} at the asked grain",
        )  # fmt: skip
        return self.part(f"{model.name}_values", self._from(select, rows), columns)

    def _plain_metric(self, rows: Rows, metric: Metric) -> t.Expr:
        if metric.cumulative is None:
            return aggregate(self.context, rows.binding, metric)
        model = rows.binding.model
        if any(self._reads_time(condition, model) for condition in self.conditions):
            message = f"Metric '{metric.name}' is measured at as_of and takes no filter on time."
            hint = f"Group by date_trunc('month', {model.time}), or set as_of."
            self.context.refuse("filter-on-time", message, hint=hint)
        end = t.Shift(DATE, t.AsOf(), 1, "day")
        within = cumulative_range(metric.cumulative, rows.day(), end)
        inner = self.context.catalog.metrics[metric.cumulative.of]
        return compose(
            self.context, inner,
            lambda m: with_filter(aggregate(self.context, rows.binding, m), within),
        )  # fmt: skip

    def _from(self, select: t.Select, rows: Rows) -> t.Select:
        return replace(select, source=rows.binding.to_source(self.context))

    def part(self, base: str, query: t.Query, columns: dict[t.Expr, Value]) -> Values:
        """A part made of one more WITH item."""
        return Values(self.cte(base, query), self.ctes, columns)

    def cte(self, base: str, query: t.Query) -> str:
        """Add a WITH item and return its name."""
        name = self.context.new_alias(base)
        self.ctes.append(t.Cte(name, query))
        return name

    def _merge(self, parts: list[Values]) -> Values:
        """All parts under each other, then one row per key: a full join that also matches NULLs."""
        columns = {item: value for part in parts for item, value in part.columns.items()}
        named: dict[str, Value] = {}
        renamed: dict[t.Expr, Value] = {}
        for item, value in columns.items():
            name = value.name if value.name not in named else f"{value.name}_{len(named) + 1}"
            named[name] = renamed[item] = replace(value, name=name)
        sides: list[t.Query] = [self._side(part, columns, renamed) for part in parts]
        stacked = sides[0]
        for side in sides[1:]:
            stacked = t.SetQuery(op="union", all=True, left=stacked, right=side)
        source = self.context.new_id()
        keys = [output(k.name, t.Column(k.expression.type, source, k.name)) for k in self.keys]
        values = [
            output(
                v.name, t.Aggregate(v.type, FUNCTIONS["max"], (t.Column(v.type, source, v.name),))
            )
            for v in renamed.values()
        ]
        merged = t.Select(
            outputs=(*keys, *values), grouped=True, group=tuple(k.expression for k in keys),
            source=t.QuerySource(source, self.context.new_alias("parts"), stacked),
            note="the parts side by side",
        )  # fmt: skip
        return self.part("combined", merged, renamed)

    def _side(
        self, part: Values, columns: dict[t.Expr, Value], renamed: dict[t.Expr, Value]
    ) -> t.Select:
        source = self.context.new_id()
        outputs = [output(k.name, t.Column(k.expression.type, source, k.name)) for k in self.keys]
        for item in columns:
            own = part.columns.get(item)
            type_ = renamed[item].type
            missing = t.Conversion(type_, t.Constant(DataType("null"), None))
            value = missing if own is None else t.Column(type_, source, own.name)
            outputs.append(output(renamed[item].name, value))
        return t.Select(outputs=tuple(outputs), source=t.CteSource(source, part.cte, part.cte))

    # ------------------------------------------------------------ time

    def time_key(self, model: Model) -> TimeKey | None:
        """The group key that is a period of the model's time, if there is one."""
        times = self._time_columns(model)
        found = [key for k in self.keys if (key := find_time_key(k.name, k.expression, times))]
        related = times | self._made_of_time(model)
        reading = [k for k in self.keys if any(c.name in related for c in columns_of(k.expression))]
        if len(reading) > len(found) or len(found) > 1:
            hint = f"Group by one period: date_trunc('month', {model.time})."
            message = "Metrics over time need the period as one plain date_trunc(...)."
            self.refuse_once(Issue("bad-time-key", message, hint=hint))
            return None
        return found[0] if found else None

    def refuse_once(self, issue: Issue) -> None:
        """Record an issue that several metrics of the block may find."""
        if issue not in self.context.issues:
            self.context.issues.append(issue)

    def _time_columns(self, model: Model) -> frozenset[str]:
        """Names under which the block's source shows the model's time."""
        if isinstance(self.outer, SpanBinding):
            own = (
                n
                for n, d in self.outer.columns.items()
                if d is model.dimensions.get(model.time or "")
            )
            return frozenset({"metric_time", *own})
        return frozenset({model.time or ""})

    def _made_of_time(self, model: Model) -> frozenset[str]:
        """Names of other dimensions that are computed from the model's time column."""
        if isinstance(self.outer, SpanBinding):
            shown = list(self.outer.columns.items())
        elif isinstance(self.outer, ModelBinding):
            shown = [(c.name, c.dimension) for c in self.outer.columns.values() if not c.path]
        else:
            shown = []
        fields = set(model.dimensions[model.time or ""].fields)
        own = (name for name, d in shown if d.model == model.name and fields & set(d.fields))
        return frozenset(own) - self._time_columns(model)

    def _reads_time(self, condition: t.Expr, model: Model) -> bool:
        related = self._time_columns(model) | self._made_of_time(model)
        return any(column.name in related for column in columns_of(condition))

    def split_conditions(self, model: Model) -> tuple[list[t.Expr], list[t.Expr]]:
        """Conditions on rows, and conditions on time alone (they choose periods)."""
        on_rows, on_time = [], []
        times = self._time_columns(model)
        for condition in self.conditions:
            names = {column.name for column in columns_of(condition)}
            if not names & (times | self._made_of_time(model)):
                on_rows.append(condition)
            elif names <= times:
                on_time.append(condition)
            else:
                message = "A condition mixes the time with other dimensions."
                hint = "Metrics over time need conditions on time to stand alone, joined by AND."
                self.refuse_once(Issue("filter-on-time", message, hint=hint))
        return on_rows, on_time

    def shown_periods(
        self, model: Model, on_time: list[t.Expr], period: t.Expr, grain: str
    ) -> list[t.Expr]:
        """Conditions that keep the periods lying wholly inside the filter on time."""
        times = self._time_columns(model)
        if not all(keeps_whole_periods(condition, times, grain) for condition in on_time):
            message = f"A filter on time leaves out days inside a {grain.replace('_', ' ')}."
            hint = "Metrics over time take one stretch of time: >=, <, =, BETWEEN, joined by AND."
            self.refuse_once(Issue("filter-on-time", message, hint=hint))
        last_day = t.Shift(DATE, period_end(period, grain), -1, "day")

        def at(condition: t.Expr, day: t.Expr) -> t.Expr:
            return transform(
                condition,
                lambda e: day if isinstance(e, t.Column) and e.name in times else None,
            )

        return [at(condition, day) for condition in on_time for day in (period, last_day)]
