"""Pydantic's findings about a YAML file of ours, put into the words of its author.

Called by `load.py`. Every finding becomes one issue with the path of the part it is about.
Invariant: nothing is dropped, except the second of two findings about one value.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from semantic.issues import Issue, did_you_mean, suggest
from semantic.spec import NAME, ColumnType, SemanticModelSpec, Spec

ModelPath = tuple[str | int, ...]
Details = Mapping[str, Any]
"""One entry of `ValidationError.errors()`."""


def explain_validation(
    error: ValidationError, data: Any, kind: type[Spec] = SemanticModelSpec
) -> list[Issue]:
    """One issue per mistake, each with its path into `data`, the value that was checked."""
    findings = []
    for details in error.errors(include_url=False, include_context=True):
        path, is_branch = _path_into(data, details)
        if not _is_echo(details, path, data):
            findings.append((details, path, is_branch))
    found: dict[ModelPath, Issue] = {}
    for details, path, is_branch in findings:
        # A value of one of two types yields a finding for each: the one that reaches
        # deeper into the value is about what its author meant.
        if is_branch and any(len(p) > len(path) and p[: len(path)] == path for _, p, _ in findings):
            continue
        found.setdefault(path, _explain(details, path, is_branch, data, kind))
    return list(found.values())


def _is_echo(details: Details, path: ModelPath, data: Any) -> bool:
    """True where a list is called too short only because its items have mistakes."""
    for step in path:
        data = data[step] if _has(data, step) else None
    if details["type"] != "too_short" or not isinstance(data, (list, dict)):
        return False
    return len(data) >= int(details["ctx"]["min_length"])


def _path_into(data: Any, details: Details) -> tuple[ModelPath, bool]:
    """The steps of `loc` that exist in the data; True when it went through a union."""
    path: list[str | int] = []
    is_branch = False
    for step in details["loc"]:
        if _has(data, step):
            data = data[step]
        elif details["type"] == "missing":
            pass
        else:
            is_branch = is_branch or step != "[key]"
            continue
        path.append(step)
    return tuple(path), is_branch


def _explain(
    details: Details, path: ModelPath, is_branch: bool, data: Any, root: type[Spec]
) -> Issue:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    owner = _describe(path[:-1], data)
    subject = _name_of(path[-1:]) + (f" of {owner}" if owner else "")
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1], root)
        near = suggest(str(path[-1]), known)
        hint = did_you_mean(near) or f"Known keys: {', '.join(known)}."
        place = f" in {owner}" if owner else " at the top of the file"
        return Issue(
            code="unknown-key",
            message=f"Unknown key '{_short(path[-1])}'{place}.",
            hint=hint,
            suggestions=near,
            path=path,
        )
    if kind == "missing":
        return Issue(
            code="missing-key",
            message=f"{_capital(owner) or 'The file'} lacks {_name_of(path[-1:])}.",
            hint="Add it.",
            path=path,
        )
    if kind == "value_error":
        reason = str(context.get("error", details["msg"]))
        whole = _describe(path, data) or "the file"
        return Issue(code="bad-value", message=f"{_capital(whole)}: {reason}.", path=path)
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return _choice(subject, value, options, path)
    if kind == "string_pattern_mismatch":
        return _pattern(subject, str(value), str(context.get("pattern", "")), path)
    if is_branch and kind.endswith("_type") and not isinstance(path[-1], int):
        return _wrong_type(subject, value, "a text or a list of texts", path)
    if kind in _TYPES:
        return _wrong_type(subject, value, _TYPES[kind], path)
    if kind in _BOUNDS:
        limit = _BOUNDS[kind](context)
        return Issue(
            code="out-of-bounds",
            message=f"{_capital(subject)} must {limit}; it is {_quote(value)}.",
            path=path,
        )
    return Issue(code="bad-value", message=f"{_capital(subject)}: {details['msg']}.", path=path)


_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda c: f"be greater than {c['gt']}",
    "greater_than_equal": lambda c: f"be at least {c['ge']}",
    "less_than": lambda c: f"be less than {c['lt']}",
    "less_than_equal": lambda c: f"be at most {c['le']}",
    "string_too_short": lambda c: f"have at least {c['min_length']} characters",
    "string_too_long": lambda c: f"have at most {c['max_length']} characters",
    "too_short": lambda c: f"have at least {c['min_length']} items",
    "too_long": lambda c: f"have at most {c['max_length']} items",
}


def _choice(subject: str, value: Any, options: Sequence[str], path: ModelPath) -> Issue:
    near = suggest(str(value), options)
    known = f"Known: {', '.join(options)}."
    return Issue(
        code="unknown-value",
        message=f"{_capital(subject)} cannot be {_quote(value)}.",
        hint=f"{did_you_mean(near)} {known}".strip(),
        suggestions=near,
        path=path,
    )


def _wrong_type(subject: str, value: Any, wanted: str, path: ModelPath) -> Issue:
    hint = ""
    if wanted.startswith("a text") and not isinstance(value, (list, dict)):
        hint = "Give it a value, or delete the key." if value is None else "Put it in quotes."
    elif wanted == "a list" and isinstance(value, str):
        hint = f"Write [{_short(value)}]."
    elif wanted == "true or false" and isinstance(value, str):
        hint = "Write true or false, without quotes."
    return Issue(
        code="wrong-type",
        message=f"{_capital(subject)} must be {wanted}; it is {_kind_of(value)}.",
        hint=hint,
        path=path,
    )


_COLUMN_TYPES = ("text", "integer", "number", "boolean", "date", "timestamp", "decimal(18,2)")
_OTHER_WORDS = {
    "string": "text", "str": "text", "varchar": "text", "char": "text",
    "int": "integer", "bigint": "integer", "float": "number", "double": "number",
    "bool": "boolean", "datetime": "timestamp", "time": "timestamp",
    "money": "decimal(18,2)", "currency": "decimal(18,2)", "decimal": "decimal(18,2)",
    "numeric": "decimal(18,2)",
}  # fmt: skip


def _pattern(subject: str, value: str, pattern: str, path: ModelPath) -> Issue:
    message = f"{_capital(subject)} cannot be {_quote(value)}"
    if pattern == NAME:
        name = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")
        near = suggest(name, [name] if re.match(NAME, name) else [])
        message += "; a name has lower-case letters, digits and '_', and starts with a letter."
        return Issue(
            code="bad-name", message=message, hint=did_you_mean(near), suggestions=near, path=path
        )
    if pattern == _pattern_of(ColumnType):
        other = _OTHER_WORDS.get(re.split(r"\W", value.lower())[0])
        near = suggest(other or value, _COLUMN_TYPES, limit=1)
        return Issue(
            code="unknown-value",
            message=message + ".",
            hint=f"{did_you_mean(near)} Known: {', '.join(_COLUMN_TYPES)}.".strip(),
            suggestions=near,
            path=path,
        )
    hint = next((hint for part, hint in _PATTERN_HINTS.items() if part in pattern), "")
    return Issue(code="bad-value", message=message + ".", hint=hint, path=path)


_PATTERN_HINTS = {
    "day|week|month": "Write a number and a unit, such as '3 months' or '1 quarter'.",
    r"\.": "Write model.dimension, such as contacts.account_id.",
    "[A-Z]{3}": "Write the three capital letters of the currency, such as USD.",
}


def _pattern_of(annotation: Any) -> str:
    metadata = get_args(annotation)[1].metadata
    return next(str(item.pattern) for item in metadata if hasattr(item, "pattern"))


# ------------------------------------------------------------------ paths in words

_ITEM_NAMES = {
    "sources": "source",
    "tables": "derived table",
    "models": "model",
    "dimensions": "dimension",
    "segments": "segment",
    "metrics": "metric",
    "relationships": "relationship",
    "policies": "policy",
    "rollups": "rollup",
    "verified_queries": "verified query",
    "dashboard": "tile",
    "columns": "column",
    "sections": "section",
    "alerts": "alert",
}


def _describe(path: ModelPath, data: Any) -> str:
    """The part in words: "metric 'win_rate' of model 'deals'"; "" for the whole file."""
    words: list[str] = []
    rest: list[str | int] = []
    before: str | int | None = None
    for step in path:
        data = data[step] if _has(data, step) else None
        item = _ITEM_NAMES.get(before) if isinstance(before, str) else None
        # Only lists of things and `columns:` hold things with a name of their own.
        if item and (isinstance(step, int) or before == "columns") and isinstance(data, dict):
            named = step if isinstance(step, str) else _own_name(data)
            words.insert(0, f"{item} '{_short(named)}'" if named else f"{item} {_ordinal(step)}")
            rest = []
        else:
            rest.append(step)
        before = step
    if rest:
        words.insert(0, _name_of(rest))
    return " of ".join(words)


def _own_name(data: Mapping[str, Any]) -> str:
    found = data.get("name") or data.get("title") or data.get("question") or data.get("role")
    return found if isinstance(found, str) else ""


def _ordinal(step: str | int) -> str:
    return f"number {step + 1}" if isinstance(step, int) else step


def _name_of(steps: Sequence[str | int]) -> str:
    text = ""
    for step in steps:
        text += f" item {step + 1}" if isinstance(step, int) else f" '{_short(step)}'"
    return text.strip()


def _has(data: Any, step: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _known_keys(path: ModelPath, root: type[Spec]) -> tuple[str, ...]:
    """The keys that may stand in the mapping at `path`."""
    found: Any = root
    for step in path:
        found = _member(_unwrap(found), step)
    found = _unwrap(found)
    if not (isinstance(found, type) and issubclass(found, Spec)):
        return ()
    return tuple(field.alias or name for name, field in found.model_fields.items())


def _member(annotation: Any, step: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        for name, field in annotation.model_fields.items():
            if step in (name, field.alias):
                return field.annotation
        return None
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _unwrap(annotation: Any) -> Any:
    """The annotation without Annotated and without "or None"."""
    while get_origin(annotation) in (Annotated, Union, types.UnionType):
        annotation = get_args(annotation)[0]
    return annotation


def _kind_of(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the {'text' if isinstance(value, str) else 'number'} {_quote(value)}"


def _quote(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"
    return f"'{_short(value)}'"


def _short(value: Any) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
