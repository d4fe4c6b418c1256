"""One SELECT block: its items, conditions, groups and order, resolved and checked.

Called by `resolve` once the sources of the block are bound. Invariant: in a grouped block
every value is a group key, an aggregate or a constant; in any block the order is total
enough that the same question gives the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from semantic import syntax as s
from semantic import typed as t
from semantic.block_checks import check_aggregate, check_groups
from semantic.calls import NOTHING
from semantic.compiled import ResultColumn, Role
from semantic.definitions import Metric
from semantic.describe import describe, shown_name
from semantic.expressions import Resolver
from semantic.look_up import look_up_column
from semantic.measures import aggregate, compose, is_inline, leaf_type
from semantic.rewrite import has_aggregate, has_window, walk
from semantic.scope import (
    Context,
    ModelBinding,
    OutputInfo,
    QueryBinding,
    Scope,
    SpanBinding,
    suggestions_for,
)  # fmt: skip
from semantic.sources import keys_after_joins

if TYPE_CHECKING:
    from semantic.resolve import QueryResolver

MAX_COLUMNS = 100
_SAME_IN_EVERY_ROW = (t.Constant, t.Bound, t.AsOf, t.ArgumentValue)


@dataclass(slots=True)
class Item:
    """One item of the select list while the block is resolved."""

    expression: t.Expr
    shown: str
    node: s.Node
    metric: Metric | None = None


@dataclass(slots=True)
class Block:
    """Resolves the clauses of one SELECT and answers the names inside them."""

    context: Context
    scope: Scope
    resolver: QueryResolver
    node: s.Select
    items: list[Item] = field(default_factory=list)
    where: t.Expr | None = None
    group: list[t.Expr] = field(default_factory=list)
    grouped: bool = False
    having: t.Expr | None = None
    qualify: t.Expr | None = None
    order: list[t.Order] = field(default_factory=list)
    infos: list[OutputInfo] = field(default_factory=list)
    outputs: list[t.Output] = field(default_factory=list)

    # ------------------------------------------------------------ clauses

    def resolve(self) -> None:
        """Resolve every clause; issues go to the context."""
        if self.node.where is not None:
            self.where = Resolver(self.context, self).condition(self.node.where)
        self._resolve_items()
        self._resolve_group()
        if self.node.having is not None:
            self.having = self._late(windows=False).condition(self.node.having)
        if self.node.qualify is not None:
            self.qualify = self._late(windows=True).condition(self.node.qualify)
            shown = [item.expression for item in self.items]
            if not self.context.issues and not any(has_window(e) for e in (self.qualify, *shown)):
                message = "QUALIFY filters by a window function, and there is none."
                hint = "Filter rows with WHERE and groups with HAVING."
                self.context.refuse("no-window", message, self.node.qualify, hint)
        self._resolve_order()
        check_groups(self)
        self._describe()

    def _late(self, windows: bool) -> Resolver:
        return Resolver(self.context, self, aggregates=True, windows=windows)

    def _resolve_items(self) -> None:
        for item in self.node.items:
            if len(self.items) > MAX_COLUMNS:
                break  # thousands of stars are refused below; no need to expand them
            if isinstance(item.expression, s.Star):
                self._expand_star(item.expression)
                continue
            found = self._late(windows=True).resolve(item.expression)
            shown = item.alias or shown_name(item.expression, len(self.items))
            metric = self._metric_of(item.expression)
            self.items.append(Item(found, shown, item, metric))
            if item.alias or metric is not None:
                self.scope.aliases.setdefault(shown.casefold(), found)
        if len(self.items) > MAX_COLUMNS:
            message = f"A result has at most {MAX_COLUMNS} columns."
            self.context.refuse("too-many-columns", message, self.node)
        if not self.items:
            self.context.refuse("empty-select", "The select list is empty.", self.node)

    def _expand_star(self, node: s.Star) -> None:
        excluded = {name.casefold() for name in node.excluded}
        before = len(self.items)
        for binding in self.scope.bindings:
            if node.qualifier and binding.shown != node.qualifier.casefold():
                continue
            if isinstance(binding, SpanBinding):
                message = "'*' lists the rows of one model; the spanning relation has none."
                self.context.refuse("span-without-metric", message, node)
            elif isinstance(binding, QueryBinding):
                pairs = [(info.shown, binding.column(info)) for info in binding.outputs]
                self._add_columns(pairs, excluded, node)
            else:
                dimensions = [d for d in binding.model.dimensions.values() if not d.hidden]
                pairs = [(d.name, binding.column(self.context, d)) for d in dimensions]
                self._add_columns(pairs, excluded, node)
        if len(self.items) == before and not self.context.issues:
            self.context.refuse("unknown-name", "'*' finds no columns here.", node)

    def _add_columns(
        self, pairs: list[tuple[str, t.Column]], excluded: set[str], node: s.Star
    ) -> None:
        for shown, column in pairs:
            if shown.casefold() not in excluded:
                self.items.append(Item(column, shown, node))

    def _resolve_group(self) -> None:
        late = (self.having, self.node.having, *(item.expression for item in self.items))
        aggregated = any(has_aggregate(item.expression) for item in self.items)
        self.grouped = bool(
            self.node.group_by or self.node.group_all or aggregated or late[1] is not None
        )
        if self.node.group_all:
            shown = [item.expression for item in self.items]
            plain = [e for e in shown if not has_aggregate(e) and not has_window(e)]
            self.group = [e for e in plain if not isinstance(e, _SAME_IN_EVERY_ROW)]
        for node in self.node.group_by:
            found = self._group_item(node)
            if has_aggregate(found) or any(isinstance(part, t.Windowed) for part in walk(found)):
                message = "GROUP BY takes values of rows, no aggregates or windows."
                self.context.refuse("misplaced-aggregate", message, node)
            shown = [item.expression for item in self.items]
            if isinstance(node, s.Constant) and not isinstance(node.value, int):
                message = "GROUP BY takes names, expressions or numbers of columns, no values."
                hint = "A name in single quotes is a text; write it bare or in double quotes."
                self.context.refuse("bad-group", message, node, hint)
            elif found in self.group or (
                isinstance(found, _SAME_IN_EVERY_ROW) and found not in shown
            ):
                continue  # the same in every row: it groups nothing
            else:
                self.group.append(found)
        if self.grouped and not self.group and not aggregated and self.node.having is None:
            message = "GROUP BY finds nothing to group by and nothing to aggregate."
            self.context.refuse("not-grouped", message, self.node)

    def _group_item(self, node: s.Expression) -> t.Expr:
        position = self._item_number(node)
        if position is not None:
            return self.items[position].expression
        return Resolver(self.context, self).resolve(node)

    def _item_number(self, node: s.Expression) -> int | None:
        if not isinstance(node, s.Constant) or not isinstance(node.value, int):
            return None
        if isinstance(node.value, bool) or not 1 <= node.value <= len(self.items):
            message = f"There is no column number {node.value} in the select list."
            self.context.refuse("unknown-name", message, node)
            return 0 if self.items else None
        return node.value - 1

    def _resolve_order(self) -> None:
        if self.node.order_all:
            self.order = [t.Order(item.expression) for item in self.items]
        self.scope.aliases_first = True
        for node in self.node.order_by:
            position = self._item_number(node.expression)
            expression = (
                self.items[position].expression
                if position is not None
                else self._late(windows=True).resolve(node.expression)
            )
            if isinstance(node.expression, s.Constant) and position is None:
                message = "ORDER BY takes names, expressions or numbers of columns, no values."
                hint = "A name in single quotes is a text; write it bare or in double quotes."
                self.context.refuse("bad-order", message, node, hint)
            shown = [item.expression for item in self.items]
            if isinstance(expression, _SAME_IN_EVERY_ROW) and expression not in shown:
                continue  # the same in every row: it orders nothing
            self.order.append(t.Order(expression, node.descending, node.nulls_first))
        self.scope.aliases_first = False
        if self.node.distinct:
            shown = [item.expression for item in self.items]
            for order in self.order:
                if order.expression not in shown:
                    message = "With DISTINCT, ORDER BY takes columns of the select list."
                    self.context.refuse("bad-order", message, self.node)

    # ------------------------------------------------------------ names

    def look_up(self, name: s.Name) -> t.Expr:
        """The expression a name stands for in this block."""
        return look_up_column(self.context, self.scope, name)

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Refuse an aggregate over rows that a join repeats."""
        check_aggregate(self, call, aggregate)

    def subquery(self, query: s.Query) -> t.Query | None:
        """A nested query; it may read the columns of this block."""
        from semantic.resolve import QueryResolver  # blocks and queries nest in each other

        inner = QueryResolver(self.context, self.resolver.ctes, self.scope, nested=True).query(
            query
        )
        return inner.query if inner is not None else None

    def measure(self, call: s.Call) -> t.Expr:
        """The governed expression of MEASURE(metric)."""
        metric = self._metric(call)
        if metric is None:
            return NOTHING
        for binding in self.scope.bindings:
            if isinstance(binding, SpanBinding):
                leaf = partial(self._leaf, binding.id)
                return compose(self.context, metric, leaf)
            if isinstance(binding, ModelBinding) and metric.models == {binding.model.name}:
                return self._measure_over(call, binding, metric)
        owners = " and ".join(sorted(metric.models))
        message = f"Metric '{metric.name}' aggregates rows of {owners}, which is not in FROM."
        hint = f"Write FROM {self.context.catalog.name}, which spans all models."
        self.context.refuse("metric-of-other-model", message, call, hint)
        return NOTHING

    def _measure_over(self, call: s.Call, binding: ModelBinding, metric: Metric) -> t.Expr:
        if binding.multiplied:
            message = f"A join repeats the rows that metric '{metric.name}' aggregates."
            hint = f"Write FROM {self.context.catalog.name}, or aggregate before joining."
            self.context.refuse("fan-out", message, call, hint)
            return NOTHING
        found = compose(
            self.context,
            metric,
            lambda m: (
                aggregate(self.context, binding, m) if is_inline(m) else self._leaf(binding.id, m)
            ),
        )
        if len(self.scope.bindings) > 1 and any(isinstance(p, t.MetricValue) for p in walk(found)):
            message = f"Metric '{metric.name}' is computed over time and cannot be joined directly."
            self.context.refuse("series-join", message, call, "Compute it in a WITH item first.")
        return found

    def _leaf(self, source: int, metric: Metric) -> t.Expr:
        self.context.metrics[metric.qualified] = metric
        return t.MetricValue(leaf_type(self.context, metric), metric, source)

    def _metric(self, call: s.Call) -> Metric | None:
        arg = call.args[0]
        if not isinstance(arg, s.Name):
            message = "MEASURE takes the bare name of a metric."
            self.context.refuse("bad-measure", message, call)
            return None
        metrics = self.context.catalog.metrics
        metric = metrics.get(arg.parts[-1].casefold())
        qualifier = arg.parts[0].casefold() if len(arg.parts) == 2 else ""
        shown = {b.shown: b.model.name for b in self.scope.bindings if isinstance(b, ModelBinding)}
        if metric is None or (qualifier and shown.get(qualifier, qualifier) != metric.model):
            near = suggestions_for(arg.text, metrics)
            message = f"There is no metric '{arg.text[:60]}'."
            hint = "" if near else f"Known: {', '.join(sorted(metrics)[:12])}, ..."
            self.context.refuse("unknown-metric", message, arg, hint, near)
            return None
        return metric

    def _metric_of(self, node: s.Expression) -> Metric | None:
        if isinstance(node, s.Call) and node.name in ("measure", "agg") and len(node.args) == 1:
            arg = node.args[0]
            if isinstance(arg, s.Name):
                return self.context.catalog.metrics.get(arg.parts[-1].casefold())
        return None

    # ------------------------------------------------------------ results

    @property
    def series(self) -> bool:
        """True where a metric of the block is computed over time."""
        clauses = [item.expression for item in self.items]
        clauses += [clause for clause in (self.having, self.qualify) if clause is not None]
        clauses += [order.expression for order in self.order]
        return any(isinstance(part, t.MetricValue) for clause in clauses for part in walk(clause))

    def _describe(self) -> None:
        taken: set[str] = set()
        for index, item in enumerate(self.items):
            info = describe(self, item, index)
            base, count = info.name, 1
            while info.name in taken:
                count += 1
                info.name = f"{base}_{count}"
            taken.add(info.name)
            self.infos.append(info)
            column = ResultColumn(
                info.shown, info.label, info.type, _role(info.role), info.format, info.grain
            )
            self.outputs.append(t.Output(info.name, item.expression, column))

    def keys(self) -> tuple[frozenset[str], ...]:
        """Sets of output names that identify a row of this block."""
        by_expression = {output.expression: output.name for output in self.outputs}
        found: list[frozenset[str]] = []
        if self.grouped:
            names = [by_expression.get(expression) for expression in self.group]
            if all(name is not None for name in names):
                found.append(frozenset(name for name in names if name))
        else:
            by_column = {
                (e.source, e.name): name
                for e, name in by_expression.items()
                if isinstance(e, t.Column)
            }
            for source, key in keys_after_joins(self.scope.bindings):
                if all((source, column) in by_column for column in key):
                    found.append(frozenset(by_column[source, column] for column in key))
        if self.node.source is None:
            found.append(frozenset())
        if self.node.distinct:
            found.append(frozenset(output.name for output in self.outputs))
        if isinstance(self.node.limit, s.Constant) and self.node.limit.value == 1:
            found.append(frozenset())
        return tuple(found)

    def to_select(
        self, joins: list[tuple[s.Join, t.Expr | None]], limit: t.Expr | None, offset: t.Expr | None
    ) -> t.Select:
        """The typed block, its sources still to be filled in by `with_sources`."""
        self._joins = joins
        return t.Select(
            outputs=tuple(self.outputs), where=self.where, grouped=self.grouped,
            group=tuple(self.group), having=self.having, qualify=self.qualify,
            order=tuple(self._total_order()), limit=limit, offset=offset,
            distinct=self.node.distinct,
        )  # fmt: skip

    _joins: list[tuple[s.Join, t.Expr | None]] = field(default_factory=list)

    def with_sources(self, select: t.Select, sources: list[t.Source]) -> t.Select:
        """`select` with its FROM filled in."""
        if not sources:
            return select
        joins = tuple(
            t.Joined(node.kind, source, on)
            for (node, on), source in zip(self._joins, sources[1:], strict=True)
        )
        return replace(select, source=sources[0], joins=joins)

    def _total_order(self) -> list[t.Order]:
        """ORDER BY completed by keys, so that ties and LIMIT give the same rows every time."""
        order = list(self.order)
        cut = self.node.limit is not None or self.node.offset is not None
        if self.resolver.nested and not cut:
            return []  # the order of an inner query that keeps all rows means nothing
        ordered = {item.expression for item in order}
        if self.grouped:
            keys = [e for e in self.group if not isinstance(e, _SAME_IN_EVERY_ROW)]
            return order + [t.Order(e) for e in keys if e not in ordered]
        if not order and not cut and not self.node.distinct:
            return order
        rest = [o.expression for o in self.outputs if o.expression not in ordered]
        own: list[t.Expr] = []
        if not self.node.distinct:
            for binding in self.scope.bindings:
                if isinstance(binding, ModelBinding):
                    key = binding.model.dimensions[binding.model.primary_key]
                    own.append(binding.column(self.context, key))
        if all(isinstance(binding, ModelBinding) for binding in self.scope.bindings):
            rest = [e for e in own if e not in ordered] or rest
        return order + [t.Order(e) for e in rest if e.type.kind not in ("map", "null")]


def _role(role: str) -> Role:
    roles: dict[str, Role] = {"dimension": "dimension", "time": "time", "metric": "metric"}
    return roles.get(role, "value")
