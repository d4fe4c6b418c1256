"""A report definition as pydantic types: what a file below `reports/` or a request may hold.

Read by `definitions.py`, which adds file and line to mistakes. Says nothing about whether names
exist: `check.py` does. Invariant: an unknown key is an error; no text holds a control character.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from semantic.query_object import AnyOf, Filter, MetricReference, Reference, SemanticQuery
from semantic.spec import Name, Spec

Scalar = str | bool | int | float
Formats = Literal["pdf", "html", "xlsx", "csv"]
Period = Literal["day", "week", "month", "quarter", "year"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
EMAIL: Final = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$"
)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"\$([a-z][a-z0-9_]*)")
NAMED_DAYS: Final = (
    "today", "yesterday", "end of last week", "end of last month", "end of last quarter",
    "end of last year", "end of last fiscal quarter", "end of last fiscal year",
)  # fmt: skip


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("a control character or line break cannot stand here")
    return text


def _day(text: str) -> str:
    if text in NAMED_DAYS:
        return text
    if not _DAY.fullmatch(text):
        raise ValueError(f"write a day as YYYY-MM-DD, or one of: {', '.join(NAMED_DAYS)}")
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("there is no such day") from error
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Email = Annotated[str, Field(pattern=EMAIL, max_length=254)]
Folder = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#@\\]+(?:[/?#][!-~]*)?$", max_length=2000)]
Day = Annotated[str, AfterValidator(_day)]
Age = Annotated[str, Field(pattern=r"^[1-9]\d{0,3} (hour|day|week)s?$")]
Question = Annotated[str, Field(min_length=1, max_length=4000)]
Sql = Annotated[str, Field(min_length=1, max_length=10_000)]
Amount = Annotated[float, Field(allow_inf_nan=False)]
Percent = Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,6})? ?%$")]


class SectionSpec(Spec):
    """One part of a report: exactly one of question, analysis, sql, query and dashboard."""

    title: Line | None = None
    question: Question | None = None
    analysis: Name | None = None
    sql: Sql | None = None
    query: SemanticQuery | None = None
    dashboard: bool = False
    parameters: dict[Name, Scalar | None] = Field(default_factory=dict)
    """Of the analysis; a text `$name` is the report's parameter of that name."""

    @model_validator(mode="after")
    def _one_kind(self) -> SectionSpec:
        given = [self.question, self.analysis, self.sql, self.query, self.dashboard or None]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give exactly one of question, analysis, sql, query and dashboard")
        if self.parameters and self.analysis is None:
            raise ValueError("'parameters' belong to an analysis")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """The report's parameters that it uses."""
        texts = [self.question or "", self.sql or ""]
        texts += [value for value in self.parameters.values() if isinstance(value, str)]
        return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))


class WebhookSpec(Spec):
    """An address that takes JSON, and whose JSON it is."""

    url: Url
    kind: Literal["slack", "teams", "json"] = "json"


class RecipientsSpec(Spec):
    """Who gets it, by channel."""

    email: Annotated[tuple[Email, ...], Field(max_length=50)] = ()
    folder: Annotated[tuple[Folder, ...], Field(max_length=10)] = ()
    webhook: Annotated[tuple[WebhookSpec, ...], Field(max_length=10)] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody gets it."""
        return not (self.email or self.folder or self.webhook)


class ConditionSpec(Spec):
    """When a report is sent at all; every part given must hold."""

    only_if: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """A condition in semantic SQL over the whole model."""
    data_not_older_than: Age | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> ConditionSpec:
        if self.only_if is None and self.data_not_older_than is None:
            raise ValueError("give 'only_if' or 'data_not_older_than', or delete 'condition'")
        return self


class AlertSpec(Spec):
    """One metric against a line; sent once each time the line is crossed."""

    name: Name
    title: Line | None = None
    metric: MetricReference
    segments: Annotated[tuple[Reference, ...], Field(max_length=20)] = ()
    filters: Annotated[tuple[Filter | AnyOf, ...], Field(max_length=20)] = ()
    period: Period | None = None
    """The last whole one before as_of; without it, all time."""
    time: Reference | None = None
    """Which dates the period is about; by default those of the metric's model."""
    above: Amount | None = None
    below: Amount | None = None
    rises_by: Percent | None = None
    falls_by: Percent | None = None

    @model_validator(mode="after")
    def _one_line(self) -> AlertSpec:
        lines = (self.above, self.below, self.rises_by, self.falls_by)
        if sum(line is not None for line in lines) != 1:
            raise ValueError("give exactly one of above, below, rises_by and falls_by")
        if self.is_change and self.period is None:
            raise ValueError("'rises_by' and 'falls_by' need a 'period' to compare with")
        if self.time is not None and self.period is None:
            raise ValueError("'time' needs a 'period'")
        return self

    @property
    def is_change(self) -> bool:
        """Whether it is about the difference from the period before."""
        return self.rises_by is not None or self.falls_by is not None


class ReportSpec(Spec):
    """A whole definition."""

    title: Line
    description: Annotated[str, Field(max_length=2000)] = ""
    as_of: Day = "today"
    roles: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    """Whose policies hold for it; none by default."""
    parameters: dict[Name, Scalar] = Field(default_factory=dict)
    """Defaults of `$name`; a run may give others."""
    sections: Annotated[tuple[SectionSpec, ...], Field(max_length=50)] = ()
    alerts: Annotated[tuple[AlertSpec, ...], Field(max_length=50)] = ()
    recipients: RecipientsSpec = RecipientsSpec()
    formats: Annotated[tuple[Formats, ...], Field(min_length=1, max_length=4)] = ("pdf",)
    paper: Literal["a4", "letter"] | None = None
    condition: ConditionSpec | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ReportSpec:
        if not self.sections and not self.alerts:
            raise ValueError("give at least one of 'sections' and 'alerts'")
        names = [alert.name for alert in self.alerts]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"two alerts are called '{repeated[0]}'")
        return self

    @model_validator(mode="after")
    def _knows_its_parameters(self) -> ReportSpec:
        used = frozenset[str]().union(*(section.placeholders for section in self.sections))
        unknown = sorted(used - self.parameters.keys())
        if unknown:
            raise ValueError(f"'${unknown[0]}' is used and not declared under 'parameters'")
        return self


class NamedReportSpec(ReportSpec):
    """The body of POST /api/reports: a definition and its name."""

    name: Name

    def to_definition(self) -> ReportSpec:
        """The definition alone."""
        return ReportSpec.model_validate(self.model_dump(exclude={"name"}))


def fill(text: str, parameters: dict[str, Scalar]) -> str:
    """The text with each `$name` replaced by the parameter of that name.

    >>> fill("win rate in $region", {"region": "EMEA"})
    'win rate in EMEA'
    """
    return _PLACEHOLDER.sub(lambda m: f"{parameters.get(m[1], m[0])}", text)
