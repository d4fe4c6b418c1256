"""The YAML of a semantic model as pydantic types: its grammar, checked key by key.

Called by `load.py`, which adds file and line to every error. Says nothing about
whether names exist: `catalog.py` binds them. Invariant: an unknown key is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=63)]
Text = Annotated[str, Field(max_length=2000)]
Synonyms = tuple[Annotated[str, Field(min_length=1, max_length=100)], ...]
ColumnType = Annotated[
    str,
    Field(pattern=r"^(text|integer|number|boolean|date|timestamp|decimal\(\d{1,2},\s*\d{1,2}\))$"),
]
Format = Literal["currency", "number", "integer", "percent", "days", "date", "text"]
Unit = Literal["day", "week", "month", "quarter", "year"]
Grain = Literal["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]
Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip


class Spec(BaseModel):
    """Base of all: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Named(Spec):
    """What every named thing may say about itself."""

    name: Name
    label: Text = ""
    description: Text = ""
    synonyms: Synonyms = ()


# ------------------------------------------------------------------ sources


class CalendarSpec(Spec):
    """How dates become fiscal years and weeks."""

    fiscal_year_start: Month = "january"
    week_start: Literal["monday", "sunday"] = "monday"
    timezone: str = "UTC"


class ColumnSpec(Spec):
    """How one CSV column becomes one typed column."""

    to: Name
    type: ColumnType = "text"
    required: bool = False
    """An empty cell rejects its line."""
    unique: bool = False
    """A repeated value rejects the later line."""
    between: tuple[float, float] | None = None
    """Inclusive bounds; a value outside rejects its line."""
    one_of: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    """strptime formats for dates and timestamps, tried in order."""
    locale: Literal["en", "de"] = "en"
    """'en' reads 1,234.50; 'de' reads 1.234,50."""
    null_values: tuple[str, ...] = ("", "-", "N/A", "n/a", "NULL", "null")
    """Cells that mean nothing is known."""
    optional: bool = False
    """True where the file may lack the column; its cells are then empty."""
    description: Text = ""


class SourceSpec(Spec):
    """Which CSV files become which table."""

    name: Name
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Glob patterns below the data folder."""
    columns: Annotated[dict[str, ColumnSpec], Field(min_length=1)]
    """By the CSV's own header."""
    row_id: Name | None = None
    """A column of generated row numbers (1..n in file order), where the export has no key."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    ignore_unknown_columns: bool = False


class UnionPart(Spec):
    """One input of a derived table: source column by target column."""

    source: Name
    columns: Annotated[dict[Name, Name], Field(min_length=1)]


class DerivedSpec(Spec):
    """A table made from sources: the distinct keys of all parts; the first non-empty value wins."""

    name: Name
    key: Name
    union: Annotated[tuple[UnionPart, ...], Field(min_length=1)]


# ------------------------------------------------------------------ models


class DimensionSpec(Named):
    """Something to group or filter by."""

    type: Literal["auto", "text", "number", "time", "boolean"] = "auto"
    """`auto`: what the values are; anything else is checked against them."""
    expr: str = ""
    """Over source columns and other dimensions; empty: the source column of the same name."""
    format: Format | None = None
    order: tuple[str, ...] = ()
    """The members in their natural order (stages of a process)."""
    value_synonyms: dict[str, Synonyms] = {}
    hidden: bool = False
    """True: usable in expressions, not shown in pickers or SELECT *."""


class SegmentSpec(Named):
    """A named row filter."""

    filter: Annotated[str, Field(min_length=1)]


class RatioSpec(Spec):
    """of / to, as a ratio of sums; nothing over nothing is NULL."""

    of: Name
    to: Name


class CumulativeSpec(Spec):
    """A metric accumulated over time: to date, over a rolling window, or since ever."""

    of: Name
    to_date: Grain | None = None
    window: Annotated[str, Field(pattern=r"^\d{1,4} (day|week|month|quarter|year)s?$")] | None = (
        None
    )

    @model_validator(mode="after")
    def _one_kind(self) -> CumulativeSpec:
        if self.to_date and self.window:
            raise ValueError("give 'to_date' or 'window', not both")
        return self


class ChangeSpec(Spec):
    """A metric against itself an offset earlier."""

    of: Name
    offset: Annotated[str, Field(pattern=r"^\d{1,3} (day|week|month|quarter|year)s?$")]
    as_: Annotated[Literal["value", "difference", "percent"], Field(alias="as")] = "percent"


class LastSpec(Spec):
    """Semi-additive: only the rows of the last date of each period count."""

    over: Name
    per: tuple[Name, ...] = ()


Aggregation = Literal[
    "sum", "count", "count_distinct", "avg", "min", "max", "median", "percentile", "stddev"
]


class MetricSpec(Named):
    """What is asked for; exactly one of agg, ratio, derived, cumulative and change."""

    agg: Aggregation | None = None
    expr: str = ""
    where: str | tuple[str, ...] = ()
    """Segment names or expressions; all must hold."""
    percentile: Annotated[float, Field(gt=0, lt=1)] | None = None
    last: LastSpec | None = None
    ratio: RatioSpec | None = None
    derived: str = ""
    cumulative: CumulativeSpec | None = None
    change: ChangeSpec | None = None
    format: Format = "number"
    better: Literal["higher", "lower"] | None = None
    """Which direction is good news."""

    @model_validator(mode="after")
    def _one_kind(self) -> MetricSpec:
        kinds = {
            "agg": self.agg,
            "ratio": self.ratio,
            "derived": self.derived,
            "cumulative": self.cumulative,
            "change": self.change,
        }
        given = [name for name, value in kinds.items() if value]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(kinds)}; found {given or 'none'}")
        if self.agg is None and (self.expr or self.where or self.last or self.percentile):
            raise ValueError("'expr', 'where', 'last' and 'percentile' belong to 'agg' metrics")
        if (self.agg == "percentile") != (self.percentile is not None):
            raise ValueError("'percentile: 0.9' belongs to 'agg: percentile' and is required there")
        if self.agg not in (None, "count") and not self.expr:
            raise ValueError(f"'agg: {self.agg}' needs 'expr'")
        return self


class ModelSpec(Named):
    """A named data set with a grain."""

    source: Name
    """A source or a derived table."""
    primary_key: Name
    time: Name | None = None
    """The default time dimension."""
    dimensions: Annotated[tuple[DimensionSpec, ...], Field(min_length=1)]
    segments: tuple[SegmentSpec, ...] = ()
    metrics: tuple[MetricSpec, ...] = ()


class RelationshipSpec(Spec):
    """From the many side to the one side, by dimension names."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Name
    from_: Annotated[str, Field(alias="from", pattern=r"^[a-z]\w*\.[a-z]\w*$")]
    to: Annotated[str, Field(pattern=r"^[a-z]\w*\.[a-z]\w*$")]
    type: Literal["many_to_one", "one_to_one"] = "many_to_one"


class PolicySpec(Spec):
    """Rows and masks for a role."""

    role: Name
    model: Name
    rows: str = ""
    mask: dict[Name, str] = {}


class RollupSpec(Spec):
    """A stored aggregate; `rollups` says what it can keep."""

    name: Name
    model: Name
    dimensions: tuple[str, ...]
    metrics: tuple[Name, ...]


class VerifiedQuerySpec(Spec):
    """A question with its trusted semantic SQL."""

    question: Annotated[str, Field(min_length=3)]
    sql: Annotated[str, Field(min_length=8)]
    title: Text = ""
    chart: Literal["bar", "pie", "line", "table", "metrics"] | None = None


class TileSpec(Spec):
    """One tile of the dashboard, as the structured query of DESIGN section 5."""

    title: Text
    metrics: tuple[Name, ...]
    dimensions: tuple[str, ...] = ()
    chart: Literal["bar", "pie", "line", "table", "metrics"] = "metrics"
    limit: int = 12


class OverviewSpec(Spec):
    """What the fixed overview endpoints (health, schema, quick insights) report."""

    records: dict[Name, Name] = {}
    """Key of health.records_count -> metric."""
    insights: dict[Name, Name] = {}
    """Key of quick-insights -> metric; percent metrics are reported 0-100."""
    members: dict[Name, dict[Name, Name]] = {}
    """Source -> key of data/schema -> dimension whose members are listed."""


class SemanticModelSpec(Spec):
    """The whole file."""

    name: Name
    label: Text = ""
    description: Text = ""
    synonyms: Synonyms = ()
    calendar: CalendarSpec = CalendarSpec()
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    strict_metrics: bool = False
    sources: Annotated[tuple[SourceSpec, ...], Field(min_length=1)]
    tables: tuple[DerivedSpec, ...] = ()
    models: Annotated[tuple[ModelSpec, ...], Field(min_length=1)]
    relationships: tuple[RelationshipSpec, ...] = ()
    policies: tuple[PolicySpec, ...] = ()
    rollups: tuple[RollupSpec, ...] = ()
    verified_queries: tuple[VerifiedQuerySpec, ...] = ()
    dashboard: tuple[TileSpec, ...] = ()
    overview: OverviewSpec = OverviewSpec()
    custom_extensions: dict[str, Any] = {}
