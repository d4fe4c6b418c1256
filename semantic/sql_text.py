"""Pieces of engine text: identifiers, literals of the model's author, indentation.

Called by `emit` and `bi`. Invariant: an identifier is quoted where the engine would read it
as a keyword; a literal is escaped, whatever stands in it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

INDENT = "  "
_KEYWORDS = """
    all analyse analyze and any array as asc asymmetric at between both by case cast check
    collate column constraint create cross cube current_date current_timestamp default
    deferrable desc describe distinct do else end except exists false fetch filter for foreign
    from full glob grant group grouping having in inner initially intersect interval into is
    join lambda lateral leading left like limit map natural not null offset on only or order
    outer over overlaps pivot pivot_longer pivot_wider placing positional primary qualify range
    references returning right row rows select semi anti asof set show similar some struct
    summarize symmetric table tablesample then time timestamp to trailing true try_cast union
    unique unpivot using values variadic verbose when where window with within
"""
RESERVED = frozenset(_KEYWORDS.split())


def quote(name: str) -> str:
    """An identifier, quoted where the engine would read it as a keyword.

    >>> quote("stage"), quote("order")
    ('stage', '"order"')
    """
    return f'"{name}"' if name in RESERVED or not name.isidentifier() else name


def literal(value: object) -> str:
    """A constant of the model's author as SQL.

    >>> literal("it's"), literal(None), literal(True)
    ("'it''s'", 'NULL', 'TRUE')
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case int() | Decimal() | float():
            return str(value)
        case _:
            return "'" + str(value).replace("'", "''") + "'"


def indent(text: str) -> str:
    """`text` one level deeper."""
    return "\n".join(INDENT + line if line else line for line in text.split("\n"))
