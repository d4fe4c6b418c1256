"""Replies by place and steps back: "the second one", "option 2", "go back", "difference?".

Called by `planner.py` before a turn is read as a question. Invariant: a reply counts only the
options that were shown, in their order; a step back answers a query that was answered before, and
a difference is that of the two answers before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from semantic.request import SemanticQuery
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import pairs, section
from server.planner.plan import Context, LastAnswer, Option

_BACK: Final = frozenset(" ".join(phrase.split()) for phrase in section("going back").split("|"))
_DIFFERENCE: Final = frozenset(
    " ".join(phrase.split()) for phrase in section("difference").split("|")
)
_PLACES: Final = {word: int(place) for word, place in pairs("place").items()}
_CALENDARS: Final = ("calendar", "fiscal")
_UNITS: Final = frozenset({"year", "years", "quarter", "half"})
_CHOOSING: Final = frozenset(section("choosing").replace("|", " ").split())
_POLITE: Final = frozenset(
    {"the", "please", "i", "mean", "meant", "take", "choose", "pick", "want", "yes", "that", "s",
     "it", "is", "'s", "number", "let", "us", "go", "with", "for", "ok", "okay", "a", "to"}
)  # fmt: skip


def is_step_back(question: str) -> bool:
    """True for "go back", "undo" and the like, and nothing else in the turn."""
    words = [
        word for word in words_of(question) if word not in ("please", "now", "let", "'s", "ok")
    ]
    return " ".join(words) in _BACK


def state_before(context: Context) -> LastAnswer | None:
    """What a step back goes to; None where there is nothing before.

    After a turn that was not answered it is the newest answer, which that turn did not change.
    """
    if context.pending:
        return context.last
    return context.earlier[-1] if context.earlier else None


def asks_difference(question: str) -> bool:
    """True for "difference?", "compare the two", and nothing else in the turn."""
    said = " ".join(word for word in words_of(question) if word not in ("and", "please", "the"))
    return said in _DIFFERENCE


def set_against(context: Context) -> SemanticQuery | None:
    """The newest answer against the one before it; None unless only their periods differ."""
    last = context.last.query if context.last is not None else None
    before = context.earlier[-1].query if context.earlier else None
    if last is None or before is None or context.pending or last.detail or not last.metrics:
        return None
    now, then = last.time, before.time
    if now is None or then is None or now.range is None or then.range is None:
        return None
    is_same = last == before.model_copy(update={"time": now})
    if not is_same or now.grain or now.compare or now.range == then.range:
        return None
    if then != now.model_copy(update={"range": then.range}):
        return None
    return last.model_copy(update={"time": now.model_copy(update={"compare": then.range})})


def option_by_place(question: str, options: Sequence[Option]) -> Option | None:
    """The option that a reply like "the second one", "option 2", "the last" chooses."""
    words = list(words_of(question))
    named = [word for word in words if word not in _POLITE]
    places = [_PLACES[word] for word in named if word in _PLACES]
    if len(named) > 1 and named[-1] == "one":
        places, named = [_PLACES[word] for word in named[:-1] if word in _PLACES], named[:-1]
    rest = [word for word in named if word not in _PLACES and word not in _CHOOSING]
    if rest or len(places) != 1 or not named or len(words) > 8:
        return None
    if named == ["latter"] and len(options) != 2:
        return None
    number = places[0] - 1 if places[0] > 0 else len(options) - 1
    return options[number] if 0 <= number < len(options) else None


def calendar_chosen(question: str) -> tuple[int, str] | None:
    """What "calendar", "the fiscal one", "calendar year 2024" choose: 0 or 1, and the rest of it.

    None for a turn that names no calendar, or both.
    """
    words = list(words_of(question))
    named = [word for word in words if word in _CALENDARS]
    if len(named) != 1 or len(words) > 8:
        return None
    rest = [w for w in words if w not in _POLITE and w not in _CHOOSING and w not in named]
    is_bare = not [word for word in rest if word not in _UNITS]
    spoken = rest if named == ["calendar"] else [*named, *rest]
    return _CALENDARS.index(named[0]), "" if is_bare else " ".join(spoken)


def differ_in_time(options: Sequence[Option]) -> bool:
    """True for two readings of one question that are of other periods and else the same."""
    queries = [option.query for option in options if option.query is not None]
    if len(options) != 2 or len(queries) != 2:
        return False
    one, other = queries
    is_timed = one.time is not None and other.time is not None and one.time != other.time
    return is_timed and one.model_copy(update={"time": other.time}) == other
