"""A language model's HTTP server with a script: both wire protocols, streamed, broken on demand.

Used by the tests beside it and by nothing else. Invariant: it speaks real HTTP on the loopback
interface; what it was sent is kept as it came.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, cast

Protocol = Literal["openai", "anthropic"]
Json = dict[str, Any]
USAGE = (1000, 200, 50)
"""Tokens in, of these from the cache, and out, of every completion."""


@dataclass(frozen=True)
class Say:
    """Text, or steps as (tool, arguments); arguments may be text that is no JSON."""

    text: str = ""
    calls: tuple[tuple[str, Json | str], ...] = ()
    reason: str = ""
    """In place of the reason to stop that fits."""
    chunk: int = 7
    """Characters of text or arguments per event."""
    packet: int = 0
    """Bytes per write; 0 writes event by event."""
    cut_after: int | None = None
    """Events after which the connection is dropped."""
    wait_s: float = 0.0
    """Between two events."""
    garbage: str = ""
    """A line of data that stands before the last event."""
    usage: bool = True


@dataclass(frozen=True)
class Fail:
    """A status in place of an answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = (("retry-after-ms", "1"),)
    body: str = '{"error": {"message": "secret-detail-of-the-provider", "type": "x"}}'


Reply = Say | Fail


def call(tool: str, **arguments: Any) -> Say:
    """One step."""
    return Say(calls=((tool, arguments),))


def query(sql: str, title: str = "", chart: str | None = None) -> Say:
    """One query."""
    return call("query", semantic_sql=sql, title=title, chart=chart)


@dataclass
class ModelServer:
    """A running server."""

    protocol: Protocol
    url: str
    script: list[Reply] = field(default_factory=list)
    """One reply a request; the last one again and again where `repeats`."""
    repeats: bool = False
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client has gone in the middle of an answer."""
    released: threading.Event = field(default_factory=threading.Event)
    """Ends every wait when the server stops."""

    def next(self) -> Reply:
        """The reply to the request that just came."""
        if self.repeats and len(self.script) == 1:
            return self.script[0]
        return self.script.pop(0) if self.script else Fail(500)


@contextmanager
def model_server(protocol: Protocol) -> Iterator[ModelServer]:
    """A server on a free port, gone at the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            server.requests.append(json.loads(self.rfile.read(length)))
            server.headers.append({k.lower(): v for k, v in self.headers.items()})
            reply = server.next()
            self.close_connection = True
            if isinstance(reply, Fail):
                self._fail(reply)
            else:
                self._stream(reply)

        def _fail(self, reply: Fail) -> None:
            body = reply.body.encode()
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("content-type", "application/json")):
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, reply: Say) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            to_events = _openai if protocol == "openai" else _anthropic
            events = list(to_events(reply))[: reply.cut_after]
            try:
                for piece in _packets(events, reply.packet):
                    self.wfile.write(piece)
                    self.wfile.flush()
                    if reply.wait_s and server.released.wait(reply.wait_s):
                        return
            except OSError:
                server.hung_up.set()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    path = "/v1" if protocol == "openai" else ""
    server = ModelServer(protocol, f"http://127.0.0.1:{http.server_address[1]}{path}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        thread.join()
        http.server_close()


def _packets(events: Sequence[bytes], size: int) -> Iterator[bytes]:
    if not size:
        yield from events
        return
    whole = b"".join(events)
    yield from (whole[at : at + size] for at in range(0, len(whole), size))


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]


def _text_of(arguments: Json | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


# ------------------------------------------------------------------ OpenAI


def _openai(reply: Say) -> Iterator[bytes]:
    def event(delta: Json | None, reason: str | None = None, **more: Any) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
        body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        return f"data: {json.dumps({**body, 'choices': choices, **more})}\n\n".encode()

    yield event({"role": "assistant", "content": ""})
    for piece in _pieces(reply.text, reply.chunk) if reply.text else ():
        yield event({"content": piece})
    for index, (name, arguments) in enumerate(reply.calls):
        head = {"index": index, "id": f"call_{index}", "type": "function"}
        yield event({"tool_calls": [{**head, "function": {"name": name, "arguments": ""}}]})
        for piece in _pieces(_text_of(arguments), reply.chunk):
            yield event({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    if reply.garbage:
        yield f"data: {reply.garbage}\n\n".encode()
    yield event({}, reply.reason or ("tool_calls" if reply.calls else "stop"))
    if reply.usage:
        tokens, cached, out = USAGE
        used = {"prompt_tokens": tokens, "completion_tokens": out, "total_tokens": tokens + out}
        yield event(None, usage={**used, "prompt_tokens_details": {"cached_tokens": cached}})
    yield b"data: [DONE]\n\n"


# ------------------------------------------------------------------ Anthropic


def _anthropic(reply: Say) -> Iterator[bytes]:
    def event(kind: str, **more: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()

    tokens, cached, out = USAGE
    usage = {
        "input_tokens": tokens - cached,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    message: Json = {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    yield event("message_start", message=message)
    yield event("ping")
    blocks: list[tuple[Json, str, str]] = []
    if reply.text:
        blocks.append(({"type": "text", "text": ""}, "text", reply.text))
    for number, (name, arguments) in enumerate(reply.calls):
        start = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        blocks.append((start, "json", _text_of(arguments)))
    for index, (start, kind, content) in enumerate(blocks):
        yield event("content_block_start", index=index, content_block=start)
        for piece in _pieces(content, reply.chunk):
            delta = (
                {"type": "text_delta", "text": piece}
                if kind == "text"
                else {"type": "input_json_delta", "partial_json": piece}
            )
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    if reply.garbage:
        yield f"event: content_block_delta\ndata: {reply.garbage}\n\n".encode()
    reason = reply.reason or ("tool_use" if reply.calls else "end_turn")
    end: Json = {"stop_reason": reason, "stop_sequence": None}
    yield event("message_delta", delta=end, usage={"output_tokens": out})
    yield event("message_stop")


def schema_step(tool: str, **arguments: Any) -> Say:
    """One step as the JSON of the schema style."""
    return Say(text=json.dumps({"step": {"tool": tool, "arguments": arguments}}))


def texts_of(request: Json) -> str:
    """All text of a request, as one string."""
    return json.dumps(request, ensure_ascii=False)


def tool_results(request: Json) -> list[str]:
    """The contents of the tool messages of a request, in both protocols."""
    found: list[str] = []
    for message in request["messages"]:
        if message["role"] == "tool":
            found.append(cast(str, message["content"]))
        elif isinstance(message["content"], list):
            found += [b["content"] for b in message["content"] if b["type"] == "tool_result"]
    return found
