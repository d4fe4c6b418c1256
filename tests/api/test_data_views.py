"""Versions side by side, the checks, and rejects by reason and as CSV; on data that changes.

Expected values are read from the CSVs with plain Python.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.problems import problem_of
from tests.serving import TODAY, serving

NAME = "opportunities.csv"
HOSTILE = '=HYPERLINK("https://evil.example")'
Deal = dict[str, str]


@dataclass(frozen=True)
class Changed:
    """A server whose second version was made from other deals than the first."""

    client: httpx.Client
    old: list[Deal]
    new: list[Deal]
    report: dict[str, Any]


@pytest.fixture(scope="module")
def changed(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """Two of the old deals are gone, one was won, one is new, one has an amount that is none."""
    home = tmp_path_factory.mktemp("changed") / "home"
    shutil.copytree(demo_home, home, symlinks=True, ignore=shutil.ignore_patterns("state*"))
    with (home / "data" / NAME).open(encoding="utf-8", newline="") as stream:
        old = list(csv.DictReader(stream))
    is_open = next(n for n, deal in enumerate(old) if n > 2 and "Closed" not in deal["Stage"])
    new = [dict(deal) for deal in old[2:]]
    new[is_open - 2] |= {"Stage": "Closed Won", "Amount": "123456.78"}
    new.append(old[7] | {"Opportunity Name": "SaaS: Something New"})
    broken = old[8] | {"Opportunity Name": "SaaS: Something Broken", "Amount": HOSTILE}
    text = io.StringIO()
    writer = csv.DictWriter(text, list(old[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows([*new, broken])
    with serving(home) as server, httpx.Client(base_url=server.url, timeout=120) as client:
        sent = client.post("/api/data/upload", files={"f": (NAME, text.getvalue().encode())})
        assert sent.status_code == 200, sent.text
        yield Changed(client, old, new, sent.json())


def amounts(deals: list[Deal], stage: str) -> Decimal:
    return sum((Decimal(d["Amount"] or 0) for d in deals if d["Stage"] == stage), Decimal(0))


def test_what_changed_between_two_versions(changed: Changed) -> None:
    accepted = changed.report["version"]["accepted"]
    body = changed.client.get("/api/data/versions/1/compare/2", params={"as_of": f"{TODAY}"}).json()
    assert (body["before"]["version"], body["after"]["version"]) == (1, 2)
    assert body["after"]["accepted"] == accepted
    deals, people = body["sources"]
    file = next(f for f in changed.report["files"] if f["file"] == NAME)
    extra = file["accepted"] - len(changed.new)
    assert extra in (0, 1)  # the broken line, where only its cell is left out
    assert deals == {
        "source": "opportunities",
        "before": len(changed.old),
        "after": len(changed.new) + extra,
        "added": 2 + extra,
        "removed": 3,
    }
    assert people["added"] == people["removed"] == 0 < people["before"] == people["after"]


def test_headline_metrics_stand_side_by_side(changed: Changed) -> None:
    body = changed.client.get("/api/data/versions/1/compare/2", params={"as_of": f"{TODAY}"}).json()
    metrics = {metric["metric"]: metric for metric in body["metrics"]}
    won = metrics["won_deals"]
    assert won["label"]
    assert won["before"] == sum(d["Stage"] == "Closed Won" for d in changed.old)
    pipeline = metrics["pipeline_value"]
    stages = {d["Stage"] for d in changed.old if "Closed" not in d["Stage"]}
    before = sum(amounts(changed.old, stage) for stage in stages)
    after = sum(amounts(changed.new, stage) for stage in stages)
    assert Decimal(str(pipeline["before"])) == before
    assert Decimal(str(pipeline["after"])) == after
    back = changed.client.get("/api/data/versions/2/compare/1", params={"as_of": f"{TODAY}"}).json()
    assert [(s["added"], s["removed"]) for s in back["sources"]] == [
        (s["removed"], s["added"]) for s in body["sources"]
    ]


def test_a_version_says_which_files_it_was_made_from(changed: Changed) -> None:
    body = changed.client.get("/api/data/versions/1").json()
    assert body["version"]["is_current"] is False
    found = {file["file"]: file for file in body["files"]}
    assert found[NAME]["records"] == len(changed.old)
    assert found[NAME]["accepted"] + found[NAME]["rejected"] == found[NAME]["records"]
    problem_of(changed.client.get("/api/data/versions/99"), 404)
    problem_of(changed.client.get("/api/data/versions/1/compare/99"), 404)


def test_rejects_are_counted_by_reason_over_all_pages(changed: Changed) -> None:
    whole = changed.client.get("/api/data/rejects", params={"limit": 10_000}).json()
    page = changed.client.get("/api/data/rejects", params={"limit": 1}).json()
    assert page["reasons"] == whole["reasons"]
    assert sum(reason["count"] for reason in whole["reasons"]) == len(whole["rejects"])
    (amount,) = [r for r in whole["reasons"] if r["column"] == "Amount"]
    assert amount["count"] == 1
    assert amount["first_line"] == len(changed.new) + 2
    only = changed.client.get("/api/data/rejects", params={"source": "contacts"}).json()
    assert all(reason["source"] == "contacts" for reason in only["reasons"])


def test_rejects_as_csv_run_nothing_in_a_spreadsheet(changed: Changed) -> None:
    response = changed.client.get("/api/data/rejects/csv")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="rejects.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text)))
    listed = changed.client.get("/api/data/rejects", params={"limit": 10_000}).json()["rejects"]
    assert [row["line"] for row in rows] == [f"{one['line']}" for one in listed]
    assert "'" + HOSTILE in {row["value"] for row in rows}
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
    problem_of(changed.client.get("/api/data/rejects/csv", params={"version": 99}), 404)


def test_the_checks_say_what_holds_and_what_does_not(changed: Changed) -> None:
    body = changed.client.get("/api/data/checks").json()
    assert body["version"] == 2
    broken = [check for check in body["checks"] if not check["ok"]]
    assert len(broken) == body["errors"] + body["warnings"]
    assert body["checks"][: len(broken)] == broken
    names = {check["name"] for check in body["checks"]}
    assert any("primary key" in name for name in names)
    assert any("win_rate" in name for name in names)
    assert changed.client.get("/api/data/checks", params={"version": 1}).json()["version"] == 1


def test_the_catalog_says_where_each_metric_comes_from(client: httpx.Client) -> None:
    catalog = client.get("/api/semantic/catalog").json()
    metrics = {m["name"]: m for model in catalog["models"] for m in model["metrics"]}
    assert metrics["won_amount"]["columns"] == ["opportunities.amount", "opportunities.stage"]
    assert metrics["won_amount_vs_prior_quarter"]["sources"] == ["opportunities"]
    assert all(metric["sources"] for metric in metrics.values())
    questions = catalog["quick_questions"]
    assert [q["question"] for q in questions] == catalog["verified_questions"]
    for question in questions[:3]:
        body = {"question": question["question"], "as_of": f"{TODAY}"}
        assert client.post("/api/query", json=body).json()["status"] == "answered"


def test_an_editor_is_told_the_place_of_every_issue(client: httpx.Client) -> None:
    sql = "SELECT stage,\n  MEASURE(win_rat)\nFROM opportunities GROUP BY stage"
    body = client.post("/api/sql/explain", json={"sql": sql}).json()
    assert body["valid"] is False
    (issue,) = body["issues"]
    assert (issue["line"], sql[issue["start"] : issue["end"]]) == (2, "win_rat")
    assert issue["column"] == sql.splitlines()[1].index("win_rat") + 1
    assert "win_rate" in issue["suggestions"]
