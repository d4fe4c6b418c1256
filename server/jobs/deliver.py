"""What a run recorded as to be sent, to its recipients, each once.

Called by `work.py`. Invariant: a delivery is begun only under the run's claim and only while it
waits; whether it was taken is recorded before anything else is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from server.jobs.build import MEDIA_TYPES, ReportBuilder
from server.jobs.channels import Attachment, DeliveryFailed, Parcel
from server.jobs.definition import RecipientsSpec, ReportSpec
from server.jobs.folders import FolderChannel
from server.jobs.mail import MailChannel
from server.jobs.messages import Message
from server.jobs.readings import Reading
from server.jobs.webhooks import WebhookChannel, label
from server.settings import JobSettings
from server.snapshot import Clock
from server.storage.job_records import Delivery, JobRun
from server.storage.run_store import RunStore

REPORT: Final = "report"
_LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, eq=False)
class Deliverer:
    """Sends what runs recorded."""

    runs: RunStore
    builder: ReportBuilder
    mail: MailChannel
    webhooks: WebhookChannel
    folders: FolderChannel
    settings: JobSettings
    clock: Clock

    async def send_due(self, run: JobRun, spec: ReportSpec, result: Mapping[str, Any]) -> None:
        """Send everything of a run whose time has come, and record how each went."""
        for one in await self.runs.list_deliveries([run.id]):
            is_due = one.next_try_at is None or one.next_try_at <= self.clock()
            if one.status != "waiting" or not is_due:
                continue
            if not await self.runs.begin_delivery(run, one):
                return  # the claim is lost: another server goes on
            await self._send(run, spec, result, one)

    async def _send(
        self, run: JobRun, spec: ReportSpec, result: Mapping[str, Any], one: Delivery
    ) -> None:
        try:
            await self._hand_over(self._parcel(run, spec, result, one), spec, one)
        except DeliveryFailed as failure:
            tries = one.tries + 1
            is_over = failure.is_final or tries >= self.settings.tries
            again = None if is_over else self.clock() + backoff(self.settings, tries)
            await self.runs.note_not_sent(one, failure.problem, next_try_at=again)
        else:
            await self.runs.note_sent(one, self.clock())

    async def _hand_over(self, parcel: Parcel, spec: ReportSpec, one: Delivery) -> None:
        if one.channel == "email":
            await self.mail.send(parcel, one.recipient)
        elif one.channel == "folder":
            await self.folders.send(parcel, one.recipient)
        else:
            known = {label(webhook): webhook for webhook in spec.recipients.webhook}
            if one.recipient not in known:
                raise DeliveryFailed("The definition has no such webhook.", is_final=True)
            await self.webhooks.send_to(parcel, known[one.recipient])

    def _parcel(
        self, run: JobRun, spec: ReportSpec, result: Mapping[str, Any], one: Delivery
    ) -> Parcel:
        key = f"{run.id}|{one.item}|{one.channel}|{one.recipient}"
        if one.item != REPORT:
            return Parcel(key, from_json(one.message))
        folder = self.builder.folder(run.id)
        files = tuple(
            Attachment(file["name"], MEDIA_TYPES[file["format"]], folder / file["name"])
            for file in result.get("artefacts", ())
        )
        return Parcel(key, report_message(run, spec, result, self.settings.public_url), files)


def backoff(settings: JobSettings, tries: int) -> timedelta:
    """How long to wait after the try of that number: doubled each time, an hour at most."""
    wait = timedelta(seconds=settings.retry_s * 2.0 ** min(tries - 1, 30))
    return min(wait, max(_LONGEST_WAIT, timedelta(seconds=settings.retry_s)))


def next_due(deliveries: Sequence[Delivery], now: datetime) -> datetime | None:
    """When there is something to send again; None when nothing waits."""
    waiting = [one.next_try_at or now for one in deliveries if one.status == "waiting"]
    return min(waiting, default=None)


def to_deliveries(
    run: JobRun, item: str, recipients: RecipientsSpec, message: Mapping[str, Any]
) -> tuple[Delivery, ...]:
    """One delivery for each recipient of each channel; named twice is still once."""
    pairs = [("email", address) for address in recipients.email]
    pairs += [("folder", name) for name in recipients.folder]
    pairs += [("webhook", label(webhook)) for webhook in recipients.webhook]
    return tuple(
        Delivery(run.id, item, channel, recipient, message=message)
        for channel, recipient in dict.fromkeys(pairs)
    )


# ------------------------------------------------------------------ messages


def report_message(
    run: JobRun, spec: ReportSpec, result: Mapping[str, Any], public_url: str
) -> Message:
    """What a report says of itself where it is announced."""
    version = result.get("warehouse_version")
    as_of = str(result.get("as_of", ""))
    link = f"{public_url}/api/reports/{run.report}/runs/{run.id}" if public_url else ""
    return Message(
        title=spec.title,
        lead=spec.description.strip().partition("\n")[0] or f"The report as of {as_of}.",
        cards=[(card["label"], card["value"]) for card in result.get("cards", ())],
        notes=tuple(result.get("notes", ())),
        facts=(("As of", as_of), ("Data version", f"{version}"), ("Run", run.id)),
        link=link,
        extra={
            "report": run.report,
            "run": run.id,
            "as_of": as_of,
            "warehouse_version": version,
            "files": [file["name"] for file in result.get("artefacts", ())],
        },
    )


def alert_message(
    run: JobRun, reading: Reading, as_of: str, version: int, public_url: str
) -> dict[str, Any]:
    """What a crossing says, as it is kept until it is sent."""
    link = f"{public_url}/api/reports/{run.report}/runs/{run.id}" if public_url else ""
    return {
        "title": reading.title,
        "lead": reading.sentence,
        "facts": [["As of", as_of], ["Data version", f"{version}"], ["Run", run.id]],
        "semantic_sql": reading.semantic_sql,
        "link": link,
        "extra": {
            "report": run.report,
            "alert": reading.name,
            "run": run.id,
            "value": reading.value,
            "as_of": as_of,
            "warehouse_version": version,
        },
    }


def from_json(kept: Mapping[str, Any]) -> Message:
    """The message that was kept."""
    facts = tuple((str(name), str(text)) for name, text in kept["facts"])
    return Message(
        title=kept["title"],
        lead=kept["lead"],
        facts=facts,
        semantic_sql=kept["semantic_sql"],
        link=kept["link"],
        is_alert=True,
        extra=kept["extra"],
    )
