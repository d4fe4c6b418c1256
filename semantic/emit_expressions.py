"""Expressions of our typed query to engine text.

Called by `emit`, which adds the queries around them. Every word comes from the catalog,
from the function table or from this file. Invariant: an asker's value becomes `$n`, and
equal values share a number, so that equal expressions stay equal for the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from semantic import typed as t
from semantic.calendar import CalendarSql
from semantic.compiled import AS_OF, Argument, Parameter
from semantic.definitions import Relationship
from semantic.sql_text import indent, literal, quote
from semantic.types import BOOLEAN

_PRECEDENCE = {
    "or": 1, "and": 2, "not": 3, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "like": 4,
    "ilike": 4, "between": 4, "is distinct from": 4, "is not distinct from": 4, "||": 5, "+": 6,
    "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "negate": 8,
}  # fmt: skip
_ATOM = 9


@dataclass(slots=True)
class ExpressionEmitter:
    """Prints expressions and gathers their parameters."""

    calendar: CalendarSql
    clock: str = ""
    """Text for as_of() where there are no parameters (views); empty: a parameter."""
    parameters: list[Parameter] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    _numbers: dict[tuple[str, object], int] = field(default_factory=dict)
    _aliases: dict[int, str] = field(default_factory=dict)
    _local: frozenset[int] = frozenset()
    _ctes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _qualify: bool = False
    _table: str = ""
    _paths: dict[tuple[Relationship, ...], str] = field(default_factory=dict)
    """The alias of every neighbour of the model source being printed."""

    # ------------------------------------------------------------ expressions

    def expr(self, expr: t.Expr, around: int = 0) -> str:
        """The text of an expression, bracketed where it binds weaker than `around`."""
        printer: Callable[[ExpressionEmitter, Any, int], str] = _PRINTERS[type(expr)]
        return printer(self, expr, around)

    def query(self, query: t.Query, nested: bool = False) -> str:
        """The text of a query inside an expression; `emit` knows how."""
        raise TypeError("the ground floor prints no queries")

    # ------------------------------------------------------------ leaves

    def _constant(self, expr: t.Constant, around: int) -> str:
        return literal(expr.value)

    def _bound_value(self, expr: t.Bound, around: int) -> str:
        return self._parameter(expr.type.kind, expr.value)

    def _argument(self, expr: t.ArgumentValue, around: int) -> str:
        return self._parameter("argument", Argument(expr.name))

    def _as_of(self, expr: t.AsOf, around: int) -> str:
        return self.clock or self._parameter("as_of", AS_OF)

    def _field(self, expr: t.Field, around: int) -> str:
        return (f"{quote(self._table)}." if self._table else "") + quote(expr.column)

    def _column(self, expr: t.Column, around: int) -> str:
        if self._qualify or expr.source not in self._local:
            return f"{quote(self._aliases[expr.source])}.{quote(expr.name)}"
        return quote(expr.name)

    # ------------------------------------------------------------ operators

    def _conversion(self, expr: t.Conversion, around: int) -> str:
        word = "TRY_CAST" if expr.safe else "CAST"
        return f"{word}({self.expr(expr.operand)} AS {expr.type.to_sql()})"

    def _shift(self, expr: t.Shift, around: int) -> str:
        return self.calendar.shift(expr, self.expr(expr.operand, 6))

    def _member(self, expr: t.Membership, around: int) -> str:
        return self._bracket(self._membership(expr), 4, around)

    def _test(self, expr: t.Test, around: int) -> str:
        word = _TRUTH[expr.value]
        return self._bracket(f"{self.expr(expr.operand, 5)} IS {word}", 4, around)

    def _subselect(self, expr: t.Subselect, around: int) -> str:
        return f"(\n{indent(self.query(expr.query, nested=True))}\n)"

    def _existence(self, expr: t.Existence, around: int) -> str:
        return f"EXISTS (\n{indent(self.query(expr.query, nested=True))}\n)"

    def _bracket(self, text: str, precedence: int, around: int) -> str:
        return f"({text})" if precedence < around else text

    def _operation(self, expr: t.Operation, around: int) -> str:
        op, operands = expr.op, expr.operands
        mine = _PRECEDENCE[op]
        if op in ("and", "or"):
            text = f" {op.upper()} ".join(self.expr(part, mine + 1) for part in operands)
        elif op == "not":
            text = self._negated(operands[0])
        elif op == "negate":
            text = f"-{self.expr(operands[0], _ATOM)}"
        elif op == "between":
            value, low, high = (self.expr(part, mine + 1) for part in operands)
            text = f"{value} BETWEEN {low} AND {high}"
        else:
            # Comparisons do not chain in DuckDB: a = b = c is a syntax error.
            left = self.expr(operands[0], mine + 1 if mine == _PRECEDENCE["="] else mine)
            text = f"{left} {op.upper()} {self._right(op, operands[1], mine + 1)}"
        return self._bracket(text, mine, around)

    def _negated(self, operand: t.Expr) -> str:
        if isinstance(operand, t.Test):
            return f"{self.expr(operand.operand, 5)} IS NOT {_TRUTH[operand.value]}"
        if isinstance(operand, t.Membership):
            return self._membership(operand, "NOT ")
        if isinstance(operand, t.Operation) and operand.op in ("like", "ilike"):
            left, right = (self.expr(part, 5) for part in operand.operands)
            return f"{left} NOT {operand.op.upper()} {right}"
        return f"NOT {self.expr(operand, 4)}"

    def _right(self, op: str, operand: t.Expr, around: int) -> str:
        """The right operand; a divisor that may be zero becomes NULL instead."""
        known = isinstance(operand, t.Constant) and operand.value
        if op in ("/", "//", "%") and not known:
            return f"nullif({self.expr(operand)}, 0)"
        return self.expr(operand, around)

    def _membership(self, expr: t.Membership, negation: str = "") -> str:
        left = self.expr(expr.operand, 5)
        if expr.query is not None:
            inner = indent(self.query(expr.query, nested=True))
            return f"{left} {negation}IN (\n{inner}\n)"
        return f"{left} {negation}IN ({', '.join(self.expr(item) for item in expr.items)})"

    def _apply(self, expr: t.Apply, around: int) -> str:
        args = [self.expr(arg) for arg in expr.args]
        special = self.calendar.call(expr, args)
        if special is not None:
            return special
        return expr.function.template.replace("{*}", "{all}").format(*args, all=", ".join(args))

    def _aggregate(self, expr: t.Aggregate, around: int) -> str:
        distinct = "DISTINCT " if expr.distinct else ""
        if expr.function.name == "count_if":
            condition = (
                expr.args[0]
                if expr.filter is None
                else t.Operation(BOOLEAN, "and", (*expr.args, expr.filter))
            )
            return f"count(*) FILTER (WHERE {self.expr(condition)})"
        args = [self.expr(arg) for arg in expr.args]
        listed = distinct + (", ".join(args) or "*")
        if expr.order:
            listed += " ORDER BY " + ", ".join(
                self.expr(o.expression) + (" DESC" if o.descending else "") for o in expr.order
            )
        text = expr.function.template.replace("{*}", "{all}").format(*args, all=listed)
        if expr.filter is not None:
            text += f" FILTER (WHERE {self.expr(expr.filter)})"
        return text

    def _windowed(self, expr: t.Windowed, around: int) -> str:
        parts = []
        if expr.partition:
            parts.append("PARTITION BY " + ", ".join(self.expr(p) for p in expr.partition))
        if expr.order:
            items = (
                self.expr(o.expression)
                + (" DESC" if o.descending else "")
                + (" NULLS FIRST" if o.nulls_first else " NULLS LAST")
                for o in expr.order
            )
            parts.append("ORDER BY " + ", ".join(items))
        if expr.frame is not None:
            start, end = _bound(expr.frame.start, "PRECEDING"), _bound(expr.frame.end, "FOLLOWING")
            parts.append(f"{expr.frame.kind.upper()} BETWEEN {start} AND {end}")
        return f"{self.expr(expr.inner)} OVER ({' '.join(parts)})"

    def _choice(self, expr: t.Choice, around: int) -> str:
        whens = "".join(
            f" WHEN {self.expr(condition)} THEN {self.expr(value)}"
            for condition, value in expr.whens
        )
        default = f" ELSE {self.expr(expr.default)}" if expr.default is not None else ""
        return f"CASE{whens}{default} END"

    def _parameter(self, kind: str, value: Parameter) -> str:
        """`$n`; equal values share a number, so that equal expressions stay equal."""
        key = (kind, value if not isinstance(value, float) else repr(value))
        number = self._numbers.get(key)
        if number is None:
            self.parameters.append(value)
            number = self._numbers[key] = len(self.parameters)
        return f"${number}"


def _bound(value: int | None, unbounded: str) -> str:
    if value is None:
        return f"UNBOUNDED {unbounded}"
    if value == 0:
        return "CURRENT ROW"
    return f"{abs(value)} {'PRECEDING' if value < 0 else 'FOLLOWING'}"


_TRUTH = {None: "NULL", True: "TRUE", False: "FALSE"}

_PRINTERS: dict[type[t.Expr], Callable[[ExpressionEmitter, Any, int], str]] = {
    t.Constant: ExpressionEmitter._constant,
    t.Bound: ExpressionEmitter._bound_value,
    t.ArgumentValue: ExpressionEmitter._argument,
    t.AsOf: ExpressionEmitter._as_of,
    t.Field: ExpressionEmitter._field,
    t.Column: ExpressionEmitter._column,
    t.Operation: ExpressionEmitter._operation,
    t.Apply: ExpressionEmitter._apply,
    t.Aggregate: ExpressionEmitter._aggregate,
    t.Windowed: ExpressionEmitter._windowed,
    t.Choice: ExpressionEmitter._choice,
    t.Conversion: ExpressionEmitter._conversion,
    t.Shift: ExpressionEmitter._shift,
    t.Membership: ExpressionEmitter._member,
    t.Test: ExpressionEmitter._test,
    t.Subselect: ExpressionEmitter._subselect,
    t.Existence: ExpressionEmitter._existence,
}
"""A metric over time has no printer: `series` has replaced it."""
