"""Data types of columns and expressions, and how a YAML type becomes a DuckDB type.

Called everywhere. Invariant: the set is closed; nothing else reaches the engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text",
    "integer",
    "decimal",
    "double",
    "boolean",
    "date",
    "timestamp",
    "interval",
    "map",
    "null",
]


@dataclass(frozen=True, slots=True)
class DataType:
    """A kind, with precision and scale for decimals."""

    kind: Kind
    precision: int = 0
    scale: int = 0

    @property
    def is_numeric(self) -> bool:
        """True for integer, decimal and double."""
        return self.kind in ("integer", "decimal", "double")

    @property
    def is_time(self) -> bool:
        """True for date and timestamp."""
        return self.kind in ("date", "timestamp")

    def to_sql(self) -> str:
        """The DuckDB type name.

        >>> DataType("decimal", 18, 2).to_sql()
        'DECIMAL(18,2)'
        """
        if self.kind == "decimal":
            return f"DECIMAL({self.precision},{self.scale})"
        return _SQL_NAMES[self.kind]


_SQL_NAMES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "interval": "INTERVAL",
    "map": "MAP(VARCHAR, BIGINT)",
    "null": "NULL",
}

TEXT = DataType("text")
INTEGER = DataType("integer")
DOUBLE = DataType("double")
BOOLEAN = DataType("boolean")
DATE = DataType("date")
TIMESTAMP = DataType("timestamp")
INTERVAL = DataType("interval")
MAP = DataType("map")
NULL = DataType("null")


def parse_column_type(text: str) -> DataType:
    """The data type of a YAML column type.

    >>> parse_column_type("decimal(18,2)")
    DataType(kind='decimal', precision=18, scale=2)
    """
    found = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", text)
    if found:
        return DataType("decimal", int(found[1]), int(found[2]))
    return {
        "text": TEXT,
        "integer": INTEGER,
        "number": DOUBLE,
        "boolean": BOOLEAN,
        "date": DATE,
        "timestamp": TIMESTAMP,
    }[text]
