"""Result tables: what the warehouse returns and every later step reads.

Neutral ground: imported by warehouse, answer, routes and report; imports none of them.
Invariant: `len(row) == len(columns)` for every row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from semantic.compiled import Lineage, ResultColumn


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One executed query: typed columns, rows as tuples of Python values, how it was made."""

    semantic_sql: str
    sql: str
    parameters: dict[str, Any]
    """By parameter number as text, "1".."n", as bound."""
    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    elapsed_ms: float
    warehouse_version: int
    lineage: Lineage
    data_sources: tuple[str, ...] = ()
    """Names of the CSV files behind the tables read."""
    cached: bool = False
    title: str = ""
    byte_count: int = field(default=0, compare=False)

    @property
    def row_count(self) -> int:
        """Rows held here (after any cut)."""
        return len(self.rows)
