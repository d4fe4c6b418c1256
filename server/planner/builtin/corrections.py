"""Turns that take something back: "no, web", "not shipped, cancelled", "not only web".

Called by `planner.py` on the words of a turn and by `follow_up.py` on its parts. Invariant: what
is taken back leaves the query or is replaced; it is never read as a further exclusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic.request import Filter, SemanticQuery
from server.planner.builtin.facts import Facts
from server.planner.builtin.going_on import carries_over
from server.planner.builtin.reading import Parts
from server.planner.builtin.spans import Item
from server.planner.builtin.tokens import Token
from server.planner.plan import Context

_BREAKS = (",", ".", "!", ";", "-")
_TAKE_OUT = frozenset({"drop", "remove", "hide", "omit"})
_JOINTS = frozenset({"and", "or", "nor", "&", "but", "only", "just"})


def as_correction(tokens: tuple[Token, ...], context: Context) -> tuple[Token, ...]:
    """The turn without what it takes back: "no, web" and "not shipped, cancelled"."""
    tokens = _plain(tokens, context)
    if context.last is None or len(tokens) < 2 or tokens[0].word not in ("no", "nope", "not"):
        return tokens
    sorry = replace(tokens[0], word="sorry")
    if tokens[1].before[:1] in _BREAKS or tokens[0].word == "nope":
        return (sorry, *tokens[1:])
    breaks = [n for n, token in enumerate(tokens) if n > 1 and token.before[:1] in _BREAKS]
    is_pair = len(breaks) == 1 and not _JOINTS & {token.word for token in tokens}
    return (sorry, *tokens[breaks[0] :]) if is_pair else tokens


def _plain(tokens: tuple[Token, ...], context: Context) -> tuple[Token, ...]:
    """The turn with "drop web" as "without web", and a closing "there" as "for those"."""
    if context.last is None or len(tokens) < 2:
        return tokens
    if tokens[0].word in _TAKE_OUT and tokens[1].word not in ("table", "database", "all"):
        tokens = (replace(tokens[0], word="without"), *tokens[1:])
    if tokens[-1].word == "there" and tokens[-2].word not in ("is", "are", "was", "were"):
        tokens = (*tokens[:-1], replace(tokens[-1], text="those", word="those"))
    return tokens


def replaced_in(items: tuple[Item, ...], last: SemanticQuery | None) -> tuple[Item, ...]:
    """The turn without what it says is replaced: "instead of revenue show the margin".

    Where that is no part of the last answer, the words stay and have no meaning; see `is_unsaid`.
    """
    at = _replacing(items)
    if at is None or last is None:
        return items
    beyond = at + 1
    while beyond < len(items) and (items[beyond].kind == "filler" or items[beyond].has_role("of")):
        beyond += 1
    if beyond >= len(items) or not _is_asked(items[beyond], last):
        return items
    return (*items[: at + 1], *items[beyond + 1 :])


def is_unsaid(items: Sequence[Item]) -> bool:
    """True for "instead of ..." where nothing that was asked before is named."""
    return _replacing(items) is not None


def _replacing(items: Sequence[Item]) -> int | None:
    """The "instead" of "instead of"."""
    texts = [item.text.lower() for item in items]
    found = (n for n in range(len(texts) - 1) if texts[n] == "instead" and texts[n + 1] == "of")
    return next(found, None)


def _is_asked(item: Item, last: SemanticQuery) -> bool:
    """True for a metric, a group or a member of the last query."""
    filters = [one for one in last.filters if isinstance(one, Filter)]
    values = {str(value) for one in filters for value in one.values}
    groups = {name.rpartition(".")[2] for name in last.dimensions}
    return any(
        (c.kind == "metric" and c.name in last.metrics)
        or (c.kind == "dimension" and c.name in groups and not last.detail)
        or (c.kind == "value" and set(c.values) <= values)
        or (c.kind == "segment" and c.name in last.segments)
        for c in item.candidates
    )


def widen(query: SemanticQuery, parts: Parts) -> SemanticQuery:
    """The query without the conditions that "not only ..." names."""
    dimensions = {item.dimension for _, item in parts.filters if isinstance(item, Filter)}
    named = {name for _, name in (*parts.segments, *parts.excluded)}
    filters = tuple(
        item
        for item in query.filters
        if not isinstance(item, Filter) or item.dimension not in dimensions
    )
    segments = tuple(name for name in query.segments if name not in named)
    return query.model_copy(update={"filters": filters, "segments": segments})


def carry_segments(query: SemanticQuery, merged: SemanticQuery, facts: Facts) -> SemanticQuery:
    """The new query over the rows that the old metrics counted: "worth how much?".

    A metric brings its condition along in its name, so it has to be said where the name goes.
    """
    if query.detail or query.metrics == merged.metrics or not query.metrics:
        return merged
    old = {facts.own_segments(metric) for metric in query.metrics}
    own = next(iter(old)) if len(old) == 1 else None
    found = [facts.catalog.metrics.get(metric) for metric in merged.metrics]
    if not own or any(one is not None and (one.kind != "agg" or one.where) for one in found):
        return merged
    segments = tuple(dict.fromkeys((*merged.segments, *sorted(own))))
    return merged.model_copy(update={"segments": segments})


def append_measures(query: SemanticQuery, parts: Parts, facts: Facts) -> SemanticQuery | None:
    """The query with further metrics beside its own: "add the number of cancelled orders"."""
    named = frozenset(name for _, name in parts.segments)
    added: list[str] = []
    for measure in parts.measures:
        wanted = named | measure.segments
        metric = facts.with_segments(measure.metric, wanted) if wanted else measure.metric
        if metric is None:
            return None
        added.append(metric)
    if query.detail or query.part or query.share or parts.filters or parts.excluded:
        return None
    if query.overall or not query.metrics or parts.group or parts.grain or parts.periods:
        return None
    known = facts.catalog.metrics
    others = {known[name].model for name in added if name in known} - {query.model}
    if not all(carries_over(query, model, facts) for model in others):
        return None
    update: dict[str, object] = {"metrics": tuple(dict.fromkeys((*query.metrics, *added)))}
    if others:
        update["model"] = None  # what spans all models
    if others and (query.limit or query.place):  # as `polish` does it for a single model
        filled = [Filter(dimension=name, op="is_not_null") for name in query.dimensions]
        update["filters"] = (*query.filters, *filled)
    return query.model_copy(update=update)
