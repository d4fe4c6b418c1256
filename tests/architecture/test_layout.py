"""What a reader may rely on in any file: its length, its opening, and that it runs anywhere."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, find_files, relative

LONGEST_SOURCE = 400
LONGEST_TEST = 450
SOURCE_FOLDERS = (*PACKAGES, "benchmarks", "scripts", "frontend")

# Put together from parts, so that this file is not a finding of its own.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
    )
)
HOME_FOLDER = re.compile(r"(?<![\w.])/(?:home|Users)/(?!revenue\b)[A-Za-z]")
ADDRESS_IN_LOCK = re.compile(r"://|index-url|find-links|trusted-host|^\S+ @ ", re.MULTILINE)


# Written by a tool from the server's OpenAPI document; nobody reads it as a file.
GENERATED = ROOT / "frontend" / "src" / "api" / "schema.d.ts"
SOURCES = [
    path for path in find_files(".py", ".ts", ".tsx", under=SOURCE_FOLDERS) if path != GENERATED
]


def count_lines(path: Path) -> int:
    return path.read_text("utf-8").count("\n")


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_source_file_is_one_step_and_short(path: Path) -> None:
    lines = count_lines(path)
    assert lines <= LONGEST_SOURCE, "split it along the path of the work, never into 'utils'"


@pytest.mark.parametrize("path", find_files(".py", under=("tests",)), ids=relative)
def test_a_test_file_is_about_one_thing_and_short(path: Path) -> None:
    lines = count_lines(path)
    assert lines <= LONGEST_TEST, "split it by what is tested"


@pytest.mark.parametrize("path", find_files(".py", under=PACKAGES), ids=relative)
def test_a_module_opens_by_saying_what_it_does(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring is not None
    assert len(docstring.splitlines()[0]) > 20


@pytest.mark.parametrize("path", find_files(), ids=relative)
def test_a_file_names_no_registry_and_no_place_of_one_machine(path: Path) -> None:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        pytest.skip("not a text file")
    found = [host for host in REGISTRY_HOSTS if host in text]
    # A checkout directly below "/" would make every word after a slash a finding.
    places = (str(ROOT), str(Path.home())) if len(ROOT.parts) > 2 else ()
    found += [place for place in places if re.search(rf"(?<![\w.]){re.escape(place)}\b", text)]
    found += HOME_FOLDER.findall(text)
    assert found == []


@pytest.mark.parametrize("path", find_files(), ids=relative)
def test_only_tests_reach_outside_the_checkout(path: Path) -> None:
    inside_tests = relative(path).startswith("tests/")
    outside = "../" + "shared"
    assert inside_tests or outside not in path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["requirements", "requirements-build", "requirements-dev"])
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text("utf-8")
    assert ADDRESS_IN_LOCK.search(text) is None
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        # A "+" would be a local build, which no registry carries.
        assert re.match(r"[A-Za-z0-9._-]+==[^\s+]+ \\\n", entry), f"not a release: {entry[:60]}"
        assert "--hash=sha256:" in entry


def test_the_locks_agree_with_each_other_and_hold_every_declared_library() -> None:
    versions: dict[str, set[str]] = {}
    held: dict[str, set[str]] = {}
    for name in ("requirements", "requirements-build", "requirements-dev"):
        text = (ROOT / f"{name}.lock").read_text("utf-8")
        pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE)
        held[name] = {library.lower() for library, _ in pins}
        for library, version in pins:
            versions.setdefault(library.lower(), set()).add(version)
    assert {library: found for library, found in versions.items() if len(found) > 1} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared(project["dependencies"]) <= held["requirements"]
    assert declared(project["optional-dependencies"]["dev"]) <= held["requirements-dev"]
    assert held["requirements"] <= held["requirements-dev"]


def declared(requirements: list[str]) -> set[str]:
    """The names of requirement lines, as locks spell them."""
    return {re.split(r"[\[<>=!~ ;]", line)[0].lower().replace("_", "-") for line in requirements}


def test_every_dependency_is_bounded_on_both_sides() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    loose = [
        line
        for line in project["dependencies"]
        if "==" not in line and not (">=" in line and ",<" in line)
    ]
    assert loose == []
