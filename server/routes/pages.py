"""The pages for people: what this is, and the API's documentation without a network.

Called by Litestar. Invariant: nothing is loaded from anywhere, and every text is escaped.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.exceptions import NotFoundException
from litestar.openapi.plugins import OpenAPIRenderPlugin

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}code{background:#f2f2f2;padding:.1em .3em;border-radius:3px}"
    "td,th{text-align:left;vertical-align:top;padding:.3em 1em .3em 0;border-bottom:1px solid #ddd}"
)


def to_page(title: str, body: str) -> str:
    """A whole HTML document; `body` is HTML already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def to_start_page() -> Response[str]:
    """What this is, where to go, and how to get the page that is not built yet."""
    body = (
        "<p>Ask about your data in plain English; get governed numbers, or a refusal that says why."
        "</p><p>The page is not built. With Node 20 or newer and npm, <code>make page</code> (or "
        "<code>make run</code>) builds it; then start the server again. A released wheel and the "
        "container have it inside. The API works without it:</p><ul>"
        '<li><a href="/schema">The HTTP API</a></li>'
        '<li><a href="/api/health">Health</a></li>'
        '<li><a href="/api/semantic/catalog">What can be asked</a></li>'
        '<li><a href="/api/analyses">The named analyses</a></li>'
        "</ul><p>A first question:</p><p><code>curl -s localhost:8083/api/query "
        "-H 'content-type: application/json' "
        '-d \'{"question": "What are the top 5 accounts by total opportunity value?"}\''
        "</code></p>"
    )
    return Response(to_page("revenue-analytics", body), media_type=MediaType.HTML)


async def refuse_unknown_page(response: Response[Any]) -> Response[Any]:
    """The framework answers unknown addresses below /schema with a page of its own."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFoundException
    return response


class OfflineDocs(OpenAPIRenderPlugin):
    """The operations as one plain page; the full schema is /schema/openapi.json."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page for a schema."""
        rows = "".join(
            f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code>"
            f"</td><td>{escape(str(operation.get('description', '')))}</td></tr>"
            for path, item in openapi_schema["paths"].items()
            for method, operation in item.items()
            if isinstance(operation, dict)
        )
        info = openapi_schema["info"]
        body = (
            f"<p>{escape(str(info.get('description', '')))}</p>"
            '<p>Every field: <a href="/schema/openapi.json">openapi.json</a></p>'
            f"<table><tr><th>Method</th><th>Address</th><th>Does</th></tr>{rows}</table>"
        )
        return to_page(str(info["title"]), body).encode()
