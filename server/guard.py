"""The gate in front of every request: host, origin, content type, size and nesting of a body.

Wraps Litestar's ASGI handler in `app.py`. Invariant: what passes was sent to a name of ours,
not by a foreign web page, and carries a body that is safe to decode.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from typing import Final

from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    HTTPScope,
    HTTPSendMessage,
    Message,
    Receive,
    Scope,
    Send,
)

from server.http_errors import MEDIA_TYPE, Problem, encode_problem

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
JSON_DEPTH_LIMIT: Final = 32
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
# An unterminated text runs to the end: every byte is looked at once.
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)

logger = logging.getLogger("server.access")


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What is let through."""

    allowed_hosts: frozenset[str]
    allowed_origins: frozenset[str]
    limit_bytes: int
    upload_paths: frozenset[str]
    """Paths that take a multipart body, read and limited by their handler."""


class Refused(Exception):
    """A request that goes no further, with the problem that says why."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        self.problem = Problem.of(status, code, title, detail)
        super().__init__(detail)


class Guard:
    """An ASGI application in front of another one."""

    def __init__(self, app: ASGIApp, rules: GuardRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem; one log line each."""
        if scope["type"] != ScopeType.HTTP:
            # No websocket is offered; refusing the handshake needs no body.
            await send({"type": "websocket.close", "code": 1008, "reason": "not offered"})
            return
        started = time.perf_counter()
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._serve(scope, receive, watched_send)
        finally:
            logger.info(
                "request",
                extra={
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "elapsed_ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        try:
            check_host(scope, self._rules)
            check_origin(scope, self._rules)
            if scope["method"] not in _SAFE_METHODS and not self._is_upload(scope):
                receive = await self._checked_body(scope, receive)
        except Refused as refused:
            await _answer(refused.problem, send)
            return
        await self._app(scope, receive, send)

    def _is_upload(self, scope: HTTPScope) -> bool:
        return scope["path"].rstrip("/") in self._rules.upload_paths

    async def _checked_body(self, scope: HTTPScope, receive: Receive) -> Receive:
        """A `receive` that hands out the whole body, which has been checked."""
        body = await _read(scope, receive, self._rules.limit_bytes)
        if body:
            check_content_type(scope)
            check_depth(body)
        is_handed_out = False

        async def replay() -> HTTPReceiveMessage:
            nonlocal is_handed_out
            if is_handed_out:
                return await receive()  # type: ignore[return-value]  # the disconnect
            is_handed_out = True
            return {"type": "http.request", "body": body, "more_body": False}

        return replay


def _header(scope: HTTPScope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _host_name(host: str) -> str:
    found = _HOST.fullmatch(host)
    return found[1].lower().rstrip(".") if found else ""


def check_host(scope: HTTPScope, rules: GuardRules) -> None:
    """Refuse a Host that is not ours: a foreign name that resolves to us is DNS rebinding."""
    hosts = _header(scope, b"host")
    if len(hosts) == 1 and _host_name(hosts[0]) in rules.allowed_hosts:
        return
    raise Refused(
        421,
        "host-not-allowed",
        "This server does not answer to that name",
        "The Host of the request is not one of this server's names. Use localhost, or have the "
        "operator add the name to REVENUE_ALLOWED_HOSTS.",
    )


def check_origin(scope: HTTPScope, rules: GuardRules) -> None:
    """Refuse a change that a web page of a foreign origin asks for."""
    if scope["method"] in _SAFE_METHODS:
        return
    host = _header(scope, b"host")[0].lower()
    own = {f"http://{host}", f"https://{host}"}
    if all(
        origin.lower() in own or origin in rules.allowed_origins
        for origin in _header(scope, b"origin")
    ):
        return
    raise Refused(
        403,
        "origin-not-allowed",
        "This web page may not do that",
        "The request comes from a web page of another origin. Have the operator add the origin "
        "to REVENUE_CORS_ORIGINS if it is trusted.",
    )


def check_content_type(scope: HTTPScope) -> None:
    """Refuse a body that does not say it is JSON: a plain HTML form cannot say so."""
    types = _header(scope, b"content-type")
    kind, _, options = (types[0] if len(types) == 1 else "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", options, re.IGNORECASE)
    if kind.strip().lower() == "application/json" and (
        charset is None or charset[1].lower() in ("utf-8", "utf8")
    ):
        return
    raise Refused(
        415,
        "unsupported-media-type",
        "The content type is not supported",
        "The body must be JSON in UTF-8: send the header 'content-type: application/json'.",
    )


def check_depth(body: bytes) -> None:
    """Refuse JSON nested deeper than any request of ours."""
    depth = 0
    for token in _TOKENS.finditer(body):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
            if depth > JSON_DEPTH_LIMIT:
                raise Refused(
                    400,
                    "json-too-deep",
                    "The JSON is nested too deeply",
                    f"The body nests more than {JSON_DEPTH_LIMIT} levels. Flatten it.",
                )
        elif first in b"]}":
            depth -= 1


def _too_large(limit_bytes: int) -> Refused:
    return Refused(
        413,
        "body-too-large",
        "The request is too large",
        f"The body is larger than {limit_bytes:,} bytes. Send less at once.",
    )


async def _read(scope: HTTPScope, receive: Receive, limit_bytes: int) -> bytes:
    announced = _header(scope, b"content-length")
    if announced and announced[0].isdecimal() and int(announced[0][:20]) > limit_bytes:
        raise _too_large(limit_bytes)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "bad-input", "The request was cut off", "The body did not arrive.")
        parts.append(message["body"])
        size += len(message["body"])
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        if not message["more_body"]:
            return b"".join(parts)


async def _answer(problem: Problem, send: Send) -> None:
    body = encode_problem(problem)
    start: HTTPSendMessage = {
        "type": "http.response.start",
        "status": problem.status,
        "headers": [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            # What was not read of the body must not be taken for the next request.
            (b"connection", b"close"),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
