"""Names and texts to SQL: quoted so that no character of a file or a model ends its quotes.

Used by every statement the warehouse builds. Invariant: what goes in comes back out of the
engine's parser unchanged.
"""

from __future__ import annotations


def quote_name(name: str) -> str:
    """An identifier.

    >>> quote_name('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text literal.

    >>> quote_text("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def escape_pattern(text: str) -> str:
    """A pattern (RE2) that matches exactly this text.

    >>> escape_pattern("N/A ^1.5")
    'N[/]A \\\\^1[.]5'
    """
    return "".join(
        mark if mark.isalnum() or mark == " " else f"\\{mark}" if mark in "^\\]" else f"[{mark}]"
        for mark in text
    )
