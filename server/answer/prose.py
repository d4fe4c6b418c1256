"""Findings to the answer's text: the sentence that answers, what stands out, the rows.

Called by `ask_finish.py`. Pure. Invariant: every number is a cell of the answer's queries, or a
sum, share or difference of cells; text of the data does nothing but be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from semantic.compiled import ResultColumn
from semantic.request_names import in_sentence
from server.answer.cards import Figures
from server.answer.formats import format_value, show, to_markdown
from server.answer.insights import find_insights
from server.answer.shape import Finding, is_cut, total

_SHOWN_ROWS: Final = 10
_SHOWN_COLUMNS: Final = 8
_FEW: Final = 2
"""Results that need no paragraph over all of them."""


def write_prose(
    findings: Sequence[Finding],
    interpretation: str,
    as_of: str,
    currency: str,
    figures: Figures | None = None,
) -> str:
    """The answer as markdown: what was asked first, then how the question was understood."""
    several = len(findings) > 1
    blocks = [_write(finding, currency, several=several) for finding in findings]
    if len(findings) > _FEW and findings[0].kind == "single":
        blocks.insert(0, _write_overview(findings, figures, currency))
    elif not several and findings and findings[0].kind == "single":
        blocks[0] = _with_scope(blocks[0], interpretation)
    if figures is not None and not several and findings and findings[0].kind == "single":
        blocks.insert(1, _write_change(findings[0], figures, currency))
    blocks.append(write_reading(interpretation, as_of))
    return "\n\n".join(block for block in blocks if block)


def write_reading(interpretation: str, as_of: date | str) -> str:
    """The closing line: how the question was understood, and on which day."""
    if not interpretation:
        return f"*As of {as_of}.*"
    return f"*{to_markdown(interpretation)}; as of {as_of}.*"


def _write(finding: Finding, currency: str, *, several: bool) -> str:
    title = to_markdown(finding.title)
    if finding.kind == "empty":
        return f"**{title}**: there are no rows for this."
    if finding.kind == "single":
        single = _with_own_scope(_write_single(finding, currency), finding)
        return f"**{title}**\n\n{single}" if several and "  \n" in single else single
    if finding.is_told:
        return f"**{title}**\n\n{_write_table(finding, currency)}"
    first, *rest = _sentences(finding, currency)
    is_titled = first.startswith("**")
    head = f"**{title}**: {first}" if several and not is_titled else first
    lines = [head, *(["", *(f"- {text}" for text in rest)] if rest else [])]
    return "\n".join(lines) + "\n\n" + _write_table(finding, currency)


def _sentences(finding: Finding, currency: str) -> list[str]:
    """At least one, the first of which answers."""
    found = [to_markdown(text) for text in find_insights(finding, currency)]
    if finding.kind == "rows":
        return [_write_count(finding, currency), *found]
    return found or [_write_first(finding, currency)]


def _write_overview(findings: Sequence[Finding], figures: Figures | None, currency: str) -> str:
    """One paragraph over several results: the figures, what leads where, what to watch."""
    first, *others = findings
    row = first.table.rows[0]
    columns = [(first.column(n), row[n]) for n in first.numbers if row[n] is not None]
    named = [f"{in_sentence(c.label)} {format_value(v, c.format, currency)}" for c, v in columns]
    said = [f"{_capital(_listed(named))}."] if named else []
    said += _against(first, figures, currency)
    for finding in others:
        if finding.kind in ("groups", "series"):
            said += [f"{finding.title}: {text}" for text in find_insights(finding, currency)[:1]]
    watched = [
        f"{in_sentence(finding.column(n).label)} "
        f"{format_value(finding.table.rows[0][n], finding.column(n).format, currency)}"
        for finding in findings
        if finding.kind == "single"
        for n in finding.numbers
        if finding.column(n).name in finding.lower_is_better and finding.table.rows[0][n]
    ]
    said += [f"To watch: {_listed(watched)}."] if watched else []
    return to_markdown(" ".join(said))


def _against(first: Finding, figures: Figures | None, currency: str) -> list[str]:
    """How the figures stand to the period before, where it was computed."""
    if figures is None or figures.before is None:
        return []
    moved = []
    for n in first.numbers:
        column = first.column(n)
        change = figures.find_change(column.name)
        if change is not None and change.trend in ("up", "down"):
            moved.append(
                f"{in_sentence(column.label)} {_moved(column, change.now, change.before, currency)}"
            )
    when = figures.before.title.partition(", ")[2]
    return [f"Against {when}: {_listed(moved)}."] if moved else []


def _listed(items: Sequence[str]) -> str:
    """Like "a, b and c"."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _write_single(finding: Finding, currency: str) -> str:
    """One number as a sentence, several as a list."""
    row = finding.table.rows[0]
    said = [
        (finding.column(n), format_value(row[n], finding.column(n).format, currency))
        for n in finding.numbers
    ]
    if len(said) == 1 and row[finding.numbers[0]] is not None:
        return _sentence(*said[0])
    compared = _write_compared(finding, currency)
    if compared:
        return compared
    return "  \n".join(f"**{to_markdown(column.label)}**: {text}" for column, text in said)


def _write_compared(finding: Finding, currency: str) -> str:
    """One metric in two periods as a sentence; nothing where there are more, or a value lacks."""
    row = finding.table.rows[0]
    cells = {finding.column(n).name: row[n] for n in finding.numbers}
    column = finding.column(finding.numbers[0])
    now, before = cells.get(column.name), cells.get(f"{column.name}_before")
    is_one = all(name == column.name or name.startswith(f"{column.name}_") for name in cells)
    if not is_one or now is None or before is None:
        return ""
    text, earlier = (format_value(v, column.format, currency) for v in (now, before))
    told = _sentence(column, text)[:-1]
    if now == before:
        return f"{told}, the same as before."
    return f"{told}, {_moved(column, now, before, currency)} from {earlier}."


def _with_own_scope(sentence: str, finding: Finding) -> str:
    """The one number with what its title tells beside the label: "Average deal size (Lost)"."""
    label, _, scope = finding.title.rpartition(" (")
    if len(finding.numbers) != 1 or label != finding.column(finding.numbers[0]).label:
        return sentence
    return f"{sentence.removesuffix('.')} ({to_markdown(scope[:-1])})."


def _with_scope(sentence: str, interpretation: str) -> str:
    """The one number with the conditions it holds under, in the words of the interpretation."""
    clauses = [to_markdown(text) for text in interpretation.split("; ")[1:] if text != "all dates"]
    if "\n" in sentence or not sentence.endswith(".") or not clauses:
        return sentence
    return f"{sentence[:-1]} ({'; '.join(clauses)})."


def _sentence(column: ResultColumn, text: str) -> str:
    """Like "Win rate is **50.1%**."; what may be a plural gets no verb."""
    label = to_markdown(column.label)
    if label.lower().endswith("s"):
        return f"{label}: **{text}**."
    return f"{label} is **{text}**."


def _write_change(finding: Finding, figures: Figures, currency: str) -> str:
    """How the first number stands to the period before, where both were computed."""
    column = finding.column(finding.numbers[0])
    change = figures.find_change(column.name)
    if change is None or change.trend is None or figures.before is None:
        return ""
    when = figures.before.title.partition(", ")[2]
    before = format_value(change.before, column.format, currency)
    if change.trend == "stable":
        return f"It was the same in the period before ({when})."
    moved = _moved(column, change.now, change.before, currency)
    return f"That is {moved} from {before} in the period before ({when})."


def _moved(column: ResultColumn, now: Any, before: Any, currency: str) -> str:
    gap = Decimal(str(now)) - Decimal(str(before))
    way = "up" if gap > 0 else "down"
    if column.format == "percent":
        return f"{way} {abs(gap) * 100:.1f} percentage points"
    if not before:
        return f"{way} {format_value(abs(gap), column.format, currency)}"
    return f"{way} {abs(gap) / abs(Decimal(str(before))) * 100:.1f}%"


def _write_count(finding: Finding, currency: str) -> str:
    """How many rows there are, and what they come to where that can be added up."""
    count = finding.table.row_count
    title = to_markdown(finding.title)
    if is_cut(finding):
        return f"**{title}**: the first {'row' if count == 1 else f'{count:,} rows'}."
    said = f"**{title}**: {count:,} row{'' if count == 1 else 's'}"
    names = [column.name for column in finding.table.columns]
    if finding.placed_by in names and count > 1:
        place = names.index(finding.placed_by)
        column = finding.column(place)
        text = format_value(finding.table.rows[0][place], column.format, currency)
        label = in_sentence(to_markdown(column.label))
        return f"{said} share this place, each with {text} as {label}."
    for n, column in enumerate(finding.table.columns):
        amount = total(finding.cells(n)) if column.name in finding.additive else None
        if amount is not None and count > 1:
            text = format_value(amount, column.format, currency)
            return f"{said}, {text} in total {in_sentence(to_markdown(column.label))}."
    return f"{said}."


def _write_first(finding: Finding, currency: str) -> str:
    """The one group or period there is."""
    row = finding.table.rows[0]
    keys = [*finding.times, *finding.names]
    name = " / ".join(show(finding.column(n), row[n], currency) for n in keys)
    columns = [(finding.column(n), row[n]) for n in finding.numbers]
    said = ", ".join(
        f"{in_sentence(c.label)} {format_value(value, c.format, currency)}" for c, value in columns
    )
    if len(finding.table.rows) > 1:
        return f"{to_markdown(finding.title)}: {finding.table.row_count:,} rows."
    return f"{to_markdown(name)}: {to_markdown(said)}."


def _write_table(finding: Finding, currency: str) -> str:
    columns = finding.table.columns[:_SHOWN_COLUMNS]
    head = "| " + " | ".join(to_markdown(c.label) for c in columns) + " |"
    line = "|" + "---|" * len(columns)
    rows = [
        "| "
        + " | ".join(
            to_markdown(show(c, value, currency)) for c, value in zip(columns, row, strict=False)
        )
        + " |"
        for row in finding.table.rows[:_SHOWN_ROWS]
    ]
    rest = finding.table.row_count - _SHOWN_ROWS
    more = [f"\n… and {rest:,} more."] if rest > 0 else []
    return "\n".join([head, line, *rows, *more])
