"""Periods as people write them, and the one before each."""

from datetime import date

import pytest

from bot.figures.periods import PeriodError, parse_period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("written", "start", "last", "before"),
    [
        ("month", "2026-10-01", "2026-10-31", "2026-09-01"),
        ("Week", "2026-11-09", "2026-11-15", "2026-11-02"),
        ("quarter", "2026-07-01", "2026-09-30", "2026-04-01"),
        ("year", "2025-01-01", "2025-12-31", "2024-01-01"),
        ("yesterday", "2026-11-21", "2026-11-21", "2026-11-20"),
        ("30 days", "2026-10-23", "2026-11-21", "2026-09-23"),
        ("2026-03", "2026-03-01", "2026-03-31", "2026-02-01"),
        ("2026-W01", "2025-12-29", "2026-01-04", "2025-12-22"),
        ("2026-Q1", "2026-01-01", "2026-03-31", "2025-10-01"),
        ("2024", "2024-01-01", "2024-12-31", "2023-01-01"),
        ("2026-11-01..2026-11-15", "2026-11-01", "2026-11-15", "2026-10-17"),
    ],
)
def test_a_period_is_whole_days_and_so_is_the_one_before(written: str, start: str, last: str, before: str) -> None:
    period = parse_period(written, TODAY, "Europe/Berlin")
    assert (period.start.isoformat(), period.last.isoformat()) == (start, last)
    assert period.before().start.isoformat() == before
    assert period.before().end == period.start


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    period = parse_period("2026-10-25", TODAY, "Europe/Berlin")
    assert period.until - period.since == 25 * 3600


@pytest.mark.parametrize("written", ["", "monht", "2026-13", "2026-02-30", "2026-11-15..2026-11-01", "0 days", "0000"])
def test_what_is_no_period_is_told_with_what_can_be_written(written: str) -> None:
    with pytest.raises(PeriodError, match="is no period"):
        parse_period(written, TODAY, "UTC")
