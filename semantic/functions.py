"""The function table: every function that semantic SQL knows, and how the engine spells it.

Called by `resolve` (lookup, argument kinds, result type) and `emit` (templates).
Invariant: a function, an arity or an argument kind that is not listed is refused; unit,
format and width arguments are constants checked here and never reach the engine as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from semantic.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    MAP,
    NULL,
    TEXT,
    TIMESTAMP,
    DataType,
)  # fmt: skip

ArgumentKind = Literal[
    "any", "text", "number", "integer", "boolean", "time", "unit", "span_unit", "part",
    "text_constant",
    "small_constant", "fraction_constant", "format_constant",
]  # fmt: skip
Returns = Literal["text", "integer", "double", "boolean", "date", "first", "widest", "sum", "map"]
Category = Literal["scalar", "aggregate", "window"]

DATE_UNITS: Final = ("day", "week", "month", "quarter", "year")
GRAINS: Final = (*DATE_UNITS, "fiscal_quarter", "fiscal_year")
SPAN_UNITS: Final = (*GRAINS, "hour", "minute", "second")
"""What the time between two moments can be counted in."""
DATE_PARTS: Final = (
    "year", "quarter", "month", "week", "day", "dayofweek", "isodow", "dayofyear", "hour",
    "fiscal_year", "fiscal_quarter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its signature here, its spelling there."""

    name: str
    category: Category
    args: tuple[ArgumentKind, ...]
    returns: Returns
    template: str
    """With {0}, {1} for arguments; {*} for all of them, comma-separated."""
    engine: tuple[str, ...] = ()
    """Engine function names the template calls, for the check by DuckDB's own parser."""
    optional: int = 0
    """How many trailing arguments may be missing."""
    variadic: bool = False
    """The last kind may repeat."""
    repeats_matter: bool = False
    """Aggregates whose value changes when a row stands twice."""
    distinct: bool = False
    """DISTINCT is allowed."""
    about: str = ""


def _kinds(text: str) -> tuple[ArgumentKind, ...]:
    return tuple(cast("ArgumentKind", kind) for kind in text.split())


def _scalar(
    name: str, args: str, returns: Returns, template: str = "", optional: int = 0,
    variadic: bool = False, engine: tuple[str, ...] = (), about: str = "",
) -> Function:  # fmt: skip
    kinds = _kinds(args)
    return Function(
        name, "scalar", kinds, returns, template or f"{name}({{*}})", engine or (name,), optional,
        variadic, about=about,
    )  # fmt: skip


def _aggregate(
    name: str, args: str, returns: Returns, template: str = "", engine: tuple[str, ...] = (),
    repeats_matter: bool = True, distinct: bool = False, about: str = "",
) -> Function:  # fmt: skip
    kinds = _kinds(args)
    return Function(
        name, "aggregate", kinds, returns, template or f"{name}({{*}})", engine or (name,),
        repeats_matter=repeats_matter, distinct=distinct, about=about,
    )  # fmt: skip


def _window(name: str, args: str, returns: Returns, optional: int = 0, about: str = "") -> Function:
    kinds = _kinds(args)
    return Function(
        name, "window", kinds, returns, f"{name}({{*}})", (name,), optional, about=about
    )


_ABOVE_ZERO: Final = "{}(nullif(greatest(CAST({{0}} AS DOUBLE), 0), 0))"

_LARGEST: Final = "{}({{0}}, CASE WHEN {{1}} IS NOT NULL THEN row({{1}}, {{0}}) END)"

_ALL: Final = (
    # text
    _scalar("lower", "text", "text"),
    _scalar("upper", "text", "text"),
    _scalar("trim", "text", "text"),
    _scalar("ltrim", "text", "text"),
    _scalar("rtrim", "text", "text"),
    _scalar("length", "text", "integer"),
    _scalar("len", "text", "integer", "length({*})", engine=("length",)),
    _scalar("left", "text small_constant", "text", '"left"({0}, {1})'),
    _scalar("right", "text small_constant", "text", '"right"({0}, {1})'),
    _scalar("substring", "text integer integer", "text", optional=1),
    _scalar("substr", "text integer integer", "text", "substring({*})", 1, engine=("substring",)),
    _scalar("split_part", "text text_constant small_constant", "text"),
    _scalar("replace", "text text_constant text_constant", "text"),
    _scalar("concat", "any", "text", variadic=True),
    _scalar("concat_ws", "text_constant any", "text", variadic=True),
    _scalar("starts_with", "text text", "boolean"),
    _scalar("ends_with", "text text", "boolean"),
    _scalar("contains", "text text", "boolean"),
    _scalar("strpos", "text text", "integer"),
    _scalar("position", "text text", "integer", "strpos({*})", engine=("strpos",)),
    # numbers
    _scalar("abs", "number", "first"),
    _scalar("sign", "number", "integer"),
    _scalar("round", "number small_constant", "first", optional=1),
    _scalar("floor", "number", "first"),
    _scalar("ceil", "number", "first"),
    _scalar("ceiling", "number", "first", "ceil({*})", engine=("ceil",)),
    _scalar("trunc", "number", "first"),
    # Below zero there is no root and no logarithm: NULL, as for NULL itself. Each argument stands
    # once, or calls inside of calls would double the text at every level.
    _scalar("sqrt", "number", "double",
            "sqrt(nullif(greatest(CAST({0} AS DOUBLE), -5e-324), -5e-324))", engine=("sqrt",)),
    _scalar("ln", "number", "double", _ABOVE_ZERO.format("ln"), engine=("ln",)),
    _scalar("log10", "number", "double", _ABOVE_ZERO.format("log10"), engine=("log10",)),
    _scalar("log", "number", "double", _ABOVE_ZERO.format("log10"), engine=("log10",)),
    _scalar("power", "number number", "double"),
    _scalar("pow", "number number", "double", "power({*})", engine=("power",)),
    _scalar("mod", "number number", "first", "mod({0}, nullif({1}, 0))"),
    # choice
    _scalar("coalesce", "any", "widest", variadic=True, engine=("coalesce",)),
    _scalar("ifnull", "any any", "widest", "coalesce({*})", engine=("coalesce",)),
    _scalar("nvl", "any any", "widest", "coalesce({*})", engine=("coalesce",)),
    _scalar("nullif", "any any", "first"),
    _scalar("greatest", "any", "widest", variadic=True),
    _scalar("least", "any", "widest", variadic=True),
    # time
    _scalar("date_trunc", "unit time", "date", about="The first day of the period of a date."),
    _scalar("date_part", "part time", "integer"),
    _scalar("datepart", "part time", "integer"),
    _scalar("date_diff", "span_unit time time", "integer",
            about="Boundaries of the unit crossed from a to b; weeks are spans of seven days."),
    _scalar("datediff", "span_unit time time", "integer"),
    _scalar("year", "time", "integer"),
    _scalar("quarter", "time", "integer"),
    _scalar("month", "time", "integer"),
    _scalar("week", "time", "integer"),
    _scalar("day", "time", "integer"),
    _scalar("dayofweek", "time", "integer"),
    _scalar("isodow", "time", "integer"),
    _scalar("dayofyear", "time", "integer"),
    _scalar("hour", "time", "integer"),
    _scalar("monthname", "time", "text"),
    _scalar("dayname", "time", "text"),
    _scalar("last_day", "time", "date"),
    _scalar("strftime", "time format_constant", "text"),
    _scalar("make_date", "integer integer integer", "date"),
    _scalar("date", "any", "date", engine=()),
    _scalar("fiscal_year", "time", "integer", about="The fiscal year a date lies in."),
    _scalar("fiscal_quarter", "time", "text", about="Like 'FY2025-Q1'."),
    # aggregates
    _aggregate("count", "any", "integer", engine=("count", "count_star"), distinct=True),
    _aggregate("count_if", "boolean", "integer", "count(*) FILTER (WHERE {0})",
               engine=("count_star",)),
    _aggregate("sum", "number", "sum"),
    _aggregate("avg", "number", "double"),
    _aggregate("mean", "number", "double", "avg({*})", engine=("avg",)),
    _aggregate("min", "any", "first", repeats_matter=False),
    _aggregate("max", "any", "first", repeats_matter=False),
    _aggregate("any_value", "any", "first", "min({0})", engine=("min",), repeats_matter=False,
               about="The smallest, so that it is the same on every run."),
    _aggregate("arg_max", "any any", "first", _LARGEST.format("arg_max"), engine=("arg_max",),
               repeats_matter=False, about="a where b is largest; of equals the largest a."),
    _aggregate("max_by", "any any", "first", _LARGEST.format("arg_max"), engine=("arg_max",),
               repeats_matter=False),
    _aggregate("arg_min", "any any", "first", _LARGEST.format("arg_min"), engine=("arg_min",),
               repeats_matter=False, about="a where b is smallest; of equals the smallest a."),
    _aggregate("min_by", "any any", "first", _LARGEST.format("arg_min"), engine=("arg_min",),
               repeats_matter=False),
    _aggregate("median", "number", "double", "median(CAST({0} AS DOUBLE))",
               about="Interpolated; computed on doubles, decimals would be cut to their scale."),
    _aggregate("quantile_cont", "number fraction_constant", "double",
               "quantile_cont(CAST({0} AS DOUBLE), {1})"),
    _aggregate("percentile_cont", "number fraction_constant", "double",
               "quantile_cont(CAST({0} AS DOUBLE), {1})", engine=("quantile_cont",)),
    _aggregate("quantile_disc", "any fraction_constant", "first"),
    _aggregate("stddev", "number", "double", "stddev_samp({0})", engine=("stddev_samp",)),
    _aggregate("stddev_samp", "number", "double"),
    _aggregate("stddev_pop", "number", "double"),
    _aggregate("variance", "number", "double", "var_samp({0})", engine=("var_samp",)),
    _aggregate("var_samp", "number", "double"),
    _aggregate("bool_and", "boolean", "boolean", repeats_matter=False),
    _aggregate("bool_or", "boolean", "boolean", repeats_matter=False),
    _aggregate("string_agg", "text text_constant", "text", distinct=True,
               about="Members joined by a text; give ORDER BY inside for a stable order."),
    _aggregate("histogram", "text", "map", about="How often each member occurs."),
    # windows
    _window("row_number", "", "integer"),
    _window("rank", "", "integer"),
    _window("dense_rank", "", "integer"),
    _window("percent_rank", "", "double"),
    _window("cume_dist", "", "double"),
    _window("ntile", "small_constant", "integer"),
    _window("lag", "any small_constant any", "first", 2),
    _window("lead", "any small_constant any", "first", 2),
    _window("first_value", "any", "first"),
    _window("last_value", "any", "first"),
    _window("nth_value", "any small_constant", "first"),
)  # fmt: skip

FUNCTIONS: Final[Mapping[str, Function]] = {function.name: function for function in _ALL}

OPERATOR_NAMES: Final = frozenset(
    {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "nullif", "coalesce",
     "greatest", "least"}
)  # fmt: skip
"""Operators and helpers that `emit` writes by itself, as DuckDB's parser names them."""

CALENDAR_NAMES: Final = frozenset(
    {"date_trunc", "date_part", "date_diff", "year", "quarter", "month", "to_days", "to_weeks",
     "to_months", "to_quarters", "to_years", "concat", "generate_series", "unnest", "range"}
)  # fmt: skip
"""What the calendar templates of `emit` call."""

ENGINE_FUNCTIONS: Final = (
    frozenset(name for function in _ALL for name in function.engine)
    | OPERATOR_NAMES
    | CALENDAR_NAMES
)
"""Every engine function that a built statement can contain."""


def result_type(function: Function, args: tuple[DataType, ...]) -> DataType:
    """The type of a call.

    >>> result_type(FUNCTIONS["sum"], (DataType("decimal", 18, 2),))
    DataType(kind='decimal', precision=38, scale=2)
    """
    fixed = {
        "text": TEXT, "integer": INTEGER, "double": DOUBLE, "boolean": BOOLEAN, "date": DATE,
        "map": MAP,
    }.get(function.returns)  # fmt: skip
    if fixed is not None:
        return fixed
    if function.returns == "widest":
        return widest(args) or NULL
    first = args[0] if args else NULL
    if function.returns == "sum":
        return DataType("decimal", 38, first.scale) if first.kind == "decimal" else first
    return first


def widest(types: tuple[DataType, ...]) -> DataType | None:
    """The one type that all of `types` fit into, or None when they do not mix.

    >>> widest((INTEGER, DOUBLE))
    DataType(kind='double', precision=0, scale=0)
    """
    kinds = {type_.kind for type_ in types} - {"null"}
    if not kinds:
        return NULL
    if len(kinds) == 1 and "decimal" not in kinds:
        return next(type_ for type_ in types if type_.kind != "null")
    if kinds <= {"integer", "decimal", "double"}:
        if "double" in kinds:
            return DOUBLE
        decimals = [type_ for type_ in types if type_.kind == "decimal"]
        scale = max(type_.scale for type_ in decimals)
        return DataType("decimal", 38, scale)
    if kinds == {"date", "timestamp"}:
        return TIMESTAMP
    return None


def convertible(of: DataType, to: DataType) -> bool:
    """True where CAST leads from one type to the other; a text may still not be convertible.

    >>> convertible(DATE, INTEGER)
    False
    """
    if "text" in (of.kind, to.kind) or of.kind in ("null", to.kind):
        return True
    times = {"date", "timestamp"}
    return "map" not in (of.kind, to.kind) and (of.kind in times) == (to.kind in times)


def accepts(kind: ArgumentKind, type_: DataType) -> bool:
    """True where an argument of `type_` may stand for `kind` (constants are checked apart)."""
    if type_.kind == "null" or kind == "any":
        return type_ != INTERVAL
    wanted: Mapping[str, tuple[str, ...]] = {
        "text": ("text",), "text_constant": ("text",), "format_constant": ("text",),
        "unit": ("text",), "span_unit": ("text",), "part": ("text",),
        "number": ("integer", "decimal", "double"), "integer": ("integer",),
        "small_constant": ("integer",),
        "fraction_constant": ("integer", "decimal", "double"), "boolean": ("boolean",),
        "time": ("date", "timestamp"),
    }  # fmt: skip
    return type_.kind in wanted[kind]
