"""What compilation hands on: one engine statement, its parameters and its typed columns.

Built by `compile.py`, executed by `server/warehouse`, described to people by the API.
Invariant: `sql` holds no character of the asker's text; values travel in `parameters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from semantic.types import DataType

Value = str | int | float | bool | Decimal | date | datetime | None
Role = Literal["dimension", "time", "metric", "value"]


class _AsOf:
    """The clock of the answer; bound when the statement runs, so plans outlive the day."""

    def __repr__(self) -> str:
        return "as_of()"


AS_OF: Final = _AsOf()


@dataclass(frozen=True, slots=True)
class Argument:
    """A declared `$name` of a named analysis; its value arrives when the statement runs."""

    name: str


Parameter = Value | _AsOf | Argument


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the roles decide which policies hold. No role is no policy."""

    name: str = "anonymous"
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a result, in the order of the statement."""

    name: str
    label: str
    type: DataType
    role: Role
    format: str
    grain: str = ""
    """For time columns: day, week, month, quarter, year, fiscal_quarter or fiscal_year."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a result comes from, by qualified names (`model.name`, `source.column`)."""

    models: tuple[str, ...]
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    segments: tuple[str, ...]
    columns: tuple[str, ...]
    """Physical columns read, as `table.column`."""
    sources: tuple[str, ...]
    """Names of the YAML sources behind the tables."""


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """One SELECT for DuckDB. `parameters[i]` is bound to `$(i+1)`."""

    semantic_sql: str
    sql: str
    parameters: tuple[Parameter, ...]
    columns: tuple[ResultColumn, ...]
    lineage: Lineage
    tables: frozenset[str]
    """Qualified physical tables the statement may read; checked by DuckDB's own parser."""
    functions: frozenset[str]
    """Engine functions the statement may call; checked likewise."""

    def bind(self, as_of: date, arguments: Mapping[str, Value] | None = None) -> list[Value]:
        """The values for the engine, with the clock and the arguments filled in.

        Raises:
            KeyError: an argument that the statement declares is missing.
        """
        given = arguments or {}
        return [
            as_of if isinstance(p, _AsOf) else given[p.name] if isinstance(p, Argument) else p
            for p in self.parameters
        ]
