"""New revision: what the tables have and the migrations lack becomes a file in `versions/`.

Run by a developer in a checkout: `python -m migrations "add schedules"`.
Invariant: works on an empty SQLite file of its own; no existing database is touched.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from server.storage.database import migrate_in_transaction, parse_url, sqlite_url
from server.storage.migrate import alembic_config, find_scripts, migrate


def write_revision(message: str, scripts: Path) -> Path:
    """The file of the new revision in `scripts`, numbered on from the newest one."""

    def write(connection: Connection) -> Path:
        config = alembic_config(scripts, connection)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        newest = int(ScriptDirectory.from_config(config).get_current_head() or 0)
        revision = command.revision(config, message, autogenerate=True, rev_id=f"{newest + 1:04d}")
        if not isinstance(revision, Script):
            raise TypeError("one message makes one revision")
        return Path(revision.path)

    with tempfile.TemporaryDirectory() as folder:
        address = sqlite_url(Path(folder) / "empty.db")
        migrate(address, scripts=scripts)
        return migrate_in_transaction(parse_url(address), write)


def main() -> None:
    """Write the revision and say where; look it over before it is committed."""
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    parser.add_argument("message", help="what the revision does, in a few words")
    sys.stdout.write(f"{write_revision(parser.parse_args().message, find_scripts())}\n")


if __name__ == "__main__":
    main()
