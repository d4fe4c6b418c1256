"""Names and conditions of a query object to semantic SQL, or every issue with them.

Called by `request.py`. Invariant: nothing is written that was not found in the catalog; what is
not found is an issue with the nearest names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from semantic.definitions import METRIC_TIME, Catalog, Dimension, Metric, Model
from semantic.issues import Issue, did_you_mean, suggest
from semantic.query_object import (
    INLINE,
    AnyOf,
    Filter,
    Related,
    SemanticQuery,
    TimeRange,
    Value,
)  # fmt: skip
from semantic.request_names import (
    OPERATIONS,
    describe_metric,
    find_dimension,
    find_shared_key,
    identifier,
    quote,
    reach,
    settle,
)  # fmt: skip

_NUMERIC_ONLY: Final = frozenset({"sum", "avg", "median", "stddev"})
_GRAINS: Final = frozenset(
    {"day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"}
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a select list."""

    sql: str
    alias: str
    is_metric: bool = False


class ConditionWriter:
    """Writes names and conditions of one query and gathers issues on the way."""

    def __init__(self, catalog: Catalog, query: SemanticQuery) -> None:
        self.catalog = catalog
        self.query = query
        self.issues: list[Issue] = []
        self.model: Model | None = self._pick_model()

    # ------------------------------------------------------------ names

    def refuse(
        self, code: str, message: str, where: str, known: Iterable[str] = (), name: str = ""
    ) -> None:
        """Note an issue; `known` are the names that could have been meant instead of `name`."""
        near = suggest(name, known) if name else ()
        self.issues.append(Issue(code, message, where, did_you_mean(near), suggestions=near))

    def _pick_model(self) -> Model | None:
        """The model in FROM; None stands for the relation that spans all models."""
        query, catalog = self.query, self.catalog
        if query.model:
            if query.model == catalog.name:
                return None
            found = catalog.models.get(query.model)
            if found is None:
                known = [*catalog.models, catalog.name]
                self.refuse(
                    "unknown-model",
                    f"There is no model '{query.model}'.",
                    "model",
                    known,
                    query.model,
                )
            return found
        metrics = [self.find_metric(h.metric) for h in query.having] + [
            self.find_metric(m) for m in query.metrics
        ]
        models = {name for metric in metrics if metric for name in metric.models or {metric.model}}
        if len(models) > 1:
            return None
        if models:
            return catalog.models[models.pop()]
        names = [self.split(name)[0] for name in query.dimensions]
        names += [match[2] for item in query.metrics if (match := INLINE.fullmatch(item))]
        names += [f.dimension for f in query.filters if isinstance(f, Filter)]
        return next(
            (
                m
                for m in catalog.models.values()
                if all(find_dimension(catalog, m, n) for n in names)
            ),
            None,
        )

    def find_metric(self, name: str) -> Metric | None:
        """The metric of that name, or None."""
        return self.catalog.metrics.get(name)

    def split(self, name: str) -> tuple[str, str]:
        """A dimension item as name and grain ("" for none)."""
        head, _, tail = name.rpartition(".")
        is_grain = tail in _GRAINS and head and head not in self.catalog.models
        return (head, tail) if is_grain else (name, "")

    def dimension(self, name: str, where: str) -> str:
        """The dimension's name as SQL; an issue where it cannot be reached."""
        if name != METRIC_TIME and find_dimension(self.catalog, self.model, name) is None:
            at = f"model '{self.model.name}'" if self.model else f"'{self.catalog.name}'"
            known = [d.name for m in reach(self.catalog, self.model) for d in m.dimensions.values()]
            self.refuse(
                "unknown-dimension",
                f"{at} has no dimension '{name}'.".capitalize(),
                where,
                known,
                name,
            )
        return identifier(name)

    def metric_sql(self, item: str, where: str) -> Item:
        """`MEASURE(x) AS x`, or an aggregate over a dimension."""
        inline = INLINE.fullmatch(item)
        if inline:
            return self._inline(inline[1], inline[2], item, where)
        if self.find_metric(item) is None:
            message = f"There is no metric '{item}'."
            self.refuse("unknown-metric", message, where, self.catalog.metrics, item)
        return Item(f"MEASURE({identifier(item)})", item, True)

    def _inline(self, agg: str, name: str, item: str, where: str) -> Item:
        sql = self.dimension(name, where)
        found = find_dimension(self.catalog, self.model, name)
        needs_number = agg in _NUMERIC_ONLY or agg.startswith("p")
        if found is not None and needs_number and found.kind != "number":
            self.refuse(
                "not-a-number", f"'{item}' needs a number; '{name}' is a {found.kind}.", where
            )
        alias = describe_metric(self.catalog, item)[0]
        if agg == "count_distinct":
            return Item(f"COUNT(DISTINCT {sql})", alias, True)
        if agg.startswith("p") and agg[1:].isdigit():
            return Item(f"QUANTILE_CONT({sql}, {int(agg[1:]) / 100})", alias, True)
        return Item(f"{agg.upper()}({sql})", alias, True)

    def segment(self, name: str, where: str) -> str:
        """The segment's name as SQL, which is a condition by itself."""
        bare = name.rpartition(".")[2]
        models = reach(self.catalog, self.model)
        if not any(bare in model.segments for model in models):
            known = [s for model in models for s in model.segments]
            self.refuse(
                "unknown-segment", f"There is no segment '{name}' here.", where, known, bare
            )
        is_far = name == bare and self.model is not None and bare not in self.model.segments
        owners = [model.name for model in models if bare in model.segments] if is_far else []
        return identifier(f"{owners[0]}.{bare}" if owners else name)

    # ------------------------------------------------------------ conditions

    def conditions(
        self, filters: Sequence[Filter | AnyOf], segments: Sequence[str], excluded: Sequence[str]
    ) -> list[str]:
        """All conditions as SQL, to be joined by AND."""
        found = [self.segment(name, f"segments {n}") for n, name in enumerate(segments, 1)]
        found += [
            f"NOT ({self.segment(name, f'excluded_segments {n}')} IS TRUE)"
            for n, name in enumerate(excluded, 1)
        ]
        for number, item in enumerate(filters, 1):
            where = f"filters {number}"
            if isinstance(item, Filter):
                found.append(self.filter(item, where))
            else:
                parts = [self.filter(one, where) for one in item.any]
                parts += [self.segment(name, where) for name in item.segments]
                found.append("(" + " OR ".join(parts) + ")")
        return found

    def filter(self, item: Filter, where: str) -> str:
        """One condition on a dimension as SQL."""
        name = self.dimension(item.dimension, where)
        found = find_dimension(self.catalog, self.model, item.dimension)
        given = [settle(value, found.kind) if found else value for value in item.values]
        if found is not None:
            self._check_values(item, given, found, where)
        return OPERATIONS[item.op](name, [quote(value) for value in given])

    def _check_values(
        self, item: Filter, given: Sequence[Value], dimension: Dimension, where: str
    ) -> None:
        fits: Mapping[str, tuple[type, ...]] = {
            "text": (str,), "number": (int, Decimal), "time": (date,), "boolean": (bool,),
        }  # fmt: skip
        for value in given:
            is_bool_for_number = dimension.kind == "number" and isinstance(value, bool)
            if not isinstance(value, fits[dimension.kind]) or is_bool_for_number:
                message = f"'{item.dimension}' is a {dimension.kind}; {value!r} is not one."
                self.refuse("wrong-value-type", message, where)
        if item.op in ("contains", "not_contains", "starts_with") and dimension.kind != "text":
            self.refuse("wrong-operator", f"'{item.op}' needs a text dimension.", where)

    def related(self) -> list[str]:
        """The conditions on rows of related models as SQL."""
        return [self._relate(item, f"related {n}") for n, item in enumerate(self.query.related, 1)]

    def _relate(self, item: Related, where: str) -> str:
        other = self.catalog.models.get(item.model)
        keys = find_shared_key(self.catalog, self.model, other) if other and self.model else None
        if other is None or keys is None:
            message = f"No relationship leads from here to '{item.model}'."
            self.refuse("unrelated-model", message, where, self.catalog.models, item.model)
            return "TRUE"
        inner = ConditionWriter(self.catalog, SemanticQuery(model=other.name))
        conditions = [f"{identifier(keys[1])} IS NOT NULL"]
        conditions += inner.conditions(item.filters, item.segments, ())
        self.issues += inner.issues
        key, source = identifier(keys[1]), identifier(other.name)
        # Names of the catalog and quoted literals; compiled like any other semantic SQL.
        text = f"SELECT {key} FROM {source} WHERE {' AND '.join(conditions)}"  # noqa: S608
        operator = "IN" if item.exists else "NOT IN"
        missing = f" OR {identifier(keys[0])} IS NULL" if not item.exists else ""
        condition = f"{identifier(keys[0])} {operator} ({text})"
        return f"({condition}{missing})" if missing else condition

    def time_conditions(self, wanted: TimeRange | None) -> list[str]:
        """The ends of a range on the time dimension as SQL."""
        if wanted is None:
            return []
        name = self.dimension(self.time_dimension(), "time")
        found = []
        if wanted.start is not None:
            found.append(f"{name} >= {quote(wanted.start)}")
        if wanted.end is not None:
            found.append(f"{name} < {quote(wanted.end)}")
        return found

    def time_dimension(self) -> str:
        """The time dimension asked for, or the model's own."""
        time = self.query.time
        if time is not None and time.dimension:
            return time.dimension
        if self.model is None:
            return METRIC_TIME
        if self.model.time is None:
            message = f"Model '{self.model.name}' has no time dimension."
            self.refuse("no-time-dimension", message, "time")
            return self.model.primary_key
        return self.model.time
