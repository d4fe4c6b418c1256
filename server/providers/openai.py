"""Chat completions of OpenAI and of every server that speaks them, over the official SDK.

Made by `choose.py`. Two styles: tool calls, and one JSON object that the server holds to a
schema, for servers that take tools without enforcing them. Invariant: errors of the SDK end here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from server.providers.base import (
    Provider,
    ProviderRefused,
    ProviderUnavailable,
    Request,
    StopReason,
    Style,
    Turn,
    TurnParts,
    Usage,
    keep_quiet,
)
from server.providers.openai_body import read_step, to_messages, to_response_format, to_tools
from server.providers.sdk_errors import SdkErrors, translated

DEFAULT_URL: Final = "https://api.openai.com/v1"
_CONNECT_S: Final = 10.0
_STOPS: Final[dict[str, StopReason]] = {
    "stop": "done", "tool_calls": "calls", "function_call": "calls", "length": "length",
}  # fmt: skip
_ERRORS: Final = SdkErrors(
    timeout=openai.APITimeoutError,
    connection=openai.APIConnectionError,
    limited=openai.RateLimitError,
    status=openai.APIStatusError,
    malformed=openai.APIResponseValidationError,
    others=openai.OpenAIError,
)


class OpenAIProvider:
    """A chat-completions server."""

    name = "openai"

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        styles: tuple[Style, ...],
        timeout_s: float,
        retries: int,
    ) -> None:
        """`timeout_s` is for one whole completion, retries and pauses included."""
        keep_quiet("openai")
        self.model = model
        self.styles = styles
        self._timeout_s = timeout_s
        self._is_openai = base_url.rstrip("/") == DEFAULT_URL
        # No redirects: they would carry the question to a host that nobody chose.
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=retries,
            timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    async def complete(self, request: Request) -> Turn:
        """See `Provider`."""
        body = self._body(request)
        with translated(_ERRORS):
            async with asyncio.timeout(self._timeout_s), self._stream(body) as chunks:
                turn = await _read(chunks, request)
        return read_step(turn) if request.style == "schema" else turn

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _stream(
        self, body: dict[str, Any]
    ) -> AsyncIterator[openai.AsyncStream[ChatCompletionChunk]]:
        stream = await self._client.chat.completions.create(**body, stream=True)
        try:
            yield stream
        finally:
            await stream.close()

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": to_messages(request),
            "stream_options": {"include_usage": True},
        }
        if request.style == "tools":
            body |= {"tools": to_tools(request.tools), "tool_choice": "auto"}
        else:
            body["response_format"] = to_response_format(request.tools)
        if self._is_openai:
            # Its newer models refuse `max_tokens` and any temperature but their own.
            return body | {"max_completion_tokens": request.max_tokens}
        return body | {"max_tokens": request.max_tokens, "temperature": 0}


async def _read(chunks: AsyncIterator[ChatCompletionChunk], request: Request) -> Turn:
    parts = TurnParts(request.limit_characters)
    usage: Usage | None = None
    reason = ""
    async for chunk in chunks:
        usage = _usage(chunk) or usage
        for choice in chunk.choices or ():
            _take(parts, choice.delta)
            reason = choice.finish_reason or reason
    if not reason:
        raise ProviderUnavailable("the stream ended early")
    if reason == "content_filter":
        raise ProviderRefused("content filter")
    if usage is None:
        usage = Usage(request.estimate_tokens(), 0, parts.received // 3)
    return parts.finish(usage, _STOPS.get(reason, "done"))


def _take(parts: TurnParts, delta: Any) -> None:
    """What one piece of a stream adds; the SDK does not check its shape."""
    if delta is None:
        return
    if getattr(delta, "refusal", None):
        raise ProviderRefused("refusal")
    if isinstance(delta.content, str):
        parts.add_text(delta.content)
    for piece in delta.tool_calls or ():
        key = _key(parts, piece)
        call = parts.call(key)
        call.id = call.id or piece.id or ""
        if piece.function is None:
            continue
        if piece.function.name and piece.function.name != call.name:
            call.name += piece.function.name
        parts.add_arguments(key, piece.function.arguments or "")


def _key(parts: TurnParts, piece: Any) -> object:
    """Which call a piece belongs to: by its index, else a new id begins the next one."""
    if piece.index is not None:
        return piece.index
    known = list(parts.calls or {})
    return f"id:{piece.id}" if piece.id or not known else known[-1]


def _usage(chunk: ChatCompletionChunk) -> Usage | None:
    used = chunk.usage
    if used is None:
        return None
    details = used.prompt_tokens_details
    cached = (details.cached_tokens if details is not None else 0) or 0
    return Usage(used.prompt_tokens or 0, cached, used.completion_tokens or 0)


_: type[Provider] = OpenAIProvider
