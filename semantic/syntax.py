"""The tree of allowed nodes: what semantic SQL can say, as frozen values.

Built by `parse.py` from sqlglot's tree, read by `resolve.py`. Nothing of sqlglot goes
beyond `parse.py`. Invariant: names here are the asker's text; they are looked up, never printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from semantic.issues import Place
from semantic.types import DataType

BinaryOp = Literal[
    "+", "-", "*", "/", "//", "%", "||", "=", "<>", "<", "<=", ">", ">=",
    "like", "ilike", "is distinct from", "is not distinct from",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything with a place in the text."""

    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name of one or two parts: `stage`, `accounts.region`."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The name as written, without quotes."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A constant: text, number, boolean or NULL. Dates are casts of text."""

    value: str | int | Decimal | float | bool | None


@dataclass(frozen=True, slots=True)
class ArgumentRef(Node):
    """A declared `$name` of a named analysis."""

    name: str


@dataclass(frozen=True, slots=True)
class Star(Node):
    """`*` in a select list or in count(*); `excluded` are the names of EXCLUDE."""

    excluded: tuple[str, ...] = ()
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x` or `NOT x`."""

    op: Literal["-", "not"]
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """An arithmetic, text or comparison operator."""

    op: BinaryOp
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """A flat AND or OR of two or more conditions."""

    op: Literal["and", "or"]
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class In(Node):
    """`x IN (a, b)` or `x IN (SELECT ...)`."""

    operand: Expression
    items: tuple[Expression, ...] = ()
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`x BETWEEN low AND high`, both inclusive."""

    operand: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class Is(Node):
    """`x IS NULL`, `x IS TRUE`, `x IS FALSE`."""

    operand: Expression
    value: bool | None


@dataclass(frozen=True, slots=True)
class Case(Node):
    """A searched or simple CASE."""

    operand: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Cast(Node):
    """CAST(x AS type), x::type, DATE '...', TRY_CAST."""

    operand: Expression
    type: DataType
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """INTERVAL 3 MONTH."""

    amount: int
    unit: Literal["day", "week", "month", "quarter", "year", "hour", "minute", "second"]


@dataclass(frozen=True, slots=True)
class Frame(Node):
    """A window frame; a bound is None for UNBOUNDED, 0 for CURRENT ROW, else rows before/after."""

    kind: Literal["rows", "range"]
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class OrderItem(Node):
    """One item of ORDER BY; `nulls_first` None means the default, last."""

    expression: Expression
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Window(Node):
    """OVER (PARTITION BY ... ORDER BY ... frame)."""

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function call, with everything that may decorate it."""

    name: str
    args: tuple[Expression, ...]
    distinct: bool = False
    order_by: tuple[OrderItem, ...] = ()
    filter: Expression | None = None
    over: Window | None = None


@dataclass(frozen=True, slots=True)
class ScalarQuery(Node):
    """A subquery used as a value."""

    query: Query


@dataclass(frozen=True, slots=True)
class Exists(Node):
    """EXISTS (SELECT ...)."""

    query: Query


Expression = (
    Name | Constant | ArgumentRef | Star | Unary | Binary | Logic | In | Between | Is | Case
    | Cast | Interval | Call | ScalarQuery | Exists
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SelectItem(Node):
    """One item of the select list."""

    expression: Expression
    alias: str = ""


@dataclass(frozen=True, slots=True)
class TableRef(Node):
    """A model, the spanning relation or a CTE by name."""

    name: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class SubqueryRef(Node):
    """A subquery in FROM."""

    query: Query
    alias: str = ""


Relation = TableRef | SubqueryRef


@dataclass(frozen=True, slots=True)
class Join(Node):
    """One JOIN; exactly one of `on` and `using` is given, neither for CROSS."""

    kind: Literal["inner", "left", "right", "full", "cross"]
    relation: Relation
    on: Expression | None = None
    using: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cte(Node):
    """One WITH item."""

    name: str
    query: Query


@dataclass(frozen=True, slots=True)
class Select(Node):
    """One SELECT block; `group_all` and `order_all` are the forms with ALL."""

    items: tuple[SelectItem, ...]
    source: Relation | None = None
    joins: tuple[Join, ...] = ()
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    group_all: bool = False
    having: Expression | None = None
    qualify: Expression | None = None
    order_by: tuple[OrderItem, ...] = ()
    order_all: bool = False
    limit: Expression | None = None
    offset: Expression | None = None
    distinct: bool = False
    ctes: tuple[Cte, ...] = ()


@dataclass(frozen=True, slots=True)
class SetOperation(Node):
    """UNION, EXCEPT or INTERSECT of two queries."""

    op: Literal["union", "except", "intersect"]
    all: bool
    left: Query
    right: Query
    order_by: tuple[OrderItem, ...] = ()
    order_all: bool = False
    limit: Expression | None = None
    offset: Expression | None = None
    ctes: tuple[Cte, ...] = ()


Query = Select | SetOperation
