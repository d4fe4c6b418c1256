"""Our typed query to engine text: identifiers from the catalog, values as parameters.

Called by `compile`. Nothing is reprinted from the asker's text; every word comes from the
catalog, from the function table or from this file. Invariant: laid out so that a person
can read it, because it is shown to people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from semantic import typed as t
from semantic.calendar import CalendarSql
from semantic.compiled import AS_OF, Argument, Parameter
from semantic.definitions import Relationship
from semantic.rewrite import conjuncts, walk
from semantic.types import BOOLEAN

RESERVED = frozenset(
    ["all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "at", "between", "both", "by", "case", "cast", "check", "collate", "column", "constraint", "create", "cross", "cube", "current_date", "current_timestamp", "default", "deferrable", "desc", "describe", "distinct", "do", "else", "end", "except", "exists", "false", "fetch", "filter", "for", "foreign", "from", "full", "glob", "grant", "group", "grouping", "having", "in", "inner", "initially", "intersect", "interval", "into", "is", "join", "lambda", "lateral", "leading", "left", "like", "limit", "map", "natural", "not", "null", "offset", "on", "only", "or", "order", "outer", "over", "overlaps", "pivot", "pivot_longer", "pivot_wider", "placing", "positional", "primary", "qualify", "range", "references", "returning", "right", "row", "rows", "select", "semi", "anti", "asof", "set", "show", "similar", "some", "struct", "summarize", "symmetric", "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "true", "try_cast", "union", "unique", "unpivot", "using", "values", "variadic", "verbose", "when", "where", "window", "with", "within"]
)

_PRECEDENCE = {
    "or": 1, "and": 2, "not": 3, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "like": 4,
    "ilike": 4, "between": 4, "is distinct from": 4, "is not distinct from": 4, "||": 5, "+": 6,
    "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "negate": 8,
}  # fmt: skip
_ATOM = 9
_INDENT = "  "


def quote(name: str) -> str:
    """An identifier, quoted where the engine would read it as a keyword.

    >>> quote("stage"), quote("order")
    ('stage', '"order"')
    """
    return f'"{name}"' if name in RESERVED or not name.isidentifier() else name


def literal(value: object) -> str:
    """A constant of the model's author as SQL.

    >>> literal("it's"), literal(None), literal(True)
    ("'it''s'", 'NULL', 'TRUE')
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case int() | Decimal() | float():
            return str(value)
        case _:
            return "'" + str(value).replace("'", "''") + "'"


@dataclass(slots=True)
class Emitter:
    """Prints one statement and gathers its parameters and tables."""

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
            comment = f"{_INDENT}-- {note}\n" if note else ""
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
        return f"{keyword}\n{_INDENT}" + f"\n{_INDENT}AND ".join(parts)

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

    def _joined(self, joined: t.Joined) -> str:
        text = f"{joined.kind.upper()} JOIN {self._source(joined.source)}"
        return text if joined.on is None else f"{text}\n{_INDENT}ON {self.expr(joined.on, 2)}"

    def _model(self, source: t.ModelSource) -> str:
        table = self._physical(source.model.table.name)
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
        table = self._physical(catalog.models[target].table.name)
        on = f"\n{_INDENT * 2}AND ".join(conditions)
        return f"LEFT JOIN {table} AS {quote(here)}\n{_INDENT}ON {on}"

    def _physical(self, table: str) -> str:
        self.tables.add(f"source.{table}")
        return f"source.{quote(table)}"

    # ------------------------------------------------------------ expressions

    def expr(self, expr: t.Expr, around: int = 0) -> str:
        """The text of an expression, bracketed where it binds weaker than `around`."""
        match expr:
            case t.Constant():
                return literal(expr.value)
            case t.Bound():
                return self._parameter(expr.type.kind, expr.value)
            case t.ArgumentValue():
                return self._parameter("argument", Argument(expr.name))
            case t.AsOf():
                return self.clock or self._parameter("as_of", AS_OF)
            case t.Field():
                prefix = f"{quote(self._table)}." if self._table else ""
                return prefix + quote(expr.column)
            case t.Column():
                if self._qualify or expr.source not in self._local:
                    return f"{quote(self._aliases[expr.source])}.{quote(expr.name)}"
                return quote(expr.name)
            case t.Operation():
                return self._operation(expr, around)
            case t.Apply():
                return self._apply(expr)
            case t.Aggregate():
                return self._aggregate(expr)
            case t.Windowed():
                return self._windowed(expr)
            case t.Choice():
                return self._choice(expr)
            case t.Conversion():
                word = "TRY_CAST" if expr.safe else "CAST"
                return f"{word}({self.expr(expr.operand)} AS {expr.type.to_sql()})"
            case t.Shift():
                return self.calendar.shift(expr, self.expr(expr.operand, 6))
            case t.Membership():
                return self._bracket(self._membership(expr), 4, around)
            case t.Test():
                word = {None: "NULL", True: "TRUE", False: "FALSE"}[expr.value]
                return self._bracket(f"{self.expr(expr.operand, 5)} IS {word}", 4, around)
            case t.Subselect():
                return f"(\n{indent(self.query(expr.query, nested=True))}\n)"
            case t.Existence():
                return f"EXISTS (\n{indent(self.query(expr.query, nested=True))}\n)"
            case t.MetricValue():
                raise TypeError("a metric over time reached the emitter unexpanded")

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
            word = {None: "NULL", True: "TRUE", False: "FALSE"}[operand.value]
            return f"{self.expr(operand.operand, 5)} IS NOT {word}"
        if isinstance(operand, t.Membership):
            return self._membership(operand, "NOT ")
        if isinstance(operand, t.Operation) and operand.op in ("like", "ilike"):
            left, right = (self.expr(part, 5) for part in operand.operands)
            return f"{left} NOT {operand.op.upper()} {right}"
        return f"NOT {self.expr(operand, 4)}"

    def _right(self, op: str, operand: t.Expr, around: int) -> str:
        """The right operand; a divisor that may be zero becomes NULL instead."""
        if op in ("/", "//", "%"):
            if not (isinstance(operand, t.Constant) and operand.value):
                return f"nullif({self.expr(operand)}, 0)"
        return self.expr(operand, around)

    def _membership(self, expr: t.Membership, negation: str = "") -> str:
        left = self.expr(expr.operand, 5)
        if expr.query is not None:
            inner = indent(self.query(expr.query, nested=True))
            return f"{left} {negation}IN (\n{inner}\n)"
        return f"{left} {negation}IN ({', '.join(self.expr(item) for item in expr.items)})"

    def _apply(self, expr: t.Apply) -> str:
        args = [self.expr(arg) for arg in expr.args]
        special = self.calendar.call(expr, args)
        if special is not None:
            return special
        return expr.function.template.replace("{*}", "{all}").format(*args, all=", ".join(args))

    def _aggregate(self, expr: t.Aggregate) -> str:
        distinct = "DISTINCT " if expr.distinct else ""
        if expr.function.name == "count_if":
            condition = expr.args[0] if expr.filter is None else t.Operation(
                BOOLEAN, "and", (*expr.args, expr.filter)
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

    def _windowed(self, expr: t.Windowed) -> str:
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

    def _choice(self, expr: t.Choice) -> str:
        whens = "".join(
            f" WHEN {self.expr(condition)} THEN {self.expr(value)}" for condition, value in expr.whens
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


def indent(text: str) -> str:
    """`text` one level deeper."""
    return "\n".join(_INDENT + line if line else line for line in text.split("\n"))


def _bound(value: int | None, unbounded: str) -> str:
    if value is None:
        return f"UNBOUNDED {unbounded}"
    if value == 0:
        return "CURRENT ROW"
    return f"{abs(value)} {'PRECEDING' if value < 0 else 'FOLLOWING'}"


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
