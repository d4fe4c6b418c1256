"""The documentation says what is there: settings, keys of the model file, dependencies, links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from semantic import gate, spec
from server.settings import Settings
from tests.architecture.sources import ROOT, find_files, relative

SETTING = re.compile(r"\bREVENUE_[A-Z][A-Z0-9_]*")
PAGES = find_files(".md")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def documented_settings() -> dict[str, str]:
    """The table of the settings page: name -> default as written there."""
    row = re.compile(r"^\| `(REVENUE_[A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)
    return {name: default.strip("`") for name, default in row.findall(read("docs/settings.md"))}


def test_the_settings_page_gives_every_setting_and_its_default() -> None:
    effective = dict(Settings.load({}).describe())
    # A secret is only said to be set or not.
    effective = {n: "" if text == "(default)" else text for n, text in effective.items()}
    # This default depends on where the program runs; the page says so in words.
    effective["REVENUE_HOME"] = "the current folder"
    assert documented_settings() == {name: text or "empty" for name, text in effective.items()}


def test_the_example_environment_names_every_setting() -> None:
    assert set(SETTING.findall(read(".env.example"))) == set(documented_settings())


def spec_keys(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Each key a model file may hold, with the part it belongs to."""
    for name, field in model.model_fields.items():
        yield model.__name__, field.alias or name


SPEC_KEYS = sorted(
    {
        found
        for part in vars(spec).values()
        if isinstance(part, type) and issubclass(part, spec.Spec)
        for found in spec_keys(part)
    }
)


@pytest.mark.parametrize("part,key", SPEC_KEYS)
def test_the_model_page_names_every_key(part: str, key: str) -> None:
    page = read("docs/model-yaml.md")
    assert re.search(rf"`{key}`|\b{key}:", page), f"'{key}' of {part} is not in docs/model-yaml.md"


def test_the_page_on_semantic_sql_states_the_limits_of_the_gate() -> None:
    page = " ".join(read("docs/semantic-sql.md").split())
    assert f"at most {gate.MAX_CHARACTERS:,} characters" in page
    assert f"nested at most {gate.MAX_NESTING} deep" in page


def test_the_contributing_page_says_what_each_dependency_replaces() -> None:
    page = read("CONTRIBUTING.md").lower()
    project = tomllib.loads(read("pyproject.toml"))["project"]
    names = {re.split(r"[\[<>=]", line)[0].lower() for line in project["dependencies"]}
    assert {name for name in names if name not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = [t for t in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in t]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_the_manual_is_reachable_from_its_index() -> None:
    index, decisions = read("docs/README.md"), read("docs/adr/README.md")
    for page in (ROOT / "docs").rglob("*.md"):
        if page.name != "README.md":
            assert page.name in (decisions if page.parent.name == "adr" else index)


def test_a_named_analysis_is_named_like_a_function() -> None:
    files = find_files(".sql", under=("sql_templates",))
    assert [path.name for path in files if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem)] == []


def test_make_targets_named_in_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    command = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
    named = {target for page in PAGES for target in command.findall(page.read_text("utf-8"))}
    assert {"run", "test", "lint"} <= named <= targets
