"""Definitions are checked key by key, name by name, with file and line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from semantic.compiled import Principal
from semantic.definitions import Catalog
from semantic.issues import Issue
from semantic.load import locate_issues
from server.jobs import definition
from server.jobs.definition import ReportSpec
from server.jobs.definitions import BrokenDefinition, Definition, load_file, may_see
from server.jobs.statements import find_analysis_issues, find_issues
from server.warehouse.paths import Home
from tests.homes import REPOSITORY, revenue_catalog
from tests.serving import revenue

__all__ = ["revenue_catalog"]


def write(folder: Path, text: str, name: str = "weekly.yml") -> Path:
    path = folder / "reports" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def mistakes(folder: Path, text: str, catalog: Catalog) -> list[str]:
    """Every finding about a file, as sentences with file and line."""
    found = load_file(write(folder, text))
    if isinstance(found, BrokenDefinition):
        return [issue.to_sentence() for issue in found.issues]
    issues: list[Issue] = [
        *find_issues(found.spec, frozenset(found.roles), catalog),
        *find_analysis_issues(found.spec, {"get_stage_metrics": ""}),
    ]
    assert found.locations is not None
    return [issue.to_sentence() for issue in locate_issues(issues, found.locations)]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("titel: W\nsections: [{question: a}]\n", "weekly.yml:1: Unknown key 'titel'"),
        ("title: W\nsections:\n  - questoin: a\n", "weekly.yml:3: Unknown key 'questoin'"),
        ("title: W\n", "give at least one of 'sections' and 'alerts'"),
        ("title: W\nsections: [{question: a, sql: b}]\n", "exactly one of"),
        ("title: W\nas_of: someday\nsections: [{question: a}]\n", "weekly.yml:2: "),
        ("title: W\nas_of: 2025-02-30\nsections: [{question: a}]\n", "no such day"),
        ("title: W\nsections: [{question: 'deals in $x'}]\n", "'$x' is used and not declared"),
        (
            "title: W\nsections: [{question: a}]\nrecipients:\n  email: ['a@b\\nBcc: c@d']\n",
            "weekly.yml:4: ",
        ),
        ("title: W\nsections: [{question: a}]\nrecipients:\n  folder: [../x]\n", "weekly.yml:4: "),
        (
            "title: W\nsections: [{question: a}]\nrecipients:\n  webhook:\n    - url: ftp://x\n",
            "weekly.yml:5: ",
        ),
        (
            "title: W\nalerts:\n  - {name: a, metric: win_rate, falls_by: 10%}\n",
            "need a 'period' to compare with",
        ),
        (
            "title: W\nalerts:\n  - {name: a, metric: win_rat, below: 1}\n",
            "weekly.yml:3: There is no metric 'win_rat'",
        ),
        ("title: W\nsections:\n  - sql: SELECT nonsense FROM opportunities\n", "weekly.yml:3: "),
        ("title: W\nsections:\n  - sql: DROP TABLE opportunities\n", "weekly.yml:3: "),
        ("title: W\nsections:\n  - query: {metrics: [win_rates]}\n", "weekly.yml:3: "),
        (
            "title: W\nsections:\n  - analysis: get_stage_metrix\n",
            "weekly.yml:3: There is no analysis 'get_stage_metrix'. Did you mean",
        ),
        (
            "title: W\nsections: [{question: a}]\ncondition:\n  only_if: MEASURE(win_rate)\n",
            "weekly.yml:4: This is no condition",
        ),
        (
            "title: W\nsections: [{question: a}]\ncondition: {only_if: MEASURE(x) > 1}\n",
            "weekly.yml:3: ",
        ),
        ("title: W\nsections: [\n", "weekly.yml:3: This is not valid YAML"),
    ],
)
def test_a_mistake_is_said_with_its_line(
    tmp_path: Path, revenue_catalog: Catalog, text: str, expected: str
) -> None:
    found = mistakes(tmp_path, text, revenue_catalog)
    assert any(expected in sentence for sentence in found), found


def test_the_definition_in_the_manual_is_sound(tmp_path: Path, revenue_catalog: Catalog) -> None:
    page = (REPOSITORY / "docs" / "schedules.md").read_text("utf-8")
    [text] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert mistakes(tmp_path, text, revenue_catalog) == []


def test_the_manual_names_every_key_of_a_definition() -> None:
    page = (REPOSITORY / "docs" / "schedules.md").read_text("utf-8")
    for name in ("SectionSpec", "RecipientsSpec", "ConditionSpec", "AlertSpec", "ReportSpec"):
        for key in getattr(definition, name).model_fields:
            assert re.search(rf"`{key}`|\b{key}:", page), f"'{key}' of {name} is not in the manual"


def test_check_reports_every_mistake_of_the_files(tiny_home: Home, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(tiny_home.root, home, symlinks=True)
    write(home, "title: Good\nsections: [{question: win rate}]\n", "good.yml")
    write(home, "titel: Bad\nsections: [{question: win rate}]\n", "bad.yml")
    write(home, "title: T\nalerts:\n  - {name: a, metric: win_rat, below: 1}\n", "worse.yml")
    done = revenue(home, "check")
    assert done.returncode == 1
    assert "error: reports/bad.yml:1: Unknown key 'titel'" in done.stdout
    assert "error: reports/worse.yml:3: There is no metric 'win_rat'" in done.stdout
    assert "3 report definitions, 3 mistakes." in done.stdout
    (home / "reports" / "bad.yml").unlink()
    (home / "reports" / "worse.yml").unlink()
    assert "1 report definitions, 0 mistakes." in revenue(home, "check").stdout


@pytest.mark.parametrize("title", ["a\nb", "a\r\nBcc: x@y.z", "a\x00b", "", "x" * 201, "a\u2028b"])
def test_a_title_is_one_line(title: str) -> None:
    with pytest.raises(ValidationError):
        ReportSpec.model_validate({"title": title, "sections": [{"question": "q"}]})


def test_who_has_a_role_sees_only_what_was_made_under_it() -> None:
    spec = ReportSpec.model_validate({"title": "W", "sections": [{"question": "q"}]})
    everything = Definition("w", spec, "store", ())
    emea = Definition("w", spec, "store", ("emea",))
    both = Definition("w", spec, "store", ("emea", "viewer"))
    anybody, viewer = Principal(), Principal("v", frozenset({"emea"}))
    assert [may_see(anybody, one) for one in (everything, emea, both)] == [True, True, True]
    assert [may_see(viewer, one) for one in (everything, emea, both)] == [False, True, True]
