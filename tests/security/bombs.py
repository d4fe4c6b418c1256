"""Small texts that make a parser, a resolver or an emitter work hard.

Used by the tests beside it. Invariant: every text here is short enough for the gate, or only
just too long; what makes it heavy is its shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_TYPE_WORDS: Final = (
    "DATE", "TIMESTAMP", "TIME", "INT", "VARCHAR", "DECIMAL", "FLOAT", "CHAR", "ENUM", "ROW",
    "STRUCT", "JSON", "MAP", "ARRAY", "LIST", "INTERVAL", "EXTRACT", "CAST", "TRIM", "IF",
    "COALESCE", "x", "DOUBLE PRECISION", "TIMESTAMP WITH TIME ZONE", "NULLABLE", "OBJECT", "UNION",
)  # fmt: skip
_DEPTHS: Final = (12, 24, 40, 200, 1_000, 4_000)


def _nested(opening: str, inside: str, closing: str, depth: int) -> str:
    return f"SELECT {opening * depth}{inside}{closing * depth} FROM opportunities"


def _shapes(n: int) -> Iterator[tuple[str, str]]:
    yield "brackets", _nested("(", "amount", ")", n)
    yield "open brackets", "SELECT " + "(" * n
    yield "close brackets", "SELECT amount" + ")" * n
    yield "not", _nested("NOT ", "open", "", n)
    yield "minus", _nested("- ", "amount", "", n)
    yield "minus close", _nested("-", "amount", "", n)
    yield "plus", _nested("+ ", "amount", "", n)
    yield "tilde", _nested("~", "amount", "", n)
    yield "not and minus", _nested("NOT - ", "amount", "", n)
    yield "not in brackets", _nested("(NOT ", "open", ")", n)
    yield "minus in brackets", _nested("(-", "amount", ")", n)
    yield "case", _nested("CASE WHEN TRUE THEN ", "1", " END", n)
    yield "case open", "SELECT " + "CASE " * n
    yield "case when", _nested("CASE WHEN ", "open", " THEN TRUE END", n)
    yield "case else", _nested("CASE WHEN TRUE THEN 1 ELSE ", "1", " END", n)
    yield "case operand", _nested("CASE ", "1", " WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END", n)
    yield "divisions", _nested("1/(", "amount", ")", n)
    yield "remainders", _nested("1%(", "amount", ")", n)
    yield "nullif", _nested("nullif(", "amount", ", 1)", n)
    yield "mod", _nested("mod(1, ", "amount", ")", n)
    yield "fiscal quarters", _nested("fiscal_quarter(date(", "close_date", "))", n)
    yield "functions", _nested("lower(", "stage", ")", n)
    yield "coalesce", _nested("coalesce(1, ", "1", ")", n)
    yield "if", _nested("if(TRUE, 1, ", "1", ")", n)
    yield "ln", _nested("ln(", "amount", ")", n)
    yield "sqrt", _nested("sqrt(", "amount", ")", n)
    yield "cast", _nested("CAST(", "amount", " AS VARCHAR)", n)
    yield "try_cast", _nested("TRY_CAST(", "stage", " AS VARCHAR)", n)
    yield "casts after", _nested("", "stage", "::VARCHAR", n)
    yield "slices", _nested("", "stage", "[1:9]", n)
    yield "indexes", _nested("", "stage", "[1]", n)
    yield "dots", _nested("", "a", ".a", n)
    yield "lists", _nested("[", "1", "]", n)
    yield "structs", _nested("{'a': ", "1", "}", n)
    yield "scalar queries", _nested("(SELECT ", "1", ")", n)
    yield "queries in from", "SELECT 1 FROM " + "(SELECT * FROM " * n + "opportunities" + ")" * n
    yield "brackets in from", "SELECT 1 FROM " + "(" * n + "opportunities" + ")" * n
    yield "exists", "SELECT 1 WHERE " + "EXISTS (SELECT 1 WHERE " * n + "TRUE" + ")" * n
    yield "in", _nested("stage IN (SELECT stage FROM opportunities WHERE ", "open", ")", n)
    yield "additions", "SELECT 1" + "+1" * n
    yield "minuses", "SELECT 1" + " - -1" * n
    yield "texts", "SELECT ''" + "||''" * n
    yield "comparisons", "SELECT 1" + "=1" * n
    yield "ands", "SELECT 1 WHERE TRUE" + " AND TRUE" * n
    yield "ors", "SELECT 1 WHERE TRUE" + " OR TRUE" * n
    yield "betweens", "SELECT 1 WHERE 1" + " BETWEEN 1 AND 1" * n
    yield "likes", "SELECT 1 WHERE ''" + " LIKE ''" * n
    yield "is", "SELECT 1 WHERE TRUE" + " IS TRUE" * n
    yield "collates", "SELECT stage" + " COLLATE x" * n
    yield "time zones", "SELECT close_date" + " AT TIME ZONE 'x'" * n
    yield "arrows", "SELECT stage" + " -> 'a'" * n
    yield "lambdas", "SELECT f(" + "x -> " * n + "x)"
    yield "items", "SELECT " + ", ".join("1" for _ in range(n))
    yield "stars", "SELECT " + ", ".join("*" for _ in range(n)) + " FROM opportunities"
    yield "unions", " UNION ALL ".join("SELECT 1" for _ in range(n))
    yield "unions in brackets", "(" * n + "SELECT 1" + " UNION SELECT 1)" * n
    yield "joins", "SELECT 1 FROM accounts" + " JOIN accounts USING (account_id)" * n
    yield "commas", "SELECT 1 FROM " + ", ".join(f"accounts a{i}" for i in range(n))
    yield "ctes", "WITH " + ", ".join(f"a{i} AS (SELECT 1)" for i in range(n)) + " SELECT 1"
    yield "nested ctes", "WITH a AS (" * n + "SELECT 1" + ") SELECT 1" * n
    yield "values in a list", f"SELECT 1 WHERE 1 IN ({', '.join('1' for _ in range(n))})"
    yield "whens", f"SELECT CASE {' '.join('WHEN TRUE THEN 1' for _ in range(n))} END"
    yield "order by positions", "SELECT stage FROM opportunities ORDER BY " + ",".join("1" * n)
    yield "group by positions", "SELECT stage FROM opportunities GROUP BY " + ",".join("1" * n)
    yield "windows", _nested("sum(", "amount", ") OVER ()", n)
    yield "filters", "SELECT sum(amount)" + " FILTER (WHERE TRUE)" * n + " FROM opportunities"
    yield "semicolons", "SELECT 1" + ";" * n
    yield "comments", "SELECT 1 " + "/* */" * n
    yield "open comments", "SELECT 1 " + "/*" * n
    yield "comment lines", "--\n" * n + "SELECT 1"
    yield "quotes", "SELECT " + "'" * n
    yield "double quotes", "SELECT " + '"' * n
    yield "dollars", "SELECT " + "$" * n
    yield "long name", "SELECT " + "a" * n + " FROM opportunities"
    yield "long text", "SELECT '" + "a" * n + "'"
    yield "long number", "SELECT " + "9" * n
    yield "long exponent", "SELECT 1e" + "9" * n
    yield "underscores", "SELECT 1" + "_1" * n
    yield "likes of many", f"SELECT stage FROM opportunities WHERE stage LIKE '{'%a' * n}'"
    yield "metrics", f"SELECT {', '.join('MEASURE(win_rate)' for _ in range(n))} FROM opportunities"
    yield "doubling aliases", "SELECT amount AS a0, " + ", ".join(
        f"a{i}+a{i} AS a{i + 1}" for i in range(min(n, 400))
    ) + " FROM opportunities"  # fmt: skip
    yield "deep aliases", "SELECT 1 AS a0, " + ", ".join(
        f"a{i}" + "+1" * 50 + f" AS a{i + 1}" for i in range(min(n, 90))
    )  # fmt: skip
    yield "doubling ctes", "WITH a0 AS (SELECT stage FROM opportunities), " + ", ".join(
        f"a{i + 1} AS (SELECT stage FROM a{i} UNION ALL SELECT stage FROM a{i})"
        for i in range(min(n, 80))
    ) + " SELECT count(*) FROM a1"  # fmt: skip
    for word in _TYPE_WORDS:
        yield f"{word} calls", _nested(f"{word}(", "amount", ")", n)
        yield f"{word} open", "SELECT " + f"{word}(" * n
        yield f"{word} angles", "SELECT CAST(1 AS " + f"{word}<" * n + "INT" + ">" * n + ")"
        yield f"{word} types", "SELECT CAST(1 AS " + f"{word}(" * n + "1" + ")" * n + ")"
        yield f"{word} lists", f"SELECT 1::{word}" + "[]" * n
        yield f"{word} words", "SELECT " + f"{word} " * n


def bombs() -> Iterator[tuple[str, str]]:
    """Pairs of (what it is, text); those beyond the gate's length are cut to just above it."""
    for depth in _DEPTHS:
        for name, text in _shapes(depth):
            if depth in (12, 24, 40) or len(text) <= 10_000:
                yield f"{name} x{depth}", text
    for name, text in _shapes(10_000):
        yield f"{name} cut", text[:9_999]
