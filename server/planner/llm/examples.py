"""Verified queries as steps of the schema style: the examples that a small model goes by.

Called by `turns.py`, once per version and roles. Invariant: only names that the asker may use, and
only queries that the arguments of a step can say in full.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from semantic import syntax
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.parse import parse_query
from server.planner.llm.schemas import QUERY

_EXAMPLES: Final = 4
_MEASURE: Final = "measure"


def write_examples(catalog: Catalog) -> str:
    """Lines of a question and its step each, no two of one kind; empty where nothing fits."""
    chosen: dict[frozenset[str], str] = {}
    for verified in catalog.spec.verified_queries:
        try:
            tree = parse_query(verified.sql)
        except SemanticError:
            continue
        arguments = to_arguments(tree, catalog) if isinstance(tree, syntax.Select) else None
        if arguments is None:
            continue
        step = {"step": {"tool": QUERY, "arguments": arguments}}
        kind = frozenset(name for name, value in arguments.items() if value)
        chosen.setdefault(kind, f"Question: {verified.question}\n{json.dumps(step)}")
    return "\n".join(list(chosen.values())[:_EXAMPLES])


def to_arguments(select: syntax.Select, catalog: Catalog) -> Mapping[str, Any] | None:
    """The arguments of `query` that ask the same; None where they cannot say it.

    The columns have to be dimensions and metrics as they are, the conditions segments, and the
    order that of the first metric.
    """
    if not isinstance(select.source, syntax.TableRef) or select.source.name not in catalog.models:
        return None
    if select.joins or select.having or select.qualify or select.offset or select.ctes:
        return None
    columns = [item.expression for item in select.items]
    metrics = [name for column in columns if (name := _metric(column)) in catalog.metrics]
    groups = [name for column in columns if (name := _name(column))]
    conditions = list(_conditions(select.where))
    model = catalog.models[select.source.name]
    if not metrics or len(metrics) + len(groups) < len(columns):
        return None
    if not model.dimensions.keys() >= set(groups) or not model.segments.keys() >= set(conditions):
        return None
    order = _order(select, metrics[0])
    limit = select.limit.value if isinstance(select.limit, syntax.Constant) else None
    if (select.order_by and order is None) or (select.limit is not None and limit is None):
        return None
    return {
        "metrics": metrics,
        "dimensions": groups,
        "filters": [],
        "segments": conditions,
        "from": None,
        "to": None,
        "order": order,
        "limit": limit,
    }


def _metric(expression: syntax.Expression) -> str:
    if isinstance(expression, syntax.Call) and expression.name.lower() == _MEASURE:
        return _name(expression.args[0])
    return ""


def _name(expression: syntax.Expression) -> str:
    is_bare = isinstance(expression, syntax.Name) and len(expression.parts) == 1
    return expression.parts[0] if is_bare and isinstance(expression, syntax.Name) else ""


def _conditions(where: syntax.Expression | None) -> Iterator[str]:
    """The names of the conditions; an empty one for each that is more than a name."""
    if isinstance(where, syntax.Logic) and where.op == "and":
        for operand in where.operands:
            yield from _conditions(operand)
    elif where is not None:
        yield _name(where)


def _order(select: syntax.Select, metric: str) -> str | None:
    if len(select.order_by) != 1:
        return None
    item = select.order_by[0]
    if metric not in (_name(item.expression), _metric(item.expression)):
        return None
    return "highest_first" if item.descending else "lowest_first"
