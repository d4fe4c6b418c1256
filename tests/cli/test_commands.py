"""The commands as a person runs them, on a demo home."""

from __future__ import annotations

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.serving import TODAY, make_demo_home, revenue, start_revenue

STAGES = "SELECT stage, MEASURE(deal_count) AS deals FROM opportunities GROUP BY ALL ORDER BY stage"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_home(tmp_path_factory.mktemp("cli-home"), rows=200)


def test_help_lists_the_commands() -> None:
    done = start_revenue(Path.cwd(), "--help")
    assert done.returncode == 0
    for command in ("serve", "ingest", "check", "ask", "sql", "analyses", "demo", "versions",
                    "rollback", "migrate", "schema", "verify"):  # fmt: skip
        assert f"\n    {command} " in done.stdout


@pytest.mark.parametrize(
    "sql, code, out, err",
    [(STAGES, 0, "Closed Won", ""), ("SELECT nope FROM opportunities", 1, "", "error: line 1:"),
     ("--nope", 2, "", "usage: revenue sql")],
)  # fmt: skip
def test_a_command_is_a_program_of_its_own(
    home: Path, sql: str, code: int, out: str, err: str
) -> None:
    """What the other tests here see in their own process is what a terminal gets."""
    arguments = ("sql", "--as-of", TODAY.isoformat(), sql)
    done, here = start_revenue(home, *arguments), revenue(home, *arguments)
    assert done.returncode == here.returncode == code
    assert (done.stdout, done.stderr) == (here.stdout, here.stderr)
    assert out in done.stdout
    assert done.stderr.startswith(err)


def test_demo_and_ingest_make_a_version(tmp_path: Path) -> None:
    make_demo_home(tmp_path, rows=50)
    done = revenue(tmp_path, "ingest")
    assert done.returncode == 0
    assert "opportunities.csv" in done.stdout
    assert "Version 2 is published" in done.stdout
    assert done.stderr == ""
    report = json.loads(revenue(tmp_path, "ingest", "--json").stdout)
    assert report["version"]["version"] == 3
    assert sum(file["accepted"] for file in report["files"]) == report["version"]["accepted"]
    listed = json.loads(revenue(tmp_path, "versions", "--json").stdout)
    assert [(v["version"], v["is_current"]) for v in listed] == [(3, True), (2, False), (1, False)]
    assert "Version 1" in revenue(tmp_path, "rollback", "--to", "1").stdout
    table = revenue(tmp_path, "versions").stdout
    assert [line.split()[1] == "*" for line in table.splitlines()[2:]] == [False, False, True]


def test_ingest_prints_why_records_were_rejected(tmp_path: Path, home: Path) -> None:
    shutil.copytree(home / "data", tmp_path / "data")
    path = tmp_path / "data" / "opportunities.csv"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    for number in (1, 2, 3):
        rows[number][rows[0].index("Probability (%)")] = "999"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    done = revenue(tmp_path, "ingest")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "Probability (%)" in line)
    assert line.split()[-1] == "3"


def test_a_failed_ingest_says_what_and_where_and_keeps_the_version(
    tmp_path: Path, home: Path
) -> None:
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    own = tmp_path / "home"
    path = own / "data" / "opportunities.csv"
    path.write_text(path.read_text("utf-8").replace("Stage", "Stge", 1), "utf-8")
    done = revenue(own, "ingest")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "opportunities.csv" in done.stderr
    assert "'Stage'" in done.stderr
    assert "Traceback" not in done.stderr
    failed = revenue(own, "ingest", "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["issues"][0]["message"]
    assert json.loads(revenue(own, "sql", "--json", STAGES).stdout)["warehouse_version"] == 1


def test_sql_prints_a_table_csv_or_json_of_the_same_rows(home: Path) -> None:
    result = json.loads(revenue(home, "sql", "--json", STAGES).stdout)
    rows = list(csv.reader(io.StringIO(revenue(home, "sql", "--csv", STAGES).stdout)))
    assert rows[0] == ["stage", "deals"]
    assert [[stage, int(deals)] for stage, deals in rows[1:]] == result["rows"]
    table = revenue(home, "sql", STAGES)
    assert f"{len(result['rows'])} rows" in table.stdout
    for stage, deals in result["rows"]:
        assert any(
            line.startswith(stage) and line.rstrip().endswith(f"{deals}")
            for line in table.stdout.splitlines()
        )


def test_csv_keeps_digits_and_defuses_formulas(home: Path) -> None:
    sql = "SELECT '=1+1' AS a, '-2' AS b, SUM(amount) AS c, -SUM(amount) AS d FROM opportunities"
    head, row = csv.reader(io.StringIO(revenue(home, "sql", "--csv", sql).stdout))
    assert head == ["a", "b", "c", "d"]
    assert row[:2] == ["'=1+1", "'-2"]
    assert Decimal(row[2]) == -Decimal(row[3])
    assert Decimal(row[2]).as_tuple().exponent == -2


def test_explain_prints_the_engine_sql_and_fails_on_an_invalid_text(home: Path) -> None:
    fine = revenue(home, "sql", "--explain", STAGES)
    assert fine.returncode == 0
    assert fine.stdout.startswith("SELECT")
    wrong = revenue(home, "sql", "--explain", "SELECT MEASURE(win_rat) FROM opportunities")
    assert wrong.returncode == 1
    assert "Did you mean 'win_rate'" in wrong.stderr


def test_mistakes_in_sql_are_sentences(home: Path) -> None:
    done = revenue(home, "sql", "SELECT MEASURE(win_rat), nope FROM opportunities")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 2
    assert all(line.startswith("error: line 1:") for line in done.stderr.splitlines())


def test_analyses_are_listed_and_run(home: Path) -> None:
    listed = revenue(home, "analyses")
    assert "get_stage_metrics" in listed.stdout
    assert len(json.loads(revenue(home, "analyses", "list", "--json").stdout)["analyses"]) >= 23
    arguments = ("get_top_opportunities_by_value", "limit=2", "--as-of", TODAY.isoformat())
    result = json.loads(revenue(home, "analyses", "run", *arguments, "--json").stdout)
    assert (result["row_count"], result["as_of"]) == (2, TODAY.isoformat())
    assert "2 rows" in revenue(home, "analyses", "run", *arguments).stdout
    wrong = revenue(home, "analyses", "run", "get_stage_metric")
    assert wrong.returncode == 1
    assert "get_stage_metrics" in wrong.stderr
    assert revenue(home, "analyses", "run", "get_stage_metrics", "novalue").returncode == 2


def test_check_proves_the_model_and_reports_all_problems(tmp_path: Path, home: Path) -> None:
    fine = revenue(home, "check")
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "0 errors" in fine.stdout
    shutil.copytree(home / "data", tmp_path / "data")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.yml").write_text(
        "name: m\nsources:\n  - name: s\n    files: ['*.csv']\n    columns: {A: {to: a}}\n"
        "models:\n  - name: s\n    source: nope\n    primary_key: a\n"
        "    dimensions: [{name: a}, {name: b, expr: missing}]\n"
        "    metrics: [{name: n, agg: sum, expr: zzz}]\n",
        "utf-8",
    )
    wrong = revenue(tmp_path, "check")
    assert wrong.returncode == 1
    assert wrong.stderr.count("error: models/m.yml:") >= 1
    assert "Traceback" not in wrong.stderr
    assert revenue(tmp_path, "ingest").returncode == 1


def test_migrate_is_repeatable(tmp_path: Path) -> None:
    assert "from nothing to" in revenue(tmp_path, "migrate").stdout
    assert "up to date" in revenue(tmp_path, "migrate").stdout


def test_schema_writes_json_schema(tmp_path: Path) -> None:
    printed = json.loads(revenue(tmp_path, "schema").stdout)
    assert printed["$schema"].endswith("2020-12/schema")
    assert revenue(tmp_path, "schema", "--out", f"{tmp_path}/schema.json").returncode == 0
    assert json.loads((tmp_path / "schema.json").read_text("utf-8")) == printed


def test_without_data_the_way_to_data_is_said(tmp_path: Path) -> None:
    for arguments in (("sql", STAGES), ("analyses",), ("analyses", "run", "get_stage_metrics")):
        done = revenue(tmp_path, *arguments)
        assert done.returncode == 1
        assert "revenue ingest" in done.stderr
    assert "run 'revenue ingest'" in revenue(tmp_path, "versions").stdout
    assert revenue(tmp_path, "rollback").returncode == 1
    assert revenue(tmp_path, "ingest").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [(), ("nope",), ("sql",), ("serve", "--port", "99999"), ("rollback", "--to", "0"),
     ("sql", "x", "--as-of", "2025"), ("sql", "x", "--csv", "--json"), ("demo", "--rows", "-1")],
)  # fmt: skip
def test_a_wrong_command_line_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = revenue(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_said_by_every_command(tmp_path: Path) -> None:
    done = revenue(tmp_path, "versions", REVENUE_PORRT="1")
    assert done.returncode == 1
    assert "Did you mean 'REVENUE_PORT'" in done.stderr


def test_control_characters_of_data_do_not_reach_the_terminal(tmp_path: Path, home: Path) -> None:
    shutil.copytree(home / "data", tmp_path / "data")
    path = tmp_path / "data" / "opportunities.csv"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    rows[1][rows[0].index("Next Step")] = "\x1b]0;owned\x07 \u202e call"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    assert revenue(tmp_path, "ingest").returncode == 0
    sql = "SELECT next_step FROM opportunities WHERE contains(next_step, 'owned')"
    done = revenue(tmp_path, "sql", sql)
    assert "\\x1b]0;owned\\x07 \\u202e call" in done.stdout
    assert done.stdout.replace("\n", "").isprintable()
    as_json = json.loads(revenue(tmp_path, "sql", "--json", sql).stdout)
    assert as_json["rows"] == [[rows[1][rows[0].index("Next Step")]]]
