"""What a BI tool finds in a published file: views, comments, definitions, a read-only file."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.bi.conftest import Published, Rows


def test_each_model_is_a_view_with_every_dimension_spelled_out(published: Published) -> None:
    for model in published.catalog.models.values():
        columns = published.read(
            "SELECT column_name, data_type FROM information_schema.columns"
            f" WHERE table_schema = 'main' AND table_name = '{model.name}'"
            " ORDER BY ordinal_position"
        )
        expected = [(d.name, d.type.to_sql()) for d in model.dimensions.values()]
        assert [name for name, _ in columns] == [name for name, _ in expected]
        governed = published.governed(
            f"SELECT {', '.join(model.dimensions)} FROM {model.name} ORDER BY {model.primary_key}"
        )
        shown = published.read(f"SELECT * FROM {model.name} ORDER BY {model.primary_key}")
        assert shown == governed
    views = published.read("SELECT view_name FROM duckdb_views() WHERE NOT internal")
    assert {name for (name,) in views} == set(published.catalog.models)
    [(text,)] = published.read("SELECT string_agg(sql, '') FROM duckdb_views() WHERE NOT internal")
    assert "*" not in text.replace(" * ", "")


@pytest.mark.parametrize(
    "things",
    [
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal",
        "SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal",
        "SELECT function_name, comment FROM duckdb_functions() WHERE database_name = 'revenue'",
        "SELECT column_name, comment FROM duckdb_columns()"
        " WHERE NOT internal AND schema_name = 'main'",
    ],
    ids=["views", "tables", "macros", "columns"],
)
def test_everything_has_a_comment(published: Published, things: str) -> None:
    rows = published.read(things)
    assert rows
    assert [name for name, comment in rows if not comment] == []


def test_the_comment_of_a_macro_tells_its_meaning_and_a_query_that_runs(
    published: Published,
) -> None:
    rows = published.read(
        "SELECT function_name, comment FROM duckdb_functions() WHERE database_name = 'revenue'"
    )
    for name, comment in rows:
        metric = published.catalog.metrics[name]
        assert comment.startswith(metric.label)
        assert metric.description in comment
        assert metric.formula in comment
        example = comment[comment.rindex("SELECT ") :]
        model = published.model_of(name)
        assert published.read(example) == published.governed(f"SELECT MEASURE({name}) FROM {model}")


def names(rows: Rows) -> list[str]:
    return [".".join(map(str, row)) for row in rows]


def test_the_meta_tables_hold_every_definition(published: Published) -> None:
    catalog = published.catalog
    models = catalog.models.values()
    read = published.read
    assert names(read("SELECT name FROM meta.models")) == list(catalog.models)
    assert names(read("SELECT model, name FROM meta.dimensions")) == [
        d.qualified for model in models for d in model.dimensions.values()
    ]
    assert read("SELECT model, name, filter FROM meta.segments") == [
        (s.model, s.name, s.text) for model in models for s in model.segments.values()
    ]
    assert read("SELECT name, kind, formula, format FROM meta.metrics") == [
        (m.name, m.kind, m.formula, m.format) for m in catalog.metrics.values()
    ]
    assert names(read("SELECT name FROM meta.relationships")) == [
        r.name for r in catalog.relationships
    ]


def test_a_metric_without_a_macro_is_listed_with_its_formula(deals: Published) -> None:
    rows = deals.read("SELECT name, formula FROM meta.metrics WHERE macro IS NULL ORDER BY name")
    assert ("won_amount_ytd", "won_amount year to date") in rows
    assert {deals.catalog.metrics[name].kind for name, _ in rows} == {"cumulative", "change"}
    assert all(formula for _, formula in rows)


def test_the_file_is_read_only_and_in_the_storage_version_of_older_clients(
    deals: Published,
) -> None:
    mode = stat.S_IMODE(deals.path.stat().st_mode)
    assert mode == 0o444
    # The main header: a checksum, "DUCK", then the number of the file format; 64 is that of 1.2.
    header = deals.path.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= 65
    [(read_only, tags)] = deals.read(
        "SELECT readonly, tags FROM duckdb_databases() WHERE database_name = 'revenue'"
    )
    assert read_only
    assert tags["storage_version"].startswith("v1.2.0")


WRITES = [
    "CREATE TABLE main.t (a INT)",
    "INSERT INTO source.opportunities SELECT * FROM source.opportunities",
    "UPDATE source.opportunities SET amount = 1",
    "DELETE FROM meta.metrics",
    "DROP VIEW opportunities",
    "CREATE OR REPLACE MACRO main.win_rate(stage) AS (1.0)",
    "COMMENT ON VIEW opportunities IS 'mine'",
]


@pytest.mark.parametrize("sql", WRITES)
def test_nothing_can_be_written_through_a_read_only_connection(
    deals: Published, tmp_path: Path, sql: str
) -> None:
    before = deals.path.read_bytes()
    with (
        duckdb.connect(str(deals.path), read_only=True, config={"threads": 1}) as connection,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        connection.execute(sql)
    assert deals.path.read_bytes() == before


def test_another_process_opens_it_while_this_one_has_it_open(deals: Published) -> None:
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        " print(c.execute('SELECT deal_count() FROM opportunities').fetchall())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(deals.path)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "[(13,)]\n"


def test_nobody_opens_it_for_writing_while_somebody_reads_it(deals: Published) -> None:
    """Neither of the two is this process: reading the bytes here would give up its lock."""
    read = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        " print('open', flush=True); sys.stdin.read()"
    )
    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE TABLE t (a INT)')"
    with subprocess.Popen(
        [sys.executable, "-c", read, str(deals.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        before = deals.path.read_bytes()
        done = subprocess.run(
            [sys.executable, "-c", write, str(deals.path)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        holder.communicate(timeout=60)
    assert done.returncode != 0
    assert "IO Error" in done.stderr
    assert deals.path.read_bytes() == before
