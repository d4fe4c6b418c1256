"""Values given for the parameters of an analysis to typed values, or the issues with them.

Called by `analyses.py` for defaults and by `server/analyses.py` for every run. Says nothing
about members and names of the model, which need a catalog or the data.
Invariant: what comes back is of the declared type, finite and within its bounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from semantic.analysis_header import ParameterSpec
from semantic.compiled import Value
from semantic.issues import Issue, did_you_mean, suggest

MAX_TEXT: Final = 500
_LARGEST: Final = 2**53
"""Whole numbers beyond this are not exact in JSON clients and mean nothing here."""
_INTEGER: Final = re.compile(r"[+-]?\d{1,16}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d{1,16}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KINDS: Final[Mapping[str, str]] = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "date": "a date such as 2025-02-15",
    "dimension": "the name of a dimension",
    "metric": "the name of a metric",
}


def parse_values(
    parameters: Mapping[str, ParameterSpec], given: Mapping[str, Any]
) -> tuple[dict[str, Value], tuple[Issue, ...]]:
    """A value for every declared parameter, in their order, and everything wrong with `given`.

    An absent or null parameter takes its default.
    """
    issues = [_unknown(name, parameters) for name in given if name not in parameters]
    values: dict[str, Value] = {}
    for name, spec in parameters.items():
        raw = given.get(name)
        if raw is None and spec.required:
            message = f"The parameter '{name}' is required: {_KINDS[spec.type]}."
            issues.append(Issue("missing-parameter", message, where=name, hint=spec.description))
            continue
        value, issue = parse_value(name, spec, spec.default if raw is None else raw)
        values[name] = value
        if issue is not None:
            issues.append(issue)
    return values, tuple(issues)


def _unknown(name: str, parameters: Mapping[str, ParameterSpec]) -> Issue:
    near = suggest(name, parameters)
    known = ", ".join(parameters)
    available = f"It takes {known}." if known else "It takes no parameters."
    message = f"The analysis has no parameter '{name[:60]}'."
    hint = did_you_mean(near) or available
    return Issue("unknown-parameter", message, where=name[:60], hint=hint, suggestions=near)


def parse_value(name: str, spec: ParameterSpec, raw: Any) -> tuple[Value, Issue | None]:
    """The value in its declared type and None, or None and what is wrong with it.

    Texts are read where they can be nothing else: "5" is a whole number, "five" is not.
    """
    if raw is None:
        return None, None
    value = _READERS[spec.type](raw)
    if value is None:
        message = f"The parameter '{name}' must be {_KINDS[spec.type]}."
        return None, Issue("wrong-parameter-type", message, where=name, hint=spec.description)
    if isinstance(value, int | float):
        if spec.min is not None and value < spec.min:
            return None, _out_of_range(name, f"at least {spec.min:,}")
        if spec.max is not None and value > spec.max:
            return None, _out_of_range(name, f"at most {spec.max:,}")
    return value, None


def _out_of_range(name: str, bound: str) -> Issue:
    return Issue("parameter-out-of-range", f"The parameter '{name}' must be {bound}.", where=name)


def _read_text(raw: Any) -> str | None:
    if not isinstance(raw, str):
        return None
    text = raw.strip()
    return text if text.isprintable() and 0 < len(text) <= MAX_TEXT else None


def _read_integer(raw: Any) -> int | None:
    if isinstance(raw, str) and _INTEGER.fullmatch(raw.strip()):
        raw = int(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= _LARGEST:
        return raw
    return None


def _read_number(raw: Any) -> float | None:
    if isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        raw = float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or abs(raw) > _LARGEST:
        return None
    return float(raw) if math.isfinite(raw) else None


def _read_date(raw: Any) -> date | None:
    text = _read_text(raw) or ""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_READERS: Final = {
    "text": _read_text,
    "integer": _read_integer,
    "number": _read_number,
    "date": _read_date,
    "dimension": _read_text,
    "metric": _read_text,
}
