"""The allowed tree to our typed query: every name bound, every block checked.

Called by `pipeline`. Blocks resolve from the inside out; each hands its outputs and keys to
the block around it. Invariant: an ambiguous, unknown or shadowed name, a sum over repeated
rows, or a value outside of GROUP BY is an issue, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from semantic import syntax as s
from semantic import typed as t
from semantic.blocks import Block
from semantic.calls import NOTHING
from semantic.compiled import Principal
from semantic.definitions import Catalog, Model
from semantic.expressions import Resolver
from semantic.functions import widest
from semantic.issues import SemanticError
from semantic.look_up import look_up_column
from semantic.measures import models_of
from semantic.scope import AnyBinding, Context, OutputInfo, QueryBinding, Scope, SpanBinding
from semantic.series import expand_series
from semantic.sources import Inner, VisibleCte, bind_query, bind_table, join, reserved_names
from semantic.types import BOOLEAN, DataType


def resolve_query(
    catalog: Catalog, query: s.Query, principal: Principal, arguments: Mapping[str, DataType]
) -> tuple[t.Query, Context]:
    """The typed query and the context with its lineage.

    Raises:
        SemanticError: with every issue found.
    """
    context = Context(catalog, principal, arguments)
    inner = QueryResolver(context).query(query)
    if context.issues or inner is None:
        raise SemanticError(context.issues)
    return inner.query, context


@dataclass(slots=True)
class QueryResolver:
    """Resolves one query inside its surroundings."""

    context: Context
    ctes: Mapping[str, VisibleCte] = field(default_factory=dict)
    outer: Scope | None = None
    nested: bool = False
    """True for everything but the outermost block, whose row order people see."""

    def query(self, node: s.Query) -> Inner | None:
        """The inner query with outputs and keys; None after an issue."""
        within = self._with_ctes(node.ctes)
        if within is None:
            return None
        resolver, ctes = within
        found = (
            resolver._select(node) if isinstance(node, s.Select) else resolver._set_operation(node)
        )
        if found is None or not ctes:
            return found
        return replace(found, query=replace(found.query, ctes=(*ctes, *found.query.ctes)))

    def _with_ctes(
        self, nodes: tuple[s.Cte, ...]
    ) -> tuple[QueryResolver, tuple[t.Cte, ...]] | None:
        visible = dict(self.ctes)
        ctes: list[t.Cte] = []
        for node in nodes:
            name = node.name.casefold()
            if not self._is_free(node, name, visible):
                return None
            before = self.context.reads
            inner = QueryResolver(self.context, visible, self.outer, nested=True).query(node.query)
            if inner is None:
                return None
            reads = max(1, self.context.reads - before)
            given = self.context.new_alias("step")
            ctes.append(t.Cte(given, inner.query))
            visible[name] = VisibleCte(given, inner, reads)
        return QueryResolver(self.context, visible, self.outer, self.nested), tuple(ctes)

    def _is_free(self, node: s.Cte, name: str, visible: Mapping[str, VisibleCte]) -> bool:
        if name in reserved_names(self.context):
            message = f"A WITH item cannot be called like the model '{name}'."
            self.context.refuse("shadowed-name", message, node, "Choose another name.")
            return False
        if name in visible:
            message = "Two WITH items have the same name."
            self.context.refuse("shadowed-name", message, node, "Choose another name.")
            return False
        return True

    # ------------------------------------------------------------ set operations

    def _set_operation(self, node: s.SetOperation) -> Inner | None:
        side = replace(self, nested=True)
        left, right = side.query(node.left), side.query(node.right)
        if left is None or right is None:
            return None
        if len(left.outputs) != len(right.outputs):
            message = f"Both sides of {node.op.upper()} need the same number of columns."
            self.context.refuse("bad-set-operation", message, node)
            return None
        outputs = []
        for ours, theirs in zip(left.outputs, right.outputs, strict=True):
            type_ = widest((ours.type, theirs.type))
            if type_ is None:
                message = f"The columns of {node.op.upper()} have different types."
                self.context.refuse("type-mismatch", message, node)
                return None
            repeated = ours.repeated or theirs.repeated
            outputs.append(replace(ours, type=type_, repeated=repeated, origin=None))
        columns = tuple(
            replace(ours, column=replace(ours.column, type=info.type))
            for ours, info in zip(left.query.outputs, outputs, strict=True)
        )
        query = t.SetQuery(
            op=node.op, all=node.all, left=_with_outputs(left.query, columns), right=right.query,
            order=tuple(self._set_order(node, outputs)),
            limit=self._limit(node.limit, "LIMIT"), offset=self._limit(node.offset, "OFFSET"),
        )  # fmt: skip
        keys = () if node.all else (frozenset(info.name for info in outputs),)
        return Inner(query, tuple(outputs), keys)

    def _set_order(
        self, node: s.SetOperation, outputs: list[OutputInfo]
    ) -> Iterator[tuple[int, bool, bool]]:
        names = [info.shown.casefold() for info in outputs]
        for item in node.order_by:
            position = _position(item.expression, names)
            if position is None:
                message = "A set operation is ordered by the names or numbers of its columns."
                self.context.refuse("bad-order", message, item)
                continue
            yield position + 1, item.descending, item.nulls_first
        if node.order_all:
            yield from ((index + 1, False, False) for index in range(len(outputs)))

    def _limit(self, node: s.Expression | None, clause: str) -> t.Expr | None:
        if node is None:
            return None
        if isinstance(node, s.ArgumentRef) and node.name in self.context.arguments:
            return t.ArgumentValue(self.context.arguments[node.name], node.name)
        value = node.value if isinstance(node, s.Constant) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
            return t.Bound(DataType("integer"), value)
        message = f"{clause} takes a whole number from 0 to 1,000,000,000."
        self.context.refuse("bad-limit", message, node)
        return None

    # ------------------------------------------------------------ blocks

    def _select(self, node: s.Select) -> Inner | None:
        scope = Scope(self.context, outer=self.outer)
        joins = self._from(node, scope)
        if joins is None:
            return None
        block = Block(self.context, scope, self, node)
        block.resolve()
        if self.context.issues:
            return None
        limit, offset = self._limit(node.limit, "LIMIT"), self._limit(node.offset, "OFFSET")
        select = block.to_select(joins, limit, offset)
        if any(isinstance(b, SpanBinding) for b in scope.bindings) or block.series:
            expanded = expand_series(self.context, scope, select)
            if expanded is None:
                return None
            select = expanded
        else:
            select = block.with_sources(
                select, [to_source(self.context, b) for b in scope.bindings]
            )
        return Inner(select, tuple(block.infos), block.keys())

    def _from(self, node: s.Select, scope: Scope) -> list[tuple[s.Join, t.Expr | None]] | None:
        """Bind every source of the block; the conditions of its joins, or None after an issue."""
        if node.source is None:
            return []
        models = self._metric_models(node)
        if models is None:
            return None
        first = self._relation(node.source, models)
        if first is None:
            return None
        scope.bindings.append(first)
        found = []
        for item in node.joins:
            binding = self._relation(item.relation, models)
            if binding is None or not self._is_distinct(item, scope, binding):
                return None
            before = list(scope.bindings)
            scope.bindings.append(binding)
            on = self._on(item, scope, before, binding)
            if self.context.issues or not join(self.context, item, before, binding, on):
                return None
            found.append((item, on))
        return found

    def _is_distinct(self, node: s.Join, scope: Scope, binding: AnyBinding) -> bool:
        if any(other.shown == binding.shown for other in scope.bindings):
            message = "Two sources of FROM have the same name."
            self.context.refuse("ambiguous-name", message, node, "Give one of them an alias.")
            return False
        return True

    def _relation(self, node: s.Relation, models: tuple[Model, ...]) -> AnyBinding | None:
        if isinstance(node, s.TableRef):
            return bind_table(self.context, node, self.ctes, models)
        inner = QueryResolver(self.context, self.ctes, None, nested=True).query(node.query)
        if inner is None:
            return None
        alias = node.alias or ""
        if alias.casefold() in reserved_names(self.context) or alias.casefold() in self.ctes:
            message = "A subquery cannot be called like a model or a WITH item."
            self.context.refuse("shadowed-name", message, node, "Choose another alias.")
            return None
        return bind_query(self.context, inner, alias)

    def _on(
        self, node: s.Join, scope: Scope, before: list[AnyBinding], new: AnyBinding
    ) -> t.Expr | None:
        names = BlockNames(self, scope)
        if node.on is not None:
            return Resolver(self.context, names).condition(node.on)
        conditions: list[t.Expr] = []
        merged: dict[str, AnyBinding] = {}
        for name in node.using:
            earlier = Scope(self.context, before, using=scope.using)
            left = earlier.find(s.Name((name,), place=node.place))
            right = Scope(self.context, [new]).find(s.Name((name,), place=node.place))
            if len(left) != 1 or len(right) != 1:
                message = f"USING needs a column '{name[:40]}' on both sides."
                self.context.refuse("unknown-name", message, node, "Write ON a.x = b.y.")
                return None
            conditions.append(t.Operation(BOOLEAN, "=", (left[0], right[0])))
            kept = right[0] if node.kind == "right" else left[0]
            if node.kind != "full" and isinstance(kept, t.Column):
                merged[name.casefold()] = next(b for b in (*before, new) if b.id == kept.source)
        scope.using.update(merged)
        return (
            t.Operation(BOOLEAN, "and", tuple(conditions))
            if len(conditions) > 1
            else (conditions[0] if conditions else None)
        )

    def _metric_models(self, node: s.Select) -> tuple[Model, ...] | None:
        """The models whose metrics the block asks for, in the order of the catalog."""
        if not isinstance(node.source, s.TableRef):
            return ()
        if node.source.name.casefold() != self.context.catalog.name:
            return ()
        wanted: set[str] = set()
        for call in metric_calls(node):
            metric = self._metric_of(call)
            if metric is not None:
                wanted |= models_of(self.context.catalog, metric)
        return tuple(m for name, m in self.context.catalog.models.items() if name in wanted)

    def _metric_of(self, call: s.Call) -> str | None:
        arg = call.args[0] if len(call.args) == 1 else None
        name = arg.parts[-1].casefold() if isinstance(arg, s.Name) else ""
        return name if name in self.context.catalog.metrics else None


@dataclass(slots=True)
class BlockNames:
    """Name look-ups of a JOIN condition: sources only, no aliases, no metrics."""

    resolver: QueryResolver
    scope: Scope

    def look_up(self, name: s.Name) -> t.Expr:
        """The column, or an issue."""
        return look_up_column(self.resolver.context, self.scope, name)

    def measure(self, call: s.Call) -> t.Expr:
        """Never reached: aggregates are refused in ON."""
        return NOTHING

    def subquery(self, query: s.Query) -> t.Query | None:
        """Subqueries in ON are refused."""
        message = "A JOIN condition holds no subquery."
        self.resolver.context.refuse("forbidden-syntax", message, query)
        return None

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Never reached: aggregates are refused in ON."""


def metric_calls(node: s.Select) -> Iterator[s.Call]:
    """The MEASURE calls of one block, outside of its subqueries."""
    waiting: list[object] = [
        *node.items, node.having, node.qualify, *node.order_by, node.where, *node.group_by,
    ]  # fmt: skip
    while waiting:
        current = waiting.pop()
        if isinstance(current, (s.ScalarQuery, s.Exists, s.Select, s.SetOperation)):
            continue
        if isinstance(current, s.Call) and current.name in ("measure", "agg"):
            yield current
        if isinstance(current, s.Node):
            waiting += [getattr(current, name) for name in current.__dataclass_fields__]
        elif isinstance(current, tuple):
            waiting += current


def to_source(context: Context, binding: AnyBinding) -> t.Source:
    """The frozen source behind a binding that is not a span."""
    if isinstance(binding, QueryBinding):
        if binding.query is not None:
            return t.QuerySource(binding.id, binding.alias, binding.query)
        return t.CteSource(binding.id, binding.alias, binding.cte)
    if isinstance(binding, SpanBinding):
        raise TypeError("a span is expanded before it becomes a source")
    return binding.to_source(context)


def _with_outputs(query: t.Query, outputs: tuple[t.Output, ...]) -> t.Query:
    if isinstance(query, t.Select):
        return replace(query, outputs=outputs)
    return replace(query, left=_with_outputs(query.left, outputs))


def _position(node: s.Expression, names: list[str]) -> int | None:
    if (
        isinstance(node, s.Constant)
        and isinstance(node.value, int)
        and 1 <= node.value <= len(names)
    ):
        return node.value - 1
    if isinstance(node, s.Name) and len(node.parts) == 1:
        text = node.parts[0].casefold()
        return names.index(text) if names.count(text) == 1 else None
    return None
