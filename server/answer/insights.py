"""What can be read off a result: leaders, concentration, spread, growth, outliers, gaps.

Called by `assemble.py` and `prose.py` for each finding. Invariant: every number is a cell, or a
sum, share or difference of cells; a statement about the whole is made only where it is there.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from semantic.request_names import in_sentence
from server.answer.insights_series import open_periods, read_series
from server.answer.ranking import (
    Ranked,
    difference,
    outliers,
    percent,
    rank,
    small_samples,
    total_by,
)
from server.answer.shape import Finding, is_cut, is_filtered, total

MAX_INSIGHTS: Final = 4
_MANY: Final = 5


def find_insights(finding: Finding, currency: str) -> list[str]:
    """At most four sentences; the first one answers the question."""
    if finding.is_told:
        found = []
    elif finding.kind == "groups":
        found = [*_read_groups(finding, currency), *open_periods(finding, currency)]
    elif finding.kind == "series":
        found = read_series(finding, currency)
    else:
        found = []
    if finding.table.truncated:
        found = [*found[: MAX_INSIGHTS - 1]]
        found.append(f"Only the first {finding.table.row_count:,} rows are shown.")
    return found[:MAX_INSIGHTS]


def _read_groups(finding: Finding, currency: str) -> list[str]:
    ranked = rank(finding, finding.numbers[0], currency)
    if len(ranked.entries) < 2:
        return []
    shown = " shown" if is_cut(finding) else ""
    if ranked.high == ranked.low:
        every = "Both" if len(ranked.entries) == 2 else f"All {len(ranked.entries)}"
        return [f"{every}{shown} have the same: {ranked.text(ranked.high)}."]
    ends = [_highest(ranked), _lowest(ranked)]
    if _is_ascending(finding):
        ends.reverse()
    found = [ends[0], *_concentration(ranked), *_movers(ranked), ends[1]]
    if re.search(r"\bORDER BY \w+_change(_percent)?\b[^()]*$", finding.table.semantic_sql):
        found = [*_movers(ranked), *ends]
    found += _spread(ranked)
    notes = [*small_samples(ranked), *_sides(ranked), *_without_member(ranked), *outliers(ranked)]
    # What warns the reader is not crowded out by what is merely of interest.
    return [*found[: MAX_INSIGHTS - min(len(notes), 2)], *notes][:MAX_INSIGHTS]


def _scope(ranked: Ranked, *, is_leader: bool) -> str:
    """Nothing where it holds for all groups, also those that are not shown."""
    finding = ranked.finding
    if not is_cut(finding) or _is_first(finding, ranked.column.name, is_leader=is_leader):
        return ""
    return f"Of the {len(ranked.entries)} shown, "


def _is_first(finding: Finding, name: str, *, is_leader: bool) -> bool:
    """True where the rows are the first ones by this number, from the end that is spoken of."""
    order = re.search(r'\bORDER BY "?(\w+)"?( DESC)?\b[^()]*$', finding.table.semantic_sql)
    if order is None or order[1] != name or finding.table.truncated:
        return False
    return (order[2] is not None) == is_leader


def _is_ascending(finding: Finding) -> bool:
    values = [row[finding.numbers[0]] for row in finding.table.rows]
    present = [value for value in values if value is not None]
    return present == sorted(present)


def _highest(ranked: Ranked) -> str:
    high = ranked.high
    scope = _scope(ranked, is_leader=True)
    whole = _whole(ranked)
    if whole is not None:
        each = " each" if ranked.entries[1][1] == high else ""
        leads = ranked.who(high, "leads", "lead")
        share = f"{percent(high, whole)} of {ranked.text(whole)} in total"
        return f"{scope}{leads} with {ranked.said(high)}{each}, {share}."
    noun = in_sentence(ranked.column.label)
    if noun.startswith(("highest ", "lowest ")):
        noun = "value"
    above = _against_overall(ranked, high)
    return f"{scope}{ranked.who(high)} the highest {noun}: {ranked.said(high)}{above}."


def _lowest(ranked: Ranked) -> str:
    scope, low = _scope(ranked, is_leader=False), ranked.low
    noun = f" {in_sentence(ranked.column.label)}" if _is_ascending(ranked.finding) else ""
    if noun.startswith((" highest ", " lowest ")):
        noun = ""
    below = _against_overall(ranked, low)
    return f"{scope}{ranked.who(low)} the lowest{noun}: {ranked.said(low)}{below}."


def _whole(ranked: Ranked) -> Any:
    """What the groups are parts of; None where they are no parts, or the whole is not there."""
    finding, name = ranked.finding, ranked.column.name
    if name not in finding.additive or ranked.low < 0 or is_filtered(finding):
        return None
    overall = finding.overall.get(name)
    own = total([value for _, value, _ in ranked.entries])
    whole = overall if is_cut(finding) else own
    return whole if whole is not None and whole > 0 and (own or 0) <= whole else None


def _against_overall(ranked: Ranked, value: Any) -> str:
    """How a rate or a mean stands to the one over all rows."""
    finding, name = ranked.finding, ranked.column.name
    overall = finding.overall.get(name)
    if overall is None or name in finding.additive or overall == value:
        return ""
    gap = difference(ranked.column, value, overall, ranked.currency)
    side = "above" if value > overall else "below"
    return f", {gap} {side} the overall {ranked.text(overall)}"


def _concentration(ranked: Ranked) -> list[str]:
    whole, count = _whole(ranked), len(ranked.entries)
    if whole is None:
        return []
    if is_cut(ranked.finding):
        own = total([value for _, value, _ in ranked.entries])
        return [f"The {count} shown make up {percent(own, whole)} of it."]
    if count <= _MANY:
        return []
    top = total([value for _, value, _ in ranked.entries[:3]])
    return [f"The first three together make up {percent(top, whole)}."]


def _movers(ranked: Ranked) -> list[str]:
    """Where two periods are compared: who rose and who fell the most."""
    finding, name = ranked.finding, ranked.column.name
    position = next(
        (n for n in finding.numbers if finding.column(n).name == f"{name}_change"), None
    )
    if position is None:
        return []
    moves = rank(finding, position, ranked.currency)
    said = []
    if moves.entries and moves.high > 0:
        said.append(f"largest rise: {moves.entries[0][0]} ({_signed(ranked, moves.high)})")
    if moves.entries and moves.low < 0:
        said.append(f"largest fall: {moves.entries[-1][0]} ({_signed(ranked, moves.low)})")
    text = "; ".join(said)
    return [f"{text[:1].upper()}{text[1:]}."] if said else []


def _signed(ranked: Ranked, value: Any) -> str:
    if ranked.column.format == "percent":
        return f"{Decimal(str(value)) * 100:+.1f} percentage points"
    return f"{'+' if value > 0 else ''}{ranked.text(value)}"


def _spread(ranked: Ranked) -> list[str]:
    if ranked.column.format != "percent" or ranked.finding.overall.get(ranked.column.name):
        return []
    gap = difference(ranked.column, ranked.high, ranked.low, ranked.currency)
    return [f"Between the highest and the lowest lie {gap}."]


def _sides(ranked: Ranked) -> list[str]:
    """With two dimensions: which member of each has the most over all of the other."""
    finding, whole = ranked.finding, _whole(ranked)
    if len(finding.names) != 2 or whole is None or is_cut(finding):
        return []
    said = []
    for name in finding.names:
        totals = total_by(finding, name, finding.numbers[0], ranked.currency)
        if len(totals) > 1 and totals[0][1] > totals[1][1]:
            member, value = totals[0]
            label = in_sentence(finding.column(name).label)
            said.append(f"by {label}, {member} ({percent(value, whole)})")
    return [f"The most {'; '.join(said)}."] if said else []


def _without_member(ranked: Ranked) -> list[str]:
    """How much lies with rows that name no member, where that is not little."""
    finding, whole = ranked.finding, _whole(ranked)
    if len(finding.names) != 1 or whole is None or is_cut(finding):
        return []
    name, number = finding.names[0], finding.numbers[0]
    value = next((row[number] for row in finding.table.rows if row[name] is None), None)
    is_told = value in (ranked.high, ranked.low)
    if not value or is_told or Decimal(str(value)) * 20 < Decimal(str(whole)):
        return []
    return [f"{percent(value, whole)} names no {in_sentence(finding.column(name).label)}."]
