"""The world of the security tests as fixtures: one engine, one second parser, one alarm."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import duckdb
import pytest

from tests.security.world import open_world


class TakesForever(BaseException):
    """A text kept a step busy: a hang, not a slow machine. No `except Exception` swallows it."""


@pytest.fixture(scope="session")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of the model with a few rows."""
    connection = open_world()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def parser() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB's own parser, with no table behind it."""
    connection = duckdb.connect()
    yield connection
    connection.close()


@pytest.fixture
def alarm() -> Iterator[None]:
    """Turns a text that a step never finishes into a failure, a minute later."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TakesForever

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
