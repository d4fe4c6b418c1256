"""The import contracts of pyproject.toml, run by the test suite as well as by `make lint`."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.architecture.sources import PACKAGES, ROOT

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_every_import_contract_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_contracts_cover_every_package_and_every_rule_of_the_layout() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert set(config["root_packages"]) == set(PACKAGES)
    sources = {
        source for contract in config["contracts"] for source in contract.get("source_modules", ())
    }
    assert {"semantic", "server.answer", "server.planner", "server.routes"} <= sources
    assert "layers" in {contract["type"] for contract in config["contracts"]}


def test_the_sdks_of_language_models_are_not_loaded_before_one_is_asked() -> None:
    """Loading them takes as long as half of the program; most homes ask no model."""
    code = "import sys, server.app; print({'anthropic', 'openai'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.strip() == "set()", done.stderr
