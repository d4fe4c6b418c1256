"""The wheel holds the four packages whole, data files included, and starts the right program."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import pytest

from scripts.check_wheel import find_differences
from tests.architecture.sources import PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def rewrite(wheel: Path, into: Path, *, without: str = "", adding: str = "") -> Path:
    """A copy of the wheel with one file left out or one added."""
    copy = into / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if name != without:
                new.writestr(name, old.read(name))
        if adding:
            new.writestr(adding, "x = 1\n")
    return copy


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    assert find_differences(wheel) == []


def test_a_file_missing_from_the_wheel_is_noticed(wheel: Path, tmp_path: Path) -> None:
    poorer = rewrite(wheel, tmp_path, without="migrations/__init__.py")
    assert "missing in the wheel: migrations/__init__.py" in find_differences(poorer)


def test_a_stray_file_in_the_wheel_is_noticed(wheel: Path, tmp_path: Path) -> None:
    richer = rewrite(wheel, tmp_path, adding="tests/conftest.py")
    assert "in the wheel only: tests/conftest.py" in find_differences(richer)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_can_be_read_as_data(package: str) -> None:
    assert resources.files(package).joinpath("__init__.py").is_file()
