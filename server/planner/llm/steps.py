"""A tool call of a language model to a step of ours, or to the issues that keep it from being one.

Called by `talk.py`. Invariant: arguments are checked like the body of a request, whatever the
provider promises to enforce; what comes out is a value of `plan.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta
from pydantic import ValidationError

from semantic.definitions import Catalog
from semantic.issues import Issue, SemanticError, did_you_mean, suggest
from semantic.request import OrderBy, SemanticQuery, TimeRange, TimeSpec, to_sql
from server.planner.llm.schemas import ANALYSIS, ASK_BACK, DECLINE, QUERY
from server.planner.llm.values import to_filter
from server.planner.plan import ChartKind, PlannedAnalysis, PlannedQuery
from server.providers.base import ToolCall

_TEXT: Final = Meta(max_length=2_000)
Text = Annotated[str, _TEXT]
Names = Annotated[tuple[Text, ...], Meta(max_length=20)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all arguments: an unknown key is an error."""


class SqlQuery(_Body, frozen=True):
    """`query` in the tool style."""

    semantic_sql: Annotated[str, Meta(min_length=1, max_length=10_000)]
    title: Text = ""
    chart: ChartKind | None = None


class FilterArguments(_Body, frozen=True):
    """One condition of `query` in the schema style."""

    dimension: Text
    op: Text
    values: Names = ()


class ObjectQuery(_Body, frozen=True):
    """`query` in the schema style."""

    metrics: Names
    dimensions: Names = ()
    filters: Annotated[tuple[FilterArguments, ...], Meta(max_length=20)] = ()
    segments: Names = ()
    from_: Text | None = msgspec.field(default=None, name="from")
    to: Text | None = None
    order: Literal["highest_first", "lowest_first"] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None


class Pair(_Body, frozen=True):
    """One parameter of an analysis."""

    name: Text
    value: str | int | float | None


class AnalysisCall(_Body, frozen=True):
    """`run_analysis`."""

    name: Text
    parameters: Annotated[tuple[Pair, ...], Meta(max_length=20)] = ()


class OptionArguments(_Body, frozen=True):
    """One reading of `ask_back`."""

    label: Text
    semantic_sql: Annotated[str, Meta(max_length=10_000)] | None = None


class AskBack(_Body, frozen=True):
    """`ask_back`; an option is a reading with its query, or a text."""

    question: Text
    options: Annotated[tuple[OptionArguments | Text, ...], Meta(max_length=10)] = ()


class Decline(_Body, frozen=True):
    """`decline`."""

    reason: Text
    available: Annotated[tuple[Text, ...], Meta(max_length=50)] = ()


Step = PlannedQuery | PlannedAnalysis | AskBack | Decline


def read_step(
    call: ToolCall, catalog: Catalog, members: Mapping[str, Sequence[str]]
) -> Step | tuple[Issue, ...]:
    """The step that a call asks for, or everything that is wrong with it."""
    try:
        if call.name == QUERY:
            return _read_query(call.arguments, catalog, members)
        if call.name == ANALYSIS:
            asked = msgspec.json.decode(call.arguments, type=AnalysisCall)
            return PlannedAnalysis(asked.name, asked.name.replace("_", " "), _parameters(asked))
        if call.name == ASK_BACK:
            return msgspec.json.decode(call.arguments, type=AskBack)
        if call.name == DECLINE:
            return msgspec.json.decode(call.arguments, type=Decline)
    except SemanticError as error:
        return error.issues
    except (msgspec.MsgspecError, RecursionError) as error:
        return (Issue("invalid-arguments", f"The arguments are not valid: {str(error)[:200]}."),)
    except ValidationError as error:
        return tuple(
            Issue("invalid-arguments", f"{'.'.join(map(str, e['loc']))}: {e['msg']}"[:300])
            for e in error.errors(include_input=False, include_url=False)[:5]
        )
    tools = (QUERY, ANALYSIS, ASK_BACK, DECLINE)
    hint = did_you_mean(suggest(call.name, tools)) or f"The tools are {', '.join(tools)}."
    return (Issue("unknown-tool", f"There is no tool '{call.name[:60]}'.", hint=hint),)


def _read_query(
    arguments: str, catalog: Catalog, members: Mapping[str, Sequence[str]]
) -> PlannedQuery:
    try:
        sql = msgspec.json.decode(arguments, type=SqlQuery)
    except msgspec.ValidationError:
        asked = msgspec.json.decode(arguments, type=dict[str, Any])
        if "metrics" not in asked:
            raise
        query = _to_query(msgspec.convert(asked, ObjectQuery), catalog, members)
        return PlannedQuery("", query, to_sql(catalog, query), asked=query)
    return PlannedQuery(sql.title, sql=sql.semantic_sql, chart=sql.chart)


def _to_query(
    asked: ObjectQuery, catalog: Catalog, members: Mapping[str, Sequence[str]]
) -> SemanticQuery:
    filters = tuple(
        to_filter(catalog, members, item.dimension, item.op, item.values) for item in asked.filters
    )
    start, end = _day(asked.from_), _day(asked.to)
    time = TimeSpec(range=TimeRange(start=start, end=end)) if start or end else None
    by = asked.metrics[0] if asked.metrics else ""
    direction: Literal["asc", "desc"] = "asc" if asked.order == "lowest_first" else "desc"
    is_ranked = bool(by and asked.dimensions and (asked.order or asked.limit))
    return SemanticQuery(
        metrics=asked.metrics,
        dimensions=asked.dimensions,
        filters=filters,
        segments=asked.segments,
        time=time,
        order_by=(OrderBy(name=by, direction=direction),) if is_ranked else (),
        limit=asked.limit if asked.dimensions else None,
    )


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"'{text[:40]}' is no day."
        raise SemanticError([Issue("invalid-day", message, hint="Write YYYY-MM-DD.")]) from None


def _parameters(asked: AnalysisCall) -> dict[str, Any]:
    """The parameters by name; a text that is a number where it looks like one."""
    return {pair.name: _number(pair.value) for pair in asked.parameters}


def _number(value: str | int | float | None) -> Any:
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        return number if number == number and "_" not in value else value
    return value
