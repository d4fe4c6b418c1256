"""How the result is cut: rankings, orders, charts, after comparisons and shares.

The last steps of composing. Invariant: a rank that has nothing to act on is reported, not dropped.
"""

from __future__ import annotations

from typing import Final

from semantic.definitions import Metric
from server.planner.builtin.comparisons import find_comparison
from server.planner.builtin.naming import measures_quality
from server.planner.builtin.overall import adds_top
from server.planner.builtin.ranks import STANDING, limit_each, ranks_one, ranks_rows
from server.planner.builtin.reading import GLUE, Reading
from server.planner.builtin.settling import has_rows, size_dimension
from server.planner.builtin.shares import find_share
from server.planner.builtin.words import plain_form, section
from server.planner.plan import ChartKind

_DOWN: Final = frozenset({"bottom", "size_bottom", "oldest"})
_QUALITY: Final = frozenset({"best", "worst", "strongest", "weakest", "poorest", "leading"})
_SPEED: Final = frozenset(section("speed").split())
_CHARTS: Final[dict[str, ChartKind]] = {
    "bar": "bar", "pie": "pie", "line": "line", "table": "table", "metrics": "metrics",
}  # fmt: skip


def find_shapes(reading: Reading) -> None:
    """Fill comparison, share, order, limit and chart."""
    find_comparison(reading)
    find_share(reading)
    ranks = list(reading.free("ranking"))
    ends = {item.ranking.role in _DOWN for n in ranks if (item := reading.items[n]).ranking}
    if len(ends) > 1:
        reading.parts.unclear.append("Top and bottom are both named; please ask for one at a time.")
    for at in ranks:
        _find_rank(reading, at)
    _check_place(reading)
    _find_order_words(reading)
    for at in reading.words("chart"):
        reading.parts.chart = _CHARTS.get(reading.items[at].value("chart"))
        reading.use(at)


# ------------------------------------------------------------------ rankings


def _check_place(reading: Reading) -> None:
    """A place needs an order, and nothing else that cuts the result."""
    parts = reading.parts
    if parts.place is None:
        return
    parts.limit = None
    others = (parts.share, parts.part, parts.compare, parts.overall, parts.limit_per, parts.grain)
    is_split = len(parts.group) > 1
    if parts.order is None or any(others) or is_split:
        parts.unclear.append("It is not clear by what that place is counted.")


def _find_rank(reading: Reading, at: int) -> None:
    rank, parts = reading.items[at].ranking, reading.parts
    if rank is None:
        return
    parts.direction = "asc" if rank.role in _DOWN else "desc"
    parts.limit = rank.limit or parts.limit
    parts.place = rank.place or parts.place
    if rank.role in ("newest", "oldest"):
        if _rank_by_time(reading, at):
            reading.use(at)
        return
    if _names_rows(reading, at):
        parts.detail = True
    if parts.detail:
        _rank_rows(reading, at)
    elif ranks_rows(reading, at) or ranks_one(reading, at):
        parts.unclear.append("It is not clear by which number to rank.")
        reading.use(at)
    elif parts.measures and (parts.group or parts.grain):
        _rank_groups(reading, at, rank.limit)


def _rank_groups(reading: Reading, at: int, limit: int | None) -> None:
    """Like "top 5 customers by revenue"."""
    parts, words = reading.parts, reading.items[at].text.lower().split()
    parts.order = parts.order or parts.measures[0].metric
    if parts.place is not None:
        parts.limit = None
    elif adds_top(reading, at):
        parts.overall = "sum"
    elif not limit_each(reading, limit):
        parts.limit = parts.limit or 10
    if words[-1] in _QUALITY or words[0] in _QUALITY:
        _turn_for_quality(reading)
    if words[0] in STANDING or words[-1] in _SPEED:
        _check_sense(reading, at)
    reading.use(at)


def _check_sense(reading: Reading, at: int) -> None:
    """Like "leads in complaints", "the slowest by revenue": what is first or slow there?"""
    parts, text = reading.parts, reading.items[at].text
    metric = reading.facts.catalog.metrics.get(parts.measures[0].metric)
    is_speed = text.lower().split()[-1] in _SPEED
    if not is_speed and parts.is_settled and not has_rows(reading):
        parts.unclear.append(f"It is not clear by which number to rank '{text}'.")
    if is_speed and not reading.facts.is_duration(reading.model, parts.measures[0].metric):
        parts.unclear.append(f"It is not clear by which stretch of time '{text}' is meant.")
    if not is_speed and metric is not None and metric.better == "lower":
        parts.unclear.append(f"'{text}' may mean the highest or the best of {metric.label}.")


def _names_rows(reading: Reading, at: int) -> bool:
    """Like "top 4 renewals": rows called by what they are, with a number of them."""
    parts, rank = reading.parts, reading.items[at].ranking
    if rank is None or rank.limit is None or parts.measures or parts.group or parts.grain:
        return False
    return at + 1 < len(reading.items) and reading.items[at + 1].kind in ("value", "segment")


def _turn_for_quality(reading: Reading) -> None:
    """Like "best" means the lowest where less is better; of "late trips" no less than by name."""
    measure = reading.parts.measures[0]
    metric = reading.facts.catalog.metrics.get(measure.metric)
    if measure.metric == reading.facts.count_metric(reading.model):
        rows = [n for n in range(len(reading.items)) if reading.is_entity(n)]
        named = [found[1] for n in rows if (found := reading.counted_by_name(n)) is not None]
        metric = named[0] if named else metric
    _turn(reading, metric)


def turn_follow_up(reading: Reading, metric: Metric | None) -> None:
    """Like "the five worst" after an answer: by its number, of which less may be better."""
    ranks = [item.text.lower().split() for item in reading.items if item.ranking is not None]
    if not reading.parts.measures and any(_QUALITY & set(words) for words in ranks):
        _turn(reading, metric)


def _turn(reading: Reading, metric: Metric | None) -> None:
    if metric is not None and metric.better == "lower":
        reading.parts.direction = "asc" if reading.parts.direction == "desc" else "desc"


def _rank_by_time(reading: Reading, at: int) -> bool:
    parts = reading.parts
    model = reading.facts.model(reading.model)
    times = [d.name for d in model.dimensions.values() if d.kind == "time"]
    if not parts.detail:
        return False
    happened = _happened(reading) if len(times) > 1 else times[0] if times else None
    name = parts.time_dimension or happened
    if name is None:
        return _rank_by_age(reading, at)
    parts.order = name
    _cut(reading, at)
    return True


def _happened(reading: Reading) -> str | None:
    """The model's own date, where it holds only what has happened: "the latest invoices"."""
    model = reading.facts.model(reading.model)
    covered = reading.facts.coverage.get(f"{model.name}.{model.time}")
    is_past = covered is not None and covered.last <= reading.clock.as_of
    return model.time if is_past else None


def _rank_by_age(reading: Reading, at: int) -> bool:
    """Like "six oldest": where several dates could count, the one number that says how old."""
    parts, words = reading.parts, reading.items[at].text.lower().split()
    numbers = [
        d
        for d in reading.facts.model(reading.model).dimensions.values()
        if d.kind == "number" and not d.hidden and measures_quality(d, "old")
    ]
    ages = [d for n, d in enumerate(numbers) if all(d.expr != e.expr for e in numbers[:n])]
    if len(ages) != 1 or not {"oldest", "newest"} & set(words):
        return False
    parts.order, parts.direction = ages[0].name, "desc" if "oldest" in words else "asc"
    _cut(reading, at)
    return True


def _rank_rows(reading: Reading, at: int) -> None:
    """Like "five largest deals", "top 10 deals by probability"."""
    parts = reading.parts
    number = next(
        (n for n in reading.free("dimension") if reading.dimension_of_kind(n, "number")), None
    )
    if number is not None:
        candidate = reading.dimension_of_kind(number, "number")
        if candidate is not None:
            parts.order = reading.reference(candidate)
            reading.use(number)
            _use_by(reading, number)
    else:
        word = reading.items[at].text.lower().split()
        if parts.order is not None:
            reading.use(at)  # "largest by weight, top 3"
            return
        amount = size_dimension(reading, at)
        if amount is None or (_QUALITY & set(word)) or word[-1] in ("most", "least"):
            return
        parts.order = amount.name
    _cut(reading, at)
    reading.use(at)


def _cut(reading: Reading, at: int) -> None:
    """Without a number: all that share the first place where one row is meant, else ten."""
    parts = reading.parts
    if parts.limit is None and parts.place is None:
        if _rows_meant(reading, at) == 1:
            parts.place = 1
        else:
            parts.limit = 10


def _rows_meant(reading: Reading, at: int) -> int:
    """One for "the largest order", several for "the largest orders"."""
    rows = reading.skip_modifiers(reading.after(at), 1)
    while rows is not None and rows + 1 < len(reading.items) and _is_flag(reading, rows):
        rows = reading.skip_modifiers(rows + 1, 1)  # "the largest unpaid order"
    if rows is None or not reading.is_entity(rows):  # "which order was the largest"
        asked = next(iter(reading.words("which")), None)
        rows = reading.skip_modifiers(asked + 1, 1) if asked is not None else None
    if rows is None:  # "the order with the largest amount"
        joint = reading.before(at, ())
        is_with = joint is not None and reading.items[joint].has_role("with")
        rows = reading.skip_modifiers(joint - 1, -1) if joint and is_with else None
    text = reading.items[rows].text.lower() if rows is not None else ""
    is_one = rows is not None and reading.is_entity(rows) and plain_form(text) == text
    return 1 if is_one and len(text) > 2 else 10


def _is_flag(reading: Reading, at: int) -> bool:
    return reading.items[at].has_role("not") or bool(reading.dimension_of_kind(at, "boolean"))


def _use_by(reading: Reading, at: int) -> None:
    previous = reading.before(at, ("of",))
    if previous is not None and reading.items[previous].has_role("by", "order"):
        reading.use(previous)


def _find_order_words(reading: Reading) -> None:
    """Like "ranked by pipeline", "sorted by close date"."""
    parts = reading.parts
    for at in reading.words("order"):
        target = reading.after(at, (*GLUE, "by"))
        if parts.detail and target is not None and target not in reading.used:
            candidate = reading.dimension_of_kind(target, "number", "time")
            if candidate is None:
                continue
            parts.order = reading.reference(candidate)
            is_time = reading.kind_of(candidate) == "time"
            parts.direction = parts.direction or ("asc" if is_time else "desc")
            reading.use(at, target)
        elif parts.measures and parts.group:
            parts.order = parts.order or parts.measures[0].metric
            parts.direction = parts.direction or "desc"
            reading.use(at)
