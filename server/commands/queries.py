"""The commands that ask: sql, ask, analyses, verify. Each starts the engine in this process.

Called by `server/cli.py`. Invariant: what is printed is what the API would have answered.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from semantic.compiled import Principal
from server.analysis_runs import AnalysisResultBody
from server.app import open_services, to_engine_settings
from server.commands.context import CommandContext, UsageError, printable
from server.routes.dependencies import Services
from server.schemas import AnalysisRequest, Explanation, ParameterValue, QueryResult

T = TypeVar("T")
SURFACE = "cli"
PRINCIPAL = Principal()


def with_services(
    context: CommandContext,
    work: Callable[[Services], Awaitable[T]],
    *,
    has_many_queries: bool = True,
) -> T:
    """What `work` returns; the services are open while it runs.

    Args:
        has_many_queries: otherwise one engine worker is enough, and the command is quicker.
    """
    engine = to_engine_settings(context.settings)
    if not has_many_queries:
        engine = replace(engine, workers=1)

    async def run() -> T:
        async with open_services(
            context.settings, clock=context.clock, surface=SURFACE, engine=engine
        ) as services:
            return await work(services)

    return asyncio.run(run())


def run_sql(arguments: Namespace, context: CommandContext) -> int:
    """Run or explain semantic SQL."""
    if arguments.explain:
        found = with_services(
            context,
            lambda services: services.queries.explain_sql(
                arguments.sql, as_of=arguments.as_of, limit=arguments.limit, principal=PRINCIPAL
            ),
            has_many_queries=False,
        )
        return _print_explanation(found, arguments, context)
    result = with_services(
        context,
        lambda services: services.queries.run_sql(
            arguments.sql, as_of=arguments.as_of, limit=arguments.limit, principal=PRINCIPAL
        ),
        has_many_queries=False,
    )
    if arguments.json:
        context.print_json(result)
    elif arguments.csv:
        context.print_csv([column.name for column in result.columns], result.rows)
    else:
        print_result(result, context)
    return 0


def print_result(result: QueryResult | AnalysisResultBody, context: CommandContext) -> None:
    """The rows as a table, and a line below that says how many there are."""
    columns = result.columns
    context.print_table([c.name for c in columns], result.rows, [c.format for c in columns])
    cut = "; there are more, ask with --limit" if result.truncated else ""
    context.print(
        f"{result.row_count:,} rows{cut}; version {result.warehouse_version}, as of {result.as_of}"
    )


def _print_explanation(found: Explanation, arguments: Namespace, context: CommandContext) -> int:
    if arguments.json:
        context.print_json(found)
    elif found.valid:
        context.print(found.sql or "")
        for number, value in found.parameters.items():
            context.print(f"${number} = {value!r}")
    else:
        for issue in found.issues:
            place = f"line {issue.line}:{issue.column}: " if issue.line else ""
            context.err.write(f"{place}{issue.message} {issue.hint}".strip() + "\n")
    return 0 if found.valid else 1


def run_list_analyses(arguments: Namespace, context: CommandContext) -> int:
    """List the named analyses."""
    found = with_services(
        context, lambda services: services.analyses.list(), has_many_queries=False
    )
    if arguments.json:
        context.print_json(found)
        return 0
    context.print_table(
        ["analysis", "title", "parameters"],
        [
            (
                a.name if a.available else f"{a.name} (not available: {a.reason})",
                a.title,
                ", ".join(
                    p.name if p.default is None else f"{p.name}={p.default}" for p in a.parameters
                ),
            )
            for a in found.analyses
        ],
    )
    return 0


def run_analysis(arguments: Namespace, context: CommandContext) -> int:
    """Run one named analysis."""
    request = AnalysisRequest(parse_pairs(arguments.parameters), arguments.as_of)
    result = with_services(
        context,
        lambda services: services.analyses.run(arguments.name, request, PRINCIPAL),
        has_many_queries=False,
    )
    if arguments.json:
        context.print_json(result)
    elif result.object is not None:
        context.print_json(result.object)
    else:
        for sentence in result.sentences:
            context.print(printable(sentence))
        print_result(result, context)
    return 0


def parse_pairs(pairs: Sequence[str]) -> dict[str, ParameterValue]:
    """Parameters written `name=value`; whole and decimal numbers become numbers.

    >>> parse_pairs(["limit=5", "account_name=A=B"])
    {'limit': 5, 'account_name': 'A=B'}

    Raises:
        UsageError: a pair has no '='.
    """
    found: dict[str, ParameterValue] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"'{pair}' is no parameter; write name=value.")
        found[name] = _number(value)
    return found


def _number(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if text.strip() == text and "_" not in text and number == number else text
    return text
