"""A language model's SQL to the reasons why its result must not be shown.

Called by `talk.py` on text that the engine's workers have compiled and run within their limits.
Invariant: a number that the model wrote itself never stands in a result under any name, and a
metric's name stands over that metric alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from semantic import syntax
from semantic.definitions import Catalog
from semantic.issues import Issue, did_you_mean, suggest
from semantic.parse import parse_query

_MEASURES: Final = frozenset({"measure", "agg"})
_NEUTRAL: Final = frozenset(Decimal(n) for n in ("0", "1", "4", "7", "12", "100", "365", "1000"))
"""Numbers that units and shares need; any other constant in a computed column is an invention."""
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%"})
_PASSING: Final = frozenset({"coalesce", "greatest", "least", "ifnull", "nvl", "if"})
"""Functions that hand on one of their arguments."""
_SHOWN: Final = 3


def find_inventions(
    sql: str, catalog: Catalog, members: Mapping[str, Sequence[str]]
) -> tuple[Issue, ...]:
    """Every reason not to show the result of `sql`; empty where it can be shown.

    Raises:
        SemanticError: the text does not parse.
    """
    tree = parse_query(sql)
    issues: list[Issue] = []
    for select in _selects(tree):
        for item in select.items:
            issues += _item_issues(item, catalog)
    issues += _member_issues(tree, catalog, members)
    return tuple(issues)


def _selects(node: object) -> Iterator[syntax.Select]:
    """Every SELECT block, the nested ones too."""
    if isinstance(node, syntax.Select):
        yield node
    for child in children(node):
        yield from _selects(child)


def children(node: object) -> Iterator[object]:
    """The values a node of the tree is made of."""
    if isinstance(node, tuple):
        yield from node
    elif dataclasses.is_dataclass(node) and isinstance(node, syntax.Node):
        for part in dataclasses.fields(node):
            if part.name != "place":
                yield getattr(node, part.name)


# ------------------------------------------------------------------ columns


def _item_issues(item: syntax.SelectItem, catalog: Catalog) -> Iterator[Issue]:
    expression = item.expression
    if not _reads_data(expression):
        if not _is_label(expression):
            yield _invention("A column must come from the data; constants are refused.")
        return
    for constant in _own_numbers(expression, is_value=True):
        yield _invention(f"The constant {constant} in a column is no number of the data.")
    if item.alias and not _may_be_called(item.alias, expression, catalog):
        yield Issue(
            "misleading-name",
            f"'{item.alias[:60]}' names something else in the catalog.",
            hint="Give this column another alias.",
        )


def _invention(message: str) -> Issue:
    return Issue("invented-number", message, hint="Query metrics and dimensions only.")


def _reads_data(node: object) -> bool:
    if isinstance(node, syntax.Name | syntax.Star):
        return True
    if isinstance(node, syntax.Call) and node.name.lower() == "count":
        return True
    return any(_reads_data(child) for child in children(node))


def _is_label(node: object) -> bool:
    """True for a text without digits, NULL, or the clock: they claim no number."""
    if isinstance(node, syntax.Constant):
        is_text = isinstance(node.value, str) and not any(c.isdigit() for c in node.value)
        return node.value is None or is_text
    return isinstance(node, syntax.Call) and node.name.lower() == "as_of"


def _own_numbers(node: object, *, is_value: bool) -> Iterator[Decimal]:
    """The constants that end up in the value of an expression, beside the neutral ones."""
    if isinstance(node, syntax.Constant):
        number = _own_number(node)
        if is_value and number is not None:
            yield number
        return
    for part, is_part_of_it in _parts(node):
        yield from _own_numbers(part, is_value=is_value and is_part_of_it)


def _own_number(node: syntax.Constant) -> Decimal | None:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float | Decimal):
        return None
    number = abs(Decimal(str(node.value)))
    return None if number in _NEUTRAL else number


def _parts(node: object) -> Iterator[tuple[object, bool]]:
    """The parts of an expression, and whether its value is made of theirs."""
    match node:
        case syntax.Binary():
            yield from ((side, node.op in _ARITHMETIC) for side in (node.left, node.right))
        case syntax.Case():
            yield from ((result, True) for _, result in node.whens)
            yield node.default, True
        case syntax.Unary() | syntax.Cast():
            yield node.operand, True
        case syntax.Call():
            passes = len(node.args) == 1 or node.name.lower() in _PASSING
            yield from ((argument, passes) for argument in node.args)


def _may_be_called(alias: str, expression: object, catalog: Catalog) -> bool:
    """Whether a name of the catalog stands over what it names."""
    if alias in catalog.metrics:
        if isinstance(expression, syntax.Name):
            return expression.parts[-1] == alias  # of a CTE, where it was checked as well
        measures = list(_measures(expression))
        return measures == [alias]
    if any(alias in model.dimensions for model in catalog.models.values()):
        return alias in set(_names(expression))
    return True


def _measures(node: object) -> Iterator[str]:
    if isinstance(node, syntax.Call) and node.name.lower() in _MEASURES:
        yield from _names(node.args)
        return
    for child in children(node):
        yield from _measures(child)


def _names(node: object) -> Iterator[str]:
    if isinstance(node, syntax.Name):
        yield node.parts[-1]
    for child in children(node):
        yield from _names(child)


# ------------------------------------------------------------------ members


def _member_issues(
    tree: object, catalog: Catalog, members: Mapping[str, Sequence[str]]
) -> Iterator[Issue]:
    """Text compared with a dimension that has no such member: the answer would be "nothing"."""
    for name, value in _comparisons(tree):
        known = [
            values
            for model in catalog.models.values()
            if (values := members.get(f"{model.name}.{name}")) is not None
        ]
        if not known or any(value in values for values in known):
            continue
        near = suggest(value, {one for values in known for one in values}, _SHOWN)
        yield Issue(
            "unknown-member",
            f"'{name}' has no value '{value[:60]}' in the data.",
            hint=did_you_mean(near) or "Values are spelled as in the data; use ILIKE for a part.",
            suggestions=near,
        )


def _comparisons(node: object) -> Iterator[tuple[str, str]]:
    """Each `dimension = 'text'` and each text of `dimension IN (...)`."""
    if isinstance(node, syntax.Binary) and node.op in ("=", "<>"):
        for name, other in ((node.left, node.right), (node.right, node.left)):
            value = _text_of(other)
            if isinstance(name, syntax.Name) and value is not None:
                yield name.parts[-1], value
    if isinstance(node, syntax.In) and isinstance(node.operand, syntax.Name):
        for item in node.items:
            value = _text_of(item)
            if value is not None:
                yield node.operand.parts[-1], value
    for child in children(node):
        yield from _comparisons(child)


def _text_of(node: object) -> str | None:
    if isinstance(node, syntax.Constant) and isinstance(node.value, str):
        return node.value
    return None
