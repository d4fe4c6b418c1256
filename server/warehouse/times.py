"""Date and timestamp cells to SQL, by the declared formats only.

Called by `cells`. Invariant: a cell is read only in a form that a declared format spells out
digit by digit; day and month are never guessed, and words such as 'infinity' are no dates.
"""

from __future__ import annotations

import re
from typing import Final

from semantic.types import DataType
from server.warehouse.errors import WarehouseError
from server.warehouse.sql_text import escape_pattern, quote_text

_DATE_FORMATS: Final = ("%Y-%m-%d",)
_TIMESTAMP_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)
_SHAPES: Final = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "j": "[0-9]{1,3}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,6}",
    "g": "[0-9]{1,3}",
    "p": "[AaPp][Mm]",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "a": "[A-Za-z]{3}",
    "A": "[A-Za-z]{6,9}",
    "z": "[-+][0-9]{2}:?[0-9]{2}",
    "%": "%",
}
_DIRECTIVE = re.compile(r"%-?(.)|%$")


def formats_of(type_: DataType, declared: tuple[str, ...]) -> tuple[str, ...]:
    """The formats of a column: the declared ones, or ISO 8601 where none is declared."""
    return declared or (_DATE_FORMATS if type_.kind == "date" else _TIMESTAMP_FORMATS)


def time_sql(cell: str, type_: DataType, formats: tuple[str, ...]) -> str:
    """The typed value of a cell, or NULL; timestamps with an offset become UTC."""
    tries = [
        f"CASE WHEN regexp_full_match({cell}, {quote_text(_shape(format_))})"
        f" THEN CAST(try_strptime({cell}, {quote_text(format_)}) AS {type_.to_sql()}) END"
        for format_ in formats
    ]
    return tries[0] if len(tries) == 1 else f"COALESCE({', '.join(tries)})"


def check_format(format_: str, where: str) -> None:
    """Do nothing where the format can be read.

    Raises:
        WarehouseError: it uses a directive that has no fixed shape.
    """
    unknown = [found[0] for found in _DIRECTIVE.finditer(format_) if found[1] not in _SHAPES]
    if unknown or "%" not in format_:
        known = ", ".join(f"%{name}" for name in _SHAPES if name != "%")
        raise WarehouseError.of(
            "unknown-format",
            f"The format '{format_}' uses {unknown[0]}." if unknown
            else f"The format '{format_}' has no directive.",
            where=where,
            hint=f"Use {known}.",
        )  # fmt: skip


def _shape(format_: str) -> str:
    parts, at = [], 0
    for found in _DIRECTIVE.finditer(format_):
        parts += [escape_pattern(format_[at : found.start()]), _SHAPES[found[1]]]
        at = found.end()
    parts.append(escape_pattern(format_[at:]))
    return rf"\s*{''.join(parts)}\s*"
