"""`revenue eval`: a file of questions to a table of scores.

Called by `server/cli.py`. Invariant: asks the published data of the home and leaves no trace in
its conversations.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from server.commands.comparison import print_comparison, print_usage
from server.commands.context import CommandContext, UsageError, printable
from server.commands.planning import with_planner
from server.commands.queries import PRINCIPAL, with_services
from server.evaluation import (
    BadQuestionFile,
    ItemSpec,
    Score,
    TurnRecord,
    evaluate,
    parse_questions,
    score,
    score_classes,
    to_report,
)
from server.evaluation_judge import OUTCOMES, Outcome
from server.routes.dependencies import Services
from server.schemas import encode_json
from server.settings import StoreSettings
from server.storage.database import sqlite_url

_HEADERS: Final = (
    "class", "turns", "right", "%", "wrong!", "refused", "order", "other", "error", "chart",
    "p50 ms", "p95 ms",
)  # fmt: skip
_WORST_FIRST: Final[tuple[Outcome, ...]] = (
    "confidently_wrong", "error", "misordered", "refused", "other",
)  # fmt: skip


def run_eval(arguments: Namespace, context: CommandContext) -> int:
    """Ask every question of a file and say how many answers are right."""
    if arguments.compare:
        return run_compare(arguments, context)
    context = with_planner(context, arguments.planner)
    items = load_items(arguments.file)
    as_of = arguments.as_of or context.clock().date()
    records = ask_all(items, context, as_of, arguments.concurrency)
    _print_scores(records, context)
    _print_failures(records, arguments.show, context)
    print_usage(records, context)
    total = score(records)
    right, wrong = total.outcomes["right"], total.outcomes["confidently_wrong"]
    if arguments.json:
        report = to_report(records, planner=arguments.planner, as_of=as_of)
        Path(arguments.json).write_bytes(encode_json(report))
    context.print(
        f"right {right} of {total.turns} ({100 * right / total.turns:.1f}%), "
        f"confidently wrong {wrong}"
    )
    return 0


def run_compare(arguments: Namespace, context: CommandContext) -> int:
    """Ask every planner the same questions and print their scores side by side."""
    names = [name.strip() for name in arguments.compare.split(",") if name.strip()]
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError("Give two or more different planners to compare, such as builtin,llm.")
    contexts = {name: with_planner(context, name) for name in names}
    items = load_items(arguments.file)
    as_of = arguments.as_of or context.clock().date()
    found = {
        name: ask_all(items, one, as_of, arguments.concurrency) for name, one in contexts.items()
    }
    print_comparison(found, context, arguments.show)
    if arguments.json:
        reports = [to_report(records, planner=name, as_of=as_of) for name, records in found.items()]
        Path(arguments.json).write_bytes(encode_json({"planners": reports}))
    return 0


def ask_all(
    items: Sequence[ItemSpec], context: CommandContext, as_of: date, concurrency: int
) -> list[TurnRecord]:
    """The records of all items, asked in conversations that are thrown away."""

    async def run(services: Services) -> list[TurnRecord]:
        # Reading the members of the data is no part of any answer's latency.
        asking = services.questions.services
        await asking.planners.get(await asking.snapshots.get(), PRINCIPAL, as_of)
        return await evaluate(
            items,
            lambda request: services.questions.answer(request, PRINCIPAL),
            as_of=as_of,
            concurrency=concurrency,
        )

    with tempfile.TemporaryDirectory(prefix="revenue-eval-") as folder:
        store = StoreSettings(database_url=sqlite_url(Path(folder) / "state.db"))
        settings = replace(context.settings, store=store)
        return with_services(replace(context, settings=settings), run)


def load_items(path: Path) -> tuple[ItemSpec, ...]:
    try:
        return parse_questions(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"'{path}' is not text in UTF-8.") from error
    except BadQuestionFile as error:
        raise UsageError(f"'{path}' cannot be used. {error}") from error


def _print_scores(records: Sequence[TurnRecord], context: CommandContext) -> None:
    rows = [_row(kind, one) for kind, one in score_classes(records).items()]
    total = score(records)
    context.print_table(
        _HEADERS, [*rows, _row("all", total)], ["text", *["number"] * (len(_HEADERS) - 1)]
    )
    context.print(
        "wrong! = answered with a result that does not match, or a number nobody can account for; "
        "refused = no answer although there is one"
    )
    context.print(f"items with every turn right: {total.items_right} of {total.items}")


def _row(name: str, one: Score) -> list[str]:
    right = one.outcomes["right"]
    chart = f"{one.chart_suitable}/{one.chart_judged}" if one.chart_judged else "-"
    return [
        name,
        f"{one.turns}",
        f"{right}",
        f"{100 * right / one.turns:.1f}",
        *(f"{one.outcomes[outcome]}" for outcome in OUTCOMES if outcome != "right"),
        chart,
        f"{one.p50_s * 1000:.1f}",
        f"{one.p95_s * 1000:.1f}",
    ]


def _print_failures(records: Sequence[TurnRecord], limit: int, context: CommandContext) -> None:
    failures = [record for record in records if record.outcome != "right"]
    failures.sort(key=lambda record: _WORST_FIRST.index(record.outcome))
    for record in failures[:limit]:
        context.print()
        context.print(
            printable(f"[{record.outcome}] {record.item} turn {record.turn}: {record.question}")
        )
        context.print(printable(f"    {record.judgement.reason}"))
        understood = record.answer.get("interpretation")
        if understood:
            context.print(printable(f"    read as: {understood}"))
        for query in record.answer.get("queries", [])[:3]:
            context.print(printable("    " + " ".join(query["semantic_sql"].split())[:300]))
        for query in record.answer.get("queries", [])[:1]:
            names = ", ".join(column["name"] for column in query["columns"])
            context.print(
                printable(f"    {names}: {query['rows'][:3]} ({query['row_count']} rows)")
            )
