"""Cron expressions mean what cron means, also in the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.jobs.cron import BadSchedule, Cron


def moments(expression: str, zone: str, start: str, count: int) -> list[str]:
    """The next moments after a UTC start, in UTC, as `day hour:minute`."""
    cron = Cron(expression, zone)
    now = datetime.fromisoformat(start).replace(tzinfo=UTC)
    found = []
    for _ in range(count):
        later = cron.next_after(now)
        assert later > now
        assert later.tzinfo is UTC
        now = later
        found.append(f"{now:%m-%d %H:%M}")
    return found


def test_a_time_of_day_is_kept_on_the_clocks_of_its_zone() -> None:
    """Berlin is at +1 until 31 March 2024 and at +2 from then on."""
    found = moments("0 7 * * *", "Europe/Berlin", "2024-03-29T12:00", 4)
    assert found == ["03-30 06:00", "03-31 05:00", "04-01 05:00", "04-02 05:00"]


def test_a_skipped_time_is_taken_once_when_the_clock_has_jumped_past_it() -> None:
    """On 31 March 2024 Berlin's clocks go from 2:00 to 3:00: 2:30 is taken at 3:30 (1:30 UTC)."""
    found = moments("30 2 * * *", "Europe/Berlin", "2024-03-30T12:00", 3)
    assert found == ["03-31 01:30", "04-01 00:30", "04-02 00:30"]
    both = moments("30 2,3 * * *", "Europe/Berlin", "2024-03-30T12:00", 3)
    assert both == ["03-31 01:30", "04-01 00:30", "04-01 01:30"]


def test_a_time_that_comes_twice_is_taken_the_first_time() -> None:
    """On 27 October 2024 Berlin's clocks go back from 3:00 to 2:00, at 1:00 UTC."""
    found = moments("30 2 * * *", "Europe/Berlin", "2024-10-26T12:00", 3)
    assert found == ["10-27 00:30", "10-28 01:30", "10-29 01:30"]
    # Also for whoever starts to look between the two.
    assert moments("30 2 * * *", "Europe/Berlin", "2024-10-27T00:45", 1) == ["10-28 01:30"]


def test_what_runs_every_half_hour_goes_on_through_both_nights() -> None:
    spring = moments("*/30 * * * *", "Europe/Berlin", "2024-03-31T00:00", 5)
    assert spring == ["03-31 00:30", "03-31 01:00", "03-31 01:30", "03-31 02:00", "03-31 02:30"]
    autumn = moments("*/30 * * * *", "Europe/Berlin", "2024-10-26T23:59", 7)
    assert autumn == [
        *("10-27 00:00", "10-27 00:30", "10-27 01:00", "10-27 01:30"),
        *("10-27 02:00", "10-27 02:30", "10-27 03:00"),
    ]


def test_a_zone_whose_clocks_change_by_half_an_hour() -> None:
    """Lord Howe Island: +11 to +10:30 on 7 April 2024 at 2:00, which is 15:00 UTC the day before.

    1:45 comes twice there, at 14:45 and 15:15 UTC; it is taken the first time.
    """
    found = moments("45 1 * * *", "Australia/Lord_Howe", "2024-04-05T20:00", 2)
    assert found == ["04-06 14:45", "04-07 15:15"]


@pytest.mark.parametrize(
    "expression,expected",
    [
        ("0 7 * * 1", "02-17"),  # a Monday
        ("0 7 * * 0", "02-16"),  # a Sunday, as is 7
        ("0 7 * * 7", "02-16"),
        ("0 7 * * mon-fri", "02-17"),
        ("0 7 * * 1-5", "02-17"),
        ("0 7 * * 5-7", "02-16"),
        ("0 7 * * fri-mon", "02-16"),
        ("0 7 * * */3", "02-16"),  # Sunday, Wednesday, Saturday
        ("0 7 * * 2/2", "02-18"),  # Tuesday, Thursday, Saturday
        ("0 7 1 * *", "03-01"),
        ("0 7 20 * 1", "02-17"),  # the 20th or a Monday, as cron has it
        ("0 7 16 * 3", "02-16"),
        ("0 7 1 JAN,apr *", "04-01"),
        ("@quarterly", "04-01"),
        ("0 0 29 2 *", "02-29"),
    ],
)
def test_days_count_as_cron_counts_them(expression: str, expected: str) -> None:
    """15 February 2025 is a Saturday."""
    [found] = moments(expression, "UTC", "2025-02-15T12:00", 1)
    assert found.startswith(expected)


def test_seconds_and_other_zones_of_the_moment_do_not_matter() -> None:
    cron = Cron("0 7 * * *", "UTC")
    seven = datetime(2025, 2, 15, 7, tzinfo=UTC)
    assert cron.next_after(seven - timedelta(microseconds=1)) == seven
    assert cron.next_after(seven) == seven + timedelta(days=1)


@pytest.mark.parametrize(
    "expression,zone",
    [
        ("", "UTC"),
        ("* * * *", "UTC"),
        ("* * * * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 7 * * 8", "UTC"),
        ("0 7 * * funday", "UTC"),
        ("0 7 * * 1-", "UTC"),
        ("0 7 x * *", "UTC"),
        ("0 0 30 2 *", "UTC"),
        ("0 7 * * *", "Europe/Berlln"),
        ("0 7 * * *", "../../etc/passwd"),
        ("0 7 * * *", ""),
        ("0 7 * * *", "\x00"),
    ],
)
def test_what_names_no_moments_is_refused_with_a_hint(expression: str, zone: str) -> None:
    with pytest.raises(BadSchedule) as caught:
        Cron(expression, zone).next_after(datetime(2025, 2, 15, tzinfo=UTC))
    assert caught.value.hint
