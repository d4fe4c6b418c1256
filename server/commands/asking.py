"""The commands around questions: ask one, verify what was answered.

Called by `server/cli.py`. Invariant: what is printed is what the API would have answered.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from server.analyses import load_packaged
from server.answer.wire import Answer, KeyMetric, QueryBody
from server.ask_services import AskServices
from server.commands.context import CommandContext, printable, show
from server.commands.planning import with_planner
from server.commands.queries import PRINCIPAL, with_services
from server.companions import BEFORE, BEHIND, FIGURES
from server.conversations import owner_of
from server.planner.plan import Context, Plan
from server.routes.dependencies import Services
from server.schemas import QuestionRequest
from server.stored_queries import StoredQueries
from server.turn_context import REMEMBERED_TURNS, load_context
from server.verify import Check, Verifier

_ROWS_SHOWN: Final = 50
BESIDE: Final = frozenset({FIGURES, BEFORE, BEHIND})


def run_ask(arguments: Namespace, context: CommandContext) -> int:
    """Ask a question; the answer, its tables and how it was understood."""
    if arguments.planner is not None:
        context = with_planner(context, arguments.planner)
    request = QuestionRequest(
        question=arguments.question,
        conversation_id=arguments.conversation,
        as_of=arguments.as_of,
    )

    async def ask(services: Services) -> tuple[Plan | None, Answer]:
        plan = await _plan(request, services.questions.services) if arguments.explain else None
        return plan, await services.questions.answer(request, PRINCIPAL)

    plan, answer = with_services(context, ask)
    if plan is not None and not arguments.json:
        _print_plan(plan, context)
    if arguments.json:
        context.print_json(answer)
    else:
        _print_answer(answer, context)
    return 0


async def _plan(request: QuestionRequest, services: AskServices) -> Plan:
    """How the planner reads the question, in its conversation."""
    snapshot = await services.snapshots.get()
    as_of = snapshot.moment(request.as_of, services.clock)
    kit = await services.planners.get(snapshot, PRINCIPAL, as_of)
    conversation = Context()
    if request.conversation_id is not None:
        turns = await services.store.last_turns(
            request.conversation_id, REMEMBERED_TURNS, owner=owner_of(PRINCIPAL)
        )
        conversation = load_context(turns)
    return kit.planner.plan(request.question, as_of, conversation)


def _print_plan(plan: Plan, context: CommandContext) -> None:
    """Every span with what it was taken for, then the outcome and the confidence."""
    context.print_table(
        ["words", "taken as", "meaning"],
        [(span.text, span.kind, span.meaning) for span in plan.spans],
    )
    context.print(f"read as: {printable(plan.interpretation or '-')}")
    outcome = type(plan.outcome).__name__.lower()
    words = "with the conversation" if plan.has_context else "by itself"
    context.print(f"outcome: {outcome}, {words}; confidence {plan.confidence:.0%}")
    context.print()


def _print_answer(answer: Answer, context: CommandContext) -> None:
    for line in answer.answer.splitlines():
        # The table follows with all its rows.
        if not line.startswith("|"):
            context.print(printable(line))
    for query in answer.queries:
        # What stands behind the cards is shown as cards.
        if query.title.partition(",")[0] not in BESIDE:
            context.print()
            _print_query(query, context)
    _print_cards(answer, context)
    for option in answer.options if answer.status == "refused" else ():
        context.print(printable(f"  {option.label}: {option.preview}".rstrip(": ")))
    context.print()
    context.print(
        f"{answer.status}; conversation {answer.conversation_id}, "
        f"version {answer.provenance.warehouse_version}, as of {answer.provenance.as_of}"
    )


def _print_cards(answer: Answer, context: CommandContext) -> None:
    cards = answer.key_metrics.values()
    if not cards:
        return
    rows = [(card.label, _card_text(card), card.trend or "") for card in cards]
    context.print()
    context.print_table(["key figure", "value", "trend"], rows, ["text", "number", "text"])


def _card_text(card: KeyMetric) -> str:
    if card.format == "percentage" and card.value is not None:
        return show(card.value / 100, "percent")
    return show(card.value, card.format)


def _print_query(query: QueryBody, context: CommandContext) -> None:
    headers = [column.label for column in query.columns]
    formats = [column.format for column in query.columns]
    context.print_table(headers, query.rows[:_ROWS_SHOWN], formats)
    if query.row_count > _ROWS_SHOWN:
        context.print(f"{query.row_count - _ROWS_SHOWN:,} more rows; see them with --json")


def run_verify(arguments: Namespace, context: CommandContext) -> int:
    """Run the queries of a stored conversation again and compare."""

    async def verify(services: Services) -> list[Check]:
        conversation = await services.conversations.get(arguments.conversation, PRINCIPAL)
        queries = services.queries
        verifier = Verifier(StoredQueries(queries.snapshots, queries.warehouse, load_packaged()))
        return await verifier.verify(conversation, PRINCIPAL)

    checks = with_services(context, verify)
    context.print_table(
        ["turn", "query", "verdict", "title"],
        [(c.turn, c.query, f"{c.verdict} {c.reason}".strip(), c.title) for c in checks],
    )
    same = sum(check.verdict == "same" for check in checks)
    context.print(f"{same} of {len(checks)} queries gave the same rows again.")
    return 0 if same == len(checks) else 1
