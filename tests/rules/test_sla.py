from datetime import UTC, datetime

import pytest

from rules.durations import parse_duration
from rules.facts import Priority
from rules.hours import CalendarSettings, build_calendar
from rules.policies import ONE_BUSINESS_DAY, Policy, same_for_all
from rules.sla import after, answer_by

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
OFFICE = build_calendar(
    CalendarSettings(hours={day: ["08:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")})
)
ALWAYS = build_calendar(CalendarSettings())
STANDARD = Policy(first_response=same_for_all(ONE_BUSINESS_DAY))


@pytest.mark.covers("H8")
def test_the_default_is_24_hours_on_the_clock_for_a_desk_without_hours() -> None:
    assert answer_by(STANDARD, Priority.MEDIUM, ALWAYS, FRIDAY) == datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


@pytest.mark.covers("H8")
def test_the_default_is_a_business_day_for_a_desk_with_hours() -> None:
    assert answer_by(STANDARD, Priority.MEDIUM, OFFICE, FRIDAY) == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.mark.covers("H8")
@pytest.mark.parametrize(
    ("duration", "due"),
    [
        ("24 hours", "2026-11-21T15:30Z"),
        ("30 minutes", "2026-11-20T16:00Z"),
        ("1 week", "2026-11-27T15:30Z"),
        ("30 business minutes", "2026-11-20T16:00Z"),
        ("8 business hours", "2026-11-23T15:30Z"),
        ("24 business hours", "2026-11-25T15:30Z"),
        ("2 business days", "2026-11-24T15:30Z"),
        ("0 business hours", "2026-11-20T15:30Z"),
    ],
)
def test_durations_are_counted_as_they_are_written(duration: str, due: str) -> None:
    policy = Policy(name="x", first_response=same_for_all(parse_duration(duration)))
    found = answer_by(policy, Priority.LOW, OFFICE, FRIDAY)
    assert found == datetime.fromisoformat(due)
    assert found is not None
    assert found.tzinfo is UTC


def test_business_time_of_an_always_open_desk_is_clock_time() -> None:
    for text in ("3 {}hours", "5 {}days"):
        business, clock = parse_duration(text.format("business ")), parse_duration(text.format(""))
        assert after(business, ALWAYS, FRIDAY) == after(clock, ALWAYS, FRIDAY)
