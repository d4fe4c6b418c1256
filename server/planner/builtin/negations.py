"""What "not", "without" and "all but" reach: the next thing named and what is joined to it.

First step of composing. Invariant: a negation is used only where something is negated by it, and
where its reach may be read in two ways it is asked back.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Final

from server.planner.builtin.reading import GLUE, Reading
from server.planner.builtin.spans import Item
from server.planner.builtin.words import Meaning

_THINGS: Final = ("value", "segment", "dimension", "model", "time")
_LEAVING_OUT: Final = frozenset({"except", "excluding", "exclude", "excludes", "ignoring",
                                 "without", "besides", "minus", "apart", "aside", "leaving",
                                 "leave", "other", "but", "outside"})  # fmt: skip

_MEANS: Final = frozenset({"by", "with", "via", "through", "using"})
"""Words in front of who or what brings a state about."""


def settle_but(items: Sequence[Item], wide: Container[int]) -> tuple[Item, ...]:
    """The items with "but" as a negation where it follows "all" or "every": "all but renewals".

    Args:
        wide: the items in front of which "all" or "any" stands.
    """
    settled: list[Item] = []
    is_wide = False
    for at, item in enumerate(items):
        is_wide = is_wide or at in wide or bool({"every", "each", "any"} & _words(item))
        following = items[at + 1] if at + 1 < len(items) else None
        is_but = at > 0 and item.text.lower() == "but" and following is not None
        is_not = is_but and following is not None and is_wide and _is_thing(following)
        settled.append(replace(item, meanings=(Meaning("not"),)) if is_not else item)
    return tuple(settled)


def _words(item: Item) -> set[str]:
    return set(item.text.lower().split())


def _is_thing(item: Item) -> bool:
    return item.kind == "time" or any(item.of(kind) for kind in _THINGS)


def mark_negations(reading: Reading) -> None:
    """Which items a "not" or "without" reaches."""
    _report_but(reading)
    for at, item in enumerate(reading.items):
        if item.candidates and item.text.lower().startswith(("without ", "no ")):
            _report_both_ways(reading, at)
    for at in reading.words("not"):
        item = reading.items[at]
        if len(item.meanings) > 1 and any(m.role != "not" for m in item.meanings):
            continue
        target = reading.after(at, (*GLUE, "distinct", "by"))
        member = reading.after(target, ("verb_is",)) if target is not None else None
        if member is not None and target is not None and _is_named(reading, member, target):
            target = member  # "without channel Web", "not channel = Web"
        while target is not None and _is_thing(reading.items[target]):
            _report_both_ways(reading, at)
            reading.negated.add(target)
            reading.use(at)
            _report_scope(reading, at, target)
            _report_means(reading, target)
            target = _joined(reading, at, target)


def _report_both_ways(reading: Reading, at: int) -> None:
    """Like "with and without a contact"."""
    is_joined = at > 1 and reading.items[at - 1].has_role("and", "or")
    if is_joined and reading.items[at - 2].text.lower() == "with":
        said = "It is not clear how 'with and without' should be shown; please ask for one."
        reading.parts.unclear.append(said)


def _report_but(reading: Reading) -> None:
    """Like "deals but renewals": left out, or only those?"""
    for at, item in enumerate(reading.items[:-1]):
        is_but = at > 0 and item.text.lower() == "but" and item.has_role("follow")
        if is_but and reading.items[at + 1].of("value"):
            reading.parts.unclear.append("It is not clear what 'but' should do here.")


def _joined(reading: Reading, at: int, target: int) -> int | None:
    """What is negated along with an item: "web and referral", "Web, Referral", "no open deals"."""
    joint = target + 1
    if joint < len(reading.items) and _is_named(reading, target, joint):
        joint += 1  # "excluding Enterprise plan and Business"
    if joint >= len(reading.items):
        return None
    if reading.items[joint].has_role("and", "or") or reading.items[joint].text.lower() == "nor":
        following = reading.after(joint)
        same = following is not None and _is_same_kind(reading, target, following)
        return following if same else None
    is_listed = reading.items[joint].after_comma and _is_same_kind(reading, target, joint)
    return joint if is_listed or _describes(reading, at, target, joint) else None


def _is_named(reading: Reading, value: int, noun: int) -> bool:
    """True for the dimension named behind its member."""
    names = {(c.model, c.name) for c in reading.items[value].of("value")}
    return bool(names & {(c.model, c.name) for c in reading.items[noun].of("dimension")})


def _is_same_kind(reading: Reading, one: int, other: int) -> bool:
    return reading.items[one].kind == reading.items[other].kind and _is_thing(reading.items[other])


def _describes(reading: Reading, at: int, one: int, other: int) -> bool:
    """Like "no open deals", "not created this year": both belong to what is negated.

    The noun of "neither won nor lost deals" is what the sentence is about; it is not negated.
    """
    first, second = reading.items[one], reading.items[other]
    if second.kind == "time":
        return reading.dimension_of_kind(one, "time") is not None
    nouns = ("model", "dimension", "metric")
    has_subject = any(reading.items[n].of(noun) for n in range(at) for noun in nouns)
    return bool(first.of("segment")) and bool(second.of("model")) and has_subject


def _report_means(reading: Reading, target: int) -> None:
    """Like "not paid by card": not paid at all, or paid in another way?"""
    means = target + 1
    state = reading.items[target]
    # The model is not chosen yet.
    is_flag = any(reading.kind_of(c) == "boolean" for c in state.of("dimension"))
    is_state = state.of("segment") or state.of("value") or is_flag
    if not is_state or means >= len(reading.items):
        return
    said = {*_words(reading.items[means]), *reading.introduced.get(means, ())}
    value = means if reading.items[means].of("value") else means + 1
    if said & _MEANS and value < len(reading.items) and reading.items[value].of("value"):
        text = " ".join(item.text for item in reading.items[target : value + 1])
        reading.parts.unclear.append(
            f"'not {text}' may mean not {state.text} at all, or {state.text} in another way."
        )


def _report_scope(reading: Reading, at: int, target: int) -> None:
    """Like "excluding web orders from Lyon": whether Lyon is left out too, or all that counts."""
    rows = target + 1
    said = reading.items[target].of("value") or reading.items[target].of("segment")
    is_leaving_out = bool(_LEAVING_OUT & _words(reading.items[at]))
    if not said or not is_leaving_out or rows >= len(reading.items) or not reading.is_entity(rows):
        return
    following = reading.after(rows)
    if following is None or reading.items[following].after_comma:
        return
    item = reading.items[following]
    if item.of("value") or item.kind in ("condition", "segment"):
        text = " ".join(one.text for one in reading.items[at : following + 1])
        reading.parts.unclear.append(f"It is not clear what all belongs to '{text}'.")
