"""Migrations of the state store: one file per revision in `versions/`, run by Alembic.

Called through `server.storage.migrate`; see README.md for how to add one.
Invariant: a released revision is never edited; each runs on SQLite and on PostgreSQL.
"""
