"""`revenue serve` as it is started: killed in the middle of a run, and two of them on one store.

The mail server decides when a server is killed, so that the kill always lands inside a run.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.storage.database import sqlite_url
from server.storage.job_records import Schedule
from server.storage.schedule_store import ScheduleStore
from server.storage.store import Store
from server.warehouse.paths import Home
from tests.jobs.harness import mail_settings
from tests.jobs.mailbox import Mailbox, receiving
from tests.serving import Serving, serving

WAIT_S = 90
DUE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
"""When the schedules were due last: they were missed, and are caught up as soon as anybody can."""


async def plant(url: str, names: list[str], recipients: list[str]) -> None:
    """Reports that have been due for more than a day, one schedule each."""
    definition = {
        "title": "Weekly",
        "formats": ["html"],
        "sections": [{"query": {"metrics": ["win_rate", "pipeline_value"]}}],
        "recipients": {"email": recipients, "folder": ["weekly"]},
    }
    async with Store.open(url) as store:
        await store.migrate()
        schedules = ScheduleStore(store.database)
        for name in names:
            await schedules.put_definition(name, definition, owner=None, roles=(), at=DUE)
        for name in names:
            due = Schedule(f"sched_{name}", name, "0 7 * * *", "UTC", {}, None, (), DUE, DUE)
            await schedules.add_schedule(due)


def settings(mailbox: Mailbox, **more: str) -> dict[str, str]:
    given = {"JOBS_POLL_S": "0.1", "JOBS_LEASE_S": "3", **more}
    chosen = mail_settings(mailbox.port, **given)
    return {f"REVENUE_{name}": text for name, text in chosen.items()}


def runs_of(server: Serving, name: str) -> list[dict[str, Any]]:
    found = httpx.get(f"{server.url}/api/schedules/sched_{name}/runs", timeout=30)
    assert found.status_code == 200, found.text
    return list(found.json()["runs"])


def wait_for_end(server: Serving, name: str) -> dict[str, Any]:
    """The one run of a schedule, when it has ended."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        runs = runs_of(server, name)
        assert len(runs) <= 1
        if runs and runs[0]["status"] in ("succeeded", "failed", "skipped"):
            return runs[0]
        time.sleep(0.1)
    raise AssertionError(f"no run of {name} has ended: {runs_of(server, name)} {server.log[-5:]}")


@pytest.mark.slow
def test_a_run_whose_server_dies_or_stops_is_gone_on_with_once(
    tiny_home: Home, tmp_path: Path
) -> None:
    """The first server is killed with one mail taken and the next one half handed over.

    The second one is told to stop at the same point; it gives the run back at once.
    """
    home = tmp_path / "home"
    shutil.copytree(tiny_home.root, home, symlinks=True)
    to = ["a@example.com", "b@example.com", "c@example.com"]
    asyncio.run(plant(sqlite_url(home / "state.db"), ["weekly"], to))
    with receiving() as mailbox:
        mailbox.hold_after = 1
        mailbox.go_on.clear()
        with serving(home, **settings(mailbox)) as first:
            assert mailbox.in_data.wait(WAIT_S), first.log
            [run] = runs_of(first, "weekly")
            assert run["status"] == "running"
            first.process.kill()
            first.process.wait()
        mailbox.go_on.set()
        mailbox.in_data.clear()
        mailbox.go_on.clear()
        with serving(home, **settings(mailbox)) as second:
            assert mailbox.in_data.wait(WAIT_S), second.log
        assert second.process.returncode is not None
        mailbox.go_on.set()
        # Nobody could go on before an hour has passed if the run had not been given back.
        with serving(home, **settings(mailbox, JOBS_LEASE_S="3600")) as third:
            done = wait_for_end(third, "weekly")
            [schedule] = httpx.get(f"{third.url}/api/schedules", timeout=30).json()["schedules"]
    assert done["id"] == run["id"]
    assert (done["status"], done["attempts"]) == ("succeeded", 3)
    assert {one["status"] for one in done["deliveries"]} == {"sent"}
    # Not zero and not two: each recipient has one message, the first one from before the kill.
    assert Counter(mailbox.recipients) == Counter(to)
    tries = {one["recipient"]: one["tries"] for one in done["deliveries"]}
    assert tries == {"a@example.com": 1, "b@example.com": 3, "c@example.com": 1, "weekly": 1}
    assert datetime.fromisoformat(schedule["next_runs"][0]) > datetime.now(UTC)


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["postgresql", pytest.param("sqlite", marks=pytest.mark.long)], indirect=True
)
def test_two_servers_on_one_store_run_no_slot_twice(
    tiny_home: Home, tmp_path: Path, address: str
) -> None:
    """Both are up and look for work twenty times a second when six reports become due."""
    home = tmp_path / "home"
    shutil.copytree(tiny_home.root, home, symlinks=True)
    names = [f"report_{number}" for number in range(6)]
    with receiving() as mailbox:
        chosen = settings(mailbox) | {
            "REVENUE_DATABASE_URL": address,
            "REVENUE_JOBS_POLL_S": "0.05",
        }
        with serving(home, **chosen) as one, serving(home, **chosen) as two:
            asyncio.run(plant(address, names, ["cro@example.com"]))
            ended = [wait_for_end(server, name) for name in names for server in (one, two)]
    assert {run["status"] for run in ended} == {"succeeded"}
    assert len({run["id"] for run in ended}) == 6
    assert {run["attempts"] for run in ended} == {1}
    assert len(mailbox.messages) == 6
    assert len({message["message-id"] for _, message in mailbox.messages}) == 6
