"""What is asked of a language model and what comes back, whoever serves it.

Spoken by `server/planner/llm`, implemented by the adapters beside this file. Invariant: an error
says what happened in our own words; no key, prompt or body of a response gets into it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

Style = Literal["tools", "schema"]
"""How steps are asked for: by tool calls, or as one JSON object of a given schema."""
Role = Literal["user", "assistant", "tool"]
StopReason = Literal["done", "calls", "length"]

CHARS_PER_TOKEN: Final = 3
"""Cautious: texts of names and SQL have more tokens per character than prose."""
LONGEST_TOKEN: Final = 24
"""Characters; what is longer in relation to the tokens asked for is cut off."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One step the model may take; `schema` is the JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A step the model wants; `arguments` is its JSON text, not yet checked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the exchange."""

    role: Role
    text: str
    calls: tuple[ToolCall, ...] = ()
    """Of an assistant message."""
    call_id: str = ""
    """Of a tool message: the call it answers."""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One completion. `system` and `tools` are the stable prefix that providers cache."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]
    style: Style
    max_tokens: int

    def estimate_tokens(self) -> int:
        """About how many tokens the prompt has; rather too many than too few."""
        characters = len(self.system) + sum(len(str(tool.schema)) for tool in self.tools)
        for message in self.messages:
            characters += len(message.text)
            characters += sum(len(call.arguments) + len(call.name) for call in message.calls)
        return characters // CHARS_PER_TOKEN + 1

    @property
    def limit_characters(self) -> int:
        """The most text that can be an honest answer to this request."""
        return self.max_tokens * LONGEST_TOKEN


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more completions; `cached_tokens` are part of `input_tokens`."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
        )

    @property
    def total(self) -> int:
        """All tokens, in and out."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model said: text, the steps it wants, what it cost."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    stop: StopReason = "done"


class ProviderError(Exception):
    """Base of all: the model gave no usable answer."""

    sentence: ClassVar[str] = "the language model gave no usable answer"
    """For the asker, after "because"."""

    def __init__(self, detail: str = "") -> None:
        """`detail` is for the log: a status code or the kind of failure, never a body."""
        self.detail = detail
        super().__init__(detail or self.sentence)


class ProviderUnavailable(ProviderError):
    """It cannot be reached, or it failed."""

    sentence = "the language model could not be reached"


class ProviderRateLimited(ProviderError):
    """It does not want to be asked that often."""

    sentence = "the language model takes no more questions at the moment"


class ProviderRefused(ProviderError):
    """It does not accept the key, the model's name or the request."""

    sentence = "the language model did not accept the request"


class ProviderMalformed(ProviderError):
    """What it sent is not what its protocol says."""

    sentence = "the language model sent something that cannot be read"


class ProviderTimedOut(ProviderError):
    """It took longer than it may."""

    sentence = "the language model took too long"


class ProviderMisconfigured(Exception):
    """The settings name a language model that cannot be asked; the text says what to set."""


def keep_quiet(*libraries: str) -> None:
    """Let no library write down what it sends, which some do at their lowest level."""
    for library in (*libraries, "httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(logging.WARNING)


class Provider(Protocol):
    """A language model."""

    @property
    def name(self) -> str:
        """Which adapter this is: openai, anthropic or scripted."""
        ...

    @property
    def model(self) -> str:
        """The model's name as the service knows it."""
        ...

    @property
    def styles(self) -> tuple[Style, ...]:
        """The styles to try, best first."""
        ...

    async def complete(self, request: Request) -> Turn:
        """What the model says, read as a stream to its end.

        Cancelling closes the connection. Raises ProviderError.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(slots=True)
class CallParts:
    """A tool call as it arrives, piece by piece."""

    id: str = ""
    name: str = ""
    arguments: str = ""

    def finish(self, number: int) -> ToolCall:
        """The whole call; one without an id gets its number."""
        return ToolCall(self.id or f"call_{number}", self.name, self.arguments)


@dataclass(slots=True)
class TurnParts:
    """A turn as it arrives; cut off where it gets longer than it may."""

    limit_characters: int
    text: str = ""
    calls: dict[object, CallParts] | None = None
    received: int = 0

    def add_text(self, piece: str) -> None:
        """More text."""
        self._count(piece)
        self.text += piece

    def call(self, key: object) -> CallParts:
        """The call with this key, begun where it is new."""
        self.calls = self.calls or {}
        return self.calls.setdefault(key, CallParts())

    def add_arguments(self, key: object, piece: str) -> None:
        """More of the arguments of a call."""
        self._count(piece)
        self.call(key).arguments += piece

    def finish(self, usage: Usage, stop: StopReason) -> Turn:
        """The whole turn."""
        parts = (self.calls or {}).values()
        calls = tuple(part.finish(number) for number, part in enumerate(parts, 1))
        return Turn(self.text, calls, usage, "calls" if calls and stop == "done" else stop)

    def _count(self, piece: str) -> None:
        self.received += len(piece)
        if self.received > self.limit_characters:
            raise ProviderMalformed("more text than was asked for")
