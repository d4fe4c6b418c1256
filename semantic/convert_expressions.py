"""sqlglot's expression nodes to ours, one handler per class.

Called by `convert_queries`. Invariant: a node class without a handler is an issue.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, cast

from sqlglot import exp

from semantic import syntax as s
from semantic.convert import Converter
from semantic.gate import split_call
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType

MAX_DEPTH = 60
MAX_LIST = 1_000
MAX_TEXT = 2_000

_COMPARISONS: Final[dict[type[exp.Expr], s.BinaryOp]] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%",
    exp.DPipe: "||", exp.NullSafeEQ: "is not distinct from", exp.NullSafeNEQ: "is distinct from",
}  # fmt: skip

_CAST_TYPES: Final[dict[str, DataType]] = {
    "VARCHAR": TEXT, "TEXT": TEXT, "CHAR": TEXT, "INT": INTEGER, "BIGINT": INTEGER,
    "SMALLINT": INTEGER, "TINYINT": INTEGER, "DOUBLE": DOUBLE, "FLOAT": DOUBLE, "BOOLEAN": BOOLEAN,
    "DATE": DATE, "TIMESTAMP": TIMESTAMP, "TIMESTAMPNTZ": TIMESTAMP, "DATETIME": TIMESTAMP,
}  # fmt: skip

_UNITS: Final = {
    name: unit
    for unit in ("day", "week", "month", "quarter", "year", "hour", "minute", "second")
    for name in (unit.upper(), f"{unit.upper()}S")
}


class ExpressionConverter(Converter):
    """Converts expressions; queries inside them are left to the class below."""

    _depth = 0

    def expression(self, node: exp.Expr) -> s.Expression:
        """The expression; a NULL stands in after an issue."""
        handler = _HANDLERS.get(type(node))
        if type(node) in _COMPARISONS:
            handler = ExpressionConverter._binary
        if handler is None:
            message = f"{_describe(node)} is not part of semantic SQL."
            self.refuse("forbidden-syntax", message, node)
            return s.Constant(None)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            if self._depth == MAX_DEPTH + 1:
                self.refuse("too-deep", "The expression is nested too deeply.", node)
            self._depth -= 1
            return s.Constant(None)
        found = handler(self, node)
        self._depth -= 1
        return found

    def _binary(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression", "typed", "safe")
        left, right = self.expression(node.this), self.expression(node.expression)
        return s.Binary(_COMPARISONS[type(node)], left, right, place=self.place(node))

    def _logic(self, node: exp.Expr) -> s.Expression:
        op: Literal["and", "or"] = "and" if isinstance(node, exp.And) else "or"
        operands: list[exp.Expr] = []
        waiting: list[exp.Expr] = [node]
        while waiting:  # left-deep chains of hundreds of terms are flattened without recursion
            current = waiting.pop()
            if type(current) is type(node):
                self.only(current, "this", "expression")
                waiting += [current.expression, current.this]
            else:
                operands.append(current)
        if len(operands) > MAX_LIST:
            self.refuse("too-long", f"At most {MAX_LIST} conditions are read.", node)
        return s.Logic(op, self.expressions(operands[:MAX_LIST]), place=self.place(node))

    def _paren(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        if isinstance(node.this, exp.Star) or isinstance(node.this.this, exp.Star):
            self.refuse("forbidden-syntax", "'*' stands alone in a select list.", node)
        return self.expression(node.this)

    def _not(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.Unary("not", self.expression(node.this), place=self.place(node))

    def _neg(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.Unary("-", self.expression(node.this), place=self.place(node))

    def _column(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "table", "db", "catalog")
        if isinstance(node.this, exp.Star):
            star = self._star(node.this)
            return s.Star(
                star.excluded, self._identifier(node.args["table"]), place=self.place(node)
            )
        parts = [node.args.get(key) for key in ("catalog", "db", "table", "this")]
        names = tuple(self._identifier(part) for part in parts if part is not None)
        if len(names) > 2:
            message = "A name has at most two parts: model.dimension."
            self.refuse("forbidden-syntax", message, node)
        return s.Name(names[-2:], place=self.place(node))

    def _star(self, node: exp.Expr) -> s.Star:
        self.only(node, "except_")
        excluded = node.args.get("except_") or []
        names = (c.this if isinstance(c, exp.Column) else c for c in excluded)
        return s.Star(tuple(self._identifier(name) for name in names), place=self.place(node))

    def _literal(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "is_string")
        text, place = str(node.this), self.place(node)
        if node.args.get("is_string"):
            if len(text) > MAX_TEXT:
                self.refuse("too-long", f"A text has at most {MAX_TEXT:,} characters.", node)
            return s.Constant(text, place=place)
        return s.Constant(self._number(text, node), place=place)

    def _number(self, text: str, node: exp.Expr) -> int | Decimal | float:
        plain = text.replace("_", "")
        if plain.isascii() and plain.isdigit() and len(plain) <= 18:
            return int(plain)
        try:
            number = Decimal(plain)
        except InvalidOperation:
            self.refuse("syntax-error", "This number cannot be read.", node)
            return 0
        if "e" in plain.lower() and abs(number.adjusted()) <= 300:
            return float(number)
        if len(number.as_tuple().digits) > 30 or abs(number.adjusted()) > 30:
            self.refuse("too-long", "A number has at most 30 digits.", node)
            return 0
        return number

    def _boolean(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.Constant(bool(node.this), place=self.place(node))

    def _null(self, node: exp.Expr) -> s.Expression:
        self.only(node)
        return s.Constant(None, place=self.place(node))

    def _parameter(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        name = node.this.this if isinstance(node.this, exp.Expr) else node.this
        return s.ArgumentRef(str(name), place=self.place(node))

    def _placeholder(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.ArgumentRef(str(node.this), place=self.place(node))

    def _in(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expressions", "query")
        operand, place = self.expression(node.this), self.place(node)
        query = node.args.get("query")
        if query is not None:
            return s.In(operand, query=self.query(query), place=place)
        if not node.expressions:
            self.refuse("syntax-error", "IN needs at least one value.", node)
        if len(node.expressions) > MAX_LIST:
            self.refuse("too-long", f"IN takes at most {MAX_LIST} values.", node)
        return s.In(operand, self.expressions(node.expressions[:MAX_LIST]), place=place)

    def _between(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "low", "high")
        parts = self.expressions((node.this, node.args["low"], node.args["high"]))
        return s.Between(*parts, place=self.place(node))

    def _is(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression")
        value = node.expression
        if not isinstance(value, (exp.Null, exp.Boolean)):
            self.refuse("forbidden-syntax", "IS takes NULL, TRUE or FALSE.", node)
        truth = bool(value.this) if isinstance(value, exp.Boolean) else None
        return s.Is(self.expression(node.this), truth, place=self.place(node))

    def _like(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression", "negate")
        op: s.BinaryOp = "like" if isinstance(node, exp.Like) else "ilike"
        parts = self.expression(node.this), self.expression(node.expression)
        found = s.Binary(op, *parts, place=self.place(node))
        return s.Unary("not", found, place=found.place) if node.args.get("negate") else found

    def _case(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "ifs", "default")
        whens = []
        for branch in node.args["ifs"]:
            self.only(branch, "this", "true")
            whens.append((self.expression(branch.this), self.expression(branch.args["true"])))
        operand, default = self.optional(node.this), self.optional(node.args.get("default"))
        return s.Case(operand, tuple(whens), default, place=self.place(node))

    def _cast(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "to", "safe")
        safe = isinstance(node, exp.TryCast)
        return s.Cast(self.expression(node.this), self._type(node), safe, place=self.place(node))

    def _type(self, node: exp.Expr) -> DataType:
        to: exp.Expr = node.args["to"]
        name = getattr(to.this, "name", "")
        sizes = [
            str(p.this.this) if isinstance(p.this, exp.Literal) else "" for p in to.expressions
        ]
        if isinstance(to, exp.DataType) and not _has_other_args(to):
            if name in ("DECIMAL", "NUMERIC") and len(sizes) in (0, 2):
                precision, scale = (
                    int(size) if size.isdigit() else -1 for size in sizes or ["18", "3"]
                )
                if 0 < precision <= 38 and 0 <= scale <= precision:
                    return DataType("decimal", precision, scale)
            sized = name in ("VARCHAR", "CHAR") and len(sizes) == 1 and sizes[0].isdigit()
            if name in _CAST_TYPES and (not sizes or sized):
                return _CAST_TYPES[name]
        hint = "Use VARCHAR, BIGINT, DOUBLE, DECIMAL(p,s), BOOLEAN, DATE or TIMESTAMP."
        self.refuse("forbidden-type", "This type is not part of semantic SQL.", node, hint)
        return TEXT

    def _interval(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "unit")
        unit = node.args.get("unit")
        amount = node.this
        while isinstance(amount, exp.Paren):
            amount = amount.this
        sign = 1
        if isinstance(amount, exp.Neg):
            sign, amount = -1, amount.this
        text = str(amount.this).strip() if isinstance(amount, exp.Literal) else ""
        name = _UNITS.get(str(unit.this).upper()) if isinstance(unit, exp.Var) else None
        if not text.lstrip("-").isdigit() or len(text) > 6 or name is None:
            hint = "Write INTERVAL 3 MONTH; units are day, week, month, quarter, year."
            self.refuse("forbidden-syntax", "This interval cannot be read.", node, hint)
            return s.Interval(0, "day")
        return s.Interval(sign * int(text), name, place=self.place(node))  # type: ignore[arg-type]

    def _extract(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression")
        unit = str(node.this.this) if isinstance(node.this, exp.Var) else ""
        args = (s.Constant(unit.lower()), self.expression(node.expression))
        return s.Call("date_part", args, place=self.place(node))

    def _subquery(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.ScalarQuery(self.query(node.this), place=self.place(node))

    def _exists(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.Exists(self.query(node.this), place=self.place(node))

    # ------------------------------------------------------------ calls

    def _call(self, node: exp.Expr) -> s.Call:
        self.only(node, "this", "expressions")
        marked = split_call(str(node.this)) if isinstance(node.this, str) else None
        if marked is None:
            self.refuse("forbidden-syntax", "This call is not part of semantic SQL.", node)
            return s.Call("", ())
        args: list[exp.Expr] = list(node.expressions)
        distinct, order_by = False, cast("tuple[s.OrderItem, ...]", ())
        if args and isinstance(args[-1], exp.Order):  # f(x ORDER BY y)
            order, args = args[-1], args[:-1]
            args = [*args, order.this] if order.this is not None else args
            order_by = tuple(self._ordered(item) for item in order.expressions)
        if len(args) == 1 and isinstance(args[0], exp.Distinct):
            self.only(args[0], "expressions")
            distinct, args = True, list(args[0].expressions)
        if len(args) > 50:
            self.refuse("too-long", "A call takes at most 50 arguments.", node)
        converted = self.expressions(args[:50])
        return s.Call(marked[1], converted, distinct, order_by, place=self.place(node))

    def _today(self, node: exp.Expr) -> s.Expression:
        """CURRENT_DATE is the clock of the answer; the engine's own is never read."""
        self.only(node)
        return s.Call("as_of", (), place=self.place(node))

    def _decorated(self, node: exp.Expr) -> s.Call | None:
        inner = self.expression(node.this)
        if isinstance(inner, s.Call) and inner.over is None:
            return inner
        self.refuse("forbidden-syntax", "Only a function call can be decorated like this.", node)
        return None

    def _filter(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression")
        call = self._decorated(node)
        if call is None or call.filter is not None:
            return s.Constant(None)
        condition = self.expression(node.expression.this)
        return s.Call(
            call.name, call.args, call.distinct, call.order_by, condition, place=call.place
        )

    def _within_group(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression")
        call = self._decorated(node)
        order = self._order(node.expression)[0]
        if call is None or len(order) != 1 or call.order_by:
            self.refuse("forbidden-syntax", "WITHIN GROUP takes one ORDER BY item.", node)
            return s.Constant(None)
        return s.Call(call.name, call.args, call.distinct, order, call.filter, place=call.place)

    def _window(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "partition_by", "order", "spec", "over")
        call = self._decorated(node)
        if call is None:
            return s.Constant(None)
        over = s.Window(
            self.expressions(node.args.get("partition_by") or ()),
            self._order(node.args.get("order"))[0],
            self._frame(node.args.get("spec")),
            place=call.place,
        )
        return s.Call(
            call.name, call.args, call.distinct, call.order_by, call.filter, over, place=call.place
        )

    def _frame(self, node: exp.Expr | None) -> s.Frame | None:
        if node is None:
            return None
        self.only(node, "kind", "start", "start_side", "end", "end_side")
        kind = str(node.args.get("kind") or "").lower()
        if kind not in ("rows", "range"):
            self.refuse("forbidden-syntax", "A frame is ROWS or RANGE.", node)
            return None
        start = self._bound(node, "start", -1)
        end = self._bound(node, "end", 1) if node.args.get("end") is not None else 0
        return s.Frame(cast("Literal['rows', 'range']", kind), start, end, place=self.place(node))

    def _bound(self, node: exp.Expr, name: str, unbounded_side: int) -> int | None:
        """Rows relative to the current one; None is unbounded on its natural side."""
        value = node.args.get(name)
        side = -1 if str(node.args.get(f"{name}_side") or "").upper() == "PRECEDING" else 1
        if isinstance(value, str):
            if value.upper() == "CURRENT ROW":
                return 0
            if value.upper() == "UNBOUNDED" and side == unbounded_side:
                return None
        if (
            isinstance(value, exp.Literal)
            and str(value.this).isdigit()
            and len(str(value.this)) <= 6
        ):
            return side * int(str(value.this))
        self.refuse("forbidden-syntax", "This frame bound cannot be read.", node)
        return 0


def _has_other_args(node: exp.Expr) -> bool:
    return any(
        value for name, value in node.args.items() if name not in ("this", "expressions", "nested")
    ) or bool(node.args.get("nested"))


def _describe(node: exp.Expr) -> str:
    return f"This construct ({type(node).__name__.lower()})"


_HANDLERS: Final[dict[type[exp.Expr], Callable[[ExpressionConverter, Any], s.Expression]]] = {
    exp.And: ExpressionConverter._logic,
    exp.Or: ExpressionConverter._logic,
    exp.Paren: ExpressionConverter._paren,
    exp.Not: ExpressionConverter._not,
    exp.Neg: ExpressionConverter._neg,
    exp.Column: ExpressionConverter._column,
    exp.Star: ExpressionConverter._star,
    exp.Literal: ExpressionConverter._literal,
    exp.Boolean: ExpressionConverter._boolean,
    exp.Null: ExpressionConverter._null,
    exp.Parameter: ExpressionConverter._parameter,
    exp.Placeholder: ExpressionConverter._placeholder,
    exp.In: ExpressionConverter._in,
    exp.Between: ExpressionConverter._between,
    exp.Is: ExpressionConverter._is,
    exp.Like: ExpressionConverter._like,
    exp.ILike: ExpressionConverter._like,
    exp.Case: ExpressionConverter._case,
    exp.Cast: ExpressionConverter._cast,
    exp.TryCast: ExpressionConverter._cast,
    exp.Interval: ExpressionConverter._interval,
    exp.Extract: ExpressionConverter._extract,
    exp.Subquery: ExpressionConverter._subquery,
    exp.Exists: ExpressionConverter._exists,
    exp.Anonymous: ExpressionConverter._call,
    exp.CurrentDate: ExpressionConverter._today,
    exp.Filter: ExpressionConverter._filter,
    exp.WithinGroup: ExpressionConverter._within_group,
    exp.Window: ExpressionConverter._window,
}
