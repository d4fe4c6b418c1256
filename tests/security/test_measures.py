"""R12, R13: a metric is its definition, and no join, alias or position changes its number."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from semantic.catalog import build_catalog
from semantic.issues import SemanticError
from tests.security.world import AS_OF, CATALOG, OPEN, PARTNER, SPEC, compile_for, run

ADDITIVE = [
    metric.name
    for metric in CATALOG.models["opportunities"].metrics.values()
    if metric.agg in ("count", "sum")
]


def code(sql: str) -> str:
    try:
        compile_for(sql)
    except SemanticError as error:
        return error.issues[0].code
    return ""


METRICS = sorted(CATALOG.metrics)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_stands_bare_in_measure_and_nowhere_else(name: str) -> None:
    metric = CATALOG.metrics[name]
    model = next(iter(metric.models)) if len(metric.models) == 1 else CATALOG.name
    dated = metric.kind in ("cumulative", "change")
    time = CATALOG.models[metric.model].time or ""
    month = f"date_trunc('month', {time}) AS m, " if dated else ""
    group = " GROUP BY m" if dated else ""
    assert code(f"SELECT {month}MEASURE({name}) AS v FROM {model}{group}") == ""
    for broken in (
        f"MEASURE(DISTINCT {name})", f"MEASURE({name}) FILTER (WHERE TRUE)", f"MEASURE({name}) OVER ()",
        f"MEASURE({name} ORDER BY 1)", f"MEASURE({name} + 1)", f"MEASURE('{name}')", f"MEASURE({name}, 1)",
        f"MEASURE(MEASURE({name}))", f"SUM(MEASURE({name}))", f"MEASURE(SUM({name}))", f"MEASURE(nowhere.{name})",
        f'"MEASURE"({name})', f"main.MEASURE({name})", f"{name}", f"{name}()", "MEASURE(*)", "MEASURE()",
        f"MEASURE(ALL {name})", f"MEASURE({name}.{name}.{name})", f"MEASURE({name} => 1)",
    ):  # fmt: skip
        assert code(f"SELECT {month}{broken} AS v FROM {model}{group}"), broken
    for clause in (
        f"WHERE MEASURE({name}) > 0", f"GROUP BY MEASURE({name})", f"LIMIT MEASURE({name})",
        f"WHERE 1 IN (MEASURE({name}))", f"WHERE EXISTS (SELECT 1 WHERE MEASURE({name}) > 0)",
    ):  # fmt: skip
        assert code(f"SELECT 1 AS one FROM {model} {clause}"), clause


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_unknown_to_the_rows_of_other_models(name: str) -> None:
    metric = CATALOG.metrics[name]
    for other in CATALOG.models:
        if metric.models != {other}:
            assert code(f"SELECT MEASURE({name}) AS v FROM {other}") == "metric-of-other-model"
    for rows in ("(SELECT * FROM {}) t", "c"):
        model = rows.format(metric.model)
        sql = f"WITH c AS (SELECT * FROM {metric.model}) SELECT MEASURE({name}) AS v FROM {model}"
        assert code(sql) == "metric-of-other-model"


# Ways to write the same total; each gives the same number, or is refused.
SAME = (
    "SELECT MEASURE({m}) AS v FROM opportunities",
    "SELECT AGG({m}) AS v FROM opportunities o",
    "SELECT MEASURE(opportunities.{m}) AS v FROM opportunities",
    "SELECT MEASURE({m}) AS v FROM revenue",
    "SELECT v FROM (SELECT MEASURE({m}) AS v, MEASURE(contact_count) AS c FROM revenue) t",
    "SELECT MEASURE({m}) AS v FROM opportunities o LEFT JOIN accounts a ON o.account_id = a.account_id",
    "SELECT MEASURE({m}) AS v FROM opportunities o LEFT JOIN accounts a USING (account_id)",
    "SELECT sum(x) AS v FROM (SELECT stage, MEASURE({m}) AS x FROM opportunities GROUP BY stage) t",
    "SELECT sum(x) AS v FROM (SELECT accounts.account_name AS a, MEASURE({m}) AS x FROM opportunities GROUP BY a) t",
    "SELECT sum(x) AS v FROM (SELECT account_name, MEASURE({m}) AS x, MEASURE(contact_count) AS c FROM revenue GROUP BY account_name) t",
    "SELECT sum(x) AS v FROM (SELECT account_id, MEASURE({m}) AS x FROM opportunities GROUP BY 1) o LEFT JOIN accounts a ON o.account_id = a.account_id",
    "WITH o AS (SELECT account_id, MEASURE({m}) AS x FROM opportunities GROUP BY 1), c AS (SELECT account_id, count(*) AS n FROM contacts GROUP BY 1) SELECT sum(o.x) AS v FROM o LEFT JOIN c ON o.account_id = c.account_id",
    "SELECT MEASURE({m}) AS v FROM opportunities o CROSS JOIN (SELECT count(*) AS n FROM contacts) c",
    "SELECT MEASURE({m}) AS v FROM opportunities o, (SELECT 1 AS one) u",
    "SELECT (SELECT MEASURE({m}) FROM opportunities) AS v",
    "WITH t AS (SELECT MEASURE({m}) AS x FROM opportunities) SELECT max(t.x) AS v FROM t CROSS JOIN contacts",
)  # fmt: skip
# Each of these would count rows several times.
FAN_OUT = (
    "SELECT MEASURE({m}) AS v FROM opportunities o LEFT JOIN accounts a USING (account_id) LEFT JOIN contacts c ON c.account_id = a.account_id",
    "SELECT MEASURE({m}) AS v FROM accounts a JOIN opportunities o ON o.account_id = a.account_id JOIN contacts c ON c.account_id = a.account_id",
    "SELECT MEASURE({m}) AS v FROM opportunities o JOIN (SELECT account_id FROM contacts) c ON o.account_id = c.account_id",
    "SELECT MEASURE({m}) AS v FROM opportunities o JOIN contacts c ON o.account_id = c.account_id",
    "SELECT MEASURE({m}) AS v FROM opportunities o, contacts c",
    "SELECT MEASURE({m}) AS v FROM opportunities o CROSS JOIN (SELECT 5 AS x FROM contacts GROUP BY ALL) c",
    "SELECT MEASURE({m}) AS v FROM opportunities o CROSS JOIN (SELECT account_id FROM contacts LIMIT 2) c",
    "SELECT MEASURE({m}) AS v FROM opportunities o CROSS JOIN (SELECT 5 AS x UNION ALL SELECT 6) c",
    "SELECT MEASURE({m}) AS v FROM opportunities a JOIN opportunities b ON a.account_id = b.account_id",
    "WITH t AS (SELECT account_id, MEASURE({m}) AS x FROM opportunities GROUP BY 1) SELECT sum(t.x) AS v FROM t JOIN contacts c ON c.account_id = t.account_id",
    "WITH t AS (SELECT MEASURE({m}) AS x FROM opportunities) SELECT sum(t.x) AS v FROM t CROSS JOIN contacts",
    "WITH t AS (SELECT MEASURE({m}) AS x FROM opportunities) SELECT sum(t.x) AS v FROM contacts CROSS JOIN t",
)  # fmt: skip


@pytest.mark.parametrize("metric", ADDITIVE)
def test_no_way_of_writing_a_total_changes_it(
    metric: str, engine: duckdb.DuckDBPyConnection
) -> None:
    for principal in (OPEN, PARTNER):
        ((expected,),) = run(engine, SAME[0].format(m=metric), principal)
        for template in SAME:
            ((value,),) = run(engine, template.format(m=metric), principal)
            assert (value or 0) == (expected or 0), template


@pytest.mark.parametrize("metric", ADDITIVE)
def test_what_would_count_rows_several_times_is_refused(metric: str) -> None:
    for template in FAN_OUT:
        found = code(template.format(m=metric))
        assert found in ("fan-out", "unrelated-join", "not-grouped"), template


@pytest.mark.parametrize(
    "aggregate", ["sum(o.amount)", "avg(o.amount)", "count(*)", "count(o.stage)", "median(o.amount)",
                  "stddev(o.amount)", "sum(CASE WHEN o.open THEN o.amount END)", "sum(1)", "count_if(o.won)",
                  "string_agg(o.stage, ',')", "quantile_cont(o.amount, 0.5)", "sum(sum(o.amount)) OVER ()",
                  "sum(o.amount) FILTER (WHERE o.won)", "sum(DISTINCT o.amount)", "histogram(o.stage)"],
)  # fmt: skip
def test_a_plain_aggregate_over_repeated_rows_is_refused(aggregate: str) -> None:
    rows = "opportunities o JOIN accounts a USING (account_id) JOIN contacts c ON c.account_id = a.account_id"
    assert code(f"SELECT {aggregate} AS v FROM {rows}")


def test_what_repeats_without_harm_is_read(engine: duckdb.DuckDBPyConnection) -> None:
    rows = "opportunities o JOIN accounts a USING (account_id) JOIN contacts c ON c.account_id = a.account_id"
    sql = f"SELECT max(o.amount), min(o.amount), count(DISTINCT o.opportunity_id) FROM {rows}"
    alone = (
        "SELECT max(amount), min(amount), count(DISTINCT opportunity_id) FROM opportunities"
        " WHERE account_id IN (SELECT account_id FROM contacts WHERE account_id IS NOT NULL)"
    )
    assert run(engine, sql) == run(engine, alone)


def test_a_number_of_the_fixture_can_be_added_up_by_hand(engine: duckdb.DuckDBPyConnection) -> None:
    """Visible to a partner: won 100 + 400; open 200 + 300 + 300 + 25.50, one without amount."""
    sql = (
        "SELECT MEASURE(won_amount), MEASURE(pipeline_value), MEASURE(win_rate) FROM opportunities"
    )
    ((won, pipeline, rate),) = run(engine, sql, PARTNER)
    assert won == Decimal("500.00")
    assert pipeline == Decimal("825.50")
    assert rate == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "sql, value",
    [
        ("SELECT mod(7 + 4, 3) AS v", 2),
        ("SELECT 2 * mod(7, 4) AS v", 6),
        ("SELECT mod(7, 4) * 2 AS v", 6),
        ("SELECT sqrt(-4) AS v", None),
        ("SELECT sqrt(NULL) AS v", None),
        ("SELECT sqrt(0.25) AS v", 0.5),
        ("SELECT ln(0) AS v", None),
        ("SELECT log10(NULL) AS v", None),
        ("SELECT (1 < 2) = (2 < 3) AS v", True),
        ("SELECT (1 IN (1, 2)) = TRUE AS v", True),
        ("SELECT NOT (1 = 1) = (1 = 2) AS v", True),
        ("SELECT 7 - (3 - 2) - 1 AS v", 5),
        ("SELECT 8 / (4 / 2) AS v", 4.0),
        ("SELECT - -3 AS v", 3),
        ("SELECT count(*) FILTER (WHERE TRUE) AS v FROM accounts", 5),
        ("SELECT max(n) AS v FROM (SELECT stage, count(*) AS n FROM opportunities GROUP BY ALL) t", 3),
        ("SELECT sum(a) AS v FROM (SELECT opportunity_id AS a FROM opportunities ORDER BY a OFFSET 8) t", 19),
        ("SELECT any_value(stage) AS v FROM opportunities WHERE won", "Closed Won"),
        ("SELECT arg_max(opportunity_id, stage) AS v FROM opportunities", 8),
        ("SELECT date_add(DATE '2025-01-31', INTERVAL 1 MONTH)::VARCHAR AS v", "2025-02-28"),
        ("SELECT current_date = as_of() AS v", True),
        ("SELECT CAST('1.005' AS DECIMAL)::VARCHAR AS v", "1.005"),
    ],
)  # fmt: skip
def test_a_value_is_what_it_says(
    sql: str, value: object, engine: duckdb.DuckDBPyConnection
) -> None:
    ((found,),) = run(engine, sql)
    assert found == value


FISCAL = build_catalog(
    SPEC.model_copy(
        update={
            "calendar": SPEC.calendar.model_copy(
                update={"fiscal_year_start": "july", "week_start": "sunday"}
            )
        }
    )
)


@pytest.mark.parametrize(
    "sql, value",
    [
        ("SELECT fiscal_year(DATE '2025-07-01') AS v", 2026),
        ("SELECT fiscal_year(DATE '2025-06-30') AS v", 2025),
        ("SELECT fiscal_year(DATE '2025-07-01') * 2 AS v", 4052),
        ("SELECT 2 * date_part('fiscal_year', DATE '2025-06-30') AS v", 4050),
        ("SELECT -fiscal_year(DATE '2025-07-01') AS v", -2026),
        ("SELECT fiscal_year(DATE '2025-07-01') % 100 AS v", 26),
        ("SELECT 10 - fiscal_year(DATE '2025-07-01') - 1 AS v", -2017),
        ("SELECT fiscal_quarter(DATE '2025-07-01') AS v", "FY2026-Q1"),
        ("SELECT 'in ' || fiscal_quarter(DATE '2025-06-30') AS v", "in FY2025-Q4"),
        ("SELECT fiscal_quarter(nullif(DATE '2025-06-30', DATE '2025-06-30')) AS v", None),
        ("SELECT date_diff('fiscal_year', DATE '2025-06-30', DATE '2025-07-01') * 3 AS v", 3),
        ("SELECT date_trunc('fiscal_year', DATE '2025-02-15') - DATE '2024-07-01' AS v", 0),
        ("SELECT date_trunc('week', DATE '2025-02-15' + 1) - DATE '2025-02-16' AS v", 0),
    ],
)
def test_a_fiscal_calendar_counts_in_any_arithmetic(
    sql: str, value: object, engine: duckdb.DuckDBPyConnection
) -> None:
    query = compile_for(sql, catalog=FISCAL)
    ((found,),) = engine.cursor().execute(query.sql, query.bind(AS_OF)).fetchall()
    assert found == value
