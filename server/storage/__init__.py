"""State store: conversations, turns and the audit trail, in SQLite or PostgreSQL.

Called by `server/ask.py`, the routes and the CLI through `server.storage.store.Store`.
Invariant: the schema comes from `migrations/` alone; no other module issues SQL to this store.
"""
