"""One question on its way through the steps: items to a plan.

Made by `planner.py`, one for each question or clause. Invariant: a reading with anything left
unexplained is asked back or refused, never answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from semantic.definitions import Metric
from semantic.request import Filter, SemanticQuery
from semantic.request_names import in_sentence
from server.planner.builtin.changed import asked_of, plan_changed
from server.planner.builtin.compose import compose
from server.planner.builtin.contradictions import find_contradiction
from server.planner.builtin.corrections import is_unsaid
from server.planner.builtin.decline import ask_back, refuse, refuse_instruction, refuse_lacking
from server.planner.builtin.definitions import asks_definition, define
from server.planner.builtin.doubts import ranks_unnamed_change
from server.planner.builtin.examples import (
    Stored,
    find_analysis,
    find_stored,
    is_cut,
    is_literal,
)
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import (
    next_questions,
    overall_readings,
    planned_together,
    to_queries,
)
from server.planner.builtin.follow_up import (
    asks_which,
    is_follow_up,
    merge,
    names_other_rows,
    points_back,
    ranks_members,
    refers_back,
    use_leaders,
)  # fmt: skip
from server.planner.builtin.going_on import degree_asked, is_same, loses, standing, unclear_beyond
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.on_groups import (
    WHICH_EACH,
    groups_of,
    is_of_each,
    on_shown,
    without_each,
)  # fmt: skip
from server.planner.builtin.overview import plan_overview
from server.planner.builtin.periods import Clock
from server.planner.builtin.properties import (
    NO_VERDICT,
    WHICH_ONE,
    asks_property,
    asks_whether,
    points_at_one,
    property_of,
)  # fmt: skip
from server.planner.builtin.reading import Reading
from server.planner.builtin.several import (
    calendars_of,
    offer_calendars,
    plan_calendars,
    plan_changes,
    plan_either,
    plan_mean_of_some,
    plan_means,
    plan_numbers,
    plan_readings,
)  # fmt: skip
from server.planner.builtin.shown_groups import about_shown
from server.planner.builtin.spans import Item, explain
from server.planner.builtin.tokens import Token
from server.planner.builtin.why import find_cause
from server.planner.builtin.wording import interpret
from server.planner.builtin.year_sharing import share_year_before
from server.planner.plan import (
    Answerable,
    Context,
    LastAnswer,
    Plan,
    PlannedAnalysis,
)  # fmt: skip

_REPLACES: Final = "It is not clear what of the answer before that shall replace."
_WHICH_ROWS: Final = "It is not clear which rows of the answer before are meant."
_WHAT_ELSE: Final = "It is not clear what else is meant; please name it."
_WHICH_YEAR: Final = "It is not clear of which year that is; please name it."
_OTHER_ROWS: Final = (
    "The answer before this one is about rows of another kind; please say which ones you mean."
)


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question on its way through the steps."""

    lexicon: Lexicon
    facts: Facts
    stored: tuple[Stored, ...]
    tokens: tuple[Token, ...]
    items: tuple[Item, ...]
    clock: Clock
    context: Context
    changes: tuple[tuple[str, str], ...]

    def plan(self) -> Plan:
        """The plan of this question alone."""
        told = self._plan_told()
        if told is not None:
            return self._finish(told)
        last, reading = self.context.last, self.compose()
        cause = find_cause(reading, last, self.facts)
        if isinstance(cause, PlannedAnalysis):
            follows = not reading.parts.measures
            plan = Plan(Answerable((), (cause,)), cause.title, has_context=follows)
            return self._finish(plan)
        if cause is not None:
            return self._finish(Plan(ask_back(self.facts, [cause])))
        going_on = self._plan_going_on(reading, last) if last is not None else None
        return self._finish(going_on or self._plan_reading(reading))

    def _plan_told(self) -> Plan | None:
        """What the words tell before anything is composed of them."""
        if any(item.has_role("hostile") for item in self.items):
            return Plan(refuse_instruction(self.facts))
        if is_unsaid(self.items):
            return Plan(ask_back(self.facts, [_REPLACES]))
        if any(item.kind == "filler" and item.text.lower() == "else" for item in self.items):
            return Plan(ask_back(self.facts, [_WHAT_ELSE]))
        degree = degree_asked(self.items)
        if degree is not None:
            return Plan(ask_back(self.facts, [f"It is not clear how '{degree}' is measured."]))
        if asks_definition(self.tokens):
            return Plan(define(self.facts, self._metrics_meant()))
        return self._plan_stored()

    def _plan_going_on(self, reading: Reading, last: LastAnswer) -> Plan | None:
        """The turn as a part of the conversation; None for a question of its own."""
        if ranks_unnamed_change(reading):
            return replace(self._plan_reading(reading), has_context=True)
        property_ = self._plan_each(last) or self._plan_property(reading, last)
        if property_ is not None:
            return property_
        if not is_follow_up(reading):
            return self._plan_numbers(reading, last)
        if not (reading.parts.missing or reading.parts.lacking):
            followed = self._plan_follow_up(reading, last)
            if followed is not None:
                return followed
            if refers_back(reading) and (reading.parts.detail or reading.parts.measures):
                return Plan(ask_back(self.facts, [_WHICH_ROWS]), has_context=True)
        plan = self._plan_reading(reading)
        is_open = not isinstance(plan.outcome, Answerable)
        fresh = asked_of(plan)
        if fresh is not None and reading.parts.measures and loses(last.query, fresh):
            return plan_either([], fresh, self.facts)
        return replace(plan, has_context=plan.has_context or is_open)

    def _metrics_meant(self) -> list[Metric]:
        """The metrics that the question names, else those of the answer before."""
        named = [c.name for item in self.items for c in item.of("metric")[:1]]
        last = self.context.last.query.metrics if self.context.last is not None else ()
        known = self.facts.catalog.metrics
        return [known[name] for name in dict.fromkeys(named or last) if name in known]

    def compose(self) -> Reading:
        """The reading of the items, the conversation's model preferred."""
        last = self.context.last
        preferred = last.query.model if last else None
        reading = compose(self.items, self.facts, self.lexicon, self.clock, preferred)
        if preferred is None or not asks_which(reading):
            return reading
        reach = self.facts.reach(preferred)
        is_near = any(c.model in reach for c in reading.items[1].of("model"))
        if not is_near:
            return reading
        return compose(self.items, self.facts, self.lexicon, self.clock, preferred, is_fixed=True)

    def refers_back(self) -> bool:
        """True where a pronoun stands for what was said before."""
        return refers_back(self.compose())

    def is_stored(self) -> bool:
        """True for a verified question or a named analysis."""
        return self._plan_stored() is not None

    # ------------------------------------------------------------ stored questions

    def _plan_stored(self) -> Plan | None:
        words = [token.word for token in self.tokens]
        found = find_stored(self.stored, words)
        is_said = found is None or is_literal(found, words)
        if found is not None and not is_said and (is_cut(found, words) or self._is_whole()):
            found = None  # the same words in another order, or with more than was asked
        if found is not None and self._is_fragment():
            return None  # "its pipeline?", "by win rate": only the conversation tells of what
        if found is not None and found.query is not None:
            query = replace(found.query, asked=self._composed_like(found.query.sql))
            return Plan(Answerable((query,)), found.query.title, 1.0)
        if found is not None and found.analysis is not None:
            analysis = PlannedAnalysis(found.analysis.name, found.analysis.title)
            return Plan(Answerable((), (analysis,)), analysis.title, 1.0)
        filled = find_analysis(self.stored, self.items, words, self.lexicon)
        if filled is None:
            return None
        given = ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in filled.parameters.items()
        )
        return Plan(Answerable((), (filled,)), f"{filled.title}; {given}", 1.0)

    def _is_fragment(self) -> bool:
        """True for words that go on with the last answer rather than ask anew."""
        first = self.items[0]
        is_by = first.has_role("by") and first.kind == "word"
        if is_by or self.context.last is None:
            return is_by
        return self.refers_back() or standing(self.compose(), self.items) == "part"

    def _is_whole(self) -> bool:
        """True where the question's own words tell what is asked, with nothing left."""
        reading = self.compose()
        parts = reading.parts
        if refers_back(reading) and self.context.last is not None:
            return True  # what "that product" is, only the conversation tells
        open_ = (parts.missing, parts.lacking, parts.unclear, parts.ambiguous)
        return bool(parts.measures) and not any(open_)

    def _composed_like(self, sql: str) -> SemanticQuery | None:
        """The query object that says the same as trusted SQL, for follow-ups to build on."""
        reading = compose(self.items, self.facts, self.lexicon, self.clock)
        parts = reading.parts
        if (
            parts.missing
            or parts.unclear
            or parts.ambiguous
            or not (parts.measures or parts.detail)
        ):
            return None
        query = to_queries(parts, reading.model, self.facts)[0]
        names = [f"MEASURE({name})" for name in query.metrics]
        names += [] if query.detail else [name.rpartition(".")[2] for name in query.dimensions]
        return query if all(name in sql for name in names) else None

    # ------------------------------------------------------------ follow-ups

    def _plan_follow_up(self, reading: Reading, last: LastAnswer) -> Plan | None:
        if names_other_rows(reading, last.query, self.facts):
            return Plan(ask_back(self.facts, [_OTHER_ROWS]), has_context=True)
        extra = use_leaders(reading, last)
        parts = reading.parts
        judged = ranks_members(reading, last.query)
        if unclear_beyond(reading, extra, judged=judged):
            return None
        if not share_year_before(reading, last.query):
            return Plan(ask_back(self.facts, [_WHICH_YEAR]), has_context=True)
        if any(period.fiscal for period in parts.periods):
            return self._plan_calendars(reading, last, extra)
        merged = merge(reading, last, self.facts, extra)
        if not merged.changed:
            return None
        is_same_shape = not parts.group and not parts.grain
        drawn = last if is_same_shape else replace(last, chart=None)
        if parts.chart:
            drawn = replace(last, chart=parts.chart)
        return plan_changed(merged.query, drawn, self.facts, parts.notes)

    def _plan_calendars(
        self, reading: Reading, last: LastAnswer, extra: Sequence[Filter]
    ) -> Plan | None:
        """The last answer with "last year" and the like, of the calendar and of the fiscal year."""
        found = []
        for wanted in calendars_of(reading.parts.periods):
            parts = replace(
                reading.parts, periods=wanted,
                measures=[*reading.parts.measures], group=[*reading.parts.group],
            )  # fmt: skip
            one = replace(reading, parts=parts, used={*reading.used})
            merged = merge(one, last, self.facts, extra)
            if not merged.changed:
                return None
            found.append(merged.query)
        return replace(offer_calendars(found, self.facts), has_context=True)

    def _plan_numbers(self, reading: Reading, last: LastAnswer) -> Plan | None:
        """A turn that names only numbers, worked into the last answer; None for a question."""
        stands = standing(reading, self.items)
        if stands == "whole":
            return None
        fresh = to_queries(reading.parts, reading.model, self.facts)[0]
        about = about_shown(reading, last, self.facts)
        kept = self._plan_follow_up(reading, about) if about is not None else None
        query = asked_of(kept)
        if query is not None and is_same(query, fresh):
            return None
        if kept is None or self.context.pending:
            return plan_either([query] if query is not None else [], fresh, self.facts)
        is_of_rows = last.query.detail and query is not None and query.model == last.query.model
        if query is None or stands == "part" or is_of_rows:
            return kept
        return plan_either([query], fresh, self.facts)

    def _plan_each(self, last: LastAnswer) -> Plan | None:
        """Like "how many orders did each have?": of each group shown; None for another turn."""
        items = without_each(self.items)
        if items is None:
            return None
        about, reading = groups_of(last, self.facts), replace(self, items=items).compose()
        is_open = reading.parts.missing or reading.parts.lacking or reading.parts.unclear
        plan = self._plan_follow_up(reading, about) if about and not is_open else None
        query = asked_of(plan)
        if about is not None and query is not None and is_of_each(query, about.query):
            return plan
        return Plan(ask_back(self.facts, [WHICH_EACH]), has_context=True)

    def _plan_property(self, reading: Reading, last: LastAnswer) -> Plan | None:
        """Like "which office is he in?": of the groups just shown; None for another question."""
        if asks_whether(reading):
            return Plan(ask_back(self.facts, [NO_VERDICT]), has_context=True)
        asked = on_shown(reading, last, self.facts)
        if isinstance(asked, str):
            return Plan(ask_back(self.facts, [asked]), has_context=True)
        if asked is not None:
            return plan_changed(asked, replace(last, chart=None), self.facts)
        if not asks_property(reading):
            return None
        query = property_of(reading, last.query, self.facts)
        if query is not None:
            return plan_changed(query, replace(last, chart=None), self.facts)
        if points_at_one(reading):
            return Plan(ask_back(self.facts, [WHICH_ONE]), has_context=True)
        return None

    # ------------------------------------------------------------ whole questions

    def _plan_reading(self, reading: Reading) -> Plan:
        parts = reading.parts
        if all(item.has_role("count") for item in reading.items):
            return Plan(ask_back(self.facts, ["It is not clear what to count."]))
        if parts.missing:
            return Plan(refuse(self.facts, parts.missing, reading.model))
        if self.context.last is None and (points_back(reading) or parts.dangling):
            return Plan(ask_back(self.facts, ["It is not clear what that refers to."]))
        if parts.lacking:
            return Plan(refuse_lacking(self.facts, parts.lacking, reading.model))
        overview = plan_overview(reading, self.facts, self.stored)
        if overview is not None:
            return overview
        if parts.unclear or not (parts.measures or parts.detail or parts.group):
            return Plan(ask_back(self.facts, parts.unclear, reading.model))
        if parts.ambiguous:
            return plan_readings(reading)
        if parts.either:
            return plan_numbers(reading)
        if any(period.fiscal for period in parts.periods):
            return plan_calendars(reading)
        return self._plan_queries(reading)

    def _plan_queries(self, reading: Reading) -> Plan:
        parts = reading.parts
        queries = to_queries(parts, reading.model, self.facts)
        if parts.is_ranked_by_change:
            return plan_changes(queries[0], self.facts)
        readings = overall_readings(queries[0], self.facts)
        if len(readings) > 1:
            return plan_means(readings, self.facts)
        if parts.is_mean_of_some:
            return plan_mean_of_some(queries[0], self.facts)
        contradictions = [
            said for query in queries if (said := find_contradiction(query, self.facts))
        ]
        if contradictions:
            return Plan(ask_back(self.facts, contradictions, reading.model))
        ready = planned_together(queries, self.facts, parts)
        apart = (n for n, one in enumerate(queries) if one.segments != queries[0].segments)
        beside = [f"beside it {in_sentence(ready[n].title)}" for n in apart if not parts.detail]
        text = interpret(queries[0], self.facts, (*parts.notes, *beside))
        return Plan(Answerable(ready), text, follow_ups=next_questions(queries[0], self.facts))

    # ------------------------------------------------------------ the end

    def _finish(self, plan: Plan) -> Plan:
        notes = [f"read '{wrong}' as '{right}'" for wrong, right in self.changes]
        text = "; ".join([plan.interpretation, *notes]) if plan.interpretation else ""
        content = [item for item in self.items if item.kind != "filler"]
        known = [item for item in content if item.kind != "unknown"]
        spans = tuple(explain(item) for item in self.items)
        confidence = len(known) / len(content) if content else 0.0
        return replace(plan, interpretation=text, confidence=round(confidence, 3), spans=spans)
