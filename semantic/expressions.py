"""One expression of the allowed tree to one typed expression: names bound, kinds checked.

Called by `resolve` for queries and by `catalog` for the expressions of a model file.
Invariant: an expression that comes out has a type, calls only functions of the table with
arguments of the declared kinds, and holds asker's values only as `Bound`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from semantic import syntax as s
from semantic import typed as t
from semantic.calls import NOTHING, kind_of, resolve_call
from semantic.functions import convertible, widest
from semantic.scope import Context
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, NULL, TEXT, TIMESTAMP, DataType


class Names(Protocol):
    """What the resolver asks of its surroundings."""

    def look_up(self, name: s.Name) -> t.Expr:
        """The expression a name stands for; refuses and returns NOTHING when there is none."""

    def measure(self, call: s.Call) -> t.Expr:
        """The governed expression of MEASURE(metric)."""

    def subquery(self, query: s.Query) -> t.Query | None:
        """A nested query, resolved inside this block."""

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Refuses an aggregate over rows that a join repeats."""


@dataclass(slots=True)
class Resolver:
    """Resolves expressions of one block."""

    context: Context
    names: Names
    trusted: bool = False
    """True for expressions of the model file: their values are constants of the author."""
    aggregates: bool = False
    """True where aggregates may stand (select list, HAVING, QUALIFY, ORDER BY)."""
    windows: bool = False

    # ------------------------------------------------------------ dispatch

    def resolve(self, node: s.Expression) -> t.Expr:
        """The typed expression; issues go to the context."""
        if not self.context.spend(node):
            return NOTHING
        handler = _HANDLERS[type(node)]
        return handler(self, node)

    def condition(self, node: s.Expression) -> t.Expr:
        """The typed expression, refused unless it is boolean."""
        found = self.resolve(node)
        if found.type.kind not in ("boolean", "null"):
            self.refuse("type-mismatch", "A condition (true or false) is expected here.", node)
        return found

    def refuse(
        self, code: str, message: str, node: s.Node | None, hint: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> t.Expr:  # fmt: skip
        """Record an issue; returns a stand-in of no type, which mixes with everything."""
        self.context.refuse(code, message, node, hint, suggestions)
        return NOTHING

    def value(self, type_: DataType, value: str | float | Decimal | date | None) -> t.Expr:
        """A constant of the author, or a bound value of the asker."""
        return t.Constant(type_, value) if self.trusted else t.Bound(type_, value)

    # ------------------------------------------------------------ leaves

    def _name(self, node: s.Name) -> t.Expr:
        return self.names.look_up(node)

    def _literal(self, node: s.Constant) -> t.Expr:
        match node.value:
            case None:
                return NOTHING
            case bool():
                return t.Constant(BOOLEAN, node.value)
            case int():
                return self.value(INTEGER, node.value)
            case Decimal():
                scale = max(0, -int(node.value.as_tuple().exponent))
                return self.value(DataType("decimal", 38, scale), node.value)
            case float():
                return self.value(DOUBLE, node.value)
            case str():
                return self.value(TEXT, node.value)

    def _argument(self, node: s.ArgumentRef) -> t.Expr:
        type_ = self.context.arguments.get(node.name)
        if type_ is None:
            return self.refuse("unknown-argument", "This '$' parameter is not declared.", node)
        return t.ArgumentValue(type_, node.name)

    def _star(self, node: s.Star) -> t.Expr:
        message = "'*' stands only in count(*) and as an item of a select list."
        return self.refuse("forbidden-syntax", message, node)

    # ------------------------------------------------------------ operators

    def _unary(self, node: s.Unary) -> t.Expr:
        if node.op == "not":
            return t.Operation(BOOLEAN, "not", (self.condition(node.operand),))
        operand = self.resolve(node.operand)
        if isinstance(operand, (t.Constant, t.Bound)) and isinstance(
            operand.value, (int, Decimal, float)
        ):
            return type(operand)(operand.type, -operand.value)
        if not operand.type.is_numeric and operand.type != NULL:
            return self.refuse("type-mismatch", "Only a number can be negated.", node)
        return t.Operation(operand.type, "negate", (operand,))

    def _logic(self, node: s.Logic) -> t.Expr:
        return t.Operation(BOOLEAN, node.op, tuple(self.condition(part) for part in node.operands))

    def _binary(self, node: s.Binary) -> t.Expr:
        if node.op in ("+", "-") and isinstance(node.right, s.Interval):
            return self._shift(node, node.right)
        left, right = self.resolve(node.left), self.resolve(node.right)
        if node.op in ("like", "ilike"):
            return self._texts(node, left, right, BOOLEAN)
        if node.op == "||":
            return t.Operation(TEXT, "||", (_as_text(left), _as_text(right)))
        if node.op in ("+", "-", "*", "/", "//", "%"):
            return self._arithmetic(node, left, right)
        left, right = self.comparable(node, left, right)
        return t.Operation(BOOLEAN, node.op, (left, right))

    def _texts(self, node: s.Binary, left: t.Expr, right: t.Expr, type_: DataType) -> t.Expr:
        if {left.type.kind, right.type.kind} - {"text", "null"}:
            return self.refuse("type-mismatch", f"{node.op.upper()} compares texts.", node)
        return t.Operation(type_, node.op, (left, right))

    def _shift(self, node: s.Binary, interval: s.Interval) -> t.Expr:
        operand = self.as_time(self.resolve(node.left))
        if not operand.type.is_time:
            return self.refuse("type-mismatch", "An interval is added to a date.", node)
        if operand.type == DATE and interval.unit in ("hour", "minute", "second"):
            return self.refuse("type-mismatch", "A date moves by days or longer units.", node)
        amount = interval.amount if node.op == "+" else -interval.amount
        return t.Shift(operand.type, operand, amount, interval.unit)

    def _interval(self, node: s.Interval) -> t.Expr:
        message = "An interval stands only after a date and + or -."
        return self.refuse("forbidden-syntax", message, node)

    def _arithmetic(self, node: s.Binary, left: t.Expr, right: t.Expr) -> t.Expr:
        kinds = (left.type.kind, right.type.kind)
        if node.op in ("+", "-") and kinds == ("date", "integer"):
            return t.Operation(DATE, node.op, (left, right))
        if node.op == "-" and kinds == ("date", "date"):
            return t.Operation(INTEGER, "-", (left, right))
        if any(not type_.is_numeric and type_ != NULL for type_ in (left.type, right.type)):
            hint = "date_diff('day', a, b) counts the days between two dates."
            hint = hint if left.type.is_time or right.type.is_time else ""
            return self.refuse("type-mismatch", f"'{node.op}' takes two numbers.", node, hint)
        return t.Operation(_arithmetic_type(node.op, left.type, right.type), node.op, (left, right))

    def comparable(self, node: s.Node, left: t.Expr, right: t.Expr) -> tuple[t.Expr, t.Expr]:
        """Both sides in one type: text constants beside dates become dates."""
        if left.type.is_time:
            right = self.as_time(right, node)
        elif right.type.is_time:
            left = self.as_time(left, node)
        if widest((left.type, right.type)) is None:
            message = f"{kind_of(left.type)} cannot be compared with {kind_of(right.type)}."
            self.refuse("type-mismatch", message, node)
        return left, right

    def as_time(self, expr: t.Expr, node: s.Node | None = None) -> t.Expr:
        """A text constant read as a date or timestamp; anything else as it is."""
        if not isinstance(expr, (t.Constant, t.Bound)) or not isinstance(expr.value, str):
            return expr
        text = expr.value.strip()
        try:
            return self.value(DATE, date.fromisoformat(text))
        except ValueError:
            pass
        try:
            return self.value(TIMESTAMP, datetime.fromisoformat(text).replace(tzinfo=None))
        except ValueError:
            return self.refuse("bad-date", "A date is written 'YYYY-MM-DD'.", node)

    def _in(self, node: s.In) -> t.Expr:
        operand = self.resolve(node.operand)
        if node.query is not None:
            query = self.names.subquery(node.query)
            if query is None:
                return NOTHING
            if len(query.outputs) != 1:
                return self.refuse("bad-subquery", "IN takes a query of one column.", node)
            if widest((operand.type, query.outputs[0].expression.type)) is None:
                return self.refuse("type-mismatch", "IN compares values of one type.", node)
            return t.Membership(operand, query=query)
        items = []
        for item in node.items:
            operand, converted = self.comparable(item, operand, self.resolve(item))
            items.append(converted)
        return t.Membership(operand, tuple(items))

    def _between(self, node: s.Between) -> t.Expr:
        operand = self.resolve(node.operand)
        operand, low = self.comparable(node, operand, self.resolve(node.low))
        operand, high = self.comparable(node, operand, self.resolve(node.high))
        return t.Operation(BOOLEAN, "between", (operand, low, high))

    def _is(self, node: s.Is) -> t.Expr:
        operand = self.resolve(node.operand)
        if node.value is not None and operand.type.kind not in ("boolean", "null"):
            return self.refuse("type-mismatch", "IS TRUE and IS FALSE test a condition.", node)
        return t.Test(operand, node.value)

    def case(self, node: s.Case) -> t.Expr:
        """The typed CASE; every branch has one type."""
        whens = []
        for condition, value in node.whens:
            if node.operand is not None:
                test = s.Binary("=", node.operand, condition, place=node.place)
                whens.append((self.resolve(test), self.resolve(value)))
            else:
                whens.append((self.condition(condition), self.resolve(value)))
        default = self.resolve(node.default) if node.default is not None else None
        values = [value for _, value in whens] + ([default] if default is not None else [])
        type_ = widest(tuple(value.type for value in values))
        if type_ is None:
            return self.refuse("type-mismatch", "The branches of CASE have different types.", node)
        return t.Choice(type_, tuple(whens), default)

    def _cast(self, node: s.Cast) -> t.Expr:
        operand = self.resolve(node.operand)
        constant = isinstance(operand, (t.Constant, t.Bound)) and isinstance(operand.value, str)
        if node.type.is_time and constant:
            found = self.as_time(operand, node)
            return found if found.type == node.type else t.Conversion(node.type, found)
        if not convertible(operand.type, node.type):
            message = "A value of this kind cannot be converted to that type."
            return self.refuse("type-mismatch", message, node)
        return t.Conversion(node.type, operand, node.safe)

    # ------------------------------------------------------------ subqueries

    def _scalar_query(self, node: s.ScalarQuery) -> t.Expr:
        query = self.names.subquery(node.query)
        if query is None:
            return NOTHING
        if len(query.outputs) != 1:
            return self.refuse("bad-subquery", "A value is a query of one column.", node)
        return t.Subselect(query.outputs[0].expression.type, query)

    def _exists(self, node: s.Exists) -> t.Expr:
        query = self.names.subquery(node.query)
        return NOTHING if query is None else t.Existence(query)

    # ------------------------------------------------------------ calls

    def _call(self, node: s.Call) -> t.Expr:
        return resolve_call(self, node)

    def order(self, item: s.OrderItem) -> t.Order:
        """One typed item of an ORDER BY inside a call or a window."""
        return t.Order(self.resolve(item.expression), item.descending, item.nulls_first)


def _as_text(expr: t.Expr) -> t.Expr:
    return expr if expr.type.kind in ("text", "null") else t.Conversion(TEXT, expr)


def _arithmetic_type(op: str, left: DataType, right: DataType) -> DataType:
    if op == "/" or "double" in (left.kind, right.kind):
        return DOUBLE
    if "decimal" in (left.kind, right.kind):
        if op == "//":
            return DOUBLE  # the engine divides decimals as doubles
        scale = left.scale + right.scale if op == "*" else max(left.scale, right.scale)
        return DataType("decimal", 38, scale)
    return INTEGER


_HANDLERS: dict[type[s.Node], Callable[[Resolver, Any], t.Expr]] = {
    s.Name: Resolver._name,
    s.Constant: Resolver._literal,
    s.ArgumentRef: Resolver._argument,
    s.Star: Resolver._star,
    s.Unary: Resolver._unary,
    s.Binary: Resolver._binary,
    s.Logic: Resolver._logic,
    s.In: Resolver._in,
    s.Between: Resolver._between,
    s.Is: Resolver._is,
    s.Case: Resolver.case,
    s.Cast: Resolver._cast,
    s.Interval: Resolver._interval,
    s.Call: Resolver._call,
    s.ScalarQuery: Resolver._scalar_query,
    s.Exists: Resolver._exists,
}
