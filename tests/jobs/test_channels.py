"""What leaves the program: mail with TLS and sign-in, webhooks to allowed hosts, files."""

from __future__ import annotations

import os
import ssl
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from server.jobs.channels import Attachment, DeliveryFailed, Parcel
from server.jobs.definition import WebhookSpec
from server.jobs.folders import FolderChannel
from server.jobs.mail import LARGEST_BYTES, MailChannel
from server.jobs.messages import Message, to_slack, to_teams
from server.jobs.webhooks import WebhookChannel
from server.settings import Settings
from server.warehouse.paths import Home
from tests.jobs.harness import HandClock, mail_settings
from tests.jobs.mailbox import PASSWORD, Hook, hooked, receiving

HOSTILE = "<script>x</script> & <!channel> [a](http://b) *b*\r\nBcc: evil@example.com"
MESSAGE = Message(
    title=HOSTILE,
    lead=HOSTILE,
    cards=[(HOSTILE, "1")],
    notes=[HOSTILE],
    facts=[("As of", "2025-02-15")],
    semantic_sql="SELECT 1 <b>",
    link="https://revenue.example.com/api",
)
PARCEL = Parcel("run|report|email|cro@example.com", MESSAGE)


def settings(**variables: str) -> Settings:
    return Settings.load({f"REVENUE_{name}": text for name, text in variables.items()})


def mail(port: int, tls: ssl.SSLContext | None = None, **more: str) -> MailChannel:
    return MailChannel(settings(**mail_settings(port, **more)).delivery, HandClock(), tls)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for 127.0.0.1, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    target = folder / "mail.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=mail",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"]},
    )
    target.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return target


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


# ------------------------------------------------------------------ mail


async def test_nothing_in_a_message_becomes_a_header_or_markup() -> None:
    with receiving() as mailbox:
        await mail(mailbox.port).send(PARCEL, "cro@example.com")
        message: EmailMessage = mailbox.messages[0][1]
        assert mailbox.recipients == ["cro@example.com"]
        assert message["bcc"] is None
        assert message["to"] == "cro@example.com"
        assert message["subject"].strip().startswith("<script>x</script> & <!channel>")
        assert "\n" not in message["subject"]
        page = mailbox.html()
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "<b>" not in page


@pytest.mark.parametrize(
    "address",
    ["", "cro", "a@b\r\nRCPT TO:<c@d>", "a b@example.com", "<a@b>", "a@b,c@d", "ü@example.com"],
)
async def test_what_is_no_address_gets_no_mail(address: str) -> None:
    with receiving() as mailbox:
        with pytest.raises(DeliveryFailed, match="no mail address") as caught:
            await mail(mailbox.port).send(PARCEL, address)
        assert caught.value.is_final
        assert mailbox.messages == []


async def test_mail_goes_to_the_listed_domains_only() -> None:
    with receiving() as mailbox:
        channel = mail(mailbox.port, MAIL_DOMAINS="example.com")
        await channel.send(PARCEL, "cro@Example.com")
        for address in ("cro@example.org", "cro@sub.example.com", "cro@notexample.com"):
            with pytest.raises(DeliveryFailed, match="MAIL_DOMAINS"):
                await channel.send(PARCEL, address)
        assert len(mailbox.messages) == 1


async def test_mail_is_signed_in_and_sent_over_starttls(certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    given = {"SMTP_SECURITY": "starttls", "SMTP_USER": "revenue"}
    with receiving(tls=server_side(certificate), needs_login=True) as mailbox:
        channel = mail(mailbox.port, trusted, SMTP_PASSWORD=PASSWORD, **given)
        await channel.send(PARCEL, "cro@example.com")
        assert mailbox.signed_in == [b"revenue"]
        assert mailbox.was_tls == [True]
        wrong = mail(mailbox.port, trusted, SMTP_PASSWORD="guessed", **given)
        with pytest.raises(DeliveryFailed, match="refused the sign-in") as caught:
            await wrong.send(PARCEL, "cro@example.com")
        assert "guessed" not in f"{caught.value}{caught.value.__cause__}{settings()}"
        with pytest.raises(DeliveryFailed, match="not trusted"):
            await mail(mailbox.port, None, SMTP_PASSWORD=PASSWORD, **given).send(
                PARCEL, "a@b.example"
            )
        assert len(mailbox.messages) == 1


async def test_a_server_without_tls_gets_no_mail_that_needs_it() -> None:
    with receiving() as mailbox:
        with pytest.raises(DeliveryFailed):
            await mail(mailbox.port, SMTP_SECURITY="starttls").send(PARCEL, "cro@example.com")
        assert mailbox.messages == []


async def test_a_password_is_not_sent_in_the_clear_to_another_machine() -> None:
    given = mail_settings(25, SMTP_HOST="mail.example.com", SMTP_PASSWORD="secret", SMTP_USER="u")
    channel = MailChannel(settings(**given).delivery, HandClock())
    with pytest.raises(DeliveryFailed, match="not sent without TLS"):
        await channel.send(PARCEL, "cro@example.com")


def test_the_password_is_in_no_listing() -> None:
    given = settings(**mail_settings(25, SMTP_PASSWORD="hunter2"))
    assert "hunter2" not in repr(given)
    assert "hunter2" not in f"{given.describe()}"


async def test_files_that_are_too_large_are_named_in_place_of_being_attached(
    tmp_path: Path,
) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.pdf"
    small.write_bytes(b"a,b\r\n")
    with large.open("wb") as file:
        file.truncate(LARGEST_BYTES)
    files = [Attachment(p.name, "application/octet-stream", p) for p in (small, large)]
    with receiving() as mailbox:
        await mail(mailbox.port).send(Parcel("key", MESSAGE, files), "cro@example.com")
        [attached] = mailbox.messages[0][1].iter_attachments()
        assert attached.get_filename() == "small.csv"
        assert "Too large to be attached: large.pdf" in mailbox.text()
        assert "Too large to be attached: large.pdf" in mailbox.html()


# ------------------------------------------------------------------ webhooks


async def call(hook: Hook, kind: str = "json", url: str = "", hosts: str = "127.0.0.1") -> None:
    spec = WebhookSpec.model_validate({"url": url or hook.url, "kind": kind})
    given = {"WEBHOOK_HOSTS": hosts} if hosts else {}
    await WebhookChannel(settings(**given).delivery).send_to(PARCEL, spec)


@pytest.mark.parametrize(
    "url,expected",
    [
        ("http://127.0.0.1:{port}/hook", "over https only"),
        ("https://127.0.0.1:{port}/hook", "private network"),
        ("https://localhost:{port}/hook", "private network"),
        ("https://[::1]:{port}/hook", "private network"),
        ("https://[::ffff:127.0.0.1]:{port}/hook", "private network"),
        ("https://10.0.0.5/hook", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://0.0.0.0:{port}/hook", "private network"),
    ],
)
async def test_a_webhook_leads_out_and_over_tls_unless_its_host_is_listed(
    url: str, expected: str
) -> None:
    with hooked() as hook:
        port = hook.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(DeliveryFailed, match=expected) as caught:
            await call(hook, url=url.replace("{port}", port), hosts="")
        assert caught.value.is_final
        assert hook.calls == []


@pytest.mark.parametrize(
    "status,is_final",
    [(301, True), (307, True), (400, True), (404, True), (429, False), (500, False)],
)
async def test_an_answer_says_whether_another_try_helps(status: int, is_final: bool) -> None:
    with hooked() as hook, hooked() as elsewhere:
        hook.replies, hook.location = [status], elsewhere.url
        with pytest.raises(DeliveryFailed) as caught:
            await call(hook)
        assert caught.value.is_final is is_final
        assert len(hook.calls) == 1
        # A redirect is not followed, wherever it leads.
        assert elsewhere.calls == []


async def test_slack_and_teams_get_what_they_read_and_nothing_acts() -> None:
    with hooked() as hook:
        await call(hook, "slack")
        await call(hook, "teams")
    slack, teams = hook.calls[0][2], hook.calls[1][2]
    assert slack == to_slack(MESSAGE)
    assert "<!channel>" not in f"{slack}"
    assert "<script>" not in slack["blocks"][0]["text"]["text"]
    assert teams == to_teams(MESSAGE)
    card = teams["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert "[a](" not in f"{card['body']}"


async def test_a_webhook_that_does_not_answer_is_left() -> None:
    with hooked() as hook:
        dead = hook.url
    with pytest.raises(DeliveryFailed, match="cannot be reached") as caught:
        await call(Hook(url=dead))
    assert not caught.value.is_final


# ------------------------------------------------------------------ folders


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a\x00b", "x" * 65])
async def test_nothing_is_written_outside_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeliveryFailed, match="no name for a folder"):
        await FolderChannel(Home(tmp_path)).send(PARCEL, name)
    assert list(tmp_path.rglob("*")) == []


async def test_an_alert_is_a_text_in_a_folder(tmp_path: Path) -> None:
    alert: dict[str, Any] = {"title": "Low", "lead": "Win rate is 10%.", "is_alert": True}
    for _ in range(2):
        await FolderChannel(Home(tmp_path)).send(Parcel("key", Message(**alert)), "weekly")
    [file] = (tmp_path / "reports" / "delivered" / "weekly").iterdir()
    assert "Win rate is 10%." in file.read_text("utf-8")
