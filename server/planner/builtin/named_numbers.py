"""Numbers that a state is called by: the discount of "with a discount above 20".

Called by `homonyms.py` before the steps and by `number_filters.py`. Invariant: a condition behind
a state goes to the number that the state names, or is asked back; never to another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace

from semantic import syntax
from semantic.definitions import Dimension
from server.planner.builtin.lexicon import Candidate, Lexicon
from server.planner.builtin.reading import Reading
from server.planner.builtin.spans import Item
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR


def number_apart(items: Sequence[Item], at: int, lexicon: Lexicon) -> tuple[Item, ...]:
    """The "with" and the number of "with a discount" where a condition on it follows."""
    item = items[at]
    owners = {c.model for c in item.of("segment")}
    if not owners or not _is_limited(items, at):
        return (item,)
    words = words_of(item.text)
    joint = GRAMMAR.get((words[0],), ())
    if len(words) < 2 or not any(meaning.role == "with" for meaning in joint):
        return (item,)
    found = tuple(dict.fromkeys(_numbers_called(words, owners, lexicon)))
    if not found:
        return (item,)
    cut, noun = item.start + 1, item.text.partition(" ")[2]
    return (
        replace(item, kind="word", end=cut, text=words[0], candidates=(), meanings=joint),
        replace(item, kind="dimension", start=cut, text=noun, candidates=found, after_comma=False),
    )


def _is_limited(items: Sequence[Item], at: int) -> bool:
    """True for "above 20", "of more than 20" and "of 20" right behind item `at`."""
    rest = items[at + 1 : at + 3]
    if rest and rest[0].has_role("of"):
        return len(rest) > 1 and rest[1].kind in ("condition", "number")
    return bool(rest) and rest[0].kind == "condition"


def _numbers_called(
    words: Sequence[str], owners: set[str], lexicon: Lexicon
) -> Iterator[Candidate]:
    """The numbers of the owners that the last words name."""
    for start in range(1, len(words)):
        for match in lexicon.find(words, start):
            for one in match.candidates if match.end == len(words) else ():
                is_own = one.kind == "dimension" and one.model in owners
                if is_own and is_number(one, lexicon):
                    yield one


def is_number(candidate: Candidate, lexicon: Lexicon) -> bool:
    """True for a dimension that holds numbers."""
    dimensions = lexicon.catalog.models[candidate.model].dimensions
    return candidate.kind == "dimension" and dimensions[candidate.name].kind == "number"


def number_of_state(reading: Reading, at: int) -> Dimension | None:
    """The one number that decides the state named right in front of item `at`."""
    before = reading.before(at, ("of", "by"))
    name = reading.segment(before) if before is not None else None
    segments = reading.facts.model(reading.model).segments
    if name is None or name not in segments:
        return None
    dimensions = reading.facts.model(reading.model).dimensions
    named = {one for one in _names(segments[name].filter) if one in dimensions}
    found = dimensions[next(iter(named))] if len(named) == 1 else None
    return found if found is not None and found.kind == "number" else None


def _names(node: object) -> Iterator[str]:
    """The last part of every name in an expression."""
    if isinstance(node, syntax.Name):
        yield node.parts[-1]
    elif isinstance(node, tuple):
        for part in node:
            yield from _names(part)
    elif is_dataclass(node):
        for one in fields(node):
            yield from _names(getattr(node, one.name))
