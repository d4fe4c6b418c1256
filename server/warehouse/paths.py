"""The folders of one home: where data, models, reports, versions and state live.

Used by everything that touches the disk. Invariant: pure path arithmetic; nothing is
created or read here, and a version number maps to exactly one folder for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

STORAGE_VERSION: Final = "v1.2.0"
"""DuckDB's file format of every published file; read by DuckDB 1.2 and all later ones."""

CATALOG: Final = "revenue"
"""Catalog name inside a published file: the stem of its name, so that fully qualified names
in macros hold for a file opened directly as well."""


@dataclass(frozen=True, slots=True)
class Home:
    """The home folder (REVENUE_HOME)."""

    root: Path

    @property
    def data(self) -> Path:
        """The CSV exports."""
        return self.root / "data"

    @property
    def models(self) -> Path:
        """The semantic models of this home."""
        return self.root / "models"

    @property
    def reports(self) -> Path:
        """Finished PDF reports."""
        return self.root / "reports"

    @property
    def warehouse(self) -> Path:
        """The published versions."""
        return self.root / "warehouse"

    @property
    def state(self) -> Path:
        """The state store: conversations, schedules, keys, audit."""
        return self.root / "state.db"

    @property
    def current(self) -> Path:
        """The relative directory link to the current version."""
        return self.warehouse / "current"

    def version(self, number: int) -> Path:
        """The folder of a version."""
        return self.warehouse / str(number)

    def database(self, number: int) -> Path:
        """The DuckDB file of a version."""
        return self.version(number) / f"{CATALOG}.duckdb"

    def model(self, number: int) -> Path:
        """The semantic model a version was built with, as JSON."""
        return self.version(number) / "model.json"

    def manifest(self, number: int) -> Path:
        """Number, time and counts of a version, as JSON, readable without the engine."""
        return self.version(number) / "version.json"
