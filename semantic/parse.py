"""Semantic SQL text to a tree of allowed nodes, or every issue at once.

Called by `pipeline.py` for queries and by `catalog.py` for the expressions of a model.
sqlglot parses; each of its node classes is taken over by exactly one handler that names
the arguments it understands. Invariant: a node class or a set argument without a handler
is an issue, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, cast

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.tokens import Token

from semantic import syntax as s
from semantic.gate import place_of, split_call, tokenize
from semantic.issues import Issue, Place, SemanticError
from semantic.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType

MAX_DEPTH = 60
MAX_LIST = 1_000
MAX_TEXT = 2_000
MAX_SET_OPERATIONS = 20
MAX_CTES = 20
MAX_JOINS = 12

_DIALECT = Dialect.get_or_raise("duckdb")


def parse_query(sql: str, arguments: frozenset[str] = frozenset()) -> s.Query:
    """The one query in `sql`.

    Args:
        arguments: names that may follow `$` (named analyses only).

    Raises:
        SemanticError: with every forbidden character, token, node and argument.
    """
    tokens = tokenize(sql, arguments)
    root = _parse_tokens(tokens, sql)
    converter = _Converter(tokens)
    if not isinstance(root, (exp.Select, exp.SetOperation, exp.Subquery)):
        converter.refuse("not-a-select", _statement_sentence(tokens), root)
        raise SemanticError(converter.issues)
    query = converter.query(root)
    if converter.issues or query is None:
        raise SemanticError(converter.issues)
    return query


def parse_expression(text: str) -> s.Expression:
    """The one expression in `text`, as written in a model file.

    Raises:
        SemanticError: as `parse_query`.
    """
    query = parse_query(f"SELECT {text}")
    if (
        not isinstance(query, s.Select)
        or len(query.items) != 1
        or query.source is not None
        or query.items[0].alias
        or query != s.Select(query.items)
    ):
        raise SemanticError([Issue("syntax-error", "One expression is expected here.")])
    return query.items[0].expression


def _statement_sentence(tokens: Sequence[Token]) -> str:
    word = tokens[0].text.upper() if tokens else ""
    kind = f"{word} statements" if word.isalpha() and len(word) <= 12 else "Such statements"
    return f"Only SELECT is read; {kind} are not part of semantic SQL."


def _parse_tokens(tokens: list[Token], sql: str) -> exp.Expr:
    try:
        parser = _DIALECT.parser(error_level=ErrorLevel.IMMEDIATE)
        found = [tree for tree in parser.parse(tokens, sql) if tree is not None]
    except ParseError as error:
        detail: dict[str, Any] = error.errors[0] if error.errors else {}
        line, column = detail.get("line"), detail.get("col")
        place = Place(line, column, 0, 0) if line and column else None
        message = "The text is not valid SQL" + (f" near line {line}, column {column}." if place else ".")
        hint = "Check the brackets, commas and the order of the clauses."
        raise SemanticError([Issue("syntax-error", message, hint=hint, place=place)]) from error
    except RecursionError as error:
        raise SemanticError([Issue("too-deep", "The text is nested too deeply.")]) from error
    if len(found) != 1:
        raise SemanticError([Issue("several-statements", "Exactly one statement is read.")])
    return found[0]


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

_JOIN_SIDES: Final = {"": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full"}

_SET_OPERATIONS: Final[dict[type[exp.Expr], Literal["union", "except", "intersect"]]] = {
    exp.Union: "union", exp.Except: "except", exp.Intersect: "intersect",
}  # fmt: skip


class _Converter:
    """Takes sqlglot nodes over into ours and gathers issues on the way."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.issues: list[Issue] = []
        self._depth = 0
        self._set_operations = 0

    # ------------------------------------------------------------ helpers

    def refuse(self, code: str, message: str, node: exp.Expr, hint: str = "") -> None:
        if len(self.issues) < 20:
            self.issues.append(Issue(code, message, hint=hint, place=self.place(node)))

    def place(self, node: exp.Expr) -> Place | None:
        """The place of the first token below `node` that sqlglot kept a position for."""
        for below in node.walk():
            if isinstance(below, exp.Anonymous):
                marked = split_call(str(below.this))
                if marked:
                    return place_of(self.tokens[marked[0]])
            meta = below.meta if isinstance(below, (exp.Identifier, exp.Literal)) else None
            if meta and "start" in meta:
                start, end = meta["start"], meta["end"]
                return Place(meta["line"], max(1, meta["col"] - (end - start)), start, end + 1)
        return None

    def only(self, node: exp.Expr, *allowed: str) -> None:
        """Refuse every argument of `node` that is set and not in `allowed`."""
        for name, value in node.args.items():
            if name in allowed or value is None or value is False or value == []:
                continue
            what = _FRIENDLY.get(name.strip("_"), f"'{name.strip('_').replace('_', ' ')}'")
            self.refuse("forbidden-syntax", f"{what} is not part of semantic SQL.", node)

    def expressions(self, nodes: Iterable[exp.Expr]) -> tuple[s.Expression, ...]:
        return tuple(self.expression(node) for node in nodes)

    def optional(self, node: exp.Expr | None) -> s.Expression | None:
        return None if node is None else self.expression(node)

    # ------------------------------------------------------------ queries

    def query(self, node: exp.Expr) -> s.Query | None:
        if isinstance(node, exp.Subquery):
            self.only(node, "this")
            return self.query(node.this)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node)
        if isinstance(node, exp.Select):
            return self._select(node)
        self.refuse("forbidden-syntax", "A SELECT is expected here.", node)
        return None

    def _some_query(self, node: exp.Expr) -> s.Query:
        return self.query(node) or s.Select(())

    def _select(self, node: exp.Select) -> s.Select:
        self.only(
            node, "expressions", "from_", "joins", "where", "group", "having", "qualify", "order",
            "limit", "offset", "distinct", "with_",
        )  # fmt: skip
        group: exp.Expr | None = node.args.get("group")
        having: exp.Expr | None = node.args.get("having")
        qualify: exp.Expr | None = node.args.get("qualify")
        distinct: exp.Expr | None = node.args.get("distinct")
        where: exp.Expr | None = node.args.get("where")
        from_: exp.Expr | None = node.args.get("from_")
        if group is not None:
            self.only(group, "expressions", "all")
        if distinct is not None:
            self.only(distinct)
        order_by, order_all = self._order(node.args.get("order"))
        return s.Select(
            items=tuple(self._item(item) for item in node.expressions),
            source=self._relation(from_.this) if from_ is not None else None,
            joins=self._joins(node.args.get("joins") or []),
            where=self.optional(where.this if where is not None else None),
            group_by=self.expressions(group.expressions) if group is not None else (),
            group_all=group is not None and bool(group.args.get("all")),
            having=self.optional(having.this if having is not None else None),
            qualify=self.optional(qualify.this if qualify is not None else None),
            order_by=order_by,
            order_all=order_all,
            limit=self._limit(node.args.get("limit")),
            offset=self._limit(node.args.get("offset")),
            distinct=distinct is not None,
            ctes=self._ctes(node.args.get("with_")),
            place=self.place(node),
        )

    def _set_operation(self, node: exp.SetOperation) -> s.SetOperation:
        self.only(node, "this", "expression", "distinct", "order", "limit", "offset", "with_")
        self._set_operations += 1
        if self._set_operations == MAX_SET_OPERATIONS + 1:
            self.refuse("too-long", f"At most {MAX_SET_OPERATIONS} set operations are read.", node)
        order_by, order_all = self._order(node.args.get("order"))
        within = self._set_operations <= MAX_SET_OPERATIONS
        return s.SetOperation(
            op=_SET_OPERATIONS.get(type(node), "union"),
            all=not node.args.get("distinct"),
            left=self._some_query(node.this) if within else s.Select(()),
            right=self._some_query(node.expression) if within else s.Select(()),
            order_by=order_by,
            order_all=order_all,
            limit=self._limit(node.args.get("limit")),
            offset=self._limit(node.args.get("offset")),
            ctes=self._ctes(node.args.get("with_")),
            place=self.place(node),
        )

    def _ctes(self, node: exp.Expr | None) -> tuple[s.Cte, ...]:
        if node is None:
            return ()
        self.only(node, "expressions")
        if len(node.expressions) > MAX_CTES:
            self.refuse("too-long", f"At most {MAX_CTES} WITH items are read.", node)
        return tuple(self._cte(cte) for cte in node.expressions[:MAX_CTES])

    def _cte(self, node: exp.Expr) -> s.Cte:
        self.only(node, "this", "alias")
        name = self._alias(node)
        marked = split_call(name)
        if marked:
            self.refuse("forbidden-syntax", "A WITH item takes no column list.", node,
                        hint="Name the columns inside its SELECT.")  # fmt: skip
        return s.Cte(name, self._some_query(node.this), place=self.place(node))

    def _alias(self, node: exp.Expr) -> str:
        alias = node.args.get("alias")
        if isinstance(alias, exp.TableAlias):
            self.only(alias, "this")
            alias = alias.this
        if alias is None:
            return ""
        if not isinstance(alias, exp.Identifier):
            self.refuse("forbidden-syntax", "A plain name is expected after AS.", node)
            return ""
        return self._identifier(alias)

    def _identifier(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.Identifier):
            self.refuse("forbidden-syntax", "A plain name is expected here.", node)
            return ""
        self.only(node, "this", "quoted")
        return str(node.this)

    def _item(self, node: exp.Expr) -> s.SelectItem:
        if isinstance(node, exp.Alias):
            self.only(node, "this", "alias")
            alias = self._alias(node)
            return s.SelectItem(self.expression(node.this), alias, place=self.place(node))
        return s.SelectItem(self.expression(node), place=self.place(node))

    def _relation(self, node: exp.Expr) -> s.Relation:
        if isinstance(node, exp.Table):
            self.only(node, "this", "alias", "db", "catalog", "joins")
            if node.args.get("db") or node.args.get("catalog") or node.args.get("joins"):
                message = "A model is named without schema or catalog."
                self.refuse("forbidden-table", message, node)
            if not isinstance(node.this, exp.Identifier):
                message = "Table functions are not part of semantic SQL."
                self.refuse("forbidden-table", message, node, hint="FROM takes a model or a CTE.")
                return s.TableRef("", place=self.place(node))
            name = self._identifier(node.this)
            return s.TableRef(name, self._alias(node), place=self.place(node))
        if isinstance(node, exp.Subquery):
            self.only(node, "this", "alias")
            return s.SubqueryRef(self._some_query(node.this), self._alias(node), place=self.place(node))
        message = "FROM takes a model, a CTE or a subquery."
        self.refuse("forbidden-table", message, node)
        return s.TableRef("", place=self.place(node))

    def _joins(self, nodes: Sequence[exp.Expr]) -> tuple[s.Join, ...]:
        if len(nodes) > MAX_JOINS:
            self.refuse("too-long", f"At most {MAX_JOINS} joins are read.", nodes[MAX_JOINS])
        return tuple(self._join(node) for node in nodes[:MAX_JOINS])

    def _join(self, node: exp.Expr) -> s.Join:
        self.only(node, "this", "on", "using", "side", "kind")
        side, kind = str(node.args.get("side") or ""), str(node.args.get("kind") or "")
        on, using = node.args.get("on"), node.args.get("using") or []
        if kind.upper() not in ("", "INNER", "OUTER", "CROSS") or side.upper() not in _JOIN_SIDES:
            self.refuse("forbidden-syntax", f"{kind or side} JOIN is not part of semantic SQL.", node)
        crossed = on is None and not using
        name = "cross" if crossed else _JOIN_SIDES.get(side.upper(), "inner")
        return s.Join(
            cast("Literal['inner', 'left', 'right', 'full', 'cross']", name),
            self._relation(node.this),
            self.optional(on),
            tuple(self._identifier(column.this if isinstance(column, exp.Column) else column) for column in using),
            place=self.place(node),
        )

    def _order(self, node: exp.Expr | None) -> tuple[tuple[s.OrderItem, ...], bool]:
        if node is None:
            return (), False
        self.only(node, "expressions")
        items = node.expressions
        if len(items) == 1 and isinstance(items[0].this, exp.Var):
            if str(items[0].this.this).upper() == "ALL" and not items[0].args.get("desc"):
                return (), True
        return tuple(self._ordered(item) for item in items), False

    def _ordered(self, node: exp.Expr) -> s.OrderItem:
        self.only(node, "this", "desc", "nulls_first")
        descending, first = bool(node.args.get("desc")), bool(node.args.get("nulls_first"))
        return s.OrderItem(self.expression(node.this), descending, first, place=self.place(node))

    def _limit(self, node: exp.Expr | None) -> s.Expression | None:
        if node is None:
            return None
        self.only(node, "expression")
        return self.expression(node.expression)

    # ------------------------------------------------------------ expressions

    def expression(self, node: exp.Expr) -> s.Expression:
        handler = _HANDLERS.get(type(node))
        if type(node) in _COMPARISONS:
            handler = _Converter._binary
        if handler is None:
            message = f"{_describe(node)} is not part of semantic SQL."
            self.refuse("forbidden-syntax", message, node)
            return s.Literal_(None)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            if self._depth == MAX_DEPTH + 1:
                self.refuse("too-deep", "The expression is nested too deeply.", node)
            self._depth -= 1
            return s.Literal_(None)
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
            return s.Star(star.excluded, self._identifier(node.args["table"]), place=self.place(node))
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
            return s.Literal_(text, place=place)
        return s.Literal_(self._number(text, node), place=place)

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
        return s.Literal_(bool(node.this), place=self.place(node))

    def _null(self, node: exp.Expr) -> s.Expression:
        self.only(node)
        return s.Literal_(None, place=self.place(node))

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
            return s.In(operand, query=self._some_query(query), place=place)
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
        sizes = [str(p.this.this) if isinstance(p.this, exp.Literal) else "" for p in to.expressions]
        if isinstance(to, exp.DataType) and not _has_other_args(to):
            if name in ("DECIMAL", "NUMERIC") and len(sizes) in (0, 2):
                precision, scale = (int(size) if size.isdigit() else -1 for size in sizes or ["18", "2"])
                if 0 < precision <= 38 and 0 <= scale <= precision:
                    return DataType("decimal", precision, scale)
            if name in _CAST_TYPES and (not sizes or name in ("VARCHAR", "CHAR")):
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
        args = (s.Literal_(unit.lower()), self.expression(node.expression))
        return s.Call("date_part", args, place=self.place(node))

    def _subquery(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.ScalarQuery(self._some_query(node.this), place=self.place(node))

    def _exists(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this")
        return s.Exists(self._some_query(node.this), place=self.place(node))

    # ------------------------------------------------------------ calls

    def _call(self, node: exp.Expr) -> s.Call:
        self.only(node, "this", "expressions")
        marked = split_call(str(node.this)) if isinstance(node.this, str) else None
        if marked is None:
            self.refuse("forbidden-syntax", "This call is not part of semantic SQL.", node)
            return s.Call("", ())
        args: list[exp.Expr] = list(node.expressions)
        distinct, order_by = False, ()
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
            return s.Literal_(None)
        condition = self.expression(node.expression.this)
        return s.Call(call.name, call.args, call.distinct, call.order_by, condition, place=call.place)

    def _within_group(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "expression")
        call = self._decorated(node)
        order = self._order(node.expression)[0]
        if call is None or len(order) != 1 or call.order_by:
            self.refuse("forbidden-syntax", "WITHIN GROUP takes one ORDER BY item.", node)
            return s.Literal_(None)
        return s.Call(call.name, call.args, call.distinct, order, call.filter, place=call.place)

    def _window(self, node: exp.Expr) -> s.Expression:
        self.only(node, "this", "partition_by", "order", "spec", "over")
        call = self._decorated(node)
        if call is None:
            return s.Literal_(None)
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
        if isinstance(value, exp.Literal) and str(value.this).isdigit() and len(str(value.this)) <= 6:
            return side * int(str(value.this))
        self.refuse("forbidden-syntax", "This frame bound cannot be read.", node)
        return 0


def _has_other_args(node: exp.Expr) -> bool:
    return any(
        value for name, value in node.args.items() if name not in ("this", "expressions", "nested")
    ) or bool(node.args.get("nested"))


_FRIENDLY: Final = {
    "into": "SELECT INTO", "laterals": "LATERAL", "pivots": "PIVOT", "windows": "A WINDOW clause",
    "sample": "TABLESAMPLE", "recursive": "WITH RECURSIVE", "by_name": "UNION BY NAME",
    "method": "NATURAL, ASOF and POSITIONAL JOIN", "columns": "A column list after an alias",
    "on": "DISTINCT ON", "locks": "FOR UPDATE", "limit_options": "LIMIT with an option",
    "rollup": "ROLLUP", "cube": "CUBE", "grouping_sets": "GROUPING SETS", "materialized":
    "MATERIALIZED", "ordinality": "WITH ORDINALITY", "rename": "RENAME", "replace": "REPLACE",
    "operation_modifiers": "This modifier", "unnest": "UNNEST", "with_fill": "WITH FILL",
}  # fmt: skip


def _describe(node: exp.Expr) -> str:
    return f"This construct ({type(node).__name__.lower()})"


_HANDLERS: Final[dict[type[exp.Expr], Callable[[_Converter, Any], s.Expression]]] = {
    exp.And: _Converter._logic,
    exp.Or: _Converter._logic,
    exp.Paren: _Converter._paren,
    exp.Not: _Converter._not,
    exp.Neg: _Converter._neg,
    exp.Column: _Converter._column,
    exp.Star: _Converter._star,
    exp.Literal: _Converter._literal,
    exp.Boolean: _Converter._boolean,
    exp.Null: _Converter._null,
    exp.Parameter: _Converter._parameter,
    exp.Placeholder: _Converter._placeholder,
    exp.In: _Converter._in,
    exp.Between: _Converter._between,
    exp.Is: _Converter._is,
    exp.Like: _Converter._like,
    exp.ILike: _Converter._like,
    exp.Case: _Converter._case,
    exp.Cast: _Converter._cast,
    exp.TryCast: _Converter._cast,
    exp.Interval: _Converter._interval,
    exp.Extract: _Converter._extract,
    exp.Subquery: _Converter._subquery,
    exp.Exists: _Converter._exists,
    exp.Anonymous: _Converter._call,
    exp.Filter: _Converter._filter,
    exp.WithinGroup: _Converter._within_group,
    exp.Window: _Converter._window,
}
