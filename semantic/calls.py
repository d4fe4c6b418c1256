"""Function calls of the allowed tree to typed calls: arity, kinds of arguments, decorations.

Called by `expressions`. Invariant: units, formats, widths and fractions are constants that
pass their rule here; everything else is resolved and checked against its declared kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from semantic import syntax as s
from semantic import typed as t
from semantic.functions import (
    DATE_PARTS,
    FUNCTIONS,
    GRAINS,
    SPAN_UNITS,
    ArgumentKind,
    Function,
    accepts,
    result_type,
    widest,
)  # fmt: skip
from semantic.issues import suggest
from semantic.rewrite import has_aggregate
from semantic.types import DATE, DOUBLE, INTEGER, NULL, TEXT, DataType

if TYPE_CHECKING:
    from semantic.expressions import Resolver

NOTHING = t.Constant(NULL, None)
_FORMAT = re.compile(r"(?:%-?[dHIjmMSy]|%[aAbBpuUVwWYG%]|[A-Za-z0-9/.,:_ -])+")
"""Codes and characters that DuckDB's strftime knows."""


def resolve_call(resolver: Resolver, node: s.Call) -> t.Expr:
    """The typed call; NOTHING after an issue."""
    if node.name in ("measure", "agg"):
        return _measure(resolver, node)
    if node.over is not None:
        return _windowed(resolver, node)
    if node == s.Call(node.name, node.args):
        found = _rewritten(resolver, node)
        if found is not None:
            return found
    function = _function(resolver, node)
    if function is None:
        return NOTHING
    if function.category == "window":
        return resolver.refuse("window-needs-over", f"{node.name}() needs OVER (...).", node)
    if function.category == "aggregate":
        return _aggregate(resolver, node, function)
    if node.distinct or node.filter is not None or node.order_by:
        message = "DISTINCT, FILTER and ORDER BY decorate aggregates only."
        return resolver.refuse("forbidden-syntax", message, node)
    args = _arguments(resolver, node, function, node.args)
    types = tuple(arg.type for arg in args)
    if function.returns == "widest" and widest(types) is None:
        return resolver.refuse("type-mismatch", f"{node.name}() takes values of one type.", node)
    return t.Apply(result_type(function, types), function, args)


def _rewritten(resolver: Resolver, node: s.Call) -> t.Expr | None:
    """An undecorated call that is another way of writing something else, or None."""
    match node.name, node.args:
        case (("as_of" | "current_date" | "today"), ()):
            return t.AsOf()
        case "if", (condition, value, default):
            return resolver.case(s.Case(None, ((condition, value),), default, place=node.place))
        case "date_add", (start, s.Interval() as interval):
            return resolver.resolve(s.Binary("+", start, interval, place=node.place))
        case "date", (operand,):
            return resolver.resolve(s.Cast(operand, DATE, False, place=node.place))
        case _:
            return None


def _measure(resolver: Resolver, node: s.Call) -> t.Expr:
    if node.over or node.filter or node.distinct or node.order_by or len(node.args) != 1:
        message = "MEASURE takes one metric and no DISTINCT, FILTER, ORDER BY or OVER."
        return resolver.refuse("bad-measure", message, node)
    if not resolver.aggregates:
        message = "MEASURE stands only in the select list, HAVING, QUALIFY and ORDER BY."
        return resolver.refuse("bad-measure", message, node, "Not inside WHERE or an aggregate.")
    return resolver.names.measure(node)


def _function(resolver: Resolver, node: s.Call) -> Function | None:
    function = FUNCTIONS.get(node.name)
    if function is None:
        if node.name in _CONSTRUCTS:
            message = f"{node.name.upper()} is not part of semantic SQL."
            resolver.refuse(
                "forbidden-syntax", message, node, "Write one query per level, with UNION ALL."
            )
            return None
        near = suggest(node.name, FUNCTIONS)
        resolver.refuse("unknown-function", f"{_shown(node.name)} is not a known function.", node,
                    suggestions=near)  # fmt: skip
        return None
    most = None if function.variadic else len(function.args)
    least = len(function.args) - function.optional
    count = len(node.args) + (len(node.order_by) if _within_group(node) else 0)
    fits = least <= count and (most is None or count <= most)
    if not fits and not (function.name == "count" and count == 0):
        takes = str(least) if least == most else f"{least} to {most or 'many'}"
        message = f"{node.name}() takes {takes} arguments, not {count}."
        resolver.refuse("bad-arguments", message, node)
        return None
    return function


def _arguments(
    resolver: Resolver, node: s.Call, function: Function, given: tuple[s.Expression, ...]
) -> tuple[t.Expr, ...]:
    kinds = function.args + (function.args[-1:] * (len(given) - len(function.args)))
    return tuple(
        _one_argument(resolver, node, arg, kind) for arg, kind in zip(given, kinds, strict=False)
    )


def _one_argument(
    resolver: Resolver, node: s.Call, arg: s.Expression, kind: ArgumentKind
) -> t.Expr:
    if kind in _CONSTANT_RULES:
        sign, inner = 1, arg
        if isinstance(arg, s.Unary) and arg.op == "-":
            sign, inner = -1, arg.operand
        value = inner.value if isinstance(inner, s.Constant) else None
        if sign < 0:
            value = -value if isinstance(value, (int, float, Decimal)) else None
        allowed, what = _CONSTANT_RULES[kind]
        if not allowed(value):
            return resolver.refuse("bad-arguments", f"{node.name}() takes {what} here.", arg)
        words = ("unit", "span_unit", "part")
        structural = kind in (*words, "small_constant", "fraction_constant")
        if structural or resolver.trusted:  # from a closed set: printed, not bound
            return t.Constant(_type_of(value), value.lower() if kind in words else value)  # type: ignore[union-attr]
        return t.Bound(TEXT, value)
    found = resolver.resolve(arg)
    if kind == "time":
        found = resolver.as_time(found, arg)
    if not accepts(kind, found.type):
        message = f"{node.name}() takes {_WANTED[kind]} here, not {kind_of(found.type).lower()}."
        return resolver.refuse("type-mismatch", message, arg)
    return found


def _aggregate(resolver: Resolver, node: s.Call, function: Function) -> t.Expr:
    if not resolver.aggregates:
        message = f"{node.name}() aggregates rows and cannot stand here."
        hint = "Filter groups with HAVING; do not nest aggregates."
        return resolver.refuse("misplaced-aggregate", message, node, hint)
    inner = replace(resolver, aggregates=False, windows=False)
    args: tuple[t.Expr, ...] = ()
    given = node.args
    if _within_group(node):
        given = (node.order_by[0].expression, *node.args)
    if not _counts_rows(function, given):
        args = _arguments(inner, node, function, given)
    if node.distinct and not (function.distinct and args):
        return resolver.refuse("forbidden-syntax", f"{node.name}() takes no DISTINCT.", node)
    filter_ = inner.condition(node.filter) if node.filter is not None else None
    order = () if _within_group(node) else tuple(inner.order(item) for item in node.order_by)
    if function.name == "string_agg":
        order = order or tuple(t.Order(arg) for arg in args[:1])  # the same text on every run
    elif order:
        return resolver.refuse("forbidden-syntax", f"{node.name}() takes no ORDER BY.", node)
    type_ = result_type(function, tuple(arg.type for arg in args))
    found = t.Aggregate(type_, function, args, node.distinct, filter_, order)
    resolver.names.check_aggregate(node, found)
    return found


def _counts_rows(function: Function, given: tuple[s.Expression, ...]) -> bool:
    """True for count() and count(*); `count(o.*)` is something else: it skips missing rows."""
    star = len(given) == 1 and given[0] == s.Star()
    return function.name == "count" and (star or not given)


def _windowed(resolver: Resolver, node: s.Call) -> t.Expr:
    if not resolver.windows:
        hint = "Compute it in a subquery, or filter with QUALIFY."
        return resolver.refuse("misplaced-window", "A window cannot stand here.", node, hint)
    function = _function(resolver, node)
    over = node.over
    if function is None or over is None:
        return NOTHING
    if function.category == "scalar" or node.distinct or node.order_by:
        message = "OVER decorates aggregates and window functions, without DISTINCT."
        return resolver.refuse("forbidden-syntax", message, node)
    inner = replace(resolver, windows=False)
    given = node.args
    if node.filter is not None and function.category != "aggregate":
        return resolver.refuse("forbidden-syntax", f"{node.name}() takes no FILTER.", node)
    if _counts_rows(function, given):
        given = ()
    args = _arguments(inner, node, function, given)
    filter_ = inner.condition(node.filter) if node.filter is not None else None
    type_ = result_type(function, tuple(arg.type for arg in args))
    if function.category == "aggregate":
        call: t.Aggregate | t.Apply = t.Aggregate(type_, function, args, filter=filter_)
        if isinstance(call, t.Aggregate) and not any(has_aggregate(arg) for arg in args):
            resolver.names.check_aggregate(node, call)
    else:
        call = t.Apply(type_, function, args)
    partition = tuple(inner.resolve(part) for part in over.partition_by)
    order = tuple(inner.order(item) for item in over.order_by)
    frame = t.Frame(over.frame.kind, over.frame.start, over.frame.end) if over.frame else None
    return t.Windowed(type_, call, partition, order, frame)


def _within_group(node: s.Call) -> bool:
    return node.name == "percentile_cont" and len(node.args) == 1 and len(node.order_by) == 1


def _type_of(value: object) -> DataType:
    if isinstance(value, str):
        return TEXT
    return INTEGER if isinstance(value, int) else DOUBLE


def _shown(name: str) -> str:
    """A name for a message: the asker's own word, cut, only if it is a plain one."""
    return f"'{name[:40]}'" if name.isidentifier() else "This"


def kind_of(type_: DataType) -> str:
    """A type as a person calls it."""
    return {
        "text": "Text", "integer": "A number", "decimal": "A number", "double": "A number",
        "boolean": "A condition", "date": "A date", "timestamp": "A time", "map": "A map",
        "interval": "An interval", "null": "Nothing",
    }[type_.kind]  # fmt: skip


_CONSTRUCTS = ("rollup", "cube", "sets", "grouping")
"""What stands before a bracket and is no function."""

_WANTED = {
    "any": "a value", "text": "a text", "number": "a number", "integer": "a whole number",
    "boolean": "a condition", "time": "a date",
}  # fmt: skip

_CONSTANT_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "unit": (
        lambda v: isinstance(v, str) and v.lower() in GRAINS,
        "a unit in quotes: " + ", ".join(GRAINS),
    ),
    "span_unit": (
        lambda v: isinstance(v, str) and v.lower() in SPAN_UNITS,
        "a unit in quotes: " + ", ".join(SPAN_UNITS),
    ),
    "part": (
        lambda v: isinstance(v, str) and v.lower() in DATE_PARTS,
        "a part in quotes: " + ", ".join(DATE_PARTS),
    ),
    "text_constant": (
        lambda v: isinstance(v, str) and len(v) <= 100,
        "a text of at most 100 characters, written out",
    ),
    "format_constant": (
        lambda v: isinstance(v, str) and len(v) <= 40 and _FORMAT.fullmatch(v) is not None,
        "a short format like '%Y-%m'",
    ),
    "small_constant": (
        lambda v: isinstance(v, int) and not isinstance(v, bool) and abs(v) <= 10_000,
        "a whole number up to 10,000, written out",
    ),
    "fraction_constant": (
        lambda v: isinstance(v, (int, float, Decimal)) and not isinstance(v, bool) and 0 <= v <= 1,
        "a fraction between 0 and 1, written out",
    ),
}
