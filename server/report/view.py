"""A report's content to what its templates print: texts, cards, tables, figures, in order.

Called by `html.py`. Pure. Invariant: every number is written by the formats of the model, as the
answer wrote it; what is cut says so and says where the rest is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from server.answer.chart_style import format_short
from server.answer.formats import format_value, show, to_markdown
from server.answer.wire import KeyMetric, QueryBody, Visualization
from server.report.content import ReportContent, ReportTurn
from server.report.markdown import to_html, without_repeats
from server.report.tables import NUMERIC, Table, to_result_column, to_table, to_typed

MAX_CARDS: Final = 6
_TRENDS: Final = {"up": "▲ up", "down": "▼ down", "stable": "■ unchanged"}


@dataclass(frozen=True, slots=True)
class Card:
    """One number, large."""

    label: str
    value: str
    full: str
    """The number with all its digits, where `value` is shorter."""
    trend: str
    trend_text: str
    caption: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One result: its chart, what can be read off it, its rows."""

    title: str
    description: str
    svg: str | None
    cards: Sequence[Card]
    insights: Sequence[str]
    table: Table | None
    reference: str
    """Number of the query in the appendix."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn."""

    number: int
    question: str
    interpretation: str
    prose: str
    is_answered: bool
    exhibits: Sequence[Exhibit]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section."""

    title: str
    lead: str
    turns: Sequence[TurnView]


@dataclass(frozen=True, slots=True)
class Headline:
    """One line of the executive summary."""

    question: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Source:
    """One query in the appendix."""

    reference: str
    title: str
    facts: Sequence[tuple[str, str]]
    semantic_sql: str
    sql: str
    parameters: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A whole report, ready to print."""

    title: str
    subtitle: str
    cover: Sequence[tuple[str, str]]
    notes: Sequence[str]
    headlines: Sequence[Headline]
    cards: Sequence[Card]
    sections: Sequence[SectionView]
    sources: Sequence[Source]
    footer: str


def to_view(content: ReportContent, svgs: Mapping[int, str]) -> ReportView:
    """What the templates print; `svgs` by the identity of each chart's specification."""
    sections, number = [], 0
    for section in content.sections:
        turns = []
        for turn in section.turns:
            number += 1
            turns.append(_to_turn(content, turn, number, svgs))
        sections.append(SectionView(section.title, to_html(section.lead), turns))
    return ReportView(
        title=content.title,
        subtitle=content.subtitle,
        cover=_to_cover(content),
        notes=content.notes,
        headlines=_to_headlines(content) if content.include_insights else [],
        cards=_to_cards(content),
        sections=sections,
        sources=_to_sources(content),
        footer=_to_footer(content),
    )


# ------------------------------------------------------------------ cover and summary


def say_day(day: date) -> str:
    """A day in words.

    >>> say_day(date(2025, 2, 5))
    '5 February 2025'
    """
    return f"{day.day} {day:%B %Y}"


def _to_cover(content: ReportContent) -> list[tuple[str, str]]:
    facts = [
        ("Period", "; ".join(content.periods).capitalize()),
        ("As of", ", ".join(map(say_day, content.as_of_dates))),
        ("Data version", ", ".join(map(str, content.data_versions))),
        ("Sources", ", ".join(content.data_sources)),
        ("Prepared", _say_moment(content.created_at)),
        ("Reference", content.reference),
    ]
    return [(label, text) for label, text in facts if text]


def _say_moment(moment: datetime) -> str:
    return f"{say_day(moment.date())}, {moment:%H:%M %Z}".strip()


def _to_footer(content: ReportContent) -> str:
    parts = [", ".join(f"as of {day:%Y-%m-%d}" for day in content.as_of_dates[-1:])]
    parts += [f"data version {number}" for number in content.data_versions[-1:]]
    title = content.title if len(content.title) <= 70 else f"{content.title[:69]}…"
    return " · ".join([title, *(part for part in parts if part)])


def _to_headlines(content: ReportContent) -> list[Headline]:
    found = []
    for turn in content.turns:
        sentences = _leading(turn)
        if sentences:
            found.append(Headline(turn.question, sentences))
    return found


def _leading(turn: ReportTurn) -> list[str]:
    """The sentences of a turn that belong into a summary: two at most."""
    if turn.status != "answered":
        return []
    insights = [text for v in turn.visualizations for text in v.key_insights]
    if insights:
        return insights[:2]
    return [
        f"{metric.label}: {card_text(metric, turn.currency)[1]}."
        for metric in list(turn.key_metrics.values())[:2]
    ]


def _to_cards(content: ReportContent) -> list[Card]:
    """The cards of all turns, each number once, with the question they belong to."""
    found: dict[tuple[str, str], Card] = {}
    is_one = len(content.turns) == 1
    for turn in content.turns:
        for metric in turn.key_metrics.values():
            card = _to_card(metric, turn.currency, "" if is_one else turn.interpretation)
            found.setdefault((card.label, card.full or card.value), card)
    return list(found.values())[:MAX_CARDS]


def _to_card(metric: KeyMetric, currency: str, caption: str) -> Card:
    short, full = card_text(metric, currency)
    trend = metric.trend or ""
    caption = caption if len(caption) <= 90 else f"{caption[:89]}…"
    return Card(
        metric.label,
        short,
        full if full != short else "",
        trend,
        _TRENDS.get(trend, ""),
        caption,
    )


def card_text(metric: KeyMetric, currency: str) -> tuple[str, str]:
    """The number of a card, short and in full; percentages are 0 to 100 there.

    >>> card_text(KeyMetric(93324160.86, "Pipeline", "currency"), "USD")
    ('$93.3M', '$93,324,160.86')
    """
    value: Any = metric.value
    if metric.format == "percentage":
        text = "-" if value is None else f"{value:.1f}%"
        return text, text
    if isinstance(value, float):
        value = int(value) if value.is_integer() else Decimal(str(value))
    format_ = "currency" if metric.format == "currency" else "number"
    return format_short(value, format_, currency), format_value(value, format_, currency)


# ------------------------------------------------------------------ turns


def _to_turn(
    content: ReportContent, turn: ReportTurn, number: int, svgs: Mapping[int, str]
) -> TurnView:
    exhibits = [
        _to_exhibit(content, turn, query, f"{number}.{position}", svgs)
        for position, query in enumerate(turn.queries, 1)
        if turn.status == "answered"
    ]
    insights = [to_markdown(text) for v in turn.visualizations for text in v.key_insights]
    titles = [to_markdown(v.title) for v in turn.visualizations]
    prose = turn.prose
    if exhibits:
        prose = without_repeats(prose, insights, titles)
    warnings = []
    if turn.unverified_numbers:
        listed = ", ".join(turn.unverified_numbers)
        warnings.append(f"No result holds these numbers of the text: {listed}.")
    return TurnView(
        number=number,
        question=turn.question,
        interpretation=turn.interpretation,
        prose=to_html(prose),
        is_answered=turn.status == "answered",
        exhibits=exhibits,
        warnings=warnings,
    )


def _to_exhibit(
    content: ReportContent,
    turn: ReportTurn,
    query: QueryBody,
    reference: str,
    svgs: Mapping[int, str],
) -> Exhibit:
    drawn = next((v for v in turn.visualizations if v.query_id == query.id), None)
    is_drawn = content.include_visualizations and drawn is not None
    svg = svgs.get(id(drawn.spec)) if is_drawn and drawn is not None else None
    cards = _single_row_cards(query, turn.currency) if _is_cards(drawn, query) else []
    return Exhibit(
        title=drawn.title if drawn is not None else query.title,
        description=_describe(drawn),
        svg=svg,
        cards=cards,
        insights=list(drawn.key_insights) if drawn and content.include_insights else [],
        table=None if cards else to_table(query, turn.currency),
        reference=reference,
    )


def _describe(drawn: Visualization | None) -> str:
    return str(drawn.spec.get("description") or drawn.description) if drawn is not None else ""


def _is_cards(drawn: Visualization | None, query: QueryBody) -> bool:
    return drawn is not None and drawn.chart_type == "metrics" and len(query.rows) == 1


def _single_row_cards(query: QueryBody, currency: str) -> list[Card]:
    cards = []
    for column, value in zip(query.columns, query.rows[0], strict=True):
        typed = to_typed(column, value)
        full = show(to_result_column(column), typed, currency)
        short = format_short(typed, column.format, currency) if column.type in NUMERIC else full
        cards.append(Card(column.label, short, full if full != short else "", "", "", ""))
    return cards


# ------------------------------------------------------------------ appendix


def _to_sources(content: ReportContent) -> list[Source]:
    return [
        _to_source(turn, query, f"{number}.{position}")
        for number, turn in enumerate(content.turns, 1)
        for position, query in enumerate(turn.queries, 1)
    ]


def _to_source(turn: ReportTurn, query: QueryBody, reference: str) -> Source:
    cut = ", cut" if query.truncated else ""
    facts = [
        ("Rows", f"{query.row_count:,}{cut}"),
        ("Data version", "" if turn.warehouse_version is None else str(turn.warehouse_version)),
        ("As of", "" if turn.as_of is None else turn.as_of.isoformat()),
        ("Model", turn.model_version[:12]),
        ("Planned by", turn.planner),
        ("Sources", ", ".join(turn.data_sources)),
    ]
    return Source(
        reference=reference,
        title=query.title,
        facts=[(label, text) for label, text in facts if text],
        semantic_sql=query.semantic_sql,
        sql=query.sql,
        parameters=[(f"${name}", str(value)) for name, value in query.parameters.items()],
    )
