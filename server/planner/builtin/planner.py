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
from server.planner.builtin.changed import asked_of, plan_changed
from server.planner.builtin.clauses import combine, exceeds, find_cut, stops_of
from server.planner.builtin.corrections import as_correction, replaced_in
from server.planner.builtin.decline import ask_back
from server.planner.builtin.examples import AnalysisExample, Stored, load_stored
from server.planner.builtin.facts import Facts
from server.planner.builtin.finish import planned
from server.planner.builtin.going_back import (
    asks_difference,
    calendar_chosen,
    differ_in_time,
    is_step_back,
    option_by_place,
    set_against,
    state_before,
)
from server.planner.builtin.going_on import is_same, standing
from server.planner.builtin.keys import name_keys
from server.planner.builtin.lexicon import Lexicon
from server.planner.builtin.lexicon_build import build_lexicon
from server.planner.builtin.on_groups import WHICH_TWO
from server.planner.builtin.other_number import other_number
from server.planner.builtin.periods import Clock
from server.planner.builtin.properties import subject_of
from server.planner.builtin.question import AskedQuestion
from server.planner.builtin.rewording import reword
from server.planner.builtin.several import offer, plan_either
from server.planner.builtin.shown_groups import (
    has_chosen_groups,
    keep_groups,
    speaks_of_groups,
    speaks_of_person,
)
from server.planner.builtin.sorting import UNCLEAR, sort_again
from server.planner.builtin.spans import correct_spelling, cover
from server.planner.builtin.taking_back import take_back
from server.planner.builtin.tokens import MAX_TOKENS, Token, tokenize
from server.planner.builtin.unanswered import (
    completes,
    may_be_no_condition,
    names_no_subject,
    names_only,
    names_subject,
    replaces,
    says_nothing,
)
from server.planner.builtin.wording import interpret
from server.planner.builtin.words import FUTURE, PAST
from server.planner.plan import (
    EMPTY_CONTEXT,
    Answerable,
    Context,
    Coverage,
    LastAnswer,
    Option,
    Plan,
)

_NOT_ANSWERED: Final = (
    "The question before this one was not answered, so it is not clear what this adds to; "
    "please ask it as a whole."
)
_WITHOUT_IT: Final = (
    "The question before this one was not answered, so it is not clear what this adds to. "
    "Without that question it would be this."
)
_WHICH_GROUPS: Final = (
    "It is not clear which groups of the answer before are meant; please name them."
)
_NOBODY: Final = "It is not clear what that refers to."
_NOTHING_BEFORE: Final = "There is no answer before this one to go back to."
MAX_CLAUSES: Final = 3
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
        if not 1000 < as_of.year < 9000:
            return Plan(ask_back(self.facts, ["That day lies outside the calendar."]))
        about = self._with_groups(question, context)
        if about is None:
            said = _WHICH_GROUPS if context.last is not None else _NOBODY
            return Plan(ask_back(self.facts, [said]), has_context=context.last is not None)
        context = about
        replied = self._plan_reply(question, as_of, context)
        if replied is not None:
            return replied
        pending = self._plan_pending(question, as_of, context) if context.pending else None
        if pending is not None and isinstance(pending.outcome, Answerable):
            return pending
        chosen = self._chosen_option(question, context)
        return chosen or pending or self._plan_one(question, as_of, context)

    def may_name_period(self, question: str, as_of: date) -> bool:
        """Whether anything in the question can mean a period.

        False only where every word is known to mean something else: no time or grain, no digit
        (a member may be called "Q1-2025"), no state of rows, no "newest", no unknown word.
        """
        asked = self._read(question, as_of, EMPTY_CONTEXT)
        if asked is None or any(char.isdigit() for char in question):
            return True
        return any(
            item.kind in ("time", "grain", "segment", "unknown")
            or (item.ranking is not None and item.ranking.role in ("newest", "oldest"))
            for item in asked.items
        )

    def _plan_one(self, question: str, as_of: date, context: Context) -> Plan:
        asked = self._read(question, as_of, context)
        if asked is None:
            return Plan(ask_back(self.facts))
        return self._plan_clauses(asked) or asked.plan()

    def _plan_clauses(self, whole: AskedQuestion, depth: int = 0) -> Plan | None:
        """The plans of two questions in one sentence, put together; None for a single one."""
        cut = find_cut(whole.items, stops_of(whole.tokens))
        if cut is None or whole.is_stored():
            return None
        if depth == MAX_CLAUSES or exceeds(MAX_CLAUSES, whole.items, stops_of(whole.tokens)):
            return Plan(ask_back(self.facts, ["That is more than a few questions at once."]))
        if whole.refers_back():
            return None
        plans = []
        for tokens in (whole.tokens[: cut[0]], whole.tokens[cut[1] :]):
            items = cover(tokens, self.lexicon, whole.clock)
            clause = replace(whole, tokens=tokens, items=items, context=EMPTY_CONTEXT)
            plans.append(self._plan_clauses(clause, depth + 1) or clause.plan())
        return combine(plans, self.facts)

    def _with_groups(self, question: str, context: Context) -> Context | None:
        """The context, with an answer about the groups that the turn speaks of; None: which?"""
        words = self._corrected_words(question)
        if context.last is None or not has_chosen_groups(context.last):
            return context if self._knows_who(words, context.last) else None
        if not speaks_of_groups(words):
            return context
        kept = keep_groups(words, context.last, self.facts)
        return replace(context, last=kept) if kept is not None else None

    def _knows_who(self, words: Sequence[str], last: LastAnswer | None) -> bool:
        """False for "he" or "her" where nobody was named, or more than one."""
        if not speaks_of_person(words):
            return True
        subject = subject_of(last.query, self.facts) if last is not None else None
        return subject is not None and len(subject.values) == 1

    def _corrected_words(self, question: str) -> list[str]:
        """The words of a turn, "thier" read as "their"; none of a text that is no question."""
        tokens = tokenize(question)
        if len(tokens) >= MAX_TOKENS:
            return []
        return [token.word for token in correct_spelling(tokens, self.lexicon)[0]]

    def _read(self, question: str, as_of: date, context: Context) -> AskedQuestion | None:
        """The question as items; None where there is none, or far too many."""
        tokens = tokenize(question)
        if not tokens or len(tokens) >= MAX_TOKENS:
            return None
        tokens, changes = correct_spelling(name_keys(tokens, self.lexicon), self.lexicon)
        tokens = as_correction(tokens, context)
        tokens = reword(tokens, self.lexicon)
        is_ahead = any(token.word in ("will", "'ll") for token in tokens)
        clock = Clock(as_of, self.facts.catalog.calendar, _tense(tokens), is_ahead)
        items = cover(tokens, self.lexicon, clock)
        items = replaced_in(items, context.last.query if context.last is not None else None)
        return AskedQuestion(
            self.lexicon, self.facts, self.stored, tokens, items, clock, context,
            tuple(changes.items()),
        )  # fmt: skip

    def _plan_pending(self, question: str, as_of: date, context: Context) -> Plan | None:
        """What completes the question that was not answered; None for a question of its own."""
        fresh = replace(context, pending="", pending_follows=False)
        asked = self._read(question, as_of, fresh)
        if asked is None:
            return None
        reading = asked.compose()
        is_part = standing(reading, asked.items) == "part"
        is_reply = names_only(reading) or is_part
        if not (completes(reading) or is_part) or (asked.is_stored() and not is_reply):
            return None
        base = replace(fresh, last=context.last if context.pending_follows else None)
        refused = self._read(context.pending, as_of, fresh)
        before = refused.compose() if refused is not None else None
        is_fixed = asks_difference(context.pending) or is_step_back(context.pending)
        is_empty = before is not None and not names_subject(before)
        if is_fixed or (is_empty and names_no_subject(reading)):
            return self._plan_unanswered(question, as_of, fresh)
        texts = [f"{context.pending} {question}"]
        texts += [f"{question} {context.pending}"] if is_reply else []
        for text in texts:
            whole = self._plan_one(text, as_of, base) if len(text) <= MAX_QUESTION else None
            if whole is not None and isinstance(whole.outcome, Answerable):
                if before is not None and may_be_no_condition(before):
                    return self._plan_either(whole, question, as_of)
                return replace(whole, has_context=True)
        if before is None or (names_only(reading) and says_nothing(before)):
            return None
        if is_part and not completes(reading):
            return None  # it may be a question of its own; what is on the screen is asked about
        if asked.is_stored() or replaces(reading, before, context):
            return self._plan_one(question, as_of, fresh)
        return self._plan_unanswered(question, as_of, fresh)

    def _plan_unanswered(self, question: str, as_of: date, fresh: Context) -> Plan:
        """Asks back, with what the turn would be after the older answer."""
        older = asked_of(self._plan_one(question, as_of, fresh)) if fresh.last else None
        if older is not None:
            return offer([older], _WITHOUT_IT, self.facts)
        return Plan(ask_back(self.facts, [_NOT_ANSWERED]), has_context=True)

    def _plan_either(self, whole: Plan, question: str, as_of: date) -> Plan:
        """The reply with what the unanswered question named, and without; one where they agree."""
        kept, alone = asked_of(whole), asked_of(self._plan_one(question, as_of, EMPTY_CONTEXT))
        if kept is None or alone is None or is_same(kept, alone):
            return replace(whole, has_context=True)
        return plan_either([kept], alone, self.facts)

    def _plan_reply(self, question: str, as_of: date, context: Context) -> Plan | None:
        """A turn that only chooses, goes back, lifts a condition or names another number."""
        option = option_by_place(question, context.options)
        option = option or self._option_by_calendar(question, as_of, context)
        if option is not None:
            return self._take(option) or self._plan_one(option.question, as_of, EMPTY_CONTEXT)
        if is_step_back(question) or asks_difference(question):
            earlier = self._plan_earlier(question, as_of, context)
            if earlier is not None:
                return earlier
        last = context.last
        if last is None or (context.pending and not self._is_lifting(context.pending, last)):
            return None
        again = sort_again(question, last.query, self.lexicon, self.facts)
        if again is not None and again.query is None:
            return Plan(ask_back(self.facts, [UNCLEAR]), has_context=True)
        if again is not None and again.query is not None:
            return plan_changed(again.query, last, self.facts)
        taken = take_back(question, last.query, self.lexicon, self.facts)
        if taken is not None and taken.query is None:
            return Plan(ask_back(self.facts, [taken.unclear]), has_context=True)
        changed = taken.query if taken is not None else None
        changed = changed or other_number(question, last.query, self.lexicon, self.facts)
        return plan_changed(changed, last, self.facts) if changed is not None else None

    def _option_by_calendar(self, question: str, as_of: date, context: Context) -> Option | None:
        """What "the calendar one" chooses, where both calendars were offered."""
        chosen = calendar_chosen(question)
        if chosen is None or not context.pending or not differ_in_time(context.options):
            return None
        asked = self._read(context.pending, as_of, EMPTY_CONTEXT)
        if asked is None or not any(p.fiscal for p in asked.compose().parts.periods):
            return None
        option = context.options[chosen[0]]
        if not chosen[1]:
            return option
        said = self._read(chosen[1], as_of, EMPTY_CONTEXT)
        if said is None or any(item.kind not in ("time", "filler") for item in said.items):
            return None
        ranges = [period.range for period in said.compose().parts.periods]
        time = option.query.time if option.query is not None else None
        return option if time is not None and ranges == [time.range] else None

    def _plan_earlier(self, question: str, as_of: date, context: Context) -> Plan | None:
        """The answer before the last one again, or set against it; None where there is none."""
        if asks_difference(question):
            if context.last is None:
                return None
            against = set_against(context)
            if against is None:
                return Plan(ask_back(self.facts, [WHICH_TWO]), has_context=True)
            return plan_changed(against, context.last, self.facts)
        before = state_before(context)
        if before is None:
            return Plan(ask_back(self.facts, [_NOTHING_BEFORE]), has_context=True)
        if before.question:
            plan = self._plan_one(before.question, as_of, EMPTY_CONTEXT)
            return replace(plan, has_context=True)
        return plan_changed(before.query, before, self.facts)

    def _is_lifting(self, pending: str, last: LastAnswer) -> bool:
        """Like "remove the filter", asked back for which one it is."""
        return take_back(pending, last.query, self.lexicon, self.facts) is not None

    def _take(self, option: Option) -> Plan | None:
        """The option as the answer; None where it is no query object."""
        if option.query is None:
            return None
        query = planned(option.query, self.facts)
        return Plan(
            Answerable((query,)), interpret(option.query, self.facts), 1.0, has_context=True
        )

    def _chosen_option(self, question: str, context: Context) -> Plan | None:
        """The reply to a clarification that names one of its options."""
        asked = question.strip().casefold().rstrip(".!?")
        for option in context.options:
            if (
                asked in (option.label.casefold(), option.question.casefold().rstrip("?"))
                and option.query
            ):
                return self._take(option)
        return None


def build_planner(
    catalog: Catalog,
    members: Mapping[str, Sequence[str]],
    analyses: Iterable[AnalysisExample] = (),
    coverage: Mapping[str, Coverage] | None = None,
    key_shapes: Mapping[str, Sequence[str]] | None = None,
) -> BuiltinPlanner:
    """The planner for a catalog.

    Args:
        members: qualified dimension -> distinct values of the published version.
        coverage: qualified time dimension -> the dates it holds; a month without a year is one
            that can be in the data.
        key_shapes: qualified primary key -> what its values look like, each digit as a 9.
    """
    lexicon = build_lexicon(catalog, members, key_shapes or {})
    return BuiltinPlanner(lexicon, Facts(catalog, coverage or {}), load_stored(lexicon, analyses))


def _tense(tokens: Sequence[Token]) -> Literal["past", "future", ""]:
    words = {token.word for token in tokens}
    if words & FUTURE:
        return "future"
    return "past" if words & PAST else ""
