"""Our typed query to engine text: identifiers from the catalog, values as parameters.

Called by `compile`. Nothing is reprinted from the asker's text; every word comes from the
catalog, from the function table or from this file. Invariant: laid out so that a person
can read it, because it is shown to people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from semantic import typed as t
from semantic.definitions import Relationship, Table
from semantic.emit_expressions import ExpressionEmitter
from semantic.rewrite import conjuncts, walk
from semantic.sql_text import INDENT, indent, quote


@dataclass(slots=True)
class Emitter(ExpressionEmitter):
    """Prints one statement and gathers its parameters and tables."""

    # ------------------------------------------------------------ queries

    def query(self, query: t.Query, nested: bool = False) -> str:
        """The text of a query; `nested` for a query inside an expression."""
        text = self._select(query, nested) if isinstance(query, t.Select) else self._set(query)
        if not query.ctes:
            return text
        return self._with(query.ctes) + text

    def _with(self, ctes: Iterable[t.Cte]) -> str:
        parts = []
        for cte in ctes:
            note = cte.query.note if isinstance(cte.query, t.Select) else ""
            body = indent(self.query(cte.query))
            self._ctes[cte.name] = tuple(output.name for output in cte.query.outputs)
            comment = f"{INDENT}-- {note}\n" if note else ""
            parts.append(f"{quote(cte.name)} AS (\n{comment}{body}\n)")
        return "WITH " + ", ".join(parts) + "\n"

    def _select(self, select: t.Select, nested: bool) -> str:
        outside = (self._local, self._qualify)
        sources = ([select.source] if select.source else []) + [j.source for j in select.joins]
        self._aliases |= {source.id: source.alias for source in sources}
        self._local = frozenset(source.id for source in sources)
        self._qualify = (
            nested or len(sources) > 1 or _has_subquery(select) or self._hides(select, sources)
        )
        text = "\n".join(clause for clause in self._clauses(select) if clause)
        self._local, self._qualify = outside
        return text

    def _hides(self, select: t.Select, sources: list[t.Source]) -> bool:
        """True where an output has the name of another column of the sources.

        GROUP BY would then mean the column, and ORDER BY the output.
        """
        known = {name for source in sources for name in self._columns_of(source)}
        return any(
            output.name in known
            and not (isinstance(e := output.expression, t.Column) and e.name == output.name)
            for output in select.outputs
        )

    def _columns_of(self, source: t.Source) -> Iterable[str]:
        match source:
            case t.CteSource():
                return self._ctes.get(source.cte, ())
            case t.QuerySource():
                return tuple(output.name for output in source.query.outputs)
            case t.ModelSource():
                return (*source.model.table.columns, *(c.name for c in source.columns))
            case t.RollupSource():
                return (*source.table.columns, *(name for name, _ in source.columns))

    def _clauses(self, select: t.Select) -> Iterable[str]:
        keyword = "SELECT DISTINCT" if select.distinct else "SELECT"
        items = ",\n".join(indent(self._output(output)) for output in select.outputs)
        yield f"{keyword}\n{items}"
        if select.source is not None:
            yield "FROM " + self._source(select.source)
        for joined in select.joins:
            yield self._joined(joined)
        yield self._condition("WHERE", select.where)
        yield self._group(select)
        yield self._condition("HAVING", select.having)
        yield self._condition("QUALIFY", select.qualify)
        if select.order:
            yield "ORDER BY " + ", ".join(self._order(o, select) for o in select.order)
        yield self._limits(select.limit, select.offset)

    def _limits(self, limit: t.Expr | None, offset: t.Expr | None) -> str:
        parts = [f"LIMIT {self.expr(limit)}"] if limit is not None else []
        parts += [f"OFFSET {self.expr(offset)}"] if offset is not None else []
        return " ".join(parts)

    def _output(self, output: t.Output) -> str:
        text = self.expr(output.expression)
        return text if text == quote(output.name) else f"{text} AS {quote(output.name)}"

    def _condition(self, keyword: str, condition: t.Expr | None) -> str:
        if condition is None:
            return ""
        parts = [self.expr(part, 2) for part in conjuncts(condition)]
        if len(parts) == 1:
            return f"{keyword} {parts[0]}"
        return f"{keyword}\n{INDENT}" + f"\n{INDENT}AND ".join(parts)

    def _group(self, select: t.Select) -> str:
        if not select.group:
            return ""
        return "GROUP BY " + ", ".join(self._by_name(g, select) for g in select.group)

    def _by_name(self, expr: t.Expr, select: t.Select) -> str:
        for index, output in enumerate(select.outputs):
            if output.expression == expr:
                # Several sources may share a column name; a position is never ambiguous.
                return str(index + 1) if self._qualify else quote(output.name)
        return self.expr(expr)

    def _order(self, order: t.Order, select: t.Select) -> str:
        direction = " DESC" if order.descending else ""
        nulls = " NULLS FIRST" if order.nulls_first else " NULLS LAST"
        return self._by_name(order.expression, select) + direction + nulls

    def _set(self, query: t.SetQuery) -> str:
        word = query.op.upper() + (" ALL" if query.all else "")
        left, right = (self._operand(side) for side in (query.left, query.right))
        text = f"{left}\n{word}\n{right}"
        if query.order:
            items = (
                f"{position}{' DESC' if down else ''} NULLS {'FIRST' if first else 'LAST'}"
                for position, down, first in query.order
            )
            text += "\nORDER BY " + ", ".join(items)
        limits = self._limits(query.limit, query.offset)
        return f"{text}\n{limits}" if limits else text

    def _operand(self, query: t.Query) -> str:
        text = self.query(query)
        bare = isinstance(query, t.Select) and not (query.order or query.limit or query.offset)
        return text if bare and not query.ctes else f"(\n{indent(text)}\n)"

    def over_columns(self, expression: t.Expr, source: int) -> str:
        """The text of an expression over the bare columns of one source."""
        self._local = frozenset({source})
        return self.expr(expression)

    # ------------------------------------------------------------ sources

    def _source(self, source: t.Source) -> str:
        match source:
            case t.CteSource():
                same = source.alias == source.cte
                return quote(source.cte) + ("" if same else f" AS {quote(source.alias)}")
            case t.QuerySource():
                return f"(\n{indent(self.query(source.query))}\n) AS {quote(source.alias)}"
            case t.ModelSource():
                return self._model(source)
            case t.RollupSource():
                return self._rollup(source)

    def _joined(self, joined: t.Joined) -> str:
        text = f"{joined.kind.upper()} JOIN {self._source(joined.source)}"
        return text if joined.on is None else f"{text}\n{INDENT}ON {self.expr(joined.on, 2)}"

    def _model(self, source: t.ModelSource) -> str:
        table = self._physical(source.model.table)
        paths = sorted({path for c in source.columns if (path := c.path)}, key=len)
        plain = all(
            isinstance(c.expression, t.Field) and c.expression.column == c.name
            for c in source.columns
        )
        if plain and not paths and not source.filters:
            return f"{table} AS {quote(source.alias)}"
        outside, self._table = self._table, source.model.name if paths else ""
        self._paths = _path_aliases(source.model.name, paths)
        lines = [self._model_column(source, column, bool(paths)) for column in source.columns]
        text = "SELECT\n" + ",\n".join(map(indent, lines or ["1"])) + f"\nFROM {table}"
        if paths:
            text += f" AS {quote(source.model.name)}"
        for path in _prefixes(paths):
            text += "\n" + self._neighbour(source, path)
        own = [f.condition for f in source.filters if not f.path]
        if own:
            self._table = source.model.name if paths else ""
            text += "\nWHERE " + " AND ".join(self.expr(condition, 3) for condition in own)
        self._table = outside
        return f"(\n{indent(text)}\n) AS {quote(source.alias)}"

    def _model_column(self, source: t.ModelSource, column: t.ModelColumn, joined: bool) -> str:
        self._table = self._paths[column.path] if joined else ""
        text = self.expr(column.expression)
        return text if text == quote(column.name) else f"{text} AS {quote(column.name)}"

    def _neighbour(self, source: t.ModelSource, path: tuple[Relationship, ...]) -> str:
        step = path[-1]
        target = step.to_model
        before, here = self._paths[path[:-1]], self._paths[path]
        catalog = self.calendar.catalog
        self._table = before
        left = self.expr(catalog.get_dimension(step.from_model, step.from_dimension).expr)
        self._table = here
        right = self.expr(catalog.get_dimension(target, step.to_dimension).expr)
        conditions = [f"{left} = {right}"]
        conditions += [self.expr(f.condition, 3) for f in source.filters if f.path == path]
        table = self._physical(catalog.models[target].table)
        on = f"\n{INDENT * 2}AND ".join(conditions)
        return f"LEFT JOIN {table} AS {quote(here)}\n{INDENT}ON {on}"

    def _rollup(self, source: t.RollupSource) -> str:
        table = self._physical(source.table)
        if all(isinstance(e, t.Field) and e.column == name for name, e in source.columns):
            return f"{table} AS {quote(source.alias)}"
        outside, self._table = self._table, ""
        items = [f"{self.expr(expression)} AS {quote(name)}" for name, expression in source.columns]
        self._table = outside
        text = "SELECT\n" + ",\n".join(map(indent, items)) + f"\nFROM {table}"
        return f"(\n{indent(text)}\n) AS {quote(source.alias)}"

    def _physical(self, table: Table) -> str:
        self.tables.add(f"{table.schema}.{table.name}")
        return f"{table.schema}.{quote(table.name)}"


def _path_aliases(
    model: str, paths: list[tuple[Relationship, ...]]
) -> dict[tuple[Relationship, ...], str]:
    """An alias for the model and for each neighbour: its names along the path, made unique."""
    found: dict[tuple[Relationship, ...], str] = {(): model}
    for path in _prefixes(paths):
        alias = "__".join(step.to_model for step in path)
        while alias in found.values():
            alias += "_"
        found[path] = alias
    return found


def _prefixes(paths: list[tuple[Relationship, ...]]) -> list[tuple[Relationship, ...]]:
    """Every path and the paths leading to it, shorter ones first."""
    found = dict.fromkeys(path[:end] for path in paths for end in range(1, len(path) + 1))
    return sorted(found, key=len)


def _has_subquery(select: t.Select) -> bool:
    clauses = [output.expression for output in select.outputs]
    clauses += [c for c in (select.where, select.having, select.qualify) if c is not None]
    return any(
        isinstance(part, (t.Subselect, t.Existence))
        or (isinstance(part, t.Membership) and part.query is not None)
        for clause in clauses
        for part in walk(clause)
    )
