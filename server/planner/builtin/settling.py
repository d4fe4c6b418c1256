"""What is computed where no metric is named: amounts, bare numbers, sizes, or the rows themselves.

Called by `compose.py` after the conditions. Invariant: the last resort counts or lists rows that
the sentence names; it never picks a metric by itself.
"""

from __future__ import annotations

from semantic.definitions import Dimension
from server.planner.builtin.naming import is_quality, is_stretch, measures_quality
from server.planner.builtin.presence import find_stock
from server.planner.builtin.reading import CONTENT, Reading
from server.planner.builtin.reading import add_measure as _add
from server.planner.builtin.sides import compares_counts
from server.planner.builtin.words import plain_form, section

_DEAR = frozenset({"expensive", "cheapest"})
"""What is dear or cheap goes by its price, or else by the amount of money that a row is about."""
_LONG = frozenset({"longest", "shortest"})
_SPEED = frozenset(section("speed").split())
_SIZES = {"size_top": "max", "size_bottom": "min"}


def settle_measures(reading: Reading) -> None:
    """Last resort for what is computed: amounts, bare numbers, or the count of the rows."""
    parts = reading.parts
    _list_counted(reading)
    asks_amount = [n for n in reading.words("how_much") if n not in reading.used]
    reading.use(*asks_amount)
    spans = [n for n in asks_amount if reading.items[n].value("how_much") == "span"]
    asks_amount = [n for n in asks_amount if n not in spans]
    _settle_what(reading, asks_amount)
    for at in spans:
        if not any(
            reading.facts.is_duration(reading.model, measure.metric) for measure in parts.measures
        ):
            text = reading.items[at].text
            parts.unclear.append(f"It is not clear which stretch of time '{text}' asks for.")


def _settle_what(reading: Reading, asks_amount: list[int]) -> None:
    parts = reading.parts
    if parts.measures:
        return
    numbers = [
        n
        for n in reading.free("dimension")
        if reading.dimension_of_kind(n, "number") and n not in reading.negated
    ]
    numbers = [n for n in numbers if not find_stock(reading, n)]
    is_ranked = any(True for _ in reading.free("ranking"))
    is_list = (
        (is_ranked or reading.has_word("which", "list", "order"))
        and has_rows(reading)
        and not parts.group
    )
    is_value = any(check(reading, n) for n in numbers[:1] for check in (_is_said_of_rows, _is_end))
    if numbers and (not is_list or is_value):
        _bare_number(reading, numbers[0])
    elif asks_amount:
        amount = reading.facts.amount_dimension(reading.model)
        if amount is not None and _is_amount_asked(reading, asks_amount[0], amount):
            _add(
                reading, reading.facts.aggregate(reading.model, "sum", amount.name), asks_amount[0]
            )
    if not parts.measures:
        _settle_performance(reading)
    if not parts.measures:
        _settle_rows(reading)


def _is_amount_asked(reading: Reading, at: int, amount: Dimension) -> bool:
    """False for "how much money" where what rows are measured by is none, or summed in part."""
    text = reading.items[at].text.lower()
    total = reading.facts.aggregate(reading.model, "sum", amount.name)
    is_money = amount.format == "currency" and "(" not in total
    if is_money or not ({"money"} & set(text.split()) or text == "how much"):
        return True
    reading.parts.unclear.append(f"It is not clear which number '{text}' asks for.")
    return False


def _list_counted(reading: Reading) -> None:
    """Like "list the open orders" where the model counts them by that name: rows are asked for."""
    parts = reading.parts
    lists = [n for n in reading.words("list") if reading.items[n].text.lower() in _LISTS]
    if not lists or len(parts.measures) != 1 or parts.group or parts.grain or parts.having:
        return
    measure = parts.measures[0]
    metric = reading.facts.catalog.metrics.get(measure.metric)
    own = reading.facts.own_segments(measure.metric)
    is_named = measure.at >= 0 and reading.items[measure.at].of("metric")
    if metric is None or metric.agg != "count" or not own or not is_named or parts.overall:
        return
    if metric.model == reading.model and not reading.has_word("count", "share", "compare"):
        parts.measures = []
        parts.segments += [(measure.at, name) for name in sorted(own | measure.segments)]
        parts.detail = parts.is_rows_only = True


_LISTS = ("list", "list all", "show all", "enumerate", "list of", "a list of", "names of")


def _settle_performance(reading: Reading) -> None:
    """The key figures that the model itself names, for "how do product lines perform"."""
    tiles = reading.facts.catalog.spec.dashboard
    unsaid = reading.has_word("judgement", "frequent", "share") or any(
        True for _ in reading.free("ranking")
    )
    if not (reading.parts.group and reading.has_word("vague") and tiles) or unsaid:
        return
    for name in tiles[0].metrics:
        if reading.facts.catalog.metrics[name].model == reading.model:
            _add(reading, name, 0)


def size_dimension(reading: Reading, at: int) -> Dimension | None:
    """The number that a superlative without one is about: how long, or how much.

    None, with the choice to be asked back, where several numbers fit.
    """
    words = reading.items[at].text.lower().split()
    if set(words) & _SPEED:
        numbers = reading.facts.model(reading.model).dimensions.values()
        fitting = [d for d in numbers if d.kind == "number" and not d.hidden and is_stretch(d)]
    elif set(words) & _LONG:
        fitting = reading.facts.long_dimensions(reading.model)
    elif is_quality(words[-1]):
        numbers = reading.facts.model(reading.model).dimensions.values()
        shown = [d for d in numbers if d.kind == "number" and not d.hidden]
        fitting = [d for d in shown if measures_quality(d, words[-1])]
        if not fitting and words[-1] in _DEAR:
            return reading.facts.amount_dimension(reading.model)
    else:
        return reading.facts.amount_dimension(reading.model)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        labels = " or ".join(d.label for d in fitting)
        reading.parts.unclear.append(f"'{reading.items[at].text}' may be about {labels}.")
    return None


def _is_end(reading: Reading, at: int) -> bool:
    """Like "what is the longest delivery time of an order": one value, no list of rows."""
    rank = reading.items[at - 1].ranking if at > 0 else None
    is_of = at + 1 < len(reading.items) and reading.items[at + 1].has_role("of")
    is_one = rank is not None and rank.role in _SIZES and rank.limit is None
    return is_one and is_of and not reading.has_word("list", "order")


def _is_said_of_rows(reading: Reading, at: int) -> bool:
    """Like "the value of the open orders": one sum over them, where the model sums the number."""
    candidate = reading.dimension_of_kind(at, "number")
    beyond = at + 1
    if candidate is None or beyond >= len(reading.items):
        return False
    rows = reading.skip_modifiers(reading.after(beyond), 1)
    total = reading.facts.aggregate(candidate.model, "sum", reading.reference(candidate))
    return (
        reading.items[beyond].has_role("of")
        and not any(True for _ in reading.free("ranking"))
        and not reading.has_word("order")
        and rows is not None
        and reading.is_entity(rows)
        and "(" not in total
    )


def has_rows(reading: Reading) -> bool:
    return any(reading.is_entity(n) for n in range(len(reading.items)) if n not in reading.grouped)


def _bare_number(reading: Reading, at: int) -> None:
    """A bare number is summed where the model sums it, else averaged where it is averaged."""
    candidate = reading.dimension_of_kind(at, "number")
    if candidate is None:
        return
    name = reading.reference(candidate)
    rank = reading.skip_modifiers(reading.before(at), -1)
    size = reading.items[rank].ranking if rank is not None else None
    if rank is not None and size is not None and size.role in _SIZES and size.limit is None:
        if reading.parts.group and not reading.has_word("by"):
            text = f"{reading.items[rank].text} {reading.items[at].text}"
            reading.parts.unclear.append(
                f"'{text}' may be the single largest or the largest total."
            )
        _add(reading, reading.facts.aggregate(candidate.model, _SIZES[size.role], name), at)
        reading.use(at, rank)
        return
    for agg in ("avg",) if _is_per_row(reading, at) else ("sum", "avg"):
        metric = reading.facts.aggregate(candidate.model, agg, name)
        if "(" not in metric:
            _add(reading, metric, at)
            reading.use(at)
            return
    mean = reading.facts.only_mean(candidate.model, candidate.name)
    if mean is not None:
        _add(reading, mean, at)
        reading.use(at)


def _is_per_row(reading: Reading, at: int) -> bool:
    """Like "amount per order": what each row has, on average."""
    if at + 2 >= len(reading.items) or not reading.is_entity(at + 2):
        return False
    is_per = reading.items[at + 1].text.lower() in ("per", "for each", "for every")
    if is_per:
        reading.use(at + 1, at + 2)
    return is_per


def _settle_rows(reading: Reading) -> None:
    parts = reading.parts
    with_rows, frequent = has_rows(reading), reading.words("frequent")
    rank = next((reading.items[n].ranking for n in reading.free("ranking")), None)
    count = reading.facts.count_metric(reading.model)
    if frequent:
        reading.use(*frequent)
        _add(reading, count, frequent[0])
    elif parts.group and reading.has_word("change") and not with_rows:
        parts.unclear.append("It is not clear which number changed.")
    elif parts.group or parts.grain:
        size = _SIZES.get(rank.role) if rank is not None and with_rows else None
        if _ranks_counts(reading):
            size, count = None, _count_by_name(reading) or count
        _settle_groups(reading, count, size)
    elif reading.has_word("share") and with_rows:
        _add(reading, count, 0)
    elif with_rows and (len(parts.periods) > 1 or compares_counts(reading)):
        _add(reading, count, 0)  # lists of rows are compared by their number
    elif reading.has_word("compare", "change") and with_rows and _has_conditions(reading):
        _add(reading, count, 0)
        amount = reading.facts.amount_dimension(reading.model)
        if amount is not None:
            _add(reading, reading.facts.aggregate(reading.model, "sum", amount.name), 0)
    elif with_rows or _is_called_so(reading):
        parts.detail = True
        parts.is_rows_only = not reading.has_word("which", "list", "only") and rank is None


def _is_called_so(reading: Reading) -> bool:
    """Like "referrals in 2024": rows named by what they are, in the plural, and nothing else."""
    named = [n for n, item in enumerate(reading.items) if item.kind in ("segment", "value")]
    others = any(item.kind in CONTENT for n, item in enumerate(reading.items)
                 if n not in named and item.kind != "time")  # fmt: skip
    if len(named) != 1 or others or not reading.parts.periods:
        return False
    item = reading.items[named[0]]
    last = item.text.casefold().split()[-1]
    models = {c.model for c in item.candidates}
    return named[0] not in reading.negated and plain_form(last) != last and len(models) == 1


def _ranks_counts(reading: Reading) -> bool:
    """Like "which city has the highest open orders": their number, no single one of them.

    Several groups have "the largest open orders" one by one; of a single group the words mean all
    its orders, which is their number where the model counts them by that name, and else not clear.
    """
    for at in reading.free("ranking"):
        rows = reading.skip_modifiers(reading.after(at), 1)
        if rows is None or not reading.is_entity(rows) or not _is_many(reading, rows):
            continue
        is_high = reading.items[at].text.lower().split()[-1] in ("highest", "lowest")
        if is_high:
            return True
        if any(_is_many(reading, n) for n in reading.grouped):
            continue
        if reading.counted_by_name(rows) is not None:
            return True
        if _is_had(reading, at):
            text = " ".join(item.text for item in reading.items[at : rows + 1])
            reading.parts.unclear.append(f"'{text}' may be the number of them or a single one.")
    return _is_ranked_by_rows(reading)


def _is_many(reading: Reading, at: int) -> bool:
    text = reading.items[at].text.lower()
    return plain_form(text) != text


def _is_had(reading: Reading, rank: int) -> bool:
    """Like "the city with the largest orders": the group is what is ranked, and by a size."""
    owner, size = reading.before(rank), reading.items[rank].ranking
    is_of_group = owner is not None and owner in reading.grouped and rank - owner > 1
    return is_of_group and size is not None and size.role in _SIZES


def _count_by_name(reading: Reading) -> str | None:
    """The metric of "lost orders" in place of its conditions: a group without any has 0."""
    named = [n for n in range(len(reading.items)) if reading.is_entity(n)]
    found = [(n, one) for n in named if (one := reading.counted_by_name(n)) is not None]
    if len(found) != 1:
        return None
    rows, (first, metric) = found[0]
    said, parts = range(first, rows), reading.parts
    parts.segments = [one for one in parts.segments if one[0] not in said]
    parts.filters = [one for one in parts.filters if one[0] not in said]
    return metric.name


def _is_ranked_by_rows(reading: Reading) -> bool:
    """Like "the second largest city by open orders": groups, by how many rows each has."""
    ranks = list(reading.free("ranking"))
    if not any(reading.after(at) in reading.grouped for at in ranks):
        return False
    for at in reading.words("by", "order"):
        rows = reading.skip_modifiers(reading.after(at), 1)
        is_by = rows is not None and reading.items[at].text.lower() == "by"
        if rows is not None and is_by and reading.is_entity(rows) and _is_many(reading, rows):
            return True
    return False


def _settle_groups(reading: Reading, count: str, size: str | None) -> None:
    """Groups without a metric: of a size asked for ("largest ... by"), else their rows counted."""
    at = next(iter(reading.free("ranking")), None)
    if at is not None and reading.items[at].text.lower().split()[-1] in _SPEED:
        _settle_speed(reading, at)
    elif size is not None:
        amount = size_dimension(reading, at) if at is not None else None
        if amount is not None and at is not None:
            _add(reading, reading.facts.aggregate(reading.model, size, amount.name), 0)
            _show_each(reading, at, size)
    elif has_rows(reading) or _has_conditions(reading):
        reading.parts.is_settled = True
        _add(reading, count, 0)


def _settle_speed(reading: Reading, at: int) -> None:
    """Like "the slowest agent": by the one mean of a stretch of time that the rows have."""
    metrics = reading.facts.model(reading.model).metrics.values()
    means = [
        m
        for m in metrics
        if m.agg in ("avg", "median") and reading.facts.is_duration(reading.model, m.name)
    ]
    if len(means) == 1 and means[0].where is None:
        _add(reading, means[0].name, at)
    else:
        labels = " or ".join(m.label for m in means) or "a stretch of time"
        text = reading.items[at].text
        reading.parts.unclear.append(f"It is not clear by what '{text}' is meant: {labels}.")


def _show_each(reading: Reading, at: int, size: str) -> None:
    """Like "the largest order per city": one for each, none left out."""
    parts, rank = reading.parts, reading.items[at].ranking
    is_split = parts.grain or any(reading.items[n - 1].has_role("by") for n in reading.grouped)
    if rank is not None and rank.limit is not None:
        text = reading.items[at].text
        parts.unclear.append(f"Lists of the '{text}' for each group are not possible.")
    if is_split:
        parts.direction = parts.direction or ("asc" if size == "min" else "desc")
        parts.order = None if parts.grain else parts.measures[0].metric
        reading.use(at)


def _has_conditions(reading: Reading) -> bool:
    parts = reading.parts
    conditions = (parts.filters, parts.segments, parts.excluded, parts.periods, parts.related)
    return any(conditions)
