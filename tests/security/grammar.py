"""Random semantic SQL: expressions that mostly fit, and statements that mostly do not.

Used by the tests beside it. Invariant: what comes out depends on the drawn choices alone.
"""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

NUMBERS: Final = st.deferred(lambda: _numbers)
TEXTS: Final = st.deferred(lambda: _texts)
CONDITIONS: Final = st.deferred(lambda: _conditions)
DATES: Final = st.deferred(lambda: _dates)


def _form(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda drawn: template.format(*drawn))


def _one(*choices: str) -> st.SearchStrategy[str]:
    return st.sampled_from(choices)


_ANY: Final = st.one_of(NUMBERS, TEXTS, CONDITIONS, DATES)
_numbers = st.one_of(
    _one("amount", "probability", "opportunity_id", "days_open", "1", "2", "7", "0.5", "10.25", "3e1"),
    _form("{} {} {}", NUMBERS, _one("+", "-", "*", "/", "%", "//"), NUMBERS),
    _form("({} {} {})", NUMBERS, _one("+", "-", "*"), NUMBERS),
    _form("-{}", NUMBERS),
    _form("- ({})", NUMBERS),
    _form("abs({})", NUMBERS),
    _form("round({}, {})", NUMBERS, _one("0", "1", "2")),
    _form("floor({})", NUMBERS),
    _form("sign({})", NUMBERS),
    _form("coalesce({}, {})", NUMBERS, NUMBERS),
    _form("nullif({}, {})", NUMBERS, NUMBERS),
    _form("greatest({}, {})", NUMBERS, NUMBERS),
    _form("CASE WHEN {} THEN {} ELSE {} END", CONDITIONS, NUMBERS, NUMBERS),
    _form("CASE {} WHEN {} THEN {} END", TEXTS, TEXTS, NUMBERS),
    _form("length({})", TEXTS),
    _form("{} - {}", DATES, DATES),
    _form("year({})", DATES),
    _form("date_diff('{}', {}, {})", _one("day", "month", "year", "quarter"), DATES, DATES),
    _form("CAST({} AS {})", NUMBERS, _one("BIGINT", "DOUBLE", "DECIMAL(20,3)")),
    _form("{}::BIGINT", NUMBERS),
)
_texts = st.one_of(
    _one("stage", "account_name", "lead_source", "product_category", "'Web'", "'a''b'", "''", "'%e%'"),
    _form("{} || {}", TEXTS, TEXTS),
    _form("lower({})", TEXTS),
    _form("upper({})", TEXTS),
    _form("trim({})", TEXTS),
    _form("left({}, {})", TEXTS, _one("0", "2", "-1")),
    _form("substring({}, {}, {})", TEXTS, _one("1", "2"), _one("1", "3")),
    _form("coalesce({}, {})", TEXTS, TEXTS),
    _form("concat({}, {})", TEXTS, TEXTS),
    _form("replace({}, 'e', 'x')", TEXTS),
    _form("split_part({}, ' ', 1)", TEXTS),
    _form("CASE WHEN {} THEN {} END", CONDITIONS, TEXTS),
    _form("strftime({}, '%Y-%m')", DATES),
    _form("CAST({} AS VARCHAR)", st.one_of(TEXTS, DATES)),
)
_conditions = st.one_of(
    _one("has_contact", "TRUE", "FALSE", "open", "won"),
    _form("{} {} {}", NUMBERS, _one("=", "<>", "<", ">=", "!="), NUMBERS),
    _form("{} {} {}", TEXTS, _one("=", "<>", "<"), TEXTS),
    _form("{} {} {}", DATES, _one("=", "<", ">="), DATES),
    _form("{} {} {}", CONDITIONS, _one("AND", "OR"), CONDITIONS),
    _form("({} {} {})", CONDITIONS, _one("AND", "OR", "=", "<>"), CONDITIONS),
    _form("NOT {}", CONDITIONS),
    _form("NOT ({})", CONDITIONS),
    _form("{} {} NULL", _ANY, _one("IS", "IS NOT")),
    _form("({}) {} {}", CONDITIONS, _one("IS", "IS NOT"), _one("TRUE", "FALSE")),
    _form("{} {} ({}, {})", NUMBERS, _one("IN", "NOT IN"), NUMBERS, NUMBERS),
    _form("{} {} ({}, NULL)", TEXTS, _one("IN", "NOT IN"), TEXTS),
    _form("{} {} {} AND {}", NUMBERS, _one("BETWEEN", "NOT BETWEEN"), NUMBERS, NUMBERS),
    _form("{} {} {}", TEXTS, _one("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"), TEXTS),
    _form("{} IS {}DISTINCT FROM {}", TEXTS, _one("", "NOT "), TEXTS),
    _form("contains({}, {})", TEXTS, TEXTS),
)
_dates = st.one_of(
    _one("close_date", "created_date", "DATE '2025-01-31'", "CAST('2024-02-29' AS DATE)"),
    _form("{} + {}", DATES, _one("1", "30")),
    _form("{} - INTERVAL {} {}", DATES, _one("1", "3", "'2'"), _one("DAY", "MONTH", "QUARTER", "YEAR")),
    _form("({} + INTERVAL '{} months')", DATES, _one("1", "12")),
    _form("last_day({})", DATES),
    _form("coalesce({}, {})", DATES, DATES),
    _form("greatest({}, {})", DATES, DATES),
)

EXPRESSIONS: Final = st.one_of(NUMBERS, TEXTS, CONDITIONS, DATES)

_AGGREGATES: Final = st.one_of(
    _one("count(*)", "MEASURE(pipeline_value)", "MEASURE(win_rate)", "AGG(won_amount)", "count()"),
    _form("{}({})", _one("sum", "avg", "median", "stddev"), NUMBERS),
    _form("{}({})", _one("min", "max", "count", "any_value"), EXPRESSIONS),
    _form("count(DISTINCT {})", EXPRESSIONS),
    _form("sum({}) FILTER (WHERE {})", NUMBERS, CONDITIONS),
    _form("string_agg({}, ', ')", TEXTS),
    _form("arg_max({}, {})", TEXTS, NUMBERS),
    _form("quantile_cont({}, 0.5)", NUMBERS),
)
_WINDOWS: Final = st.one_of(
    _form("row_number() OVER (ORDER BY {})", EXPRESSIONS),
    _form("sum({}) OVER (PARTITION BY {})", NUMBERS, EXPRESSIONS),
    _form("lag({}) OVER (ORDER BY {} DESC)", EXPRESSIONS, DATES),
    _form("avg({}) OVER (ORDER BY {} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)", NUMBERS, DATES),
    _form("count(*) OVER (PARTITION BY {} ORDER BY {})", TEXTS, NUMBERS),
)
_VALUES: Final = st.one_of(EXPRESSIONS, EXPRESSIONS, _AGGREGATES, _WINDOWS)
_ITEMS: Final = st.lists(
    st.one_of(_VALUES, _form("{} AS {}", _VALUES, _one("x", "y", '"z z"', "stage", "amount", '"all"')),
              _one("*", "stage", "amount")),
    min_size=1, max_size=4,
).map(", ".join)  # fmt: skip
_RELATIONS: Final = _one(
    "opportunities", "opportunities o", "opportunities AS o JOIN accounts a USING (account_id)",
    "opportunities LEFT JOIN accounts a ON opportunities.account_id = a.account_id", "revenue",
    "accounts a JOIN opportunities ON a.account_id = opportunities.account_id", "c",
    "(SELECT * FROM opportunities) t", "(SELECT stage, sum(amount) AS amount FROM opportunities GROUP BY stage) t",
    "opportunities CROSS JOIN (SELECT 1 AS one) u",
)  # fmt: skip


def _clause(word: str, part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.just(""), part.map(lambda text: f" {word} {text}"))


SELECTS: Final = st.tuples(
    _one("SELECT ", "SELECT ", "SELECT ", "SELECT DISTINCT "),
    _ITEMS,
    _RELATIONS.map(lambda text: f" FROM {text}"),
    _clause("WHERE", CONDITIONS),
    _clause("GROUP BY", st.one_of(_one("ALL", "1", "1, 2", "stage", "x"), EXPRESSIONS)),
    _clause("HAVING", st.one_of(CONDITIONS, _form("{} > 1", _AGGREGATES))),
    _clause("QUALIFY", _form("{} > 1", _WINDOWS)),
    _clause("ORDER BY", st.one_of(_one("1", "2 DESC", "x", "ALL", "amount NULLS FIRST"), _VALUES)),
    _clause("LIMIT", _one("1", "5", "0")),
    _clause("OFFSET", _one("1", "0")),
).map("".join)
STATEMENTS: Final = st.one_of(
    SELECTS,
    SELECTS,
    _form("WITH c AS ({}) {}", SELECTS, SELECTS),
    _form("{} {} {}", SELECTS, _one("UNION", "UNION ALL", "EXCEPT", "INTERSECT"), SELECTS),
    _form("SELECT count(*) FROM ({}) t", SELECTS),
    _form("SELECT stage FROM opportunities WHERE amount > ({})", SELECTS),
    _form("SELECT stage FROM opportunities WHERE EXISTS ({})", SELECTS),
    _form("SELECT stage FROM opportunities WHERE stage IN ({})", SELECTS),
)

_WORDS: Final = _one(
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "JOIN", "ON", "USING", "AS",
    "WITH", "UNION", "ALL", "(", ")", "(", ")", ",", ",", ".", "*", "=", "<", "+", "-", "||", "::", ";",
    "NOT", "AND", "OR", "IN", "IS", "NULL", "CASE", "WHEN", "THEN", "END", "BETWEEN", "LIKE", "OVER",
    "PARTITION BY", "ROWS", "CAST", "VARCHAR", "DATE", "INTERVAL", "'x'", "'2025-01-01'", "1", "0.5",
    "stage", "amount", "opportunities", "accounts", "o", "revenue", "MEASURE", "win_rate", "sum",
    "count", '"stage"', '"', "'", "$$", "--", "/*", "*/", "{", "}", "[", "]", ":", "@", "#", "EXTRACT",
    "FILTER", "WITHIN GROUP", "DISTINCT", "EXCLUDE", "VALUES", "LATERAL", "PIVOT", "RECURSIVE", "EXISTS",
)  # fmt: skip
SOUP: Final = st.lists(_WORDS, max_size=30).map(" ".join)
"""Words of SQL in no order."""
