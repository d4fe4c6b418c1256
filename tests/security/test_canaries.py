"""R3, R10, R11: no word of the asker in the engine's text, no hidden row in an answer."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semantic.issues import SemanticError
from tests.security.world import AS_OF, PARTNER, compile_for, run

# Each %s is a place where an asker's own word may stand; `'%s'` is a value, `"%s"` a name.
PLACES = (
    'SELECT stage AS "%s" FROM opportunities',
    "SELECT stage AS %s, amount %s FROM opportunities ORDER BY %s",
    'SELECT stage "%s" FROM opportunities ORDER BY "%s"',
    "SELECT '%s' AS x, stage || '%s' FROM opportunities",
    "SELECT %s.stage FROM opportunities AS %s",
    'SELECT "%s".stage FROM opportunities "%s" WHERE "%s".amount > 1',
    "WITH %s AS (SELECT stage AS %s FROM opportunities) SELECT %s.%s FROM %s",
    'WITH "%s" AS (SELECT stage AS "%s" FROM opportunities) SELECT * FROM "%s" AS "%s"',
    'SELECT * FROM (SELECT stage AS "%s", sum(amount) AS "%s" FROM opportunities GROUP BY 1) AS "%s"',
    "SELECT stage FROM opportunities WHERE stage = '%s' OR stage LIKE '%%%s' OR stage IN ('%s', '%s')",
    "SELECT stage FROM opportunities WHERE contains(stage, '%s') AND starts_with(stage, '%s')",
    "SELECT replace(stage, '%s', '%s'), split_part(stage, '%s', 1), concat('%s', stage) FROM opportunities",
    "SELECT string_agg(stage, '%s'), max(concat_ws('%s', stage, account_name)) FROM opportunities",
    "SELECT CASE WHEN stage = '%s' THEN '%s' ELSE '%s' END AS %s FROM opportunities",
    "SELECT CASE stage WHEN '%s' THEN '%s' END FROM opportunities GROUP BY 1 HAVING max(stage) > '%s'",
    "SELECT coalesce(stage, '%s') AS %s, count(*) FROM opportunities GROUP BY %s QUALIFY rank() OVER (ORDER BY %s) = 1",
    "SELECT lag(stage, 1, '%s') OVER (PARTITION BY stage || '%s' ORDER BY amount) FROM opportunities",
    "SELECT account_name AS %s, MEASURE(win_rate) AS %s FROM revenue GROUP BY %s ORDER BY %s",
    "SELECT account_name AS %s, MEASURE(open_deals) AS %s, MEASURE(contact_count) AS %s FROM revenue GROUP BY 1",
    "SELECT date_trunc('month', close_date) AS %s, MEASURE(won_amount_ytd) AS %s FROM opportunities GROUP BY %s",
    "SELECT stage AS %s FROM opportunities UNION SELECT '%s' ORDER BY %s",
    "SELECT stage FROM opportunities WHERE EXISTS (SELECT 1 FROM accounts %s WHERE %s.account_name = '%s')",
    "SELECT stage AS %s -- %s\nFROM opportunities /* %s */",
    "SELECT CAST('%s' AS VARCHAR) AS x, nullif(stage, '%s') AS %s FROM opportunities",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_place_takes_a_word_at_all(place: str) -> None:
    """Otherwise the property below would hold for nothing."""
    words = tuple("wxyz"[i % 1] for i in range(place.replace("%%", "").count("%s")))
    assert compile_for(place % words).sql


@settings(max_examples=400)
@given(
    st.sampled_from(PLACES),
    st.text(st.sampled_from("abcXYZ019_ ;-'\"()$`\\/*#{}[]éß漢"), min_size=1, max_size=12),
    st.booleans(),
)
def test_no_word_of_the_asker_reaches_the_engine(place: str, word: str, plain: bool) -> None:
    """A canary in every quoted and unquoted place: it travels as a value, or not at all."""
    canary = "zqcanary" + (re.sub(r"\W", "", word, flags=re.ASCII) if plain else word)
    count = place.replace("%%", "").count("%s")
    escaped = canary.replace("'", "''").replace('"', '""')
    try:
        query = compile_for(place % ((escaped,) * count), PARTNER)
    except SemanticError:
        return
    assert "zqcanary" not in query.sql.lower()
    assert all("zqcanary" not in name.lower() for name in query.tables | query.functions)


@settings(max_examples=200)
@given(st.integers(10**9, 10**17), st.integers(1, 10**6), st.sampled_from([1, -1]))
def test_no_number_of_the_asker_reaches_the_engine(whole: int, part: int, sign: int) -> None:
    """But for the counts that the grammar needs, which are small."""
    number = f"{sign * whole}.{part}7"
    query = compile_for(
        f"SELECT amount + {number} AS x, amount > {sign * whole} FROM opportunities"
        f" WHERE amount < {number} OR opportunity_id IN ({whole}, {number}) LIMIT 7"
    )
    assert str(whole) not in query.sql


HIDDEN = (
    "CAST(CASE WHEN amount > 900000000 THEN 'x' ELSE '1' END AS BIGINT) = 1",
    "CAST(CASE WHEN lead_source = 'CANARY-SOURCE' THEN 'x' ELSE '1' END AS BIGINT) = 1",
    "CAST(CASE WHEN contact_email LIKE '%@%' THEN 'x' ELSE '1' END AS BIGINT) = 1",
    "CAST(CASE WHEN account_id = 'A9' THEN 'x' ELSE '1' END AS BIGINT) = 1",
)


@pytest.mark.parametrize("condition", HIDDEN)
@pytest.mark.parametrize(
    "place",
    [
        "SELECT count(*) FROM opportunities WHERE {}",
        "SELECT count(*) FROM opportunities WHERE stage <> 'x' AND {} AND amount > 0",
        "SELECT count(*) FROM opportunities WHERE NOT ({})",
        "SELECT max(CASE WHEN {} THEN 1 END) FROM opportunities",
        "SELECT {} AS x FROM opportunities ORDER BY x",
        "SELECT {} AS x, count(*) FROM opportunities GROUP BY x",
        "SELECT sum(amount) FILTER (WHERE {}) FROM opportunities",
        "SELECT rank() OVER (ORDER BY {}) FROM opportunities",
        "SELECT count(*) FROM (SELECT * FROM opportunities) t WHERE {}",
        "WITH c AS (SELECT * FROM opportunities) SELECT count(*) FROM c WHERE {}",
        "SELECT count(*) FROM opportunities JOIN accounts USING (account_id) WHERE {}",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM opportunities WHERE NOT ({}))",
    ],
)
def test_an_error_cannot_be_provoked_by_a_hidden_value(
    place: str, condition: str, engine: duckdb.DuckDBPyConnection
) -> None:
    """A condition that fails on hidden rows and masked values only: it must not fail."""
    run(engine, place.format(condition), PARTNER)


def test_the_hidden_rows_are_there_for_those_who_may_see_them(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    sql = "SELECT count(*), sum(amount), max(contact_email) FROM opportunities"
    (everything,), (visible,) = run(engine, sql), run(engine, sql, PARTNER)
    assert everything[0] == 10
    assert visible[0] == 8
    assert visible[2] == "***"
    assert float(str(everything[1])) > 1e9 > float(str(visible[1]))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT {} FROM opportunities",
        "SELECT o.* FROM accounts a JOIN opportunities o USING (account_id)",
        "SELECT max(amount) FROM opportunities UNION ALL SELECT max(amount) FROM opportunities",
        "SELECT (SELECT max(amount) FROM opportunities) AS m",
        "SELECT a.account_name, (SELECT max(o.amount) FROM opportunities o WHERE o.account_id = a.account_id) FROM accounts a",
        "SELECT stage FROM opportunities WHERE amount = (SELECT max(amount) FROM opportunities)",
        "SELECT account_name FROM accounts a WHERE EXISTS (SELECT 1 FROM opportunities o WHERE o.account_id = a.account_id AND o.amount > 1000)",
        "SELECT account_name FROM contacts WHERE account_name NOT IN (SELECT account_name FROM opportunities WHERE account_name IS NOT NULL)",
    ],
)  # fmt: skip
def test_a_row_policy_holds_at_every_read(sql: str, engine: duckdb.DuckDBPyConnection) -> None:
    rows = run(engine, sql.format("*"), PARTNER)
    assert "CANARY" not in repr(rows)
    assert "98765432" not in repr(rows)


def test_nothing_but_declared_columns_is_read() -> None:
    query = compile_for("SELECT * FROM opportunities")
    read = set(query.lineage.columns)
    assert all(name.startswith("opportunities.") for name in read)
    assert not re.search(r"(\*|\.\*)\s*(,|FROM)", query.sql), "every column is named"
    assert AS_OF.isoformat() not in query.sql
