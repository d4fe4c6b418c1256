"""Findings and the figures beside them to key figures: at most six cards, with trends.

Called by `ask_finish.py`. Pure. Invariant: every card is a cell of a query of the answer or the
sum of cells; a trend compares two periods of equal kind that were both computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from semantic.compiled import ResultColumn
from server.answer.formats import card_format, to_chart_number
from server.answer.shape import Finding, is_cut, is_filtered, total
from server.answer.wire import KeyMetric
from server.results import ResultTable

MAX_CARDS: Final = 6
Trend = Literal["up", "down", "stable"]


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in two periods of equal kind."""

    now: Any
    before: Any

    @property
    def trend(self) -> Trend | None:
        """Where it went; None without both values."""
        if self.now is None or self.before is None:
            return None
        return "up" if self.now > self.before else "down" if self.now < self.before else "stable"


@dataclass(frozen=True, slots=True)
class Figures:
    """The metrics beside a finding: one row under the conditions of the question."""

    asked: tuple[str, ...]
    """Metrics of the question itself."""
    metrics: tuple[str, ...]
    """All metrics, those asked first."""
    table: ResultTable
    before: ResultTable | None = None
    """The period before; with `<metric>_before` where it shows the period so far as well."""
    trended: frozenset[str] = frozenset()

    def find_column(self, name: str) -> ResultColumn | None:
        """The column of a metric."""
        return next((c for c in self.table.columns if c.name == name), None)

    def find_value(self, name: str) -> Any:
        """The value of a metric; None where there is none."""
        return _cells(self.table).get(name)

    def find_change(self, name: str) -> Change | None:
        """The metric now and before; None where nothing may be compared."""
        now, own = self.find_value(name), _cells(self.table)
        if name not in self.trended or now is None:
            return None
        if f"{name}_before" in own:
            return Change(now, own[f"{name}_before"])
        if self.before is None:
            return None
        cells = _cells(self.before)
        if f"{name}_before" not in cells:
            return Change(now, cells.get(name))
        # A period that is not over: comparable only while nothing of it lies ahead.
        return Change(now, cells[f"{name}_before"]) if is_equal(now, cells.get(name)) else None


def _cells(table: ResultTable) -> dict[str, Any]:
    row = table.rows[0] if table.rows else ()
    return {c.name: value for c, value in zip(table.columns, row, strict=False)}


def is_equal(one: Any, other: Any) -> bool:
    """True for the same number, however the engine added it up."""
    if one is None or other is None:
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(float(one), float(other), rel_tol=1e-9)
    return bool(one == other)


def agrees(finding: Finding, figures: Figures, *, by_construction: bool) -> bool:
    """True where the figures are about the same rows as the finding.

    Where numbers can be held against each other they decide; elsewhere it is whether both were
    made from one query.
    """
    checked = False
    for n in finding.numbers:
        name = finding.column(n).name
        if name not in figures.asked:
            continue
        if finding.kind == "single":
            value = finding.table.rows[0][n]
        elif name in finding.additive and is_whole(finding):
            value = total(finding.cells(n))
        else:
            continue
        checked = True
        if not _is_same(value, figures.find_value(name)):
            return False
    return checked or by_construction


def _is_same(one: Any, other: Any) -> bool:
    return is_equal(one, other) or (not one and not other)


def is_whole(finding: Finding) -> bool:
    """True where the groups are all there are."""
    return not is_cut(finding) and not is_filtered(finding)


# ------------------------------------------------------------------ cards


def to_key_metrics(
    findings: Sequence[Finding], figures: Figures | None = None
) -> dict[str, KeyMetric]:
    """Up to six cards: the numbers of single rows, totals of groups, and what belongs beside."""
    cards: dict[str, KeyMetric] = {}
    for finding in findings:
        found = _cards(finding, has_figures=figures is not None)
        cards |= {name: card for name, card in found.items() if name not in cards}
    if figures is not None and findings:
        cards = _with_figures(cards, figures, findings[0])
    return dict(list(cards.items())[:MAX_CARDS])


def _with_figures(
    cards: Mapping[str, KeyMetric], figures: Figures, first: Finding
) -> dict[str, KeyMetric]:
    found: dict[str, KeyMetric] = {}
    for name in figures.asked:
        found[name] = _figure(figures, name, _suffix(first, name))
    found |= {name: card for name, card in cards.items() if name not in found}
    for name in figures.metrics:
        # Nothing and zero say little where nobody asked for them.
        if name not in found and figures.find_value(name):
            found[name] = _figure(figures, name, "")
    return _with_part(found, figures)


def _with_part(cards: dict[str, KeyMetric], figures: Figures) -> dict[str, KeyMetric]:
    """With a card for the period so far, where the asked one holds days that lie ahead.

    The whole of it compares with nothing; what has come so far does, with as many days before.
    """
    before = figures.before
    if before is None or not figures.asked:
        return cards
    cells, name = _cells(before), figures.asked[0]
    so_far, column = cells.get(name), figures.find_column(name)
    if f"{name}_before" not in cells or so_far is None or column is None:
        return cards
    if name not in figures.trended or is_equal(so_far, figures.find_value(name)):
        return cards
    part = KeyMetric(
        to_chart_number(so_far, column.format),
        f"{column.label} so far",
        card_format(column.format),
        Change(so_far, cells[f"{name}_before"]).trend,
    )
    return {name: cards[name], f"{name}_so_far": part} | cards


def _suffix(first: Finding, name: str) -> str:
    if first.kind == "single":
        return ""
    return ", total" if name in first.additive else ", overall"


def _figure(figures: Figures, name: str, suffix: str) -> KeyMetric:
    column = figures.find_column(name)
    assert column is not None
    change = figures.find_change(name)
    value = to_chart_number(figures.find_value(name), column.format)
    label = f"{column.label}{suffix}"
    return KeyMetric(value, label, card_format(column.format), change.trend if change else None)


def _cards(finding: Finding, *, has_figures: bool) -> dict[str, KeyMetric]:
    if finding.kind == "single":
        return _single_cards(finding)
    if finding.kind == "rows":
        return _list_cards(finding)
    if finding.kind not in ("groups", "series"):
        return {}
    return _group_cards(finding, has_figures=has_figures)


def _single_cards(finding: Finding) -> dict[str, KeyMetric]:
    row = finding.table.rows[0]
    positions = {finding.column(n).name: n for n in finding.numbers}
    cards = {}
    for name, n in positions.items():
        column = finding.column(n)
        before = positions.get(f"{name}_before")
        trend = Change(row[n], row[before]).trend if before is not None else None
        value = to_chart_number(row[n], column.format)
        cards[name] = KeyMetric(value, column.label, card_format(column.format), trend)
    return cards


def _group_cards(finding: Finding, *, has_figures: bool) -> dict[str, KeyMetric]:
    """Totals of what adds up; where there are too few of them, the ends and the count."""
    cards: dict[str, KeyMetric] = {}
    for n in finding.numbers:
        column = finding.column(n)
        if column.name in finding.additive and not is_cut(finding):
            value = total(finding.cells(n))
            cards[column.name] = KeyMetric(
                value, f"{column.label}, total", card_format(column.format)
            )
    if has_figures or is_whole(finding) or finding.kind == "series":
        return cards
    return cards | _end_cards(finding)


def _end_cards(finding: Finding) -> dict[str, KeyMetric]:
    """Of groups chosen by their number: how many there are, and the highest and the lowest."""
    n = finding.numbers[0]
    column = finding.column(n)
    values = [value for value in finding.cells(n) if value is not None]
    if len(values) < 2:
        return {}
    format_ = card_format(column.format)
    count = finding.table.row_count
    return {
        "groups_shown": KeyMetric(count, "Groups shown", "number"),
        f"{column.name}_highest": KeyMetric(
            to_chart_number(max(values), column.format), f"{column.label}, highest shown", format_
        ),
        f"{column.name}_lowest": KeyMetric(
            to_chart_number(min(values), column.format), f"{column.label}, lowest shown", format_
        ),
    }


def _list_cards(finding: Finding) -> dict[str, KeyMetric]:
    """Of rows: how many are listed, and what they come to where that can be added up."""
    if not finding.table.rows:
        return {}
    cards = {"rows_listed": KeyMetric(finding.table.row_count, "Rows listed", "number")}
    for n, column in enumerate(finding.table.columns):
        values = [cell for cell in finding.cells(n) if cell is not None]
        if column.name not in finding.additive or not column.type.is_numeric or not values:
            continue
        format_ = card_format(column.format)
        cards[f"{column.name}_listed"] = KeyMetric(
            total(values), f"{column.label}, total of the rows listed", format_
        )
        cards[f"{column.name}_largest"] = KeyMetric(
            max(values), f"{column.label}, largest listed", format_
        )
    return cards
