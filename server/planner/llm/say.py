"""A query that was run to the line that says what it shows: columns, groups and conditions.

Called by `talk.py` for SQL that a language model wrote. Invariant: the line is made from the text
that ran and the names of the catalog, never from what the model says that it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from semantic import syntax
from semantic.parse import parse_query
from server.results import ResultTable

_LONGEST: Final = 240
_SAID: Final = 4
_SIGNS: Final = {"=": "is", "<>": "is not"}


def say_query(sql: str, table: ResultTable) -> str:
    """Like "Revenue by month; status is 'shipped'; 5 rows at most".

    Raises:
        SemanticError: the text does not parse.
    """
    tree = parse_query(sql)
    numbers = [c.label for c in table.columns if c.role in ("metric", "value")]
    groups = [c.label.lower() for c in table.columns if c.role in ("dimension", "time")]
    subject = ", ".join(numbers) or ", ".join(groups)
    if numbers and groups:
        subject = f"{subject} by {' and '.join(groups)}"
    conditions = list(dict.fromkeys(_conditions(tree)))
    clauses = [subject, *conditions[:_SAID]]
    if len(conditions) > _SAID:
        clauses.append(f"{len(conditions) - _SAID} more conditions")
    if isinstance(tree.limit, syntax.Constant) and len(table.rows) > 1:
        clauses.append(f"{tree.limit.value} rows at most")
    text = "; ".join(clauses)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _conditions(node: object) -> Iterator[str]:
    """The conditions of every SELECT block, the inner ones first."""
    if isinstance(node, syntax.Select):
        for cte in node.ctes:
            yield from _conditions(cte.query)
        if isinstance(node.source, syntax.SubqueryRef):
            yield from _conditions(node.source.query)
        for condition in (node.where, node.having, node.qualify):
            if condition is not None:
                yield from _split(condition)
    elif isinstance(node, syntax.SetOperation):
        for part in (*(cte.query for cte in node.ctes), node.left, node.right):
            yield from _conditions(part)


def _split(condition: syntax.Expression) -> Iterator[str]:
    if isinstance(condition, syntax.Logic) and condition.op == "and":
        for operand in condition.operands:
            yield from _split(operand)
    else:
        yield say(condition)


def say(node: syntax.Expression) -> str:
    """An expression in words and signs."""
    match node:
        case syntax.Name():
            return node.text.replace("_", " ")
        case syntax.Constant():
            return "nothing" if node.value is None else repr(node.value)
        case syntax.Cast():
            return say(node.operand).strip("'")
        case syntax.Interval():
            return f"{node.amount} {node.unit}s"
        case syntax.Unary():
            return f"{'not ' if node.op == 'not' else '-'}{say(node.operand)}"
        case syntax.Binary():
            return f"{say(node.left)} {_SIGNS.get(node.op, node.op)} {say(node.right)}"
        case syntax.Logic():
            return f"({f' {node.op} '.join(map(say, node.operands))})"
        case syntax.Call():
            return f"{node.name.lower()}({', '.join(map(say, node.args))})"
        case _:
            return _say_test(node)


def _say_test(node: syntax.Expression) -> str:
    match node:
        case syntax.In():
            listed = ", ".join(map(say, node.items)) if node.query is None else "those found"
            return f"{say(node.operand)} is one of {listed}"
        case syntax.Between():
            return f"{say(node.operand)} between {say(node.low)} and {say(node.high)}"
        case syntax.Is():
            return f"{say(node.operand)} is {'empty' if node.value is None else node.value}"
        case syntax.Exists():
            return "there is one"
        case _:
            return "a value"
