"""Each outside library has one owner, and only one file reads the environment.

A library used in one place can be understood, replaced and translated into our errors there.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, Import, find_files, find_imports, relative

# Library -> where it may be imported, as the start of a path.
OWNERS = {
    "duckdb": ("server/warehouse/",),
    "sqlglot": ("semantic/",),
    "yaml": ("semantic/",),
    "sqlalchemy": ("server/storage/", "migrations/"),
    "alembic": ("server/storage/", "migrations/"),
    "asyncpg": ("server/storage/",),
    "playwright": ("server/report/",),
    "jinja2": ("server/report/",),
    "markdown_it": ("server/report/",),
    "vl_convert": ("server/report/",),
    "xlsxwriter": ("server/report/",),
    "apscheduler": ("server/jobs/",),
    "aiosmtplib": ("server/jobs/",),
    "httpx2": ("server/jobs/", "server/providers/"),
    "anthropic": ("server/providers/",),
    "openai": ("server/providers/",),
    "litestar": (
        "server/app.py",
        "server/routes/",
        "server/guard.py",
        "server/http_errors.py",
        "server/schemas.py",
    ),
    "uvicorn": ("server/",),
    "msgspec": ("server/",),
    "pyarrow": ("server/warehouse/", "server/demo", "server/report/"),
    "rich": ("server/",),
    "pydantic": ("semantic/", "server/"),
    "pydantic_core": ("semantic/",),
    "python_multipart": ("server/routes/",),
    "pytz": (),
    "rapidfuzz": ("server/planner/",),
}
OUR_OWN = (*PACKAGES, "__future__")
# Ways to the outside that the semantic layer, being pure, has no use for.
IMPURE = frozenset(
    {"os", "time", "random", "secrets", "socket", "subprocess", "threading", "asyncio", "http",
     "urllib", "tempfile", "shutil", "logging", "uuid"}
)  # fmt: skip
# The settings give each variable its meaning; the program's entrance hands the environment over.
READ_THE_ENVIRONMENT = ("server/settings.py", "server/cli.py")
CLOCKS = frozenset({"now", "utcnow", "today"})
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})


def product_imports() -> list[Import]:
    return [found for path in find_files(".py", under=PACKAGES) for found in find_imports(path)]


def test_every_outside_library_is_imported_by_its_owner_alone() -> None:
    strangers = [
        f"{relative(found.path)}:{found.line} imports {found.module}, owned by {owners or 'nobody'}"
        for found in product_imports()
        for owners in [OWNERS.get(found.library)]
        if owners is not None and not relative(found.path).startswith(owners)
    ]
    assert strangers == []


def test_every_outside_library_has_an_owner() -> None:
    known = OWNERS.keys() | sys.stdlib_module_names | set(OUR_OWN)
    orphans = {found.library for found in product_imports() if found.library not in known}
    assert orphans == set(), "declare them in pyproject.toml and name their owner in OWNERS"


@pytest.mark.parametrize("path", find_files(".py", under=("semantic",)), ids=relative)
def test_the_semantic_layer_imports_nothing_impure(path: Path) -> None:
    found = [f"line {item.line}: {item.module}" for item in find_imports(path)]
    assert [text for text in found if text.split(": ")[1].partition(".")[0] in IMPURE] == []


def names_used(path: Path, names: frozenset[str], owners: frozenset[str]) -> list[str]:
    """Places with `owner.name` or `from owner import name`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in names
            and isinstance(node.value, ast.Name)
            and node.value.id in owners
        ):
            found.append(f"{path}:{node.lineno} uses {node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module in owners:
            found += [
                f"{path}:{node.lineno} imports {alias.name}"
                for alias in node.names
                if alias.name in names
            ]
    return found


def test_the_environment_is_read_at_the_entrance_alone() -> None:
    readers = [
        use
        for path in find_files(".py", under=PACKAGES)
        if relative(path) not in READ_THE_ENVIRONMENT
        for use in names_used(path, ENVIRONMENT, frozenset({"os"}))
    ]
    assert readers == [], "take the value as an argument; server/settings.py knows its name"


@pytest.mark.parametrize("package", ["semantic", "server/answer", "server/planner"])
def test_the_pure_parts_read_no_clock(package: str) -> None:
    clocks = [
        use
        for path in find_files(".py", under=(package,))
        for use in names_used(path, CLOCKS, frozenset({"datetime", "date", "dt", "time"}))
    ]
    assert clocks == [], "take the moment as an argument"


def test_the_search_sees_an_import_and_a_use_wherever_they_hide(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def f():\n    import duckdb.typing\n    import os\n    return os.environ\n")
    assert [found.library for found in find_imports(hidden)] == ["duckdb", "os"]
    assert len(list(names_used(hidden, ENVIRONMENT, frozenset({"os"})))) == 1
