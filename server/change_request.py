"""Parameters of `explain_change` to a request whose names are bound, or everything wrong with them.

Called by `server/explain_change.py`; a planner may ask `find_split` beforehand. Pure. Invariant:
only a metric whose parts add up to the whole is explained; any other is refused with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from semantic.definitions import Catalog, Dimension, Metric, Model
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.request import (
    AnyOf,
    Filter,
    Level,
    Related,
    SemanticQuery,
    TimeRange,
    TimeSpec,
    add_months,
    shift_range,
    to_sql,
)  # fmt: skip
from semantic.spec import CalendarSpec, Month, Spec
from server.answer.formats import format_date
from server.change_split import Split, explainable_metrics, find_split
from server.errors import InvalidParameters

MAX_SHOWN: Final = 100
MAX_DIMENSIONS: Final = 10
_PERIOD: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])))?"
    r"|FY(?P<fiscal>\d{4})(?:-Q(?P<fiscal_quarter>[1-4]))?"
)
_FIRST_YEARS: Final = 2 * 366
_LAST_YEAR: Final = 9998
"""Within these, every period has a day after it and one before it."""
_LISTS: Final = ("filters", "segments", "excluded_segments", "related")


class ChangeParameters(Spec):
    """What may be given; a list or an object may also come as the text of its JSON."""

    metric: Annotated[str, Field(max_length=130)]
    dimensions: Annotated[tuple[str, ...], Field(max_length=MAX_DIMENSIONS)] = ()
    period: TimeRange | str
    compare: TimeRange | str = "prior_period"
    time_dimension: Annotated[str, Field(max_length=130)] | None = None
    filters: tuple[Filter | AnyOf, ...] = ()
    segments: tuple[str, ...] = ()
    excluded_segments: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    members: Annotated[int, Field(ge=1, le=MAX_SHOWN)] = 10
    premise: Literal["rise", "fall"] | None = None

    @field_validator("period", "compare", mode="before")
    @classmethod
    def _read_period(cls, raw: Any) -> Any:
        is_year = isinstance(raw, int) and not isinstance(raw, bool)
        return str(raw) if is_year else _read_json(raw)

    @field_validator("dimensions", *_LISTS, mode="before")
    @classmethod
    def _read_list(cls, raw: Any) -> Any:
        if isinstance(raw, str) and not raw.lstrip().startswith("["):
            return [name.strip() for name in raw.split(",") if name.strip()]
        return _read_json(raw)


def _read_json(raw: Any) -> Any:
    if not isinstance(raw, str) or not raw.lstrip().startswith(("[", "{")):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError("the text is not JSON") from error


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What is to be explained; every name is in the catalog and every part adds up."""

    metric: Metric
    split: Split
    dimensions: tuple[tuple[str, Dimension], ...]
    """Asked for, as named from the model; empty where the best are to be chosen."""
    period: TimeRange
    compare: TimeRange
    conditions: SemanticQuery
    """Filters, segments and the time dimension that hold in both periods."""
    members: int
    """Members shown per dimension."""
    premise: Literal["rise", "fall"] | None = None
    """What the asker takes for granted; said to be wrong where it is."""

    @property
    def parameters(self) -> dict[str, str | int]:
        """The parameters as used; given again they ask for the same."""
        found: dict[str, str | int] = {
            "metric": self.metric.name,
            "period": _range_text(self.period),
            "compare": _range_text(self.compare),
            "members": self.members,
        }
        if self.dimensions:
            found["dimensions"] = ", ".join(name for name, _ in self.dimensions)
        stored = self.conditions.model_dump(mode="json", exclude_defaults=True)
        found |= {key: json.dumps(stored[key]) for key in _LISTS if key in stored}
        if self.premise:
            found["premise"] = self.premise
        if self.conditions.time and self.conditions.time.dimension:
            found["time_dimension"] = self.conditions.time.dimension
        return found


def _range_text(wanted: TimeRange) -> str:
    return f"{wanted.start}/{wanted.end}"


def parse_request(catalog: Catalog, given: Mapping[str, Any]) -> ChangeRequest:
    """The request that the parameters stand for.

    Raises:
        InvalidParameters: with every unknown name, ill-formed value and metric without parts.
    """
    try:
        parameters = ChangeParameters.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise _invalid([_to_issue(one) for one in error.errors()]) from error
    metric = catalog.metrics.get(parameters.metric)
    if metric is None:
        near = suggest(parameters.metric, catalog.metrics)
        message = f"There is no metric '{parameters.metric}'."
        hint = did_you_mean(near) or "GET /api/semantic/catalog lists all metrics."
        raise _invalid([Issue("unknown-metric", message, "metric", hint, suggestions=near)])
    split = find_split(catalog, metric)
    if isinstance(split, Issue):
        raise _invalid([_with_alternatives(catalog, metric, split)])
    binder = _Binder(catalog, catalog.models[split.model], parameters)
    request = binder.bind(metric, split)
    if binder.issues:
        raise _invalid(binder.issues)
    return request


def _with_alternatives(catalog: Catalog, metric: Metric, issue: Issue) -> Issue:
    names = explainable_metrics(catalog, metric.model) or explainable_metrics(catalog)
    listed = ", ".join(names[:8])
    hint = f"Changes of these can be explained: {listed}." if names else ""
    return Issue(issue.code, issue.message, "metric", hint, suggestions=names[:3])


class _Binder:
    """Binds the names of one request and gathers issues on the way."""

    def __init__(self, catalog: Catalog, model: Model, parameters: ChangeParameters) -> None:
        self.catalog = catalog
        self.model = model
        self.parameters = parameters
        self.issues: list[Issue] = []

    def bind(self, metric: Metric, split: Split) -> ChangeRequest:
        """The request; of no use where issues were found."""
        parameters = self.parameters
        period = self._period("period", parameters.period)
        compare = self._compare(parameters.compare, period)
        if overlaps(period, compare):
            message = "The two periods overlap, so that the same rows count on both sides."
            self.issues.append(Issue("overlapping-periods", message, "compare"))
        dimensions = [self._dimension(name) for name in dict.fromkeys(parameters.dimensions)]
        conditions = self._conditions(period)
        if self.model.time is None and parameters.time_dimension is None:
            message = f"Model '{self.model.name}' has no time dimension to compare periods on."
            self.issues.append(Issue("no-time-dimension", message, "time_dimension"))
        elif not self.issues:
            self._check(metric, conditions)
        return ChangeRequest(
            metric=metric,
            split=split,
            dimensions=tuple(found for found in dimensions if found is not None),
            period=period,
            compare=compare,
            conditions=conditions,
            members=parameters.members,
            premise=parameters.premise,
        )

    def _conditions(self, period: TimeRange) -> SemanticQuery:
        parameters = self.parameters
        return SemanticQuery(
            model=self.model.name,
            filters=parameters.filters,
            segments=parameters.segments,
            excluded_segments=parameters.excluded_segments,
            related=parameters.related,
            time=TimeSpec(dimension=parameters.time_dimension, range=period),
        )

    def _check(self, metric: Metric, conditions: SemanticQuery) -> None:
        """Let the writer of the SQL look up every name in the conditions."""
        named = self.parameters.time_dimension
        found = next((d for n, d in reachable(self.catalog, self.model) if n == named), None)
        if found is not None and found.kind != "time":
            message = f"'{named}' is a {found.kind}, not a time."
            self.issues.append(Issue("not-a-time", message, "time_dimension"))
        try:
            to_sql(self.catalog, conditions.model_copy(update={"metrics": (metric.name,)}))
        except SemanticError as error:
            self.issues += error.issues

    def _dimension(self, name: str) -> tuple[str, Dimension] | None:
        known = dict(reachable(self.catalog, self.model))
        own = f"{self.model.name}."
        found = known.get(name.removeprefix(own))
        if found is None and "." not in name:
            homes = [n for n in known if n.endswith(f".{name}")]
            found = known[homes[0]] if len(homes) == 1 else None
            name = homes[0] if len(homes) == 1 else name
        if found is None:
            near = suggest(name, known)
            message = f"'{self.model.name}' has no dimension '{name[:130]}'."
            hint = did_you_mean(near)
            self.issues.append(
                Issue("unknown-dimension", message, "dimensions", hint, suggestions=near)
            )
            return None
        if found.kind == "time":
            message = f"'{name}' is a time; the change between two periods is explained by others."
            self.issues.append(Issue("time-explains-nothing", message, "dimensions"))
            return None
        return name.removeprefix(own), found

    # ------------------------------------------------------------ periods

    def _period(self, where: str, given: TimeRange | str) -> TimeRange:
        found = given
        if isinstance(given, str):
            found = parse_period(given.strip(), self.catalog.calendar) or given
        if isinstance(found, TimeRange) and found.start and found.end:
            return found
        message = f"The parameter '{where}' must be a period with two ends."
        hint = (
            "Write 2025-02, 2025-Q1, 2025, FY2025, FY2025-Q1, a day, or 2025-01-01/2025-03-15 "
            "(the second day is the first one after the period)."
        )
        self.issues.append(Issue("bad-period", message, where, hint))
        return _NO_PERIOD

    def _compare(self, given: TimeRange | str, period: TimeRange) -> TimeRange:
        level = next((level for level in get_args(Level) if level == given), None)
        if level is None:
            return self._period("compare", given)
        if period.start is None or period.end is None:
            return period  # refused already
        if period.start.toordinal() - (period.end - period.start).days < _FIRST_YEARS:
            return self._period("compare", "")
        return shift_range(period, level) or _NO_PERIOD


_NO_PERIOD: Final = TimeRange()


def overlaps(one: TimeRange, other: TimeRange) -> bool:
    """Whether two periods share a day; an open one shares none."""
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return max(one.start, other.start) < min(one.end, other.end)


def parse_period(text: str, calendar: CalendarSpec) -> TimeRange | None:
    """The period of a name, or None: a day, month, quarter, year, fiscal one, or START/END.

    >>> parse_period("2025-Q1", CalendarSpec()).end
    datetime.date(2025, 4, 1)
    >>> parse_period("FY2025", CalendarSpec(fiscal_year_start="april")).start
    datetime.date(2024, 4, 1)
    """
    try:
        start, slash, end = text.partition("/")
        if slash:
            return TimeRange(start=_day(start), end=_day(end))
        found = _PERIOD.fullmatch(text)
        if found and int(found["year"] or found["fiscal"]) > _LAST_YEAR:
            return None
        return _named_period(found, calendar) if found else None
    except ValueError:
        return None


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("no day")
    return date.fromisoformat(text)


def _named_period(found: re.Match[str], calendar: CalendarSpec) -> TimeRange:
    if found["fiscal"]:
        # A fiscal year is named after the calendar year it ends in.
        first_month = get_args(Month).index(calendar.fiscal_year_start)
        year = int(found["fiscal"]) - (1 if first_month else 0)
        start, months = date(year, 1 + first_month, 1), 12
        if found["fiscal_quarter"]:
            start, months = add_months(start, 3 * (int(found["fiscal_quarter"]) - 1)), 3
        return TimeRange(start=start, end=add_months(start, months))
    year = int(found["year"])
    if found["day"]:
        start = date(year, int(found["month"]), int(found["day"]))
        return TimeRange(start=start, end=start + timedelta(days=1))
    if found["month"]:
        start, months = date(year, int(found["month"]), 1), 1
    elif found["quarter"]:
        start, months = date(year, 3 * int(found["quarter"]) - 2, 1), 3
    else:
        start, months = date(year, 1, 1), 12
    return TimeRange(start=start, end=add_months(start, months))


def name_period(wanted: TimeRange) -> str:
    """A period as people call it.

    >>> name_period(TimeRange(start=date(2025, 1, 1), end=date(2025, 4, 1)))
    'Q1 2025'
    """
    start, end = wanted.start, wanted.end
    if start is None or end is None:
        return "all dates"
    if start.day == 1 and end == add_months(start, 1):
        return format_date(start, "month")
    if start.day == 1 and start.month % 3 == 1 and end == add_months(start, 3):
        return format_date(start, "quarter")
    if (start.month, start.day) == (1, 1) and end == add_months(start, 12):
        return f"{start.year}"
    last = end - timedelta(days=1)
    return f"{start}" if last == start else f"{start} to {last}"


# ------------------------------------------------------------------ dimensions


def reachable(catalog: Catalog, model: Model) -> list[tuple[str, Dimension]]:
    """The dimensions seen from a model, by the name they have there; hidden ones are left out."""
    found = [(d.name, d) for d in model.dimensions.values() if not d.hidden]
    for name in model.neighbours:
        found += [
            (d.qualified, d) for d in catalog.models[name].dimensions.values() if not d.hidden
        ]
    return found


def candidates(catalog: Catalog, model: Model) -> list[tuple[str, Dimension]]:
    """The dimensions a change may be explained by: members with names, no keys, each one once."""
    keys = {f"{m.name}.{m.primary_key}" for m in catalog.models.values()}
    for relation in catalog.relationships:
        keys.add(f"{relation.from_model}.{relation.from_dimension}")
        keys.add(f"{relation.to_model}.{relation.to_dimension}")
    found: dict[str, tuple[str, Dimension]] = {}
    for name, dimension in reachable(catalog, model):
        if dimension.kind in ("text", "boolean") and dimension.qualified not in keys:
            found.setdefault(dimension.name, (name, dimension))
    return list(found.values())


# ------------------------------------------------------------------ issues


def _to_issue(error: Any) -> Issue:
    name = str(error["loc"][0]) if error["loc"] else ""
    known = ChangeParameters.model_fields
    if error["type"] == "extra_forbidden":
        near = suggest(name, known)
        message = f"The analysis has no parameter '{name[:60]}'."
        hint = did_you_mean(near) or f"It takes {', '.join(known)}."
        return Issue("unknown-parameter", message, name[:60], hint, suggestions=near)
    if error["type"] == "missing" and len(error["loc"]) == 1:
        return Issue("missing-parameter", f"The parameter '{name}' is required.", name)
    place = ".".join(str(part) for part in error["loc"][:4])
    message = f"The parameter '{name}' cannot be used: {error['msg']}."
    return Issue("wrong-parameter-type", message, place)


def _invalid(issues: list[Issue]) -> InvalidParameters:
    first = issues[0]
    return InvalidParameters(first.message, hint=first.hint, issues=issues)
