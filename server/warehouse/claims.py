"""Claims about data and what became of them: statements, proofs, access to the tables.

Called by `check` and its parts. Invariant: an engine error becomes a sentence of ours; its
own text may hold values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from semantic.compiled import Value
from semantic.spec import ModelSpec, SemanticModelSpec

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled SELECT: `parameters[i]` is bound to `$(i+1)`."""

    name: str
    sql: str
    parameters: tuple[Value, ...] = ()
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one claim."""

    name: str
    """The claim, as "primary key of opportunities"."""
    ok: bool
    message: str
    rows: int = 0
    """Rows (for members: members) that break the claim."""
    severity: Literal["error", "warning"] = "error"
    """Of a refuted claim: an error can make a number wrong, a warning cannot."""
    path: Path = ()
    """Keys into the model file, for its file and line."""


class NotProvableError(Exception):
    """The claim cannot be tried; the text says why."""


@dataclass(frozen=True, slots=True)
class Data:
    connection: duckdb.DuckDBPyConnection
    spec: SemanticModelSpec
    dimension_sql: Mapping[str, Statement]
    catalog: str

    def columns(self, table: str) -> frozenset[str]:
        """The column names of a table; empty when there is no such table."""
        rows = self.fetch(
            "SELECT column_name FROM duckdb_columns() "
            "WHERE database_name = $1 AND schema_name = 'source' AND table_name = $2",
            [self.catalog, table],
        )
        return frozenset(str(row[0]) for row in rows)

    def values(self, model: ModelSpec, dimension_name: str) -> Statement:
        """A SELECT of one dimension's values, one row per row of the model."""
        name = f"{model.name}.{dimension_name}"
        given = self.dimension_sql.get(name)
        if given:
            return given
        found = next((d for d in model.dimensions if d.name == dimension_name), None)
        if found is None:
            raise NotProvableError(f"'{name}' is not a dimension.")
        if found.expr:
            raise NotProvableError(f"'{name}' is computed, and its SQL was not given.")
        table = f"{quoted(self.catalog)}.source.{quoted(model.source)}"
        # The names come from the model, which admits [a-z0-9_] only.
        return Statement(name, f"SELECT {quoted(dimension_name)} FROM {table}")  # noqa: S608

    def fetch(
        self, sql: str, parameters: Sequence[Value], limit: int = -1
    ) -> list[tuple[Any, ...]]:
        """The rows, at most `limit` of them unless it is negative."""
        try:
            cursor = self.connection.execute(sql, list(parameters))
            return cursor.fetchall() if limit < 0 else cursor.fetchmany(limit)
        except duckdb.Error as error:
            raise NotProvableError(in_words(error)) from error


def in_words(error: duckdb.Error) -> str:
    for kind, words in _ENGINE_ERRORS:
        if isinstance(error, kind):
            return words
    return "The engine could not compute it."


_ENGINE_ERRORS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ConversionException, "A value does not fit the type it is converted to."),
    (duckdb.OutOfRangeException, "A number is too big for its type."),
    (duckdb.BinderException, "The types of an expression do not fit together."),
    (duckdb.CatalogException, "A table, column or function does not exist."),
    (duckdb.OutOfMemoryException, "It needs more memory than allowed."),
    (duckdb.InterruptException, "It was interrupted."),
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def with_values(statement: Statement, name: str = "v") -> str:
    return f"{name}(value) AS ({statement.sql})"


def rows_text(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def not_proved(name: str, reason: NotProvableError, path: Path) -> Proof:
    return Proof(name, False, f"Could not be proved: {reason}", path=path)
