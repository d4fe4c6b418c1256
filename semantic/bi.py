"""The catalog as statements for BI tools: views, metric macros, comments, definitions.

Called when a version is built; the statements run inside the new file before it is
published. Invariant: views name their tables in full, macros take columns as arguments and
read no table, and no macro has the name of an engine function: so neither a WITH item nor a
temporary table of a BI tool forges a governed number, nor a metric the engine's own sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from semantic.calendar import CalendarSql
from semantic.compiled import Principal
from semantic.definitions import Catalog, Dimension, Metric, Model
from semantic.emit import Emitter
from semantic.measures import aggregate, compose, is_inline
from semantic.metric_checks import leaves_of
from semantic.scope import Context, ModelBinding
from semantic.sql_text import literal, quote

DATABASE = "revenue"
"""The catalog name of a published file, which is the stem of its file name."""


_ABOUT_META: Final[Mapping[str, str]] = {
    "models": "One row per model; the view of the same name in main holds its rows.",
    "dimensions": "One row per dimension; the column of the same name in its model's view.",
    "segments": "One row per segment: a named row filter, in terms of the model's dimensions.",
    "metrics": "One row per metric: its definition, and how to call its macro where it has one.",
    "relationships": "One row per relationship between two models, from many rows to one.",
}


def finishing_sql(catalog: Catalog, *, taken: frozenset[str]) -> tuple[str, ...]:
    """The statements, in order, for a connection where the new file is attached as `revenue`.

    Args:
        taken: the names that mean something to the engine in a call, such as its functions. A
            metric of that name gets no macro: it would change what the engine's own name means,
            in this file, for everyone.
    """
    return tuple(_Bi(catalog, taken).statements())


@dataclass(frozen=True, slots=True)
class _Macro:
    """A metric as an expression over arguments."""

    metric: Metric
    model: str
    arguments: tuple[str, ...]
    body: str

    @property
    def call(self) -> str:
        """How it is written in a query over its model's view."""
        return f"{quote(self.metric.name)}({', '.join(map(quote, self.arguments))})"


@dataclass(frozen=True, slots=True)
class _Bi:
    catalog: Catalog
    taken: frozenset[str]
    calls: dict[str, str] = field(default_factory=dict)
    """How to call the macro of each metric that has one."""

    def statements(self) -> Iterator[str]:
        for table in {model.table.name: model.table for model in self.catalog.models.values()}:
            text = "Rows as loaded; the views in schema main show them with their dimensions."
            yield f"COMMENT ON TABLE {DATABASE}.source.{quote(table)} IS {literal(text)}"
        for model in self.catalog.models.values():
            yield from self._view(model)
        for metric in self.catalog.metrics.values():
            macro = self._find_macro(metric)
            if macro is not None:
                self.calls[metric.name] = macro.call
                yield from _create_macro(macro)
        yield from self._definitions()

    def _view(self, model: Model) -> Iterator[str]:
        emitter = self._emitter()
        columns = ",\n  ".join(
            f"{emitter.expr(d.expr)} AS {quote(d.name)}" for d in model.dimensions.values()
        )
        name = f"{DATABASE}.main.{quote(model.name)}"
        table = f"{DATABASE}.source.{quote(model.table.name)}"
        # S608: names and expressions of the catalog, quoted by the emitter.
        yield f"CREATE VIEW {name} AS SELECT\n  {columns}\nFROM {table}"
        yield f"COMMENT ON VIEW {name} IS {literal(_about(model.label, model.description))}"
        for dimension in model.dimensions.values():
            comment = literal(_about(dimension.label, dimension.description))
            yield f"COMMENT ON COLUMN {name}.{quote(dimension.name)} IS {comment}"

    def _emitter(self) -> Emitter:
        # BI tools look at the file today: as_of() is their own clock there. A call, since the
        # bare word current_date would mean a column or an alias of that name beside it.
        return Emitter(CalendarSql(self.catalog), clock="today()")

    def _find_macro(self, metric: Metric) -> _Macro | None:
        """The macro of a metric that is one expression over the rows of one model."""
        if metric.name in self.taken or len(metric.models) != 1:
            return None
        if not all(map(is_inline, leaves_of(self.catalog, metric))):
            return None
        (model,) = (self.catalog.models[name] for name in metric.models)
        context = Context(self.catalog, Principal(), {})
        binding = ModelBinding(id=0, alias=model.name, shown=model.name, model=model)
        expression = compose(context, metric, lambda m: aggregate(context, binding, m))
        if any(column.path for column in binding.columns.values()):
            return None
        body = self._emitter().over_columns(expression, binding.id)
        return _Macro(metric, model.name, tuple(binding.columns), body)

    def _definitions(self) -> Iterator[str]:
        yield from _table(
            "models", ("name", "label", "description", "source", "primary_key", "time"),
            [(m.name, m.label, m.description, m.table.name, m.primary_key, m.time)
             for m in self.catalog.models.values()],
        )  # fmt: skip
        yield from _table(
            "dimensions",
            ("model", "name", "label", "description", "kind", "type", "format", "synonyms"),
            [
                _dimension_row(d)
                for m in self.catalog.models.values()
                for d in m.dimensions.values()
            ],
        )
        yield from _table(
            "segments", ("model", "name", "label", "description", "filter"),
            [(s.model, s.name, s.label, s.description, s.text)
             for m in self.catalog.models.values() for s in m.segments.values()],
        )  # fmt: skip
        yield from _table(
            "metrics",
            ("model", "name", "label", "description", "kind", "formula", "format", "synonyms",
             "macro"),
            [(m.model, m.name, m.label, m.description, m.kind, m.formula, m.format,
              ", ".join(m.synonyms), self.calls.get(m.name))
             for m in self.catalog.metrics.values()],
        )  # fmt: skip
        yield from _table(
            "relationships", ("name", "from_column", "to_column", "cardinality"),
            [(r.name, f"{r.from_model}.{r.from_dimension}", f"{r.to_model}.{r.to_dimension}",
              "one_to_one" if r.one_to_one else "many_to_one") for r in self.catalog.relationships],
        )  # fmt: skip


def _create_macro(macro: _Macro) -> Iterator[str]:
    metric = macro.metric
    name = f"{DATABASE}.main.{quote(metric.name)}"
    arguments = ", ".join(map(quote, macro.arguments))
    example = f"SELECT {macro.call} FROM {quote(macro.model)}"  # noqa: S608 - text of a comment
    meaning = f"{metric.description} = {metric.formula}. {example}".lstrip()
    yield f"CREATE MACRO {name}({arguments}) AS ({macro.body})"
    yield f"COMMENT ON MACRO {name} IS {literal(_about(metric.label, meaning))}"


def _dimension_row(d: Dimension) -> tuple[str, ...]:
    synonyms = ", ".join(d.synonyms)
    return d.model, d.name, d.label, d.description, d.kind, d.type.to_sql(), d.format, synonyms


def _table(
    name: str, columns: tuple[str, ...], rows: list[tuple[str | None, ...]]
) -> Iterator[str]:
    """A table of texts in schema `meta`."""
    listed = ", ".join(f"{quote(column)} VARCHAR" for column in columns)
    yield f"CREATE TABLE {DATABASE}.meta.{name} ({listed})"
    yield f"COMMENT ON TABLE {DATABASE}.meta.{name} IS {literal(_ABOUT_META[name])}"
    if rows:
        values = ",\n".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        yield f"INSERT INTO {DATABASE}.meta.{name} VALUES\n{values}"


def _about(label: str, description: str) -> str:
    return f"{label}: {description}" if description else label
