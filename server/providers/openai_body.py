"""A request of ours to the JSON of chat completions, in both styles, and a step read back.

Called by `openai.py`. Pure. Invariant: in the schema style everything the model may do is one
object of `to_response_format`, and what is not such an object is text without a step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from server.providers.base import Message, Request, Tool, ToolCall, Turn

ANSWER: Final = "answer"
_FENCE: Final = "```"


def to_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """The tools as functions with enforced arguments."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
                "strict": True,
            },
        }
        for tool in tools
    ]


def to_response_format(tools: Sequence[Tool]) -> dict[str, Any]:
    """The schema of one step: a tool with its arguments, or the closing text."""
    steps = [_step(tool.name, tool.schema) for tool in tools]
    text = {
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"step": {"anyOf": [*steps, _step(ANSWER, text)]}},
        "required": ["step"],
        "additionalProperties": False,
    }
    return {
        "type": "json_schema",
        "json_schema": {"name": "step", "strict": True, "schema": schema},
    }


def _step(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"tool": {"type": "string", "enum": [name]}, "arguments": arguments},
        "required": ["tool", "arguments"],
        "additionalProperties": False,
    }


def to_messages(request: Request) -> list[dict[str, Any]]:
    """System and messages; without tools, calls and results are plain text."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": request.system}]
    to_one = _to_tool_message if request.style == "tools" else _to_plain_message
    return messages + [to_one(message) for message in request.messages]


def _to_tool_message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    if not message.calls:
        return {"role": message.role, "content": message.text}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in message.calls
    ]
    return {"role": "assistant", "content": message.text or None, "tool_calls": calls}


def _to_plain_message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "user", "content": message.text}
    steps = [
        json.dumps({"step": {"tool": call.name, "arguments": _loads(call.arguments)}})
        for call in message.calls
    ]
    return {"role": message.role, "content": "\n".join([*steps, message.text]).strip()}


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def read_step(turn: Turn) -> Turn:
    """The turn with its JSON text as a call; the text of an `answer` as text."""
    found = _loads(_without_fence(turn.text))
    step = found.get("step") if isinstance(found, dict) else None
    if not isinstance(step, dict) or not isinstance(step.get("tool"), str):
        return turn
    arguments = step.get("arguments")
    if step["tool"] == ANSWER:
        text = arguments.get("text") if isinstance(arguments, dict) else None
        return Turn(text if isinstance(text, str) else "", (), turn.usage, turn.stop)
    call = ToolCall("step_1", step["tool"], json.dumps(arguments))
    return Turn("", (call,), turn.usage, "calls")


def _without_fence(text: str) -> str:
    """The text inside a Markdown fence, which some servers put around JSON.

    >>> _without_fence('```json\\n{"a": 1}\\n```')
    '{"a": 1}'
    """
    text = text.strip()
    if not text.startswith(_FENCE):
        return text
    return text.removeprefix(_FENCE).removeprefix("json").removesuffix(_FENCE).strip()
