"""A real SMTP server and a real HTTP server on this machine, for what jobs send.

Imported by the tests beside it. Invariant: each listens on loopback on a free port and is gone
when the block ends; what they were sent is kept in the order it came.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

T = TypeVar("T")
PASSWORD = "correct horse battery staple"


@dataclass
class Mailbox:
    """Takes mail, and refuses what it is told to."""

    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and message, in the order they were taken."""
    refused: dict[str, str] = field(default_factory=dict)
    """Reply by recipient, such as `550 no such mailbox`."""
    busy: int = 0
    """How many more messages are put off with 451."""
    port: int = 0
    in_data: threading.Event = field(default_factory=threading.Event)
    """Set when a message is held while it is being handed over."""
    go_on: threading.Event = field(default_factory=threading.Event)
    """Only while this is set, more than `hold_after` messages are taken."""
    hold_after: int = 0
    signed_in: list[bytes] = field(default_factory=list)
    was_tls: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.go_on.set()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if len(self.messages) >= self.hold_after and not self.go_on.is_set():
            self.in_data.set()
            # In the library's own thread: the one connection waits, as with a server that hangs.
            await server.loop.run_in_executor(None, self.go_on.wait)
            return "451 interrupted"
        if self.busy:
            self.busy -= 1
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.was_tls.append(session.ssl is not None)
        self.messages += [(address, message) for address in envelope.rcpt_tos]
        return "250 taken"

    @property
    def recipients(self) -> list[str]:
        """Who got something, in order."""
        return [address for address, _ in self.messages]

    def text(self, number: int = 0) -> str:
        """The plain text of a message."""
        part = self.messages[number][1].get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    def html(self, number: int = 0) -> str:
        """The HTML of a message."""
        part = self.messages[number][1].get_body(("html",))
        assert part is not None
        return str(part.get_content())


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None, needs_login: bool = False) -> Iterator[Mailbox]:
    """A mail server; with `tls` it insists on STARTTLS, with `needs_login` on the password."""
    mailbox = Mailbox()

    def sign_in(server: SMTP, session: Session, envelope: Envelope, way: str, given: Any) -> Any:
        assert isinstance(given, LoginPassword)
        if given.password != PASSWORD.encode():
            return AuthResult(success=False, handled=False)
        mailbox.signed_in.append(given.login)
        return AuthResult(success=True)

    def speak() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.example.com",
            loop=loop,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=sign_in if needs_login else None,
            auth_required=needs_login,
            auth_require_tls=tls is not None,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def there(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=30)

    # A port of its own choice; the library's own controller needs to be told one.
    server = there(_listen(speak))
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        mailbox.go_on.set()
        there(_close(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(speak: Callable[[], SMTP]) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(speak, "127.0.0.1", 0)


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()


@dataclass
class Hook:
    """Takes webhooks, and answers what it is told to."""

    replies: list[int] = field(default_factory=list)
    """Statuses of the next calls; 200 after them."""
    calls: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    """Path, headers and JSON of each call."""
    location: str = ""
    url: str = ""


@contextmanager
def hooked() -> Iterator[Hook]:
    """A server for webhooks."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.calls.append((self.path, headers, json.loads(body)))
            self.send_response(hook.replies.pop(0) if hook.replies else 200)
            if hook.location:
                self.send_header("location", hook.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The test's output is for the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
