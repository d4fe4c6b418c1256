"""Which rows count: members, segments, missing values, related rows and conditions on numbers.

A step of composing. Invariant: a condition is attached to the noun it stands beside; where two
nouns fit it is asked back, never guessed. Excluding a member keeps the rows without a value.
"""

from __future__ import annotations

from semantic.request import AnyOf, Filter, Related
from server.planner.builtin.directions import choose_direction, is_against, report_move
from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.presence import find_presence, follows_with, own_lack
from server.planner.builtin.reading import Reading
from server.planner.builtin.settling import has_rows
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR


def find_filters(reading: Reading) -> None:
    """Fill filters, segments and related rows from the free items."""
    _find_values(reading)
    _find_segments(reading)
    _join_mixed(reading)
    _join_numbers(reading)
    find_presence(reading)
    _find_related(reading)


# ------------------------------------------------------------------ members


def _find_values(reading: Reading) -> None:
    chosen: dict[tuple[str, bool], tuple[int, list[str]]] = {}
    for at in list(reading.free("value")):
        report_move(reading, at)
        candidates = _choices(reading, at)
        if not candidates or reading.segment(at):
            continue
        reading.use(at)
        negated = at in reading.negated
        if len(candidates) > 1:
            filters = tuple(
                _filter(reading.reference(c), list(c.values), negated) for c in candidates
            )
            reading.parts.ambiguous.append((reading.items[at].text, filters))
            continue
        candidate = candidates[0]
        if is_against(reading, at, candidate):
            text, label = reading.items[at].text, _label(reading, candidate)
            reading.parts.unclear.append(f"'{text}' is a {label} here; please say which is meant.")
        if not candidate.is_part and len(candidates) == 1:
            _note_others(reading, at, candidate)
        if candidate.is_part and len(candidate.values) > 1:
            note = f"'{reading.items[at].text}' stands for {len(candidate.values)} members"
            reading.parts.notes.append(note)
        key = (reading.reference(candidate), negated)
        if key in chosen and chosen[key][0] in reading.both and has_rows(reading):
            said = reading.items[chosen[key][0]].text
            reading.parts.unclear.append(
                f"Nothing is both '{said}' and '{reading.items[at].text}' at once."
            )
        if key in chosen:
            reading.use(*_joints(reading, at))
        first, values = chosen.get(key, (at, []))
        chosen[key] = (first, [*values, *(v for v in candidate.values if v not in values)])
    found = [
        (at, _filter(name, values, negated)) for (name, negated), (at, values) in chosen.items()
    ]
    reading.parts.filters += _join_alternatives(reading, found)


def _label(reading: Reading, candidate: Candidate) -> str:
    return reading.facts.model(candidate.model).dimensions[candidate.name].label


def _note_others(reading: Reading, at: int, candidate: Candidate) -> None:
    """Say that other members contain the name: "Acme" beside "Acme Energy"."""
    words = words_of(reading.items[at].text)
    found = reading.lexicon.find_members(words, 0, True) if words else None
    if found is None or found.end != len(words):
        return
    for other in found.candidates:
        count = len(set(other.values) - set(candidate.values))
        if (other.model, other.name) == (candidate.model, candidate.name) and count:
            member = candidate.values[0]
            reading.parts.notes.append(f"{count} other members contain '{member}'")


def _joints(reading: Reading, at: int) -> list[int]:
    """The "and" or "or" in front of an item."""
    return [at - 1] if at > 0 and reading.items[at - 1].has_role("and", "or") else []


def _choices(reading: Reading, at: int) -> list[Candidate]:
    """The dimensions a member may belong to; a dimension named in the question decides.

    The noun beside it comes first ("senior doctors"), then the model's own dimensions.
    """
    found = reading.all_values(at)
    found = [c for c in found if not c.is_part] or found
    if len(found) > 1:
        directed = choose_direction(reading, at, found)
        if directed is not None:
            return directed
        beside = [c for c in found if _is_beside(reading, at, c)]
        if len(beside) == 1:
            return beside
        found = [c for c in found if c.model == reading.model] or found
    if len(found) > 1:
        named = {
            (c.model, c.name)
            for n in range(len(reading.items))
            for c in reading.dimensions(n)
            if n != at
        }
        described = [c for c in found if (c.model, c.name) in named]
        return described if len(described) == 1 else found
    return found


def _is_beside(reading: Reading, at: int, candidate: Candidate) -> bool:
    """True where the noun next to the value names its dimension or the rows it describes."""
    for number in (at + 1, reading.before(at, ("of",))):
        if number is not None and number < len(reading.items):
            for other in reading.items[number].candidates:
                is_rows = other.kind == "model" and other.model == candidate.model
                if is_rows or (other.kind, other.model, other.name) == (
                    "dimension",
                    candidate.model,
                    candidate.name,
                ):
                    return True
    return False


def _filter(name: str, values: list[str], negated: bool) -> Filter:
    if len(values) == 1:
        return Filter(dimension=name, op="!=" if negated else "=", values=tuple(values))
    return Filter(dimension=name, op="not_in" if negated else "in", values=tuple(values))


def _join_alternatives(
    reading: Reading, found: list[tuple[int, Filter]]
) -> list[tuple[int, Filter | AnyOf]]:
    """Two members of different dimensions joined by "or" are alternatives."""
    for joint in reading.words("or"):
        before, after = reading.before(joint), reading.after(joint)
        sides = [one for one in found if one[0] in (before, after)]
        if len(sides) == 2:
            reading.use(joint)
            rest: list[tuple[int, Filter | AnyOf]] = [one for one in found if one not in sides]
            return [*rest, (sides[0][0], AnyOf(any=(sides[0][1], sides[1][1])))]
    return [*found]


# ------------------------------------------------------------------ segments


def _find_segments(reading: Reading) -> None:
    numbers = [at for at in reading.free("segment") if reading.segment(at)]
    joined = _joined_segments(reading, numbers)
    for at in numbers:
        name = reading.segment(at)
        if name is None:
            continue
        reading.use(at)
        _check_owner(reading, at, name)
        if at in reading.negated:
            reading.parts.excluded.append((at, name))
        elif at not in joined:
            other = _also_without(reading, at)
            if other is not None:
                reading.parts.ambiguous.append((reading.items[at].text, (name, other)))
            else:
                reading.parts.segments.append((at, name))
    if joined:
        names = tuple(dict.fromkeys(name for at in joined if (name := reading.segment(at))))
        reading.parts.filters.append((joined[0], AnyOf(segments=names)))


def _check_owner(reading: Reading, at: int, segment: str) -> None:
    """Like "no policy in force": what has no such row may have another one, or none at all."""
    owner = segment.rpartition(".")[0]
    for beside in (at - 1, at + 1):
        is_there = bool(owner) and beside in reading.negated
        if is_there and reading.other_model(beside) == owner:
            first, second = sorted((at, beside))
            said = f"{reading.items[first].text} {reading.items[second].text}"
            reading.parts.unclear.append(f"It is not clear what has no '{said}'.")


def _join_mixed(reading: Reading) -> None:
    """A member and a segment joined by "or" are alternatives: "online or discounted orders"."""
    parts = reading.parts
    for joint in reading.words("or"):
        sides = (reading.before(joint), reading.after(joint))
        members = [one for one in parts.filters if one[0] in sides and isinstance(one[1], Filter)]
        segments = [one for one in parts.segments if one[0] in sides]
        if joint not in reading.used and len(members) == 1 and len(segments) == 1:
            reading.use(joint)
            parts.segments = [one for one in parts.segments if one not in segments]
            at, member = members[0]
            both = AnyOf(
                any=(member,) if isinstance(member, Filter) else (), segments=(segments[0][1],)
            )
            parts.filters = [(n, both if n == at else item) for n, item in parts.filters]


def _join_numbers(reading: Reading) -> None:
    """Conditions on numbers joined by "or" are alternatives: "under 50 or over 300"."""
    parts = reading.parts
    for joint in reading.words("or"):
        before, after = _filter_before(reading, joint), _filter_behind(reading, joint)
        sides = [item for _, item in (*before, *after)]
        members = tuple(item for item in sides if isinstance(item, Filter))
        if joint in reading.used or len(before) != 1 or len(after) != 1 or len(members) != 2:
            continue
        reading.use(joint)
        rest = [one for one in parts.filters if one not in (*before, *after)]
        parts.filters = [*rest, (before[0][0], AnyOf(any=members))]


def _filter_before(reading: Reading, joint: int) -> list[tuple[int, Filter | AnyOf]]:
    """The condition that ends right in front of "or": "under 20 pieces or"."""
    for at in range(joint - 1, -1, -1):
        found = [one for one in reading.parts.filters if one[0] == at]
        if found or at not in reading.used:
            return found
    return []


def _filter_behind(reading: Reading, joint: int) -> list[tuple[int, Filter | AnyOf]]:
    """The condition that begins right behind "or": "or with a discount above 20"."""
    for at in range(joint + 1, len(reading.items)):
        found = [one for one in reading.parts.filters if one[0] == at]
        if found or not (at in reading.used or reading.items[at].has_role("with", "where")):
            return found
    return []


def _also_without(reading: Reading, at: int) -> Related | None:
    """Like "accounts without contacts": the row lacks one, or the account does."""
    words = reading.items[at].text.lower().split()
    if not GRAMMAR.get((words[0],), ()) or not any(m.role == "not" for m in GRAMMAR[(words[0],)]):
        return None
    found = reading.lexicon.find(words, len(words) - 1)
    others = {c.model for match in found for c in match.candidates if c.kind == "model"} - {
        reading.model
    }
    parents = {c.model for n in range(len(reading.items)) for c in reading.items[n].of("model")}
    for other in sorted(others):
        ours = set(reading.facts.model(reading.model).neighbours)
        if ours & set(reading.facts.model(other).neighbours) & parents:
            return Related(model=other, exists=False)
    return None


def _joined_segments(reading: Reading, numbers: list[int]) -> list[int]:
    """Segments joined by "and" or "or": "won and lost deals" are the rows of either."""
    for one in numbers:
        if one in reading.both:
            continue  # "both stalled and discounted" are the rows that are the one and the other
        joint = one + 1
        other = reading.after(joint) if joint < len(reading.items) else None
        if other not in numbers or one in reading.negated or other in reading.negated:
            continue
        if reading.items[joint].has_role("and", "or", "compare") and reading.segment(
            one
        ) != reading.segment(other):
            reading.use(joint)
            return [one, other]
    return []


# ------------------------------------------------------------------ rows of other models


def _find_related(reading: Reading) -> None:
    """Like "accounts without contacts": rows with or without a row in another model."""
    for at in list(reading.free("model")):
        other = reading.other_model(at)
        if other is None or reading.is_entity(at) or at in reading.grouped:
            continue
        negated = at in reading.negated
        if not negated and not follows_with(reading, at):
            continue
        own = own_lack(reading, at) if negated else None
        if own is not None:
            reading.parts.segments.append((at, own))
            reading.use(at)
            continue
        segments = tuple(
            c.name
            for n in range(len(reading.items))
            for c in reading.items[n].of("segment")
            if c.model == other and n not in reading.used and reading.after(n) == at
        )
        for n in range(len(reading.items)):
            if reading.after(n) == at and any(
                c.model == other for c in reading.items[n].of("segment")
            ):
                reading.use(n)
        reading.parts.related.append(Related(model=other, exists=not negated, segments=segments))
        reading.use(at)
