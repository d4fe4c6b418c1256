"""One planner per data version and set of roles, with the model's fingerprint; made when asked.

Called by `ask.py`. Invariant: a planner knows the members of exactly the version and the roles
it answers for; two questions at once build it once.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from semantic.analysis_header import Header
from semantic.compiled import Principal
from server.analyses import Analyses, AnalysisInfo
from server.analysis_runs import AnalysisRuns
from server.planner.builtin.examples import AnalysisExample
from server.planner.builtin.planner import BuiltinPlanner, build_planner
from server.planner.knowledge import NOTHING, Knowledge, load_knowledge
from server.planner.plan import Coverage
from server.related import RelatedMetrics, build_related
from server.results import ResultTable
from server.snapshot import Snapshot
from server.warehouse.execute import Warehouse
from server.warehouse.members import read_members
from server.warehouse.paths import Home

PLANNER_NAMES: Final = ("auto", "builtin", "llm")
"""The planners that can be asked for by name."""
_KEPT: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class PlannerOfVersion:
    """A planner and what the answer says about the data it was made for."""

    planner: BuiltinPlanner
    coverage: Mapping[str, Coverage]
    model_version: str
    """Fingerprint of the semantic model."""
    related: RelatedMetrics
    """Which metrics go together on cards."""
    analyses: tuple[Header, ...] = ()
    """The named analyses that the model allows."""


class Planners:
    """The planners of the last few versions."""

    def __init__(
        self, warehouse: Warehouse, analyses: AnalysisRuns, home: Home | None = None
    ) -> None:
        """Without `home`, everything is asked from the warehouse."""
        self._home = home
        self._warehouse = warehouse
        self._analyses = analyses
        self._kept: OrderedDict[tuple[int, frozenset[str]], PlannerOfVersion] = OrderedDict()
        self._lock = asyncio.Lock()

    async def get(self, snapshot: Snapshot, principal: Principal, as_of: date) -> PlannerOfVersion:
        """The planner for a version and the roles of a principal.

        Raises:
            AppError, SemanticError: the members cannot be read.
        """
        key = (snapshot.version, principal.roles)
        async with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = await self._make(snapshot, principal, as_of)
                _set_aside()
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def is_ready(self, version: int, principal: Principal) -> bool:
        """Whether the planner is there, so that a question need not wait for it."""
        return (version, principal.roles) in self._kept

    async def _make(
        self, snapshot: Snapshot, principal: Principal, as_of: date
    ) -> PlannerOfVersion:
        async def run(sql: str, limit_rows: int) -> ResultTable:
            return await self._warehouse.run(
                sql,
                as_of=as_of,
                principal=principal,
                limit_rows=limit_rows,
                version=snapshot.version,
            )

        noted, too_many = await self._noted(snapshot, principal)
        knowledge = await load_knowledge(snapshot.catalog, run, noted, too_many)
        analyses = self._analyses.of(snapshot)
        infos = await asyncio.to_thread(_available, analyses)
        headers = tuple(info.header for info in infos)
        examples = [_example(info) for info in infos]
        planner = await asyncio.to_thread(
            build_planner,
            snapshot.catalog,
            knowledge.members,
            examples,
            knowledge.coverage,
            knowledge.key_shapes,
        )
        text = snapshot.spec.model_dump_json()
        fingerprint = hashlib.sha256(text.encode()).hexdigest()[:12]
        related = build_related(snapshot.catalog)
        return PlannerOfVersion(planner, knowledge.coverage, fingerprint, related, headers)

    async def _noted(
        self, snapshot: Snapshot, principal: Principal
    ) -> tuple[Knowledge, frozenset[str]]:
        """What the version notes of the models that no policy restricts for the principal."""
        if self._home is None:
            return NOTHING, frozenset()
        found = await asyncio.to_thread(read_members, self._home, snapshot.version)
        if found is None:
            return NOTHING, frozenset()
        restricted = {
            policy.model for policy in snapshot.catalog.policies if policy.role in principal.roles
        }

        def is_open(name: str) -> bool:
            return name.partition(".")[0] not in restricted

        members = {n: m for n, m in found.members.items() if m is not None and is_open(n)}
        coverage = {n: Coverage(*days) for n, days in found.dates.items() if is_open(n)}
        key_shapes = {n: s for n, s in found.key_shapes.items() if s is not None and is_open(n)}
        all_noted = (*found.members.items(), *found.key_shapes.items())
        too_many = {n for n, noted in all_noted if noted is None and is_open(n)}
        return Knowledge(members, coverage, key_shapes), frozenset(too_many)


def _set_aside() -> None:
    """Spare the garbage collector the tables of a planner, which stay as long as their version.

    Walking them again and again took a tenth of an answer's time. What was set aside before is
    looked at once more, so that the tables of a version that has gone are not kept.
    """
    gc.unfreeze()
    gc.collect(1)
    gc.freeze()


def _available(analyses: Analyses) -> tuple[AnalysisInfo, ...]:
    """The analyses that this model allows."""
    return tuple(info for info in analyses.list() if info.is_available)


def _example(info: AnalysisInfo) -> AnalysisExample:
    """An analysis as the built-in planner knows it."""
    header = info.header
    takes = {
        name: spec.members_of.rpartition(".")[2]
        for name, spec in header.parameters.items()
        if spec.members_of is not None
    }
    needs_more = any(
        spec.required and spec.members_of is None for spec in header.parameters.values()
    )
    questions = () if needs_more else (*header.example_questions, *header.synonyms)
    return AnalysisExample(
        header.name,
        header.title,
        questions,
        takes,
        metrics=info.metrics,
        by=header.chart.x,
        is_plain=not header.parameters and header.result.rows is not None,
    )
