"""Ranks within groups: "top 2 products per city", "the best customer in each month".

Called by `shapes.py` for a rank over groups. Invariant: a limit counts in each group only where
the sentence says "each"; where it may mean both, it is asked back.
"""

from __future__ import annotations

from typing import Final

from server.planner.builtin.reading import Reading
from server.planner.builtin.words import plain_form

_EACH: Final = frozenset({"per", "each", "every"})


def limit_each(reading: Reading, limit: int | None) -> bool:
    """Set the limit for each group; False where the rank is over everything.

    Args:
        limit: the number beside the rank word; without one the noun tells one from many.
    """
    parts = reading.parts
    others, each, split = [], [], []
    for at in sorted(reading.grouped):
        candidate = reading.dimension_of_kind(at, "text", "boolean")
        if candidate is None:
            continue
        previous = reading.before(at, ("of", "distinct"))
        introduced = previous is not None and reading.items[previous].has_role("by")
        words = set(reading.items[previous].text.lower().split()) if previous is not None else set()
        listed = each if introduced and words & _EACH else split if introduced else others
        listed.append((at, reading.reference(candidate)))
    grains = [item.text.lower().split() for item in reading.items if item.kind == "grain"]
    if not others or not (each or split or grains):
        return False
    if split or any(not set(words) & _EACH for words in grains):
        name = reading.items[split[0][0]].text if split else " ".join(grains[0][-1:])
        parts.unclear.append(
            f"The rank may be over everything or within each {name}; please say 'per {name}' or "
            "'overall'."
        )
        return True
    head = reading.items[others[0][0]].text.lower().split()[-1]
    parts.limit_per = [name for _, name in each]
    if grains:
        time = parts.time_dimension or reading.facts.model(reading.model).time
        parts.limit_per.append(f"{time}.{parts.grain}")
    parts.limit = limit or (1 if plain_form(head) == head else 10)
    return True
