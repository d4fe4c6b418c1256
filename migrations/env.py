"""Environment of Alembic: the connection it is given becomes a migration context on it.

Run by Alembic for each command that `server.storage.migrate` starts.
Invariant: opens no connection and no transaction of its own; the caller commits all or nothing.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from server.storage.migrate import VERSION_TABLE
from server.storage.tables import metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A column type as SQLAlchemy's own: a revision must not change with the program."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite changes a table by building it anew.
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
