"""A turn after one that was not answered: it completes that question, or is asked back.

Called by `planner.py` where the conversation's newest turn was asked back or refused. Invariant:
such a turn is never worked into an older answer that the unanswered question stood between.
"""

from __future__ import annotations

from server.planner.builtin.follow_up import WHEN, is_follow_up, refers_back, says_only_when
from server.planner.builtin.reading import CONTENT, Reading
from server.planner.plan import Context

_BARE = ("metric", "model", "segment", "dimension")
_SHAPES = ("by", "aggregate", "share", "compare", "trend", "split", "change", "not")
_BEING = frozenset({"is", "are", "was", "were", "have", "has", "had", "do", "did", "does"})
_PLACING = ("in", "for", "from", "at", "within")
_OPENERS = ("follow", "only", "correct", "pronoun", "and")


def completes(reading: Reading) -> bool:
    """True where the new turn has no meaning of its own, so that it must add to the question."""
    if reading.has_word("reset", "overview"):
        return False
    return is_follow_up(reading) or names_only(reading) or names_no_subject(reading)


def names_no_subject(reading: Reading) -> bool:
    """True for what says only when, or of which rows: "by quarter 2024", "how many are filled?"."""
    items = reading.items
    if says_only_when(reading):
        return True
    counts = [n for n in reading.words("count") if n + 1 < len(items)]
    is_bare = any(_BEING & set(reading.introduced.get(n + 1, ())[:1]) for n in counts)
    return is_bare or (bool(counts) and items[counts[0] + 1].has_role("verb_is", "pronoun"))


def names_subject(reading: Reading) -> bool:
    """True where anything of the data is named that a number can be of."""
    return any(item.kind in CONTENT and item.kind not in WHEN for item in reading.items)


def names_only(reading: Reading) -> bool:
    """True for a reply that only names what is meant: "revenue", "I mean the web orders"."""
    return bool(reading.items) and all(
        item.kind in _BARE or item.has_role(*_OPENERS) for item in reading.items
    )


def says_nothing(pending: Reading) -> bool:
    """True where the unanswered question held nothing that a reply could complete."""
    return not any(item.kind in CONTENT or item.has_role(*_SHAPES) for item in pending.items)


def may_be_no_condition(pending: Reading) -> bool:
    """True where the unanswered question named members and asked for nothing.

    Like "how is business?", where a plan is called so. "In Lyon" can only be a condition.
    """
    parts = pending.parts
    named = [at for at, _ in (*parts.filters, *parts.segments, *parts.excluded)]
    asks = parts.measures or parts.group or parts.detail or parts.grain
    return not asks and any(not _is_placed(pending, at) for at in named)


def _is_placed(pending: Reading, at: int) -> bool:
    before = pending.introduced.get(at, ())
    is_after = at > 0 and pending.items[at - 1].has_role("of", "with", "only", "not", "by")
    return is_after or bool(before and before[-1] in _PLACING)


def replaces(reading: Reading, refused: Reading, context: Context) -> bool:
    """True where the turn puts something in the place of the words that were refused.

    Like "by nurse" and then "by city": the refused turn said nothing else, so the answer before it
    is what both are about. Only where both have the same form.
    """
    if not context.pending_follows or refers_back(reading) or not refused.parts.missing:
        return False
    if any(item.kind in CONTENT for item in refused.items):
        return False
    parts = reading.parts
    splits, narrows = bool(parts.group or parts.grain), bool(parts.filters or parts.segments)
    return splits != narrows and splits == refused.has_word("by", "split")
