"""Why a metric changed between two periods: governed queries to the contribution of each member.

The analysis `explain_change`, run by `analyses.py` for the API, the planners and the CLI.
Invariant: every value comes from a query that can be run again by itself; the rows of a dimension
add up to the total change.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from semantic.compiled import Principal, ResultColumn
from semantic.definitions import Catalog, Dimension
from semantic.issues import Issue
from semantic.types import TEXT, DataType
from server.analysis_result import AnalysisResult, Row
from server.answer.change_sentences import Wording, write_breakdown, write_total
from server.answer.contributions import (
    Breakdown,
    MemberSums,
    Sums,
    break_down,
    change_of,
    has_turned_over,
    is_outcome,
    to_fraction,
)  # fmt: skip
from server.answer.shape import with_hints
from server.change_header import HEADER, NAME
from server.change_request import ChangeRequest, candidates, name_period, parse_request
from server.change_split import explainable_metrics
from server.change_sql import KINDS, to_alias, to_change_sql
from server.errors import InvalidParameters, NumberOutOfRange
from server.results import ResultTable
from server.warehouse.execute import Warehouse

_MAX_CANDIDATES: Final = 12
_MAX_CHOSEN_MEMBERS: Final = 200
"""A dimension with more members is not chosen by itself."""
_MAX_MEMBERS: Final = 10_000
_CHOSEN: Final = 3
_AMOUNT: Final = DataType("decimal", 38, 12)


@dataclass(frozen=True, slots=True)
class _Explained:
    """One dimension with its query and its rows."""

    dimension: Dimension
    name: str
    table: ResultTable
    breakdown: Breakdown


@dataclass(frozen=True, slots=True)
class ExplainChange:
    """The analysis over one model."""

    catalog: Catalog
    warehouse: Warehouse

    def find_reason(self) -> str:
        """Why nothing can be explained with this model; "" where something can."""
        if explainable_metrics(self.catalog):
            return ""
        return "No metric of the model both adds up over members and has a time dimension."

    async def run(
        self, parameters: Mapping[str, Any], as_of: date, principal: Principal, version: int
    ) -> AnalysisResult:
        """The rows of the best dimensions, or of those asked for; largest part first.

        Raises:
            InvalidParameters: every parameter that does not fit; the metric has no parts.
            AppError: as `Warehouse.run`.
        """
        request = parse_request(self.catalog, parameters)
        run = _Run(self.catalog, self.warehouse, request, as_of, principal, version)
        return await run.result()


@dataclass(frozen=True, slots=True)
class _Run:
    """The queries of one run, all on one version with one clock and one set of roles."""

    catalog: Catalog
    warehouse: Warehouse
    request: ChangeRequest
    as_of: date
    principal: Principal
    version: int

    async def result(self) -> AnalysisResult:
        totals = await self._query("", _MAX_MEMBERS)
        before, after = _read_sums(totals, totals.rows[0], 0)
        explained: list[_Explained] = []
        # A ratio without a value on one side has no change to take apart.
        if change_of(before, after) is not None:
            explained = await self._explain_all(before, after)
        return self._assemble(totals, explained)

    # ------------------------------------------------------------ dimensions

    async def _explain_all(self, before: Sums, after: Sums) -> list[_Explained]:
        """The dimensions asked for in their order, or the chosen ones, best first."""
        if self.request.dimensions:
            found = await self._gather(self.request.dimensions, before, after, _MAX_MEMBERS)
            return [one for one in found if one is not None]
        model = self.catalog.models[self.request.split.model]
        tried = candidates(self.catalog, model)[:_MAX_CANDIDATES]
        found = await self._gather(tried, before, after, _MAX_CHOSEN_MEMBERS)
        worth = [one for one in found if one is not None and one.breakdown.score > 0]
        # The sort is stable: of two equally good ones the model's first is taken.
        return sorted(worth, key=lambda one: -one.breakdown.score)[:_CHOSEN]

    async def _gather(
        self,
        dimensions: Sequence[tuple[str, Dimension]],
        before: Sums,
        after: Sums,
        limit_rows: int,
    ) -> list[_Explained | None]:
        """All dimensions side by side; one failure ends them all."""
        tasks = [
            asyncio.create_task(self._explain(name, dimension, before, after, limit_rows))
            for name, dimension in dimensions
        ]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _explain(
        self, name: str, dimension: Dimension, before: Sums, after: Sums, limit_rows: int
    ) -> _Explained | None:
        """One dimension; None for one that is no use where it was not asked for."""
        is_asked = bool(self.request.dimensions)
        table = await self._query(name, limit_rows, dimension)
        if table.truncated:
            if is_asked:
                raise _too_many(name, limit_rows)
            return None
        members = [MemberSums(_member(row[0]), *_read_sums(table, row, 1)) for row in table.rows]
        if not is_asked and (len(members) < 2 or has_turned_over(members) or is_outcome(members)):
            return None
        is_exact = all(c.type.kind != "double" for c in _sum_columns(table.columns[1:]))
        breakdown = break_down(
            name, members, before, after, limit=self.request.members, is_exact=is_exact
        )
        return _Explained(dimension, name, table, breakdown)

    # ------------------------------------------------------------ queries

    async def _query(
        self, name: str, limit_rows: int, dimension: Dimension | None = None
    ) -> ResultTable:
        metric = self.request.metric
        title = f"Change of {metric.label.lower()}"
        hints = {
            "before": (f"{metric.label}, {name_period(self.request.compare)}", metric.format),
            "after": (f"{metric.label}, {name_period(self.request.period)}", metric.format),
            "change": (f"{metric.label}, change", metric.format),
        }
        if dimension is not None:
            title = f"{title} by {dimension.label.lower()}"
            hints[to_alias(dimension)] = (dimension.label, "text")
        table = await self.warehouse.run(
            to_change_sql(self.catalog, self.request, name, dimension),
            as_of=self.as_of,
            principal=self.principal,
            limit_rows=limit_rows,
            version=self.version,
            title=title,
        )
        return with_hints(table, hints)

    # ------------------------------------------------------------ the result

    def _assemble(self, totals: ResultTable, explained: Sequence[_Explained]) -> AnalysisResult:
        metric = self.request.metric
        wording = Wording(
            label=metric.label,
            format=metric.format,
            currency=self.catalog.spec.currency,
            period=name_period(self.request.period),
            compare=name_period(self.request.compare),
            premise=self.request.premise or "",
        )
        before, after = (_decimal(value) for value in totals.rows[0][:2])
        sentences = [write_total(wording, before, after)]
        for one in explained:
            sentences += write_breakdown(wording, one.dimension.label, one.breakdown)
        main = explained[0].table if explained else totals
        return AnalysisResult(
            name=NAME,
            title=totals.title,
            parameters=dict(self.request.parameters),
            as_of=self.as_of,
            queries=(totals, *(one.table for one in explained)),
            main=main,
            columns=_columns(metric.format, wording),
            rows=tuple(row for one in explained for row in _rows(one)),
            object=None,
            chart=HEADER.chart,
            truncated=False,
            sentences=tuple(sentences),
            shown=_to_shown(explained[0], wording) if explained else None,
        )


def _sum_columns(columns: Sequence[ResultColumn]) -> tuple[ResultColumn, ...]:
    named = tuple(c for c in columns if c.name.startswith(KINDS))
    return named or tuple(columns[:2])


def _read_sums(table: ResultTable, row: Row, first: int) -> tuple[Sums, Sums]:
    """Before and after of a row whose values start at position `first`."""
    cells = row[first:]
    if any(isinstance(cell, float) and not math.isfinite(cell) for cell in cells):
        raise NumberOutOfRange("A sum behind this change is too large to be written down.")
    if len(cells) == 3:
        return Sums(to_fraction(cells[0])), Sums(to_fraction(cells[1]))
    old, old_whole, new, new_whole = (to_fraction(cell) for cell in cells[3:])
    return Sums(old, old_whole), Sums(new, new_whole)


def _member(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _too_many(name: str, limit: int) -> InvalidParameters:
    message = f"'{name}' has more than {limit:,} members."
    hint = "Name a coarser dimension, or narrow it with filters."
    return InvalidParameters(
        message, hint=hint, issues=[Issue("too-many-members", message, "dimensions", hint)]
    )


# ------------------------------------------------------------------ rows


def _columns(format_: str, wording: Wording) -> tuple[ResultColumn, ...]:
    labels = {
        "dimension": "Dimension", "member": "Member",
        "before": f"{wording.label}, {wording.compare}",
        "after": f"{wording.label}, {wording.period}",
        "change": "Part of the change", "share_of_change": "Share of the change",
        "rate_effect": "Rate effect", "mix_effect": "Mix effect",
    }  # fmt: skip
    return tuple(
        ResultColumn(name, label, TEXT, "dimension", "text")
        if name in ("dimension", "member")
        else ResultColumn(
            name, label, _AMOUNT, "metric", "percent" if name == "share_of_change" else format_
        )
        for name, label in labels.items()
    )


def _rows(one: _Explained) -> list[Row]:
    return [
        (one.name, row.member, row.before, row.after, row.change, row.share, row.rate_effect,
         row.mix_effect)
        for row in one.breakdown.rows
    ]  # fmt: skip


def _to_shown(one: _Explained, wording: Wording) -> ResultTable:
    """The rows of one dimension as a chart draws them."""
    columns = _columns(wording.format, wording)
    member = replace(columns[1], name=to_alias(one.dimension), label=one.dimension.label)
    picked = (1, 4, 5, 2, 3)
    return replace(
        one.table,
        columns=(member, *(columns[n] for n in picked[1:])),
        rows=tuple(tuple(row[n] for n in picked) for row in _rows(one)),
    )
