"""Semantic SQL text to a tree of allowed nodes, or every issue at once.

Called by `pipeline.py` for queries and by `catalog.py` for the expressions of a model.
sqlglot parses; each of its node classes is taken over by exactly one handler that names
the arguments it understands. Invariant: a node class or a set argument without a handler
is an issue, never ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from semantic import syntax as s
from semantic.convert_queries import QueryConverter
from semantic.gate import QUERY_WORDS, place_of, tokenize
from semantic.issues import Issue, Place, SemanticError

_DIALECT = Dialect.get_or_raise("duckdb")


def parse_query(sql: str, arguments: frozenset[str] = frozenset()) -> s.Query:
    """The one query in `sql`.

    Args:
        arguments: names that may follow `$` (named analyses only).

    Raises:
        SemanticError: with every forbidden character, token, node and argument.
    """
    tokens = tokenize(sql, arguments)
    if tokens[0].token_type == TokenType.STRING or tokens[0].text.upper() not in QUERY_WORDS:
        # Before the parser, which logs the text of a statement that it does not know.
        message = _statement_sentence(tokens)
        raise SemanticError([Issue("not-a-select", message, place=place_of(tokens[0]))])
    root = _parse_tokens(tokens, sql)
    converter = QueryConverter(tokens)
    if not isinstance(root, (exp.Select, exp.SetOperation, exp.Subquery)):
        converter.refuse("not-a-select", _statement_sentence(tokens), root)
        raise SemanticError(converter.issues)
    query = converter.query(root)
    if converter.issues:
        raise SemanticError(converter.issues)
    return query


def parse_expression(text: str) -> s.Expression:
    """The one expression in `text`, as written in a model file.

    Raises:
        SemanticError: as `parse_query`.
    """
    query = parse_query(f"SELECT {text}")
    if (
        not isinstance(query, s.Select)
        or len(query.items) != 1
        or query.source is not None
        or query.items[0].alias
        or query != s.Select(query.items)
    ):
        raise SemanticError([Issue("syntax-error", "One expression is expected here.")])
    return query.items[0].expression


def _statement_sentence(tokens: Sequence[Token]) -> str:
    word = tokens[0].text.upper() if tokens else ""
    kind = f"{word} statements" if word.isalpha() and len(word) <= 12 else "Such statements"
    return f"Only SELECT is read; {kind} are not part of semantic SQL."


def _place_of_error(error: ParseError, tokens: Sequence[Token]) -> Place | None:
    """The place of the token that sqlglot stopped at; it tells line and column of its end."""
    detail: dict[str, Any] = error.errors[0] if error.errors else {}
    end = detail.get("line"), detail.get("col")
    return next((place_of(token) for token in tokens if (token.line, token.col) == end), None)


def _parse_tokens(tokens: list[Token], sql: str) -> exp.Expr:
    try:
        parser = _DIALECT.parser(error_level=ErrorLevel.IMMEDIATE)
        found = [tree for tree in parser.parse(tokens, sql) if tree is not None]
    except ParseError as error:
        place = _place_of_error(error, tokens)
        at = f" near line {place.line}, column {place.column}" if place else ""
        message = f"The text is not valid SQL{at}."
        hint = "Check the brackets, commas and the order of the clauses."
        raise SemanticError([Issue("syntax-error", message, hint=hint, place=place)]) from error
    except TokenError as error:  # it reads the name of a type once more
        raise SemanticError([Issue("forbidden-type", "This type cannot be read.")]) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # What sqlglot stumbles over in some texts that no dialect allows, such as NULLABLE<INT>.
        raise SemanticError([Issue("syntax-error", "The text is not valid SQL.")]) from error
    except RecursionError as error:
        raise SemanticError([Issue("too-deep", "The text is nested too deeply.")]) from error
    if len(found) != 1:
        raise SemanticError([Issue("several-statements", "Exactly one statement is read.")])
    return found[0]
