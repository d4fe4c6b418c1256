"""Words that may belong to one thing asked for or to all: "number of web orders and sales".

Called by `doubts.py` when everything is composed. Invariant: adds nothing to the reading; each
doubt names the words it is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.planner.builtin.reading import Reading


def find_shared_member(reading: Reading) -> Iterator[str]:
    """Doubts about the member of "web orders and sales": are the sales those of the web too?"""
    for at in range(1, len(reading.items)):
        member, filtered = reading.items[at - 1], {n for n, _ in reading.parts.filters}
        is_about_rows = reading.is_entity(at) and at - 1 in filtered and bool(member.of("value"))
        if not is_about_rows or len(reading.parts.measures) < 2:
            continue
        joint = reading.after(at, ())
        other = reading.after(joint, ()) if joint is not None else None
        before = reading.before(at - 1, ("of",))
        is_first = other is not None and _joins(reading, joint) and _is_asked(reading, other)
        if before is not None and reading.items[before].has_role("count"):
            before = reading.before(before, ("of",))
        is_last = before is not None and before > 0 and _joins(reading, before)
        is_last = is_last and before is not None and _is_asked(reading, before - 1)
        if is_first or is_last:
            yield f"It is not clear whether '{member.text}' is said of both numbers."


def _joins(reading: Reading, joint: int | None) -> bool:
    return joint is not None and reading.items[joint].has_role("and")


def _is_asked(reading: Reading, at: int) -> bool:
    return bool(reading.items[at].of("metric")) and at in {m.at for m in reading.parts.measures}


def find_member_split(reading: Reading) -> Iterator[str]:
    """Doubts about "revenue by Web": only that member, or split by what it is one of?

    Where the members are names of many ("sales by Ann Miller") it can only be the former.
    """
    for at in range(1, len(reading.items) - 1):
        following, said = reading.items[at + 1], reading.items[at].text.lower()
        if said != "by" or not reading.items[at - 1].of("metric") or following.kind != "value":
            continue
        codes = [c for c in reading.all_values(at + 1) if not reading.lexicon.is_long(c)]
        if codes and at + 1 not in reading.grouped and not following.of("dimension"):
            label = reading.facts.model(codes[0].model).dimensions[codes[0].name].label
            yield f"'by {following.text}' may mean only that, or a split by {label}."
