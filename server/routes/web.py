"""HTTP for the page: its files, its document at every address of its own, or how to get it.

Called by Litestar. Invariant: an address of the API is never answered with the page, and a
missing file is a problem, not the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from server.routes.pages import to_start_page
from server.routes.responses import SENT_AS_IS
from server.web.bundle import Asset, Bundle


async def _allow_parameters(request: Request[Any, Any, Any]) -> None:
    """The page's own addresses may carry parameters that only the page reads."""


@get("/", include_in_schema=False, before_request=_allow_parameters, opt={SENT_AS_IS: True})
async def show_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """The page; where it has not been built, what this is and how to get the page."""
    bundle: Bundle | None = request.app.state.page
    return to_start_page() if bundle is None else _send(bundle.index, request.headers)


@get(
    "/{path:path}",
    include_in_schema=False,
    before_request=_allow_parameters,
    opt={SENT_AS_IS: True},
)
async def show_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[Any]:
    """A file of the page, or its document for an address that the page knows itself."""
    bundle: Bundle | None = request.app.state.page
    if bundle is None:
        raise NotFoundException
    asset = bundle.find(path.lstrip("/"))
    if asset is not None:
        return _send(asset, request.headers)
    # A person's browser asks for a document; scripts, pictures and programs do not.
    if "text/html" in request.headers.get("accept", ""):
        return _send(bundle.index, request.headers)
    raise NotFoundException


def _send(asset: Asset, headers: Mapping[str, str]) -> Response[bytes]:
    caching = "public, max-age=31536000, immutable" if asset.is_immutable else "no-cache"
    sent = {"etag": asset.tag, "cache-control": caching, "vary": "accept-encoding"}
    if asset.tag in headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=sent, media_type=asset.kind)
    accepted = _accepted(headers.get("accept-encoding", ""))
    for encoding, content in asset.encoded.items():
        if encoding in accepted:
            sent["content-encoding"] = encoding
            return Response(content, headers=sent, media_type=asset.kind)
    return Response(asset.content, headers=sent, media_type=asset.kind)


def _accepted(header: str) -> set[str]:
    """The encodings of an Accept-Encoding that are not weighed with nothing.

    >>> sorted(_accepted("gzip, br;q=0, *;q=0.1"))
    ['*', 'gzip']
    """
    found = set()
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            found.add(name.strip())
    return found
