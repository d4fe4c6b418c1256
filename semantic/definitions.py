"""The catalog: every model, dimension, metric and relationship, bound and frozen.

Built once per model file by `catalog.py`; read by every step. Invariant: every name in
here exists, every expression in here has been resolved without an issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from semantic import syntax
from semantic.spec import CalendarSpec, SemanticModelSpec
from semantic.types import DataType

if TYPE_CHECKING:
    from semantic.typed import Expr

MetricKind = Literal["agg", "ratio", "derived", "cumulative", "change"]
METRIC_TIME = "metric_time"
"""The dimension every model with a default time has, whatever its own name for it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A physical table of the warehouse."""

    name: str
    columns: Mapping[str, DataType]
    sources: tuple[str, ...]
    """YAML sources whose files end in it."""
    schema: Literal["source", "rollup"] = "source"


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """Something to group or filter by; `expr` reads fields of the model's table."""

    model: str
    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    kind: Literal["text", "number", "time", "boolean"]
    type: DataType
    expr: Expr
    fields: tuple[str, ...]
    """Physical columns read."""
    uses_as_of: bool
    format: str
    order: tuple[str, ...]
    value_synonyms: Mapping[str, tuple[str, ...]]
    hidden: bool

    @property
    def qualified(self) -> str:
        """`model.name`."""
        return f"{self.model}.{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A named row filter; `filter` is resolved in the scope of its model."""

    model: str
    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    filter: syntax.Expression
    text: str


@dataclass(frozen=True, slots=True)
class Last:
    """Semi-additive: rows of the last `over` per period and per `per`."""

    over: str
    per: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Accumulation of metric `of`: to date, over a window of `amount` units, or since ever."""

    of: str
    to_date: str | None
    window: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Change:
    """Metric `of` against itself `amount` units earlier."""

    of: str
    amount: int
    unit: str
    shown: Literal["value", "difference", "percent"]


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """What is asked for. Exactly the fields of its kind are set."""

    model: str
    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    format: str
    better: str
    kind: MetricKind
    formula: str
    """The definition as a person reads it."""
    models: frozenset[str]
    """The models whose rows it aggregates."""
    agg: str = ""
    expr: syntax.Expression | None = None
    where: syntax.Expression | None = None
    percentile: float | None = None
    last: Last | None = None
    of: str = ""
    to: str = ""
    derived: syntax.Expression | None = None
    cumulative: Cumulative | None = None
    change: Change | None = None

    @property
    def qualified(self) -> str:
        """`model.name`."""
        return f"{self.model}.{self.name}"


@dataclass(frozen=True, slots=True)
class Relationship:
    """From the many side to the one side."""

    name: str
    from_model: str
    from_dimension: str
    to_model: str
    to_dimension: str
    one_to_one: bool


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A named data set with a grain."""

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    table: Table
    primary_key: str
    time: str | None
    dimensions: Mapping[str, Dimension]
    segments: Mapping[str, Segment]
    metrics: Mapping[str, Metric]
    neighbours: Mapping[str, tuple[Relationship, ...]]
    """Models reachable over many-to-one relationships, by the one shortest path."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rows and masks of one model for one role."""

    role: str
    model: str
    rows: Expr | None
    """Over fields of the model's table."""
    masks: Mapping[str, Expr]
    """By dimension, over fields of the model's table."""


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """A stored aggregate: one row per combination of its keys."""

    model: str
    table: Table
    keys: Mapping[Expr, Expr]
    """Expression over fields of the model's table -> field of the rollup."""
    parts: Mapping[Expr, Expr]
    """Aggregate over fields of the model's table, without a filter -> field of the rollup."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """Everything that can be asked."""

    spec: SemanticModelSpec
    models: Mapping[str, Model]
    metrics: Mapping[str, Metric]
    """All metrics by name; names are unique over all models."""
    relationships: tuple[Relationship, ...]
    policies: tuple[Policy, ...]
    rollups: tuple[Rollup, ...] = ()
    """Those that the open version holds, the smallest first; none where no version is open."""

    @property
    def name(self) -> str:
        """The name of the semantic model, which is the spanning relation in FROM."""
        return self.spec.name

    @property
    def calendar(self) -> CalendarSpec:
        """Fiscal years and weeks."""
        return self.spec.calendar

    def get_dimension(self, model: str, name: str) -> Dimension:
        """The dimension, or KeyError."""
        return self.models[model].dimensions[name]
