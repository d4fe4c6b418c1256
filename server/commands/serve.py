"""`revenue serve`: the application on a socket until it is told to stop.

Called by `server/cli.py`. Invariant: nothing is served before the store is migrated and the
engine's lock is proved; a signal ends everything in order.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from argparse import Namespace
from dataclasses import replace
from typing import Final

import uvicorn

from server.app import create_app, open_services
from server.commands.context import CommandContext, UsageError
from server.logs import set_up_logging
from server.settings import ServerSettings, Settings

_SHUTDOWN_LIMIT_S: Final = 5
_WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
_SHOWN: Final = ("REVENUE_HOME", "REVENUE_REQUEST", "REVENUE_UPLOAD", "REVENUE_DEFAULT",
                 "REVENUE_MAX", "REVENUE_ENGINE", "REVENUE_CACHE", "REVENUE_DATABASE",
                 "REVENUE_ALLOWED", "REVENUE_CORS", "REVENUE_AUTH", "REVENUE_JOBS",
                 "REVENUE_SMTP", "REVENUE_MAIL", "REVENUE_WEBHOOK")  # fmt: skip


def run_serve(arguments: Namespace, context: CommandContext) -> int:
    """Serve until a signal comes."""
    settings = _with_address(context.settings, arguments)
    set_up_logging(context.err)
    with _listen(settings.server) as listener:
        asyncio.run(_serve(settings, context, listener))
    return 0


def _with_address(settings: Settings, arguments: Namespace) -> Settings:
    server = settings.server
    return replace(
        settings,
        server=replace(
            server,
            host=server.host if arguments.host is None else arguments.host,
            port=server.port if arguments.port is None else arguments.port,
        ),
    )


def _listen(server: ServerSettings) -> socket.socket:
    """A listening socket. Raises UsageError where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            server.host, server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"'{server.host}' is no address of this machine.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {server.port} of {server.host} cannot be had: {error.strerror}. "
            "Stop what uses it, or choose another with --port."
        ) from error
    return listener


async def _serve(settings: Settings, context: CommandContext, listener: socket.socket) -> None:
    async with open_services(settings, clock=context.clock, surface="rest") as services:
        if settings.requires_keys and not await services.keys.store.count_active():
            raise UsageError(
                f"On {settings.server.host} only those who have a key are answered, and there is "
                "none yet. Make one with 'revenue key add NAME --role ROLE', or let everybody in "
                "with REVENUE_AUTH=off."
            )
        app = create_app(settings, clock=context.clock, services=services)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_LIMIT_S,
            # Who is asking is never taken from a header that anybody can send.
            proxy_headers=False,
            ws="none",
        )
        server = uvicorn.Server(config)
        _print_address(settings, context, listener)
        # uvicorn raises the signal again once it has shut down; the services close after that.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        await server.serve(sockets=[listener])


def _ignore(number: int, frame: object) -> None:
    """Nothing is left to do for this signal."""


def _print_address(settings: Settings, context: CommandContext, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in (*_WILDCARDS, "127.0.0.1", "::1") else host
    context.print(f"revenue-analytics serves on http://{shown}:{port}")
    if host in _WILDCARDS and not settings.server.allowed_hosts:
        context.print(
            "Only clients that call it localhost are answered; list its other names in "
            "REVENUE_ALLOWED_HOSTS."
        )
    if not settings.requires_keys and not settings.is_local:
        context.print("Everybody who reaches it is answered: REVENUE_AUTH=off.")
    for name, value in settings.describe():
        if name.startswith(_SHOWN):
            context.print(f"  {name.lower().removeprefix('revenue_'):<18} {value or '-'}")
    context.out.flush()
