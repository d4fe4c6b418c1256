"""The suite's own ground rules: no network, no settings of the machine, the same examples."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from hypothesis import settings

from tests.architecture.sources import ROOT, relative

# An address reserved for documentation: nobody is there, and nobody is asked.
ELSEWHERE = ("192.0.2.1", 9)


def test_no_setting_of_the_machine_reaches_a_test() -> None:
    foreign = ("REVENUE_", "OPENAI_", "ANTHROPIC_")
    assert [name for name in os.environ if name.startswith(foreign)] == []


def test_a_setting_of_the_machine_is_removed_before_the_tests_run() -> None:
    here = relative(ROOT / "tests" / "architecture" / "test_test_environment.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"{here}::test_no_setting_of_the_machine_reaches_a_test"],
        cwd=ROOT,
        env={**os.environ, "REVENUE_HOME": "elsewhere", "OPENAI_API_KEY": "none"},
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_test_that_leaves_the_machine_fails() -> None:
    with pytest.raises(RuntimeError, match="this machine alone"):
        socket.create_connection(ELSEWHERE, timeout=0.1)
    with pytest.raises(RuntimeError, match="this machine alone"):
        socket.getaddrinfo("example.invalid", 80)


def test_a_test_may_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=10) as client:
            client.sendall(b"x")
        with server.accept()[0] as accepted:
            assert accepted.recv(1) == b"x"


def test_examples_are_the_same_on_every_run() -> None:
    if settings.get_current_profile_name() == "fixed":
        assert settings.default is not None
        assert settings.default.derandomize
        assert settings.default.deadline is None
