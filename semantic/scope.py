"""Scopes: which names stand for what in one block of a query.

Called by `resolve` and `expressions`. A binding is one source of FROM while its block is
being resolved; it gathers the columns that are used. Invariant: a name resolves to exactly
one definition or is refused; nothing is looked up by text after this step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from semantic import syntax as s
from semantic import typed as t
from semantic.compiled import Principal
from semantic.definitions import (
    METRIC_TIME,
    Catalog,
    Dimension,
    Metric,
    Model,
    Policy,
    Relationship,
    Segment,
)
from semantic.issues import Issue, did_you_mean, suggest
from semantic.rewrite import walk
from semantic.types import DATE, NULL, DataType

MAX_RESOLVED = 30_000
"""How many parts of expressions one statement may resolve; CASE x WHEN ... resolves x again."""
MAX_READS = 200
"""How many relations one statement may read, counting through its WITH items."""
MAX_REPEATED = 20_000
"""How many parts of expressions the aliases of one statement may repeat."""


class Context:
    """What one compilation shares: the catalog, the issues found, names given out, lineage."""

    def __init__(
        self, catalog: Catalog, principal: Principal, arguments: Mapping[str, DataType]
    ) -> None:
        self.catalog = catalog
        self.principal = principal
        self.arguments = arguments
        self.issues: list[Issue] = []
        self.metrics: dict[str, Metric] = {}
        self.dimensions: dict[str, Dimension] = {}
        self.segments: dict[str, Segment] = {}
        self.models: dict[str, Model] = {}
        self._ids = 0
        self._aliases: dict[str, int] = {}
        self._repeated = 0
        self._resolved = 0
        self.reads = 0
        """Relations read, those inside of a WITH item once for every reference to it."""

    def new_id(self) -> int:
        """A fresh source id."""
        self._ids += 1
        return self._ids

    def new_alias(self, base: str) -> str:
        """A fresh alias in the whole statement, after `base`."""
        count = self._aliases[base] = self._aliases.get(base, 0) + 1
        return base if count == 1 else self.new_alias(f"{base}_{count}")

    def read(self, relations: int, node: s.Node) -> bool:
        """False where WITH items that read each other twice and more multiply beyond measure."""
        self.reads += relations
        if self.reads <= MAX_READS:
            return True
        message = "The WITH items of the statement are read too often."
        self.refuse("too-long", message, node, "Each of them is computed again where it is read.")
        return False

    def spend(self, node: s.Node) -> bool:
        """False once the statement has grown beyond all measure; the issue is recorded."""
        self._resolved += 1
        if self._resolved == MAX_RESOLVED + 1:
            self.refuse("too-long", "The statement has too many parts.", node, "Split it.")
        return self._resolved <= MAX_RESOLVED

    def repeat(self, expr: t.Expr, node: s.Node) -> t.Expr:
        """`expr` once more, for an alias that stands for it; refused before the text explodes."""
        if self._repeated <= MAX_REPEATED:
            self._repeated += sum(1 for _ in islice(walk(expr), MAX_REPEATED))
        if self._repeated > MAX_REPEATED:
            message = "The aliases of the statement repeat expressions too often."
            self.refuse("too-long", message, node, "Compute them in a WITH item first.")
            return t.Constant(NULL, None)
        return expr

    def refuse(
        self, code: str, message: str, node: s.Node | None = None, hint: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Record an issue at the place of `node`; the resolution goes on to find the others."""
        place = node.place if node is not None else None
        issue = Issue(
            code, message, hint=hint or did_you_mean(suggestions), place=place,
            suggestions=suggestions,
        )  # fmt: skip
        if issue not in self.issues and len(self.issues) < 20:
            self.issues.append(issue)


@dataclass(slots=True)
class OutputInfo:
    """What an output of an inner query is, for the block that reads it."""

    shown: str
    name: str
    type: DataType
    repeated: bool
    role: str
    label: str
    format: str
    grain: str
    origin: tuple[str, str] | None = None
    """(model, dimension) where the output is a bare dimension."""


@dataclass(slots=True, kw_only=True)
class Binding:
    """One source of FROM."""

    id: int
    alias: str
    shown: str
    """The name the asker uses for it, casefolded."""
    keys: tuple[frozenset[str], ...] = ()
    """Sets of column names that identify a row; the empty set: at most one row."""
    multiplied: bool = False
    """True once a join may repeat its rows."""


@dataclass(slots=True, kw_only=True)
class ModelBinding(Binding):
    """The rows of a model."""

    model: Model
    columns: dict[str, t.ModelColumn] = field(default_factory=dict)
    nullable: bool = False
    """True on the optional side of an outer join: a row may stand for no row of the model."""

    def column(
        self, context: Context, dimension: Dimension, path: tuple[Relationship, ...] = ()
    ) -> t.Column:
        """The dimension as a column of this source."""
        name = self._column_name(dimension, path)
        if name not in self.columns:
            mask = masked(context, dimension)
            self.columns[name] = t.ModelColumn(name, dimension, path, mask or dimension.expr)
            context.dimensions[dimension.qualified] = dimension
            context.models.setdefault(dimension.model, context.catalog.models[dimension.model])
        expression = self.columns[name].expression
        return t.Column(expression.type, self.id, name, repeated=bool(path) or self.multiplied)

    def _column_name(self, dimension: Dimension, path: tuple[Relationship, ...]) -> str:
        """A name of its own for each dimension by each path; own dimensions keep theirs."""
        if not path:
            return dimension.name
        name = "__".join([*(step.to_model for step in path), dimension.name])
        while name in self.model.dimensions or (
            (known := self.columns.get(name)) is not None
            and (known.dimension is not dimension or known.path != path)
        ):
            name += "_"
        return name

    def to_source(self, context: Context) -> t.ModelSource:
        """The frozen source, with the row policies of every model it reads."""
        paths = {column.path for column in self.columns.values()} | {()}
        filters = [
            t.RowFilter(path, condition)
            for path in sorted(paths, key=len)
            for condition in row_policies(context, path[-1].to_model if path else self.model.name)
        ]
        columns = tuple(self.columns.values())
        return t.ModelSource(self.id, self.alias, self.model, columns, tuple(filters))


@dataclass(slots=True, kw_only=True)
class SpanBinding(Binding):
    """The spanning relation over the models whose metrics the block asks for."""

    models: tuple[Model, ...]
    columns: dict[str, Dimension] = field(default_factory=dict)

    def column(self, name: str, dimension: Dimension) -> t.Column:
        """A shared dimension; `metric_time` stands for each model's own time, as a date."""
        while name != METRIC_TIME and self.columns.get(name, dimension) is not dimension:
            name += "_"
        self.columns[name] = dimension
        return t.Column(DATE if name == METRIC_TIME else dimension.type, self.id, name)

    def in_model(self, context: Context, name: str, binding: ModelBinding) -> t.Expr:
        """The column `name` of this span, over the rows of one of its models."""
        model = binding.model
        if name == METRIC_TIME:
            column = binding.column(context, model.dimensions[model.time or ""])
            return column if column.type == DATE else t.Conversion(DATE, column)
        dimension = self.columns[name]
        path = () if dimension.model == model.name else model.neighbours[dimension.model]
        return binding.column(context, dimension, path)


@dataclass(slots=True, kw_only=True)
class QueryBinding(Binding):
    """A subquery or a WITH item."""

    outputs: tuple[OutputInfo, ...]
    query: t.Query | None = None
    """None for a WITH item, which stands at the top of its statement."""
    cte: str = ""

    def column(self, output: OutputInfo) -> t.Column:
        """One output as a column of this source."""
        repeated = output.repeated or self.multiplied
        return t.Column(output.type, self.id, output.name, repeated=repeated)


AnyBinding = ModelBinding | SpanBinding | QueryBinding


def masked(context: Context, dimension: Dimension) -> t.Expr | None:
    """The mask that the asker's roles put over `dimension`, or None."""
    for policy in _policies(context, dimension.model):
        if dimension.name in policy.masks:
            return policy.masks[dimension.name]
    return None


def row_policies(context: Context, model: str) -> list[t.Expr]:
    """The row conditions that the asker's roles put on `model`, all of which must hold."""
    return [policy.rows for policy in _policies(context, model) if policy.rows is not None]


def _policies(context: Context, model: str) -> list[Policy]:
    roles = context.principal.roles
    return [p for p in context.catalog.policies if p.model == model and p.role in roles]


@dataclass(slots=True)
class Scope:
    """The bindings of one block, and the block around it for correlated subqueries."""

    context: Context
    bindings: list[AnyBinding] = field(default_factory=list)
    outer: Scope | None = None
    aliases: dict[str, t.Expr] = field(default_factory=dict)
    """Names given in the select list, for HAVING, QUALIFY, GROUP BY and ORDER BY."""
    aliases_first: bool = False
    using: dict[str, AnyBinding] = field(default_factory=dict)
    """Names that a USING made one, with the source whose column they stand for."""

    def find(self, name: s.Name) -> list[t.Expr]:
        """Everything that `name` may stand for in this block (not the outer ones)."""
        if len(name.parts) == 2:
            return self._find_qualified(name.parts[0].casefold(), name.parts[1].casefold())
        text = name.parts[0].casefold()
        if text in self.using:
            source = self.using[text]
            return _own(self.context, source, text) or _far(self.context, source, text)
        own = [column for binding in self.bindings for column in _own(self.context, binding, text)]
        return own or [
            column for binding in self.bindings for column in _far(self.context, binding, text)
        ]

    def _find_qualified(self, qualifier: str, text: str) -> list[t.Expr]:
        for binding in self.bindings:
            if binding.shown == qualifier:
                found = _own(self.context, binding, text)
                if found:
                    return found
        return [
            column
            for binding in self.bindings
            for column in _through(self.context, binding, qualifier, text)
        ]

    def find_segments(self, name: s.Name) -> list[tuple[ModelBinding, Segment]]:
        """The segments called `name` of the models in this block."""
        text = name.parts[-1].casefold()
        return [
            (binding, binding.model.segments[text])
            for binding in self.bindings
            if isinstance(binding, ModelBinding)
            and text in binding.model.segments
            and (len(name.parts) == 1 or binding.shown == name.parts[0].casefold())
        ]

    def find_far_segments(
        self, name: s.Name
    ) -> list[tuple[ModelBinding, tuple[Relationship, ...], Segment]]:
        """The segments that `model.segment` names of a model which rows of this block belong to."""
        if len(name.parts) != 2:
            return []
        owner, text = (part.casefold() for part in name.parts)
        return [
            (binding, path, self.context.catalog.models[owner].segments[text])
            for binding in self.bindings
            if isinstance(binding, ModelBinding)
            and (path := binding.model.neighbours.get(owner)) is not None
            and text in self.context.catalog.models[owner].segments
        ]

    def known_names(self) -> set[str]:
        """Every name that could stand here, for suggestions."""
        names: set[str] = set(self.aliases)
        for binding in self.bindings:
            match binding:
                case ModelBinding():
                    names |= set(binding.model.dimensions) | set(binding.model.segments)
                    for neighbour in binding.model.neighbours:
                        names |= set(self.context.catalog.models[neighbour].dimensions)
                case SpanBinding():
                    for model in binding.models:
                        names |= set(model.dimensions)
                case QueryBinding():
                    names |= {output.shown for output in binding.outputs}
        return names


def _own(context: Context, binding: AnyBinding, text: str) -> list[t.Expr]:
    match binding:
        case ModelBinding():
            dimension = binding.model.dimensions.get(text)
            if dimension is None and text == METRIC_TIME and binding.model.time:
                dimension = binding.model.dimensions[binding.model.time]
            return [binding.column(context, dimension)] if dimension else []
        case SpanBinding():
            return _shared(context, binding, text, owners=None)
        case QueryBinding():
            found = [output for output in binding.outputs if output.shown.casefold() == text]
            return [binding.column(output) for output in found]


def _far(context: Context, binding: AnyBinding, text: str) -> list[t.Expr]:
    if not isinstance(binding, ModelBinding):
        return []
    return [
        binding.column(context, context.catalog.models[neighbour].dimensions[text], path)
        for neighbour, path in binding.model.neighbours.items()
        if text in context.catalog.models[neighbour].dimensions
    ]


def _through(context: Context, binding: AnyBinding, qualifier: str, text: str) -> list[t.Expr]:
    """Columns of a neighbour, addressed by its model's name or by a direct relationship's."""
    if isinstance(binding, SpanBinding):
        return _shared(context, binding, text, owners={qualifier})
    if not isinstance(binding, ModelBinding):
        return []
    paths: list[tuple[Relationship, ...]] = []
    if qualifier in binding.model.neighbours:
        paths.append(binding.model.neighbours[qualifier])
    else:
        paths += [
            (step,)
            for step in context.catalog.relationships
            if step.name == qualifier and step.from_model == binding.model.name
        ]
    return [
        binding.column(context, target.dimensions[text], path)
        for path in paths
        if text in (target := context.catalog.models[path[-1].to_model]).dimensions
    ]


def _shared(
    context: Context, binding: SpanBinding, text: str, owners: set[str] | None
) -> list[t.Expr]:
    """Dimensions called `text` that every model of the span reaches."""
    if text == METRIC_TIME and owners is None and all(model.time for model in binding.models):
        model = binding.models[0]
        return [binding.column(METRIC_TIME, model.dimensions[model.time or ""])]
    found: list[t.Expr] = []
    for owner in context.catalog.models.values():
        reached = all(m.name == owner.name or owner.name in m.neighbours for m in binding.models)
        if reached and text in owner.dimensions and (owners is None or owner.name in owners):
            name = text if owners is None else f"{owner.name}__{text}"
            found.append(binding.column(name, owner.dimensions[text]))
    return found


def suggestions_for(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Near names, best first."""
    return suggest(name.rsplit(".", maxsplit=1)[-1], known)
