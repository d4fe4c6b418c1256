"""What governance costs: compile time, and POST /api/sql against the same SQL in bare DuckDB.

Run by hand or by `make bench`: `python benchmarks/queries.py [--rows 1000,1000000,10000000]`.
Every figure that is compared comes from one run on one machine, as a ratio of medians; the
two sides take turns. No threshold: the reader judges.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import httpx

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.members import members_sql
from semantic.pipeline import compile_sql
from semantic.rollups import rollups_sql
from server.loading import load_home_model
from server.warehouse.execute import Warehouse
from server.warehouse.manifest import VersionInfo
from server.warehouse.paths import Home
from server.warehouse.pool import EnginePool, EngineSettings
from server.warehouse.publish import build_folder, publish
from server.warehouse.versions import current_version

AS_OF = date(2025, 6, 30)
LIMIT_ROWS = 10_000
PORT = 8931


@dataclass(frozen=True, slots=True)
class Case:
    """One question: our SQL, and what an expert would write by hand on the tables."""

    name: str
    semantic_sql: str
    hand_sql: str


CASES = (
    Case(
        "metric by dimension",
        "SELECT stage, MEASURE(pipeline_value) AS p, MEASURE(win_rate) AS w FROM opportunities "
        "GROUP BY stage",
        "SELECT stage, sum(amount) FILTER (WHERE stage NOT IN ('Closed Won', 'Closed Lost')), "
        "count(*) FILTER (WHERE stage = 'Closed Won') / nullif(count(*) FILTER "
        "(WHERE stage IN ('Closed Won', 'Closed Lost')), 0) FROM source.opportunities "
        "GROUP BY stage ORDER BY stage",
    ),
    Case(
        "monthly trend with a filter",
        "SELECT date_trunc('month', close_date) AS m, MEASURE(won_amount) AS w "
        "FROM opportunities WHERE lead_source = 'Web' GROUP BY 1 ORDER BY 1",
        "SELECT date_trunc('month', close_date)::DATE AS m, sum(amount) FILTER "
        "(WHERE stage = 'Closed Won') FROM source.opportunities WHERE lead_source = 'Web' "
        "GROUP BY 1 ORDER BY 1",
    ),
    Case(
        "parsed dimension",
        "SELECT product_category, MEASURE(win_rate) AS w FROM opportunities GROUP BY 1",
        "SELECT nullif(trim(split_part(opportunity_name, ':', 1)), '') AS c, "
        "count(*) FILTER (WHERE stage = 'Closed Won') / nullif(count(*) FILTER "
        "(WHERE stage IN ('Closed Won', 'Closed Lost')), 0) FROM source.opportunities "
        "GROUP BY 1 ORDER BY 1",
    ),
    Case(
        "top 10 accounts",
        "SELECT account_name, MEASURE(total_opportunity_value) AS v FROM opportunities "
        "GROUP BY 1 ORDER BY v DESC LIMIT 10",
        "SELECT account_name, sum(amount) FILTER (WHERE stage <> 'Closed Lost') AS v "
        "FROM source.opportunities GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10",
    ),
    Case(
        "one hop",
        "SELECT accounts.account_name, MEASURE(won_amount) AS w FROM opportunities "
        "GROUP BY 1 ORDER BY w DESC LIMIT 10",
        "SELECT a.account_name, sum(o.amount) FILTER (WHERE o.stage = 'Closed Won') AS w "
        "FROM source.opportunities o LEFT JOIN source.accounts a USING (account_id) "
        "GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10",
    ),
    Case(
        "two fact models (fan-out)",
        "SELECT account_name, MEASURE(pipeline_value) AS p, MEASURE(contact_count) AS c "
        "FROM revenue GROUP BY account_name ORDER BY p DESC LIMIT 10",
        "WITH o AS (SELECT a.account_name, sum(amount) FILTER (WHERE stage NOT IN "
        "('Closed Won', 'Closed Lost')) AS p FROM source.opportunities LEFT JOIN source.accounts a "
        "USING (account_id) GROUP BY 1), c AS (SELECT a.account_name, count(*) AS c FROM "
        "source.contacts LEFT JOIN source.accounts a USING (account_id) GROUP BY 1) "
        "SELECT coalesce(o.account_name, c.account_name), p, coalesce(c, 0) FROM o FULL JOIN c "
        "ON o.account_name IS NOT DISTINCT FROM c.account_name "
        "ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10",
    ),
)


def main(arguments: list[str]) -> int:
    """Run every part and print one table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000,1000000,10000000")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        _, catalog = load_home_model(Home(Path(folder)))
        report_compile(catalog)
        for text in str(options.rows).split(","):
            home = Home(Path(folder) / text)
            write_version(home, catalog, int(text))
            asyncio.run(report_execution(home, int(text), options.rounds))
            report_http(home, options.rounds)
    return 0


def report_compile(catalog: Catalog) -> None:
    """CPU per compilation, from the text to the statement."""
    print("compile, ms of cpu per query (median of 7 x 100)")
    for case in CASES:

        def compile_once(text: str = case.semantic_sql) -> None:
            compile_sql(catalog, text, principal=Principal(), limit_rows=LIMIT_ROWS)

        print(f"  {case.name:<28}{_cpu_ms(compile_once):7.3f}")


def _cpu_ms(work: Callable[[], None]) -> float:
    work()
    rounds = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(100):
            work()
        rounds.append((time.process_time() - start) * 10)
    return statistics.median(rounds)


def write_version(home: Home, catalog: Catalog, rows: int) -> None:
    """Publish a version with `rows` opportunities made inside DuckDB."""
    build = build_folder(home, 1)
    build.mkdir(parents=True)
    connection = duckdb.connect()
    database = build / "revenue.duckdb"
    connection.execute(f"ATTACH '{database}' AS revenue (STORAGE_VERSION 'v1.2.0'); USE revenue")
    connection.execute("CREATE SCHEMA source; CREATE SCHEMA meta")
    connection.execute(_DATA, {"rows": rows, "accounts": max(10, rows // 15)})
    for statement in (*_TABLES, *members_sql(catalog), *rollups_sql(catalog)):
        connection.execute(statement)
    connection.execute("CHECKPOINT revenue; USE memory; DETACH revenue")
    connection.close()
    (build / "model.json").write_bytes(catalog.spec.model_dump_json(by_alias=True).encode())
    now = datetime(2025, 6, 30, tzinfo=UTC)
    info = VersionInfo(1, now, "0" * 12, duckdb.__version__, "v1.2.0", rows, rows, 0)
    publish(home, build, info)


_DATA = """
CREATE TABLE source.opportunities AS
SELECT i AS opportunity_id, 'Account ' || (hash(i) % $accounts) AS account_name,
  ['SaaS', 'OCI', 'PaaS'][(1 + hash(i * 3) % 3)::BIGINT] || ': '
    || ['ERP', 'HCM', 'CX'][(1 + hash(i * 5) % 3)::BIGINT] || ' ' ||
     ['Implementation', 'Upgrade Proposal'][(1 + hash(i * 7) % 2)::BIGINT] AS opportunity_name,
  ['Qualify', 'Meet & Present', 'Propose', 'Negotiate', 'Closed Won', 'Closed Lost']
    [(1 + hash(i * 11) % 6)::BIGINT] AS stage,
  'Q1-2025' AS fiscal_period, ((hash(i * 13) % 50000000) / 100)::DECIMAL(18,2) AS amount,
  (hash(i * 17) % 101)::DECIMAL(5,2) AS probability,
  DATE '2022-01-01' + (hash(i * 19) % 1200)::INTEGER AS close_date,
  DATE '2021-11-01' + (hash(i * 19) % 1200)::INTEGER AS created_date,
  'Call the CFO' AS next_step,
  ['Web', 'Event', 'Referral'][(1 + hash(i * 23) % 3)::BIGINT] AS lead_source,
  ['Renewal', 'Expansion'][(1 + hash(i * 29) % 2)::BIGINT] AS opportunity_type,
  NULL::VARCHAR AS primary_contact, 'A' || (hash(i) % $accounts) AS account_id,
  NULL::VARCHAR AS contact_email, NULL::VARCHAR AS contact_title
FROM range(1, $rows + 1) AS r(i)
"""

_TABLES = (
    """CREATE TABLE source.accounts AS SELECT DISTINCT account_id, account_name
    FROM source.opportunities""",
    """CREATE TABLE source.contacts AS SELECT row_number() OVER () AS contact_id,
    'Ann' AS first_name, 'Lee' AS last_name, 'CFO' AS title, account_name,
    'a@example.com' AS email, account_id FROM source.accounts, range(10)""",
    """CREATE TABLE meta.source_files AS SELECT 'opportunities' AS source, 'made.csv' AS file,
    '' AS sha256, 0 AS bytes, 0 AS records, 0 AS accepted, 0 AS rejected, now() AS modified_at""",
)


async def report_execution(home: Home, rows: int, rounds: int) -> None:
    """Medians of wall time: bare DuckDB, a new text, a known text, and the result cache."""
    pool = EnginePool(home.warehouse, EngineSettings())
    warehouse = Warehouse(pool, EngineSettings(), lambda: current_version(home))
    await warehouse.start()
    bare = duckdb.connect(str(home.database(1)), read_only=True, config={"threads": 2})
    print(f"execution at {rows:,} rows, ms (median of {rounds})")
    print(f"  {'':<28}{'by hand':>9}{'new':>9}{'governed':>10}{'ratio':>7}{'+ms':>7}{'cached':>8}")
    for case in CASES:
        hand, first, ours, kept = [], [], [], []
        for number in range(rounds + 2):
            hand.append(_time_bare(bare, case.hand_sql))
            # Another limit: a plan made anew. Another day: the plan is kept, the result is not.
            day = AS_OF - timedelta(days=number)
            first.append(await _time_ours(warehouse, case, AS_OF, LIMIT_ROWS + 1 + number))
            await _time_ours(warehouse, case, AS_OF, LIMIT_ROWS)
            ours.append(await _time_ours(warehouse, case, day, LIMIT_ROWS))
            kept.append(await _time_ours(warehouse, case, day, LIMIT_ROWS))
        a, n, b, c = (statistics.median(times[2:]) for times in (hand, first, ours, kept))
        print(f"  {case.name:<28}{a:9.2f}{n:9.2f}{b:10.2f}{b / a:7.2f}{b - a:7.2f}{c:8.3f}")
    bare.close()
    await warehouse.stop()


async def _time_ours(warehouse: Warehouse, case: Case, as_of: date, limit_rows: int) -> float:
    start = time.perf_counter()
    await warehouse.run(
        case.semantic_sql, as_of=as_of, principal=Principal(), limit_rows=limit_rows
    )
    return (time.perf_counter() - start) * 1000


def report_http(home: Home, rounds: int) -> None:
    """Medians of POST /api/sql on a server of its own, beside bare DuckDB."""
    command = (sys.executable, "-m", "server.cli", "serve", "--port", str(PORT))
    server = subprocess.Popen(
        command, env={**os.environ, "REVENUE_HOME": str(home.root)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    bare = duckdb.connect(str(home.database(1)), read_only=True, config={"threads": 2})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
            _wait(client)
            for case in CASES:
                hand, ours = [], []
                for number in range(rounds + 2):
                    hand.append(_time_bare(bare, case.hand_sql))
                    day = (AS_OF - timedelta(days=number)).isoformat()
                    start = time.perf_counter()
                    body = {"sql": case.semantic_sql, "as_of": day}
                    client.post("/api/sql", json=body).raise_for_status()
                    ours.append((time.perf_counter() - start) * 1000)
                a, b = statistics.median(hand[2:]), statistics.median(ours[2:])
                print(f"  POST /api/sql {case.name:<28}{a:9.2f}{b:10.2f}{b / a:7.2f}{b - a:7.2f}")
    finally:
        bare.close()
        server.terminate()
        server.wait()


def _wait(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            client.get("/api/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server does not answer")


def _time_bare(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    start = time.perf_counter()
    connection.cursor().execute(sql).fetchall()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
