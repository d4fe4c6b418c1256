"""sqlglot's nodes to ours: the converter's ground floor, shared by expressions and queries.

Called by `convert_expressions` and `convert_queries`. Invariant: an argument that is set and
not understood is an issue; it is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from semantic import syntax as s
from semantic.gate import place_of, split_call, unquote
from semantic.issues import Issue, Place

MAX_ISSUES = 20

_FRIENDLY: Final = {
    "into": "SELECT INTO", "laterals": "LATERAL", "pivots": "PIVOT", "windows": "A WINDOW clause",
    "sample": "TABLESAMPLE", "recursive": "WITH RECURSIVE", "by_name": "UNION BY NAME",
    "method": "NATURAL, ASOF and POSITIONAL JOIN", "columns": "A column list after an alias",
    "on": "DISTINCT ON", "locks": "FOR UPDATE", "limit_options": "LIMIT with an option",
    "rollup": "ROLLUP", "cube": "CUBE", "grouping_sets": "GROUPING SETS", "materialized":
    "MATERIALIZED", "ordinality": "WITH ORDINALITY", "rename": "RENAME", "replace": "REPLACE",
    "operation_modifiers": "This modifier", "unnest": "UNNEST", "with_fill": "WITH FILL",
}  # fmt: skip


class Converter:
    """What every conversion needs: issues, places, checks of arguments, names."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.issues: list[Issue] = []

    # ------------------------------------------------------------ helpers

    def refuse(self, code: str, message: str, node: exp.Expr, hint: str = "") -> None:
        """Record an issue at the place of `node`; the conversion goes on to find the others."""
        if len(self.issues) < MAX_ISSUES:
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
        """The converted nodes, in order."""
        return tuple(self.expression(node) for node in nodes)

    def optional(self, node: exp.Expr | None) -> s.Expression | None:
        """The converted node; None for no node."""
        return None if node is None else self.expression(node)

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
        return unquote(str(node.this))

    def _order(self, node: exp.Expr | None) -> tuple[tuple[s.OrderItem, ...], bool]:
        if node is None:
            return (), False
        self.only(node, "expressions")
        items = node.expressions
        is_all = len(items) == 1 and str(items[0].this).upper() == "ALL"
        if is_all and isinstance(items[0].this, exp.Var) and not items[0].args.get("desc"):
            return (), True
        return tuple(self._ordered(item) for item in items), False

    def _ordered(self, node: exp.Expr) -> s.OrderItem:
        self.only(node, "this", "desc", "nulls_first")
        descending, first = bool(node.args.get("desc")), bool(node.args.get("nulls_first"))
        return s.OrderItem(self.expression(node.this), descending, first, place=self.place(node))

    # ------------------------------------------------------------ to be filled in

    def expression(self, node: exp.Expr) -> s.Expression:
        """One expression; `convert_expressions` knows how."""
        raise TypeError("the ground floor converts no expressions")

    def query(self, node: exp.Expr) -> s.Query:
        """One query; `convert_queries` knows how."""
        raise TypeError("the ground floor converts no queries")
