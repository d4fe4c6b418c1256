"""Random semantic SQL: expressions that mostly fit, and statements that mostly do not.

Used by the tests beside it. A rule is a text in which `{kind}` stands for something of that
kind. Invariant: what comes out depends on the given random source alone.
"""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Final

_HOLE: Final = re.compile(r"\{(\w+)\}")
_DEEPEST: Final = 4

# The first rules of a kind hold no further holes; they end what grows too deep.
_LEAVES: Final[Mapping[str, str]] = {
    "number": "amount|probability|opportunity_id|days_open|1|2|7|0.5|10.25|3e1",
    "divisor": "2|7|0.5|10.25|(7 - 2)|-3",
    "text": "stage|account_name|lead_source|product_category|'Web'|'a''b'|''|'%e%'",
    "condition": "has_contact|TRUE|FALSE|open|won",
    "date": "close_date|created_date|DATE '2025-01-31'|CAST('2024-02-29' AS DATE)",
    "aggregate": "count(*)|MEASURE(pipeline_value)|MEASURE(win_rate)|AGG(won_amount)|count()",
    "window": "row_number() OVER (ORDER BY amount)|rank() OVER ()|count(*) OVER ()",
    "item": "*|stage|amount|o.stage|accounts.account_name",
    "alias": 'x|y|"z z"|stage|amount|"all"',
    "relation": "opportunities|opportunities o|revenue|c|accounts a JOIN opportunities ON a.account_id"
    " = opportunities.account_id|opportunities AS o JOIN accounts a USING (account_id)|opportunities"
    " LEFT JOIN accounts a ON opportunities.account_id = a.account_id|(SELECT * FROM opportunities) t"
    "|(SELECT stage, sum(amount) AS amount FROM opportunities GROUP BY stage) t|opportunities CROSS"
    " JOIN (SELECT 1 AS one) u|accounts|contacts c JOIN accounts USING (account_id)",
    "group": "ALL|1|1, 2|stage|x|stage, lead_source",
    "order": "1|2 DESC|x|ALL|amount NULLS FIRST|stage DESC, 1",
    "count": "0|1|5",
    "select": "SELECT stage FROM opportunities|SELECT 1 AS x|SELECT * FROM accounts",
}
_RULES: Final[Mapping[str, str]] = {
    "number": """{number} + {number}|{number} - {number}|{number} * {number}|{number} / {divisor}
        |{number} % {divisor}|{number} // {divisor}|({number} + {number})|({number} - {number})|-{number}
        |- ({number})|abs({number})|round({number}, 0)|round({number}, 1)|floor({number})|ceil({number})
        |sign({number})|trunc({number})|coalesce({number}, {number})|nullif({number}, {number})
        |greatest({number}, {number})|least({number}, {number})|mod({number}, {divisor})|length({text})
        |CASE WHEN {condition} THEN {number} ELSE {number} END|CASE {text} WHEN {text} THEN {number} END
        |if({condition}, {number}, {number})|{date} - {date}|year({date})|quarter({date})|strpos({text}, 'a')
        |date_diff('day', {date}, {date})|datediff('month', {date}, {date})|extract(month FROM {date})
        |date_part('week', {date})|CAST({number} AS BIGINT)|CAST({number} AS DOUBLE)
        |CAST({number} AS DECIMAL(20,3))|{number}::BIGINT|sqrt(abs({number}))""",
    "text": """{text} || {text}|lower({text})|upper({text})|trim({text})|left({text}, 2)|right({text}, 1)
        |left({text}, -1)|substring({text}, 1, 3)|substring({text}, 2)|coalesce({text}, {text})
        |concat({text}, {text})|concat_ws('-', {text}, {text})|replace({text}, 'e', 'x')
        |split_part({text}, ' ', 1)|CASE WHEN {condition} THEN {text} END|nullif({text}, {text})
        |strftime({date}, '%Y-%m')|CAST({text} AS VARCHAR)|CAST({date} AS VARCHAR)|({text} || {number})
        |monthname({date})|greatest({text}, {text})""",
    "condition": """{number} = {number}|{number} <> {number}|{number} < {number}|{number} >= {number}
        |{text} = {text}|{text} != {text}|{text} < {text}|{date} = {date}|{date} < {date}|{date} >= {date}
        |{condition} AND {condition}|{condition} OR {condition}|({condition} OR {condition})
        |({condition}) = ({condition})|({condition}) <> {condition}|NOT {condition}|NOT ({condition})
        |{number} IS NULL|{text} IS NOT NULL|({condition}) IS TRUE|({condition}) IS NOT FALSE
        |({condition}) IS NULL|{number} IN ({number}, {number})|{number} NOT IN ({number}, NULL)
        |{text} IN ({text}, {text})|{number} BETWEEN {number} AND {number}
        |{number} NOT BETWEEN {number} AND {number}|{date} BETWEEN {date} AND {date}|{text} LIKE {text}
        |{text} NOT LIKE {text}|{text} ILIKE {text}|{text} NOT ILIKE {text}|contains({text}, {text})
        |{text} IS DISTINCT FROM {text}|{number} IS NOT DISTINCT FROM {number}|starts_with({text}, {text})
        |CASE WHEN {condition} THEN {condition} ELSE {condition} END""",
    "date": """{date} + 1|{date} - 30|{date} - INTERVAL 1 DAY|{date} + INTERVAL 3 MONTH
        |({date} + INTERVAL '12 months')|{date} - INTERVAL '2' QUARTER|{date} + INTERVAL 1 YEAR
        |last_day({date})|coalesce({date}, {date})|greatest({date}, {date})|nullif({date}, {date})
        |CASE WHEN {condition} THEN {date} END|date({date})|CAST({date} AS DATE)""",
    "value": "{number}|{text}|{condition}|{date}|{aggregate}|{window}|{number} + {aggregate}",
    "expression": "{number}|{text}|{condition}|{date}",
    "aggregate": """sum({number})|avg({number})|median({number})|stddev({number})|min({expression})
        |max({expression})|count({expression})|any_value({expression})|count(DISTINCT {expression})
        |sum({number}) FILTER (WHERE {condition})|count_if({condition})|string_agg({text}, ', ')
        |arg_max({text}, {number})|quantile_cont({number}, 0.5)|{aggregate} / {aggregate}
        |MEASURE(deal_count) * {aggregate}|round({aggregate}, 1)|histogram({text})""",
    "window": """row_number() OVER (ORDER BY {expression})|sum({number}) OVER (PARTITION BY {expression})
        |lag({expression}) OVER (ORDER BY {date} DESC)|rank() OVER (ORDER BY {value})
        |avg({number}) OVER (ORDER BY {date} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
        |count(*) OVER (PARTITION BY {text} ORDER BY {number})|sum({aggregate}) OVER ()
        |first_value({expression}) OVER (PARTITION BY {text} ORDER BY {number})""",
    "item": "{value}|{value}|{value} AS {alias}|{aggregate} AS {alias}",
    "items": "{item}|{item}, {item}|{item}, {item}, {item}|stage, {aggregate}|{expression} AS x, {aggregate}",
    "where": "||| WHERE {condition}",
    "groups": "||| GROUP BY {group}| GROUP BY ALL| GROUP BY {expression}",
    "having": "|||| HAVING {condition}| HAVING {aggregate} > 1",
    "qualify": "|||| QUALIFY {window} > 1",
    "orders": "||| ORDER BY {order}| ORDER BY {value} DESC",
    "cut": "||| LIMIT {count}| LIMIT 1 OFFSET 1| OFFSET {count}",
    "select": """SELECT {items} FROM {relation}{where}{groups}{having}{qualify}{orders}{cut}
        |SELECT {items} FROM opportunities{where} GROUP BY ALL{orders}{cut}
        |SELECT DISTINCT {items} FROM {relation}{where}{orders}{cut}|SELECT {expression} AS x""",
    "statement": """{select}|{select}|{select}|WITH c AS ({select}) {select}
        |WITH c AS ({select}) SELECT * FROM c{orders}{cut}|{select} UNION {select}|{select} UNION ALL {select}
        |{select} EXCEPT {select}|{select} INTERSECT {select} ORDER BY 1|SELECT count(*) FROM ({select}) t
        |SELECT * FROM ({select}) t{where}{orders}|SELECT stage FROM opportunities WHERE amount > ({select})
        |SELECT stage FROM opportunities WHERE EXISTS ({select})
        |SELECT stage FROM opportunities WHERE stage IN ({select})""",
}
_WORDS: Final = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP_BY",
    "ORDER_BY",
    "HAVING",
    "LIMIT",
    "JOIN",
    "ON",
    "USING",
    "AS",
    "WITH",
    "UNION",
    "ALL",
    "(",
    ")",
    "(",
    ")",
    ",",
    ",",
    ".",
    "*",
    "=",
    "<",
    "+",
    "-",
    "||",
    "::",
    ";",
    "NOT",
    "AND",
    "OR",
    "IN",
    "IS",
    "NULL",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "BETWEEN",
    "LIKE",
    "OVER",
    "PARTITION_BY",
    "ROWS",
    "CAST",
    "VARCHAR",
    "DATE",
    "INTERVAL",
    "'x'",
    "'2025-01-01'",
    "1",
    "0.5",
    "stage",
    "amount",
    "opportunities",
    "accounts",
    "o",
    "revenue",
    "MEASURE",
    "win_rate",
    "sum",
    "count",
    '"stage"',
    '"',
    "'",
    "$$",
    "--",
    "/*",
    "*/",
    "{",
    "}",
    "[",
    "]",
    ":",
    "@",
    "#",
    "EXTRACT",
    "FILTER",
    "WITHIN_GROUP",
    "DISTINCT",
    "EXCLUDE",
    "VALUES",
    "LATERAL",
    "PIVOT",
    "RECURSIVE",
    "EXISTS",
    "UNNEST",
    "STRUCT",
    "MAP",
    "ARRAY",
    "DECIMAL",
    "TIMESTAMP",
    "PRECISION",
    "DOUBLE",
    "?",
    "NATURAL",
    "CROSS",
    "LEFT",
    "QUALIFY",
    "WINDOW",
    "FETCH",
    "FIRST",
    "ONLY",
    "TOP",
    "INTO",
    "SET",
    "SHOW",
    "TABLE",
    "CREATE",
    "COPY",
    "TRY_CAST",
]


def write(kind: str, random: Random, depth: int = 0) -> str:
    """A random text of `kind`; holes below the deepest level are filled with leaves."""
    leaves, rules = _LEAVES.get(kind), _RULES.get(kind)
    ends = leaves is not None and (rules is None or depth >= _DEEPEST or random.random() < 0.3)
    choices = leaves if ends else rules
    rule = random.choice((choices or "").split("|")).strip()
    if kind in ("where", "groups", "having", "qualify", "orders", "cut") and rule:
        rule = f" {rule}"
    if ends and kind != "relation":
        return rule
    return _HOLE.sub(lambda hole: write(str(hole[1]), random, depth + 1), rule)


def stir(random: Random) -> str:
    """Words of SQL in no order."""
    words = random.choices(_WORDS, k=random.randint(1, 30))
    return " ".join(words).replace("_BY", " BY").replace("WITHIN_", "WITHIN ")
