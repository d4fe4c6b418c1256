"""Messages of Anthropic, over the official SDK.

Made by `choose.py`. Invariant: tools and system text, which are equal from question to question,
come first and are marked for the provider's cache; errors of the SDK end here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import anthropic
import httpx2
from anthropic.types import RawMessageStreamEvent

from server.providers.base import (
    Message,
    Provider,
    ProviderRefused,
    ProviderUnavailable,
    Request,
    StopReason,
    Style,
    Tool,
    Turn,
    TurnParts,
    Usage,
    keep_quiet,
)
from server.providers.sdk_errors import SdkErrors, translated

DEFAULT_URL: Final = "https://api.anthropic.com"
_CONNECT_S: Final = 10.0
_STOPS: Final[dict[str, StopReason]] = {
    "tool_use": "calls", "max_tokens": "length", "model_context_window_exceeded": "length",
}  # fmt: skip
_ERRORS: Final = SdkErrors(
    timeout=anthropic.APITimeoutError,
    connection=anthropic.APIConnectionError,
    limited=anthropic.RateLimitError,
    status=anthropic.APIStatusError,
    malformed=anthropic.APIResponseValidationError,
    others=anthropic.AnthropicError,
)


class AnthropicProvider:
    """The messages API."""

    name = "anthropic"
    styles: tuple[Style, ...] = ("tools",)

    def __init__(
        self, *, api_key: str, base_url: str, model: str, timeout_s: float, retries: int
    ) -> None:
        """`timeout_s` is for one whole completion, retries and pauses included."""
        keep_quiet("anthropic")
        self.model = model
        self._timeout_s = timeout_s
        # No redirects: they would carry key and question to a host that nobody chose.
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=retries,
            timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            open_telemetry=False,
            http_client=anthropic.DefaultAsyncHttpxClient(follow_redirects=False),
        )

    async def complete(self, request: Request) -> Turn:
        """See `Provider`."""
        with translated(_ERRORS):
            async with asyncio.timeout(self._timeout_s), self._stream(request) as events:
                return await _read(events, request)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _stream(
        self, request: Request
    ) -> AsyncIterator[anthropic.AsyncStream[RawMessageStreamEvent]]:
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": request.max_tokens,
            "system": [
                {"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}
            ],
            "tools": [_to_tool(tool) for tool in request.tools],
            "messages": to_messages(request.messages),
        }
        stream = await self._client.messages.create(**body, stream=True)
        try:
            yield stream
        finally:
            await stream.close()


def _to_tool(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.schema,
        "strict": True,
    }


def to_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages as blocks; the results of one turn stand in one message of the user."""
    found: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _to_blocks(message)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        else:
            found.append({"role": role, "content": blocks})
    return found


def _to_blocks(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {
                "type": "tool_result",
                "tool_use_id": message.call_id,
                "content": message.text,
                "is_error": message.is_error,
            }
        ]
    blocks: list[dict[str, Any]] = []
    if message.text.strip():
        blocks.append({"type": "text", "text": message.text})
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _to_input(call.arguments)}
        for call in message.calls
    ]
    return blocks or [{"type": "text", "text": "(nothing)"}]


def _to_input(arguments: str) -> dict[str, Any]:
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def _read(events: AsyncIterator[RawMessageStreamEvent], request: Request) -> Turn:
    parts = TurnParts(request.limit_characters)
    usage, reason, is_whole = Usage(), "", False
    async for event in events:
        if event.type == "message_start":
            usage = _usage(event.message.usage)
        elif event.type == "content_block_start" and event.content_block.type == "tool_use":
            call = parts.call(event.index)
            call.id, call.name = event.content_block.id or "", event.content_block.name or ""
        elif event.type == "content_block_delta":
            _take(parts, event.index, event.delta)
        elif event.type == "message_delta":
            reason = event.delta.stop_reason or reason
            usage = Usage(usage.input_tokens, usage.cached_tokens, event.usage.output_tokens or 0)
        elif event.type == "message_stop":
            is_whole = True
    if not is_whole or not reason:
        raise ProviderUnavailable("the stream ended early")
    if reason == "refusal":
        raise ProviderRefused("refusal")
    return parts.finish(usage, _STOPS.get(reason, "done"))


def _take(parts: TurnParts, index: int, delta: Any) -> None:
    if delta.type == "text_delta":
        parts.add_text(delta.text)
    elif delta.type == "input_json_delta":
        parts.add_arguments(index, delta.partial_json)


def _usage(used: Any) -> Usage:
    """Tokens read from and written to the cache are counted beside `input_tokens` there."""
    cached = used.cache_read_input_tokens or 0
    written = used.cache_creation_input_tokens or 0
    return Usage((used.input_tokens or 0) + cached + written, cached, used.output_tokens or 0)


_: type[Provider] = AnthropicProvider
