"""Where the rows come from and go to: "from Oslo to Bergen" with an origin and a destination.

Called by `filters.py` where a member belongs to several dimensions. Invariant: a preposition only
chooses where exactly one dimension is named for its direction; one against it is asked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.reading import Reading
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import pairs

_NOUNS: Final = {said: frozenset(nouns.split()) for said, nouns in pairs("direction").items()}
"""The nouns that each preposition speaks of."""
_OPPOSITES: Final = {_NOUNS["from"]: _NOUNS["to"], _NOUNS["to"]: _NOUNS["from"]}


def choose_direction(
    reading: Reading, at: int, found: Sequence[Candidate]
) -> list[Candidate] | None:
    """The candidates that the preposition in front of item `at` speaks of; None without one."""
    nouns = _nouns_before(reading, at)
    fitting = [c for c in found if nouns & _words(reading, c)]
    return fitting if len(fitting) == 1 else None


def is_against(reading: Reading, at: int, candidate: Candidate) -> bool:
    """True for "from Oslo" where Oslo is a destination only, and there are origins too."""
    nouns = _nouns_before(reading, at)
    opposite = _OPPOSITES.get(nouns, frozenset())
    mine = _words(reading, candidate)
    if nouns & mine or not opposite & mine:
        return False  # "revenue from the carrier Ann" says nothing of a place
    own = reading.facts.model(candidate.model).dimensions.values()
    others = [Candidate("dimension", candidate.model, d.name) for d in own if d.kind == "text"]
    return any(nouns & _words(reading, other) for other in others)


def report_move(reading: Reading, at: int) -> None:
    """Say what is unclear in "from Open to Shipped": a range or a change, which no filter says."""
    if at not in reading.reached or at == 0:
        return
    before = {(c.model, c.name) for c in _directed(reading, at - 1)}
    if before & {(c.model, c.name) for c in _directed(reading, at)}:
        one, other = reading.items[at - 1].text, reading.items[at].text
        if reading.has_word("change") or not reading.parts.measures:
            reading.parts.lacking.append(
                f"When something went from '{one}' to '{other}' is not in the data: it holds what "
                "is, not what was before."
            )
        else:
            reading.parts.unclear.append(f"It is not clear what '{one} to {other}' takes in.")


def _directed(reading: Reading, at: int) -> list[Candidate]:
    found = reading.values(at)
    return choose_direction(reading, at, found) or found


def _nouns_before(reading: Reading, at: int) -> frozenset[str]:
    """The nouns of the preposition in front; a member joined by "or" shares that of the first."""
    while at not in reading.introduced and at > 1 and reading.items[at - 1].has_role("and", "or"):
        at -= 2
    said = [_NOUNS[word] for word in reading.introduced.get(at, ()) if word in _NOUNS]
    return said[-1] if said else frozenset()


def _words(reading: Reading, candidate: Candidate) -> set[str]:
    dimension = reading.facts.model(candidate.model).dimensions[candidate.name]
    names = (dimension.name.replace("_", " "), dimension.label, *dimension.synonyms)
    return {word for name in names for word in words_of(name)}
