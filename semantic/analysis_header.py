"""The grammar of an analysis header: what one may say about itself, checked by pydantic.

Read by `analyses.py`, which adds file and line to every error and binds names to statements.
Invariant: frozen; an unknown key is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from semantic.spec import Format, Name, Spec, Synonyms, Text
from semantic.types import DATE, DOUBLE, INTEGER, TEXT, DataType

ParameterType = Literal["text", "integer", "number", "date", "dimension", "metric"]
Shape = Literal["value", "object", "map", "keyed", "rows", "list"]
ChartType = Literal["bar", "pie", "line", "table", "metrics"]

_NUMERIC: Final = ("integer", "number")
_DATA_TYPES: Final[Mapping[str, DataType]] = {
    "text": TEXT,
    "integer": INTEGER,
    "number": DOUBLE,
    "date": DATE,
}


class ParameterSpec(Spec):
    """One parameter of an analysis: a bound value, or a name of the model."""

    type: ParameterType
    description: Text = ""
    required: bool = False
    default: str | int | float | None = None
    """Used where the parameter is absent; None is bound as NULL."""
    min: int | float | None = None
    max: int | float | None = None
    members_of: Annotated[str, Field(pattern=r"^[a-z]\w*\.[a-z]\w*$")] | None = None
    """`model.dimension` whose members are the values allowed."""
    model: Name | None = None
    """For a dimension or a metric: the model it belongs to."""

    @property
    def is_identifier(self) -> bool:
        """True where the value is a name of the model and not data."""
        return self.type in ("dimension", "metric")

    @property
    def data_type(self) -> DataType:
        """The type of the bound value."""
        return _DATA_TYPES[self.type]

    @model_validator(mode="after")
    def _fits_together(self) -> ParameterSpec:
        if self.is_identifier != (self.model is not None):
            raise ValueError("'model' is required for a dimension or a metric, and only there")
        if self.members_of and self.type != "text":
            raise ValueError("'members_of' belongs to 'type: text'")
        if (self.min is not None or self.max is not None) and self.type not in _NUMERIC:
            raise ValueError("'min' and 'max' belong to 'integer' and 'number'")
        if self.required and self.default is not None:
            raise ValueError("a required parameter has no default")
        if self.is_identifier and not self.required and not isinstance(self.default, str):
            raise ValueError("a dimension or a metric needs a default or 'required: true'")
        return self


class ColumnHeader(Spec):
    """What one column of the rows, or one key of the object, means."""

    label: Text = ""
    description: Annotated[str, Field(min_length=1, max_length=2000)]
    format: Format | None = None
    """Instead of the format the compiler finds."""


class ChartSpec(Spec):
    """How the rows of one query are best drawn."""

    type: ChartType
    query: Name | None = None
    """The query drawn; the one of `result.rows` when absent."""
    x: str = ""
    y: tuple[str, ...] = ()


class Part(Spec):
    """One key of the object or one appended column, made from a query or a parameter."""

    query: Name | None = None
    as_: Annotated[Shape, Field(alias="as")] = "value"
    column: str | None = None
    """For a value: which column of the first row; the first one when absent."""
    parameter: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Part:
        if (self.query is None) == (self.parameter is None):
            raise ValueError("give either 'query' or 'parameter'")
        if self.column is not None and self.as_ != "value":
            raise ValueError("'column' belongs to 'as: value'")
        return self


class ResultSpec(Spec):
    """How the tables of the queries become the result."""

    rows: Name | None = None
    append: dict[str, Part] = Field(default_factory=dict)
    """Each adds one row that holds nothing but this column."""
    object: dict[str, Part] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> ResultSpec:
        if (self.rows is None) == (not self.object):
            raise ValueError("give either 'rows' or 'object'")
        if self.append and self.rows is None:
            raise ValueError("'append' belongs to 'rows'")
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part, appended ones and keys."""
        return (*self.append.values(), *self.object.values())


class Header(Spec):
    """The YAML at the top of an analysis file."""

    name: Name
    title: Annotated[str, Field(min_length=3, max_length=200)]
    purpose: Annotated[str, Field(min_length=10, max_length=2000)]
    parameters: dict[Name, ParameterSpec] = Field(default_factory=dict)
    columns: Annotated[dict[str, ColumnHeader], Field(min_length=1)]
    result: ResultSpec
    chart: ChartSpec
    example_questions: Annotated[
        tuple[Annotated[str, Field(min_length=5)], ...], Field(min_length=1)
    ]
    synonyms: Synonyms = ()
