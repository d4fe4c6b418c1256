"""Alerts over data versions that are swapped between two looks, on deals that are added by hand.

The tiny home has won 1,000 in January and 5,000 in February 2025, and its win rate is 3 of 6.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from semantic.spec import SemanticModelSpec
from server.warehouse.ingest import ingest
from server.warehouse.paths import Home
from server.warehouse.versions import rollback
from tests.homes import tiny_files
from tests.jobs.harness import NOBODY, Desk, Office, mail_settings, office
from tests.jobs.mailbox import Mailbox, receiving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def moving_office(
    tiny_home: Home, revenue_spec: SemanticModelSpec, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An engine on versions 1 (as it is) and 2 (February's wins are lost): win rate 1 of 6."""
    root = tmp_path_factory.mktemp("moving") / "home"
    shutil.copytree(tiny_home.root, root, symlinks=True)
    home = Home(root)
    deals = tiny_files()["opportunities.csv"].replace("Closed Won", "Closed Lost")
    deals = deals.replace("Closed Lost", "Closed Won", 1)
    (home.data / "opportunities.csv").write_text(deals, encoding="utf-8")
    ingest(home, revenue_spec, now=datetime(2025, 2, 16, 12, tzinfo=UTC))
    rollback(home, 1)
    async with office(home) as opened:
        yield opened


async def look(at: Desk, home: Home, version: int) -> dict[str, Any]:
    """What the alert came to on a version, by a run of its report."""
    rollback(home, version)
    run = await at.run("watch")
    assert run.status == "succeeded", run
    assert run.warehouse_version == version
    return dict(run.alerts[0])


async def test_an_alert_is_mailed_once_per_crossing(moving_office: Office, tmp_path: Path) -> None:
    home = moving_office.home
    with receiving() as mailbox:
        async with moving_office.desk(tmp_path, mail_settings(mailbox.port)) as at:
            alert = {"name": "low", "title": "Few deals won", "metric": "win_rate", "below": 0.3}
            to = {"email": ["cro@example.com"]}
            await at.define("watch", alerts=[alert], recipients=to)
            told = []
            for version in (1, 2, 2, 1, 1, 2):
                found = await look(at, home, version)
                assert found["crossed"] == (version == 2)
                told.append(len(mailbox.messages))
            assert told == [0, 1, 1, 1, 1, 2]
            state = (await at.jobs.get_report("watch", NOBODY)).alerts[0]
            assert (state.state, state.warehouse_version) == ("fired", 2)
            _check_mail(mailbox)
            # Where the warehouse starts for the next test.
            rollback(home, 1)


def _check_mail(mailbox: Mailbox) -> None:
    """1 of 6 is 16.7%; the line was 30%."""
    assert mailbox.messages[0][1]["subject"] == "Alert: Few deals won"
    for text in (mailbox.text(), mailbox.html()):
        assert "Win rate is 16.7%, below 30.0%." in text
        assert "Data version: 2" in text
        assert "MEASURE(win_rate)" in text


@pytest.mark.parametrize(
    "line,crossed,words",
    [
        ({"above": 4999.99}, True, "is $5,000.00, above $4,999.99."),
        ({"above": 5000}, False, "is $5,000.00, equal to $5,000.00."),
        ({"below": 5000}, False, "is $5,000.00, equal to $5,000.00."),
        ({"rises_by": "400%"}, True, "is $5,000.00, up 400.0% from $1,000.00 before."),
        ({"rises_by": "400.1 %"}, False, "up 400.0% from $1,000.00 before."),
        ({"falls_by": "1%"}, False, "up 400.0% from $1,000.00 before."),
    ],
)
async def test_a_metric_of_the_last_whole_month_against_its_line(
    moving_office: Office, tmp_path: Path, line: dict[str, Any], crossed: bool, words: str
) -> None:
    """Looked at in March, the last whole month is February: 5,000 after 1,000 in January."""
    async with moving_office.desk(tmp_path) as at:
        at.clock.now = datetime(2025, 3, 10, 9, tzinfo=UTC)
        alert = {"name": "won", "metric": "won_amount", "period": "month", **line}
        await at.define("watch", alerts=[alert])
        found = await look(at, moving_office.home, 1)
    assert found["crossed"] is crossed
    assert found["sentence"].startswith("Won revenue from 2025-02-01 to 2025-02-28 is $5,000.00, ")
    assert found["sentence"].endswith(words)


async def test_a_fall_against_the_month_before(moving_office: Office, tmp_path: Path) -> None:
    """In version 2 nothing is won in February after 1,000 in January."""
    async with moving_office.desk(tmp_path) as at:
        at.clock.now = datetime(2025, 3, 10, 9, tzinfo=UTC)
        alert = {"name": "won", "metric": "won_deals", "period": "month", "falls_by": "50%"}
        await at.define("watch", alerts=[alert])
        assert (await look(at, moving_office.home, 1))["crossed"] is False
        found = await look(at, moving_office.home, 2)
        rollback(moving_office.home, 1)
    assert found["crossed"] is True
    assert found["value"] == 0


async def test_what_has_no_value_neither_crosses_nor_clears(
    moving_office: Office, tmp_path: Path
) -> None:
    """No deal was closed in the year 2001, so its win rate is no number."""
    async with moving_office.desk(tmp_path) as at:
        alert = {"name": "low", "metric": "win_rate", "period": "year", "below": 0.9}
        await at.define("watch", alerts=[alert], as_of="2002-06-30")
        found = await look(at, moving_office.home, 1)
        states = await at.jobs.runs.list_alerts("watch")
    assert found["crossed"] is None
    assert found["sentence"] == "Win rate from 2001-01-01 to 2001-12-31 has no value."
    assert [state.state for state in states] == ["armed"]


async def test_a_crossing_is_sent_later_when_the_mail_server_is_busy(
    moving_office: Office, tmp_path: Path
) -> None:
    with receiving() as mailbox:
        mailbox.busy = 1
        async with moving_office.desk(tmp_path, mail_settings(mailbox.port)) as at:
            alert = {"name": "high", "metric": "win_rate", "above": 0.1}
            await at.define("watch", alerts=[alert], recipients={"email": ["cro@example.com"]})
            first = await at.run("watch")
            assert (first.status, first.deliveries[0].tries) == ("waiting", 1)
            # Another look meanwhile sees no new crossing and sends nothing of its own.
            assert (await at.run("watch")).deliveries == []
            at.clock.pass_(seconds=61)
            runs = await at.settle("watch")
    assert {run.status for run in runs} == {"succeeded"}
    assert mailbox.recipients == ["cro@example.com"]


async def test_an_alert_that_the_model_no_longer_knows_fails_alone(
    moving_office: Office, tmp_path: Path
) -> None:
    async with moving_office.desk(tmp_path) as at:
        # As it may have been kept under an older model.
        gone = {"name": "gone", "metric": "no_such_metric", "above": 1}
        kept = {"name": "kept", "metric": "win_rate", "above": 0.1}
        definition = {"title": "Watch", "alerts": [gone, kept]}
        await at.jobs.schedules.put_definition(
            "watch", definition, owner=None, roles=(), at=at.clock()
        )
        run = await at.run("watch")
    assert run.status == "failed"
    assert run.problem is not None
    assert run.problem["code"] == "alert-failed"
    assert run.alerts[0]["problem"]
    assert run.alerts[1]["crossed"] is True
