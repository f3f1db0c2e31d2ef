"""Moments to come, as people write them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.notice.moments import read_moment
from rules.hours import Calendar, CalendarSettings, build_calendar

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=BERLIN)


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return build_calendar(
        CalendarSettings(hours={"mon": ["08:00-17:00"], "tue": ["08:00-17:00"], "fri": ["08:00-15:00"]})
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("tomorrow 14:00", "2026-11-24T14:00"),
        ("morgen um 14.30 Uhr", "2026-11-24T14:30"),
        ("demain à 8h05", "2026-11-24T08:05"),
        ("jutro 8:00", "2026-11-24T08:00"),
        ("i morgen kl. 9.15", "2026-11-24T09:15"),
        ("Friday", "2026-11-27T15:00"),
        ("mon 10:00", "2026-11-30T10:00"),
        ("Mittwoch", "2026-11-25T18:00"),
        ("16:00", "2026-11-23T16:00"),
        ("today", "2026-11-23T17:00"),
        ("2 Dec 9:30", "2026-12-02T09:30"),
        ("2026-12-31 12:00", "2026-12-31T12:00"),
        ("in 2 hours", "2026-11-23T11:00"),
        ("1 business day", "2026-11-24T09:00"),
    ],
)
def test_a_moment_is_read_as_it_is_where_its_writer_lives(written: str, meant: str, calendar: Calendar) -> None:
    read = read_moment(written, now=MONDAY, zone=BERLIN, calendar=calendar)
    assert read.astimezone(BERLIN).replace(tzinfo=None) == datetime.fromisoformat(meant)


@pytest.mark.parametrize("written", ["", "soon", "25:00", "tomorrow 9:75", "32 Dec", "99:99 99"])
def test_what_is_no_moment_is_refused(written: str, calendar: Calendar) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever it says, a verb says what to write
        read_moment(written, now=MONDAY, zone=BERLIN, calendar=calendar)


def test_a_time_that_the_clocks_skip_is_when_they_go_on(calendar: Calendar) -> None:
    eve = datetime(2027, 3, 27, 12, tzinfo=BERLIN)
    read = read_moment("tomorrow 2:30", now=eve, zone=BERLIN, calendar=calendar)
    assert read.astimezone(BERLIN).isoformat() == "2027-03-28T03:00:00+02:00"
