"""A condition as a language model writes it to a filter of the query object.

Called by `steps.py`. Invariant: a text value is a member of the dimension, spelled as in the data,
or an issue with the nearest ones; it is never passed on to match nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from semantic.definitions import Catalog, Dimension
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.query_object import Filter

_PARTIAL: Final = ("contains", "not_contains", "starts_with")


def to_filter(
    catalog: Catalog,
    members: Mapping[str, Sequence[str]],
    name: str,
    op: str,
    values: Sequence[str],
) -> Filter:
    """The filter with values of the dimension's type.

    Raises:
        SemanticError: there is no such dimension or value; with the nearest.
        ValidationError: operator and number of values do not fit.
    """
    dimensions = [
        model.dimensions[name] for model in catalog.models.values() if name in model.dimensions
    ]
    if not dimensions:
        raise SemanticError([Issue("unknown-dimension", f"There is no dimension '{name[:60]}'.")])
    settled = tuple(_settle(dimensions, members, op, value) for value in values)
    return Filter.model_validate({"dimension": name, "op": op, "values": settled})


def _settle(
    dimensions: Sequence[Dimension], members: Mapping[str, Sequence[str]], op: str, value: str
) -> Any:
    kind = dimensions[0].kind
    if kind == "number":
        return _number(value)
    if kind == "time":
        return _day(value)
    if kind == "boolean":
        return value.strip().lower() in ("true", "yes", "1")
    known = {one for d in dimensions for one in members.get(d.qualified, ())}
    if op in _PARTIAL or not known or value in known:
        return value
    folded = {one.casefold(): one for one in known}
    found = folded.get(value.strip().casefold())
    if found is None:
        near = suggest(value, known)
        message = f"'{dimensions[0].name}' has no value '{value[:60]}' in the data."
        hint = did_you_mean(near) or "Leave the condition out unless the question names a value."
        raise SemanticError([Issue("unknown-member", message, hint=hint, suggestions=near)])
    return found


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value.strip().replace(",", "").lstrip("$€£"))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SemanticError([Issue("invalid-number", f"'{value[:40]}' is no number.")])
    return number


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        hint = "Write YYYY-MM-DD."
        raise SemanticError(
            [Issue("invalid-day", f"'{value[:40]}' is no day.", hint=hint)]
        ) from None
