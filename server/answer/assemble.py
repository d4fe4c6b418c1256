"""Findings to the answer: cards, charts, insights and the prose that ties them together.

Called by `server/ask.py`. Pure: no clock, no engine, no store. Invariant: every number in the
prose is a cell of a finding, or a sum, share or difference of its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from server.answer.chart_specs import to_spec
from server.answer.charts import chart_data, choose_chart
from server.answer.formats import card_format, format_value, show, to_chart_number, to_markdown
from server.answer.insights import find_insights
from server.answer.shape import Finding, is_cut, total
from server.answer.wire import Column, KeyMetric, QueryBody, Visualization, to_cell

MAX_CARDS: Final = 6
_SHOWN_ROWS: Final = 10


def to_query_body(finding: Finding) -> QueryBody:
    """A finding's query as it goes over the wire."""
    table = finding.table
    return QueryBody(
        id=finding.id,
        title=finding.title,
        semantic_sql=table.semantic_sql,
        sql=table.sql,
        parameters={key: to_cell(value) for key, value in table.parameters.items()},
        columns=[
            Column(c.name, c.label, c.type.kind, c.role, c.format, c.grain) for c in table.columns
        ],
        rows=[[to_cell(value) for value in row] for row in table.rows],
        row_count=table.row_count,
        truncated=table.truncated,
        elapsed_ms=round(table.elapsed_ms, 3),
        cached=table.cached,
    )


def to_visualization(finding: Finding, currency: str) -> Visualization:
    """A finding's chart."""
    chart = choose_chart(finding)
    data = chart_data(finding, chart, currency) if finding.table.rows else []
    description = _describe(finding)
    return Visualization(
        title=finding.title,
        description=description,
        chart_type=chart,
        data=data,
        key_insights=find_insights(finding, currency),
        source_functions=list(finding.functions),
        data_sources=list(finding.table.data_sources),
        query_id=finding.id,
        spec=to_spec(finding, chart, description, currency),
    )


def _describe(finding: Finding) -> str:
    count = finding.table.row_count
    return f"{finding.title}, {count:,} row{'' if count == 1 else 's'}."


# ------------------------------------------------------------------ cards


def to_key_metrics(findings: Sequence[Finding]) -> dict[str, KeyMetric]:
    """Up to six cards: the numbers of single rows, the totals of groups."""
    cards: dict[str, KeyMetric] = {}
    for finding in findings:
        cards |= {name: card for name, card in _cards(finding).items() if name not in cards}
    return dict(list(cards.items())[:MAX_CARDS])


def _cards(finding: Finding) -> dict[str, KeyMetric]:
    if finding.kind == "single":
        return _single_cards(finding)
    if finding.kind not in ("groups", "series") or is_cut(finding):
        return {}
    cards = {}
    for n in finding.numbers:
        column = finding.column(n)
        if column.name in finding.additive:
            value = total(finding.cells(n))
            cards[column.name] = KeyMetric(
                value, f"{column.label}, total", card_format(column.format)
            )
    return cards


def _single_cards(finding: Finding) -> dict[str, KeyMetric]:
    row = finding.table.rows[0]
    positions = {finding.column(n).name: n for n in finding.numbers}
    cards = {}
    for name, n in positions.items():
        column = finding.column(n)
        before = positions.get(f"{name}_before")
        trend = _trend(row[n], row[before]) if before is not None else None
        value = to_chart_number(row[n], column.format)
        cards[name] = KeyMetric(value, column.label, card_format(column.format), trend)
    return cards


def _trend(now: Any, before: Any) -> Any:
    if now is None or before is None:
        return None
    return "up" if now > before else "down" if now < before else "stable"


# ------------------------------------------------------------------ prose


def write_prose(findings: Sequence[Finding], interpretation: str, as_of: str, currency: str) -> str:
    """The answer as markdown: the numbers first, then how the question was understood."""
    blocks = [_write(finding, currency) for finding in findings]
    blocks.append(
        f"*{to_markdown(interpretation)}; as of {as_of}.*"
        if interpretation
        else f"*As of {as_of}.*"
    )
    return "\n\n".join(block for block in blocks if block)


def _write(finding: Finding, currency: str) -> str:
    if finding.kind == "empty":
        return f"**{to_markdown(finding.title)}**: there are no rows for this."
    if finding.kind == "single":
        return _write_single(finding, currency)
    lines = [
        f"**{to_markdown(finding.title)}**",
        *(f"- {to_markdown(text)}" for text in find_insights(finding, currency)),
    ]
    return "\n".join(lines) + "\n\n" + _write_table(finding, currency)


def _write_single(finding: Finding, currency: str) -> str:
    row = finding.table.rows[0]
    said = []
    for n in finding.numbers:
        column = finding.column(n)
        said.append(
            f"**{to_markdown(column.label)}**: {format_value(row[n], column.format, currency)}"
        )
    return "  \n".join(said)


def _write_table(finding: Finding, currency: str) -> str:
    columns = finding.table.columns[:8]
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
