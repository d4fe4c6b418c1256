"""A killed process loses nothing that it was told is stored, and blocks nobody afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from server.storage.store import Store
from tests.storage.appending import MOMENT

ROOT = Path(__file__).parents[2]


async def test_reopening_after_a_kill_finds_every_turn_that_was_committed(address: str) -> None:
    async with Store.open(address) as store:
        await store.migrate()
        await store.create_conversation("c1", owner=None, title="t", at=MOMENT)

    committed = append_until_killed(address, "c1", kill_after=25)

    async with Store.open(address) as store:
        await store.migrate()
        turns = (await store.get_conversation("c1", owner=None)).turns
        # One more may have been committed before its number could be printed.
        assert len(turns) in (committed, committed + 1)
        assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
        for turn in turns:
            expected = {"answer": "x" * 2000, "count": turn.number - 1}
            assert (turn.question, turn.answer) == (f"question {turn.number - 1}", expected)
        appended = await store.append_turn(
            "c1", owner=None, question="q", status="answered", answer={}, at=MOMENT, elapsed_ms=0.0
        )
        assert appended.number == len(turns) + 1


def append_until_killed(address: str, conversation_id: str, *, kill_after: int) -> int:
    """The number of turns that the killed process knew to be committed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.appending", address, conversation_id],
        cwd=ROOT,
        env={"PATH": os.defpath},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(kill_after)]
        process.kill()
        printed += process.stdout.readlines()
    numbers = [int(line) for line in printed if line.endswith(b"\n")]
    assert numbers == list(range(1, len(numbers) + 1))
    return len(numbers)
