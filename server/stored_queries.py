"""A query of a stored answer to its rows, computed again as it was then.

Called by `revenue verify` and by exports. Invariant: the same data version, the same day, the same
values of parameters; the roles are those of who asks now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from semantic.analyses import Template
from semantic.compiled import Argument, Principal
from semantic.pipeline import compile_sql
from semantic.types import DataType
from server.results import ResultTable
from server.snapshot import Snapshots
from server.warehouse.execute import Warehouse
from server.warehouse.protocol import TypedValue


@dataclass(frozen=True, slots=True)
class StoredQueries:
    """Runs queries of stored answers again."""

    snapshots: Snapshots
    warehouse: Warehouse
    templates: Sequence[Template]

    async def run(
        self,
        answer: Mapping[str, Any],
        query: Mapping[str, Any],
        principal: Principal,
        limit_rows: int,
    ) -> ResultTable:
        """The rows of a query of a stored answer, computed again.

        Raises:
            VersionGone: its data version is not kept.
            SemanticError, AppError: it cannot be run again.
        """
        provenance = answer["provenance"]
        version = int(provenance["warehouse_version"])
        return await self.warehouse.run(
            str(query["semantic_sql"]),
            as_of=date.fromisoformat(provenance["as_of"]),
            principal=principal,
            limit_rows=limit_rows,
            arguments=await self._arguments(answer, query, version, principal),
            version=version,
            title=str(query.get("title", "")),
        )

    async def _arguments(
        self,
        answer: Mapping[str, Any],
        query: Mapping[str, Any],
        version: int,
        principal: Principal,
    ) -> dict[str, TypedValue]:
        """The values of the `$name`s of an analysis, from the parameters bound back then."""
        sql = str(query["semantic_sql"])
        names = set(re.findall(r"\$([A-Za-z_]\w*)", re.sub(r"'(?:[^']|'')*'", "", sql)))
        if not names:
            return {}
        types = self._types(answer)
        snapshot = await self.snapshots.get(version)
        compiled = compile_sql(
            snapshot.catalog,
            sql,
            principal=principal,
            limit_rows=1,
            arguments={name: types[name] for name in names if name in types},
        )
        return {
            parameter.name: TypedValue(
                types[parameter.name],
                _to_value(types[parameter.name], query["parameters"][str(number)]),
            )
            for number, parameter in enumerate(compiled.parameters, 1)
            if isinstance(parameter, Argument)
        }

    def _types(self, answer: Mapping[str, Any]) -> dict[str, DataType]:
        ran = set(answer.get("functions_executed", []))
        return {
            name: spec.data_type
            for template in self.templates
            if template.name in ran
            for name, spec in template.header.parameters.items()
            if not spec.is_identifier
        }


def _to_value(kind: DataType, value: Any) -> Any:
    return date.fromisoformat(value) if kind.kind == "date" and value is not None else value
