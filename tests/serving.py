"""A home with demo data, and a real server on it: for every test that speaks HTTP.

Imported by conftest files. Invariant: the server is the program as a user starts it, in a
process of its own, on a free port; it is gone when the block ends.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx
import pytest

from server.cli import main

REPOSITORY = Path(__file__).resolve().parent.parent
TODAY = date(2025, 2, 15)
"""The clock most tests ask with; the demo's history ends near it."""
ROWS = 400


@dataclass(frozen=True)
class Serving:
    """A running server."""

    url: str
    home: Path
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    """Lines of its standard error so far."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a command on `home`, with nothing else of ours set."""
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **passed,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONWARNINGS": "error::DeprecationWarning:server",
        "REVENUE_HOME": str(home),
        # Tests ask faster than people; those of the limit set their own.
        "REVENUE_REQUESTS_PER_MINUTE": "0",
        # One worker costs a start half of what two do; tests/engine has the rules of several.
        "REVENUE_ENGINE_WORKERS": "1",
        **variables,
    }


def start_revenue(
    home: Path, *arguments: str, timeout_s: float = 120, **variables: str
) -> subprocess.CompletedProcess[str]:
    """The `revenue` command as a program of its own, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def revenue(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The `revenue` command, run in this process: most take less time than loading the program.

    tests/cli shows that a program of its own says the same.
    """
    out, err = io.StringIO(), io.StringIO()
    handlers = list(logging.getLogger().handlers)
    with (
        # Commands start an event loop, and some callers are inside of one.
        ThreadPoolExecutor(1) as beside,
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in environment(home, **variables).items():
            patch.setenv(name, value)
        patch.setattr(sys, "excepthook", sys.excepthook)
        code = beside.submit(_exit_code_of, arguments).result()
    logging.getLogger().handlers[:] = handlers
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def _exit_code_of(arguments: Sequence[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as end:  # argparse leaves in this way
        return end.code if isinstance(end.code, int) else 1


def make_demo_home(home: Path, rows: int = ROWS, seed: int = 7) -> Path:
    """A home with demo CSVs, ingested as version 1."""
    for arguments in (
        ("demo", "--rows", f"{rows}", "--seed", f"{seed}", "--today", TODAY.isoformat()),
        ("ingest",),
    ):
        done = revenue(home, *arguments)
        assert done.returncode == 0, done.stderr
    return home


@contextmanager
def serving(home: Path, **variables: str) -> Iterator[Serving]:
    """A server on `home`, started with `revenue serve` on any free port."""
    with serving_at(home, 0, **variables) as server:
        yield server


@contextmanager
def serving_at(home: Path, port: int, /, **variables: str) -> Iterator[Serving]:
    """The same on a port of the caller's choice, as after a restart."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", "--port", f"{port}"],
        env=environment(home, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    log: list[str] = []
    reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        first = process.stdout.readline()
        found = re.search(r"http://localhost:(\d+)", first)
        if found is None:
            process.wait(timeout=30)
            reader.join(timeout=10)
            raise AssertionError(f"the server did not start: {first}{''.join(log)}")
        server = Serving(f"http://localhost:{found[1]}", home, process, log)
        _wait_until_up(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            reader.join(timeout=10)
            process.stdout.close()
            process.stderr.close()


def _wait_until_up(server: Serving) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{server.url}/api/data/versions", timeout=10)
        except httpx.ConnectError:
            continue
        return
    raise AssertionError("the server does not answer")
