"""What recurs, over both changes of the clocks: also against a reference that watches the clock minute by minute."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.hours import CalendarSettings, build_calendar
from rules.recurrence import EachWorkingDay, Recurrence, RecurrenceError, cron, every

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-10-03T15:30", "2026-04-04T15:00"),
}
"""When the clocks of a zone are put forward and back, in UTC; those of Lord Howe by half an hour."""


def those_between(recurrence: Recurrence, start: datetime, end: datetime) -> list[datetime]:
    found, at = [], recurrence.after(start)
    while at is not None and at <= end:
        found.append(at)
        at = recurrence.after(at)
    return found


def on_the_wall(moments: list[datetime], zone: ZoneInfo) -> list[str]:
    return [f"{at.astimezone(zone):%d %H:%M}" for at in moments]


def watched(minutes: set[int], hours: set[int], zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """By the definition: once, when the clock first shows such a time of the day or has just jumped over it."""
    found, shown, at = [], start.astimezone(zone).replace(tzinfo=None), start
    while at < end:
        at += MINUTE
        wall = at.astimezone(zone).replace(tzinfo=None)
        passed = [shown + MINUTE * n for n in range(1, (wall - shown) // MINUTE + 1)]
        if any(one.minute in minutes and one.hour in hours for one in passed):
            found.append(at)
        shown = max(shown, wall)
    return found


@pytest.mark.covers("must:changed-hour")
@given(
    st.sampled_from([(zone, change) for zone, both in CHANGES.items() for change in both]),
    st.sets(st.integers(0, 59), min_size=1, max_size=4),
    st.sets(st.integers(0, 4), min_size=1, max_size=4),
    st.integers(-90, 90),
)
@settings(max_examples=60, deadline=None)
def test_no_time_is_left_out_or_comes_twice_where_clocks_change(
    change: tuple[str, str], minutes: set[int], hours: set[int], early: int
) -> None:
    zone = ZoneInfo(change[0])
    start = datetime.fromisoformat(change[1]).replace(tzinfo=UTC) - MINUTE * (150 + early)
    end = start + timedelta(hours=6)
    text = f"{','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * *"
    assert those_between(cron(text, zone), start, end) == watched(minutes, hours, zone, start, end)


@pytest.mark.covers("must:changed-hour")
@pytest.mark.parametrize("zone", CHANGES)
def test_every_day_of_a_year_has_its_half_past_two_once(zone: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
    days = those_between(cron("30 2 * * *", start.tzinfo), start, start.replace(year=2027))  # type: ignore[arg-type]
    local = [at.astimezone(start.tzinfo) for at in days]
    assert [at.date() for at in local] == [(start + timedelta(days=count)).date() for count in range(365)]
    assert {f"{at:%H:%M}" for at in local} <= {"02:30", "03:00"}


@pytest.mark.covers("must:changed-hour")
def test_an_interval_of_days_keeps_its_time_and_one_of_hours_its_length() -> None:
    start = datetime(2026, 10, 24, 5, tzinfo=UTC)
    daily = every("1 day", BERLIN, "2026-10-01T08:00")
    assert on_the_wall(those_between(daily, start, start + timedelta(days=3)), BERLIN) == [
        "24 08:00",
        "25 08:00",
        "26 08:00",
    ]
    hourly = those_between(every("90 minutes", BERLIN, "2026-10-01T00:00"), start, start + timedelta(days=2))
    assert {late - early for early, late in pairwise(hourly)} == {timedelta(minutes=90)}
    fortnight = every("2 weeks", BERLIN, "2026-10-19T02:30")
    assert on_the_wall(those_between(fortnight, start, start + timedelta(days=20)), BERLIN) == ["02 02:30"]


@given(
    st.sampled_from(["7 minutes", "1 hour", "5 hours", "1 week", "3 days"]),
    st.integers(1_577_836_800, 2_208_988_800),
    st.sampled_from(sorted(CHANGES)),
)
@settings(deadline=None)
def test_what_comes_after_a_moment_is_later_and_nothing_comes_between(length: str, second: int, zone: str) -> None:
    recurrence, moment = every(length, ZoneInfo(zone)), datetime.fromtimestamp(second, UTC)
    found = recurrence.after(moment)
    assert found is not None
    assert found > moment
    assert recurrence.after(found - timedelta(microseconds=1)) == found
    between = recurrence.after(moment + (found - moment) / 2)
    assert between == found


def test_days_and_weekdays_must_both_fit() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    first_monday = those_between(cron("0 8 1-7 * mon", BERLIN), start, start + timedelta(days=90))
    assert [f"{at:%Y-%m-%d}" for at in first_monday] == ["2026-11-02", "2026-12-07", "2027-01-04"]


@pytest.mark.covers("H10")
def test_a_working_day_begins_when_the_calendar_opens_but_not_in_the_night() -> None:
    hours = {"mon": ["06:00-12:00"], "wed": ["09:30-18:00"], "fri": ["08:00-12:00"]}
    office = build_calendar(CalendarSettings(hours=hours, closed=["2026-12-25"], open={"2026-12-24": ["10:00-12:00"]}))
    start = datetime(2026, 12, 21, tzinfo=BERLIN)
    mornings = those_between(EachWorkingDay(office, time(7)), start, start + timedelta(days=9))
    assert on_the_wall(mornings, BERLIN) == ["21 07:00", "23 09:30", "24 10:00", "28 07:00"]


def test_a_calendar_that_closes_before_the_morning_and_one_without_days() -> None:
    night = build_calendar(CalendarSettings(hours={"mon": ["01:00-05:00"]}))
    assert EachWorkingDay(night, time(7)).after(datetime(2026, 12, 21, tzinfo=UTC)) is None
    never = build_calendar(CalendarSettings(zone="UTC"))
    assert EachWorkingDay(never, time(7)).after(datetime(2026, 12, 21, 7, tzinfo=UTC)) == datetime(
        2026, 12, 22, 7, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 8 * *", "has 4 fields; write five fields: minute, hour, day, month, weekday, such as '0 8 * * mon-fri'"),
        ("0 25 * * *", "is higher than the maximum value"),
        ("0 8 * * 1", "'1' counts weekdays, which cron programs count differently; write mon-fri"),
        ("0 8 31 2 *", "never comes: there is no such day"),
        ("soon", "has 1 fields"),
    ],
)
def test_a_cron_that_cannot_be_used_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(RecurrenceError) as raised:
        cron(text, BERLIN)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("length", "begins", "said"),
    [
        ("2 business days", "2026-01-01T00:00", "leave 'business' out"),
        ("soon", "2026-01-01T00:00", "'soon' is not a duration"),
        ("0 hours", "2026-01-01T00:00", "'0 hours' is no time at all"),
        ("1 day", "Monday", "'Monday' is not a time; write it like '2026-11-23T08:00'"),
        ("1 day", "2026-01-01T00:00Z", "names a zone"),
    ],
)
def test_an_interval_that_cannot_be_used_is_told_in_one_line(length: str, begins: str, said: str) -> None:
    with pytest.raises(RecurrenceError) as raised:
        every(length, BERLIN, begins)
    assert said in str(raised.value)


def test_what_recurs_says_when() -> None:
    assert str(cron("0  8 * * mon", BERLIN)) == "0 8 * * mon Europe/Berlin"
    assert str(every("2 weeks", BERLIN)) == "every 14 days, 0:00:00 Europe/Berlin"
    office = build_calendar(CalendarSettings())
    assert str(EachWorkingDay(office, time(7))) == "each working day, 07:00 Europe/Berlin"
