"""The gate before the parser: size, characters, tokens and nesting.

Called by `parse.py`. Text passes only when both lexers (sqlglot's and DuckDB's) must see
the same tokens in it, and when no parser can be made to recurse or explode on it.
Invariant: linear time; everything found is reported at once.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise, zip_longest

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from semantic.issues import Issue, Place, SemanticError

MAX_CHARACTERS = 10_000
MAX_TOKENS = 3_000
MAX_NESTING = 24
MAX_NESTED_QUERIES = 12
MAX_PREFIX_RUN = 8

_DIALECT = Dialect.get_or_raise("duckdb")
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ALLOWED_WHITESPACE = "\t\n\r "
_TEMPLATE_MARKS = ("{#", "{%", "{{")
_PUNCTUATION = frozenset(
    {"(", ")", ",", ".", "*", "+", "-", "/", "//", "%", "=", "==", "<>", "!=", "<", "<=", ">", ">=",
     "||", "::", ";", "$"}
)  # fmt: skip
_PREFIX_WORDS = frozenset({"NOT", "-", "+"})
_QUERY_STARTS = frozenset({"SELECT", "WITH", "FROM"})

# A word before "(" is a function call unless it is one of these. Function names are taken
# out of the parser's hands (see docs/adr): sqlglot must not know `date_trunc` from `secret`.
_STRUCTURE = frozenset(
    [
        "IN",
        "AND",
        "OR",
        "NOT",
        "WHERE",
        "ON",
        "USING",
        "OVER",
        "FILTER",
        "FROM",
        "JOIN",
        "AS",
        "SELECT",
        "EXISTS",
        "ALL",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "HAVING",
        "QUALIFY",
        "LIMIT",
        "OFFSET",
        "DISTINCT",
        "BETWEEN",
        "LIKE",
        "ILIKE",
        "IS",
        "GROUP",
        "BY",
        "CAST",
        "TRY_CAST",
        "EXTRACT",
        "EXCLUDE",
        "MATERIALIZED",
    ]
)
QUERY_WORDS = frozenset({"SELECT", "WITH", "FROM", "("})
"""What a query may begin with."""
_QUOTE = '"'
_QUOTED = frozenset({TokenType.IDENTIFIER, TokenType.STRING})
_CASTS = frozenset({"CAST", "TRY_CAST"})
_NO_COMMA_AFTER = frozenset({TokenType.COMMA, TokenType.L_PAREN, TokenType.SELECT})
_STATEMENTS = frozenset(
    {*_DIALECT.parser_class.STATEMENT_PARSERS, *_DIALECT.tokenizer_class.COMMANDS}
) - {TokenType.SEMICOLON, TokenType.DESC}
"""First words of statements that are no SELECT (DESC also ends an item of ORDER BY)."""
_TYPE_PHRASES = frozenset({"DOUBLE PRECISION", "CHAR VARYING", "CHARACTER VARYING"})
_INTERVAL_TEXT = re.compile(r"\s*-?[0-9]{1,6}\s*([A-Za-z]+\s*)?")
_WRITE_ONE = "Write one SELECT over a model."
_CALL_MARK = re.compile(r"f\d+__")


def place_of(token: Token) -> Place:
    """Where a token stands; sqlglot counts columns at the token's end."""
    return Place(
        token.line, max(1, token.col - (token.end - token.start)), token.start, token.end + 1
    )


def check_characters(sql: str) -> list[Issue]:
    """Issues of the raw text: length, invisible or ambiguous characters, template marks."""
    if len(sql) > MAX_CHARACTERS:
        message = f"The text has {len(sql):,} characters; at most {MAX_CHARACTERS:,} are read."
        return [Issue("text-too-long", message, hint="Shorten the statement.")]
    if not sql.strip():
        return [Issue("empty-text", "The text is empty.", hint=_WRITE_ONE)]
    issues: list[Issue] = []
    for offset, char in enumerate(sql):
        if not _is_allowed(char):
            line = sql.count("\n", 0, offset) + 1
            column = offset - (sql.rfind("\n", 0, offset) + 1) + 1
            message = f"The character U+{ord(char):04X} is not allowed in SQL."
            place = Place(line, column, offset, offset + 1)
            hint = "Use printable characters and plain spaces only."
            issues.append(Issue("forbidden-character", message, hint=hint, place=place))
            if len(issues) >= 5:
                break
    if any(mark in sql for mark in _TEMPLATE_MARKS):
        issues.append(
            Issue("forbidden-character", "Template marks ('{#', '{%', '{{') are not SQL.")
        )
    return issues


def _is_allowed(char: str) -> bool:
    if " " <= char <= "~" or char in _ALLOWED_WHITESPACE:
        return True
    # Letters, marks, digits, punctuation and symbols of any script; no separators (Z*),
    # no control, format, surrogate, private or unassigned characters (C*).
    return unicodedata.category(char)[0] not in "ZC"


def tokenize(sql: str, arguments: frozenset[str]) -> list[Token]:
    """The tokens of one statement; calls and quoted names marked, see `split_call`, `unquote`.

    Args:
        arguments: names allowed after `$`.

    Raises:
        SemanticError: with every character and token that is not allowed.
    """
    issues = check_characters(sql)
    if issues:
        raise SemanticError(issues)
    try:
        tokens = _DIALECT.tokenize(sql)
    except TokenError as error:
        message = "The text cannot be read as SQL: a quote or a comment is not closed."
        raise SemanticError([Issue("syntax-error", message)]) from error
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise SemanticError([Issue("empty-text", "The text is empty.", hint=_WRITE_ONE)])
    issues = _check_tokens(tokens, arguments) or _check_nesting(tokens) or _check_pairs(tokens)
    if issues:
        raise SemanticError(issues)
    return [_mark(tokens, index) for index in range(len(tokens))]


def _check_tokens(tokens: list[Token], arguments: frozenset[str]) -> list[Issue]:
    if len(tokens) > MAX_TOKENS:
        message = f"The statement has {len(tokens):,} tokens; at most {MAX_TOKENS:,} are read."
        return [Issue("text-too-long", message, hint="Shorten the statement.")]
    issues = []
    for index, token in enumerate(tokens):
        found = _token_issue(tokens, index, token, arguments)
        if found:
            issues.append(found)
    return issues[:20]


def _token_issue(
    tokens: list[Token], index: int, token: Token, arguments: frozenset[str]
) -> Issue | None:
    kind, text = token.token_type, token.text
    if kind == TokenType.SEMICOLON:
        message = "Only one statement is read."
        return Issue("several-statements", message, place=place_of(token), hint="Remove the ';'.")
    if kind in (TokenType.STRING, TokenType.NUMBER):
        return None
    if kind == TokenType.IDENTIFIER:
        if index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.L_PAREN:
            message = "A quoted name cannot be called or followed by '('."
            return Issue("forbidden-syntax", message, place=place_of(token))
        return None
    if text == "$":
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if following in arguments:
            return None
        message = "'$' parameters are not available here."
        return Issue("unknown-argument", message, place=place_of(token))
    if (
        text in _PUNCTUATION
        or _WORD.fullmatch(text)
        or all(_WORD.fullmatch(part) for part in text.split())
    ):
        if kind in _ODD_STRINGS:
            return _forbidden(token)
        return None
    return _forbidden(token)


_ODD_STRINGS = frozenset(
    kind for kind in TokenType if kind.name.endswith("_STRING") and kind not in (TokenType.STRING,)
)


def _forbidden(token: Token) -> Issue:
    message = "This is not part of semantic SQL."
    hint = "Plain names, numbers, 'text' and the usual operators are read."
    return Issue("forbidden-syntax", message, hint=hint, place=place_of(token))


def _check_nesting(tokens: list[Token]) -> list[Issue]:
    brackets: list[bool] = []  # for every open one: does it hold a query?
    cases = prefixes = 0
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.token_type in _QUOTED:
            prefixes = 0
            continue
        text = token.text.upper()
        if text == "(":
            brackets.append(following is not None and following.text.upper() in _QUERY_STARTS)
        elif text == ")":
            del brackets[-1:]
        elif text == "CASE":
            cases += 1
        elif text == "END":
            cases = max(0, cases - 1)  # `end` may be an alias, too
        prefixes = prefixes + 1 if text in _PREFIX_WORDS else 0
        if (
            len(brackets) + cases > MAX_NESTING
            or sum(brackets) > MAX_NESTED_QUERIES
            or prefixes > MAX_PREFIX_RUN
        ):
            message = "The text is nested too deeply here."
            hint = "Split it with WITH ... AS (...)."
            return [Issue("too-deep", message, hint=hint, place=place_of(token))]
    return []


def _check_pairs(tokens: list[Token]) -> list[Issue]:
    """What the parser would skip or read on silently: found by looking at neighbours."""
    issues: list[Issue] = []
    casts = [False]  # for every open bracket: is it that of a CAST?
    opens_item = False  # was the last bracket the one after WITH ... AS?
    for before, token in pairwise(tokens):
        found = _pair_issue(before, token, in_cast=casts[-1])
        if opens_item and token.text.upper() not in QUERY_WORDS:
            message = "After AS, these brackets hold one SELECT."
            found = Issue("forbidden-syntax", message, place=place_of(token))
        opens_item = (before.token_type, token.token_type) == (TokenType.ALIAS, TokenType.L_PAREN)
        if found:
            issues.append(found)
        if token.token_type == TokenType.L_PAREN:
            casts.append(before.text.upper() in _CASTS)
        elif token.token_type == TokenType.R_PAREN and len(casts) > 1:
            casts.pop()
    return issues[:20]


def _pair_issue(before: Token, token: Token, *, in_cast: bool) -> Issue | None:
    first, second = before.token_type, token.token_type
    if second == TokenType.COMMA and (first in _NO_COMMA_AFTER):
        return Issue(
            "syntax-error", "Something is missing before this comma.", place=place_of(token)
        )
    names_type = first == TokenType.DCOLON or (first == TokenType.ALIAS and in_cast)
    if names_type and second in _QUOTED:
        return Issue("forbidden-type", "A type is written without quotes.", place=place_of(token))
    if second == TokenType.L_PAREN and before.text.upper() in _TYPE_PHRASES:
        return _forbidden(before)
    if first == TokenType.R_PAREN and second in _STATEMENTS:
        message = "After these brackets, only a SELECT or an operator is read."
        hint = "Write AS before a name."
        return Issue("forbidden-syntax", message, hint=hint, place=place_of(token))
    if first == TokenType.L_PAREN and second == TokenType.ALL:  # read over in f(ALL x)
        return _forbidden(token)
    if second == TokenType.UNION and first in _NO_COMMA_AFTER:  # UNION(...) is a type, too
        return _forbidden(token)
    is_interval = first == TokenType.INTERVAL and second == TokenType.STRING
    if is_interval and not _INTERVAL_TEXT.fullmatch(token.text):
        message = "This interval cannot be read."
        hint = "Write INTERVAL 3 MONTH or INTERVAL '3 months'."
        return Issue("forbidden-syntax", message, hint=hint, place=place_of(token))
    return None


def _mark(tokens: list[Token], index: int) -> Token:
    """The token; a quoted name keeps its quote, or the parser may take it for a keyword."""
    token = tokens[index]
    if token.token_type != TokenType.IDENTIFIER:
        return _mark_call(tokens, index)
    name = _QUOTE + token.text
    return Token(token.token_type, name, token.line, token.col, token.start, token.end)


def unquote(name: str) -> str:
    """The name itself, of an identifier that `tokenize` has marked as quoted.

    >>> unquote('"all')
    'all'
    """
    return name.removeprefix(_QUOTE)


def _mark_call(tokens: list[Token], index: int) -> Token:
    """The token, renamed when it is a function's name; its index travels in the name."""
    token = tokens[index]
    following = tokens[index + 1].token_type if index + 1 < len(tokens) else None
    if (
        following != TokenType.L_PAREN
        or token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER)
        or not _WORD.fullmatch(token.text)
        or token.text.upper() in _STRUCTURE
        or (index > 0 and tokens[index - 1].token_type in (TokenType.ALIAS, TokenType.DCOLON))
    ):
        return token
    name = f"f{index}__{token.text}"
    return Token(TokenType.VAR, name, token.line, token.col, token.start, token.end)


def split_call(marked: str) -> tuple[int, str] | None:
    """Index and lower-case name behind a call mark, or None for an unmarked name.

    >>> split_call("f12__Date_Trunc")
    (12, 'date_trunc')
    """
    found = _CALL_MARK.match(marked)
    if not found:
        return None
    return int(marked[1 : found.end() - 2]), marked[found.end() :].lower()
