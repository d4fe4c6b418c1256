"""What is to be reported to HTML and PDF: conversations, the dashboard, or content made elsewhere.

Called by the routes and by report jobs. Invariant: nobody gets a report of a conversation that
is not theirs; a report shows stored answers as they were given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from semantic.compiled import Principal
from server.answer.wire import Visualization
from server.conversations import Conversations, owner_of
from server.dashboard import Dashboard, DashboardRequest
from server.errors import AppError
from server.report.content import Paper, ReportContent, ReportSection, ReportTurn, from_stored
from server.report.drawing import Drawings, with_own_names
from server.report.errors import ReportTooLong
from server.report.from_results import to_tile_turns
from server.report.html import Pages
from server.report.printer import Printer
from server.report.view import say_day
from server.snapshot import Clock, Snapshots
from server.storage.records import Conversation, Turn

MAX_CHARACTERS: Final = 12_000_000


@dataclass(frozen=True, slots=True)
class ReportChoice:
    """What the asker of a report may choose."""

    title: str = ""
    include_visualizations: bool = True
    include_insights: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """The reports of one home."""

    conversations: Conversations
    dashboard: Dashboard
    snapshots: Snapshots
    drawings: Drawings
    printer: Printer
    pages: Pages
    clock: Clock
    paper: Paper = "a4"

    async def of_conversation(
        self, conversation_id: str, principal: Principal, choice: ReportChoice
    ) -> ReportContent:
        """The content of a stored conversation. Raises ConversationNotFound."""
        found = await self.conversations.store.get_conversation(
            conversation_id, owner=owner_of(principal)
        )
        turns = [await self._turn(turn) for turn in found.turns]
        return ReportContent(
            title=choice.title or found.title or "Report",
            subtitle=_subtitle(found),
            created_at=self.clock(),
            sections=(ReportSection("", turns),),
            include_visualizations=choice.include_visualizations,
            include_insights=choice.include_insights,
            reference=found.id,
        )

    async def of_dashboard(
        self, as_of: date | None, principal: Principal, choice: ReportChoice
    ) -> ReportContent:
        """The content of the dashboard as it is now. Raises NoData where nothing is loaded."""
        shown = await self.dashboard.show(DashboardRequest(as_of=as_of), principal)
        currency = await self.currency(shown.warehouse_version)
        return ReportContent(
            title=choice.title or "Dashboard",
            subtitle=say_day(shown.as_of),
            created_at=self.clock(),
            sections=(ReportSection("", to_tile_turns(shown, currency)),),
        )

    async def render_html(self, content: ReportContent) -> str:
        """The report as one self-contained HTML document."""
        return await render(content, self.pages, self.drawings)

    async def print_pdf(self, content: ReportContent, paper: Paper | None = None) -> bytes:
        """The report as PDF. Raises what `Printer.print_pdf` raises."""
        return await self.printer.print_pdf(await self.render_html(content), paper or self.paper)

    async def _turn(self, turn: Turn) -> ReportTurn:
        version = (turn.answer.get("provenance") or {}).get("warehouse_version")
        return from_stored(turn.question, turn.answer, await self.currency(version))

    async def currency(self, version: int | None) -> str:
        """The currency of a data version, or of the current one where that is gone."""
        for number in (version, None):
            try:
                return (await self.snapshots.get(number)).spec.currency
            except AppError:
                continue
        return "USD"


async def render(content: ReportContent, pages: Pages, drawings: Drawings) -> str:
    """The document of a report, its charts drawn.

    Raises:
        ReportTooLong: it is more than one document should be.
        ChartRefused: a chart would load something.
    """
    specs = [v.spec for v in _drawn(content)]
    # The caption says the title; the picture need not repeat it.
    svgs = await drawings.to_svgs([{**spec, "title": None} for spec in specs])
    named = {
        id(spec): with_own_names(svg, f"c{number}-")
        for number, (spec, svg) in enumerate(zip(specs, svgs, strict=True), 1)
    }
    html = pages.render(content, named)
    if len(html) > MAX_CHARACTERS:
        raise ReportTooLong(
            "The report is too long to be printed as one document.",
            hint="Start a new conversation for the next questions.",
        )
    return html


def _drawn(content: ReportContent) -> list[Visualization]:
    """The charts that are drawn; cards and tables are HTML."""
    if not content.include_visualizations:
        return []
    return [
        v
        for turn in content.turns
        if turn.status == "answered"
        for v in turn.visualizations
        if v.chart_type not in ("table", "metrics") and v.data
    ]


def _subtitle(conversation: Conversation) -> str:
    count = conversation.turn_count
    return f"{count} question{'' if count == 1 else 's'}, {say_day(conversation.created_at.date())}"
