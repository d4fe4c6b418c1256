"""The packaged revenue model says what a revenue team means by its words.

Expressions, filters and aggregates of the YAML are computed here by DuckDB itself, over deals
written out by hand and, where the folder beside the repository is there, over a real export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic.load import load_model
from semantic.parse import parse_expression, parse_query
from semantic.spec import MetricSpec, ModelSpec
from server.warehouse.check import prove
from server.warehouse.claims import Statement

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / ".." / "shared" / "data"
SPEC = load_model([ROOT / "semantic" / "models" / "revenue.yml"]).spec
MODELS = {model.name: model for model in SPEC.models}
DEALS = MODELS["opportunities"]
METRICS = {metric.name: metric for model in SPEC.models for metric in model.metrics}


def model_sql(model: ModelSpec) -> str:
    """Every dimension and segment as a column; later ones may use earlier ones."""
    computed = [f'({d.expr}) AS "{d.name}"' for d in model.dimensions if d.expr]
    filters = [f'({s.filter}) AS "{s.name}"' for s in model.segments]
    return f"SELECT {', '.join(['*', *computed, *filters])} FROM source.{model.source}"


def aggregate(metric: MetricSpec) -> str:
    """The metric as DuckDB aggregates; for the kinds that need no time axis."""
    if metric.ratio:
        of, to = METRICS[metric.ratio.of], METRICS[metric.ratio.to]
        return f"({aggregate(of)}) / nullif({aggregate(to)}, 0)"
    if metric.derived:
        return re.sub(r"[a-z_]+", lambda m: aggregate(METRICS[m[0]]), metric.derived)
    name = {"count_distinct": "count", "percentile": "quantile_cont"}.get(
        str(metric.agg), metric.agg
    )
    inside = metric.expr or "*"
    if metric.agg == "count_distinct":
        inside = f"DISTINCT {inside}"
    if metric.percentile:
        inside += f", {metric.percentile}"
    parts = [metric.where] if isinstance(metric.where, str) else metric.where
    where = " AND ".join(f"({part})" for part in parts)
    return f"{name}({inside})" + (f" FILTER (WHERE {where})" if where else "")


def compute(connection: duckdb.DuckDBPyConnection, metric_name: str) -> Any:
    metric = METRICS[metric_name]
    model = next(model for model in SPEC.models if metric in model.metrics)
    sql = f"WITH m AS ({model_sql(model)}) SELECT {aggregate(metric)} FROM m"
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS revenue")
        connection.execute("USE revenue")
        connection.execute("CREATE SCHEMA source")
        connection.execute("CREATE MACRO as_of() AS DATE '2025-02-15'")
        yield connection


# ------------------------------------------------------------------ the file itself


def test_every_kind_of_metric_is_used() -> None:
    assert len(METRICS) >= 30
    kinds = {"ratio", "derived", "cumulative", "change"}
    assert {k for k in kinds for m in METRICS.values() if getattr(m, k)} == kinds
    assert {m.agg for m in METRICS.values() if m.agg} == {
        "sum", "count", "count_distinct", "avg", "min", "max", "median", "percentile", "stddev",
    }  # fmt: skip


def test_everything_a_person_can_pick_is_labelled_and_described() -> None:
    for model in SPEC.models:
        for item in (model, *model.dimensions, *model.segments, *model.metrics):
            assert item.label, item.name
            assert item.description or item.name in ("first_name", "last_name"), item.name


def test_no_two_metrics_or_dimensions_of_a_model_answer_to_the_same_words() -> None:
    for model in SPEC.models:
        for items in (model.metrics, model.dimensions, model.segments):
            own = [{w.casefold() for w in (item.label, *item.synonyms)} for item in items]
            words = [word for of_item in own for word in of_item]
            assert sorted(words) == sorted(set(words))


def test_every_expression_is_semantic_sql() -> None:
    for model in SPEC.models:
        texts = [d.expr for d in model.dimensions if d.expr] + [s.filter for s in model.segments]
        for metric in model.metrics:
            where = [metric.where] if isinstance(metric.where, str) else metric.where
            texts += [text for text in (metric.expr, metric.derived, *where) if text]
        for text in texts:
            parse_expression(text)


def test_dashboard_and_overview_name_what_exists() -> None:
    dimensions = {d.name for model in SPEC.models for d in model.dimensions}
    tiles = SPEC.dashboard
    assert 6 <= len(tiles) <= 8
    assert {name for tile in tiles for name in tile.metrics} <= set(METRICS)
    assert {name.split(".")[0] for tile in tiles for name in tile.dimensions} <= dimensions
    overview = SPEC.overview
    assert set(overview.records) == {
        "opportunities", "contacts", "active_opportunities", "won_opportunities",
    }  # fmt: skip
    assert set(overview.insights) == {
        "total_pipeline_value", "weighted_pipeline_value", "overall_win_rate", "active_deals",
        "deals_in_negotiate", "high_probability_deals", "stalled_deals",
    }  # fmt: skip
    assert {*overview.records.values(), *overview.insights.values()} <= set(METRICS)
    assert {d for members in overview.members.values() for d in members.values()} <= dimensions


@pytest.mark.parametrize("query", SPEC.verified_queries, ids=lambda q: q.question)
def test_a_verified_query_names_what_exists(query: Any) -> None:
    parse_query(query.sql)
    measures = re.findall(r"MEASURE\((\w+)\)", query.sql)
    assert set(measures) <= set(METRICS)
    froms = re.findall(r"FROM (\w+)", query.sql)
    assert froms
    assert set(froms) <= {SPEC.name, *MODELS}
    # What is left after keywords, functions, texts and aliases is a name of the model.
    names = set(re.findall(r"[a-z_]+", re.sub(r"'[^']*'|AS \w+", "", query.sql)))
    known = {SPEC.name, *MODELS, *METRICS, "as_of", "date_trunc"}
    known |= {i.name for m in SPEC.models for i in (*m.dimensions, *m.segments)}
    aliases = set(re.findall(r"AS (\w+)", query.sql))
    assert names <= known | aliases
    assert not {alias for alias in aliases if alias not in known} - {"month"}


def test_there_are_enough_verified_queries_and_each_question_is_asked_once() -> None:
    questions = [query.question for query in SPEC.verified_queries]
    assert len(questions) >= 20
    assert len(set(questions)) == len(questions)
    assert "What are the top 5 accounts by total opportunity value?" in questions


# ------------------------------------------------------------------ deals written out by hand

COLUMNS = (
    "opportunity_id, account_id, account_name, opportunity_name, stage, amount, probability, "
    "close_date, created_date, primary_contact, contact_title"
)


def create_deals(connection: duckdb.DuckDBPyConnection, *rows: str) -> None:
    values = ", ".join(f"({number}, {row})" for number, row in enumerate(rows, 1))
    connection.execute(
        f"CREATE TABLE source.opportunities AS SELECT * REPLACE (amount::DECIMAL(18,2) AS amount, "
        f"probability::DECIMAL(5,2) AS probability, close_date::DATE AS close_date, "
        f"created_date::DATE AS created_date, contact_title::VARCHAR AS contact_title) "
        f"FROM (VALUES {values}) AS t({COLUMNS})"
    )


@pytest.mark.parametrize(
    "name,parts",
    [
        ("SaaS: ERP Upgrade Proposal", ("SaaS", "ERP", "Upgrade Proposal")),
        ("PaaS: Analytics Cloud Implementation", ("PaaS", "Analytics Cloud", "Implementation")),
        ("OCI: IaaS Expansion Project", ("OCI", "IaaS", "Expansion Project")),
        ("OCI:Storage Adoption Initiative", ("OCI", "Storage", "Adoption Initiative")),
        ("PaaS: Data Migration", ("PaaS", "Data", "Migration")),
        ("PaaS: Data Enhancement ", ("PaaS", "Data", "Enhancement")),
        ("SaaS: HCM", ("SaaS", "HCM", None)),
        ("SaaS: Implementation", ("SaaS", None, "Implementation")),
        ("SaaS: Reimplementation", ("SaaS", "Reimplementation", None)),
        ("SaaS: CX: Voice Implementation", ("SaaS", "CX: Voice", "Implementation")),
        ("SaaS: Migration Desk", ("SaaS", "Migration Desk", None)),
        ("Data Cloud", ("Data Cloud", None, None)),
        ("SaaS:", ("SaaS", None, None)),
        (": ERP", (None, "ERP", None)),
        ("Größe: Über Implementation", ("Größe", "Über", "Implementation")),
    ],
)
def test_an_opportunity_name_is_taken_apart(
    connection: duckdb.DuckDBPyConnection, name: str, parts: tuple[str | None, ...]
) -> None:
    create_deals(connection, f"'a', 'A', '{name}', 'Qualify', 1, 1, NULL, NULL, NULL, NULL")
    sql = f"SELECT product_category, service, action_type FROM ({model_sql(DEALS)})"
    assert connection.execute(sql).fetchall() == [parts]


HAND_MADE = (
    # account, name, stage, amount, probability, close, created, contact, title
    "'a', 'A', 'n', 'Qualify', 100, 10, '2025-03-01', '2025-01-15', NULL, NULL",  # 31 days
    "'a', 'A', 'n', 'Propose', 200, 50, '2025-02-14', '2025-01-16', 'Jo', 'VP of X'",  # 30 days
    "'b', 'B', 'n', 'Negotiate', 300, 70, '2025-02-15', '2024-12-01', 'Jo', 'CEO'",
    "'b', 'B', 'n', 'Meet & Present', 400, 71, '2025-02-16', '2024-12-01', NULL, NULL",
    "'c', 'C', 'n', 'Closed Won', 1000, 100, '2025-01-10', '2025-01-01', 'Jo', 'Chief of Data'",
    "'c', 'C', 'n', 'Closed Won', 500, 95, '2025-01-20', '2025-01-01', NULL, NULL",
    "'d', 'D', 'n', 'Closed Lost', 700, 90, '2025-01-20', '2024-01-01', 'Jo', 'Director of Y'",
    "'d', 'D', 'n', 'Qualify', NULL, NULL, '2025-03-01', NULL, 'Jo', 'Clerk'",  # nothing known
)


def test_segments_hold_the_deals_they_name(connection: duckdb.DuckDBPyConnection) -> None:
    create_deals(connection, *HAND_MADE)
    members = {
        segment.name: [
            row[0]
            for row in connection.execute(
                f'SELECT opportunity_id FROM ({model_sql(DEALS)}) WHERE "{segment.name}" ORDER BY 1'
            ).fetchall()
        ]
        for segment in DEALS.segments
    }
    assert members == {
        "open": [1, 2, 3, 4, 8],
        "won": [5, 6],
        "lost": [7],
        "closed": [5, 6, 7],
        "late_stage": [2, 3],
        "high_probability": [4],  # 70 is not above 70; the lost deal at 90 is not open
        "stalled": [1],  # more than 30 days, in Qualify or Propose, of known age
        "missing_contact": [1, 4, 6],
        "past_due": [2],  # today is not past
        "c_level_engaged": [3, 5],
    }


@pytest.mark.parametrize(
    "metric,value",
    [
        ("deal_count", 8),
        ("open_deals", 5),
        ("pipeline_value", 1000),
        ("weighted_pipeline", 10 + 100 + 210 + 284),
        ("won_amount", 1500),
        ("lost_amount", 700),
        ("total_opportunity_value", 2500),
        ("total_amount", 3200),
        ("closed_amount", 2200),
        ("win_rate", 2 / 3),
        ("win_rate_by_value", 1500 / 2200),
        ("loss_rate", 1 / 3),
        ("contact_coverage", 5 / 8),
        ("avg_deal_size", 3200 / 7),
        ("median_deal_size", 400),
        ("avg_won_deal_size", 750),
        ("largest_deal_size", 1000),
        ("smallest_deal_size", 100),
        ("accounts_with_deals", 4),
        ("accounts_with_open_deals", 3),
        ("accounts_won", 1),
        ("avg_pipeline_per_account", 1000 / 3),
        ("avg_sales_cycle", (9 + 19 + 385) / 3),
        ("median_sales_cycle", 19),
        ("oldest_deal_age", 411),
        ("won_and_weighted", 1500 + 604),
        ("weighted_late_stage", 310),
        ("c_level_deals", 2),
        ("past_due_value", 200),
    ],
)
def test_a_metric_counts_what_it_says(
    connection: duckdb.DuckDBPyConnection, metric: str, value: float
) -> None:
    create_deals(connection, *HAND_MADE)
    assert float(compute(connection, metric)) == pytest.approx(value)


def test_a_win_rate_of_nothing_closed_is_unknown(connection: duckdb.DuckDBPyConnection) -> None:
    create_deals(connection, HAND_MADE[0])
    assert compute(connection, "win_rate") is None


@pytest.mark.parametrize(
    "title,level",
    [
        ("'CISO'", "C-level"), ("'Chief Revenue Officer'", "C-level"), ("'VP of Sales'", "VP"),
        ("'Senior Vice President'", "VP"), ("'Regional Director'", "Director"),
        ("'Clerk'", "Other"), ("NULL", None),
    ],
)  # fmt: skip
def test_levels_follow_the_job_title(
    connection: duckdb.DuckDBPyConnection, title: str, level: str | None
) -> None:
    connection.execute(
        "CREATE TABLE source.contacts AS SELECT 'Ann' AS first_name, NULL::VARCHAR AS last_name, "
        f"{title}::VARCHAR AS title"
    )
    sql = f"SELECT level, contact_name FROM ({model_sql(MODELS['contacts'])})"
    assert connection.execute(sql).fetchall() == [(level, "Ann")]


# ------------------------------------------------------------------ a real export


@pytest.fixture
def export(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The export as typed tables, cast by hand so that nothing of ours but the YAML is tested."""
    if not EXPORT.is_dir():
        pytest.skip("the folder 'shared' beside the repository is not here")
    casts = {"date": "strptime({}, '%m/%d/%Y')::DATE", "text": "{}"}
    for source in SPEC.sources:
        columns = [
            f"{casts.get(column.type, '{}::' + column.type).format(chr(34) + header + chr(34))}"
            f" AS {column.to}"
            for header, column in source.columns.items()
        ]
        file = EXPORT / source.files[0].replace("*", "")
        connection.execute(
            f"CREATE TABLE source.{source.name} AS SELECT row_number() OVER () AS {source.row_id}, "
            f"{', '.join(columns)} FROM read_csv('{file}', header=true, all_varchar=true)"
        )
    connection.execute(
        "CREATE TABLE source.accounts AS "
        "SELECT account_id, any_value(account_name) AS account_name "
        "FROM (SELECT account_id, account_name FROM source.opportunities UNION ALL "
        "SELECT account_id, account_name FROM source.contacts) GROUP BY 1"
    )
    return connection


def test_the_metrics_of_a_real_export_are_the_known_ones(
    export: duckdb.DuckDBPyConnection,
) -> None:
    known = {
        "deal_count": 1053, "open_deals": 706, "won_deals": 174, "lost_deals": 173,
        "deals_in_negotiate": 165, "stalled_deals": 358, "pipeline_value": 93324160.86,
        "weighted_pipeline": 37952531.8877, "won_amount": 20691085.68, "lost_amount": 24838152.30,
        "total_opportunity_value": 114015246.54, "total_amount": 138853398.84,
        "avg_deal_size": 131864.576296, "median_deal_size": 67224.53,
        "win_rate": 0.50144092, "largest_deal_size": 497001.14, "smallest_deal_size": 5015.65,
        "avg_deal_age": 34.0, "contact_count": 15683, "accounts_with_deals": 494,
        "deals_without_contact": 382, "c_level_contacts": 7 * 382, "contacted_accounts": 382,
    }  # fmt: skip
    found = {name: float(compute(export, name)) for name in known}
    assert found == pytest.approx(known, rel=1e-8)


def test_the_model_proves_on_a_real_export(export: duckdb.DuckDBPyConnection) -> None:
    given = {
        f"{model.name}.{dimension.name}": Statement(
            dimension.name, f"SELECT {dimension.name} FROM ({model_sql(model)})"
        )
        for model in SPEC.models
        for dimension in model.dimensions
        if dimension.expr
    }
    refuted = {p.name: p.rows for p in prove(export, SPEC, dimension_sql=given) if not p.ok}
    assert refuted == {"order of contacts.level": 1}  # nobody there is an 'Other'
