"""The settings to the address of the state store.

Called by `app.py` and by the commands that need the store alone, which are quick because they
load nothing else. Invariant: without a setting it is the SQLite file of the home.
"""

from __future__ import annotations

from server.settings import Settings
from server.storage.database import sqlite_url
from server.warehouse.paths import Home


def store_url(settings: Settings) -> str:
    """The address of the state store."""
    return settings.store.database_url or sqlite_url(Home(settings.home).state)
