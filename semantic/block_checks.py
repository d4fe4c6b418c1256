"""Checks of one resolved block: grouped values, and aggregates that would count rows twice.

Called by `blocks`. Invariant: a block that passes has one value per group and row, and no
aggregate in it reads rows that a join or a relationship repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic import syntax as s
from semantic import typed as t
from semantic.repeats import counts_rows, is_repeated, outer_columns
from semantic.rewrite import children, columns_of, has_aggregate, walk
from semantic.scope import ModelBinding, SpanBinding

if TYPE_CHECKING:
    from semantic.blocks import Block


def check_groups(block: Block) -> None:
    """Refuse values outside of GROUP BY, and HAVING without groups."""
    _check_windows(block)
    if not block.grouped:
        if block.having is not None:
            message = "HAVING needs GROUP BY; filter rows with WHERE."
            block.context.refuse("not-grouped", message, block.node)
        late = [order.expression for order in block.order]
        late += [block.qualify] if block.qualify is not None else []
        if any(has_aggregate(expr) for expr in late):
            message = "Rows are aggregated for ORDER BY or QUALIFY, but not in the select list."
            hint = "Add GROUP BY, or an aggregate to the select list."
            block.context.refuse("not-grouped", message, block.node, hint)
        return
    for item in block.items:
        _check_covered(block, item.expression, item.node)
    for clause, node in ((block.having, block.node.having), (block.qualify, block.node.qualify)):
        if clause is not None:
            _check_covered(block, clause, node)
    for order, order_node in zip(block.order, block.node.order_by, strict=False):
        _check_covered(block, order.expression, order_node)


def _check_windows(block: Block) -> None:
    """Refuse windows over columns of the query around this one, which the engine cannot bind."""
    own = {binding.id for binding in block.scope.bindings}
    clauses = [item.expression for item in block.items]
    clauses += [order.expression for order in block.order]
    clauses += [block.qualify] if block.qualify is not None else []
    windows = [p for clause in clauses for p in walk(clause) if isinstance(p, t.Windowed)]
    if any(column.source not in own for window in windows for column in columns_of(window)):
        message = "A window here reads a column of the query around it."
        hint = "Compute it in the outer query, or join instead."
        block.context.refuse("outer-aggregate", message, block.node, hint)


def _check_covered(block: Block, expr: t.Expr, node: s.Node | None) -> None:
    if expr in block.group or isinstance(expr, (t.Aggregate, t.MetricValue)):
        return
    if isinstance(expr, t.Column):
        if any(binding.id == expr.source for binding in block.scope.bindings):
            message = f"'{expr.name.replace('__', '.')}' is neither grouped nor aggregated."
            hint = "Add it to GROUP BY (or write GROUP BY ALL), or aggregate it."
            block.context.refuse("not-grouped", message, node, hint)
        return
    inner = (
        (*children(expr.inner), *children(expr)[1:])
        if isinstance(expr, t.Windowed)
        else children(expr)
    )
    for child in inner:
        _check_covered(block, child, node)
    if isinstance(expr, (t.Subselect, t.Existence, t.Membership)) and expr.query is not None:
        own = frozenset(binding.id for binding in block.scope.bindings)
        for column in outer_columns(expr.query, own):
            _check_covered(block, column, node)


def check_aggregate(block: Block, call: s.Call, aggregate: t.Aggregate) -> None:
    """Refuse a sum, count or average over rows that a join repeats."""
    if block.context.catalog.spec.strict_metrics and _over_model(block):
        message = "This model allows governed metrics only: use MEASURE(metric)."
        block.context.refuse("strict-metrics", message, call)
    if any(isinstance(binding, SpanBinding) for binding in block.scope.bindings):
        message = "Over the spanning relation only MEASURE(metric) aggregates."
        block.context.refuse("span-without-metric", message, call)
    columns = columns_of(aggregate)
    own = {binding.id for binding in block.scope.bindings}
    if any(column.source not in own for column in columns):
        message = f"{call.name}() aggregates a column of the query around it."
        block.context.refuse("outer-aggregate", message, call, "Aggregate in the outer query.")
    if aggregate.distinct or not aggregate.function.repeats_matter:
        return
    all_repeat = bool(block.scope.bindings) and all(b.multiplied for b in block.scope.bindings)
    repeated = any(is_repeated(block.scope.bindings, arg) for arg in aggregate.args)
    if repeated or (all_repeat and counts_rows(block.scope.bindings, aggregate.args)):
        message = f"{call.name}() would count rows several times, because a join repeats them."
        hint = (
            "Aggregate in the model that owns the rows, use COUNT(DISTINCT ...), MIN or MAX, "
            f"or FROM {block.context.catalog.name} with MEASURE."
        )
        block.context.refuse("fan-out", message, call, hint)


def _over_model(block: Block) -> bool:
    return any(isinstance(binding, ModelBinding) for binding in block.scope.bindings)
