"""A home's model files and CSVs to a new published version: model, catalog, ingest.

Called by `revenue ingest` and by uploads. Invariant: a model that does not bind is reported
with file and line before any data is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from semantic.bi import finishing_sql
from semantic.catalog import build_catalog
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.load import LoadedModel, find_model_files, load_model, locate_issues
from semantic.members import members_sql
from semantic.rollups import rollups_sql
from server.warehouse.engine_names import engine_names
from server.warehouse.ingest import IngestReport, ingest
from server.warehouse.limits import IngestLimits
from server.warehouse.paths import Home
from server.warehouse.progress import Report
from server.warehouse.proofs import key_check


@dataclass(frozen=True, slots=True)
class StagedHome(Home):
    """A home whose CSVs lie in another folder than `data/`."""

    folder: Path

    @property
    def data(self) -> Path:
        """The folder the CSVs are read from."""
        return self.folder


def load_home_model(home: Home) -> tuple[LoadedModel, Catalog]:
    """The model of a home, its own or the packaged one, and the catalog it binds to.

    Raises:
        SemanticError: every mistake found, each with its file and line.
    """
    with resources.as_file(resources.files("semantic") / "models") as packaged:
        folder = home.models if home.models.is_dir() else packaged
        loaded = load_model(find_model_files(folder))
    try:
        return loaded, build_catalog(loaded.spec)
    except SemanticError as error:
        raise SemanticError(locate_issues(error.issues, loaded.locations)) from error


def load_data(
    home: Home,
    *,
    now: datetime,
    progress: Report | None = None,
    limits: IngestLimits | None = None,
) -> IngestReport:
    """The report of the new current version, made from the home's CSVs and model.

    Raises:
        SemanticError: the model has mistakes.
        WarehouseError: the data cannot be loaded; what is published stays as it is.
    """
    loaded, catalog = load_home_model(home)
    return ingest(
        home,
        loaded.spec,
        now=now,
        finishing_sql=(
            *finishing_sql(catalog, taken=engine_names()),
            *members_sql(catalog),
            *rollups_sql(catalog),
        ),
        check=key_check(catalog, now.date()),
        progress=progress,
        limits=limits or IngestLimits(),
    )
