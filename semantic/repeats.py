"""Which values stand in several rows: the proof that nothing is counted twice.

Called by `blocks` before an aggregate and by `describe` for the outputs of inner queries.
Invariant: a value that a join, a relationship or a look-up repeats stays marked through
groups, MIN, MAX and windows, until a key of its rows makes it single again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic import typed as t
from semantic.rewrite import children, walk
from semantic.scope import AnyBinding


def is_repeated(bindings: Sequence[AnyBinding], expr: t.Expr) -> bool:
    """True where a value of `expr` may stand in several rows of a block over `bindings`."""
    return any(_is_repeated_part(bindings, part) for part in _carried(bindings, expr))


def counts_rows(bindings: Sequence[AnyBinding], args: Sequence[t.Expr]) -> bool:
    """True where an aggregate of `args` carries no value of the rows, only their number."""
    return not any(True for arg in args for _ in _carried(bindings, arg))


def repeats_in_groups(
    bindings: Sequence[AnyBinding], group: Sequence[t.Expr], expr: t.Expr
) -> bool:
    """The same for a block grouped by `group`: the only key of a block stands once."""
    if len(group) == 1 and expr == group[0]:
        return False
    return is_repeated(bindings, expr)


def outer_columns(query: t.Query, sources: frozenset[int]) -> list[t.Column]:
    """The columns of `sources` that a query nested in their block reads."""
    return [column for column in _columns_in(query) if column.source in sources]


def nested_columns(expr: t.Expr, sources: frozenset[int]) -> list[t.Column]:
    """The columns of `sources` that the subqueries inside `expr` read."""
    return [
        column
        for part in walk(expr)
        if isinstance(part, (t.Subselect, t.Existence, t.Membership)) and part.query is not None
        for column in outer_columns(part.query, sources)
    ]


def _carried(bindings: Sequence[AnyBinding], expr: t.Expr) -> Iterator[t.Column | t.Subselect]:
    """What the value of `expr` is made of; filters and orders decide, they are not carried."""
    match expr:
        case t.Column() | t.Subselect():
            yield expr
        case t.Aggregate():
            multiplied = {binding.id for binding in bindings if binding.multiplied}
            for arg in expr.args:
                parts = _carried(bindings, arg)
                # A count of members is a new value, unless a join has spread its rows.
                yield from (
                    p for p in parts
                    if not expr.distinct or (isinstance(p, t.Column) and p.source in multiplied)
                )  # fmt: skip
        case t.Choice():
            values = [value for _, value in expr.whens]
            values += [expr.default] if expr.default is not None else []
            carried = [part for value in values for part in _carried(bindings, value)]
            # 1 and 0 count the rows that the condition reads. (Conditions alone: to look at the
            # values once more would double the work at every level of CASE.)
            decided = () if carried else tuple(condition for condition, _ in expr.whens)
            yield from carried
            for part in decided:
                yield from _carried(bindings, part)
        case t.Windowed():
            yield from _carried(bindings, expr.inner)
        case _:
            for part in children(expr):
                yield from _carried(bindings, part)


def _is_repeated_part(bindings: Sequence[AnyBinding], part: t.Column | t.Subselect) -> bool:
    if isinstance(part, t.Column):
        return part.repeated
    read = outer_columns(part.query, frozenset(binding.id for binding in bindings))
    if not read:
        return False  # one value for the whole query, e.g. the total that a share divides by
    for binding in bindings:
        names = {column.name for column in read if column.source == binding.id}
        if not binding.multiplied and any(key and key <= names for key in binding.keys):
            return False  # looked up by a key: once per row
    return True


def _columns_in(query: t.Query) -> Iterator[t.Column]:
    for cte in query.ctes:
        yield from _columns_in(cte.query)
    if isinstance(query, t.SetQuery):
        yield from _columns_in(query.left)
        yield from _columns_in(query.right)
        return
    for source in (query.source, *(joined.source for joined in query.joins)):
        if isinstance(source, t.QuerySource):
            yield from _columns_in(source.query)
    for expr in _expressions(query):
        for part in walk(expr):
            if isinstance(part, t.Column):
                yield part
            inner = (
                part.query if isinstance(part, (t.Subselect, t.Existence, t.Membership)) else None
            )
            if inner is not None:
                yield from _columns_in(inner)


def _expressions(select: t.Select) -> Iterator[t.Expr]:
    yield from (output.expression for output in select.outputs)
    yield from select.group
    yield from (order.expression for order in select.order)
    conditions = [select.where, select.having, select.qualify, *(j.on for j in select.joins)]
    yield from (condition for condition in conditions if condition is not None)
