"""sqlglot's query nodes to ours: SELECT, set operations, FROM, JOIN, WITH.

Called by `parse`. Invariant: no clause is read that is not listed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast

from sqlglot import exp

from semantic import syntax as s
from semantic.convert_expressions import ExpressionConverter
from semantic.gate import split_call

MAX_SET_OPERATIONS = 20
MAX_CTES = 20
MAX_JOINS = 12

_JOIN_SIDES: Final = {"": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full"}

_SET_OPERATIONS: Final[dict[type[exp.Expr], Literal["union", "except", "intersect"]]] = {
    exp.Union: "union", exp.Except: "except", exp.Intersect: "intersect",
}  # fmt: skip


class QueryConverter(ExpressionConverter):
    """Converts queries, and the expressions in them."""

    _set_operations = 0

    def query(self, node: exp.Expr) -> s.Query:
        """The query; an empty SELECT stands in after an issue."""
        if isinstance(node, exp.Subquery):
            self.only(node, "this")
            return self.query(node.this)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node)
        if isinstance(node, exp.Select):
            return self._select(node)
        self.refuse("forbidden-syntax", "A SELECT is expected here.", node)
        return s.Select(())

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
            if not group.expressions and not group.args.get("all"):
                self.refuse("syntax-error", "GROUP BY names nothing.", node)
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
            left=self.query(node.this) if within else s.Select(()),
            right=self.query(node.expression) if within else s.Select(()),
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
        return s.Cte(name, self.query(node.this), place=self.place(node))

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
            return s.SubqueryRef(self.query(node.this), self._alias(node), place=self.place(node))
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
            self.refuse(
                "forbidden-syntax", f"{kind or side} JOIN is not part of semantic SQL.", node
            )
        crossed = on is None and not using
        name = "cross" if crossed else _JOIN_SIDES.get(side.upper(), "inner")
        return s.Join(
            cast("Literal['inner', 'left', 'right', 'full', 'cross']", name),
            self._relation(node.this),
            self.optional(on),
            tuple(
                self._identifier(column.this if isinstance(column, exp.Column) else column)
                for column in using
            ),
            place=self.place(node),
        )

    def _limit(self, node: exp.Expr | None) -> s.Expression | None:
        if node is None:
            return None
        if not isinstance(node, (exp.Limit, exp.Offset)):
            self.refuse("forbidden-syntax", "FETCH is not part of semantic SQL; use LIMIT.", node)
            return None
        self.only(node, "expression")
        return self.expression(node.expression)
