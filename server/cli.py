"""The command line of `revenue`: arguments to one command, errors to one sentence each.

Called by the console script and by `python -m server.cli`. Invariant: an error is a sentence
on stderr and exit code 1 (2 for usage), never a traceback.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from semantic.issues import Issue, SemanticError
from server.commands.context import CommandContext, UsageError, parse_day, printable
from server.errors import AppError
from server.providers.base import ProviderMisconfigured
from server.settings import InvalidSettings, Settings
from server.storage.errors import StoreError
from server.warehouse.errors import WarehouseError
from server.warehouse.lockdown import LockdownBroken

Handler = Callable[[argparse.Namespace, CommandContext], int]

_EXPECTED: Final = (
    InvalidSettings,
    AppError,
    SemanticError,
    StoreError,
    WarehouseError,
    LockdownBroken,
    UsageError,
    ProviderMisconfigured,
)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of one command: 0, 1 for an error, 2 for usage, 130 when interrupted."""
    sys.excepthook = _say_bug
    # Only the server keeps a log; what a command has to say it prints.
    logging.getLogger().addHandler(logging.NullHandler())
    arguments = build_parser().parse_args(argv)
    try:
        settings = Settings.load(os.environ, arguments.home)
        context = CommandContext(settings, _now, sys.stdout, sys.stderr)
        code = _find_handler(arguments.handler)(arguments, context)
        sys.stdout.flush()
    except _EXPECTED as error:
        _print_error(error)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        # The reader of our output has seen enough; nothing more can be written to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror}: {printable(str(error.filename or ''))}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _now() -> datetime:
    return datetime.now(UTC)


def _find_handler(path: str) -> Handler:
    # Imported when needed: `revenue --help` does not load an engine.
    module, _, name = path.partition(":")
    handler: Handler = getattr(import_module(f"server.commands.{module}"), name)
    return handler


def _print_error(error: Exception) -> None:
    for line in _to_lines(error):
        sys.stderr.write(f"error: {printable(line)}\n")


def _to_lines(error: Exception) -> list[str]:
    match error:
        case InvalidSettings():
            return list(error.problems)
        case AppError():
            return [error.detail, *(_to_line(i) for i in error.issues[1:])]
        case SemanticError() | WarehouseError():
            return [_to_line(issue) for issue in error.issues]
        case _:
            return [str(error)]


def _to_line(issue: Issue) -> str:
    return issue.to_sentence()


def _say_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """In place of a traceback: where in our own code it happened, for the bug report."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = ""
    if trace is not None:
        code = trace.tb_frame.f_code
        place = f" ({Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name})"
    sys.stderr.write(
        f"error: This is a bug of the program: {kind.__name__}{place}. Please report it.\n"
    )


def build_parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    parser = argparse.ArgumentParser(
        prog="revenue",
        description="Ask about your data in plain English; get governed numbers, or a refusal that "
        "says why.",
    )
    parser.add_argument(
        "--home", type=Path, help="folder of data/, models/, warehouse/ and state.db "
        "(default: REVENUE_HOME, or the current folder)",
    )  # fmt: skip
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_data_commands(commands)
    _add_query_commands(commands)
    _add_job_commands(commands)
    _add_other_commands(commands)
    return parser


def _add(commands: Any, name: str, handler: str, help_: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(handler=handler)
    return parser


def _add_data_commands(commands: Any) -> None:
    ingest = _add(commands, "ingest", "data:run_ingest", "load the CSVs of data/ as a new version")
    ingest.add_argument("--data", type=Path, help="read the CSVs from this folder instead")
    ingest.add_argument("--json", action="store_true", help="print the report as JSON")
    versions = _add(commands, "versions", "data:run_versions", "list the published versions")
    versions.add_argument("--json", action="store_true", help="print them as JSON")
    rollback = _add(
        commands, "rollback", "data:run_rollback", "make an earlier version current again"
    )
    rollback.add_argument("--to", type=_positive, help="its number (default: the one before)")
    demo = _add(commands, "demo", "demo:run_demo", "write demo CSVs")
    demo.add_argument("--rows", type=_positive, default=20_000, help="opportunities")
    demo.add_argument("--seed", type=int, default=7, help="equal seeds give equal files")
    demo.add_argument("--out", type=Path, help="folder to write to (default: data/ of the home)")
    demo.add_argument("--today", type=_day, help="the day the history ends near (YYYY-MM-DD)")


def _add_query_commands(commands: Any) -> None:
    ask = _add(commands, "ask", "asking:run_ask", "ask a question in plain English")
    ask.add_argument("question")
    ask.add_argument("--conversation", help="go on with this conversation")
    ask.add_argument("--as-of", type=_day, help="the day of the answer (YYYY-MM-DD)")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("--planner", help="auto, builtin or llm (default: REVENUE_PLANNER, or auto)")
    ask.add_argument(
        "--explain", action="store_true", help="print how each part of the question was read"
    )
    sql = _add(commands, "sql", "queries:run_sql", "run semantic SQL")
    sql.add_argument("sql")
    sql.add_argument("--as-of", type=_day, help="the day of the answer (YYYY-MM-DD)")
    sql.add_argument("--limit", type=_positive, help="rows at most")
    form = sql.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    form.add_argument("--json", action="store_true", help="print JSON")
    sql.add_argument("--explain", action="store_true", help="compile only; print the engine's SQL")
    analyses = _add(
        commands, "analyses", "queries:run_list_analyses", "list the named analyses, or run one"
    )
    analyses.add_argument("--json", action="store_true", help="print JSON")
    actions = analyses.add_subparsers(metavar="ACTION")
    listing = _add(actions, "list", "queries:run_list_analyses", "list the named analyses")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    run = _add(actions, "run", "queries:run_analysis", "run one analysis")
    run.add_argument("name")
    run.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    run.add_argument("--as-of", type=_day, help="the day of the answer (YYYY-MM-DD)")
    run.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    evaluation = _add(
        commands, "eval", "evaluate:run_eval", "score a planner on a file of questions"
    )
    evaluation.add_argument("file", type=Path, help="questions with known answers, one JSON a line")
    evaluation.add_argument("--planner", default="builtin", help="the planner (default: builtin)")
    evaluation.add_argument(
        "--compare", metavar="A,B", help="score several planners side by side, such as builtin,llm"
    )
    evaluation.add_argument("--as-of", type=_day, help="the day of the answers (YYYY-MM-DD)")
    evaluation.add_argument("--json", type=Path, metavar="OUT", help="write the report there")
    evaluation.add_argument("--show", type=int, default=0, help="print this many failures")
    evaluation.add_argument(
        "--concurrency", type=_positive, default=1, help="items asked at one moment"
    )
    verify = _add(
        commands, "verify", "asking:run_verify", "run the queries of a stored answer again"
    )
    verify.add_argument("conversation")


def _add_job_commands(commands: Any) -> None:
    report = _add(commands, "report", "jobs:run_list_reports", "list the reports, or run one")
    report.add_argument("--json", action="store_true", help="print JSON")
    actions = report.add_subparsers(metavar="ACTION")
    listing = _add(actions, "list", "jobs:run_list_reports", "list the report definitions")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    run = _add(actions, "run", "jobs:run_report", "run one report and send it")
    run.add_argument("name")
    run.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    run.add_argument("--format", choices=("pdf", "html", "xlsx", "csv"), help="only write this")
    run.add_argument("--out", help="only write it to this file; nothing is sent")
    run.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    schedule = _add(
        commands, "schedule", "jobs:run_list_schedules", "list, add or remove schedules"
    )
    schedule.add_argument("--json", action="store_true", help="print JSON")
    actions = schedule.add_subparsers(metavar="ACTION")
    listing = _add(actions, "list", "jobs:run_list_schedules", "list the schedules")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    add = _add(actions, "add", "jobs:run_add_schedule", "run a report by itself")
    add.add_argument("name", help="the report")
    add.add_argument("cron", help="'minute hour day month weekday', such as '0 7 * * 1-5'")
    add.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    add.add_argument("--timezone", default="UTC", help="whose clocks count (default: UTC)")
    remove = _add(actions, "remove", "jobs:run_remove_schedule", "remove a schedule")
    remove.add_argument("id")


def _add_other_commands(commands: Any) -> None:
    serve = _add(commands, "serve", "serve:run_serve", "serve the API")
    serve.add_argument("--host", help="address to listen on (default: REVENUE_HOST or 127.0.0.1)")
    serve.add_argument("--port", type=_port, help="port (default: REVENUE_PORT or 8083)")
    _add(commands, "check", "model:run_check", "check the model, and prove it on the data")
    schema = _add(commands, "schema", "model:run_schema", "write the JSON Schema of model files")
    schema.add_argument("--out", help="file to write (default: print it)")
    key = _add(commands, "key", "keys:run_list_keys", "make, list and revoke API keys")
    key.add_argument("--json", action="store_true", help="print JSON")
    actions = key.add_subparsers(metavar="ACTION")
    add = _add(actions, "add", "keys:run_add_key", "make a key; it is shown once")
    add.add_argument("name", help="whom it stands for")
    add.add_argument("--role", action="append", required=True, help="may be given several times")
    listing = _add(actions, "list", "keys:run_list_keys", "list the keys")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    revoke = _add(actions, "revoke", "keys:run_revoke_key", "make a key open nothing")
    revoke.add_argument("id", help="as 'revenue key list' shows it")
    document = _add(commands, "openapi", "document:run_openapi", "write the API's OpenAPI document")
    document.add_argument("--out", help="file to write (default: print it)")
    _add(commands, "migrate", "model:run_migrate", "bring the state store to this version")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 10**12:
        raise argparse.ArgumentTypeError("give a whole number of 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("give a port from 0 to 65535")
    return int(text)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a day as YYYY-MM-DD") from error


if __name__ == "__main__":
    sys.exit(main())
