"""One database for all properties, refilled by each example.

Invariant: an example sees its own rows only.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.tiny.world import connect


@pytest.fixture(scope="module")
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect({})
    yield connection
    connection.close()
