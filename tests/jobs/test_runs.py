"""Runs from the due slot to what was sent, on the thirteen deals of the tiny home.

Three of its six closed deals are won (win rate 50%); its open deals add up to 13,900.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from server.errors import AppError, NotFound
from server.report.browser import BrowserOptions
from server.report.printer import Printer, PrintLimits
from tests.jobs.harness import NOBODY, Office, mail_settings
from tests.jobs.mailbox import hooked, receiving

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIN_RATE = {"title": "Win rate", "query": {"metrics": ["win_rate", "pipeline_value"]}}
NO_ACCOUNT = {"account_name": "Zzz"}


async def test_a_due_report_is_mailed_with_its_numbers_and_its_file(
    tiny_office: Office, tmp_path: Path
) -> None:
    with receiving() as mailbox:
        async with tiny_office.desk(tmp_path, mail_settings(mailbox.port)) as at:
            to = {"email": ["cro@example.com", "vp@example.com"], "folder": ["weekly"]}
            await at.define("weekly", title="Weekly Übersicht", sections=[WIN_RATE], recipients=to)
            await at.schedule("weekly", "30 12 * * *")
            assert await at.settle("weekly") == []
            at.clock.pass_(minutes=30)
            [run] = await at.settle("weekly")

    assert (run.status, run.attempts, run.warehouse_version) == ("succeeded", 1, 1)
    assert (run.slot, run.as_of) == ("2025-02-15T12:30:00+00:00", "2025-02-15")
    assert sorted((one.channel, one.recipient, one.status) for one in run.deliveries) == [
        ("email", "cro@example.com", "sent"),
        ("email", "vp@example.com", "sent"),
        ("folder", "weekly", "sent"),
    ]
    assert sorted(mailbox.recipients) == ["cro@example.com", "vp@example.com"]
    for number, (recipient, message) in enumerate(mailbox.messages):
        assert message["subject"] == "Weekly Übersicht"
        assert message["to"] == recipient
        for body in (mailbox.text(number), mailbox.html(number)):
            assert "50.0%" in body
            assert "$13,900.00" in body
        [attached] = message.iter_attachments()
        assert attached.get_filename() == "weekly-2025-02-15.html"
        assert "<html" in attached.get_content()
    ids = {message["message-id"] for _, message in mailbox.messages}
    assert len(ids) == 2
    written = tmp_path / "home" / "reports"
    sent = written / "delivered" / "weekly" / "weekly-2025-02-15.html"
    assert sent.read_bytes() == (written / "out" / run.id / run.files[0].name).read_bytes()


async def test_slots_that_were_missed_are_caught_up_once(
    tiny_office: Office, tmp_path: Path
) -> None:
    async with tiny_office.desk(tmp_path) as at:
        await at.define("weekly", sections=[WIN_RATE])
        await at.schedule("weekly", "0 * * * *")
        at.clock.pass_(days=3, minutes=30)
        [run] = await at.settle("weekly")
        # As of the day it ran, not of the day it was missed first.
        assert (run.slot, run.as_of) == ("2025-02-15T13:00:00+00:00", "2025-02-18")
        assert len(await at.settle("weekly")) == 1
        [schedule] = (await at.jobs.list_schedules(NOBODY)).schedules
        assert schedule.next_runs[0] == "2025-02-18T13:00:00+00:00"
        at.clock.pass_(minutes=30)
        assert len(await at.settle("weekly")) == 2


async def test_what_the_mail_server_refuses_is_recorded_and_retried_per_recipient(
    tiny_office: Office, tmp_path: Path
) -> None:
    with receiving() as mailbox:
        settings = mail_settings(mailbox.port, JOBS_TRIES="3", JOBS_RETRY_S="60")
        mailbox.refused = {
            "gone@example.com": "550 no such mailbox",
            "full@example.com": "452 full",
        }
        async with tiny_office.desk(tmp_path, settings) as at:
            to = {"email": ["full@example.com", "gone@example.com", "ok@example.com"]}
            await at.define("weekly", sections=[WIN_RATE], recipients=to)
            first = await at.run("weekly")
            assert first.status == "waiting"
            assert [(one.status, one.tries) for one in first.deliveries] == [
                ("waiting", 1), ("failed", 1), ("sent", 1),
            ]  # fmt: skip
            assert first.next_try_at == "2025-02-15T12:01:00+00:00"
            at.clock.pass_(seconds=59)
            assert (await at.settle("weekly"))[0].deliveries[0].tries == 1
            at.clock.pass_(seconds=1)
            [second] = await at.settle("weekly")
            assert second.deliveries[0].tries == 2
            assert second.next_try_at == "2025-02-15T12:03:00+00:00"
            at.clock.pass_(minutes=2)
            [last] = await at.settle("weekly")
            assert last.status == "failed"
            assert last.problem is not None
            assert last.problem["code"] == "delivery-failed"
            assert [(one.status, one.tries) for one in last.deliveries] == [
                ("failed", 3), ("failed", 1), ("sent", 1),
            ]  # fmt: skip
            assert "452" in (last.deliveries[0].problem or "")
            assert "550" in (last.deliveries[1].problem or "")
            # Nothing is lost: the file is there for whoever asks for it.
            path, _ = await at.jobs.find_file("weekly", last.id, last.files[0].name, NOBODY)
            assert path.is_file()
    assert mailbox.recipients == ["ok@example.com"]


async def test_a_mail_server_that_is_away_is_tried_again(
    tiny_office: Office, tmp_path: Path
) -> None:
    with receiving() as mailbox:
        port = mailbox.port
    async with tiny_office.desk(tmp_path, mail_settings(port)) as at:
        to = {"email": ["cro@example.com"]}
        await at.define("weekly", sections=[WIN_RATE], recipients=to)
        run = await at.run("weekly")
        assert run.status == "waiting"
        assert run.deliveries[0].problem == "The mail server cannot be reached."


async def test_a_webhook_that_fails_twice_is_called_a_third_time(
    tiny_office: Office, tmp_path: Path
) -> None:
    with hooked() as hook:
        hook.replies = [500, 503]
        async with tiny_office.desk(tmp_path, {"WEBHOOK_HOSTS": "127.0.0.1"}) as at:
            hooks = [{"url": hook.url, "kind": "json"}]
            await at.define("weekly", sections=[WIN_RATE], recipients={"webhook": hooks})
            run = await at.run("weekly")
            assert run.deliveries[0].problem == "The webhook answered 500."
            assert hook.url not in f"{run}"
            for wait in (60, 120):
                at.clock.pass_(seconds=wait)
                [run] = await at.settle("weekly")
    assert (run.status, run.deliveries[0].tries) == ("succeeded", 3)
    assert len(hook.calls) == 3
    # A receiver can tell that these are three tries of one message.
    assert len({headers["idempotency-key"] for _, headers, _ in hook.calls}) == 1
    path, _, sent = hook.calls[-1]
    assert path == "/hook"
    assert sent["cards"] == [
        {"label": "Win rate", "value": "50.0%"},
        {"label": "Pipeline", "value": "$13,900.00"},
    ]
    assert (sent["as_of"], sent["warehouse_version"]) == ("2025-02-15", 1)


@pytest.mark.parametrize(
    "condition,expected",
    [
        ({"only_if": "MEASURE(win_rate) < 0.5"}, "skipped"),
        ({"only_if": "MEASURE(win_rate) <= 0.5"}, "succeeded"),
        ({"only_if": "MEASURE(win_rate) / 0 > 1"}, "skipped"),
        ({"data_not_older_than": "1 hour"}, "skipped"),
        ({"data_not_older_than": "2 hours"}, "succeeded"),
    ],
)
async def test_a_condition_that_does_not_hold_skips_the_run(
    tiny_office: Office, tmp_path: Path, condition: dict[str, str], expected: str
) -> None:
    """The data was loaded at noon; the run is ordered at half past one."""
    async with tiny_office.desk(tmp_path) as at:
        to = {"folder": ["weekly"]}
        await at.define("weekly", sections=[WIN_RATE], condition=condition, recipients=to)
        at.clock.pass_(minutes=90)
        run = await at.run("weekly")
    assert run.status == expected
    assert bool(run.skipped) == (expected == "skipped")
    assert len(run.deliveries) == (expected == "succeeded")
    assert run.problem is None


async def test_a_part_without_an_answer_stands_in_the_report_with_the_reason(
    tiny_office: Office, tmp_path: Path
) -> None:
    parts = [
        WIN_RATE,
        {"question": "who will win the world cup"},
        {
            "title": "One account",
            "analysis": "get_account_360_view",
            "parameters": NO_ACCOUNT,
        },
    ]
    async with tiny_office.desk(tmp_path) as at:
        await at.define("weekly", sections=parts)
        run = await at.run("weekly")
        [(_, page)] = await at.jobs.look("weekly", "html", NOBODY)
    assert run.status == "succeeded"
    assert run.parts[0]["status"] == "answered"
    assert all(part["problem"] for part in run.parts[1:])
    assert run.notes == [
        "2 of 3 parts could not be answered: 'who will win the world cup', 'One account'."
    ]
    assert "who will win the world cup" in page.decode()


async def test_parameters_reach_questions_queries_and_analyses(
    tiny_office: Office, tmp_path: Path
) -> None:
    """Acme's open deal is 4,000; Bolt's are 2,000 and 300."""
    sql = "SELECT MEASURE(pipeline_value) AS p FROM opportunities WHERE account_name = $account"
    async with tiny_office.desk(tmp_path) as at:
        await at.define("one", sections=[{"sql": sql}], parameters={"account": "Acme"})
        cards = []
        for given in ({}, {"account": "Bolt"}, {"account": "' OR 1=1 --"}):
            run_id = await at.jobs.order_run("one", NOBODY, given)
            await at.jobs.loop.settle()
            cards.append((await at.jobs.runs.get_run(run_id)).result["cards"][0]["value"])
        with pytest.raises(AppError, match="no parameter 'acount'"):
            await at.jobs.order_run("one", NOBODY, {"acount": "Bolt"})
    assert cards == ["$4,000.00", "$2,300.00", "-"]


async def test_a_report_whose_definition_is_gone_fails_and_says_so(
    tiny_office: Office, tmp_path: Path
) -> None:
    async with tiny_office.desk(tmp_path) as at:
        file = at.home / "reports" / "filed.yml"
        file.parent.mkdir()
        file.write_text("title: Filed\nsections:\n  - question: win rate\n", "utf-8")
        await at.schedule("filed")
        file.unlink()
        at.clock.pass_(hours=1)
        [run] = await at.settle("filed")
        assert run.status == "failed"
        assert run.problem is not None
        assert run.problem["code"] == "not-found"
        file.write_text("title: Filed\nsection:\n  - question: win rate\n", "utf-8")
        at.clock.pass_(hours=1)
        broken = (await at.settle("filed"))[-1]
        assert broken.problem is not None
        assert "reports/filed.yml:2" in broken.problem["detail"]
        assert "Did you mean 'sections'" in broken.problem["detail"]


async def test_files_are_kept_as_long_as_the_setting_says(
    tiny_office: Office, tmp_path: Path
) -> None:
    async with tiny_office.desk(tmp_path, {"JOBS_KEEP_DAYS": "30"}) as at:
        await at.define("weekly", sections=[WIN_RATE])
        old = await at.run("weekly")
        at.clock.pass_(days=20)
        young = await at.run("weekly")
        at.clock.pass_(days=15)
        assert await at.jobs.loop.clean(at.clock()) == 1
        assert await at.jobs.loop.clean(at.clock()) == 0
        found = {run.id: run for run in await at.settle("weekly")}
        assert found[old.id].files == []
        assert len(found[young.id].files) == 1
        with pytest.raises(NotFound):
            await at.jobs.find_file("weekly", old.id, old.files[0].name, NOBODY)
        path, _ = await at.jobs.find_file("weekly", young.id, young.files[0].name, NOBODY)
        assert path.is_file()


async def test_a_slot_in_a_night_of_changing_clocks_is_run_once(
    tiny_office: Office, tmp_path: Path
) -> None:
    async with tiny_office.desk(tmp_path) as at:
        at.clock.now = datetime(2025, 3, 29, 12, tzinfo=UTC)
        await at.define("weekly", sections=[WIN_RATE])
        await at.schedule("weekly", "30 2 * * *", "Europe/Berlin")
        slots = []
        for _ in range(48):
            at.clock.pass_(hours=1)
            slots = [run.slot for run in await at.settle("weekly")]
    # 2:30 does not exist on 30 March 2025 in Berlin: 3:30 summer time is 1:30 in UTC.
    assert slots == ["2025-03-30T01:30:00+00:00", "2025-03-31T00:30:00+00:00"]


async def test_tables_are_written_for_each_result(tiny_office: Office, tmp_path: Path) -> None:
    """Acme's open deal is 4,000; the names of accounts are texts, whatever they look like."""
    sql = (
        "SELECT account_name, MEASURE(pipeline_value) AS pipeline FROM opportunities "
        "WHERE account_name = 'Acme' GROUP BY ALL"
    )
    async with tiny_office.desk(tmp_path) as at:
        parts = [{"sql": sql}, WIN_RATE]
        await at.define("weekly", sections=parts, formats=["csv", "xlsx"])
        run = await at.run("weekly")
        assert run.status == "succeeded"
        paths = {
            file.name: (await at.jobs.find_file("weekly", run.id, file.name, NOBODY))[0]
            for file in run.files
        }
    assert sorted(paths) == [
        *("weekly-2025-02-15-1.csv", "weekly-2025-02-15-1.xlsx"),
        *("weekly-2025-02-15-2.csv", "weekly-2025-02-15-2.xlsx"),
    ]
    first = paths["weekly-2025-02-15-1.csv"].read_text("utf-8-sig")
    assert first.splitlines() == ["account_name,pipeline", "Acme,4000.00"]
    sheet = load_workbook(paths["weekly-2025-02-15-1.xlsx"]).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["Acme", 4000]


async def test_a_pdf_that_cannot_be_printed_is_replaced_by_the_page(
    tiny_office: Office, tmp_path: Path
) -> None:
    """Nothing is lost: what can be read is sent, and it says what is missing."""
    printer = Printer(BrowserOptions(wanted="no-such-browser"), PrintLimits())
    async with tiny_office.desk(tmp_path) as at:
        builder = at.jobs.builder
        worker = at.jobs.loop.worker
        blind = replace(builder, reports=replace(builder.reports, printer=printer))
        at.jobs.loop.worker = replace(worker, builder=blind)
        to = {"folder": ["weekly"]}
        await at.define("weekly", sections=[WIN_RATE], formats=["pdf"], recipients=to)
        run = await at.run("weekly")
    assert [file.name for file in run.files] == ["weekly-2025-02-15.html"]
    assert run.deliveries[0].status == "sent"
    assert run.status == "failed"
    assert run.problem is not None
    assert run.problem["code"] == "format-missing"
    assert "No Chromium" in run.problem["detail"] or "not there" in run.problem["detail"]
