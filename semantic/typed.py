"""Our typed query: names bound to definitions, every expression with its type.

Built by `resolve`, rewritten by `series`, printed by `emit`. Invariant: holds no name that
the asker wrote except as display text of result columns; identifiers come from definitions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from semantic.compiled import ResultColumn, Value
from semantic.definitions import Dimension, Metric, Model, Relationship, Table
from semantic.functions import Function
from semantic.types import BOOLEAN, DATE, INTEGER, DataType


@dataclass(frozen=True, slots=True)
class Constant:
    """A value of the model's author; printed as a literal."""

    type: DataType
    value: Value


@dataclass(frozen=True, slots=True)
class Bound:
    """A value of the asker; always travels as a parameter."""

    type: DataType
    value: Value


@dataclass(frozen=True, slots=True)
class ArgumentValue:
    """A declared `$name` of a named analysis."""

    type: DataType
    name: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The answer's clock, a date."""

    type: DataType = DATE


@dataclass(frozen=True, slots=True)
class Field:
    """A physical column of the table that the dimension's model stands on."""

    type: DataType
    column: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source in FROM."""

    type: DataType
    source: int
    name: str
    repeated: bool = field(default=False, compare=False)
    """True where one value may stand in several rows (reached over a relationship or a join)."""


@dataclass(frozen=True, slots=True)
class Apply:
    """A scalar function of the table in `functions.py`."""

    type: DataType
    function: Function
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator: arithmetic, comparison, text, logic."""

    type: DataType
    op: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """`x IN (...)` over values or over a query of one column."""

    operand: Expr
    items: tuple[Expr, ...] = ()
    query: Query | None = None
    type: DataType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Test:
    """`x IS NULL | TRUE | FALSE`."""

    operand: Expr
    value: bool | None
    type: DataType = BOOLEAN


@dataclass(frozen=True, slots=True)
class Choice:
    """CASE WHEN ... END."""

    type: DataType
    whens: tuple[tuple[Expr, Expr], ...]
    default: Expr | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """CAST or TRY_CAST to `type`."""

    type: DataType
    operand: Expr
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """A date or timestamp moved by whole units; a date stays a date."""

    type: DataType
    operand: Expr
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Order:
    """One item of ORDER BY."""

    expression: Expr
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate of the table in `functions.py`; no args is count(*)."""

    type: DataType
    function: Function
    args: tuple[Expr, ...] = ()
    distinct: bool = False
    filter: Expr | None = None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows or range around the current row; None is unbounded."""

    kind: Literal["rows", "range"]
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Windowed:
    """A window function or an aggregate over a window."""

    type: DataType
    inner: Aggregate | Apply
    partition: tuple[Expr, ...] = ()
    order: tuple[Order, ...] = ()
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class MetricValue:
    """MEASURE(metric) over a source; `series` replaces it before printing."""

    type: DataType
    metric: Metric
    source: int


@dataclass(frozen=True, slots=True)
class Subselect:
    """A query of one column and at most one row, as a value."""

    type: DataType
    query: Query


@dataclass(frozen=True, slots=True)
class Existence:
    """EXISTS (query)."""

    query: Query
    type: DataType = BOOLEAN


Expr = (
    Constant | Bound | ArgumentValue | AsOf | Field | Column | Apply | Operation | Membership | Test
    | Choice | Conversion | Shift | Aggregate | Windowed | MetricValue | Subselect | Existence
)  # fmt: skip


# ------------------------------------------------------------------ sources


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """A dimension as a column of a model source; `path` leads to its model."""

    name: str
    dimension: Dimension
    path: tuple[Relationship, ...]
    expression: Expr
    """Over fields of the dimension's table: its own expression, or the mask of a policy."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A row policy of the model that `path` leads to, over fields of its table."""

    path: tuple[Relationship, ...]
    condition: Expr


@dataclass(frozen=True, slots=True)
class ModelSource:
    """The rows of a model, with the dimensions that the query uses."""

    id: int
    alias: str
    model: Model
    columns: tuple[ModelColumn, ...]
    filters: tuple[RowFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class RollupSource:
    """A stored aggregate in place of a model's rows."""

    id: int
    alias: str
    table: Table
    columns: tuple[tuple[str, Expr], ...]
    """Names and expressions over fields of the table."""


@dataclass(frozen=True, slots=True)
class QuerySource:
    """A subquery."""

    id: int
    alias: str
    query: Query


@dataclass(frozen=True, slots=True)
class CteSource:
    """A reference to a WITH item by its own name."""

    id: int
    alias: str
    cte: str


Source = ModelSource | RollupSource | QuerySource | CteSource


@dataclass(frozen=True, slots=True)
class Joined:
    """A further source of FROM."""

    kind: Literal["inner", "left", "right", "full", "cross"]
    source: Source
    on: Expr | None


@dataclass(frozen=True, slots=True)
class Output:
    """One item of a select list: `name` is our identifier, `column` what the asker sees."""

    name: str
    expression: Expr
    column: ResultColumn


@dataclass(frozen=True, slots=True)
class Cte:
    """A WITH item."""

    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class Select:
    """One block. `grouped` True with no `group` is one row over everything."""

    outputs: tuple[Output, ...]
    source: Source | None = None
    joins: tuple[Joined, ...] = ()
    where: Expr | None = None
    grouped: bool = False
    group: tuple[Expr, ...] = ()
    having: Expr | None = None
    qualify: Expr | None = None
    order: tuple[Order, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    distinct: bool = False
    ctes: tuple[Cte, ...] = ()
    note: str = ""
    """Why the block is there; printed as a comment above it."""


@dataclass(frozen=True, slots=True)
class SetQuery:
    """UNION, EXCEPT or INTERSECT; `order` refers to outputs by 1-based position."""

    op: Literal["union", "except", "intersect"]
    all: bool
    left: Query
    right: Query
    order: tuple[tuple[int, bool, bool], ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    ctes: tuple[Cte, ...] = ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of the left side name the columns."""
        return self.left.outputs


Query = Select | SetQuery

ONE: Constant = Constant(INTEGER, 1)
