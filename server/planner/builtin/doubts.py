"""Sentences that every word of is known, and that still say what no query can: to be asked back.

The last but one step of composing. Invariant: adds only to what is unclear; where it
adds nothing, the reading is untouched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from server.planner.builtin.homonyms import PEOPLE
from server.planner.builtin.naming import unit_of
from server.planner.builtin.price_verbs import prices_asked
from server.planner.builtin.reading import CONTENT, GLUE, Reading
from server.planner.builtin.shared_words import find_member_split, find_shared_member
from server.planner.builtin.spans import PERSON_PRONOUNS
from server.planner.builtin.words import GRAMMAR, plain_form, section

_ADVERBS: Final = frozenset(section("adverb").split())
_RATIOS: Final = ("/", "per", "for each", "for every")
_MODALS: Final = ("should", "could", "would", "might", "must", "may")
_ENDS: Final = {
    "top": "top", "size_top": "top", "newest": "top",
    "bottom": "bottom", "size_bottom": "bottom", "oldest": "bottom",
}  # fmt: skip


def report_doubts(reading: Reading) -> None:
    """Say what stands in the way of an answer, each in one sentence."""
    parts = reading.parts
    checks = (
        _forecast,
        _supposed,
        _two_ends,
        _opening_by,
        _ratio_of_metrics,
        _compared_total,
        _senseless,
        _dropped_noun,
        _split_mean,
        _manner,
        _price,
        _opening_of,
        _common_word,
        _not_by,
        _share_of_state,
        _became,
        _ranked_change,
        find_shared_member,
        find_member_split,
    )
    for check in checks:
        parts.unclear += [said for said in check(reading) if said not in parts.unclear]


def _forecast(reading: Reading) -> Iterator[str]:
    """Like "how many deals will we win": what the data cannot hold yet."""
    for at in reading.will:
        item = reading.items[at]
        is_outcome = item.kind == "segment" or item.has_role("trade", "change")
        if is_outcome or (item.kind == "metric" and not reading.parts.periods):
            yield "The data tells what has happened; what will happen is not in it."


def _supposed(reading: Reading) -> Iterator[str]:
    """Like "which deals should have closed": what is not so, while the data tells what is."""
    for at, item in enumerate(reading.items):
        said = list(reading.introduced.get(at, ()))
        if at and reading.items[at - 1].has_role("with", "verb_is"):
            said = [*reading.introduced.get(at - 1, ()), *reading.items[at - 1].text.split(), *said]
        is_supposed = any(
            modal in _MODALS and verb in ("have", "be") for modal, verb in pairwise(said)
        )
        if item.of("segment") and is_supposed:
            yield f"The data tells what is '{item.text}'; what should be or might be is not in it."


def _two_ends(reading: Reading) -> Iterator[str]:
    """Like "top 5 and bottom 5 accounts": two lists."""
    ends = {_ENDS[i.ranking.role] for i in reading.items if i.ranking and i.ranking.role in _ENDS}
    limits = [i for i in reading.items if i.ranking is not None and i.ranking.limit is not None]
    if len(ends) > 1 and len(limits) > 1:
        yield "The top and the bottom are two lists; please ask for one at a time."


def _opening_by(reading: Reading) -> Iterator[str]:
    """Like "by win rate", where nothing was ranked or split before."""
    parts = reading.parts
    opens = bool(reading.items) and reading.items[0].has_role("by")
    if opens and not (parts.group or parts.grain or parts.periods or parts.order):
        yield f"It is not clear what to split or rank '{reading.items[0].text}' that."


def _opening_of(reading: Reading) -> Iterator[str]:
    """Like "of returns", "of open orders": said of a number that this sentence does not name."""
    items, parts = reading.items, reading.parts
    if len(items) < 2 or not items[0].has_role("of") or items[1].after_comma:
        return
    is_metric = len(parts.measures) == 1 and parts.measures[0].at == 1
    if all(not item.after_comma for item in items) and (is_metric or parts.is_rows_only):
        yield f"It is not clear which number of '{items[1].text}' is meant."


def _not_by(reading: Reading) -> Iterator[str]:
    """Like "not paid by card", where "not paid" is a state: not paid, or not by card?"""
    for at, item in enumerate(reading.items[:-2]):
        opens = GRAMMAR.get((item.text.casefold().split()[0],), ())
        is_denied = item.kind == "segment" and any(meaning.role == "not" for meaning in opens)
        by, member = reading.items[at + 1], reading.items[at + 2]
        if is_denied and by.has_role("by") and member.of("value"):
            yield f"It is not clear whether 'not' in '{item.text}' belongs to '{member.text}'."


def _became(reading: Reading) -> Iterator[str]:
    """Like "moved to Negotiate last week": when a row became what it is now."""
    for at in reading.words("change"):
        following = at + 1
        if following in reading.reached and reading.items[following].of("value"):
            member = reading.items[following].text
            yield f"When rows became '{member}' is not in the data, only which are now."


def _ranked_change(reading: Reading) -> Iterator[str]:
    """Like "which grew the most" after an answer: a rank by the change, not by what is shown."""
    if ranks_unnamed_change(reading):
        yield "It is not clear what is to be ranked by its change; please ask it as a whole."


def ranks_unnamed_change(reading: Reading) -> bool:
    """True for "which grew the most", where the turn names no number that grew."""
    parts = reading.parts
    is_ranked = any(item.ranking is not None for item in reading.items)
    named = any(item.of("metric") for item in reading.items)
    return reading.has_word("change") and is_ranked and not (named or parts.moved)


def _share_of_state(reading: Reading) -> Iterator[str]:
    """Like "percent of jobs filled by city": of the jobs of each city, or of all filled ones?"""
    if not (reading.parts.share and reading.parts.group):
        return
    for at in range(1, len(reading.items)):
        item = reading.items[at]
        is_flag = reading.dimension_of_kind(at, "boolean") is not None
        rows = reading.before(at, ("verb_is", "where", "with"))
        if rows is not None and reading.is_entity(rows) and (item.of("segment") or is_flag):
            text = f"{reading.items[rows].text} {item.text}"
            yield f"The share of '{text}' may be taken within each group or of all of them."


def _ratio_of_metrics(reading: Reading) -> Iterator[str]:
    """Like "revenue / pipeline", "orders per complaint": a ratio that the model does not define."""
    for at in reading.words("by"):
        if at == 0 or reading.items[at].text.lower() not in _RATIOS:
            continue
        if _is_per_state(reading, at + 1):
            yield f"It is not clear what to do 'per {reading.items[at + 1].text}'."
        other = reading.skip_modifiers(at + 1, 1)
        if other is None:
            continue
        one, per = reading.items[at - 1], reading.items[other]
        is_number = bool(one.of("metric") or one.of("model"))
        is_number = is_number or reading.dimension_of_kind(at - 1, "number") is not None
        if is_number and per.of("metric") and other not in reading.grouped:
            yield f"The model defines no '{one.text}' per '{per.text}'."


def _is_per_state(reading: Reading, at: int) -> bool:
    """Like "per late delivery", "per closed order" where a date is called "closed" too."""
    if at >= len(reading.items) or not reading.items[at].of("segment"):
        return False
    if reading.items[at].kind != "segment":  # a date, that would be split by
        return at + 1 < len(reading.items) and bool(reading.items[at + 1].of("model"))
    other = reading.skip_modifiers(at, 1)
    return other is None or reading.items[other].kind not in CONTENT


def _compared_total(reading: Reading) -> Iterator[str]:
    """Like "is the pipeline higher than 90 million?": said of the total, not of single rows."""
    if reading.parts.group or not reading.items or not reading.items[0].has_role("verb_is"):
        return
    for at, item in enumerate(reading.items):
        near = reading.before(at, (*GLUE, "also"))
        if item.kind == "condition" and near is not None and reading.items[near].kind == "metric":
            yield f"'{item.text}' would compare a total, which is shown instead of judged."


def _senseless(reading: Reading) -> Iterator[str]:
    """Like "sum of win rate", "win rate of win rate", "total probability"."""
    for at in reading.words("aggregate"):
        agg, following = reading.items[at].value("aggregate"), reading.after(at)
        if following is None:
            continue
        metric = next((reading.metrics(following) or ()).__iter__(), None)
        found = reading.facts.catalog.metrics.get(metric.name) if metric is not None else None
        is_mean = found is not None and (found.kind == "ratio" or found.agg in ("avg", "median"))
        spelled = reading.items[at].text.lower().split()[-1] == "of"
        if is_mean and (agg == "sum" or (spelled and found is not None and found.agg == agg)):
            text = f"{reading.items[at].text} {reading.items[following].text}"
            yield f"'{text}' has no meaning: a rate or a mean is computed anew for every group."
    for measure in reading.parts.measures:
        if _is_sum_of_percents(reading, measure.metric):
            yield "Percentages do not add up; an average or a distribution can be shown."
    texts = [reading.items[m.at].text.lower() for m in reading.parts.measures if m.at]
    of_itself = [
        at
        for at in range(1, len(reading.items) - 1)
        if reading.items[at].has_role("of", "by")
        and reading.items[at - 1].kind == "metric"
        and reading.items[at - 1].text.lower() == reading.items[at + 1].text.lower()
    ]
    if of_itself and texts:
        yield f"It is not clear what '{reading.items[of_itself[0] - 1].text}' of itself is."


def _dropped_noun(reading: Reading) -> Iterator[str]:
    """Like "how many orders have a complaint" where only the orders are counted, all of them."""
    metrics = reading.facts.catalog.metrics
    asked = [metrics[m.metric].model for m in reading.parts.measures if m.metric in metrics]
    is_other = len(asked) == len(reading.parts.measures) > 0 and reading.model not in asked
    for at in range(len(reading.items)):
        if is_other and reading.is_entity(at) and at not in reading.negated:
            yield f"It is not clear what '{reading.items[at].text}' should do here."


def _split_mean(reading: Reading) -> Iterator[str]:
    """Like "rank cities by orders per customer": the number for each of them, or both as groups?"""
    if len(reading.grouped) < 2 or any(item.kind == "ranking" for item in reading.items):
        return
    for at in sorted(reading.grouped):
        per, item = reading.items[at - 1], reading.items[at]
        is_per = at > 1 and per.text.lower() in _RATIOS and bool(item.of("model"))
        if not is_per or item.text.lower() != plain_form(item.text.lower()):
            continue
        others = [n for n in reading.grouped if n != at]
        is_chained = any(
            reading.items[n - 1].text.lower() in _RATIOS
            or (n > at and (reading.items[n].after_comma or reading.items[n - 1].has_role("and")))
            for n in others
        )
        if not is_chained:
            yield f"'{per.text} {item.text}' may be a mean over them, or a split beside the other."


def _manner(reading: Reading) -> Iterator[str]:
    """Like "booked in advance", "delivered again": how it was done, which no date tells."""
    for at, item in enumerate(reading.items):
        if not item.has_role("manner"):
            continue
        done = at > 0 and (
            reading.items[at - 1].of("segment") or reading.dimension_of_kind(at - 1, "time")
        )
        if done or not item.has_role("aside"):
            yield f"The model does not tell what is '{item.text}'."


def _price(reading: Reading) -> Iterator[str]:
    """Like "what does a chair cost", where chairs have several prices, or none."""
    for at, item in enumerate(reading.items):
        found = prices_asked(reading.items, at, reading.lexicon)
        if found is None or len(found) == 1:
            continue
        models = reading.facts.catalog.models
        labels = " or ".join(models[c.model].dimensions[c.name].label for c in found)
        wanted = labels or "a sum of costs, as none of the things has a price here"
        yield f"'{item.text}' may mean {wanted}."


def _common_word(reading: Reading) -> Iterator[str]:
    """Like the "us" of "revenue from us", the people of "how many people": a member by chance?"""
    for at, item in enumerate(reading.items):
        text = item.text if at else item.text.lower()
        if not item.of("value") or item.of("dimension") or not text.islower():
            continue
        is_pronoun = text in PERSON_PRONOUNS and at not in reading.placed
        is_people = text in PEOPLE and at not in reading.placed
        if is_pronoun or is_people or _is_adverb(reading, at):
            member = item.of("value")[0].values[0]
            yield f"'{text}' may be the common word or the member '{member}'."


def _is_adverb(reading: Reading, at: int) -> bool:
    """Like "orders shipped late", where a shift or a stage is called "Late"."""
    if reading.items[at].text not in _ADVERBS or at == 0:
        return False
    verb, following = reading.items[at - 1], at + 1
    is_verb = bool(verb.of("segment")) or any(
        reading.kind_of(c) == "time" for c in reading.dimensions(at - 1)
    )
    own = {(c.model, c.name) for c in reading.items[at].of("value")}
    is_named = following < len(reading.items) and any(
        (c.model, c.name) in own for c in reading.items[following].of("dimension")
    )
    return is_verb and not is_named


def _is_sum_of_percents(reading: Reading, metric: str) -> bool:
    agg, _, name = metric.partition("(")
    dimension = reading.facts.dimension(reading.model, name.rstrip(")")) if name else None
    if agg != "sum" or dimension is None:
        return False
    said = f"{dimension.label} {' '.join(dimension.synonyms)}"
    return unit_of(dimension) == "percent" or "%" in said
