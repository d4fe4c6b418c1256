"""What a browser may do with a response: one policy for data, one for documents, one for the page.

Installed by `app.py` before every response. Invariant: nothing of ours is framed, sniffed or
kept by a cache unless its handler says so, and only the page runs scripts.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar.types import Message, Scope

_NOTHING: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCUMENT: Final = _NOTHING + b"; style-src 'unsafe-inline'; img-src data:"
"""A report or the list of operations: text, its own styles and pictures inside of it."""
_PAGE: Final = _NOTHING + (
    # Scripts of our own files alone: none inline, no eval (charts are drawn by an interpreter).
    # Styles may stand in the page: charts and the editor make them while they run, and with
    # pictures, fonts and requests kept to this origin a style can carry nothing away.
    b"; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:"
    b"; font-src 'self'; connect-src 'self'; manifest-src 'self'"
)
_OUR_DOCUMENTS: Final = ("/api/", "/schema")


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add the headers that hold for every response."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", []))
    kind = next((value for key, value in headers if key.lower() == b"content-type"), b"")
    headers += [
        (b"content-security-policy", _policy(kind, message["status"], scope["path"])),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if not any(key.lower() == b"cache-control" for key, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers


def _policy(kind: bytes, status: int, path: str) -> bytes:
    # A 304 has no type, and its headers replace those a browser has kept with the document.
    if b"html" not in kind and status != HTTPStatus.NOT_MODIFIED:
        return _NOTHING
    return _DOCUMENT if path.startswith(_OUR_DOCUMENTS) else _PAGE
