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


def quote_texts(texts: tuple[str, ...]) -> str:
    """A list of text literals, for IN (...)."""
    return ", ".join(quote_text(text) for text in texts)
