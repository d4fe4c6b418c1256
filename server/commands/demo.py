"""`revenue demo`: CSVs to try the program with.

Called by `server/cli.py`. Invariant: equal arguments write equal files.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from server.commands.context import CommandContext, printable
from server.demo import generate_demo
from server.warehouse.paths import Home


def run_demo(arguments: Namespace, context: CommandContext) -> int:
    """Write demo CSVs."""
    out = Path(arguments.out) if arguments.out else Home(context.settings.home).data
    today = arguments.today or context.clock().date()
    generate_demo(arguments.rows, arguments.seed, out, today)
    context.print(f"{arguments.rows:,} opportunities and their contacts: {printable(str(out))}")
    return 0
