"""The arithmetic of an explained change: parts that add up, whatever the sums are."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.answer.contributions import (
    Breakdown,
    MemberSums,
    Sums,
    apportion,
    break_down,
    has_turned_over,
    is_outcome,
    to_fraction,
)


def ratio(n: int | Fraction, d: int) -> Sums:
    return Sums(Fraction(n), Fraction(d))


def amount(value: str | int) -> Sums:
    return Sums(Fraction(value))


def total(members: list[MemberSums]) -> tuple[Sums, Sums]:
    """The totals of both periods, added up here."""
    sides = []
    for sums in ([m.before for m in members], [m.after for m in members]):
        whole = None
        if sums[0].denominator is not None:
            whole = sum((s.denominator or Fraction(0) for s in sums), Fraction(0))
        sides.append(Sums(sum((s.numerator for s in sums), Fraction(0)), whole))
    return sides[0], sides[1]


def explain(members: list[MemberSums], limit: int = 100, is_exact: bool = True) -> Breakdown:
    before, after = total(members)
    return break_down("it", members, before, after, limit=limit, is_exact=is_exact)


def row(found: Breakdown, member: str | None) -> tuple[Any, ...]:
    one = next(r for r in found.rows if r.member == member)
    return (one.before, one.after, one.change, one.share)


def test_what_adds_up_is_explained_by_the_difference_of_each_member() -> None:
    # web 10.10 -> 7.00, shop 5 -> 8.25, without a channel 0 -> 1: 15.10 -> 16.25
    found = explain(
        [
            MemberSums("web", amount("10.10"), amount(7)),
            MemberSums("shop", amount(5), amount("8.25")),
            MemberSums(None, amount(0), amount(1)),
        ]
    )
    assert [r.member for r in found.rows] == ["shop", "web", None]
    assert row(found, "web")[:3] == (Decimal("10.1"), Decimal(7), Decimal("-3.1"))
    assert row(found, "shop")[2] == Decimal("3.25")
    assert row(found, None)[2] == Decimal(1)
    assert sum(r.change for r in found.rows) == Decimal("1.15")
    assert sum(r.share or 0 for r in found.rows) == 1
    assert all(r.rate_effect is None and r.mix_effect is None for r in found.rows)


def test_members_beyond_the_limit_are_one_row_and_rows_without_a_member_stay() -> None:
    members = [MemberSums(f"m{n}", amount(0), amount(n)) for n in range(1, 8)]
    members.append(MemberSums(None, amount(2), amount(2)))
    found = explain(members, limit=2)
    assert [(r.member, r.kind) for r in found.rows] == [
        ("m7", "member"), ("m6", "member"), (None, "member"), ("Other (5 members)", "other"),
    ]  # fmt: skip
    assert row(found, "Other (5 members)")[:3] == (0, 15, 15)
    assert sum(r.change for r in found.rows) == 28


def test_one_member_beyond_the_limit_keeps_its_name() -> None:
    members = [MemberSums(f"m{n}", amount(0), amount(n)) for n in (3, 2, 1)]
    assert [r.member for r in explain(members, limit=2).rows] == ["m3", "m2", "m1"]


def test_a_ratio_is_split_into_rates_and_weights_as_worked_out_by_hand() -> None:
    """Two channels; won of closed deals, before and after:

    web   1/4 -> 3/6     r 0.25 -> 0.5    s 0.4 -> 0.6
    shop  3/6 -> 2/4     r 0.5  -> 0.5    s 0.6 -> 0.4
    all   4/10 -> 5/10   R 0.4  -> 0.5    mean 0.45

    web:  rate 0.5 * 0.25 = 0.125   mix  0.2 * (0.375 - 0.45) = -0.015
    shop: rate 0                    mix -0.2 * (0.5   - 0.45) = -0.010
    """
    found = explain(
        [
            MemberSums("web", ratio(1, 4), ratio(3, 6)),
            MemberSums("shop", ratio(3, 6), ratio(2, 4)),
        ]
    )
    web, shop = found.rows
    assert (web.rate_effect, web.mix_effect, web.change) == (
        Decimal("0.125"), Decimal("-0.015"), Decimal("0.110"),
    )  # fmt: skip
    assert shop.rate_effect == 0
    assert shop.mix_effect == Decimal("-0.010")
    assert web.change + shop.change == Decimal("0.1")


def test_a_member_that_comes_or_goes_is_all_mix() -> None:
    # old 1/2 -> gone, new none -> 3/4; R 0.5 -> 0.75, mean 0.625
    found = explain(
        [MemberSums("old", ratio(1, 2), ratio(0, 0)), MemberSums("new", ratio(0, 0), ratio(3, 4))]
    )
    assert {r.member: r.mix_effect for r in found.rows} == {
        "old": Decimal("0.125"), "new": Decimal("0.125"),
    }  # fmt: skip
    assert {r.rate_effect for r in found.rows} == {Decimal(0)}
    assert has_turned_over([MemberSums("a", ratio(1, 2), ratio(0, 0))])
    assert not has_turned_over([MemberSums("a", amount(1), amount(2))])


def test_a_numerator_without_a_denominator_is_shown_as_not_explained() -> None:
    # web 2/4 -> 2/4; odd 1/0 -> 3/0: it counts above and never below
    found = explain(
        [MemberSums("web", ratio(2, 4), ratio(2, 4)), MemberSums("odd", ratio(1, 0), ratio(3, 0))]
    )
    kinds = {r.kind: r.change for r in found.rows}
    assert kinds["unexplained"] == Decimal("0.5")
    assert sum(r.change for r in found.rows) == Decimal("0.5")
    assert {r.change for r in found.rows if r.kind == "member"} == {0}


def test_rows_that_no_member_covers_are_not_explained_and_not_hidden() -> None:
    members = [MemberSums("web", amount(1), amount(2))]
    found = break_down("it", members, amount(10), amount(14), limit=5)
    assert [r.kind for r in found.rows] == ["member", "unexplained"]
    assert [r.change for r in found.rows] == [Decimal(1), Decimal(3)]


def test_a_ratio_without_a_value_cannot_be_explained() -> None:
    with pytest.raises(ValueError, match="without a value"):
        break_down("it", [], ratio(0, 0), ratio(1, 2), limit=5)


def test_doubles_that_add_up_in_another_order_leave_no_residual_row() -> None:
    values = [0.1, 0.2, 0.3, 1e6 + 0.7]
    members = [MemberSums(f"m{v}", amount(0), Sums(to_fraction(v))) for v in values]
    whole = Sums(to_fraction(sum(values)))
    assert whole.numerator != sum(m.after.numerator for m in members)
    found = break_down("it", members, amount(0), whole, limit=9, is_exact=False)
    assert {r.kind for r in found.rows} == {"member"}
    assert float(sum(r.change for r in found.rows)) == pytest.approx(sum(values), rel=1e-12)
    # An exact sum has no such excuse.
    exact = break_down("it", members, amount(0), whole, limit=9)
    assert exact.rows[-1].kind == "unexplained"


def test_a_change_of_few_members_scores_above_an_even_one() -> None:
    even = [MemberSums(f"m{n}", amount(10), amount(12)) for n in range(5)]
    uneven = [MemberSums(f"m{n}", amount(10), amount(20 if n == 0 else 10)) for n in range(5)]
    assert explain(even).score == 0
    assert explain(uneven).score > 0


def test_a_dimension_that_names_the_outcome_is_told_from_one_that_explains_it() -> None:
    outcome = [
        MemberSums("won", ratio(3, 3), ratio(2, 2)),
        MemberSums("lost", ratio(0, 4), ratio(0, 1)),
    ]
    assert is_outcome(outcome)
    assert not is_outcome([*outcome, MemberSums("web", ratio(1, 2), ratio(1, 1))])
    assert not is_outcome([MemberSums("a", amount(1), amount(0))])


SMALL = st.integers(-50, 50)
COUNT = st.integers(0, 40)
MEMBERS = st.lists(st.tuples(SMALL, COUNT, SMALL, COUNT), min_size=1, max_size=12)


@given(MEMBERS, st.integers(1, 12))
def test_parts_of_a_sum_add_up_exactly(raw: list[tuple[int, int, int, int]], limit: int) -> None:
    members = [
        MemberSums(f"m{n}", Sums(Fraction(a, 100)), Sums(Fraction(b, 100)))
        for n, (a, _, b, _) in enumerate(raw)
    ]
    before, after = total(members)
    found = explain(members, limit)
    assert sum(to_fraction(r.change) for r in found.rows) == after.numerator - before.numerator
    assert len([r for r in found.rows if r.kind == "member"]) <= max(limit, 1) + 1
    shares = [r.share for r in found.rows]
    assert (None in shares) if before == after else sum(s for s in shares if s is not None) == 1


@given(MEMBERS, st.integers(1, 12))
def test_rate_and_mix_effects_add_up_to_the_change_of_a_ratio(
    raw: list[tuple[int, int, int, int]], limit: int
) -> None:
    members = [MemberSums(f"m{n}", ratio(a, c), ratio(b, d)) for n, (a, c, b, d) in enumerate(raw)]
    before, after = total(members)
    if before.value is None or after.value is None:
        return
    found = explain(members, limit)
    shown = sum(to_fraction(r.change) for r in found.rows)
    # Exactly the change in the last digit shown, which is at least the twelfth.
    sizes = [abs(before.value), abs(after.value), *(abs(to_fraction(r.change)) for r in found.rows)]
    assert abs(shown - (after.value - before.value)) <= max(*sizes, Fraction(1)) / 10**11
    for r in found.rows:
        if r.rate_effect is not None and r.mix_effect is not None:
            assert r.rate_effect + r.mix_effect == r.change


@given(MEMBERS)
def test_the_order_of_the_members_changes_no_row(raw: list[tuple[int, int, int, int]]) -> None:
    members = [MemberSums(f"m{n}", amount(a), amount(b)) for n, (a, _, b, _) in enumerate(raw)]
    assert explain(members).rows == explain(members[::-1]).rows


@given(st.lists(st.fractions(-10, 10), min_size=1, max_size=20), st.integers(0, 6))
def test_rounded_parts_add_up_to_the_rounded_total(parts: list[Fraction], digits: int) -> None:
    quantum = Fraction(1, 10**digits)
    shown = apportion(parts, sum(parts, Fraction(0)), quantum)
    assert sum(map(to_fraction, shown)) == round(sum(parts) / quantum) * quantum
    for part, one in zip(parts, shown, strict=True):
        assert abs(to_fraction(one) - part) <= quantum
