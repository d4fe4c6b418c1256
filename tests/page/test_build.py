"""The built page and its lock file: weight, origins, current types."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.serving import REPOSITORY, environment, start_revenue

FRONTEND = REPOSITORY / "frontend"
FIRST_LOAD_BYTES = 600_000
"""Gzipped: the document, its scripts and styles, and the font of Latin text."""


def first_load(dist: Path) -> set[Path]:
    """What a browser fetches before the first area is shown."""
    found = {dist / "index.html"}
    waiting = re.findall(r'(?:src|href)="/([^"]+)"', (dist / "index.html").read_text("utf-8"))
    while waiting:
        path = dist / waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".js":  # static imports alone; `import(...)` waits for its area
            names = re.findall(r'(?:from|import)"\./([\w.-]+\.js)"', path.read_text("utf-8"))
            waiting += [f"assets/{name}" for name in names]
    return found | set(dist.glob("assets/inter-latin-wght-*.woff2"))


def weigh(path: Path) -> int:
    """The bytes that travel; fonts are compressed already."""
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(gzip.compress(content, 9))


def test_the_first_load_is_light_and_holds_no_chart_library(built_page: Path) -> None:
    loaded = first_load(built_page)
    assert sum(map(weigh, loaded)) <= FIRST_LOAD_BYTES
    scripts = "".join(path.read_text("utf-8") for path in loaded if path.suffix == ".js")
    assert len(scripts) > 100_000, "the first load was not found"
    assert "Duplicate signal name" not in scripts  # vega says so, and nothing else does
    assert "cm-content" not in scripts


def test_the_document_names_no_other_origin(built_page: Path) -> None:
    text = (built_page / "index.html").read_text("utf-8")
    assert "//" not in text.replace("<!doctype html>", "")


def test_the_lock_holds_hashes_and_no_address_to_download_from() -> None:
    lock = json.loads((FRONTEND / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_the_types_of_the_page_are_those_of_the_server(tmp_path: Path) -> None:
    if shutil.which("node") is None or not (FRONTEND / "node_modules").is_dir():
        pytest.skip("there is no Node, or the page's packages are not installed: `make page`")
    document = tmp_path / "openapi.json"
    done = start_revenue(tmp_path, "openapi", "--out", f"{document}")
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        ["node", "scripts/types.mjs", "--check", f"{document}"],
        cwd=FRONTEND,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
