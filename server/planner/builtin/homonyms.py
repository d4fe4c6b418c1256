"""Words that are grammar in one place and a name of the model in another: decided by neighbours.

Called by `compose.py` before the steps. Invariant: an item keeps its place and its text; one
that stays undecided keeps the meaning of the model, which the steps must then use or report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic import syntax
from server.planner.builtin.lexicon import Candidate, Lexicon, key_of
from server.planner.builtin.named_numbers import is_number, number_apart
from server.planner.builtin.price_verbs import prices_asked
from server.planner.builtin.spans import Item, Ranking
from server.planner.builtin.tokens import words_of
from server.planner.builtin.words import GRAMMAR, Meaning, plain_form, verb_form

_ENDS = {"max": "size_top", "min": "size_bottom"}
_JOINING = ("with", "verb_is", "where")
_NARROWING = ("segment", "value", "time")
_GLUE = ("of", "with", "verb_is", "where", "pronoun", "also")
PEOPLE = ("people", "person", "everyone", "everybody", "anyone", "anybody", "someone")
_REMOVING = ("drop", "remove", "skip", "lose", "hide")
_AUXILIARY = (Meaning("verb_is"),)
_AUXILIARIES = ("do", "does", "did", "have", "has", "had")


def settle_homonyms(items: Sequence[Item], lexicon: Lexicon) -> tuple[Item, ...]:
    """The items with every such word decided."""
    apart = [part for at in range(len(items)) for part in _ends_apart(items, at, lexicon)]
    return tuple(_settled(apart, at, lexicon) for at in range(len(apart)))


def _ends_apart(items: Sequence[Item], at: int, lexicon: Lexicon) -> tuple[Item, ...]:
    """The rank and the number of "highest amount" in "which deal has the highest amount".

    There it places the rows, although the model may have a metric of that name.
    """
    item = items[at]
    first, _, rest = item.text.partition(" ")
    named = item.of("metric")
    metric = lexicon.catalog.metrics[named[0].name] if len(named) == 1 and rest else None
    if metric is None or metric.where is not None or not isinstance(metric.expr, syntax.Name):
        return number_apart(items, at, lexicon)
    roles = {meaning.role for meaning in GRAMMAR.get((first.casefold(),), ())}
    if metric.agg not in _ENDS or not roles & {_ENDS[metric.agg], "aggregate"}:
        return (item,)
    noun = at - 1
    while noun >= 0 and (items[noun].has_role(*_JOINING) or items[noun].kind in _NARROWING):
        noun -= 1
    is_joined = noun >= 0 and any(one.has_role(*_JOINING) for one in items[noun + 1 : at])
    if not is_joined or all(c.model != metric.model for c in items[noun].of("model")):
        return (item,)
    if noun > 0 and items[noun - 1].has_role("count", "how_much", "of"):
        return (item,)
    number = Candidate("dimension", metric.model, metric.expr.parts[-1])
    cut = item.start + 1
    rank = Ranking(_ENDS[metric.agg], None)
    return (
        replace(item, kind="ranking", end=cut, text=first, candidates=(), ranking=rank),
        replace(item, kind="dimension", start=cut, text=rest, candidates=(number,)),
    )


def _settled(items: Sequence[Item], at: int, lexicon: Lexicon) -> Item:
    item = items[at]
    if item.of("dimension") and item.has_role("share", "order"):
        is_word = _is_share(items, at) or _is_order(items, at)
        if is_word:
            return replace(item, kind="word", candidates=())
        kept = tuple(m for m in item.meanings if m.role not in ("share", "order"))
        return replace(item, meanings=kept)
    item = _as_member(items, at, _as_label(item, lexicon))
    word = (
        _verb(items, at)
        or _running(items, at)
        or _called_by_period(items, at, lexicon)
        or _verb_of_price(items, at, lexicon)
        or _verb_of_amount(items, at, lexicon)
        or _number_of_rows(items, at, lexicon)
    )
    if word is not None:
        return word
    if item.of("value") and _is_event(item, lexicon) and _is_verb(items, at):
        return replace(item, kind="word", candidates=(), meanings=_AUXILIARY)
    described = _described_rows(items, at, lexicon)
    if described is not None:
        return replace(
            item, kind=described.kind, candidates=(described,), meanings=(Meaning("aside"),)
        )
    if item.ranking is not None and item.ranking.limit is None:
        counted = _number_first(items, at)
        if counted is not None:
            return replace(item, ranking=replace(item.ranking, limit=counted[1]))
    if item.quantity is not None and _is_row_count(items, at):
        return replace(item, kind="word", quantity=None, meanings=_AUXILIARY)
    if item.kind == "unknown" and item.text.casefold() in PEOPLE and _asks_size(items, at):
        return replace(item, kind="word", meanings=_AUXILIARY)
    return item


def _number_of_rows(items: Sequence[Item], at: int, lexicon: Lexicon) -> Item | None:
    """Like "departments by applications": by how many, where rows have no name but their key."""
    item = items[at]
    models = {c.model for c in item.of("model")}
    is_by = at > 1 and items[at - 1].text.casefold() in ("by", "ranked by", "sorted by")
    is_group = any(one.of("dimension") for one in items[: at - 1])
    if not (is_by and is_group) or len(models) != 1 or plain_form(item.text) == item.text:
        return None
    model = lexicon.catalog.models[models.pop()]
    keys = {(c.model, c.name) for c in item.of("dimension")} <= {(model.name, model.primary_key)}
    counts = [m.name for m in model.metrics.values() if m.agg == "count" and m.where is None]
    if not keys or len(counts) != 1:
        return None
    return replace(item, kind="metric", candidates=(Candidate("metric", model.name, counts[0]),))


def _verb_of_amount(items: Sequence[Item], at: int, lexicon: Lexicon) -> Item | None:
    """Like "bill" in "how much did we bill", where a sum of money is called billings."""
    asks = next((n for n in range(at) if items[n].has_role("how_much")), None)
    if asks is None or items[at].kind == "metric":
        return None
    stems = tuple(verb_form(word) for word in words_of(items[at].text))
    found = lexicon.amounts.get(stems, ())
    asked = {
        c.name
        for item in items[asks:at]
        for c in (*item.of("metric"), *item.of("dimension"))
        if c.kind == "metric" or lexicon.catalog.models[c.model].dimensions[c.name].kind == "number"
    }
    if not found or asked - {c.name for c in found}:
        return None  # "how much weighted pipeline closes"
    following = items[at + 1] if at + 1 < len(items) else None
    before_noun = (
        following is not None
        and following.kind in ("model", "metric", "dimension")
        and following.start == items[at].end  # "paid claims", not "paid on claim 17"
    )
    is_done = items[at - 1].text.casefold().split()[0] in _AUXILIARIES
    if not is_done and (before_noun or items[at].of("model")):
        return None  # "how much is the open pipeline", "how much was paid for claims"
    return replace(items[at], kind="metric", candidates=found, meanings=(Meaning("done"),))


def _verb_of_price(items: Sequence[Item], at: int, lexicon: Lexicon) -> Item | None:
    """Like "cost" in "what does a chair cost", where chairs have one price."""
    prices = prices_asked(items, at, lexicon) or ()
    is_one = len(prices) == 1
    return replace(items[at], kind="dimension", candidates=prices) if is_one else None


def _running(items: Sequence[Item], at: int) -> Item | None:
    """Like "running total of sales", also where a status is called "Running"."""
    if not items[at].of("value") or at + 1 >= len(items):
        return None
    first = items[at + 1].text.casefold().split()[0]
    said = GRAMMAR.get((items[at].text.casefold(), first), ())
    kept = tuple(meaning for meaning in said if meaning.role == "running")
    return replace(items[at], kind="word", candidates=(), meanings=kept) if kept else None


def _called_by_period(items: Sequence[Item], at: int, lexicon: Lexicon) -> Item | None:
    """Like "fiscal period Q1-2025", where the members of a dimension are called after periods."""
    if items[at].period is None or at == 0 or items[at - 1].end != items[at].start:
        return None
    if at > 1 and items[at - 2].has_role("by"):
        return None  # "by fiscal period Q1 2025" has the groups in front of the period
    own = {(c.model, c.name) for c in items[at - 1].of("dimension")}
    words = words_of(items[at].text)
    found = tuple(
        c
        for match in lexicon.find(words, 0)
        if match.end == len(words)
        for c in match.candidates
        if c.kind == "value" and (c.model, c.name) in own
    )
    return replace(items[at], kind="value", candidates=found, period=None) if found else None


def _as_label(item: Item, lexicon: Lexicon) -> Item:
    """The name of a dimension is not a member of another one that happens to be called so."""
    own = {(c.model, c.name) for c in item.of("dimension")}
    models = lexicon.catalog.models
    is_text = all(models[model].dimensions[name].kind == "text" for model, name in own)
    if not own or not is_text or item.kind == "value" or item.of("metric"):
        return item
    kept = tuple(c for c in item.candidates if c.kind != "value" or (c.model, c.name) in own)
    return replace(item, candidates=kept)


def _as_member(items: Sequence[Item], at: int, item: Item) -> Item:
    """What "only" leaves is a member, also where a number is called alike: "only Billing"."""
    is_left = at > 0 and items[at - 1].has_role("only") and item.of("metric")
    members = item.of("value") if is_left else ()
    return replace(item, kind="value", candidates=members) if members else item


def _verb(items: Sequence[Item], at: int) -> Item | None:
    """What a word is that is a verb here: "drop web", "which customer opens the most orders"."""
    item = items[at]
    is_first = at == 0 and len(items) > 1 and item.text.casefold() in _REMOVING
    if is_first and (items[1].of("value") or items[1].of("segment")):
        return replace(item, kind="word", meanings=(Meaning("not"),))
    if _is_finite_verb(items, at):
        return replace(item, kind="unknown", candidates=())
    return None


def _next(items: Sequence[Item], at: int, step: int, skip: Sequence[str] = _GLUE) -> Item | None:
    at += step
    while 0 <= at < len(items):
        if not items[at].has_role(*skip):
            return items[at]
        at += step
    return None


def _is_share(items: Sequence[Item], at: int) -> bool:
    """Like "share of visits", "revenue share", but not "a share of 100" or "by share"."""
    item = items[at]
    if not item.has_role("share"):
        return False
    before = items[at - 1] if at > 0 else None
    if before is not None and (before.of("metric") or before.of("model")):
        return True
    if before is not None and (before.has_role("by", "aggregate") or before.kind == "ranking"):
        return False
    following = items[at + 1] if at + 1 < len(items) else None
    whole = _next(items, at, 1)
    is_of = following is not None and following.has_role("of")
    return is_of and whole is not None and bool(whole.of("metric") or whole.of("model"))


def _is_order(items: Sequence[Item], at: int) -> bool:
    """Like "rank the clinics by revenue": an imperative with a "by" behind it."""
    if not items[at].has_role("order"):
        return False
    before = _next(items, at, -1, (*_GLUE, "list", "follow"))
    following = items[at + 1] if at + 1 < len(items) else None
    is_imperative = before is None and following is not None and not following.has_role("of", "by")
    return is_imperative and any(item.has_role("by") for item in items[at + 1 :])


def _is_finite_verb(items: Sequence[Item], at: int) -> bool:
    """Like "which customer opens the most tickets": done by the noun in front, no state of rows."""
    item = items[at]
    text = item.text.casefold()
    members = {member.casefold() for c in item.of("value") for member in c.values}
    if not item.of("value") or item.of("dimension") or text in members or at == 0:
        return False
    is_verb = text.endswith("s") and text[:-1] in members
    noun = items[at - 1].of("dimension") or items[at - 1].of("model")
    following = items[at + 1] if at + 1 < len(items) else None
    return is_verb and bool(noun) and following is not None and following.kind == "ranking"


def _is_event(item: Item, lexicon: Lexicon) -> bool:
    """True for a member that a date is named by too: "booked" is a state and something done."""
    for candidate in item.of("value"):
        for member in candidate.values:
            for other in lexicon.phrases.get(key_of(words_of(member)), ()):
                owner = lexicon.catalog.models[other.model]
                if (
                    other.kind == "dimension"
                    and other.model == candidate.model
                    and owner.dimensions[other.name].kind == "time"
                ):
                    return True
    return False


def _is_verb(items: Sequence[Item], at: int) -> bool:
    """Like "booked by phone", "booked 5 days ahead", "booking lead time": how it was done."""
    following = items[at + 1] if at + 1 < len(items) else None
    if following is None:
        return False
    if following.has_role("by", "with", "verb_is"):
        how = items[at + 2] if at + 2 < len(items) else None
        return how is not None and how.kind == "value"
    if following.condition is not None:
        return following.condition.unit in ("days", "hours", "minutes")
    return items[at].text.casefold().endswith("ing") and following.kind in ("dimension", "metric")


def _described_rows(items: Sequence[Item], at: int, lexicon: Lexicon) -> Candidate | None:
    """Like the second metric of "average delay of late trains": a count that only names rows.

    So it does behind a number that no metric is called by: "median distance of late trains".
    """
    found = items[at].of("metric")
    before = _next(items, at, -1)
    if len(found) != 1 or before is None or items[at].after_comma:
        return None
    if not before.of("metric") and not any(is_number(c, lexicon) for c in before.candidates):
        return None
    is_of = items[at - 1].has_role("of") or before.end < items[at].start
    metric = lexicon.catalog.metrics[found[0].name]
    if not is_of or metric.agg != "count" or not isinstance(metric.where, syntax.Name):
        return None
    name, model = metric.where.parts[-1], lexicon.catalog.models[metric.model]
    if name in model.segments:
        return Candidate("segment", model.name, name)
    is_flag = name in model.dimensions and model.dimensions[name].kind == "boolean"
    return Candidate("dimension", model.name, name) if is_flag else None


def _number_first(items: Sequence[Item], at: int) -> tuple[int, int] | None:
    """The place and the number of "three" in "three customers with the highest revenue"."""
    noun = at - 1
    joining = ("with", "by", "where", "verb_is", "trade")
    while noun >= 0 and (items[noun].has_role(*joining) or items[noun].kind in _NARROWING):
        noun -= 1
    is_bare = noun == at - 1  # "which 3 customers (had) the most orders"
    if noun < 1 or not (items[noun].of("dimension") or items[noun].of("model")):
        return None
    first = noun - 1
    # "Two paid invoices": a flag is a dimension.
    narrowing = ("segment", "value", *(("dimension",) if items[noun].of("model") else ()))
    while first > 0 and items[first].kind in narrowing:
        first -= 1
    quantity = items[first].quantity
    if items[first].kind != "number" or quantity is None or quantity.unit:
        return None
    if is_bare and not (first > 0 and items[first - 1].has_role("which")):
        return None
    is_count = quantity.value == int(quantity.value) and 1 <= quantity.value <= 1000
    return (first, int(quantity.value)) if is_count else None


def _is_row_count(items: Sequence[Item], at: int) -> bool:
    for rank in range(at + 1, len(items)):
        ranking = items[rank].ranking
        if ranking is not None and ranking.limit is None:
            found = _number_first(items, rank)
            if found is not None and found[0] == at:
                return True
    return False


def _asks_size(items: Sequence[Item], at: int) -> bool:
    """Like "how long do people wait": whoever the rows are about."""
    return at > 0 and items[at - 1].has_role("how_much")
