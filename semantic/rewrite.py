"""Walks over typed expressions: replace parts, gather parts.

Called by `resolve`, `series` and `emit`. Invariant: queries inside an expression
(subselects) are opaque here; a rewrite of the outer block never reaches into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from semantic import typed as t
from semantic.types import BOOLEAN


def children(expr: t.Expr) -> tuple[t.Expr, ...]:
    """The direct parts of `expr`, in order."""
    match expr:
        case t.Apply():
            return expr.args
        case t.Operation():
            return expr.operands
        case t.Membership():
            return (expr.operand, *expr.items)
        case t.Test() | t.Conversion() | t.Shift():
            return (expr.operand,)
        case t.Choice():
            parts = [part for when in expr.whens for part in when]
            return (*parts, expr.default) if expr.default is not None else tuple(parts)
        case t.Aggregate():
            filters = (expr.filter,) if expr.filter is not None else ()
            return (*expr.args, *filters, *(item.expression for item in expr.order))
        case t.Windowed():
            return (expr.inner, *expr.partition, *(item.expression for item in expr.order))
        case _:
            return ()


def walk(expr: t.Expr) -> Iterator[t.Expr]:
    """`expr` and everything below it, outside of subqueries."""
    yield expr
    for child in children(expr):
        yield from walk(child)


def transform(expr: t.Expr, change: Callable[[t.Expr], t.Expr | None]) -> t.Expr:
    """`expr` with every part for which `change` returns a value replaced by it, top down."""
    changed = change(expr)
    if changed is not None:
        return changed

    def again(part: t.Expr) -> t.Expr:
        return transform(part, change)

    match expr:
        case t.Apply():
            return replace(expr, args=tuple(map(again, expr.args)))
        case t.Operation():
            return replace(expr, operands=tuple(map(again, expr.operands)))
        case t.Membership():
            items = tuple(map(again, expr.items))
            return replace(expr, operand=again(expr.operand), items=items)
        case t.Test() | t.Conversion() | t.Shift():
            return replace(expr, operand=again(expr.operand))
        case t.Choice():
            whens = tuple((again(condition), again(value)) for condition, value in expr.whens)
            default = expr.default and again(expr.default)
            return replace(expr, whens=whens, default=default)
        case t.Aggregate():
            return replace(
                expr,
                args=tuple(map(again, expr.args)),
                filter=expr.filter and again(expr.filter),
                order=_orders(expr.order, again),
            )
        case t.Windowed():
            return _transform_window(expr, again)
        case _:
            return expr


def _transform_window(expr: t.Windowed, again: Callable[[t.Expr], t.Expr]) -> t.Windowed:
    inner = again(expr.inner)
    if not isinstance(inner, (t.Aggregate, t.Apply)):
        raise TypeError("a window function was rewritten into something else")
    partition = tuple(map(again, expr.partition))
    return replace(expr, inner=inner, partition=partition, order=_orders(expr.order, again))


def _orders(order: tuple[t.Order, ...], again: Callable[[t.Expr], t.Expr]) -> tuple[t.Order, ...]:
    return tuple(replace(item, expression=again(item.expression)) for item in order)


def columns_of(expr: t.Expr) -> list[t.Column]:
    """The source columns that `expr` reads."""
    return [part for part in walk(expr) if isinstance(part, t.Column)]


def has_aggregate(expr: t.Expr) -> bool:
    """True where `expr` aggregates rows (an aggregate over a window does not)."""
    match expr:
        case t.Aggregate() | t.MetricValue():
            return True
        case t.Windowed():
            parts = (*children(expr.inner), *children(expr)[1:])
            return any(has_aggregate(part) for part in parts)
        case _:
            return any(has_aggregate(child) for child in children(expr))


def has_window(expr: t.Expr) -> bool:
    """True where `expr` holds a window function."""
    return any(isinstance(part, t.Windowed) for part in walk(expr))


def conjuncts(expr: t.Expr | None) -> list[t.Expr]:
    """The conditions that must all hold."""
    if expr is None:
        return []
    if isinstance(expr, t.Operation) and expr.op == "and":
        return [part for operand in expr.operands for part in conjuncts(operand)]
    return [expr]


def all_of(conditions: list[t.Expr]) -> t.Expr | None:
    """One condition that holds where all of `conditions` hold; None for no condition."""
    if len(conditions) <= 1:
        return conditions[0] if conditions else None
    return t.Operation(BOOLEAN, "and", tuple(conditions))
