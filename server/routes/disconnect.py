"""Work for a request that ends when its client has gone.

Called by the handlers that run queries. Invariant: no query runs on for somebody who hung up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from litestar import Request

from server.errors import AppError

T = TypeVar("T")


class ClientGone(AppError):
    """The client closed the connection before the answer was there."""

    code = "client-gone"
    status = 499
    title = "The client closed the connection"


async def until_disconnect(request: Request[Any, Any, Any], work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; it is cancelled when the client closes the connection first.

    Raises:
        ClientGone: the client has gone; nobody reads the response.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone("The client closed the connection.")
        return await task
    finally:
        for pending in (task, watch):
            pending.cancel()
        await asyncio.gather(task, watch, return_exceptions=True)


async def _disconnected(request: Request[Any, Any, Any]) -> None:
    # The body was read before the handler ran; what comes now is the end.
    while (await request.receive())["type"] != "http.disconnect":
        pass
