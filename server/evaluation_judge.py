"""One answer to its outcome: right, confidently wrong, refused though answerable, or less.

Called by `evaluation.py`. Pure. Invariant: an answer with a result that does not match, or a
refusal that states a number nobody can account for, is never anything but confidently wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from server.evaluation_cells import to_number
from server.evaluation_match import Gold, ResultRows, Verdict, match_results

Outcome = Literal["right", "confidently_wrong", "refused", "misordered", "other", "error"]
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "right", "confidently_wrong", "refused", "misordered", "other", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer is worth, and why."""

    outcome: Outcome
    reason: str
    is_chart_suitable: bool | None = None
    """None where the question expects no kind of chart, or nothing was answered."""


def judge(expect: Mapping[str, Any], question: str, answer: Mapping[str, Any]) -> Judgement:
    """The judgement on one answer, by what the question file expects."""
    status, text = answer["status"], str(answer.get("answer") or "")
    charts = {str(one.get("chart_type")) for one in answer.get("visualizations") or ()}
    wanted = set(expect.get("chart") or ())
    is_suitable = bool(charts & wanted) if wanted and status == "answered" else None
    outcome, reason = _judge(expect, question, answer, status, text)
    if outcome == "right" and expect.get("chart_required") and is_suitable is False:
        outcome, reason = "other", f"chart {'/'.join(sorted(charts)) or 'none'}"
    return Judgement(outcome, reason, is_suitable)


def _judge(
    expect: Mapping[str, Any], question: str, answer: Mapping[str, Any], status: str, text: str
) -> tuple[Outcome, str]:
    whole = json.dumps(answer, ensure_ascii=False, default=str)
    for banned in expect.get("must_not") or ():
        if _mentions(whole, banned):
            return "confidently_wrong", f"contains {banned!r}"
    allowed = expect.get("status") or ["answered"]
    if status not in allowed:
        return _wrong_status(status, allowed)
    wanted = list(expect.get("must_mention") or ())
    wanted += (expect.get("must_mention_by_status") or {}).get(status, [])
    tables = _tables(answer)
    if status == "answered":
        outcome, reason, more = _judge_result(expect, tables, text)
        wanted += more
    else:
        outcome, reason = _judge_refusal(expect, question, tables, text, status)
    absent = [one for one in wanted if not _mentions(text, one)]
    if outcome == "right" and absent:
        return "other", f"not mentioned: {absent[0]!r}"
    return outcome, reason


def _wrong_status(status: str, allowed: Sequence[str]) -> tuple[Outcome, str]:
    expected = "/".join(allowed)
    if status == "answered":
        return "confidently_wrong", f"answered, expected {expected}"
    if "answered" in allowed:
        return "refused", f"{status} although answerable"
    return "other", f"{status}, expected {expected}"


def _tables(answer: Mapping[str, Any]) -> list[ResultRows]:
    return [
        ResultRows(
            tuple(str(column["name"]) for column in query["columns"]),
            tuple(tuple(row) for row in query["rows"]),
        )
        for query in answer.get("queries") or ()
    ]


def _judge_result(
    expect: Mapping[str, Any], tables: Sequence[ResultRows], text: str
) -> tuple[Outcome, str, list[Any]]:
    """The outcome by the rows alone, and what the accepted answer wants mentioned besides."""
    accepted = expect.get("gold") or ()
    has_rows = any(table.rows for table in tables)
    if not accepted:
        if expect.get("needs_result", True) and not has_rows:
            return "other", "answered without any rows", []
        return "right", "answered", []
    best: Verdict = "different"
    more: list[Any] = []
    for raw in accepted:
        verdict = match_results(Gold.parse(raw), tables)
        mentions = list(raw.get("must_mention") or ())
        if verdict == "same" and all(_mentions(text, one) for one in mentions):
            return "right", "matches", []
        if _RANK[verdict] > _RANK[best]:
            best, more = verdict, mentions
    if best == "same":
        return "right", "matches", more
    if best == "reordered":
        return "misordered", "the right rows in another order", more
    return "confidently_wrong", "no result matches" if has_rows else "no matching result", more


_RANK: Final[Mapping[Verdict, int]] = {"different": 0, "reordered": 1, "same": 2}


def _mentions(text: str, wanted: Any) -> bool:
    """Whether the text holds it; of a list any one, `re:` starts a regular expression."""
    if isinstance(wanted, list | tuple):
        return any(_mentions(text, one) for one in wanted)
    if wanted.startswith("re:"):
        return re.search(wanted[3:], text, re.IGNORECASE | re.DOTALL) is not None
    return wanted.casefold() in text.casefold()


# ------------------------------------------------------------------ numbers of a refusal


def _judge_refusal(
    expect: Mapping[str, Any],
    question: str,
    tables: Sequence[ResultRows],
    text: str,
    status: str,
) -> tuple[Outcome, str]:
    known = [number.value for number in _numbers_in(question)]
    known += [float(number) for number in expect.get("allowed_numbers") or ()]
    for table in tables:
        known.append(float(len(table.rows)))
        cells = (to_number(value) for row in table.rows for value in row)
        known += [cell for cell in cells if cell is not None]
    for number in _numbers_in(_claims(text)):
        if number.is_claim and not any(number.may_be(one) for one in known):
            return "confidently_wrong", f"{status} with the unaccounted number {number.text!r}"
    return "right", status


@dataclass(frozen=True, slots=True)
class _Number:
    text: str
    value: float
    is_percent: bool
    is_formatted: bool

    @property
    def is_claim(self) -> bool:
        """Amounts, percentages, decimals and big counts; a year or a small count is none."""
        is_year = 1900 <= self.value <= 2100
        return self.is_formatted or (self.value >= 1000 and not is_year)

    def may_be(self, known: float) -> bool:
        """Whether it is that number, rounded."""
        is_near = abs(self.value - known) <= 0.01 * max(abs(known), 1e-9)
        return is_near or (self.is_percent and abs(self.value - 100 * known) <= 0.06)


_NUMBER: Final = re.compile(
    r"(?P<symbol>[$\u20ac\u00a3])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"\s?(?P<unit>%|(?:percent|thousand|million|billion|mm|bn|k|m|b)\b)?",
    re.IGNORECASE,
)
_UNITS: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9,
    "billion": 1e9,
}  # fmt: skip


def _numbers_in(text: str) -> Iterator[_Number]:
    for found in _NUMBER.finditer(text):
        unit, digits = (found["unit"] or "").lower(), found["digits"]
        is_percent = unit in ("%", "percent")
        yield _Number(
            text=found[0].strip(),
            value=float(digits.replace(",", "")) * _UNITS.get(unit, 1.0),
            is_percent=is_percent,
            is_formatted=bool(found["symbol"]) or is_percent or "," in digits or "." in digits,
        )


_QUOTED: Final = re.compile(
    r"```.*?```|`[^`\n]*`|[\"\u201c][^\"\u201c\u201d\n]{3,}[\"\u201d]"
    r"|(?<!\w)['\u2018][^'\u2018\u2019\n]{8,}['\u2019](?!\w)",
    re.DOTALL,
)
_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_ITEM: Final = re.compile(r"\s*(?:[-*\u2022]|\d+[.)])\s+(?P<text>.*)")
_STATED: Final = re.compile(
    r"(?:[:=\u2013\u2014|]|\b(?:is|was|are|were|of|at)\b)[\s*_]*[$\u20ac\u00a3]?\s?\d"
)
_SUGGESTED: Final = re.compile(
    r"(?:\be\.g\.|\b(?:for example|for instance|such as|try|(?:questions|something) like"
    r"|you (?:can|could) ask)\b)[^.!\n]*(?:\?|$|(?=[.!]))",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(r"[^.!?\n]*\?")


def _claims(text: str) -> str:
    """The text without what it quotes, asks or offers as an example."""
    kept = []
    for line in _QUOTED.sub(" ", text).splitlines():
        claim = _DAY.sub(" ", line)
        item = _ITEM.match(claim)
        if item is not None:
            claim = item["text"]
            # An item that states no value is a suggestion.
            if not _STATED.search(claim):
                continue
        kept.append(_ASKED.sub(" ", _SUGGESTED.sub(" ", claim)))
    return "\n".join(kept)
