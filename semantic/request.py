"""The structured query object: what to ask, as data, and its semantic SQL.

Made by the built-in planner and by `POST /api/semantic/query`; always compiled through its
SQL. Invariant: every name in the SQL comes from the catalog, every value is a quoted literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from semantic.definitions import METRIC_TIME, Catalog, Dimension, Metric, Model
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.spec import Grain, Name, Spec

Reference = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=130)]
MetricReference = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*(\([a-z][a-z0-9_.]*\))?$", max_length=130)
]
Text = Annotated[str, Field(max_length=500)]
Value = bool | int | Decimal | date | Text
Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "in", "not_in", "between",
    "contains", "not_contains", "starts_with", "is_null", "is_not_null",
]  # fmt: skip
Comparison = Literal["=", "!=", ">", ">=", "<", "<="]
Level = Literal["prior_period", "prior_year"]

MAX_ITEMS: Final = 50
MAX_VALUES: Final = 1_000
_ARITY: Final[Mapping[str, tuple[int, int]]] = {
    "in": (1, MAX_VALUES), "not_in": (1, MAX_VALUES), "between": (2, 2),
    "is_null": (0, 0), "is_not_null": (0, 0),
}  # fmt: skip
_INLINE: Final = re.compile(
    r"(sum|avg|min|max|median|stddev|count_distinct|p\d{1,2})\(([a-z][a-z0-9_.]*)\)"
)
_NUMERIC_ONLY: Final = frozenset({"sum", "avg", "median", "stddev"})
# Words that SQL keeps for itself; a model may still use them as names.
_RESERVED: Final = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "cross",
        "current_date",
        "date",
        "default",
        "desc",
        "describe",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "filter",
        "first",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "initially",
        "inner",
        "intersect",
        "interval",
        "into",
        "is",
        "join",
        "last",
        "lateral",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "nulls",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "pivot",
        "primary",
        "qualify",
        "range",
        "references",
        "returning",
        "right",
        "row",
        "rows",
        "select",
        "show",
        "some",
        "summarize",
        "symmetric",
        "table",
        "then",
        "time",
        "timestamp",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "unpivot",
        "using",
        "values",
        "variadic",
        "when",
        "where",
        "window",
        "with",
        "year",
        "month",
        "day",
        "week",
        "quarter",
    ]
)


class TimeRange(Spec):
    """Half-open: `start` belongs to it, `end` does not; either may be open."""

    start: date | None = None
    end: date | None = None

    @model_validator(mode="after")
    def _forwards(self) -> TimeRange:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("'start' must lie before 'end' ('end' is the first day after)")
        return self


class TimeSpec(Spec):
    """Which dates count, at which grain they are shown, and what they are compared with."""

    dimension: Reference | None = None
    """Empty: the default time dimension of the metrics' model."""
    range: TimeRange | None = None
    grain: Grain | None = None
    compare: Level | TimeRange | None = None


class Filter(Spec):
    """One condition on a dimension; `!=` and `not_in` keep the rows without a value."""

    dimension: Reference
    op: Operator = "="
    values: Annotated[tuple[Value, ...], Field(max_length=MAX_VALUES)] = ()

    @model_validator(mode="after")
    def _arity(self) -> Filter:
        low, high = _ARITY.get(self.op, (1, 1))
        if not low <= len(self.values) <= high:
            wanted = str(low) if low == high else f"at least {low}"
            raise ValueError(f"'{self.op}' takes {wanted} value(s), not {len(self.values)}")
        return self


class AnyOf(Spec):
    """Conditions of which one must hold; a segment may be among them."""

    any: Annotated[tuple[Filter, ...], Field(max_length=MAX_ITEMS)] = ()
    segments: tuple[Reference, ...] = ()


class Related(Spec):
    """Rows that have, or do not have, a row in a related model."""

    model: Name
    exists: bool = True
    segments: tuple[Reference, ...] = ()
    filters: tuple[Filter, ...] = ()


class Part(Spec):
    """The part whose share of the whole is asked."""

    segments: tuple[Reference, ...] = ()
    filters: tuple[Filter | AnyOf, ...] = ()
    excluded_segments: tuple[Reference, ...] = ()


class Having(Spec):
    """A condition on a metric of each group."""

    metric: MetricReference
    op: Comparison
    value: int | Decimal


class OrderBy(Spec):
    """One item of the order, by metric or dimension."""

    name: Annotated[str, Field(max_length=130)]
    direction: Literal["asc", "desc"] = "desc"


class SemanticQuery(Spec):
    """One question to the semantic model. Its JSON is the body of `POST /api/semantic/query`."""

    model: Name | None = None
    """Empty: the one model that has it all, otherwise the relation that spans all models."""
    metrics: Annotated[tuple[MetricReference, ...], Field(max_length=MAX_ITEMS)] = ()
    """Metric names, or `median(dimension)` and the like."""
    dimensions: Annotated[
        tuple[Annotated[str, Field(max_length=130)], ...], Field(max_length=MAX_ITEMS)
    ] = ()
    """`name`, `model.name` or `name.grain` for times."""
    filters: Annotated[tuple[Filter | AnyOf, ...], Field(max_length=MAX_ITEMS)] = ()
    segments: Annotated[tuple[Reference, ...], Field(max_length=MAX_ITEMS)] = ()
    excluded_segments: Annotated[tuple[Reference, ...], Field(max_length=MAX_ITEMS)] = ()
    related: Annotated[tuple[Related, ...], Field(max_length=5)] = ()
    time: TimeSpec | None = None
    share: bool = False
    """Adds to every metric a column with its share of the total."""
    part: Part | None = None
    """One row instead: the part, the whole and the part's share."""
    having: Annotated[tuple[Having, ...], Field(max_length=MAX_ITEMS)] = ()
    order_by: Annotated[tuple[OrderBy, ...], Field(max_length=MAX_ITEMS)] = ()
    limit: Annotated[int, Field(ge=1, le=100_000)] | None = None
    detail: bool = False
    """Rows as they are, not grouped."""


@dataclass(frozen=True, slots=True)
class ColumnHint:
    """What a computed column of `to_sql` shows, where the compiler cannot know."""

    label: str
    format: str


def to_sql(catalog: Catalog, query: SemanticQuery) -> str:
    """The semantic SQL of `query`, one clause a line.

    Raises:
        SemanticError: with every unknown name and every combination that has no meaning.
    """
    writer = _Writer(catalog, query)
    text = writer.statement()
    if writer.issues:
        raise SemanticError(writer.issues)
    return text


def column_hints(catalog: Catalog, query: SemanticQuery) -> dict[str, ColumnHint]:
    """Labels and formats of the columns that `to_sql` computes beside plain metrics."""
    hints: dict[str, ColumnHint] = {}
    for item in query.metrics:
        alias, label, format_ = describe_metric(catalog, item)
        if query.part is not None:
            hints |= {
                "part": ColumnHint(label, format_),
                "whole": ColumnHint(f"{label}, whole", format_),
                "share": ColumnHint(f"Share of {label.lower()}", "percent"),
            }
        if _INLINE.fullmatch(item) or query.share or query.time:
            hints[alias] = ColumnHint(label, format_)
        hints[f"{alias}_share"] = ColumnHint(f"Share of {label.lower()}", "percent")
        hints[f"{alias}_before"] = ColumnHint(f"{label}, before", format_)
        hints[f"{alias}_change"] = ColumnHint(f"{label}, change", format_)
        hints[f"{alias}_change_percent"] = ColumnHint(f"{label}, change in percent", "percent")
    return hints


def describe_metric(catalog: Catalog, item: str) -> tuple[str, str, str]:
    """Alias, label and format of a metric name or an inline aggregate; safe on unknown names."""
    inline = _INLINE.fullmatch(item)
    if not inline:
        metric = catalog.metrics.get(item)
        return (item, metric.label, metric.format) if metric else (item, item, "number")
    agg, name = inline[1], inline[2]
    found = next((d for d in _all_dimensions(catalog) if name in (d.name, d.qualified)), None)
    label = found.label if found else name
    format_ = "integer" if agg == "count_distinct" else (found.format if found else "number")
    return (
        f"{agg}_{name.replace('.', '_')}",
        f"{_AGG_LABELS.get(agg, agg)} {label.lower()}",
        format_,
    )


_AGG_LABELS: Final = {
    "sum": "Total", "avg": "Average", "min": "Lowest", "max": "Highest", "median": "Median",
    "stddev": "Standard deviation of", "count_distinct": "Number of different",
}  # fmt: skip


def quote(value: Value) -> str:
    """A literal of semantic SQL; the only place where values become text.

    >>> quote("O'Neil"), quote(date(2025, 1, 31)), quote(True), quote(Decimal("1.50"))
    ("'O''Neil'", "DATE '2025-01-31'", 'TRUE', '1.50')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'"
    if isinstance(value, date):
        return f"DATE '{value:%Y-%m-%d}'"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "'" + value.replace("'", "''") + "'"


def _settle(value: Value, kind: str) -> Value:
    """Dates and decimals that JSON carries as text, as what the dimension holds."""
    if not isinstance(value, str):
        return value
    if kind == "time" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    if kind == "number" and re.fullmatch(r"-?\d{1,20}(\.\d{1,10})?", value):
        return Decimal(value)
    return value


def _identifier(name: str) -> str:
    return ".".join(f'"{part}"' if part in _RESERVED else part for part in name.split("."))


def _all_dimensions(catalog: Catalog) -> Iterable[Dimension]:
    return (d for model in catalog.models.values() for d in model.dimensions.values())


def shift_range(wanted: TimeRange, compare: Level | TimeRange) -> TimeRange | None:
    """The range to compare with: the one given, the one just before, or a year earlier.

    Whole months move by months, everything else by days. None where a bound is open.

    >>> shift_range(TimeRange(start=date(2025, 3, 1), end=date(2025, 4, 1)), "prior_period").start
    datetime.date(2025, 2, 1)
    """
    if isinstance(compare, TimeRange):
        return compare
    if wanted.start is None or wanted.end is None:
        return None
    months = (wanted.end.year - wanted.start.year) * 12 + wanted.end.month - wanted.start.month
    if compare == "prior_year":
        return TimeRange(start=add_months(wanted.start, -12), end=add_months(wanted.end, -12))
    if wanted.start.day == 1 and wanted.end.day == 1:
        return TimeRange(start=add_months(wanted.start, -months), end=wanted.start)
    return TimeRange(start=wanted.start - (wanted.end - wanted.start), end=wanted.start)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month.

    >>> add_months(date(2024, 2, 29), 12)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@dataclass(frozen=True, slots=True)
class _Item:
    sql: str
    alias: str
    is_metric: bool = False


class _Writer:
    """Writes one query and gathers issues on the way."""

    def __init__(self, catalog: Catalog, query: SemanticQuery) -> None:
        self.catalog = catalog
        self.query = query
        self.issues: list[Issue] = []
        self.model: Model | None = self._pick_model()

    # ------------------------------------------------------------ names

    def refuse(
        self, code: str, message: str, where: str, known: Iterable[str] = (), name: str = ""
    ) -> None:
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
        metrics = [self._metric(h.metric) for h in query.having] + [
            self._metric(m) for m in query.metrics
        ]
        models = {name for metric in metrics if metric for name in metric.models or {metric.model}}
        if len(models) > 1:
            return None
        if models:
            return catalog.models[models.pop()]
        names = [self._split(name)[0] for name in query.dimensions]
        names += [match[2] for item in query.metrics if (match := _INLINE.fullmatch(item))]
        names += [f.dimension for f in query.filters if isinstance(f, Filter)]
        return next(
            (m for m in catalog.models.values() if all(_find(catalog, m, n) for n in names)), None
        )

    def _metric(self, name: str) -> Metric | None:
        return self.catalog.metrics.get(name)

    def _split(self, name: str) -> tuple[str, str]:
        """A dimension item as name and grain ("" for none)."""
        head, _, tail = name.rpartition(".")
        is_grain = tail in _GRAINS and head and head not in self.catalog.models
        return (head, tail) if is_grain else (name, "")

    def dimension(self, name: str, where: str) -> str:
        """The dimension's name as SQL; an issue where it cannot be reached."""
        if name != METRIC_TIME and _find(self.catalog, self.model, name) is None:
            at = f"model '{self.model.name}'" if self.model else f"'{self.catalog.name}'"
            known = [
                d.name for m in _reach(self.catalog, self.model) for d in m.dimensions.values()
            ]
            self.refuse(
                "unknown-dimension",
                f"{at} has no dimension '{name}'.".capitalize(),
                where,
                known,
                name,
            )
        return _identifier(name)

    def metric_sql(self, item: str, where: str) -> _Item:
        """`MEASURE(x) AS x`, or an aggregate over a dimension."""
        inline = _INLINE.fullmatch(item)
        if inline:
            return self._inline(inline[1], inline[2], item, where)
        if self._metric(item) is None:
            message = f"There is no metric '{item}'."
            self.refuse("unknown-metric", message, where, self.catalog.metrics, item)
        return _Item(f"MEASURE({_identifier(item)})", item, True)

    def _inline(self, agg: str, name: str, item: str, where: str) -> _Item:
        sql = self.dimension(name, where)
        found = _find(self.catalog, self.model, name)
        needs_number = agg in _NUMERIC_ONLY or agg.startswith("p")
        if found is not None and needs_number and found.kind != "number":
            self.refuse(
                "not-a-number", f"'{item}' needs a number; '{name}' is a {found.kind}.", where
            )
        alias = describe_metric(self.catalog, item)[0]
        if agg == "count_distinct":
            return _Item(f"COUNT(DISTINCT {sql})", alias, True)
        if agg.startswith("p") and agg[1:].isdigit():
            return _Item(f"QUANTILE_CONT({sql}, {int(agg[1:]) / 100})", alias, True)
        return _Item(f"{agg.upper()}({sql})", alias, True)

    def segment(self, name: str, where: str) -> str:
        bare = name.rpartition(".")[2]
        models = _reach(self.catalog, self.model)
        if not any(bare in model.segments for model in models):
            known = [s for model in models for s in model.segments]
            self.refuse(
                "unknown-segment", f"There is no segment '{name}' here.", where, known, bare
            )
        return _identifier(name)

    # ------------------------------------------------------------ conditions

    def conditions(
        self, filters: Sequence[Filter | AnyOf], segments: Sequence[str], excluded: Sequence[str]
    ) -> list[str]:
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
        name = self.dimension(item.dimension, where)
        found = _find(self.catalog, self.model, item.dimension)
        given = [_settle(value, found.kind) if found else value for value in item.values]
        if found is not None:
            self._check_values(item, given, found, where)
        return _OPERATIONS[item.op](name, [quote(value) for value in given])

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
        return [self._relate(item, f"related {n}") for n, item in enumerate(self.query.related, 1)]

    def _relate(self, item: Related, where: str) -> str:
        other = self.catalog.models.get(item.model)
        keys = _shared_key(self.catalog, self.model, other) if other and self.model else None
        if other is None or keys is None:
            message = f"No relationship leads from here to '{item.model}'."
            self.refuse("unrelated-model", message, where, self.catalog.models, item.model)
            return "TRUE"
        inner = _Writer(self.catalog, SemanticQuery(model=other.name))
        conditions = [f"{_identifier(keys[1])} IS NOT NULL"]
        conditions += inner.conditions(item.filters, item.segments, ())
        self.issues += inner.issues
        text = f"SELECT {_identifier(keys[1])} FROM {_identifier(other.name)} WHERE {' AND '.join(conditions)}"
        operator = "IN" if item.exists else "NOT IN"
        missing = f" OR {_identifier(keys[0])} IS NULL" if not item.exists else ""
        condition = f"{_identifier(keys[0])} {operator} ({text})"
        return f"({condition}{missing})" if missing else condition

    def time_conditions(self, wanted: TimeRange | None) -> list[str]:
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

    # ------------------------------------------------------------ clauses

    def statement(self) -> str:
        query = self.query
        if not query.metrics and not query.dimensions and not query.having:
            self.refuse("nothing-asked", "Name at least one metric or dimension.", "metrics")
            return ""
        compare = query.time.compare if query.time else None
        if query.part is not None:
            return self._part_statement(query.part)
        if compare is not None:
            return self._compare_statement(compare)
        if query.share:
            return self._share_statement()
        wanted = query.time.range if query.time else None
        return "\n".join([*self.block(self.items(), wanted), *self.tail()])

    def items(self) -> list[_Item]:
        query = self.query
        found = [self._dimension_item(name, n) for n, name in enumerate(query.dimensions, 1)]
        if query.time is not None and query.time.grain:
            found.insert(0, self._time_item(self.time_dimension(), query.time.grain, "time"))
        names = dict.fromkeys((*query.metrics, *(h.metric for h in query.having)))
        if query.detail and names:
            self.refuse(
                "detail-with-metrics", "A list of rows ('detail') takes no metrics.", "metrics"
            )
        found += [self.metric_sql(name, f"metrics {n}") for n, name in enumerate(names, 1)]
        return found

    def _dimension_item(self, item: str, number: int) -> _Item:
        name, grain = self._split(item)
        where = f"dimensions {number}"
        if grain:
            return self._time_item(name, grain, where)
        return _Item(self.dimension(name, where), name.rpartition(".")[2])

    def _time_item(self, name: str, grain: str, where: str) -> _Item:
        sql = self.dimension(name, where)
        found = _find(self.catalog, self.model, name)
        if found is not None and found.kind != "time":
            self.refuse("not-a-time", f"'{name}' is not a time and has no '{grain}'.", where)
        alias = f"{name.rpartition('.')[2]}_{grain}"
        if grain.startswith("fiscal_"):
            return _Item(f"{grain}({sql})", alias)
        return _Item(f"date_trunc('{grain}', {sql})", alias)

    def block(
        self, items: Sequence[_Item], wanted: TimeRange | None, extra: Sequence[str] = ()
    ) -> list[str]:
        query = self.query
        conditions = self.conditions(query.filters, query.segments, query.excluded_segments)
        conditions += [*self.related(), *self.time_conditions(wanted), *extra]
        plain = not query.detail and not any(item.is_metric for item in items)
        selected = ", ".join(
            item.sql if item.sql == item.alias else f"{item.sql} AS {_identifier(item.alias)}"
            for item in items
        )
        source = self.model.name if self.model else self.catalog.name
        lines = [f"SELECT {'DISTINCT ' if plain else ''}{selected}", f"FROM {_identifier(source)}"]
        if conditions:
            lines.append("WHERE " + "\n  AND ".join(conditions))
        has_metrics = any(item.is_metric for item in items)
        if has_metrics and not all(item.is_metric for item in items):
            lines.append("GROUP BY ALL")
        if query.having:
            lines.append("HAVING " + " AND ".join(self._having(h) for h in query.having))
        return lines

    def _having(self, item: Having) -> str:
        operator = "<>" if item.op == "!=" else item.op
        return f"{self.metric_sql(item.metric, 'having').sql} {operator} {quote(item.value)}"

    def tail(self, aliases: Callable[[str], str] = lambda name: name) -> list[str]:
        query = self.query
        known = {item.alias: item.alias for item in self.items()} if not self.issues else {}
        lines = []
        if query.order_by:
            parts = []
            for number, item in enumerate(query.order_by, 1):
                name = self._order_alias(item.name, known, number)
                parts.append(
                    f"{aliases(_identifier(name))}{' DESC' if item.direction == 'desc' else ''}"
                )
            lines.append("ORDER BY " + ", ".join(parts))
        if query.limit is not None:
            lines.append(f"LIMIT {query.limit}")
        return lines

    def _order_alias(self, name: str, known: Mapping[str, str], number: int) -> str:
        dimension, grain = self._split(name)
        alias = describe_metric(self.catalog, name)[0]
        if grain:
            alias = f"{dimension.rpartition('.')[2]}_{grain}"
        elif "(" not in name:
            alias = name.rpartition(".")[2]
        if known and alias not in known and not self.query.detail:
            message = f"'{name}' is not among the metrics and dimensions asked for."
            self.refuse("unknown-order", message, f"order_by {number}", known, name)
        return alias

    # ------------------------------------------------------------ shares and comparisons

    def _additive(self, what: str) -> None:
        for item in self.query.metrics:
            metric = self._metric(item)
            if metric is not None and metric.agg not in ("sum", "count", "count_distinct"):
                message = f"'{item}' cannot be split into parts that add up, so it has no {what}."
                self.refuse("not-additive", message, "share")

    def _cte(self, name: str) -> str:
        return f"{name}_rows" if name in self.catalog.models or name == self.catalog.name else name

    def _share_statement(self) -> str:
        self._additive("shares")
        items = self.items()
        wanted = self.query.time.range if self.query.time else None
        cte = self._cte("grouped")
        names = [_identifier(item.alias) for item in items if not item.is_metric]
        for item in items:
            if item.is_metric:
                alias = _identifier(item.alias)
                names += [alias, f"{alias} / SUM({alias}) OVER () AS {item.alias}_share"]
        body = _indented(self.block(items, wanted))
        return "\n".join(
            [
                f"WITH {cte} AS (",
                *body,
                ")",
                f"SELECT {', '.join(names)}",
                f"FROM {cte}",
                *self.tail(),
            ]
        )

    def _part_statement(self, part: Part) -> str:
        self._additive("share")
        if len(self.query.metrics) != 1 or self.query.dimensions or self.query.having:
            self.refuse(
                "part-of-one",
                "A share of a part takes exactly one metric and no dimension.",
                "part",
            )
            return ""
        wanted = self.query.time.range if self.query.time else None
        metric = self.metric_sql(self.query.metrics[0], "metrics 1")
        whole, own = self._cte("whole_amount"), self._cte("part_amount")
        item = _Item(metric.sql, "amount_asked", True)
        extra = self.conditions(part.filters, part.segments, part.excluded_segments)
        return "\n".join(
            [
                f"WITH {own} AS (", *_indented(self.block([item], wanted, extra)), "),",
                f"{whole} AS (", *_indented(self.block([item], wanted)), ")",
                f"SELECT {own}.amount_asked AS part, {whole}.amount_asked AS whole,",
                f"  coalesce({own}.amount_asked, 0) / {whole}.amount_asked AS share",
                f"FROM {own} CROSS JOIN {whole}",
            ]
        )  # fmt: skip

    def _compare_statement(self, compare: Level | TimeRange) -> str:
        time = self.query.time
        wanted = time.range if time else None
        before = shift_range(wanted, compare) if wanted else None
        if wanted is None or before is None:
            self.refuse(
                "open-comparison",
                "A comparison of periods needs a range with two ends.",
                "time.compare",
            )
            return ""
        if time is not None and time.grain:
            self.refuse(
                "comparison-with-grain", "Compare whole periods, or show a grain; not both.", "time"
            )
            return ""
        now_name, then_name = self._cte("this_period"), self._cte("that_period")
        items = self.items()
        keys = [item.alias for item in items if not item.is_metric]
        columns = [
            f"coalesce(n.{_identifier(k)}, b.{_identifier(k)}) AS {_identifier(k)}" for k in keys
        ]
        for item in items:
            if item.is_metric:
                now, then = f"n.{_identifier(item.alias)}", f"b.{_identifier(item.alias)}"
                columns += [
                    f"{now} AS {_identifier(item.alias)}", f"{then} AS {item.alias}_before",
                    f"{now} - {then} AS {item.alias}_change",
                    f"({now} - {then}) / {then} AS {item.alias}_change_percent",
                ]  # fmt: skip
        matches = [f"n.{_identifier(k)} IS NOT DISTINCT FROM b.{_identifier(k)}" for k in keys]
        join = (
            f"FULL JOIN {then_name} AS b ON {' AND '.join(matches)}"
            if keys
            else f"CROSS JOIN {then_name} AS b"
        )
        return "\n".join(
            [
                f"WITH {now_name} AS (", *_indented(self.block(items, wanted)), "),",
                f"{then_name} AS (", *_indented(self.block(items, before)), ")",
                "SELECT " + ",\n  ".join(columns), f"FROM {now_name} AS n", join, *self.tail(),
            ]
        )  # fmt: skip


_GRAINS: Final = frozenset(
    {"day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"}
)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for text in lines for line in text.split("\n")]


def _contains(name: str, text: str) -> str:
    return f"contains(lower({name}), {text.lower()})"


_OPERATIONS: Final[Mapping[str, Callable[[str, list[str]], str]]] = {
    "=": lambda name, v: f"{name} = {v[0]}",
    "!=": lambda name, v: f"({name} <> {v[0]} OR {name} IS NULL)",
    ">": lambda name, v: f"{name} > {v[0]}",
    ">=": lambda name, v: f"{name} >= {v[0]}",
    "<": lambda name, v: f"{name} < {v[0]}",
    "<=": lambda name, v: f"{name} <= {v[0]}",
    "in": lambda name, v: f"{name} IN ({', '.join(v)})" if len(v) > 1 else f"{name} = {v[0]}",
    "not_in": lambda name, v: f"({name} NOT IN ({', '.join(v)}) OR {name} IS NULL)",
    "between": lambda name, v: f"{name} BETWEEN {v[0]} AND {v[1]}",
    "contains": lambda name, v: _contains(name, v[0]),
    "not_contains": lambda name, v: f"(NOT {_contains(name, v[0])} OR {name} IS NULL)",
    "starts_with": lambda name, v: f"starts_with(lower({name}), {v[0].lower()})",
    "is_null": lambda name, v: f"{name} IS NULL",
    "is_not_null": lambda name, v: f"{name} IS NOT NULL",
}


def _reach(catalog: Catalog, model: Model | None) -> list[Model]:
    """The models whose dimensions can be named from `model`; all for the spanning relation."""
    if model is None:
        return list(catalog.models.values())
    return [model, *(catalog.models[name] for name in model.neighbours)]


def _find(catalog: Catalog, model: Model | None, name: str) -> Dimension | None:
    """The dimension `name` as seen from `model`, its own first."""
    owner, _, bare = name.rpartition(".")
    for candidate in _reach(catalog, model):
        if owner in ("", candidate.name) and bare in candidate.dimensions:
            return candidate.dimensions[bare]
    return None


def _shared_key(catalog: Catalog, model: Model, other: Model) -> tuple[str, str] | None:
    """Dimensions of `model` and `other` that hold the same key, by declared relationships."""
    for relation in catalog.relationships:
        if (relation.from_model, relation.to_model) == (model.name, other.name):
            return relation.from_dimension, relation.to_dimension
        if (relation.to_model, relation.from_model) == (model.name, other.name):
            return relation.to_dimension, relation.from_dimension
    mine = {
        (r.to_model, r.to_dimension): r.from_dimension
        for r in catalog.relationships
        if r.from_model == model.name
    }
    for relation in catalog.relationships:
        key = mine.get((relation.to_model, relation.to_dimension))
        if key is not None and relation.from_model == other.name:
            return key, relation.from_dimension
    return None
