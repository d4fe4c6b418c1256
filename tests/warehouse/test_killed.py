"""A load killed at any moment, and two at once: what is published is whole, the next load works."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.warehouse.paths import Home
from server.warehouse.publish import version_numbers
from server.warehouse.versions import current_version, list_versions
from tests.warehouse.shop import HEADER, is_whole, load_orders

ROOT = Path(__file__).resolve().parents[2]


def write_orders(home: Home, count: int) -> None:
    lines = (f'{n},"C{n}",{n}.50,,1/2/2025,no,web,note {n}' for n in range(1, count + 1))
    (home.data / "orders.csv").write_text("\n".join((HEADER, *lines)) + "\n")


@contextmanager
def ingesting(home: Home) -> Iterator[subprocess.Popen[str]]:
    """A real load in a process of its own, surely over at the end of the block."""
    command = [sys.executable, "-m", "tests.warehouse.ingest_once", str(home.root)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.long)])
def test_a_load_killed_at_any_moment_leaves_the_old_or_the_new_version_whole(
    tmp_path: Path, kills: int
) -> None:
    home = load_orders(tmp_path, "1,Ann,,,,,,").home
    rows = {1: 1}
    write_orders(home, 1000)
    start = time.perf_counter()
    with ingesting(home) as process:
        out, _ = process.communicate()
    whole_s = time.perf_counter() - start
    rows[int(out)] = 1000
    dice = random.Random(20250630)
    half_built = 0
    for nth in range(kills):
        before, known = current_version(home), set(version_numbers(home))
        count = 1001 + nth
        write_orders(home, count)
        with ingesting(home) as process:
            # Half of the kills wait until the build has begun: starting Python takes most of
            # the time, and a kill before the first write proves little.
            if nth % 2:
                wait_for_build(home, process)
                if nth > 1:  # the first of them falls into the build for sure
                    time.sleep(dice.uniform(0, whole_s * 0.4))
            else:
                time.sleep(dice.uniform(0, whole_s * 1.1))
            process.send_signal(signal.SIGKILL)
            process.wait()
        after = current_version(home)
        assert after is not None
        for new in set(version_numbers(home)) - known:
            rows[new] = count
        assert after == before or rows[after] == count
        assert is_whole(home, after, rows[after])
        half_built += any(home.warehouse.glob(".build-*"))
    assert half_built, "no kill fell into a build: this test proved nothing"
    for version in list_versions(home):
        assert is_whole(home, version.number, rows[version.number])
    write_orders(home, 2000)
    with ingesting(home) as process:
        out, problem = process.communicate()
    assert process.returncode == 0, problem
    assert is_whole(home, int(out), 2000)
    assert not list(home.warehouse.glob(".build-*"))


def wait_for_build(home: Home, process: subprocess.Popen[str]) -> None:
    """Return when the process builds, or is over."""
    known = set(home.warehouse.glob(".build-*"))  # what an earlier kill left behind
    stamp = {path: path.stat().st_mtime_ns for path in known}
    while process.poll() is None:
        for path in home.warehouse.glob(".build-*"):
            try:
                if path not in known or path.stat().st_mtime_ns != stamp[path]:
                    return
            except FileNotFoundError:
                known.discard(path)
        time.sleep(0.002)


def test_loads_at_the_same_time_each_publish_a_whole_version(tmp_path: Path) -> None:
    home = load_orders(tmp_path, "1,Ann,,,,,,").home
    write_orders(home, 3000)
    with ingesting(home) as one, ingesting(home) as two, ingesting(home) as three:
        results = [process.communicate() for process in (one, two, three)]
        codes = [process.returncode for process in (one, two, three)]
    assert codes == [0, 0, 0], results
    assert sorted(int(out) for out, _ in results) == [2, 3, 4]
    assert [is_whole(home, number, 3000) for number in (2, 3, 4)] == [True, True, True]
    assert current_version(home) == 4
