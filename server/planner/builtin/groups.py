"""What to group by: the dimensions after "by", after "which", in front of a condition.

A step of composing, after the negations it must respect. Invariant: a dimension is grouped
by only where the sentence says so; one that merely stands there is left over.
"""

from __future__ import annotations

from server.planner.builtin.lexicon import Candidate
from server.planner.builtin.overall import counts_groups
from server.planner.builtin.reading import GLUE, Reading

_WIDE_GLUE = (*GLUE, "distinct", "list")


def use_descriptors(reading: Reading) -> None:
    """Set aside dimensions that only say what the value beside them is: "stage Propose"."""
    for at in list(reading.free("dimension")):
        if at in reading.negated and reading.items[at].of("value"):
            continue
        following = reading.after(at, (*GLUE, "compare", "not"))
        for beside in (following, reading.before(at, ("of",))):
            if beside is None or not reading.items[beside].of("value") or beside in reading.used:
                continue
            names = {(c.model, c.name) for c in reading.all_values(beside)}
            after_by = _is_split_by(reading, at, beside)
            if not after_by and names & {(c.model, c.name) for c in reading.dimensions(at)}:
                reading.use(at)
                break


def _is_split_by(reading: Reading, at: int, beside: int) -> bool:
    """True for the dimension of "by channel excluding Web", not of "every channel but Web"."""
    previous = reading.before(at)
    if previous is None or not reading.items[previous].has_role("by"):
        return False
    if at + 1 < len(reading.items) and reading.items[at + 1].text.lower() == "but":
        reading.use(previous)
        return False
    return beside != at + 1 or reading.items[beside].after_comma


def find_groups(reading: Reading) -> None:
    """Fill `parts.group` and mark the items grouped by."""
    for at in list(reading.free("dimension", "model")):
        if at in reading.negated or at in reading.used:
            continue
        candidate = reading.dimension_of_kind(at, "text", "boolean")
        candidate = candidate or _key_of_each(reading, at)
        if candidate is None or reading.metrics(at):
            continue
        if reading.is_entity(at) and not _is_each_row(reading, at):
            continue
        if _is_compound(reading, at):
            text = f"{reading.items[at - 1].text} {reading.items[at].text}"
            reading.parts.missing.append(text)
            reading.use(at - 1, at)
        elif _is_grouped(reading, at):
            reading.parts.group.append(reading.reference(candidate))
            reading.grouped.add(at)
            reading.use(at)
    reading.parts.group = list(dict.fromkeys(reading.parts.group))


def _key_of_each(reading: Reading, at: int) -> Candidate | None:
    """The key of "policies with more than 3 claims", whose rows are called by nothing else.

    Only where they are taken one by one; elsewhere the noun says no more than whose rows these are.
    """
    others = [c for c in reading.items[at].of("model") if c.model != reading.model]
    placed = reading.facts.place(reading.model, others)
    if len(placed) != 1 or reading.facts.has_name(placed[0].model):
        return None
    found = reading.facts.model(placed[0].model)
    key = found.dimensions.get(found.primary_key)
    is_one_by_one = _after(reading, at, "by") or _is_limited(reading, at) or _is_chosen(reading, at)
    if key is None or key.hidden or not is_one_by_one:
        return None
    return Candidate("dimension", found.name, key.name)


def _is_chosen(reading: Reading, at: int) -> bool:
    """Like "which policies have more than 3 claims", "the top 3 policies by claims"."""
    words = ("which", "list", "count")
    previous = reading.before(at, (*GLUE, "distinct"))
    while previous is not None and _describes(reading, previous):
        previous = reading.before(previous, (*GLUE, "distinct"))
    if previous is None:
        return False
    if _is_ranked(reading, previous):
        return any(n > at for n in reading.words("by"))
    is_limited = any(
        reading.items[n].kind == "condition" or _is_ranked(reading, n)
        for n in range(at + 1, len(reading.items))
    )
    return is_limited and reading.items[previous].has_role(*words)


def _is_ranked(reading: Reading, at: int) -> bool:
    """True for "top 3" and "most": of no date, as in "newest", and of no size of a single row."""
    ranking = reading.items[at].ranking
    return ranking is not None and ranking.role in ("top", "bottom")


def _is_compound(reading: Reading, at: int) -> bool:
    """Like "by revenue city": after "by" adjacent nouns are one name, which is not known."""
    return (
        at > 1
        and bool(reading.items[at - 1].of("metric"))
        and not reading.items[at - 1].of("segment")
        and not reading.items[at].after_comma
        and reading.items[at - 2].has_role("by")
        and reading.items[at - 1].end == reading.items[at].start
    )


def _is_each_row(reading: Reading, at: int) -> bool:
    """Like "by deal", "per order"; but "across all deals" are simply the deals."""
    previous = reading.before(at, ("of", "distinct"))
    if previous is None:
        return False
    words = reading.items[previous].text.lower().split()
    return reading.items[previous].has_role("by") and words[-1] in ("by", "per", "each", "every")


def _after(reading: Reading, at: int, *roles: str) -> bool:
    previous = reading.before(at, _WIDE_GLUE)
    return previous is not None and reading.items[previous].has_role(*roles)


def _is_grouped(reading: Reading, at: int) -> bool:
    if _is_counted(reading, at):
        return counts_groups(reading, at)
    return (
        _after(reading, at, "by")
        or _is_chained(reading, at)
        or _is_crossed(reading, at)
        or _is_repeated(reading, at)
        or _is_asked_for(reading, at)
        or _is_split(reading, at)
        or _is_head(reading, at)
        or _is_limited(reading, at)
        or _is_compared(reading, at)
        or _is_telegraphic(reading, at)
    )


def _is_counted(reading: Reading, at: int) -> bool:
    """Like "how many accounts": different members are counted, not grouped by."""
    previous = reading.before(at, (*GLUE, "distinct"))
    while previous is not None and reading.items[previous].kind in ("segment", "value"):
        previous = reading.before(previous, (*GLUE, "distinct"))
    return previous is not None and reading.items[previous].has_role("count")


def _is_chained(reading: Reading, at: int) -> bool:
    """Like "by stage and type", "by stage, type"."""
    previous = reading.before(at, ("of", "with", "by"))
    if previous is None:
        return False
    if reading.items[at].after_comma:
        return previous in reading.grouped
    if not reading.items[previous].has_role("and"):
        return False
    earlier = reading.before(previous, ())
    if earlier is not None and reading.items[earlier].kind == "grain":
        return True  # "per month and channel"
    return earlier is not None and earlier in reading.grouped


def _is_crossed(reading: Reading, at: int) -> bool:
    """Like "stage x type": two dimensions with a cross between them."""
    for joint, other in ((at + 1, at + 2), (at - 1, at - 2)):
        if min(joint, other) >= 0 and max(joint, other) < len(reading.items):
            is_dimension = reading.dimension_of_kind(other, "text", "boolean") is not None
            if reading.items[joint].has_role("cross") and is_dimension:
                reading.use(joint)
                return True
    return False


def _is_repeated(reading: Reading, at: int) -> bool:
    """Like "stage by stage"."""
    following = at + 2
    return (
        following < len(reading.items)
        and reading.items[at + 1].text.lower() == "by"
        and reading.items[at].candidates == reading.items[following].candidates
    )


def _is_asked_for(reading: Reading, at: int) -> bool:
    """Like "which accounts ...", "top 5 accounts", "list the accounts with ..."."""
    is_flag = reading.dimension_of_kind(at, "boolean") is not None
    if is_flag and at + 1 < len(reading.items) and reading.is_entity(at + 1):
        return False  # "which paid invoices"
    previous = reading.before(at, (*GLUE, "distinct", "list", "order", "vague", "frequent"))
    who = reading.before(at, ("verb_is",))
    is_opening = who == 0 and at > 1 and reading.items[0].text.lower() == "who"
    if is_opening and reading.dimension_of_kind(at, "text") is not None:
        return True  # "who is the owner of ..."
    while previous is not None and reading.items[previous].kind in ("segment", "value"):
        previous = reading.before(previous, (*GLUE, "distinct"))
    if previous is None:
        return reading.has_word("list") and _before_any(reading, at)
    return reading.items[previous].kind == "ranking" or reading.items[previous].has_role("which")


def _before_any(reading: Reading, at: int) -> bool:
    return not any(reading.items[n].kind in ("metric", "segment", "value") for n in range(at))


def _is_split(reading: Reading, at: int) -> bool:
    """Like "lead source breakdown", "breakdown of product categories"."""
    following, previous = reading.after(at), reading.before(at, ("of", "by"))
    near = [n for n in (following, previous) if n is not None]
    return any(reading.items[n].has_role("split") for n in near)


def _is_head(reading: Reading, at: int) -> bool:
    """Like "lead sources with more than ...", "accounts by pipeline", "accounts that lost ..."."""
    before = (*_WIDE_GLUE, "which", "follow", "order")
    if any(not reading.items[n].has_role(*before) for n in range(at)):
        return False
    following = reading.after(at, ())
    if following is None:
        return False
    item = reading.items[following]
    is_said_of = item.has_role("with", "where", "not", "by", "order") or item.kind == "condition"
    return is_said_of and len(reading.items) > following + 1


def _is_limited(reading: Reading, at: int) -> bool:
    """Like "German customers with revenue above 50k": what is said of them first changes nothing.

    The condition behind them is on a number of each of them, as it is without the adjective.
    """
    joints = (*_WIDE_GLUE, "and", "or", "not")
    before = (*joints, "which", "follow", "order")
    if any(not (_describes(reading, n) or reading.items[n].has_role(*before)) for n in range(at)):
        return False
    rest = range(at + 1, len(reading.items))
    said = [n for n in rest if not (_describes(reading, n) or reading.items[n].has_role(*joints))]
    if not said:
        return False
    first, following = reading.items[said[0]], reading.after(said[0])
    if following is None or not _is_introduced(reading, said[0]):
        return False
    counted = reading.skip_modifiers(following, 1)
    if first.kind == "condition" and counted is not None:
        is_number = reading.dimension_of_kind(counted, "number") is not None
        return bool(reading.items[counted].of("model") or reading.metrics(counted) or is_number)
    return bool(first.of("metric")) and reading.items[following].kind == "condition"


def _describes(reading: Reading, at: int) -> bool:
    """True for a member, a segment or a flag, and for the dimension that says which it is."""
    item = reading.items[at]
    is_said = item.kind in ("segment", "value") or at in reading.used
    is_flag = reading.dimension_of_kind(at, "boolean") is not None
    return (is_said or is_flag) and not item.of("metric")


def _is_introduced(reading: Reading, at: int) -> bool:
    """True right behind "with", "whose", "that have": what follows is said of the noun."""
    previous = at - 1
    while previous >= 0 and reading.items[previous].has_role("of"):
        previous -= 1
    return previous >= 0 and reading.items[previous].has_role("with", "where", "pronoun")


def _is_compared(reading: Reading, at: int) -> bool:
    """Like "how do product lines compare", "compare win rate between opportunity types"."""
    values = any(True for _ in reading.free("value"))
    return reading.has_word("compare", "each_other") and not values


def _is_telegraphic(reading: Reading, at: int) -> bool:
    """Like "win rate product category": the metric directly in front, the dimension at the end."""
    is_last = all(
        reading.items[n].kind in ("time", "word") for n in range(at + 1, len(reading.items))
    )
    previous = at - 1
    return (
        is_last
        and previous >= 0
        and reading.items[previous].kind == "metric"
        and not reading.items[at].of("model")
        and not reading.items[at].has_role("aside")
    )
