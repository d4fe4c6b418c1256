"""A parcel to one POST of JSON, as Slack, Teams or a program of one's own takes it.

Called by `deliver.py`; an owner of httpx2. Invariant: the address that was checked is the one
that is called; TLS and a public address, unless the operator lists the host; no redirect is
followed, and no more of a reply is read than its first bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from server.jobs.channels import DeliveryFailed, Parcel
from server.jobs.definition import WebhookSpec
from server.jobs.messages import Message, to_plain_json, to_slack, to_teams
from server.settings import DeliverySettings

LARGEST_BYTES: Final = 25_000
"""Of one message: Teams takes 28 kB, Slack somewhat more."""
_READ_BYTES: Final = 4_096
_WRITERS: Final[Mapping[str, Callable[[Message], dict[str, Any]]]] = {
    "slack": to_slack,
    "teams": to_teams,
    "json": to_plain_json,
}
_RETRIED: Final = frozenset({408, 409, 425, 429})
_log: Final = logging.getLogger(__name__)


def label(webhook: WebhookSpec) -> str:
    """A name for a webhook that gives its secret part away to nobody.

    >>> label(WebhookSpec(url="https://hooks.slack.com/services/T0/B0/secret", kind="slack"))
    'slack https://hooks.slack.com/... (fdf3d470)'
    """
    digest = hashlib.sha256(webhook.url.encode()).hexdigest()[:8]
    return f"{webhook.kind} {origin_of(webhook.url)}/... ({digest})"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address.

    >>> origin_of("https://hooks.slack.com/services/T0/B0/secret")
    'https://hooks.slack.com'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class WebhookChannel:
    """Calls webhooks."""

    def __init__(self, settings: DeliverySettings) -> None:
        self._settings = settings
        self._listed = frozenset(name.lower().strip("[]") for name in settings.webhook_hosts)

    async def send_to(self, parcel: Parcel, webhook: WebhookSpec) -> None:
        """Return when the other side has taken it. Raises DeliveryFailed."""
        body = msgspec.json.encode(_WRITERS[webhook.kind](parcel.message))
        if len(body) > LARGEST_BYTES:
            raise DeliveryFailed("The message is larger than a webhook takes.", is_final=True)
        headers = {
            "content-type": "application/json",
            "user-agent": "revenue-analytics",
            # For a program that wants to know a second try of the same message.
            "idempotency-key": hashlib.sha256(parcel.key.encode()).hexdigest()[:32],
        }
        try:
            async with asyncio.timeout(self._settings.webhook_timeout_s):
                status = await self._post(webhook.url, body, headers)
        except TimeoutError as error:
            raise DeliveryFailed("The webhook did not answer in time.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            _log.warning("webhook not called: %s", type(error).__name__)
            raise DeliveryFailed("The webhook cannot be reached.") from error
        _judge(status)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._resolve(parts.scheme, host, port)
        # The name goes into Host and into TLS; the connection goes to the address just checked.
        target = httpx2.URL(url).copy_with(host=address, port=port)
        async with (
            httpx2.AsyncClient(
                follow_redirects=False, trust_env=False, timeout=self._settings.webhook_timeout_s
            ) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={**headers, "host": parts.netloc.rpartition("@")[2]},
                extensions={"sni_hostname": host},
            ) as response,
        ):
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _READ_BYTES:
                    break
            return response.status_code

    async def _resolve(self, scheme: str, host: str, port: int) -> str:
        """An address of the host that may be called. Raises DeliveryFailed where none may."""
        is_listed = host.lower() in self._listed
        if scheme != "https" and not is_listed:
            raise DeliveryFailed(
                "A webhook is called over https only. To allow this host, list it in "
                "REVENUE_WEBHOOK_HOSTS.",
                is_final=True,
            )
        addresses = await _look_up(host, port)
        if not is_listed and not all(_is_public(address) for address in addresses):
            raise DeliveryFailed(
                "The webhook leads into a private network. To allow its host, list it in "
                "REVENUE_WEBHOOK_HOSTS.",
                is_final=True,
            )
        return addresses[0]


async def _look_up(host: str, port: int) -> list[str]:
    """The addresses of a host; one that is an address already asks nobody."""
    if _is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryFailed("The host of the webhook is not known.") from error
    return [str(entry[4][0]) for entry in found]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise DeliveryFailed(f"The webhook leads elsewhere ({status}).", is_final=True)
    is_final = status < 500 and status not in _RETRIED
    raise DeliveryFailed(f"The webhook answered {status}.", is_final=is_final)
