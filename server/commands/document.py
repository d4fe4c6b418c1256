"""`revenue openapi`: the OpenAPI document of the API, without a running server.

Called by `server/cli.py`; the page's types are generated from it. Invariant: it is the document
that `/schema/openapi.json` serves.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from server.app import create_app
from server.commands.context import CommandContext, printable
from server.routes.openapi import describe_api


def run_openapi(arguments: Namespace, context: CommandContext) -> int:
    """Print the document, or write it to a file."""
    document = describe_api(create_app(context.settings, clock=context.clock))
    if arguments.out is None:
        context.print_json(document)
        return 0
    with Path(arguments.out).open("w", encoding="utf-8") as out:
        CommandContext(context.settings, context.clock, out, context.err).print_json(document)
    context.print(f"The document is in {printable(arguments.out)}.")
    return 0
