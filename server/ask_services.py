"""What answering one question needs: the services of a home, and the turn being answered.

Wired by `app.py`, opened by `ask.py`, read by every step behind it. Invariant: a turn names one
data version, one clock and one principal, and nothing in it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from semantic.compiled import Principal
from semantic.definitions import Catalog
from server.analysis_runs import AnalysisRuns
from server.audit import AuditLog
from server.planner.moves import BuiltinTurns, TurnPlanner
from server.planner.plan import Context
from server.planners import PlannerOfVersion, Planners
from server.snapshot import Clock, Snapshot, Snapshots
from server.storage.store import Store
from server.warehouse.execute import Warehouse

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class AskServices:
    """What answering needs; wired by `app.py`."""

    snapshots: Snapshots
    warehouse: Warehouse
    analyses: AnalysisRuns
    planners: Planners
    store: Store
    audit: AuditLog
    clock: Clock
    new_id: Callable[[datetime], str]
    """A fresh conversation id, like conv_20250215_101230_ab12."""
    limit_rows: int = 1_000
    turns: TurnPlanner = field(default_factory=BuiltinTurns)
    """Plans: the built-in planner alone, or with a language model beside it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with everything it is answered from."""

    conversation_id: str
    snapshot: Snapshot
    kit: PlannerOfVersion
    context: Context
    as_of: date
    principal: Principal
    is_new: bool

    @property
    def catalog(self) -> Catalog:
        """The catalog of the version asked."""
        return self.snapshot.catalog
