"""The verb of "what does a chair cost": things have a price, which is no sum of costs.

Called by `homonyms.py` before the steps and by `doubts.py`. Invariant: what things cost is the one
number of theirs that is a price; where they have several or none it is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.planner.builtin.lexicon import Candidate, Lexicon
from server.planner.builtin.naming import measures_quality
from server.planner.builtin.spans import Item
from server.planner.builtin.words import plain_form, section

_VERBS: Final = frozenset(section("price verb").split())
_DEAR: Final = "expensive"
_THINGS: Final = ("model", "dimension", "value")


def prices_asked(items: Sequence[Item], at: int, lexicon: Lexicon) -> tuple[Candidate, ...] | None:
    """The prices that the verb at item `at` may ask for; None where it is no such verb."""
    subject = at - 1
    while subject > 0 and items[subject].has_role("where", "pronoun"):
        subject -= 1
    if subject < 0 or items[at].text.lower() not in _VERBS:
        return None
    models = {c.model for c in items[subject].candidates if c.kind in _THINGS}
    if not models or not _is_verb(items, subject, at):
        return None
    return tuple(
        Candidate("dimension", model, dimension.name)
        for model in sorted(models)
        for dimension in lexicon.catalog.models[model].dimensions.values()
        if dimension.kind == "number" and not dimension.hidden
        if measures_quality(dimension, _DEAR)
    )


def _is_verb(items: Sequence[Item], subject: int, at: int) -> bool:
    """Like "what does it cost", "chairs cost more than 50", "which chair costs the most"."""
    following = items[at + 1] if at + 1 < len(items) else None
    is_end = following is None or following.kind in ("time", "filler")
    if is_end:  # an auxiliary stands between the question word and the thing
        first = _first_of(items, subject)
        before = items[first - 1] if first > 0 else None
        is_asked = before is not None and before.has_role("which", "how_much")
        return is_asked and before is not None and before.end < items[first].start
    if following is None or following.kind not in ("condition", "ranking", "number"):
        return False
    if subject < at - 1:
        return True
    before = items[subject - 1] if subject > 0 else None
    if before is not None and before.has_role("with", "of", "by", "where"):
        return False
    is_many = plain_form(items[subject].text.lower()) != items[subject].text.lower()
    return is_many != (plain_form(items[at].text.lower()) != items[at].text.lower())


def _first_of(items: Sequence[Item], subject: int) -> int:
    """The first of several things: the desk of "the desk, the chair and the lamp"."""
    while subject > 1 and (items[subject].after_comma or items[subject - 1].has_role("and", "or")):
        subject -= 1 if items[subject].after_comma else 2
    return subject
