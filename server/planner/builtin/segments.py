"""The condition of a metric as the segments and members it is made of.

Called by `lexicon.py` and `facts.py`. Invariant: None wherever a condition says more than a
list of segments (or one member) can say.
"""

from __future__ import annotations

from semantic import syntax
from semantic.definitions import Model


def conditions_of(where: syntax.Expression | None, model: Model) -> frozenset[str] | None:
    """Segments and `dimension=value` of a metric's condition; None where it says more."""
    is_equal = isinstance(where, syntax.Binary) and where.op == "="
    if is_equal and isinstance(where, syntax.Binary) and isinstance(where.left, syntax.Name):
        right = where.right
        if isinstance(right, syntax.Constant):
            return frozenset({f"{where.left.parts[-1]}={right.value}"})
    return segment_names(where, model)


def segment_names(where: syntax.Expression | None, model: Model) -> frozenset[str] | None:
    """The segments a condition consists of; None where it says something else."""
    if where is None:
        return frozenset()
    if isinstance(where, syntax.Name) and where.parts[-1] in model.segments:
        return frozenset({where.parts[-1]})
    if isinstance(where, syntax.Logic) and where.op == "and":
        parts = [segment_names(operand, model) for operand in where.operands]
        if all(part is not None for part in parts):
            return frozenset(name for part in parts if part for name in part)
    return None
