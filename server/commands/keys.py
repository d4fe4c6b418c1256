"""`revenue key`: make, list and revoke API keys.

Called by `server/cli.py`. Invariant: the text of a key is printed once, when it is made.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from semantic.issues import SemanticError
from server.commands.context import CommandContext, printable
from server.keys import ADMIN, Keys
from server.loading import load_home_model
from server.storage.key_store import KeyStore
from server.storage.records import ApiKey
from server.storage.store import Store
from server.store_address import store_url
from server.warehouse.paths import Home


def run_add_key(arguments: Namespace, context: CommandContext) -> int:
    """Make a key and print it."""
    return asyncio.run(_add(arguments.name, arguments.role, context))


def run_list_keys(arguments: Namespace, context: CommandContext) -> int:
    """Print every key but its text."""
    return asyncio.run(_list(context, as_json=arguments.json))


def run_revoke_key(arguments: Namespace, context: CommandContext) -> int:
    """Make a key open nothing."""
    return asyncio.run(_revoke(arguments.id, context))


@asynccontextmanager
async def _open(context: CommandContext) -> AsyncIterator[Keys]:
    async with Store.open(store_url(context.settings)) as store:
        await store.migrate()
        yield Keys(KeyStore(store.database), context.clock)


async def _add(name: str, roles: list[str], context: CommandContext) -> int:
    async with _open(context) as keys:
        made = await keys.add(name, roles)
    for role in sorted(made.key.roles - _bound_roles(context) - {ADMIN}):
        context.print(
            f"note: no policy of the model is for the role '{role}': it hides nothing from "
            f"'{name}'."
        )
    context.print(f"The key of '{name}', shown this once:")
    context.print(made.text)
    return 0


def _bound_roles(context: CommandContext) -> set[str]:
    """The roles that a policy of the home's model restricts; none where it has mistakes."""
    try:
        loaded, _ = load_home_model(Home(context.settings.home))
    except SemanticError:
        return set()
    return {policy.role for policy in loaded.spec.policies}


async def _list(context: CommandContext, *, as_json: bool) -> int:
    async with _open(context) as keys:
        found = await keys.store.list()
    if as_json:
        context.print_json([_to_body(key) for key in found])
        return 0
    rows = [
        (
            f"rev_{key.id}_…",
            key.name,
            ", ".join(sorted(key.roles)),
            _day(key.created_at),
            _day(key.last_used_at),
            "revoked" if key.revoked_at else "active",
        )
        for key in found
    ]
    context.print_table(("key", "name", "roles", "created", "last used", "state"), rows)
    return 0


async def _revoke(key_id: str, context: CommandContext) -> int:
    # As it is listed, or copied out of a key; only the public part is ever looked at.
    bare = key_id.removeprefix("rev_").partition("_")[0]
    async with _open(context) as keys:
        await keys.revoke(bare)
    context.print(f"The key {printable(bare)} opens nothing any more.")
    return 0


def _to_body(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "roles": sorted(key.roles),
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
