"""Who may enter: the key of a request to a principal, or a refusal, before any handler runs.

Installed by `app.py` as the guard of every route. Invariant: below /api only handlers marked
PUBLIC answer without a key where one is required.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from semantic.compiled import Principal
from server.keys import ADMIN, KeyRequired, NotAllowed
from server.routes.dependencies import Services

PUBLIC: Final[dict[str, Any]] = {"access": "public"}
"""Option of a handler that answers everybody."""
CARETAKER: Final[dict[str, Any]] = {"access": ADMIN}
"""Option of a handler for those who look after the data: it shows or changes raw rows."""
COSTLY: Final[dict[str, Any]] = {"is_costly": True}
"""Option of a handler whose requests are counted per client."""
_STATE: Final = "principal"


async def check_access(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Let a request pass, with its principal noted; or raise.

    Raises:
        KeyRequired: no key where one is required, or a key that opens nothing.
        NotAllowed: the key's roles do not reach this far.
        TooManyRequests: the client asked too often.
    """
    services: Services | None = connection.app.state.services
    if services is None or not connection.scope["path"].startswith("/api/"):
        return
    access = handler.opt.get("access")
    header = connection.headers.get("authorization")
    principal: Principal | None = None
    if header is not None:
        principal = await services.keys.authenticate(header)
        connection.scope["state"][_STATE] = principal
    elif services.settings.requires_keys and access != "public":
        raise KeyRequired(
            "This server answers only those who have a key.",
            hint="Send 'Authorization: Bearer rev_...'. An operator makes keys with "
            "'revenue key add NAME --role ROLE'.",
        )
    if access == ADMIN and principal is not None and ADMIN not in principal.roles:
        raise NotAllowed(
            "This shows or changes the data itself, past the rows and masks of a role.",
            hint=f"Use a key with the role '{ADMIN}'.",
        )
    if handler.opt.get("is_costly"):
        services.rates.take(_client(connection, principal))


def _client(connection: ASGIConnection[Any, Any, Any, Any], principal: Principal | None) -> str:
    if principal is not None:
        return f"key {principal.name}"
    return f"address {connection.client.host if connection.client else ''}"


def find_principal(request: Request[Any, Any, Any]) -> Principal | None:
    """Whose key the request showed; None where it showed none."""
    found: Principal | None = request.scope["state"].get(_STATE)
    return found
