"""An answer of the service and what was expected of it to a verdict.

Called by the question sets of all domains. Invariant: only the rows of `queries` count as numbers;
a result is right when it holds the expected rows and no others, a sentence with a number nobody
returned is wrong. Imports nothing of server/evaluation_judge.py, which it repeats on purpose: a
mistake there would judge the program right here too.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

Outcome = Literal["right", "wrong", "refused", "misordered", "other"]
Json = Mapping[str, Any]
Cell = Any
Match = Literal["ok", "order"] | None

_BLANKS: Final = frozenset({"", "none", "null", "unknown", "(blank)", "(none)", "n/a", "(unknown)"})
_MONTHS: Final = {
    name: at + 1
    for at, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905
}
_SCALES: Final = (1.0, 100.0, 0.01)
_MOST_COMBINATIONS: Final = 3000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer compares with what was expected."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """One result."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


# ------------------------------------------------------------------ cells


def read_text(cell: Cell) -> str | None:
    """Text without case, spacing and kind of quote; None for nothing."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    text = " ".join(str(cell).replace("\u2019", "'").split()).casefold()
    return None if text in _BLANKS else text


def read_number(cell: Cell) -> float | None:
    """A number, also one that is sent as text."""
    if cell is None or isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        return float(cell)
    try:
        return float(str(cell).replace(",", "").replace("$", "").rstrip("%"))
    except ValueError:
        return None


def read_period(cell: Cell, grain: str) -> date | None:
    """First day of the period that `2025-01-31`, `2025-01`, `Q1-2025` or `Jan 2025` names."""
    text = str(cell).strip().lower()
    day: date | None = None
    if found := re.match(r"(\d{4})-(\d\d)-(\d\d)", text):
        day = date(*(int(part) for part in found.groups()))
    elif found := re.fullmatch(r"(\d{4})-(\d\d)", text):
        day = date(int(found[1]), int(found[2]), 1)
    elif found := re.fullmatch(r"q([1-4])[\s-]*(\d{4})", text):
        day = date(int(found[2]), 3 * int(found[1]) - 2, 1)
    elif found := re.fullmatch(r"(\d{4})[\s-]*q([1-4])", text):
        day = date(int(found[1]), 3 * int(found[2]) - 2, 1)
    elif (found := re.fullmatch(r"([a-z]{3})[a-z]*\s+(\d{4})", text)) and found[1] in _MONTHS:
        day = date(int(found[2]), _MONTHS[found[1]], 1)
    elif grain == "year" and re.fullmatch(r"(19|20)\d\d(\.0)?", text):
        day = date(int(text[:4]), 1, 1)
    return None if day is None else _start(day, grain)


def _start(day: date, grain: str) -> date:
    match grain:
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case "year":
            return date(day.year, 1, 1)
    return day


# ------------------------------------------------------------------ results


def read_tables(answer: Json) -> list[Table]:
    """The results of the answer, and those that several of them give together."""
    tables = [
        Table(
            tuple(column["name"] for column in query["columns"]),
            tuple(tuple(row) for row in query["rows"]),
        )
        for query in answer.get("queries") or ()
    ]
    singles = [table for table in tables if len(table.rows) == 1]
    stacks: dict[tuple[str, ...], list[Table]] = defaultdict(list)
    for table in tables:
        stacks[table.names].append(table)
    together = [
        Table(names, tuple(row for one in stack for row in one.rows))
        for names, stack in stacks.items()
        if len(stack) > 1
    ]
    if len(singles) > 1:
        names = tuple(name for one in singles for name in one.names)
        together.append(Table(names, (tuple(cell for one in singles for cell in one.rows[0]),)))
    return tables + together


# ------------------------------------------------------------------ accepted answers


class Accepted:
    """One accepted answer: its columns, and which of its rows a result may leave out."""

    def __init__(self, gold: Json) -> None:
        self.gold = gold
        self.columns: list[Json] = list(gold.get("columns") or ())
        self.numbers = [at for at, one in enumerate(self.columns) if one["kind"] == "num"]
        self.keys = [at for at, one in enumerate(self.columns) if one["kind"] != "num"]
        self.size = len(self.columns[0]["values"]) if self.columns else 0
        self.rows = [
            tuple(self.read(at, one["values"][row]) for at, one in enumerate(self.columns))
            for row in range(self.size)
        ]
        self.optional = set(gold.get("optional_rows") or ())
        self.window = (gold.get("n_min", self.size), gold.get("n_max", self.size))
        self.is_ranking = "n_min" in gold
        self.order_by: int = gold.get("order_by", self.numbers[0] if self.numbers else 0)

    def read(self, at: int, cell: Cell) -> Cell:
        """A cell as it is compared in the column `at`."""
        column = self.columns[at]
        match column["kind"]:
            case "num":
                return read_number(cell)
            case "date":
                return read_period(cell, column.get("grain", "day"))
        text = read_text(cell)
        aliases = column.get("aliases") or {}
        for name, others in aliases.items():
            if text in {read_text(other) for other in others}:
                return read_text(name)
        return text

    def agrees(self, at: int, wanted: float | None, found: float | None, scale: float) -> bool:
        """Whether two numbers are the same one; nothing added up is 0 or null."""
        column = self.columns[at]
        is_percent = column.get("percent_ok", self.gold.get("percent_ok", False))
        if wanted is None or found is None:
            return wanted == found or (not is_percent and (wanted or 0) == (found or 0))
        relative = column.get("tol_rel", self.gold.get("tol_rel", 0.005))
        absolute = column.get("tol_abs", self.gold.get("tol_abs", 0.0))
        gap = max(relative * abs(wanted), absolute, 1e-9 * max(1.0, abs(wanted)))
        return bool(abs(wanted - found * scale) <= gap)

    def is_void(self, row: Sequence[Cell]) -> bool:
        """Whether the row states no number."""
        return bool(self.numbers) and all(
            row[at] is None or (row[at] == 0 and not self.columns[at].get("percent_ok"))
            for at in self.numbers
        )

    def scales(self) -> Iterator[dict[int, float]]:
        """The readings of the percent columns: percent or fraction, each column as one."""
        rates = [
            at
            for at in self.numbers
            if self.columns[at].get("percent_ok", self.gold.get("percent_ok", False))
        ]
        for chosen in itertools.product(_SCALES, repeat=len(rates)):
            yield dict(zip(rates, chosen, strict=True))


def match_table(gold: Json, table: Table) -> Match:
    """Whether the table is the accepted answer, or is so but for its order."""
    accepted = Accepted(gold)
    if gold.get("empty"):
        return "ok" if _is_empty(table) else None
    if not table.rows or len(table.names) < len(accepted.columns):
        return None
    if gold.get("only_keys") and any(
        read_number(cell) is not None for row in table.rows for cell in row
    ):
        return None
    best: Match = None
    choices = [_candidates(accepted, at, table) for at in range(len(accepted.columns))]
    for columns in itertools.islice(itertools.product(*choices), _MOST_COMBINATIONS):
        if len(set(columns)) < len(columns):
            continue
        rows = [
            tuple(accepted.read(at, row[column]) for at, column in enumerate(columns))
            for row in table.rows
        ]
        for scales in accepted.scales():
            found = _compare(accepted, rows, scales)
            if found == "ok":
                return "ok"
            best = best or found
    return best


def _is_empty(table: Table) -> bool:
    for row in table.rows:
        numbers = [read_number(cell) for cell in row if not isinstance(cell, str)]
        if not numbers or any(number for number in numbers):
            return False
    return True


def _candidates(accepted: Accepted, at: int, table: Table) -> list[int]:
    """The columns of the table that share a value with the expected one."""
    wanted = {row[at] for row in accepted.rows}
    chosen = []
    for column in range(len(table.names)):
        found = [accepted.read(at, row[column]) for row in table.rows]
        stated = [value for value in found if value is not None]
        if at in accepted.numbers:
            if wanted <= {None, 0.0} or any(
                accepted.agrees(at, one, value, scale)
                for one in wanted
                if one is not None
                for value in stated[:20]
                for scale in _SCALES
            ):
                chosen.append(column)
        elif wanted & set(found):
            chosen.append(column)
    return chosen


def _compare(
    accepted: Accepted, rows: Sequence[tuple[Cell, ...]], scales: Mapping[int, float]
) -> Match:
    found = _compare_exactly(accepted, rows, scales)
    if found is None and not accepted.gold.get("keep_empty"):
        # Groups over nothing may be added: they are taken away, and compared again.
        known = {_key(accepted, row) for row in accepted.rows if accepted.is_void(row)}
        full = [row for row in rows if not accepted.is_void(row) or _key(accepted, row) in known]
        if full and len(full) < len(rows):
            found = _compare_exactly(accepted, full, scales)
    return found


def _key(accepted: Accepted, row: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(row[at] for at in accepted.keys)


def _compare_exactly(
    accepted: Accepted, rows: Sequence[tuple[Cell, ...]], scales: Mapping[int, float]
) -> Match:
    partners = _pair(accepted, rows, scales)
    if partners is None:
        return None
    taken, ranks = set(partners), [row[accepted.order_by] for row in accepted.rows]
    if accepted.is_ranking:
        least, most = accepted.window
        if not least <= len(rows) <= most:
            return None
        edge = ranks[len(rows) - 1]
        inside, outside = set(range(len(rows))) - taken, taken - set(range(len(rows)))
        # Only members tied with the last one may stand in for each other.
        if any(ranks[at] != edge for at in inside | outside):
            return None
        wanted = ranks[: len(rows)]
    else:
        missing = set(range(accepted.size)) - taken - accepted.optional
        keep_empty = accepted.gold.get("keep_empty")
        if any(keep_empty or not accepted.is_void(accepted.rows[at]) for at in missing):
            return None
        wanted = [ranks[at] for at in sorted(taken)]
    if accepted.gold.get("ordered") and [ranks[at] for at in partners] != wanted:
        return "order"
    return "ok"


def _pair(
    accepted: Accepted, rows: Sequence[tuple[Cell, ...]], scales: Mapping[int, float]
) -> list[int] | None:
    """For each row the accepted row it equals, none twice; None where one has no partner."""
    free: dict[tuple[Cell, ...], list[int]] = defaultdict(list)
    for at, row in enumerate(accepted.rows):
        free[_key(accepted, row)].append(at)
    partners = []
    for row in rows:
        line = free.get(_key(accepted, row), [])
        partner = next(
            (
                at
                for at in line
                if all(
                    accepted.agrees(one, accepted.rows[at][one], row[one], scales.get(one, 1.0))
                    for one in accepted.numbers
                )
            ),
            None,
        )
        if partner is None:
            return None
        line.remove(partner)
        partners.append(partner)
    return partners


def match_any(golds: Sequence[Json], tables: Sequence[Table], text: str) -> tuple[Match, Json]:
    """The best match over all accepted answers, and the answer it was."""
    best: tuple[Match, Json] = (None, {})
    for gold in golds:
        if gold.get("empty") and not tables:
            return "ok", gold
        found = _match_one(gold, tables)
        if found == "ok" and mentions(text, gold.get("must_mention") or ()):
            return "ok", gold
        if found is not None and best[0] != "ok":
            best = (found, gold)
    return best


def _match_one(gold: Json, tables: Sequence[Table]) -> Match:
    found: set[Match] = {match_table(gold, table) for table in tables}
    columns = gold.get("columns") or ()
    numbers = [one for one in columns if one["kind"] == "num"]
    keys = [one for one in columns if one["kind"] != "num"]
    if "ok" not in found and len(numbers) > 1 and keys and "order_by" not in gold:
        # Several figures over the same groups may come from one result each.
        parts = [{**gold, "columns": [*keys, number]} for number in numbers]
        if all(any(match_table(part, table) == "ok" for table in tables) for part in parts):
            found.add("ok")
    return "ok" if "ok" in found else "order" if "order" in found else None


# ------------------------------------------------------------------ what the text says


def mentions(text: str, wanted: Iterable[str | Sequence[str]]) -> bool:
    """Whether the text holds all that is wanted; of a list, any."""
    return all(_mentions_one(text, one) for one in wanted)


def _mentions_one(text: str, wanted: str | Sequence[str]) -> bool:
    if not isinstance(wanted, str):
        return any(_mentions_one(text, one) for one in wanted)
    if wanted.startswith("re:"):
        return re.search(wanted[3:], text, re.IGNORECASE | re.DOTALL) is not None
    return wanted.casefold() in text.casefold()


_STATED: Final = re.compile(
    r"(?P<sign>\$)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<unit>%|[kKmM]\b)?"
)
_UNITS: Final = {"k": 1e3, "m": 1e6}


def find_unaccounted(
    text: str, question: str, tables: Sequence[Table], known: Sequence[float]
) -> str:
    """The first amount, percentage or decimal of a refusal that nothing accounts for, or ''."""
    cells = [number for table in tables for row in table.rows for number in map(read_number, row)]
    sources = [number for number in cells if number is not None] + list(known)
    sources += [_value(found) for found in _STATED.finditer(question)]
    claims = re.sub(r'`[^`]*`|"[^"\n]*"|\u201c[^\u201d\n]*\u201d|[^.!?\n]*\?', " ", text)
    claims = re.sub(r"\d{4}-\d\d-\d\d|(?m:^\s*[-*] .*$)", " ", claims)
    for found in _STATED.finditer(claims):
        value = float(found["number"].replace(",", "")) * _UNITS.get(
            (found["unit"] or "").lower(), 1
        )
        if not (found["sign"] or found["unit"] or "." in found["number"]) and value < 2101:
            continue
        near = (abs(value - one) <= 0.01 * abs(one) + 1e-9 for one in sources)
        share = (found["unit"] == "%" and abs(value - 100 * one) <= 0.06 for one in sources)
        if not any(near) and not any(share):
            return found[0]
    return ""


def _value(found: re.Match[str]) -> float:
    return float(found["number"].replace(",", "")) * _UNITS.get((found["unit"] or "").lower(), 1)


# ------------------------------------------------------------------ the verdict


def judge(expect: Json, question: str, answer: Json) -> Verdict:
    """The verdict on one answer."""
    status, text = answer.get("status"), str(answer.get("answer") or "")
    allowed = expect.get("status") or ("answered",)
    whole = json.dumps(answer, ensure_ascii=False)
    for forbidden in expect.get("must_not") or ():
        if _mentions_one(whole, forbidden):
            return Verdict("wrong", f"contains {forbidden!r}")
    if status not in allowed:
        if status == "answered":
            return Verdict("wrong", f"answered, expected {'/'.join(allowed)}")
        kind: Outcome = "refused" if "answered" in allowed else "other"
        return Verdict(kind, f"{status}, expected {'/'.join(allowed)}")
    tables = read_tables(answer)
    wanted = list(expect.get("must_mention") or ())
    wanted += (expect.get("must_mention_by_status") or {}).get(status, ())
    if status == "answered":
        return _judge_answered(expect, answer, tables, wanted)
    stated = find_unaccounted(text, question, tables, expect.get("allowed_numbers") or ())
    if stated:
        return Verdict("wrong", f"{status} with the unaccounted number {stated}")
    return _judge_text(text, wanted)


def _judge_answered(
    expect: Json, answer: Json, tables: Sequence[Table], wanted: list[Any]
) -> Verdict:
    text = str(answer.get("answer") or "")
    if expect.get("gold"):
        found, gold = match_any(expect["gold"], tables, text)
        if found is None:
            return Verdict("wrong", "no result matches")
        if found == "order":
            return Verdict("misordered", "the right rows in another order")
        wanted = [*wanted, *(gold.get("must_mention") or ())]
    elif expect.get("needs_result", True) and not any(table.rows for table in tables):
        return Verdict("other", "answered without rows")
    charts = {chart["chart_type"] for chart in answer.get("visualizations") or ()}
    if expect.get("chart_required") and not charts & set(expect["chart"]):
        return Verdict("other", f"chart {'/'.join(sorted(charts)) or 'none'}")
    return _judge_text(text, wanted)


def _judge_text(text: str, wanted: Iterable[Any]) -> Verdict:
    absent = next((one for one in wanted if not _mentions_one(text, one)), None)
    return Verdict("other", f"not mentioned: {absent}") if absent else Verdict("right", "matches")
