"""A server that is held up loses its run to another one, and then changes and sends nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.jobs.harness import NOBODY, Office, mail_settings
from tests.jobs.mailbox import receiving

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIN_RATE = {"query": {"metrics": ["win_rate"]}}


async def test_a_run_that_was_taken_over_is_left_to_whoever_holds_it(
    tiny_office: Office, tmp_path: Path
) -> None:
    """The first server hangs in its mail while its lease runs out by the clock of the second."""
    with receiving() as mailbox:
        mailbox.go_on.clear()
        settings = mail_settings(mailbox.port, JOBS_LEASE_S="1")
        url = f"sqlite:///{tmp_path / 'shared.db'}"
        async with (
            tiny_office.desk(tmp_path, settings, url) as slow,
            tiny_office.desk(tmp_path, settings, url) as quick,
        ):
            to = {"email": ["cro@example.com"]}
            await slow.define("weekly", sections=[WIN_RATE], recipients=to)
            run_id = await slow.jobs.order_run("weekly", NOBODY, {})
            working = asyncio.create_task(slow.jobs.loop.settle())
            await asyncio.to_thread(mailbox.in_data.wait, 60)
            quick.clock.pass_(minutes=5)
            taken = await quick.jobs.loop.claim_run(run_id)
            assert taken is not None
            # The first one finds out when it wants to renew its lease, and leaves everything.
            await working
            assert (await quick.jobs.runs.get_run(run_id)).owner == quick.jobs.loop.owner
            mailbox.go_on.set()
            await quick.jobs.loop.worker.work(taken)
            done = await quick.jobs.get_run("weekly", run_id, NOBODY)
    assert (done.status, done.attempts) == ("succeeded", 2)
    assert mailbox.recipients == ["cro@example.com"]


async def test_a_run_that_ends_its_server_each_time_is_given_up(
    tiny_office: Office, tmp_path: Path
) -> None:
    async with tiny_office.desk(tmp_path, {"JOBS_TRIES": "2"}) as at:
        await at.define("weekly", sections=[WIN_RATE])
        run_id = await at.jobs.order_run("weekly", NOBODY, {})
        for _ in range(2):
            # Claimed, and then never heard of again.
            assert await at.jobs.loop.claim_run(run_id) is not None
            at.clock.pass_(minutes=5)
        [run] = await at.settle("weekly")
    assert run.status == "failed"
    assert run.problem is not None
    assert run.problem["code"] == "run-interrupted"
