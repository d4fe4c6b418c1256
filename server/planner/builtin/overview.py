"""Like "How are we doing?": the figures, splits and analyses that the model puts first.

Called by `question.py` for questions that name no number. Invariant: what is shown is chosen by how
the dashboard, the metrics and the analyses are made, never by what they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from semantic.definitions import METRIC_TIME
from semantic.functions import DATE_UNITS
from semantic.request import OrderBy, SemanticQuery, TimeSpec
from semantic.spec import TileSpec
from server.planner.builtin.examples import AnalysisExample, Stored
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import next_questions, polish
from server.planner.builtin.reading import Reading
from server.planner.builtin.wording import interpret
from server.planner.plan import Answerable, Plan, PlannedAnalysis, PlannedQuery

_FIGURES: Final = 6
_SPLITS: Final = 2
_ANALYSES: Final = 2
_KEY_FIGURES: Final = "Key figures"


def plan_overview(reading: Reading, facts: Facts, stored: Sequence[Stored]) -> Plan | None:
    """The overview of a model; None where something more definite is asked."""
    parts = reading.parts
    is_plain = not (parts.group or parts.detail or parts.filters or parts.segments)
    if not reading.has_word("overview") or not is_plain:
        return None
    if parts.measures and not reading.has_word("judgement", "vague"):
        return None
    time = TimeSpec(range=parts.periods[0].range) if parts.periods else None
    tiles = facts.catalog.spec.dashboard or _main_tiles(facts)
    # An analysis looks at the data as of today; it cannot be told another period.
    analyses = choose_analyses(facts, stored, tiles) if time is None else []
    chosen = _choose_tiles(tiles, {one.by for one in analyses})
    if not chosen:
        return None
    queries = tuple(_to_query(tile, time, facts) for tile in chosen)
    first = queries[0].query
    ready = tuple(PlannedAnalysis(one.name, one.title) for one in analyses)
    text = interpret(first, facts, parts.notes) if first is not None else ""
    follow_ups = next_questions(first, facts) if first is not None else ()
    return Plan(Answerable(queries, ready), text, follow_ups=follow_ups)


# ------------------------------------------------------------------ tiles


def _choose_tiles(tiles: Sequence[TileSpec], shown_by: set[str]) -> list[TileSpec]:
    """The tiles of plain figures, then the first series and the first split not shown already."""
    figures = [tile for tile in tiles if not tile.dimensions]
    series = [tile for tile in tiles if _is_series(tile)]
    splits = [
        tile
        for tile in tiles
        if tile.dimensions and not _is_series(tile) and tile.dimensions[0] not in shown_by
    ]
    room = _SPLITS - len(series[:1])
    return [*figures[:1], *splits[:room], *series[:1], *figures[1:2]]


def _is_series(tile: TileSpec) -> bool:
    return any(name.rpartition(".")[2] in DATE_UNITS for name in tile.dimensions)


def _main_tiles(facts: Facts) -> tuple[TileSpec, ...]:
    """For a model without a dashboard: its main metrics, whole, over time and split once."""
    model = facts.model(facts.main_model())
    plain = [m for m in model.metrics.values() if m.kind in ("agg", "ratio") and m.last is None]
    # Sums and rates say more of a business than counts of rows and ends of ranges.
    ranked = sorted(plain, key=lambda m: (m.agg not in ("sum", ""), m.agg not in ("count", "avg")))
    names = tuple(m.name for m in ranked[:_FIGURES])
    if not names:
        return ()
    tiles = [TileSpec(title=_KEY_FIGURES, metrics=names)]
    label = model.metrics[names[0]].label
    split = [d for d in model.dimensions.values() if d.order or d.value_synonyms]
    if split:
        title = f"{label} by {split[0].label.lower()}"
        tiles.append(
            TileSpec(title=title, metrics=names[:1], dimensions=(split[0].name,), chart="bar")
        )
    if model.time:
        tiles.append(
            TileSpec(
                title=f"{label} by month", metrics=names[:1],
                dimensions=(f"{model.time}.month",), chart="line",
            )
        )  # fmt: skip
    return tuple(tiles)


def _to_query(tile: TileSpec, time: TimeSpec | None, facts: Facts) -> PlannedQuery:
    series = [name for name in tile.dimensions if name.rpartition(".")[2] in DATE_UNITS]
    order: tuple[OrderBy, ...] = ()
    if series:
        order = (OrderBy(name=series[0], direction="asc"),)
    elif tile.dimensions:
        order = (OrderBy(name=tile.metrics[0], direction="desc"),)
    query = SemanticQuery(
        model=_only_model(tile, facts),
        metrics=tile.metrics,
        dimensions=tile.dimensions,
        time=time,
        order_by=order,
        limit=tile.limit if tile.dimensions and not series else None,
    )
    return PlannedQuery(tile.title, polish(query, facts), chart=tile.chart, asked=query)


def _only_model(tile: TileSpec, facts: Facts) -> str | None:
    """The model that has all of a tile; None where it spans several."""
    models = {facts.catalog.metrics[name].model for name in tile.metrics}
    if len(models) != 1:
        return None
    model = models.pop()
    known = facts.model(model).dimensions
    names = [name.partition(".")[0] if "." in name else name for name in tile.dimensions]
    return model if all(name in known for name in names if name != METRIC_TIME) else None


# ------------------------------------------------------------------ analyses


def choose_analyses(
    facts: Facts, stored: Sequence[Stored], tiles: Iterable[TileSpec]
) -> list[AnalysisExample]:
    """The analyses without parameters that show most of the dashboard's metrics between them.

    Of the first, one along the steps of a process (a dimension with an order) is preferred; each
    further one has to add metrics that the ones before do not show.
    """
    headline = {name for tile in tiles for name in tile.metrics}
    plain = {
        one.analysis.name: one.analysis
        for one in stored
        if one.analysis is not None and one.analysis.is_plain and one.analysis.by
    }
    chosen: list[AnalysisExample] = []
    left = list(plain.values())
    while left and len(chosen) < _ANALYSES:
        best = max(left, key=lambda one: _worth(one, headline, facts, first=not chosen))
        gain = headline & set(best.metrics)
        if not gain:
            break
        chosen.append(best)
        headline -= gain
        left = [one for one in left if one.by != best.by]
    return chosen


def _worth(
    one: AnalysisExample, headline: set[str], facts: Facts, *, first: bool
) -> tuple[bool, int, str]:
    has_order = any(
        model.dimensions[one.by].order
        for model in facts.catalog.models.values()
        if one.by in model.dimensions
    )
    gain = len(headline & set(one.metrics))
    # The name only settles ties, so that the choice does not depend on the order of files.
    return (first and has_order and gain > 0, gain, one.name)
