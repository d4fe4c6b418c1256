"""An expected answer against result tables: whether some result holds exactly its rows.

Called by `evaluation_judge.py`. Pure. Invariant: columns are found by their values, so names and
their order do not matter; a row too many, too few or in the wrong group is never a match.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from typing import Any, Final, Literal

from server.evaluation_cells import to_number, to_period, to_text

Verdict = Literal["same", "reordered", "different"]
Key = Any
Row = tuple[Key, ...]

_BEST: Final = {"different": 0, "reordered": 1, "same": 2}
_MOST_COLUMN_CHOICES: Final = 4_000
_MOST_ROWS: Final = 20_000
_SCALES: Final = (1.0, 100.0, 0.01)
"""As it is, a percentage for a fraction, a fraction for a percentage."""


@dataclass(frozen=True, slots=True)
class ResultRows:
    """One result: column names and rows of equal length."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class GoldColumn:
    """One expected column."""

    kind: Literal["dim", "num", "date"]
    values: tuple[Any, ...]
    grain: str = "day"
    tol_rel: float = 0.005
    tol_abs: float = 0.0
    percent_ok: bool = False
    aliases: Mapping[str | None, str | None] = field(default_factory=dict)

    def key(self, value: Any, years: frozenset[int]) -> Key:
        """The value as it is compared."""
        if self.kind == "num":
            return to_number(value)
        if self.kind == "date":
            return to_period(value, self.grain, years)
        text = to_text(value)
        return self.aliases.get(text, text)

    @property
    def years(self) -> frozenset[int]:
        """The years its dates lie in."""
        found = {p[1].year for v in self.values if (p := to_period(v, self.grain)) is not None}
        # The first week of a year may begin in December.
        if self.grain == "week" and found and max(found) - min(found) <= 1:
            found = {max(found)}
        return frozenset(found)

    def is_equal(self, expected: float | None, found: float | None, scale: float = 1.0) -> bool:
        """Within tolerance; nothing summed may be 0 or null, a rate over nothing is null."""
        if expected is None or found is None:
            other = found if expected is None else expected
            return other is None or (other == 0 and not self.percent_ok)
        allowed = max(self.tol_rel * abs(expected), self.tol_abs, 1e-9 * max(1.0, abs(expected)))
        return abs(expected - found * scale) <= allowed


@dataclass(frozen=True)
class Gold:
    """One accepted answer."""

    columns: tuple[GoldColumn, ...]
    empty: bool = False
    ordered: bool = False
    order_by: int | None = None
    n_min: int | None = None
    n_max: int | None = None
    optional: frozenset[int] = frozenset()
    keep_empty: bool = False
    only_keys: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Gold:
        """The answer as a question file states it."""
        columns = tuple(_parse_column(one, raw) for one in _raw_columns(raw))
        numbers = [n for n, c in enumerate(columns) if c.kind == "num"]
        return cls(
            columns=columns,
            empty=bool(raw.get("empty")),
            ordered=bool(raw.get("ordered")),
            order_by=raw.get("order_by", numbers[0] if numbers else 0),
            n_min=raw.get("n_min"),
            n_max=raw.get("n_max"),
            optional=frozenset(raw.get("optional_rows", ())),
            keep_empty=bool(raw.get("keep_empty")),
            only_keys=bool(raw.get("only_keys")),
        )

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Positions of the numbers."""
        return tuple(n for n, c in enumerate(self.columns) if c.kind == "num")

    @cached_property
    def names(self) -> tuple[int, ...]:
        """Positions of the columns that name a row."""
        return tuple(n for n, c in enumerate(self.columns) if c.kind != "num")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The expected rows as keys."""
        with_years = [(column, column.years) for column in self.columns]
        keys = [[c.key(v, years) for v in c.values] for c, years in with_years]
        return tuple(zip(*keys, strict=True))

    def only(self, positions: Sequence[int]) -> Gold:
        """The same answer with fewer columns."""
        keeps_order = self.order_by in positions
        return replace(
            self,
            columns=tuple(self.columns[n] for n in positions),
            ordered=self.ordered and keeps_order,
            order_by=list(positions).index(self.order_by or 0) if keeps_order else 0,
        )

    def is_void(self, row: Row) -> bool:
        """Whether a row says nothing: no value, or nothing summed."""
        return bool(self.numbers) and all(
            row[n] is None or (row[n] == 0 and not self.columns[n].percent_ok) for n in self.numbers
        )


def _raw_columns(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "columns" in raw or "rows" not in raw:
        return list(raw.get("columns") or ())
    cells = list(zip(*raw["rows"], strict=True))
    kinds = raw.get("kinds") or [
        "dim" if any(isinstance(value, str) for value in values) else "num" for values in cells
    ]
    return [{"kind": k, "values": v} for k, v in zip(kinds, cells, strict=True)]


def _parse_column(one: Mapping[str, Any], raw: Mapping[str, Any]) -> GoldColumn:
    aliases = {
        to_text(other): to_text(name)
        for name, others in (one.get("aliases") or {}).items()
        for other in others
    }
    return GoldColumn(
        kind=one["kind"],
        values=tuple(one["values"]),
        grain=one.get("grain", "day"),
        tol_rel=one.get("tol_rel", raw.get("tol_rel", 0.005)),
        tol_abs=one.get("tol_abs", raw.get("tol_abs", 0.0)),
        percent_ok=one.get("percent_ok", raw.get("percent_ok", False)),
        aliases=aliases,
    )


# ------------------------------------------------------------------ all results together


def match_results(gold: Gold, tables: Sequence[ResultRows]) -> Verdict:
    """The best verdict over all results, and over those that make one together."""
    if gold.empty and not tables:
        return "same"
    verdict = _best(match_table(gold, table) for table in (*tables, *_together(tables)))
    is_split = len(gold.numbers) > 1 and gold.names and len(tables) > 1 and not gold.empty
    if verdict == "same" or not is_split:
        return verdict
    # Several metrics over the same groups may come from one query each.
    parts = [
        _best(match_table(gold.only((*gold.names, n)), table) for table in tables)
        for n in gold.numbers
    ]
    if "different" in parts:
        return verdict
    is_ordered = not gold.ordered or "same" in parts
    return _best((verdict, "same" if is_ordered else "reordered"))


def _best(verdicts: Iterator[Verdict] | Sequence[Verdict]) -> Verdict:
    best: Verdict = "different"
    for verdict in verdicts:
        if _BEST[verdict] > _BEST[best]:
            best = verdict
        if best == "same":
            break
    return best


def _together(tables: Sequence[ResultRows]) -> list[ResultRows]:
    """Single rows side by side, and results of the same columns one under the other."""
    found = []
    singles = [table for table in tables if len(table.rows) == 1]
    if len(singles) > 1:
        names = tuple(name for table in singles for name in table.names)
        found.append(ResultRows(names, (tuple(v for t in singles for v in t.rows[0]),)))
    alike: dict[tuple[str, ...], list[ResultRows]] = defaultdict(list)
    for table in tables:
        if table.rows:
            alike[table.names].append(table)
    for names, group in alike.items():
        if len(group) > 1:
            found.append(ResultRows(names, tuple(row for table in group for row in table.rows)))
    return found


# ------------------------------------------------------------------ one result


def match_table(gold: Gold, table: ResultRows) -> Verdict:
    """Whether some choice of the columns holds the expected rows."""
    if gold.empty:
        return "same" if _is_empty(table) else "different"
    width = len(table.names)
    if not gold.columns or not table.rows or width < len(gold.columns):
        return "different"
    if len(table.rows) > _MOST_ROWS:
        return "different"
    if gold.only_keys and any(to_number(v) is not None for row in table.rows for v in row):
        return "different"
    choices = [_candidates(gold, n, table) for n in range(len(gold.columns))]
    if not all(choices):
        return "different"
    return _best(_verdicts(gold, choices))


def _is_empty(table: ResultRows) -> bool:
    for row in table.rows:
        numbers = [
            v for v in row if v is None or (isinstance(v, int | float) and not isinstance(v, bool))
        ]
        if not numbers or any(to_number(v) not in (None, 0.0) for v in numbers):
            return False
    return True


_Choice = tuple[int, tuple[Key, ...]]
"""A column of the result and its keys."""


def _candidates(gold: Gold, position: int, table: ResultRows) -> list[_Choice]:
    """The columns that may be the expected one, likeliest first."""
    column = gold.columns[position]
    years, expected = column.years, [row[position] for row in gold.rows]
    found = []
    for n in range(len(table.names)):
        keys = tuple(column.key(row[n], years) for row in table.rows)
        score = _score(column, expected, keys)
        if score or (column.kind == "num" and all(value in (None, 0) for value in expected)):
            found.append((score, n, keys))
    found.sort(key=lambda one: -one[0])
    return [(n, keys) for _, n, keys in found]


def _score(column: GoldColumn, expected: Sequence[Key], keys: Sequence[Key]) -> int:
    """How many cells occur among the expected ones."""
    if column.kind != "num":
        known = set(expected)
        return sum(key in known for key in keys)
    scales = _SCALES if column.percent_ok else (1.0,)
    known_numbers = [value for value in expected if value is not None]
    return max(
        sum(
            any(column.is_equal(one, key, scale) for one in known_numbers)
            for key in keys[:200]
            if key is not None
        )
        for scale in scales
    )


def _verdicts(gold: Gold, choices: Sequence[Sequence[_Choice]]) -> Iterator[Verdict]:
    for chosen in islice(product(*choices), _MOST_COLUMN_CHOICES):
        if len({n for n, _ in chosen}) < len(chosen):
            continue
        rows = list(zip(*(keys for _, keys in chosen), strict=True))
        for scales in _all_scales(gold):
            yield _compare(gold, rows, scales)
            if not gold.keep_empty:
                yield _compare(gold, _without_void(gold, rows), scales)


def _all_scales(gold: Gold) -> Iterator[dict[int, float]]:
    percents = [n for n in gold.numbers if gold.columns[n].percent_ok]
    for scales in product(_SCALES, repeat=len(percents)):
        yield dict(zip(percents, scales, strict=True))


def _without_void(gold: Gold, rows: Sequence[Row]) -> list[Row]:
    """The rows without the empty groups that the expected answer does not name."""
    named = {_name(gold, row) for row in gold.rows if gold.is_void(row)}
    return [row for row in rows if not gold.is_void(row) or _name(gold, row) in named]


def _name(gold: Gold, row: Row) -> Row:
    return tuple(row[n] for n in gold.names)


# ------------------------------------------------------------------ rows against rows


def _compare(gold: Gold, rows: Sequence[Row], scales: Mapping[int, float]) -> Verdict:
    pairs = _pair(gold, rows, scales)
    if not rows or pairs is None:
        return "different"
    ranks = [row[gold.order_by or 0] for row in gold.rows]
    hit = set(pairs)
    if gold.n_min is not None or gold.n_max is not None:
        if not _is_head(gold, len(rows), hit, ranks):
            return "different"
        wanted = ranks[: len(rows)]
    else:
        for n in set(range(len(gold.rows))) - hit:
            if n not in gold.optional and (gold.keep_empty or not gold.is_void(gold.rows[n])):
                return "different"
        wanted = [ranks[n] for n in sorted(hit)]
    in_order = all(_ties(w, ranks[n]) for w, n in zip(wanted, pairs, strict=True))
    return "same" if in_order or not gold.ordered else "reordered"


def _is_head(gold: Gold, count: int, hit: set[int], ranks: Sequence[Key]) -> bool:
    """Whether the rows are the first ones of the ranking; only ties at the end may differ."""
    low = gold.n_min if gold.n_min is not None else len(gold.rows)
    high = gold.n_max if gold.n_max is not None else len(gold.rows)
    if not low <= count <= min(high, len(gold.rows)):
        return False
    edge = ranks[count - 1]
    left_out = [n for n in range(count) if n not in hit]
    beyond = [n for n in hit if n >= count]
    return all(_ties(ranks[n], edge) for n in (*left_out, *beyond))


def _ties(one: Key, other: Key) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return bool(one == other)


def _pair(gold: Gold, rows: Sequence[Row], scales: Mapping[int, float]) -> list[int] | None:
    """The expected row of each row, in their order; None where one has no partner."""
    waiting: dict[Row, list[int]] = defaultdict(list)
    for n, row in enumerate(gold.rows):
        waiting[_name(gold, row)].append(n)
    found: list[int] = []
    for row in rows:
        fitting = [
            n
            for n in waiting[_name(gold, row)]
            if all(
                gold.columns[i].is_equal(gold.rows[n][i], row[i], scales.get(i, 1.0))
                for i in gold.numbers
            )
        ]
        if not fitting:
            return None
        nearest = min(fitting, key=lambda n: _distance(gold, gold.rows[n], row, scales))
        waiting[_name(gold, row)].remove(nearest)
        found.append(nearest)
    return found


def _distance(gold: Gold, expected: Row, row: Row, scales: Mapping[int, float]) -> float:
    gaps = ((expected[n] or 0.0) - (row[n] or 0.0) * scales.get(n, 1.0) for n in gold.numbers)
    return math.fsum(abs(gap) for gap in gaps)
