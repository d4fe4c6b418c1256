"""The framework's OpenAPI document to the one that is published: typed errors, events, bodies.

Used by `/schema` and `revenue openapi`. Invariant: what the document promises is what is sent;
a test holds real responses against it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pydantic
from litestar import Litestar, Request
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from server.http_errors import MEDIA_TYPE
from server.schemas import RequestBody

_COMPONENT: Final = "#/components/schemas/"
_STREAM: Final = "text/event-stream"
_SAID_ELSEWHERE: Final = {
    ("TurnBody", "answer"): ("Answer",),
    ("TileBody", "query_object"): ("SemanticQuery", None),
    ("PinBody", "query"): ("SemanticQuery", None),
}
"""Fields handed on as JSON values: what they are values of; None where null is one as well."""
_UPLOAD: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "CSV files; the name of the form field does not matter.",
                    },
                    "mode": {
                        "enum": ["replace", "add"],
                        "description": "Needed where a source has other files already.",
                    },
                },
            }
        }
    },
}


def to_operation_id(handler: HTTPRouteHandler, method: Any, path: list[Any]) -> str:
    """The handler's name in camel case: `answerQuestion`.

    It survives a changed address, and names the function of a generated client.
    """
    first, *others = handler.handler_name.split("_")
    return first + "".join(word.capitalize() for word in others)


def describe_api(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an application, as JSON values."""
    return complete(app.openapi_schema.to_schema(), _models_of(app))


class DocumentJson(JsonRenderPlugin):
    """Serves the completed document at /schema/openapi.json."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The bytes of the document."""
        return msgspec.json.encode(describe_api(request.app))


def complete(
    document: dict[str, Any], models: tuple[type[pydantic.BaseModel], ...] = ()
) -> dict[str, Any]:
    """The document with the problem of every operation and the exact shape of every body."""
    document = copy.deepcopy(document)
    components = document["components"]["schemas"]
    for model in models:
        schema = model.model_json_schema(ref_template=_COMPONENT + "{model}")
        components.update(schema.pop("$defs", {}))
        components[model.__name__] = schema
    for operation in _operations(document):
        _complete_operation(operation, components)
    structs = {kind.__name__: kind for kind in _structs(msgspec.Struct)}
    for name, schema in components.items():
        _require_what_is_sent(schema, structs.get(name))
    for (name, field), stored in _SAID_ELSEWHERE.items():
        kinds = [{"$ref": _COMPONENT + kind} if kind else {"type": "null"} for kind in stored]
        said = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        components[name]["properties"][field] = said
    _tidy(document)
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    # Either without a key or with one: which of them holds is a setting of the server.
    document["security"] = [{}, {"key": []}]
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                yield operation


def _complete_operation(operation: dict[str, Any], components: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("400", None)
    responses["default"] = {
        "description": "Why it was not done (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_COMPONENT}Problem"}}},
    }
    if operation["operationId"] == "upload":
        operation["requestBody"] = _UPLOAD
    for response in responses.values():
        if "application/pdf" in response.get("content", {}):
            response["content"]["application/pdf"]["schema"]["format"] = "binary"
        stream = response.get("content", {}).get(_STREAM)
        if stream is not None:
            components["StreamEvent"] = {
                **stream["schema"],
                "description": "One event; each `data:` line before `[DONE]` holds one.",
            }
            stream["schema"] = {"$ref": f"{_COMPONENT}StreamEvent"}


def _require_what_is_sent(schema: dict[str, Any], struct: type[msgspec.Struct] | None) -> None:
    """A field with a default is sent all the same, unless the struct leaves defaults out."""
    if struct is None or issubclass(struct, RequestBody):
        return
    if not struct.__struct_config__.omit_defaults and "properties" in schema:
        schema["required"] = sorted(schema["properties"])


def _tidy(value: Any) -> None:
    """`oneOf` to `anyOf`: a whole number is an integer and a number. No empty defaults.

    An empty default says nothing, and generators of clients take its field for a required one.
    """
    if isinstance(value, list):
        for item in value:
            _tidy(item)
    elif isinstance(value, dict):
        if isinstance(value.get("oneOf"), list):
            value["anyOf"] = value.pop("oneOf")
        if not value.get("default", True):
            del value["default"]
        for item in value.values():
            _tidy(item)


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in kind.__subclasses__():
        yield child
        yield from _structs(child)


def _models_of(app: Litestar) -> tuple[type[pydantic.BaseModel], ...]:
    """The bodies that pydantic checks: it describes them better than the framework does."""
    found: dict[str, type[pydantic.BaseModel]] = {}
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            field = handler.parsed_data_field
            kind = field.annotation if field is not None else None
            if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
                found[kind.__name__] = kind
    return tuple(found.values())
