"""The bytes of a JSON body to the request struct a handler declares, strictly.

Used by every handler that takes a body. Invariant: a text is no number, an unknown field is
an error with a suggestion, and the sentence says where in the body the mistake is.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import pydantic
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from semantic.issues import Issue, did_you_mean, suggest
from server.errors import BadInput
from server.http_errors import to_plain_words

T = TypeVar("T")

_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `(?:key in )?`?\$\.?(.*?)`$", re.DOTALL)


class StrictBody(AbstractDTO[T], Generic[T]):
    """Decodes the body with msgspec, without the framework's coercions."""

    def decode_bytes(self, value: bytes) -> Any:
        """The struct in a body; BadInput with an issue otherwise."""
        return decode_strictly(value, self.model_type)

    def decode_builtins(self, value: dict[str, Any]) -> Any:
        """Forms carry no request of ours."""
        raise BadInput("The body must be JSON.")

    @classmethod
    def generate_field_definitions(
        cls, model_type: type[Any]
    ) -> Generator[DTOFieldDefinition, None, None]:
        """Not needed: msgspec knows the fields."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Not needed: msgspec knows the fields."""
        return False

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """True for the struct it was made for."""
        return field_definition.annotation is cls.model_type

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Nothing to prepare."""

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        """The schema of the struct itself."""
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema


def decode_strictly(body: bytes, kind: type[T]) -> T:
    """The value of type `kind` (a msgspec struct or a pydantic model) in a JSON text.

    Raises:
        BadInput: with issues that say where the mistakes are.
    """
    try:
        if issubclass(kind, pydantic.BaseModel):
            return _decode_model(body, kind)
        return msgspec.json.decode(body, type=kind, strict=True)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            "The body is not well-formed JSON in UTF-8.",
            hint="Check quotes, commas and brackets.",
            issues=[Issue(code="malformed-json", message="The body is not well-formed JSON.")],
        ) from error


_Model = TypeVar("_Model", bound=pydantic.BaseModel)


def _decode_model(body: bytes, kind: type[_Model]) -> _Model:
    msgspec.json.decode(body)  # the sentence for malformed JSON is the same everywhere
    try:
        return kind.model_validate_json(body, strict=True)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        # A value of several types yields a finding for each: the first one says enough.
        issues = {i.where: i for i in reversed([_explain(f, kind) for f in _meant(found)])}
        listed = list(reversed(issues.values()))
        raise BadInput(listed[0].to_sentence(), issues=listed) from error


def _meant(found: list[Any]) -> list[Any]:
    """Without the findings about the shapes of a union that the sender hardly meant."""
    extras: dict[tuple[Any, ...], dict[str, int]] = {}
    branches = [_branch(details) for details in found]
    for details, (place, branch) in zip(found, branches, strict=True):
        counts = extras.setdefault(place, {})
        counts[branch] = counts.get(branch, 0) + (details["type"] == "extra_forbidden")
    meant = {place: min(counts, key=lambda b: counts[b]) for place, counts in extras.items()}
    return [
        details
        for details, (place, branch) in zip(found, branches, strict=True)
        if meant[place] == branch
    ]


def _branch(details: Any) -> tuple[tuple[Any, ...], str]:
    """The place of the union a finding is about and the class tried there; "" without one."""
    steps = details["loc"]
    # The last step of an unknown field is the sender's own word.
    own = steps[:-1] if details["type"] == "extra_forbidden" else steps
    for number, step in enumerate(own):
        if isinstance(step, str) and not step.islower():
            return steps[:number], step
    return steps, ""


_SCALARS = frozenset({"bool", "int", "decimal", "date", "constrained-str"})


def _explain(details: Any, kind: type[pydantic.BaseModel]) -> Issue:
    loc = details["loc"]
    steps = [str(step) for step in loc if isinstance(step, int) or step.islower()]
    where = ".".join(steps)[:100]
    if details["type"] == "extra_forbidden":
        known = tuple(kind.model_fields) if len(loc) == 1 else ()
        return _unknown_field(str(loc[-1]), known, where)
    if len(steps) > 1 and steps[-1] in _SCALARS:
        where = ".".join(steps[:-1])[:100]
        message = "Give a text, a number, a date (YYYY-MM-DD), true or false."
        return Issue(code="bad-value", message=message, where=where)
    message = f"{details['msg'].removeprefix('Value error, ')[:200].rstrip('.')}."
    return Issue(code="bad-value", message=message, where=where)


def _refusal(message: str, kind: type[Any]) -> BadInput:
    place = _PLACE.search(message)
    where = place[1][:100] if place else ""
    sentence = to_plain_words(message[: place.start()] if place else message)
    unknown = _UNKNOWN_FIELD.match(message)
    if unknown is None:
        issue = Issue(code="bad-value", message=sentence, where=where)
    else:
        known = getattr(kind, "__struct_fields__", ())
        issue = _unknown_field(unknown[1], known, where)
    return BadInput(issue.to_sentence(), issues=[issue])


def _unknown_field(name: str, known: Sequence[str], where: str) -> Issue:
    near = suggest(name, known)
    listing = f"The fields are: {', '.join(known)}." if known else "Leave it out."
    return Issue(
        code="unknown-field",
        message=f"There is no field '{name[:100]}'.",
        where=where,
        hint=did_you_mean(near) or listing,
        suggestions=near,
    )
