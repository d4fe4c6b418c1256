"""Metrics over time as parts: running totals, changes between periods, last values.

Called by `series`. Each function adds WITH items and returns the part that holds the
metric at the group keys. Invariant: a period without rows is there, with 0 for sums and
counts; a filter on time hides periods and never shortens what a total has seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semantic import typed as t
from semantic.definitions import Metric, Model
from semantic.functions import FUNCTIONS
from semantic.measures import aggregate, compose, is_inline, with_filter
from semantic.parts import Key, Rows, Value, Values, aggregated, output
from semantic.periods import TimeKey, cumulative_range, filled_periods, is_aligned, period_end
from semantic.rewrite import all_of, columns_of, conjuncts, transform
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, DataType

if TYPE_CHECKING:
    from semantic.series import Series

# A name of the model starts with a letter, so these meet no dimension or metric.
DAY, VALUE, NEWEST = "_day", "_value", "_newest"


def cumulative_part(series: Series, model: Model, item: t.MetricValue, key: TimeKey) -> Values:
    """A running total, a total to date or over a window, for every period."""
    spec = item.metric.cumulative
    if spec is None:
        raise TypeError("a cumulative metric has its definition")
    rows = series.rows(model)
    on_rows, on_time = series.split_conditions(model)
    inner = series.context.catalog.metrics[spec.of]
    value = compose(series.context, inner, lambda m: aggregate(series.context, rows.binding, m))
    others = [k for k in series.keys if k.name != key.name]
    base = _Base(series, rows, others, on_rows)
    daily, again = base.build(value, model)
    periods = filled_periods(series, daily, DAY, key.grain)
    spine, source = series.context.new_id(), series.context.new_id()
    joins, outputs, keys_on = _spine(series, spine, periods, daily, others, key, source)
    end = period_end(t.Column(DATE, spine, "period"), key.grain)
    day = t.Column(DATE, source, DAY)
    matched = all_of([*keys_on, *conjuncts(cumulative_range(spec, day, end))])
    joins.append(
        t.Joined("left", t.CteSource(source, series.context.new_alias("days"), daily), matched)
    )
    shown = series.shown_periods(model, on_time, t.Column(DATE, spine, "period"), key.grain)
    select = t.Select(
        outputs=(*outputs, output(item.metric.name, again(source))),
        source=t.CteSource(spine, series.context.new_alias("spine"), periods), joins=tuple(joins),
        where=all_of(shown), grouped=True, group=tuple(o.expression for o in outputs),
        note=f"{item.metric.label}: {item.metric.formula}",
    )  # fmt: skip
    column: dict[t.Expr, Value] = {item: Value(item.metric.name, item.type)}
    return series.part(f"{item.metric.name}_values", select, column)


def _spine(
    series: Series,
    spine: int,
    periods: str,
    base: str,
    others: list[Key],
    key: TimeKey,
    matched: int,
    undated: str = "",
) -> tuple[list[t.Joined], list[t.Output], list[t.Expr]]:
    """Every period with every combination of the other keys, in the order of the keys.

    Args:
        undated: a column of `base` whose rows are left out where it is NULL.
    """
    joins: list[t.Joined] = []
    members = series.context.new_id()
    if others:
        distinct = _members(series, base, others, undated)
        alias = series.context.new_alias("members_of")
        joins.append(t.Joined("cross", t.CteSource(members, alias, distinct), None))
    outputs = [
        output(k.name, t.Column(DATE, spine, "period"))
        if k.name == key.name
        else output(k.name, t.Column(k.expression.type, members, k.name))
        for k in series.keys
    ]
    keys_on: list[t.Expr] = [
        t.Operation(
            BOOLEAN,
            "is not distinct from",
            tuple(t.Column(k.expression.type, s, k.name) for s in (matched, members)),
        )
        for k in others
    ]
    return joins, outputs, keys_on


def _members(series: Series, base: str, others: list[Key], undated: str) -> str:
    source = series.context.new_id()
    outputs = tuple(output(k.name, t.Column(k.expression.type, source, k.name)) for k in others)
    alias = series.context.new_alias("all_members")
    dated = None
    if undated:
        dated = t.Operation(BOOLEAN, "not", (t.Test(t.Column(DATE, source, undated), None),))
    select = t.Select(outputs, t.CteSource(source, alias, base), where=dated, distinct=True)
    return series.cte("members", select)


def change_part(series: Series, model: Model, item: t.MetricValue, key: TimeKey) -> Values | None:
    """A metric against itself an offset earlier; None after an issue."""
    spec = item.metric.change
    if spec is None:
        raise TypeError("a change has its definition")
    if not is_aligned(key.grain, spec.amount, spec.unit):
        message = (
            f"Metric '{item.metric.name}' compares with {spec.amount} {spec.unit}(s) earlier, "
            f"which is not a whole number of {key.grain}s."
        )
        series.context.refuse("metric-needs-time", message, hint="Group by a smaller period.")
        return None
    on_rows, on_time = series.split_conditions(model)
    inner = series.context.catalog.metrics[spec.of]
    leaves: list[t.Aggregate | t.MetricValue] = []
    value = compose(series.context, inner, lambda m: _leaf_value(series, model, m, leaves))
    before = replace(series, conditions=on_rows)
    values = before.values(list(dict.fromkeys(leaves)))
    if values is None:
        return None
    filled = _filled(series, values, value, key, item.metric)
    return _compare(series, model, item, key, filled, value.type, on_time)


def _leaf_value(
    series: Series, model: Model, metric: Metric, leaves: list[t.Aggregate | t.MetricValue]
) -> t.Expr:
    type_ = (
        aggregate(series.context, series.rows(model).binding, metric).type
        if is_inline(metric)
        else DOUBLE
    )
    found = t.MetricValue(type_, metric, series.outer.id)
    leaves.append(found)
    return found


def _filled(series: Series, values: Values, value: t.Expr, key: TimeKey, metric: Metric) -> str:
    """The compared metric for every period between the first and the last, gaps included."""
    others = [k for k in series.keys if k.name != key.name]
    periods = filled_periods(series, values.cte, key.name, key.grain)
    spine, source = series.context.new_id(), series.context.new_id()
    joins, outputs, keys_on = _spine(
        series, spine, periods, values.cte, others, key, source, undated=key.name
    )
    same = t.Operation(
        BOOLEAN, "=", (t.Column(DATE, source, key.name), t.Column(DATE, spine, "period"))
    )
    alias = series.context.new_alias("known")
    matched = all_of([same, *keys_on])
    joins.append(t.Joined("left", t.CteSource(source, alias, values.cte), matched))

    def leaf(expr: t.Expr) -> t.Expr | None:
        found = values.columns.get(expr)
        if found is None or not isinstance(expr, t.MetricValue):
            return None
        additive = expr.metric.agg in ("sum", "count", "count_distinct") and not expr.metric.last
        return replace(found, zero=additive).over(source)

    select = t.Select(
        outputs=(*outputs, output(VALUE, transform(value, leaf))),
        source=t.CteSource(spine, series.context.new_alias("spine"), periods), joins=tuple(joins),
        note="every period, gaps filled",
    )  # fmt: skip
    return series.cte(f"{metric.name}_periods", select)


def _compare(
    series: Series, model: Model, item: t.MetricValue, key: TimeKey, filled: str, type_: DataType,
    on_time: list[t.Expr],
) -> Values | None:  # fmt: skip
    spec = item.metric.change
    if spec is None:
        raise TypeError("a change has its definition")
    now, then = series.context.new_id(), series.context.new_id()
    period = t.Column(DATE, now, key.name)
    earlier = t.Shift(DATE, period, -spec.amount, spec.unit)
    on: list[t.Expr] = [t.Operation(BOOLEAN, "=", (t.Column(DATE, then, key.name), earlier))]
    on += [
        t.Operation(
            BOOLEAN,
            "is not distinct from",
            tuple(t.Column(k.expression.type, s, k.name) for s in (then, now)),
        )
        for k in series.keys
        if k.name != key.name
    ]
    new, old = (t.Column(type_, s, VALUE) for s in (now, then))
    value = _changed(spec.shown, new, old)
    outputs = [output(k.name, t.Column(k.expression.type, now, k.name)) for k in series.keys]
    other = t.CteSource(then, series.context.new_alias("earlier"), filled)
    select = t.Select(
        outputs=(*outputs, output(item.metric.name, value)),
        source=t.CteSource(now, series.context.new_alias("now"), filled),
        joins=(t.Joined("left", other, all_of(on)),),
        where=all_of(series.shown_periods(model, on_time, period, key.grain)),
        note=f"{item.metric.label}: {item.metric.formula}",
    )  # fmt: skip
    column: dict[t.Expr, Value] = {item: Value(item.metric.name, value.type)}
    return series.part(f"{item.metric.name}_values", select, column)


def last_part(series: Series, model: Model, item: t.MetricValue) -> Values:
    """Rows of the last date only, per period where the block has one."""
    metric = item.metric
    last = metric.last
    if last is None:
        raise TypeError("a semi-additive metric has its definition")
    rows = series.rows(model)
    over = rows.binding.column(series.context, model.dimensions[last.over])
    key = series.time_key(model)
    per = [rows.binding.column(series.context, model.dimensions[name]) for name in last.per]
    period = [k.expression for k in series.keys if key is not None and k.name == key.name]
    partition = [*map(rows.move, period), *per]
    newest = t.Windowed(
        over.type, t.Aggregate(over.type, FUNCTIONS["max"], (over,)), tuple(partition)
    )
    value = aggregate(series.context, rows.binding, metric)
    used = {c.name: c for c in (*columns_of(value), over)}
    inner = t.Select(
        outputs=(
            *(output(k.name, rows.move(k.expression)) for k in series.keys),
            *(output(f"_row_{name}", column) for name, column in used.items()),
            output(NEWEST, newest),
        ),
        where=all_of([rows.move(c) for c in series.conditions]),
    )
    source = series.context.new_id()

    def carried(expr: t.Expr) -> t.Expr | None:
        if isinstance(expr, t.Column):
            return t.Column(expr.type, source, f"_row_{expr.name}")
        return None

    pair = (t.Column(over.type, source, f"_row_{over.name}"), t.Column(over.type, source, NEWEST))
    moved = transform(value, carried)
    if not isinstance(moved, t.Aggregate):
        raise TypeError("an aggregate stays an aggregate")
    moved = with_filter(moved, t.Operation(BOOLEAN, "=", pair))
    keys = [output(k.name, t.Column(k.expression.type, source, k.name)) for k in series.keys]
    query = t.QuerySource(source, series.context.new_alias("dated"), series._from(inner, rows))
    select = t.Select(
        outputs=(*keys, output(metric.name, moved)), source=query, grouped=True,
        group=tuple(k.expression for k in keys), note=f"{metric.label}: the last values only",
    )  # fmt: skip
    is_count = moved.function.name == "count"
    column: dict[t.Expr, Value] = {item: Value(metric.name, moved.type, is_count)}
    return series.part(f"{metric.name}_values", select, column)


def _changed(shown: str, new: t.Column, old: t.Column) -> t.Expr:
    if shown == "value":
        return old
    type_ = new.type
    difference = t.Operation(type_, "-", (new, old))
    if shown == "difference":
        return difference
    size = t.Apply(type_, FUNCTIONS["abs"], (old,))
    return t.Operation(DOUBLE, "/", (difference, size))


@dataclass(slots=True)
class _Base:
    """What a running total reads: rows, or sums per day where sums of sums are exact."""

    series: Series
    rows: Rows
    others: list[Key]
    conditions: list[t.Expr]

    def build(self, value: t.Expr, model: Model) -> tuple[str, Callable[[int], t.Expr]]:
        """The WITH item, and a function that gives `value` over a source of it."""
        calls = list(dict.fromkeys(aggregated(value)))
        day = self.rows.day()
        known = t.Operation(BOOLEAN, "not", (t.Test(day, None),))
        keys = [output(k.name, self.rows.move(k.expression)) for k in self.others]
        head = [*keys, output(DAY, day)]
        where = all_of([*(self.rows.move(c) for c in self.conditions), known])
        additive = all(
            isinstance(call, t.Aggregate)
            and call.function.name in ("sum", "count", "min", "max")
            and not call.distinct
            for call in calls
        )
        if additive:
            values = [output(f"_value_{n}", call) for n, call in enumerate(calls, 1)]
            select = t.Select(
                outputs=(*head, *values), where=where, grouped=True,
                group=tuple(o.expression for o in head), note=f"{model.label} by day",
            )  # fmt: skip
        else:
            columns = {c.name: c for call in calls for c in columns_of(call)}
            values = [output(f"_row_{name}", column) for name, column in columns.items()]
            select = t.Select(outputs=(*head, *values), where=where, note=f"rows of {model.label}")
        name = self.series.cte(
            f"{model.name}_days",
            replace(select, source=self.rows.binding.to_source(self.series.context)),
        )
        return name, lambda source: transform(value, lambda e: _again(e, calls, additive, source))


def _again(
    expr: t.Expr, calls: list[t.Aggregate | t.MetricValue], additive: bool, source: int
) -> t.Expr | None:
    """An aggregate of rows, over the WITH item that holds sums per day or the rows."""
    if not isinstance(expr, t.Aggregate) or expr not in calls:
        return None
    if additive:
        column = t.Column(expr.type, source, f"_value_{calls.index(expr) + 1}")
        name = expr.function.name if expr.function.name in ("min", "max") else "sum"
        total = t.Aggregate(expr.type, FUNCTIONS[name], (column,))
        if name != "sum":
            return total
        return t.Apply(expr.type, FUNCTIONS["coalesce"], (total, t.Constant(INTEGER, 0)))

    def carried(part: t.Expr) -> t.Expr | None:
        if isinstance(part, t.Column):
            return t.Column(part.type, source, f"_row_{part.name}")
        return None

    parts = [transform(part, carried) for part in expr.args]
    filter_ = transform(expr.filter, carried) if expr.filter is not None else None
    moved = replace(expr, args=tuple(parts), filter=filter_)
    present = t.Operation(BOOLEAN, "not", (t.Test(t.Column(DATE, source, DAY), None),))
    total = with_filter(moved, present)
    if expr.function.name != "sum":
        return total
    return t.Apply(expr.type, FUNCTIONS["coalesce"], (total, t.Constant(INTEGER, 0)))
