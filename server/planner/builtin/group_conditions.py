"""Numbers that groups are said to have: the stock of "brands with stock over 1000".

Called by `number_filters.py`. Invariant: what groups have is no condition on each of their rows;
it is one on the sum of the group where the model adds the number up, and else asked back.
"""

from __future__ import annotations

from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.reading import GLUE, Reading


def is_said_of_groups(reading: Reading, at: int, near: int, number: Candidate) -> bool:
    """True where the condition at item `at` on the number at `near` is said of a group's rows.

    A group that is one row of those with the number, an account of its own size, has it itself.
    """
    start = min(at, near)
    for owner in range(start - 2, -1, -1):
        if owner in reading.grouped or _is_counted(reading, owner):
            said = range(owner + 1, start)
            is_had = any(_introduces(reading, n) for n in said)
            return is_had and not _is_one_row(reading, owner, number)
        if reading.is_entity(owner):
            return False
    return False


def _is_counted(reading: Reading, owner: int) -> bool:
    """Like the brands of "how many brands have": different members, which are groups too."""
    previous = reading.before(owner, (*GLUE, "distinct"))
    is_count = previous is not None and reading.items[previous].has_role("count")
    return is_count and reading.dimension_of_kind(owner, "text") is not None


def _introduces(reading: Reading, at: int) -> bool:
    """True for "with", "that have", "whose": what follows is said of the noun in front."""
    return reading.items[at].has_role("with") or reading.items[at].text.lower() == "whose"


def _is_one_row(reading: Reading, owner: int, number: Candidate) -> bool:
    """True where each group is a row of the model that the number belongs to."""
    model = number.model
    if any(c.model == model for c in reading.items[owner].of("model")):
        return True
    keys = [reading.facts.model(model).primary_key]
    if reading.facts.has_name(model):
        keys.append(reading.facts.label_dimension(model))
    return any(c.model == model and c.name in keys for c in reading.dimensions(owner))


def sum_of_group(reading: Reading, number: Candidate) -> str | None:
    """The metric that adds a number up over all rows of a group."""
    if number.model != reading.model or not reading.parts.group:
        return None
    metric = reading.facts.aggregate(number.model, "sum", number.name)
    return None if "(" in metric else metric
