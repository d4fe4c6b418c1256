"""What holds for every test: a clean environment, no network, fixed seeds.

Run by pytest before the tests are collected, in each worker. Invariant: a test sees no setting
or key of the machine it runs on and reaches nothing beyond it.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

import pytest
from hypothesis import settings

_SETTINGS = ("REVENUE_", "OPENAI_", "ANTHROPIC_")
_LOCAL_NAMES = frozenset({"", "localhost", "0.0.0.0", "::", "testserver.local"})  # noqa: S104


# No deadline: a slow machine is not a wrong program. The same examples on every run, so that a
# failure in CI is a failure here; `--hypothesis-profile=explore` looks further. Registered while
# this file loads, so that the option on the command line still wins.
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("fixed")


class NetworkRefusedError(RuntimeError):
    """A test tried to leave the machine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option of ours; a folder's own conftest would be read too late for it."""
    parser.addoption(
        "--update-golden", action="store_true", help="write the files of tests/golden anew"
    )


def pytest_configure() -> None:
    """Before any test module is imported: clean the environment, guard the network."""
    for name in [name for name in os.environ if name.startswith(_SETTINGS)]:
        del os.environ[name]
    sys.addaudithook(_refuse_network)


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: an exception raised here stops the call."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a text is a unix socket
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is not None and not _is_local(host):
        raise NetworkRefusedError(f"{event} to {host!r}: tests use this machine alone")


def _is_local(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
