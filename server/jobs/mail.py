"""A parcel to one mail over SMTP: TLS, sign-in, HTML with a plain alternative, attached files.

Called by `deliver.py`; the only owner of aiosmtplib. Invariant: one recipient per message; no
header holds a line break; a password goes over TLS only, except to this machine itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
import re
import ssl
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from server.jobs.channels import Attachment, DeliveryFailed, Parcel
from server.jobs.definition import EMAIL
from server.jobs.messages import one_line, to_html, to_plain_text
from server.settings import DeliverySettings
from server.snapshot import Clock

LARGEST_BYTES: Final = 20 * 1024 * 1024
"""Of all attachments together; most mail servers take no more."""
_PERMANENT: Final = 500
_GOODBYE_S: Final = 5.0
Refused = dict[str, aiosmtplib.SMTPResponse]
_log: Final = logging.getLogger(__name__)


class MailChannel:
    """Sends mail through one server."""

    def __init__(
        self, settings: DeliverySettings, clock: Clock, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls` in place of the system's certificates; for a mail server with its own."""
        self._settings = settings
        self._clock = clock
        self._tls = tls

    async def send(self, parcel: Parcel, recipient: str) -> None:
        """Return when the mail server has taken the message. Raises DeliveryFailed."""
        settings = self._settings
        if not settings.smtp_host:
            raise DeliveryFailed(
                "No mail server is set. Set REVENUE_SMTP_HOST and REVENUE_MAIL_FROM.", is_final=True
            )
        self._check(recipient)
        message = self._compose(parcel, recipient)
        try:
            async with asyncio.timeout(settings.smtp_timeout_s):
                refused = await self._transmit(message, recipient)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else 0
            raise _refused(code) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed(
                f"The mail server refused the sign-in ({error.code}). Check REVENUE_SMTP_USER and "
                "REVENUE_SMTP_PASSWORD."
            ) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # The library's own words may repeat what was sent.
            _log.warning("mail not sent: %s", type(error).__name__)
            raise DeliveryFailed(_say(error)) from error
        # A server that takes some recipients and not others raises nothing.
        if refused:
            raise _refused(next(iter(refused.values())).code)

    async def _transmit(self, message: EmailMessage, recipient: str) -> Refused:
        """Those that the server did not take, with its replies."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=self._tls,
            timeout=settings.smtp_timeout_s,
        )
        try:
            await client.connect()
            refused, _ = await client.send_message(
                message, sender=settings.mail_from, recipients=[recipient]
            )
            # It is taken: a goodbye that fails must not send it again.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_GOODBYE_S)
        finally:
            client.close()
        return refused

    def _check(self, recipient: str) -> None:
        settings = self._settings
        if not re.fullmatch(EMAIL, recipient):
            raise DeliveryFailed("This is no mail address.", is_final=True)
        domain = recipient.rpartition("@")[2].lower()
        allowed = {name.lower() for name in settings.mail_domains}
        if allowed and domain not in allowed:
            raise DeliveryFailed(
                "REVENUE_MAIL_DOMAINS does not list the domain of this address.", is_final=True
            )
        if settings.smtp_password and settings.smtp_security == "none" and not self._is_local():
            raise DeliveryFailed(
                "A password is not sent without TLS. Set REVENUE_SMTP_SECURITY to starttls or tls.",
                is_final=True,
            )

    def _is_local(self) -> bool:
        host = self._settings.smtp_host
        try:
            return ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return host == "localhost"

    def _compose(self, parcel: Parcel, recipient: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["Subject"] = parcel.message.subject
        message["From"] = Address("Revenue analytics", addr_spec=self._settings.mail_from)
        message["To"] = Address(addr_spec=recipient)
        message["Date"] = format_datetime(self._clock())
        # The same for every try, so that a copy sent after a crash is known to be one.
        domain = self._settings.mail_from.rpartition("@")[2]
        digest = hashlib.sha256(parcel.key.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        kept, left_out = _choose(parcel.attachments)
        text = to_plain_text(parcel.message)
        page = to_html(parcel.message)
        if left_out:
            names = ", ".join(one_line(one.name) for one in left_out)
            text += f"\nToo large to be attached: {names}\n"
            page = page.replace("</body>", f"<p>Too large to be attached: {names}</p></body>")
        message.set_content(text)
        message.add_alternative(page, subtype="html")
        for one in kept:
            main, _, sub = one.media_type.partition("/")
            content = _read(one)
            message.add_attachment(content, maintype=main, subtype=sub, filename=one_line(one.name))
        return message


def _choose(files: Sequence[Attachment]) -> tuple[list[Attachment], list[Attachment]]:
    """The files that fit into one mail, in their order, and the others."""
    kept: list[Attachment] = []
    left_out: list[Attachment] = []
    room = LARGEST_BYTES
    for one in files:
        size = _size(one)
        (kept if size <= room else left_out).append(one)
        room -= size if size <= room else 0
    return kept, left_out


def _size(file: Attachment) -> int:
    try:
        return file.path.stat().st_size
    except OSError as error:
        raise DeliveryFailed("A file of the run is no longer there.") from error


def _read(file: Attachment) -> bytes:
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise DeliveryFailed("A file of the run cannot be read.") from error


def _refused(code: int) -> DeliveryFailed:
    is_final = code >= _PERMANENT
    way_out = "Check the address." if is_final else "It may do so later."
    return DeliveryFailed(
        f"The mail server did not take the message ({code}). {way_out}", is_final=is_final
    )


def _say(error: Exception) -> str:
    match error:
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return "The mail server did not answer in time."
        case aiosmtplib.SMTPConnectError() | ConnectionError():
            return "The mail server cannot be reached."
        case ssl.SSLError():
            return "The certificate of the mail server is not trusted, or TLS failed."
        case aiosmtplib.SMTPServerDisconnected():
            return "The mail server ended the connection."
        case _:
            return (
                "The mail server speaks otherwise than expected. Check REVENUE_SMTP_PORT and "
                "REVENUE_SMTP_SECURITY."
            )
