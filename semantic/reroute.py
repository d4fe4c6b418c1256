"""Our typed query to the same over stored aggregates, wherever they give the same answer.

Called by `compile`. A block of aggregates over one model is read from the smallest rollup that
keeps all it needs. Invariant: the answer is the one the rows would give; where that is not
certain (row policies, medians, a column that is not kept, joins) the block stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Final

from semantic import typed as t
from semantic.definitions import Rollup
from semantic.functions import FUNCTIONS
from semantic.rewrite import all_of, conjuncts, transform
from semantic.rollups import over_fields, parts_of
from semantic.types import DOUBLE, INTEGER, DataType

_DIGITS: Final = 38


class _NotKeptError(Exception):
    """Raised where a rollup lacks something that the block reads."""


def reroute(query: t.Query, rollups: tuple[Rollup, ...]) -> t.Query:
    """The query with every block that a rollup can answer read from it."""
    if not rollups:
        return query
    ctes = tuple(replace(cte, query=reroute(cte.query, rollups)) for cte in query.ctes)
    if isinstance(query, t.SetQuery):
        left, right = reroute(query.left, rollups), reroute(query.right, rollups)
        return replace(query, ctes=ctes, left=left, right=right)
    source = query.source and _inside(query.source, rollups)
    joins = tuple(replace(j, source=_inside(j.source, rollups)) for j in query.joins)
    query = replace(query, ctes=ctes, source=source, joins=joins)
    if not query.grouped or query.joins or not isinstance(source, t.ModelSource) or source.filters:
        return query
    for rollup in rollups:
        if rollup.model == source.model.name:
            try:
                return _Block(source, rollup).select(query)
            except _NotKeptError:
                continue
    return query


def _inside(source: t.Source, rollups: tuple[Rollup, ...]) -> t.Source:
    if isinstance(source, t.QuerySource):
        return replace(source, query=reroute(source.query, rollups))
    return source


@dataclass(slots=True)
class _Block:
    """One block on its way from a model to a rollup."""

    source: t.ModelSource
    rollup: Rollup
    columns: dict[str, t.Expr] = field(default_factory=dict)
    """Of the new source: expressions over fields of the rollup."""

    def select(self, select: t.Select) -> t.Select:
        """The block over the rollup.

        Raises:
            _NotKeptError: the rollup lacks something.
        """
        changed = replace(
            select,
            outputs=tuple(replace(o, expression=self._over(o.expression)) for o in select.outputs),
            where=select.where and self._over(select.where),
            group=tuple(map(self._over, select.group)),
            having=select.having and self._over(select.having),
            qualify=select.qualify and self._over(select.qualify),
            order=tuple(replace(o, expression=self._over(o.expression)) for o in select.order),
        )
        columns = tuple(self.columns.items())
        source = t.RollupSource(self.source.id, self.source.alias, self.rollup.table, columns)
        return replace(changed, source=source)

    def _over(self, expr: t.Expr) -> t.Expr:
        return transform(expr, self._replaced)

    def _replaced(self, part: t.Expr) -> t.Expr | None:
        match part:
            case t.Column():
                self._keep(part)
            case t.Aggregate():
                return self._aggregate(part)
            case t.Windowed():
                return self._windowed(part)
            case t.Subselect() | t.Existence():
                self._keep_all(part.query)
            case t.Membership() if part.query is not None:
                self._keep_all(part.query)
        return None

    def _windowed(self, part: t.Windowed) -> t.Windowed:
        """A window over the groups; its own aggregate is not one over rows."""
        inner = replace(part.inner, args=tuple(map(self._over, part.inner.args)))
        if isinstance(inner, t.Aggregate):
            filter_ = inner.filter and self._over(inner.filter)
            inner = replace(inner, filter=filter_, order=self._orders(inner.order))
        partition = tuple(map(self._over, part.partition))
        return replace(part, inner=inner, partition=partition, order=self._orders(part.order))

    def _orders(self, orders: tuple[t.Order, ...]) -> tuple[t.Order, ...]:
        return tuple(replace(o, expression=self._over(o.expression)) for o in orders)

    # ------------------------------------------------------------ columns

    def _keep(self, column: t.Column) -> None:
        """Have the column under its own name; one of an outer block stays what it is."""
        if column.source == self.source.id and column.name not in self.columns:
            expr = over_fields(column, self.source)
            self.columns[column.name] = transform(expr, self._key)

    def _key(self, part: t.Expr) -> t.Expr | None:
        found = self.rollup.keys.get(part)
        if found is None and isinstance(part, (t.Field, t.Column)):
            raise _NotKeptError
        return found

    def _keep_all(self, query: t.Query) -> None:
        for column in _columns_in(query):
            self._keep(column)

    # ------------------------------------------------------------ aggregates

    def _aggregate(self, part: t.Aggregate) -> t.Expr:
        if part.function.name == "count_if":
            filter_ = all_of([*conjuncts(part.filter), part.args[0]])
            part = t.Aggregate(INTEGER, FUNCTIONS["count"], filter=filter_)
        filter_ = part.filter and self._over(part.filter)
        stored = [over_fields(one, self.source) for one in parts_of(part)]
        if not stored or not all(one in self.rollup.parts for one in stored):
            return self._of_keys(part)
        names = [self._part(one) for one in stored]
        match part.function.name:
            case "count":
                return _count(names[0], filter_)
            case "min" | "max":
                return replace(part, args=(names[0],), filter=filter_)
            case "sum":
                return _sum(names[0], filter_)
            case _:
                return _mean(names[0], names[1], filter_)

    def _part(self, stored: t.Expr) -> t.Column:
        found = self.rollup.parts[stored]
        if not isinstance(found, t.Field):
            raise TypeError("a part is stored in a field")
        self.columns[found.column] = found
        return t.Column(found.type, self.source.id, found.column)

    def _of_keys(self, part: t.Aggregate) -> t.Expr:
        """An aggregate that repeated rows do not change, over the keys themselves."""
        if not part.distinct and part.function.repeats_matter:
            raise _NotKeptError
        return replace(
            part,
            args=tuple(map(self._over, part.args)),
            filter=part.filter and self._over(part.filter),
            order=self._orders(part.order),
        )


def _sum(column: t.Column, filter_: t.Expr | None) -> t.Aggregate:
    return t.Aggregate(column.type, FUNCTIONS["sum"], (column,), filter=filter_)


def _count(column: t.Column, filter_: t.Expr | None) -> t.Expr:
    # The engine's sum of counts is wider than a count, and NULL where there is no row.
    total = t.Conversion(INTEGER, _sum(column, filter_))
    return t.Apply(INTEGER, FUNCTIONS["coalesce"], (total, t.Constant(INTEGER, 0)))


def _mean(summed: t.Column, counted: t.Column, filter_: t.Expr | None) -> t.Expr:
    """The mean as the engine computes it: the sum of whole units over their number, rounded once.

    A decimal is a whole number of units of its last digit. Above 2**53 units a double has gaps,
    and the last bit may differ from the mean over the rows.
    """
    total: t.Expr = _sum(summed, filter_)
    count: t.Expr = _sum(counted, filter_)
    if summed.type.scale:
        units = t.Constant(INTEGER, 10**summed.type.scale)
        total = t.Operation(summed.type, "*", (total, units))
        total = t.Conversion(DataType("decimal", _DIGITS, 0), total)
        count = t.Operation(INTEGER, "*", (count, units))
    parts = (t.Conversion(DOUBLE, total), t.Conversion(DOUBLE, count))
    return t.Operation(DOUBLE, "/", parts)


def _columns_in(node: object) -> Iterator[t.Column]:
    """Every column that a query reads, at any depth, its own and those of blocks around it."""
    if isinstance(node, t.Column):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _columns_in(item)
    elif is_dataclass(node) and not isinstance(node, (t.ModelSource, type)):
        for one in fields(node):
            yield from _columns_in(getattr(node, one.name))
