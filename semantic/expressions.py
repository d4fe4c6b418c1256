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
from typing import Protocol

from semantic import syntax as s
from semantic import typed as t
from semantic.functions import (
    DATE_PARTS, FUNCTIONS, GRAINS, ArgumentKind, Function, accepts, result_type, widest,
)  # fmt: skip
from semantic.issues import suggest
from semantic.rewrite import has_aggregate
from semantic.scope import Context
from semantic.types import (
    BOOLEAN, DATE, DOUBLE, INTEGER, NULL, TEXT, TIMESTAMP, DataType,
)  # fmt: skip

NOTHING = t.Constant(NULL, None)
_FORMAT_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%-/.,: "
)


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

    def _literal(self, node: s.Literal_) -> t.Expr:
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
        if isinstance(operand, (t.Constant, t.Bound)) and isinstance(operand.value, (int, Decimal, float)):
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
        operand = self._as_time(self.resolve(node.left))
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
            right = self._as_time(right, node)
        elif right.type.is_time:
            left = self._as_time(left, node)
        if widest((left.type, right.type)) is None:
            message = f"{_kind(left.type)} cannot be compared with {_kind(right.type)}."
            self.refuse("type-mismatch", message, node)
        return left, right

    def _as_time(self, expr: t.Expr, node: s.Node | None = None) -> t.Expr:
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

    def _case(self, node: s.Case) -> t.Expr:
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
            found = self._as_time(operand, node)
            return found if found.type == node.type else t.Conversion(node.type, found)
        safe = node.safe or operand.type.kind == "text"
        # Text that does not convert becomes NULL instead of an engine error with the text in it.
        return t.Conversion(node.type, operand, safe)

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
        if node.name in ("measure", "agg"):
            return self._measure(node)
        if node.over is not None:
            return self._windowed(node)
        if node.name == "as_of" and not node.args:
            return t.AsOf()
        if node.name == "if" and len(node.args) == 3:
            branch = ((node.args[0], node.args[1]),)
            return self._case(s.Case(None, branch, node.args[2], place=node.place))
        function = self._function(node)
        if function is None:
            return NOTHING
        if function.category == "window":
            return self.refuse("window-needs-over", f"{node.name}() needs OVER (...).", node)
        if function.category == "aggregate":
            return self._aggregate(node, function)
        if node.distinct or node.filter is not None or node.order_by:
            message = "DISTINCT, FILTER and ORDER BY decorate aggregates only."
            return self.refuse("forbidden-syntax", message, node)
        args = self._arguments(node, function, node.args)
        types = tuple(arg.type for arg in args)
        if function.returns == "widest" and widest(types) is None:
            return self.refuse("type-mismatch", f"{node.name}() takes values of one type.", node)
        return t.Apply(result_type(function, types), function, args)

    def _measure(self, node: s.Call) -> t.Expr:
        if node.over or node.filter or node.distinct or node.order_by or len(node.args) != 1:
            message = "MEASURE takes one metric and no DISTINCT, FILTER, ORDER BY or OVER."
            return self.refuse("bad-measure", message, node)
        if not self.aggregates:
            message = "MEASURE stands only in the select list, HAVING, QUALIFY and ORDER BY."
            return self.refuse("bad-measure", message, node, "Not inside WHERE or an aggregate.")
        return self.names.measure(node)

    def _function(self, node: s.Call) -> Function | None:
        function = FUNCTIONS.get(node.name)
        if function is None:
            near = suggest(node.name, FUNCTIONS)
            self.refuse("unknown-function", f"{_shown(node.name)} is not a known function.", node,
                        suggestions=near)  # fmt: skip
            return None
        most = None if function.variadic else len(function.args)
        least = len(function.args) - function.optional
        count = len(node.args) + (len(node.order_by) if _within_group(node) else 0)
        if count < least or (most is not None and count > most):
            if not (function.name == "count" and count == 0):
                takes = str(least) if least == most else f"{least} to {most or 'many'}"
                message = f"{node.name}() takes {takes} arguments, not {count}."
                self.refuse("bad-arguments", message, node)
                return None
        return function

    def _arguments(
        self, node: s.Call, function: Function, given: tuple[s.Expression, ...]
    ) -> tuple[t.Expr, ...]:
        kinds = function.args + (function.args[-1:] * (len(given) - len(function.args)))
        return tuple(
            self._one_argument(node, arg, kind) for arg, kind in zip(given, kinds, strict=False)
        )

    def _one_argument(self, node: s.Call, arg: s.Expression, kind: ArgumentKind) -> t.Expr:
        if kind in _CONSTANT_RULES:
            sign, inner = 1, arg
            if isinstance(arg, s.Unary) and arg.op == "-":
                sign, inner = -1, arg.operand
            value = inner.value if isinstance(inner, s.Literal_) else None
            if sign < 0:
                value = -value if isinstance(value, (int, float, Decimal)) else None
            allowed, what = _CONSTANT_RULES[kind]
            if not allowed(value):
                return self.refuse("bad-arguments", f"{node.name}() takes {what} here.", arg)
            structural = kind in ("unit", "part", "small_constant", "fraction_constant")
            if structural or self.trusted:  # from a closed set: printed, not bound
                return t.Constant(_type_of(value), value.lower() if kind in ("unit", "part") else value)  # type: ignore[union-attr]
            return t.Bound(TEXT, value)
        found = self.resolve(arg)
        if kind == "time":
            found = self._as_time(found, arg)
        if not accepts(kind, found.type):
            message = f"{node.name}() takes {_WANTED[kind]} here, not {_kind(found.type).lower()}."
            return self.refuse("type-mismatch", message, arg)
        return found

    def _aggregate(self, node: s.Call, function: Function) -> t.Expr:
        if not self.aggregates:
            message = f"{node.name}() aggregates rows and cannot stand here."
            hint = "Filter groups with HAVING; do not nest aggregates."
            return self.refuse("misplaced-aggregate", message, node, hint)
        inner = Resolver(self.context, self.names, self.trusted)
        args, given = (), node.args
        if _within_group(node):
            given = (node.order_by[0].expression, *node.args)
        star = len(given) == 1 and isinstance(given[0], s.Star) and not given[0].excluded
        if not (function.name == "count" and (star or not given)):
            args = inner._arguments(node, function, given)
        if node.distinct and not (function.distinct and args):
            return self.refuse("forbidden-syntax", f"{node.name}() takes no DISTINCT.", node)
        filter_ = inner.condition(node.filter) if node.filter is not None else None
        order = () if _within_group(node) else tuple(inner.order(item) for item in node.order_by)
        if order and function.name not in ("string_agg",):
            return self.refuse("forbidden-syntax", f"{node.name}() takes no ORDER BY.", node)
        type_ = result_type(function, tuple(arg.type for arg in args))
        found = t.Aggregate(type_, function, args, node.distinct, filter_, order)
        self.names.check_aggregate(node, found)
        return found

    def order(self, item: s.OrderItem) -> t.Order:
        """One typed item of an ORDER BY inside a call or a window."""
        return t.Order(self.resolve(item.expression), item.descending, item.nulls_first)

    def _windowed(self, node: s.Call) -> t.Expr:
        if not self.windows:
            hint = "Compute it in a subquery, or filter with QUALIFY."
            return self.refuse("misplaced-window", "A window cannot stand here.", node, hint)
        function = self._function(node)
        over = node.over
        if function is None or over is None:
            return NOTHING
        if function.category == "scalar" or node.distinct or node.order_by:
            message = "OVER decorates aggregates and window functions, without DISTINCT."
            return self.refuse("forbidden-syntax", message, node)
        inner = Resolver(self.context, self.names, self.trusted, self.aggregates)
        given = node.args
        if len(given) == 1 and isinstance(given[0], s.Star) and function.name == "count":
            given = ()
        args = inner._arguments(node, function, given)
        filter_ = inner.condition(node.filter) if node.filter is not None else None
        type_ = result_type(function, tuple(arg.type for arg in args))
        if function.category == "aggregate":
            call: t.Aggregate | t.Apply = t.Aggregate(type_, function, args, filter=filter_)
            if isinstance(call, t.Aggregate) and not any(has_aggregate(arg) for arg in args):
                self.names.check_aggregate(node, call)
        else:
            call = t.Apply(type_, function, args)
        partition = tuple(inner.resolve(part) for part in over.partition_by)
        order = tuple(inner.order(item) for item in over.order_by)
        frame = over.frame and t.Frame(over.frame.kind, over.frame.start, over.frame.end)
        return t.Windowed(type_, call, partition, order, frame)


def _within_group(node: s.Call) -> bool:
    return node.name == "percentile_cont" and len(node.args) == 1 and len(node.order_by) == 1


def _as_text(expr: t.Expr) -> t.Expr:
    return expr if expr.type.kind in ("text", "null") else t.Conversion(TEXT, expr)


def _arithmetic_type(op: str, left: DataType, right: DataType) -> DataType:
    if op == "/" or "double" in (left.kind, right.kind):
        return DOUBLE
    if "decimal" in (left.kind, right.kind):
        scale = left.scale + right.scale if op == "*" else max(left.scale, right.scale)
        return DataType("decimal", 38, scale)
    return INTEGER


def _type_of(value: object) -> DataType:
    if isinstance(value, str):
        return TEXT
    return INTEGER if isinstance(value, int) else DOUBLE


def _shown(name: str) -> str:
    """A name for a message: the asker's own word, cut, only if it is a plain one."""
    return f"'{name[:40]}'" if name.isidentifier() else "This"


def _kind(type_: DataType) -> str:
    return {
        "text": "Text", "integer": "A number", "decimal": "A number", "double": "A number",
        "boolean": "A condition", "date": "A date", "timestamp": "A time", "map": "A map",
        "interval": "An interval", "null": "Nothing",
    }[type_.kind]  # fmt: skip


_WANTED = {
    "any": "a value", "text": "a text", "number": "a number", "integer": "a whole number",
    "boolean": "a condition", "time": "a date",
}  # fmt: skip

_CONSTANT_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "unit": (
        lambda v: isinstance(v, str) and v.lower() in GRAINS,
        "a unit in quotes: " + ", ".join(GRAINS),
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
        lambda v: isinstance(v, str) and 0 < len(v) <= 40 and set(v) <= _FORMAT_CHARACTERS,
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

_HANDLERS: dict[type[s.Node], Callable[[Resolver, object], t.Expr]] = {  # type: ignore[assignment]
    s.Name: Resolver._name,
    s.Literal_: Resolver._literal,
    s.ArgumentRef: Resolver._argument,
    s.Star: Resolver._star,
    s.Unary: Resolver._unary,
    s.Binary: Resolver._binary,
    s.Logic: Resolver._logic,
    s.In: Resolver._in,
    s.Between: Resolver._between,
    s.Is: Resolver._is,
    s.Case: Resolver._case,
    s.Cast: Resolver._cast,
    s.Interval: Resolver._interval,
    s.Call: Resolver._call,
    s.ScalarQuery: Resolver._scalar_query,
    s.Exists: Resolver._exists,
}
