"""The published version to its catalog: what can be asked right now.

Called at the start of every request that reads data. Invariant: a snapshot never changes; it
pairs one version with the model that version was built with.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from semantic.catalog import build_catalog
from semantic.definitions import Catalog
from semantic.issues import SemanticError
from semantic.spec import SemanticModelSpec
from server.errors import BadInput, EngineUnavailable, NoData
from server.warehouse.paths import Home
from server.warehouse.versions import current_version

_KEPT: Final = 3
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)

Clock = Callable[[], datetime]
"""Returns the moment, with a time zone."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Snapshot:
    """One published version and its catalog."""

    version: int
    catalog: Catalog

    @property
    def spec(self) -> SemanticModelSpec:
        """The model file of the version."""
        return self.catalog.spec

    def today(self, clock: Clock) -> date:
        """The calendar day it is where the model's calendar is kept."""
        return clock().astimezone(ZoneInfo(self.spec.calendar.timezone)).date()

    def moment(self, as_of: date | None, clock: Clock) -> date:
        """The day to answer for: the one asked for, by default today.

        Raises:
            BadInput: the day lies where no calendar arithmetic around it is possible.
        """
        if as_of is None:
            return self.today(clock)
        if not _FIRST_DAY <= as_of <= _LAST_DAY:
            raise BadInput(
                f"No question can be answered as of {as_of:%Y-%m-%d}.",
                hint=f"'as_of' lies between {_FIRST_DAY:%Y-%m-%d} and {_LAST_DAY:%Y-%m-%d}.",
            )
        return as_of


class Snapshots:
    """The snapshots of one home; the last few are kept."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._kept: OrderedDict[int, Snapshot] = OrderedDict()
        self._lock = asyncio.Lock()

    def find_version(self) -> int | None:
        """The number of the current version, or None."""
        return current_version(self._home)

    async def get(self, version: int | None = None) -> Snapshot:
        """The snapshot of the current version, or of `version`.

        Raises:
            NoData: nothing has been loaded yet.
            EngineUnavailable: the version's model is missing or not readable by this program.
        """
        number = version if version is not None else self.find_version()
        if number is None:
            raise NoData(
                "There is no data yet.",
                hint="Put CSV files into the data folder and run 'revenue ingest', or upload "
                "them with POST /api/data/upload.",
            )
        async with self._lock:
            snapshot = self._kept.get(number)
            if snapshot is None:
                snapshot = await asyncio.to_thread(load_snapshot, self._home, number)
                self._kept[number] = snapshot
            self._kept.move_to_end(number)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return snapshot


def load_snapshot(home: Home, number: int) -> Snapshot:
    """The snapshot of one version, read from its folder.

    Raises:
        EngineUnavailable: the version's model is missing or not readable by this program.
    """
    try:
        spec = SemanticModelSpec.model_validate_json(home.model(number).read_bytes())
        return Snapshot(number, build_catalog(spec))
    except (OSError, ValidationError, SemanticError) as error:
        raise EngineUnavailable(
            f"The model of data version {number} cannot be read by this program.",
            hint="Run 'revenue ingest' to build a new version, or 'revenue rollback'.",
        ) from error
