"""What a result column is: identifier, role, label, format and grain of an output.

Called by `blocks`. Invariant: the identifier is made of names of the catalog and of our
own words; what the asker wrote is only shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic import syntax as s
from semantic import typed as t
from semantic.definitions import Dimension
from semantic.repeats import repeats_in_groups
from semantic.rewrite import columns_of, has_aggregate, walk
from semantic.scope import ModelBinding, OutputInfo, QueryBinding, SpanBinding

if TYPE_CHECKING:
    from semantic.blocks import Block, Item

_DEFAULT_FORMATS = {
    "integer": "integer", "decimal": "number", "double": "number", "date": "date",
    "timestamp": "date", "boolean": "text",
}  # fmt: skip
_KEEPS_FORMAT = frozenset(
    {"sum", "avg", "mean", "min", "max", "median", "quantile_cont", "percentile_cont", "abs",
     "quantile_disc", "stddev", "coalesce", "round", "lag", "lead", "first_value", "last_value"}
)  # fmt: skip


def describe(block: Block, item: Item, index: int) -> OutputInfo:
    """The facts about one output of `block`."""
    expr = item.expression
    info = OutputInfo(
        shown=item.shown, name=f"column_{index + 1}", type=expr.type,
        repeated=repeats_in_groups(block.scope.bindings, block.group, expr),
        role="metric" if has_aggregate(expr) else "value",
        label=to_label(item.shown), format=_DEFAULT_FORMATS.get(expr.type.kind, "text"), grain="",
    )  # fmt: skip
    if item.metric is not None:
        info.name, info.role, info.format = item.metric.name, "metric", item.metric.format
        info.label = item.metric.label
        return info
    if isinstance(expr, t.Column):
        _describe_column(block, expr, info)
    elif isinstance(expr, t.Apply) and expr.function.name == "date_trunc":
        _describe_period(block, expr, info)
    elif isinstance(expr, (t.Aggregate, t.Windowed, t.Apply)):
        _describe_call(block, expr, info)
    elif expr.type.kind in ("text", "boolean") and not has_aggregate(expr):
        info.role = "dimension"
    return info


def to_label(name: str) -> str:
    """A name as a person reads it.

    >>> to_label("win_rate")
    'Win rate'
    """
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _describe_column(block: Block, expr: t.Column, info: OutputInfo) -> None:
    info.name = expr.name
    inner = _inner_output(block, expr)
    if inner is not None:
        info.role, info.format, info.grain = inner.role, inner.format, inner.grain
        info.origin, info.label = inner.origin, inner.label
        return
    dimension = _dimension(block, expr)
    if dimension is None:
        return
    info.origin = (dimension.model, dimension.name)
    info.format = dimension.format
    numeric = dimension.kind == "number"
    info.role = "time" if dimension.kind == "time" else "value" if numeric else "dimension"
    if block.grouped and numeric:
        info.role = "dimension"
    info.grain = "day" if dimension.kind == "time" else ""
    info.label = dimension.label


def _describe_period(block: Block, expr: t.Apply, info: OutputInfo) -> None:
    unit, operand = expr.args
    info.grain = str(unit.value) if isinstance(unit, t.Constant) else ""
    info.role, info.format = "time", "date"
    if isinstance(operand, t.Column):
        info.name = f"{operand.name}_{info.grain}"
        dimension = _dimension(block, operand)
        if dimension is not None:
            info.label = f"{dimension.label} ({info.grain.replace('_', ' ')})"


def _describe_call(
    block: Block, expr: t.Aggregate | t.Windowed | t.Apply, info: OutputInfo
) -> None:
    function = expr.inner.function if isinstance(expr, t.Windowed) else expr.function
    columns = columns_of(expr)
    if len({(c.source, c.name) for c in columns}) == 1:
        info.name = f"{function.name}_{columns[0].name}"
        origin = _dimension(block, columns[0]) or _inner_output(block, columns[0])
        if origin is not None and function.name in _KEEPS_FORMAT and expr.type.is_numeric:
            info.format = origin.format
        if origin is not None and info.shown == function.name:
            info.label = f"{to_label(function.name)} of {origin.label}"
    elif not columns:
        info.name = function.name
    if function.category == "scalar" and expr.type.kind == "text":
        info.role = "dimension"
    if function.name == "fiscal_year":
        # The number of a fiscal year is a name: nobody adds it up or writes it as 2,024.
        info.role, info.format, info.grain = "dimension", "text", function.name
    if isinstance(expr, t.Windowed) and any(isinstance(p, t.Aggregate) for p in walk(expr)):
        info.role = "metric"


def _dimension(block: Block, expr: t.Column) -> Dimension | None:
    for binding in block.scope.bindings:
        if binding.id == expr.source:
            if isinstance(binding, ModelBinding):
                return binding.columns[expr.name].dimension
            if isinstance(binding, SpanBinding):
                return binding.columns[expr.name]
    return None


def _inner_output(block: Block, expr: t.Column) -> OutputInfo | None:
    for binding in block.scope.bindings:
        if binding.id == expr.source and isinstance(binding, QueryBinding):
            return next((o for o in binding.outputs if o.name == expr.name), None)
    return None


def shown_name(node: s.Expression, index: int) -> str:
    """What a column without an alias is called."""
    match node:
        case s.Name():
            return node.parts[-1]
        case s.Call(name="measure" | "agg", args=(s.Name() as metric, *_)):
            return metric.parts[-1]
        case s.Call():
            return node.name
        case s.Cast() if isinstance(node.operand, s.Name):
            return node.operand.parts[-1]
        case _:
            return f"column_{index + 1}"
