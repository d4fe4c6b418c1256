"""Parts: relations that hold values at the group keys of a block, and the rows they come from.

Called by `series` and `over_time`. Invariant: every part of a block has the same keys under
the same names, so parts can be stacked and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semantic import typed as t
from semantic.compiled import ResultColumn
from semantic.functions import FUNCTIONS
from semantic.rewrite import children, transform
from semantic.scope import AnyBinding, Context, ModelBinding, SpanBinding
from semantic.types import DATE, INTEGER, DataType


@dataclass(frozen=True, slots=True)
class Key:
    """A group key of the block: our name for it and its expression over the block's source."""

    name: str
    expression: t.Expr


@dataclass(frozen=True, slots=True)
class Value:
    """A value column of a part; `zero` where nothing means 0 (counts)."""

    name: str
    type: DataType
    zero: bool = False

    def over(self, source: int) -> t.Expr:
        """The value as an expression over a source of the part."""
        column = t.Column(self.type, source, self.name)
        if not self.zero:
            return column
        return t.Apply(self.type, FUNCTIONS["coalesce"], (column, t.Constant(INTEGER, 0)))


@dataclass(slots=True)
class Values:
    """One relation with the group keys and a column per wanted value, and what it stands on."""

    cte: str
    ctes: list[t.Cte]
    columns: dict[t.Expr, Value]


@dataclass(slots=True)
class Rows:
    """The rows of one model, with the block's expressions carried over to them."""

    context: Context
    outer: AnyBinding
    binding: ModelBinding

    def move(self, expr: t.Expr) -> t.Expr:
        """`expr` of the block, over these rows."""
        return transform(expr, self._column)

    def _column(self, expr: t.Expr) -> t.Expr | None:
        if not isinstance(expr, t.Column) or expr.source != self.outer.id:
            return None
        if isinstance(self.outer, SpanBinding):
            return self.outer.in_model(self.context, expr.name, self.binding)
        if isinstance(self.outer, ModelBinding):
            column = self.outer.columns[expr.name]
            return self.binding.column(self.context, column.dimension, column.path)
        return None

    def day(self) -> t.Expr:
        """The model's time as a date."""
        model = self.binding.model
        column = self.binding.column(self.context, model.dimensions[model.time or ""])
        return column if column.type == DATE else t.Conversion(DATE, column)


def output(name: str, expression: t.Expr) -> t.Output:
    """An output of an inner block, which nobody outside sees."""
    return t.Output(name, expression, ResultColumn(name, name, expression.type, "value", ""))


def aggregated(expr: t.Expr) -> Iterator[t.Aggregate | t.MetricValue]:
    """The aggregates of a grouped block; a window's own aggregate runs over the groups."""
    if isinstance(expr, (t.Aggregate, t.MetricValue)):
        yield expr
        return
    parts = children(expr)
    if isinstance(expr, t.Windowed):
        parts = (*children(expr.inner), *parts[1:])
    for part in parts:
        yield from aggregated(part)
