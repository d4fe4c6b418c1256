"""The dimensions of a model: expressions over the columns of its table, bound and typed.

Called by `catalog`. Dimensions may build on each other in any order. Invariant: an
expression reads fields of its own table only, and no dimension is defined by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from semantic import syntax as s
from semantic import typed as t
from semantic.calls import NOTHING
from semantic.compiled import Principal
from semantic.definitions import Catalog, Dimension, Table
from semantic.describe import to_label
from semantic.expressions import Resolver
from semantic.findings import Findings, Path
from semantic.issues import suggest
from semantic.rewrite import walk
from semantic.scope import Context
from semantic.spec import DimensionSpec, ModelSpec, SemanticModelSpec
from semantic.types import DataType

DimensionKind = Literal["text", "number", "time", "boolean"]

_KIND_TYPES = {"number": ("integer", "decimal", "double"), "time": ("date", "timestamp")}


@dataclass(slots=True)
class FieldNames:
    """Names inside an expression over one table: its columns, then dimensions made of them."""

    context: Context
    table: Table
    dimensions: Mapping[str, t.Expr]

    def look_up(self, name: s.Name) -> t.Expr:
        """The field or the dimension's own expression."""
        text = name.parts[-1]
        if len(name.parts) == 1:
            if text in self.dimensions:
                return self.dimensions[text]
            if text in self.table.columns:
                return t.Field(self.table.columns[text], text)
        known = [*self.table.columns, *self.dimensions]
        message = f"'{name.text}' is not a column of '{self.table.name}'."
        self.context.refuse("unknown-name", message, name, suggestions=suggest(text, known))
        return NOTHING

    def measure(self, call: s.Call) -> t.Expr:
        """A row expression holds no metric."""
        self.context.refuse("bad-measure", "A metric cannot stand in this expression.", call)
        return NOTHING

    def subquery(self, query: s.Query) -> t.Query | None:
        """A row expression holds no subquery."""
        message = "An expression of the model holds no subquery."
        self.context.refuse("forbidden-syntax", message, query)
        return None

    def check_aggregate(self, call: s.Call, aggregate: t.Aggregate) -> None:
        """Never reached: row expressions hold no aggregates."""


@dataclass(slots=True)
class Dimensions:
    """Resolves the dimensions of one model; they may refer to each other in any order."""

    whole: SemanticModelSpec
    findings: Findings
    spec: ModelSpec
    table: Table
    path: Path
    found: dict[str, Dimension] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def resolve(self) -> dict[str, Dimension]:
        """The dimensions in the order of the file."""
        by_name = {d.name: (index, d) for index, d in enumerate(self.spec.dimensions)}
        for name in by_name:
            self._one(name, by_name)
        return {name: self.found[name] for name in by_name if name in self.found}

    def _one(self, name: str, by_name: Mapping[str, tuple[int, DimensionSpec]]) -> None:
        if name in self.found:
            return
        index, spec = by_name[name]
        path: Path = (*self.path, "dimensions", index)
        if name in self._open:
            message = f"Dimension '{name}' is defined by itself: {' -> '.join(self._open)}."
            self.findings.refuse("cycle", message, path)
            return
        self._open.append(name)
        expr = self._expression(spec, by_name, path)
        self._open.pop()
        self._check_kind(spec, expr.type, path)
        kind = _kind_of(expr.type) if spec.type == "auto" else spec.type
        fields = tuple(
            dict.fromkeys(part.column for part in walk(expr) if isinstance(part, t.Field))
        )
        self.found[name] = Dimension(
            model=self.spec.name, name=name, label=spec.label or to_label(name),
            description=spec.description, synonyms=spec.synonyms, kind=kind, type=expr.type,
            expr=expr, fields=fields, uses_as_of=any(isinstance(p, t.AsOf) for p in walk(expr)),
            format=spec.format or _default_format(expr.type), order=spec.order,
            value_synonyms=spec.value_synonyms, hidden=spec.hidden,
        )  # fmt: skip

    def _expression(
        self, spec: DimensionSpec, by_name: Mapping[str, tuple[int, DimensionSpec]], path: Path
    ) -> t.Expr:
        if not spec.expr:
            if spec.name in self.table.columns:
                return t.Field(self.table.columns[spec.name], spec.name)
            message = f"'{spec.name}' is not a column of '{self.table.name}' and has no 'expr'."
            near = suggest(spec.name, self.table.columns)
            self.findings.refuse("unknown-name", message, path, near)
            return NOTHING
        node = self.findings.parse(spec.expr, (*path, "expr"))
        others = {}
        for name in sorted(_names_in(node)):
            # A dimension that is named like the column it cleans reads the column itself.
            if name in by_name and name != spec.name and name not in self.table.columns:
                self._one(name, by_name)
                if name in self.found:
                    others[name] = self.found[name].expr
        empty = Catalog(self.whole, {}, {}, (), ())
        context = Context(empty, Principal(), {})
        expr = Resolver(context, FieldNames(context, self.table, others), trusted=True).resolve(
            node
        )
        self.findings.add(context.issues, (*path, "expr"))
        return expr

    def _check_kind(self, spec: DimensionSpec, type_: DataType, path: Path) -> None:
        if spec.type == "auto":
            return
        wanted = _KIND_TYPES.get(spec.type, (spec.type,))
        if type_.kind not in (*wanted, "null"):
            message = (
                f"Dimension '{spec.name}' is declared {spec.type}, its values are {type_.kind}."
            )
            self.findings.refuse("type-mismatch", message, (*path, "type"))


def _kind_of(type_: DataType) -> DimensionKind:
    if type_.is_numeric:
        return "number"
    if type_.is_time:
        return "time"
    return "boolean" if type_.kind == "boolean" else "text"


def _names_in(node: s.Expression) -> set[str]:
    found: set[str] = set()
    waiting: list[object] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, s.Name):
            found.add(current.parts[-1])
        elif isinstance(current, s.Node):
            waiting += [getattr(current, name) for name in current.__dataclass_fields__]
        elif isinstance(current, tuple):
            waiting += current
    return found


def _default_format(type_: DataType) -> str:
    return {
        "integer": "integer", "decimal": "number", "double": "number", "date": "date",
        "timestamp": "date",
    }.get(type_.kind, "text")  # fmt: skip
