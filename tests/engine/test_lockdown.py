"""The lock holds where it is whole and is found broken wherever it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import EngineUnavailable
from server.warehouse.lockdown import (
    LockdownBroken,
    find_breaks,
    find_scratch_breaks,
    lint_settings,
    open_locked,
)
from server.warehouse.steps import Steps, find_steps
from tests.engine import standin
from tests.engine.conftest import LIMITS, RAW, StartPool, publish


def test_nothing_gets_out_of_the_full_lock(tmp_path: Path) -> None:
    assert find_scratch_breaks(tmp_path / "scratch.duckdb", LIMITS) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["scratch.duckdb"]


@pytest.mark.parametrize(
    "steps,found",
    [
        (standin.WITH_FILES, "overwrite the database"),
        (standin.WITH_FILES, "change the database file"),
        (standin.WITH_FILES, "read the database file"),
        (standin.WITH_EXTERNAL_ACCESS, "run with enable_external_access = True instead of False"),
        (standin.UNLOCKED, "run with lock_configuration = False instead of True"),
        (standin.SPILLING, "run with python_enable_replacements = True instead of False"),
    ],
)
def test_every_missing_part_of_the_lock_is_found(tmp_path: Path, steps: Steps, found: str) -> None:
    assert found in find_scratch_breaks(tmp_path / "scratch.duckdb", LIMITS, steps.open)


def test_the_proof_never_harms_a_published_file(tmp_path: Path) -> None:
    database = publish(tmp_path / "warehouse", 1)
    before = database.read_bytes()
    connection = standin.WITH_FILES.open(database, LIMITS)
    assert find_breaks(connection, database, LIMITS)
    connection.close()
    assert database.read_bytes() == before
    assert sorted(path.name for path in database.parent.iterdir()) == [
        "model.json",
        "revenue.duckdb",
    ]


def test_a_limit_that_is_not_ours_is_found(tmp_path: Path) -> None:
    database = publish(tmp_path / "warehouse", 1)
    connection = open_locked(database, LIMITS)
    other = type(LIMITS)(memory_mb=2048, threads=1)
    assert lint_settings(connection, LIMITS) == ()
    breaks = lint_settings(connection, other)
    connection.close()
    assert len(breaks) == 2
    assert "threads" in breaks[0]
    assert "memory_limit" in breaks[1]


@pytest.mark.parametrize("name", ["WITH_FILES", "UNLOCKED", "SPILLING", "WEAK_WHEN_PUBLISHED"])
async def test_the_pool_refuses_to_start_on_a_weak_lock(start_pool: StartPool, name: str) -> None:
    with pytest.raises(LockdownBroken) as refused:
        await start_pool(steps=f"tests.engine.standin:{name}")
    assert refused.value.breaks


async def test_a_pool_whose_workers_die_at_once_says_so(start_pool: StartPool) -> None:
    with pytest.raises(EngineUnavailable):
        await start_pool(steps="tests.engine.standin:DEAD")


def test_only_steps_can_be_named_as_steps() -> None:
    assert find_steps(RAW) is standin.RAW
    with pytest.raises(TypeError):
        find_steps("os:path")
