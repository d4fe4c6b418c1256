"""Pieces of engine text: identifiers, literals of the model's author, indentation.

Called by `emit` and `bi`. Invariant: an identifier is quoted where the engine would read it
as a keyword; a literal is escaped, whatever stands in it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

INDENT = "  "
_KEYWORDS = """
    all analyse analyze and anti any array as asc asof asymmetric at authorization between
    bigint binary bit boolean both by case cast char character check coalesce collate collation
    column columns concurrently constraint create cross cube current_date current_timestamp dec
    decimal default deferrable desc describe distinct do else end except exists extract false
    fetch filter float for foreign freeze from full generated glob grant group grouping
    grouping_id having ilike in initially inner inout int integer intersect interval into is
    isnull join lambda lateral leading left like limit map national natural nchar none not
    notnull null nullif numeric offset on only or order out outer over overlaps overlay pivot
    pivot_longer pivot_wider placing position positional precision primary qualify range real
    references returning right row rows select semi set setof show similar smallint some struct
    substring summarize symmetric table tablesample then time timestamp to trailing treat trim
    true try_cast union unique unpack unpivot using values varchar variadic verbose when where
    window with within xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable
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
