"""The catalog as statements for BI tools: views, metric macros, comments, definitions.

Called when a version is built; the statements run inside the new file before it is
published. Invariant: views name their tables in full and macros take columns as arguments
and read no table, so neither a WITH item nor a temporary table of a BI tool can forge a
governed number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


def finishing_sql(catalog: Catalog) -> tuple[str, ...]:
    """The statements, in order, for a connection where the new file is attached as `revenue`."""
    return tuple(_Bi(catalog).statements())


@dataclass(frozen=True, slots=True)
class _Bi:
    catalog: Catalog

    def statements(self) -> Iterator[str]:
        for model in self.catalog.models.values():
            yield from self._view(model)
        for metric in self.catalog.metrics.values():
            yield from self._macro(metric)
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
        # BI tools look at the file today: as_of() is their own clock there.
        return Emitter(CalendarSql(self.catalog), clock="current_date")

    def _macro(self, metric: Metric) -> Iterator[str]:
        """A macro for every metric that is one expression over the rows of one model."""
        if len(metric.models) != 1 or not all(map(is_inline, leaves_of(self.catalog, metric))):
            return
        (model,) = (self.catalog.models[name] for name in metric.models)
        context = Context(self.catalog, Principal(), {})
        binding = ModelBinding(id=0, alias=model.name, shown=model.name, model=model)
        expression = compose(context, metric, lambda m: aggregate(context, binding, m))
        if any(column.path for column in binding.columns.values()):
            return
        body = self._emitter().over_columns(expression, binding.id)
        arguments = ", ".join(quote(name) for name in binding.columns)
        name = f"{DATABASE}.main.{quote(metric.name)}"
        call = f"{metric.name}({', '.join(binding.columns)})"
        example = f"SELECT {call} FROM {model.name}"  # noqa: S608 - text of a comment
        comment = _about(metric.label, f"{metric.description} = {metric.formula}. {example}")
        yield f"CREATE MACRO {name}({arguments}) AS ({body})"
        yield f"COMMENT ON MACRO {name} IS {literal(comment)}"

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
            ("model", "name", "label", "description", "kind", "formula", "format", "synonyms"),
            [(m.model, m.name, m.label, m.description, m.kind, m.formula, m.format,
              ", ".join(m.synonyms)) for m in self.catalog.metrics.values()],
        )  # fmt: skip
        yield from _table(
            "relationships", ("name", "from_column", "to_column", "cardinality"),
            [(r.name, f"{r.from_model}.{r.from_dimension}", f"{r.to_model}.{r.to_dimension}",
              "one_to_one" if r.one_to_one else "many_to_one") for r in self.catalog.relationships],
        )  # fmt: skip


def _dimension_row(d: Dimension) -> tuple[str, ...]:
    synonyms = ", ".join(d.synonyms)
    return d.model, d.name, d.label, d.description, d.kind, d.type.to_sql(), d.format, synonyms


def _table(
    name: str, columns: tuple[str, ...], rows: list[tuple[str | None, ...]]
) -> Iterator[str]:
    """A table of texts in schema `meta`."""
    listed = ", ".join(f"{quote(column)} VARCHAR" for column in columns)
    yield f"CREATE TABLE {DATABASE}.meta.{name} ({listed})"
    if rows:
        values = ",\n".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
        yield f"INSERT INTO {DATABASE}.meta.{name} VALUES\n{values}"


def _about(label: str, description: str) -> str:
    return f"{label}: {description}" if description else label
