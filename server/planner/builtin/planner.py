"""The built-in planner: a question to a plan, with words of the model and a small grammar.

Called by `server/ask.py` through the `Planner` protocol. Invariant: pure and deterministic; a
question with a word that nothing explains is never answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from semantic.definitions import Catalog
from semantic.functions import DATE_UNITS
from semantic.request import OrderBy, SemanticQuery, TimeSpec
from semantic.spec import TileSpec
from server.planner.builtin.compose import compose
from server.planner.builtin.contradictions import find_contradiction
from server.planner.builtin.corrections import as_correction
from server.planner.builtin.decline import ask_back, refuse, refuse_instruction, refuse_lacking
from server.planner.builtin.examples import (
    AnalysisExample,
    Stored,
    find_analysis,
    find_stored,
    is_literal,
    load_stored,
)  # fmt: skip
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import next_questions, planned, polish, to_queries
from server.planner.builtin.follow_up import (
    is_follow_up,
    merge,
    ranks_members,
    refers_back,
    use_leaders,
)
from server.planner.builtin.lexicon import Lexicon, build_lexicon
from server.planner.builtin.periods import Clock
from server.planner.builtin.reading import CONTENT, Reading, put_choice
from server.planner.builtin.spans import Item, correct_spelling, cover, explain
from server.planner.builtin.tokens import MAX_TOKENS, Token, tokenize
from server.planner.builtin.unanswered import completes, names_only, replaces, says_nothing
from server.planner.builtin.why import find_cause
from server.planner.builtin.wording import interpret
from server.planner.builtin.words import FUTURE, PAST
from server.planner.plan import (
    EMPTY_CONTEXT,
    Answerable,
    Clarification,
    Context,
    Coverage,
    LastAnswer,
    Option,
    Plan,
    PlannedAnalysis,
    PlannedQuery,
)  # fmt: skip

_NOT_ANSWERED: Final = (
    "The question before this one was not answered, so it is not clear what this adds to; "
    "please ask it as a whole."
)
MAX_QUESTION: Final = 2_000
"""Characters; a longer text is not one question."""


@dataclass(frozen=True, slots=True, eq=False)
class BuiltinPlanner:
    """The planner of one data version."""

    lexicon: Lexicon
    facts: Facts
    stored: tuple[Stored, ...]
    name: str = "builtin"

    def plan(self, question: str, as_of: date, context: Context = EMPTY_CONTEXT) -> Plan:
        """The plan for the question; see `Planner`."""
        if len(question) > MAX_QUESTION:
            return Plan(ask_back(self.facts, ["This is longer than one question."]))
        pending = self._plan_pending(question, as_of, context) if context.pending else None
        if pending is not None and isinstance(pending.outcome, Answerable):
            return pending
        chosen = self._chosen_option(question, context)
        return chosen or pending or self._plan_one(question, as_of, context)

    def _plan_one(self, question: str, as_of: date, context: Context) -> Plan:
        question_ = self._read(question, as_of, context)
        return question_.plan() if question_ is not None else Plan(ask_back(self.facts))

    def _read(self, question: str, as_of: date, context: Context) -> _Question | None:
        """The question as items; None where there is none, or far too many."""
        tokens = tokenize(question)
        if not tokens or len(tokens) >= MAX_TOKENS:
            return None
        tokens, changes = correct_spelling(tokens, self.lexicon)
        tokens = as_correction(tokens, context)
        clock = Clock(as_of, self.facts.catalog.calendar, _tense(tokens))
        items = cover(tokens, self.lexicon, clock)
        return _Question(self, tokens, items, clock, context, tuple(changes.items()))

    def _plan_pending(self, question: str, as_of: date, context: Context) -> Plan | None:
        """What completes the question that was not answered; None for a question of its own."""
        fresh = replace(context, pending="", pending_follows=False)
        asked = self._read(question, as_of, fresh)
        if asked is None or asked.is_stored() or not completes(reading := asked.compose()):
            return None
        base = replace(fresh, last=context.last if context.pending_follows else None)
        texts = [f"{context.pending} {question}"]
        texts += [f"{question} {context.pending}"] if names_only(reading) else []
        for text in texts:
            whole = self._plan_one(text, as_of, base) if len(text) <= MAX_QUESTION else None
            if whole is not None and isinstance(whole.outcome, Answerable):
                return replace(whole, has_context=True)
        refused = self._read(context.pending, as_of, fresh)
        before = refused.compose() if refused is not None else None
        if before is None or (names_only(reading) and says_nothing(before)):
            return None
        if replaces(reading, before, context):
            return self._plan_one(question, as_of, fresh)
        return Plan(ask_back(self.facts, [_NOT_ANSWERED]), has_context=True)

    def _chosen_option(self, question: str, context: Context) -> Plan | None:
        """The reply to a clarification that names one of its options."""
        asked = question.strip().casefold().rstrip(".!?")
        for option in context.options:
            if (
                asked in (option.label.casefold(), option.question.casefold().rstrip("?"))
                and option.query
            ):
                query = planned(option.query, self.facts)
                return Plan(
                    Answerable((query,)), interpret(option.query, self.facts), 1.0, has_context=True
                )
        return None


def build_planner(
    catalog: Catalog,
    members: Mapping[str, Sequence[str]],
    analyses: Iterable[AnalysisExample] = (),
    coverage: Mapping[str, Coverage] | None = None,
) -> BuiltinPlanner:
    """The planner for a catalog.

    Args:
        members: qualified dimension -> distinct values of the published version.
        coverage: qualified time dimension -> the dates it holds; a month without a year is one
            that can be in the data.
    """
    lexicon = build_lexicon(catalog, members)
    return BuiltinPlanner(lexicon, Facts(catalog, coverage or {}), load_stored(lexicon, analyses))


def _tense(tokens: Sequence[Token]) -> Literal["past", "future", ""]:
    words = {token.word for token in tokens}
    if words & FUTURE:
        return "future"
    return "past" if words & PAST else ""


@dataclass(frozen=True, slots=True)
class _Question:
    """One question on its way through the steps."""

    planner: BuiltinPlanner
    tokens: tuple[Token, ...]
    items: tuple[Item, ...]
    clock: Clock
    context: Context
    changes: tuple[tuple[str, str], ...]

    @property
    def facts(self) -> Facts:
        return self.planner.facts

    def plan(self) -> Plan:
        if any(item.has_role("hostile") for item in self.items):
            return self._finish(Plan(refuse_instruction(self.facts)))
        stored = self._plan_stored()
        if stored is not None:
            return self._finish(stored)
        last, reading = self.context.last, self.compose()
        cause = find_cause(reading, last, self.facts)
        if isinstance(cause, PlannedAnalysis):
            follows = not reading.parts.measures
            plan = Plan(Answerable((), (cause,)), cause.title, has_context=follows)
            return self._finish(plan)
        if cause is not None:
            return self._finish(Plan(ask_back(self.facts, [cause])))
        if last is None or not is_follow_up(reading):
            return self._finish(self._plan_reading(reading))
        if not (reading.parts.missing or reading.parts.lacking):
            followed = self._plan_follow_up(reading, last)
            if followed is not None:
                return self._finish(followed)
        plan = self._plan_reading(reading)
        is_open = not isinstance(plan.outcome, Answerable)
        return self._finish(replace(plan, has_context=plan.has_context or is_open))

    def compose(self) -> Reading:
        """The reading of the items, the conversation's model preferred."""
        last = self.context.last
        preferred = last.query.model if last else None
        return compose(self.items, self.facts, self.planner.lexicon, self.clock, preferred)

    def is_stored(self) -> bool:
        """True for a verified question or a named analysis."""
        return self._plan_stored() is not None

    # ------------------------------------------------------------ stored questions

    def _plan_stored(self) -> Plan | None:
        words = [token.word for token in self.tokens]
        found = find_stored(self.planner.stored, words)
        if found is not None and not is_literal(found, words) and self._is_whole():
            found = None  # the same words in another order, or with more than was asked
        if found is not None and found.query is not None:
            query = replace(found.query, asked=self._composed_like(found.query.sql))
            return Plan(Answerable((query,)), found.query.title, 1.0)
        if found is not None and found.analysis is not None:
            analysis = PlannedAnalysis(found.analysis.name, found.analysis.title)
            return Plan(Answerable((), (analysis,)), analysis.title, 1.0)
        filled = find_analysis(self.planner.stored, self.items, words, self.planner.lexicon)
        if filled is None:
            return None
        given = ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in filled.parameters.items()
        )
        return Plan(Answerable((), (filled,)), f"{filled.title}; {given}", 1.0)

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
        reading = compose(self.items, self.facts, self.planner.lexicon, self.clock)
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
        extra = use_leaders(reading, last)
        parts = reading.parts
        judged = ranks_members(reading, last.query)
        if _unclear_beyond(reading, extra, judged=judged):
            return None
        if any(period.fiscal for period in parts.periods):
            return None
        merged = merge(reading, last, self.facts, extra)
        if not merged.changed:
            return None
        contradiction = find_contradiction(merged.query, self.facts)
        if contradiction is not None:
            return Plan(ask_back(self.facts, [contradiction]), has_context=True)
        chart = parts.chart or (last.chart if not parts.group and not parts.grain else None)
        query = planned(merged.query, self.facts)
        query = replace(query, chart=chart)
        text = interpret(merged.query, self.facts, parts.notes)
        follow_ups = next_questions(merged.query, self.facts)
        return Plan(Answerable((query,)), text, 1.0, follow_ups=follow_ups, has_context=True)

    # ------------------------------------------------------------ whole questions

    def _plan_reading(self, reading: Reading) -> Plan:
        parts = reading.parts
        if all(item.has_role("count") for item in reading.items):
            return Plan(ask_back(self.facts, ["It is not clear what to count."]))
        if parts.missing:
            return Plan(refuse(self.facts, parts.missing, reading.model))
        if parts.lacking:
            return Plan(refuse_lacking(self.facts, parts.lacking, reading.model))
        overview = self._plan_overview(reading)
        if overview is not None:
            return overview
        if parts.unclear or not (parts.measures or parts.detail or parts.group):
            return Plan(ask_back(self.facts, parts.unclear, reading.model))
        if parts.ambiguous:
            return self._plan_readings(reading)
        if any(period.fiscal for period in parts.periods):
            return self._plan_calendars(reading)
        queries = to_queries(parts, reading.model, self.facts)
        contradictions = [
            said for query in queries if (said := find_contradiction(query, self.facts))
        ]
        if contradictions:
            return Plan(ask_back(self.facts, contradictions, reading.model))
        ready = tuple(planned(query, self.facts, parts) for query in queries)
        text = interpret(queries[0], self.facts, parts.notes)
        return Plan(Answerable(ready), text, follow_ups=next_questions(queries[0], self.facts))

    def _plan_readings(self, reading: Reading) -> Plan:
        """A word that may stand for several conditions: one option for each."""
        parts = reading.parts
        word, choices = parts.ambiguous[0]
        for _, others in parts.ambiguous[1:]:
            put_choice(parts, others[0])
        filters, segments, related = parts.filters, parts.segments, parts.related
        options = []
        for choice in choices:
            parts.filters, parts.segments = [*filters], [*segments]
            parts.related = [*related]
            put_choice(parts, choice)
            query = to_queries(parts, reading.model, self.facts)[0]
            text = interpret(query, self.facts)
            options.append(Option(text, text, polish(query, self.facts)))
        message = f"'{word}' can be read in more than one way. Which one do you mean?"
        return Plan(Clarification(message, tuple(options), settle=True))

    def _plan_calendars(self, reading: Reading) -> Plan:
        """The calendar and the fiscal reading of "last year" and the like, side by side."""
        parts = reading.parts
        fiscal = [replace(p, range=p.fiscal or p.range, fiscal=None) for p in parts.periods]
        options = []
        for periods in ([replace(p, fiscal=None) for p in parts.periods], fiscal):
            parts.periods = periods
            query = to_queries(parts, reading.model, self.facts)[0]
            text = interpret(query, self.facts)
            options.append(Option(text, text, polish(query, self.facts)))
        message = "The fiscal year is not the calendar year here. Which one do you mean?"
        return Plan(Clarification(message, tuple(options), settle=True))

    def _plan_overview(self, reading: Reading) -> Plan | None:
        """Like "How are we doing this quarter?": the key figures that the model itself names."""
        parts = reading.parts
        spec = self.facts.catalog.spec
        asked = reading.has_word("overview")
        is_plain = not (parts.group or parts.detail or parts.filters or parts.segments)
        if not asked or not is_plain or not spec.dashboard:
            return None
        if parts.measures and not reading.has_word("judgement", "vague"):
            return None
        time = TimeSpec(range=parts.periods[0].range) if parts.periods else None
        queries = []
        for tile in spec.dashboard[:3]:
            queries.append(self._tile(tile, time))
        first = queries[0].query
        text = interpret(first, self.facts, parts.notes) if first else ""
        return Plan(Answerable(tuple(queries)), text)

    def _tile(self, tile: TileSpec, time: TimeSpec | None) -> PlannedQuery:
        is_series = any(name.rpartition(".")[2] in DATE_UNITS for name in tile.dimensions)
        name, direction = (tile.dimensions[0], "asc") if is_series else (tile.metrics[0], "desc")
        query = SemanticQuery(
            metrics=tile.metrics,
            dimensions=tile.dimensions,
            time=time,
            order_by=(OrderBy(name=name, direction="asc" if direction == "asc" else "desc"),)
            if tile.dimensions
            else (),
            limit=tile.limit if tile.dimensions and not is_series else None,
        )
        return PlannedQuery(tile.title, polish(query, self.facts), chart=tile.chart, asked=query)

    # ------------------------------------------------------------ the end

    def _finish(self, plan: Plan) -> Plan:
        notes = [f"read '{wrong}' as '{right}'" for wrong, right in self.changes]
        text = "; ".join([plan.interpretation, *notes]) if plan.interpretation else ""
        content = [item for item in self.items if item.kind != "filler"]
        known = [item for item in content if item.kind != "unknown"]
        spans = tuple(explain(item) for item in self.items)
        confidence = len(known) / len(content) if content else 0.0
        return replace(plan, interpretation=text, confidence=round(confidence, 3), spans=spans)


def _unclear_beyond(reading: Reading, extra: Sequence[object], *, judged: bool) -> bool:
    """True where something stays unexplained even as a part of the last question."""
    parts = reading.parts
    left = [
        n
        for n, item in enumerate(reading.items)
        if n not in reading.used and item.kind in CONTENT and item.kind != "ranking"
    ]
    left = [n for n in left if not reading.is_entity(n)]
    blocking = reading.has_word("why") or (reading.has_word("judgement") and not judged)
    vague = reading.has_word("vague") and not extra and not parts.chart
    unjoined = len(parts.periods) > 1 and not parts.compare
    return bool(left) or blocking or vague or unjoined or bool(parts.ambiguous)
