"""Business time, also against a reference that goes minute by minute from the definition."""

import timeit
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.hours import WEEKDAYS, Calendar, CalendarError, CalendarSettings, build_calendar
from rules.windows import parse_window

MINUTE = timedelta(minutes=1)
OFFICE_HOURS = {day: ["08:00-12:00", "13:00-17:00"] for day in WEEKDAYS[:5]}
OFFICE = build_calendar(CalendarSettings(hours=OFFICE_HOURS))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def calendar(zone: str = "Europe/Berlin", **days: list[str]) -> Calendar:
    return build_calendar(CalendarSettings(zone=zone, hours=days))


@pytest.mark.covers("H8")
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20 11:00", 1, "2026-11-20 12:00"),
        ("2026-11-20 11:00", 2, "2026-11-20 14:00"),
        ("2026-11-20 16:30", 1, "2026-11-23 08:30"),
        ("2026-11-21 16:30", 1, "2026-11-23 09:00"),
        ("2026-11-20 12:30", 0, "2026-11-20 12:30"),
        ("2026-11-20 08:00", 40, "2026-11-26 17:00"),
        # both changes of the clocks fall on a Sunday: an office does not see them
        ("2026-10-23 16:00", 2, "2026-10-26 09:00"),
        ("2026-03-27 16:00", 2, "2026-03-30 09:00"),
    ],
)
def test_add_in_an_office(start: str, hours: int, end: str) -> None:
    added = OFFICE.add(berlin(start), timedelta(hours=hours))
    assert added == berlin(end)
    assert added.tzinfo is UTC
    assert OFFICE.between(berlin(start), added) == timedelta(hours=hours)


def test_open_from_the_first_minute_to_before_the_last() -> None:
    assert OFFICE.is_open(berlin("2026-11-20 08:00"))
    assert not OFFICE.is_open(berlin("2026-11-20 07:59:59.999999"))
    assert OFFICE.is_open(berlin("2026-11-20 11:59:59.999999"))
    assert not OFFICE.is_open(berlin("2026-11-20 12:00"))
    assert not OFFICE.is_open(berlin("2026-11-21 10:00"))
    assert OFFICE.next_open(berlin("2026-11-20 09:00")) == berlin("2026-11-20 09:00")
    assert OFFICE.next_open(berlin("2026-11-20 17:00")) == berlin("2026-11-23 08:00")


def test_always_open() -> None:
    always = build_calendar(CalendarSettings())
    at = berlin("2026-10-24 12:00:00.000001")
    assert always.is_open(at)
    assert always.next_open(at) == at
    assert always.add(at, timedelta(hours=24)) == berlin("2026-10-25 11:00:00.000001")
    assert always.between(at, at.astimezone(UTC) + timedelta(days=3)) == timedelta(days=3)
    assert always.day == timedelta(hours=24)


def test_night_shifts_belong_to_the_day_they_begin_on() -> None:
    night = build_calendar(CalendarSettings(hours={"thu": ["22:00-06:00"]}, closed=["2026-12-24"]))
    assert night.is_open(berlin("2026-11-20 05:59"))
    assert not night.is_open(berlin("2026-11-20 06:00"))
    assert not night.is_open(berlin("2026-11-21 05:00"))
    assert not night.is_open(berlin("2026-12-25 05:00"))
    assert night.between(berlin("2026-11-19 00:00"), berlin("2026-11-21 00:00")) == timedelta(hours=8)


def test_windows_that_overlap_count_once() -> None:
    shifts = calendar(mon=["20:00-06:00", "08:00-12:00", "10:00-14:00"], tue=["05:00-09:00"])
    assert shifts.between(berlin("2026-11-23 00:00"), berlin("2026-11-25 00:00")) == timedelta(hours=6 + 13)


@pytest.mark.parametrize(
    ("window", "march", "october"),
    [
        ("22:00-06:00", 7, 9),
        ("00:00-24:00", 24, 24),
        # in March 02:30 comes at 03:00; in October the first 02:30 counts
        ("20:00-02:30", 6, 6.5),
    ],
)
def test_the_change_of_the_clocks(window: str, march: float, october: float) -> None:
    shifts = calendar(sat=[window])
    for sunday, hours in (("2026-03-29", march), ("2026-10-25", october)):
        noon = berlin(f"{sunday} 12:00")
        assert shifts.between(noon - timedelta(days=2), noon + timedelta(days=2)) == timedelta(hours=hours)


def test_hours_that_are_shown_twice_or_not_at_all() -> None:
    early = calendar(sun=["02:00-03:00"])
    assert early.between(berlin("2026-10-25 00:00"), berlin("2026-10-26 00:00")) == timedelta(hours=2)
    assert early.between(berlin("2026-03-29 00:00"), berlin("2026-03-30 00:00")) == timedelta(0)
    half = calendar(sun=["02:30-04:00"])
    assert half.next_open(berlin("2026-10-25 00:00")) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert half.next_open(berlin("2026-03-29 00:00")) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_day_that_a_zone_skipped() -> None:
    samoa = calendar("Pacific/Apia", thu=["00:00-24:00"], fri=["00:00-24:00"])
    start = datetime(2011, 12, 29, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.between(start, start + timedelta(days=2)) == timedelta(hours=24)


def test_holidays_closed_days_and_special_days() -> None:
    berlin_office = build_calendar(
        CalendarSettings(
            hours=OFFICE_HOURS,
            holidays="DE-BE",
            closed=["2026-12-24"],
            open={"2026-12-25": ["10:00-11:00"], "2026-12-28": []},
        )
    )
    # Women's Day is a holiday in Berlin only
    assert not berlin_office.is_open(berlin("2027-03-08 10:00"))
    bavaria = build_calendar(CalendarSettings(hours=OFFICE_HOURS, holidays="DE-BY"))
    assert bavaria.is_open(berlin("2027-03-08 10:00"))
    assert berlin_office.next_open(berlin("2026-12-23 17:00")) == berlin("2026-12-25 10:00")
    assert berlin_office.next_open(berlin("2026-12-25 11:00")) == berlin("2026-12-29 08:00")
    france = build_calendar(CalendarSettings(zone="Europe/Paris", hours=OFFICE_HOURS, holidays="FR"))
    assert not france.is_open(berlin("2026-07-14 10:00"))


def test_a_business_day_is_what_most_days_are() -> None:
    assert OFFICE.day == timedelta(hours=8)
    assert calendar(mon=["08:00-16:00"], tue=["08:00-16:00"], fri=["08:00-20:00"]).day == timedelta(hours=8)
    assert calendar(mon=["08:00-16:00"], fri=["08:00-12:00"]).day == timedelta(hours=8)
    assert calendar(mon=["22:00-06:00", "23:00-07:00"]).day == timedelta(hours=9)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (CalendarSettings(zone="Europe/Berln"), "zone: there is no time zone 'Europe/Berln'"),
        (CalendarSettings(zone="Europe"), "zone: there is no time zone"),
        (CalendarSettings(zone="../passwd"), "zone: there is no time zone"),
        (CalendarSettings(zone=""), "zone: there is no time zone"),
        (CalendarSettings(hours={"mo": []}), "hours.mo: not one of mon, .*; did you mean 'mon'"),
        (CalendarSettings(hours={"mon": []}), "hours: the calendar would never open"),
        (CalendarSettings(hours={"mon": ["8-12"]}), "hours.mon: '8-12' is not a window"),
        (CalendarSettings(hours={"mon": ["08:00-08:00"]}), "hours.mon: '08:00-08:00' is empty"),
        (CalendarSettings(hours={"mon": ["08:00-24:30"]}), "hours.mon: '08:00-24:30' ends after 24:00"),
        (CalendarSettings(hours={"mon": ["24:00-08:00"]}), "hours.mon: '24:00-08:00' is not a window"),
        (CalendarSettings(hours=OFFICE_HOURS, closed=["24.12.2026"]), "closed: '24.12.2026' is not a date"),
        (CalendarSettings(hours=OFFICE_HOURS, open={"x": []}), "open: 'x' is not a date"),
        (CalendarSettings(hours=OFFICE_HOURS, open={"2026-01-01": ["x"]}), "open.2026-01-01: 'x' is not a window"),
        (CalendarSettings(hours=OFFICE_HOURS, holidays="XX"), "holidays: Country XX not available"),
        (CalendarSettings(hours=OFFICE_HOURS, holidays="DE-XX"), "holidays: .*does not have subdivision XX"),
        (CalendarSettings(closed=["2026-12-24"]), "hours: there are special days, but no hours"),
    ],
)
def test_settings_that_make_no_calendar(bad: CalendarSettings, words: str) -> None:
    with pytest.raises(CalendarError, match=words) as refused:
        build_calendar(bad)
    assert str(refused.value).startswith(refused.value.setting)


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="backwards"):
        OFFICE.add(berlin("2026-11-20 08:00"), -MINUTE)
    start = date(2026, 1, 1)
    closed = [(start + timedelta(days=day)).isoformat() for day in range(800)]
    shut = build_calendar(CalendarSettings(hours=OFFICE_HOURS, closed=closed))
    with pytest.raises(ValueError, match="does not open within"):
        shut.next_open(berlin("2026-01-01 08:00"))


def test_the_other_way_round_is_negative() -> None:
    start, end = berlin("2026-11-20 08:00"), berlin("2026-11-24 09:00")
    assert OFFICE.between(end, start) == -OFFICE.between(start, end) == -timedelta(hours=17)


def test_adding_three_office_days_is_quick() -> None:
    start = berlin("2026-11-20 16:30")
    seconds = min(timeit.repeat(lambda: OFFICE.add(start, timedelta(hours=24)), number=200, repeat=5)) / 200
    assert seconds < 200e-6


# ---------------------------------------------------------------- properties

# how long a calendar takes when it first meets a day says nothing
UNTIMED = settings(deadline=None)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "UTC",
]
CHANGES = [
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 3, 8, 6, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 12, tzinfo=UTC),
    datetime(2026, 10, 3, 12, tzinfo=UTC),
    datetime(2018, 11, 4, tzinfo=UTC),
    datetime(2018, 2, 18, tzinfo=UTC),
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 7, 1, tzinfo=UTC),
]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def windows(draw: st.DrawFn) -> str:
    start, length = draw(st.integers(0, 1439)), draw(st.integers(20, 1439))
    if draw(st.booleans()):
        start, length = start // 30 * 30, max(length // 30 * 30, 30)
    return f"{clock(start)}-{clock((start + length) % 1440)}"


HOURS = st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(windows(), max_size=3), min_size=1).filter(
    lambda hours: any(hours.values())
)
MOMENTS = st.builds(
    lambda change, minutes: change + minutes * MINUTE, st.sampled_from(CHANGES), st.integers(-3 * 1440, 3 * 1440)
)


@st.composite
def configured(draw: st.DrawFn) -> CalendarSettings:
    dates = st.builds(lambda moment: moment.date().isoformat(), MOMENTS)
    return CalendarSettings(
        zone=draw(st.sampled_from(ZONES)),
        hours=draw(HOURS),
        closed=draw(st.lists(dates, max_size=2)),
        open=draw(st.dictionaries(dates, st.lists(windows(), max_size=2), max_size=1)),
    )


class MinuteByMinute:
    """The definition: a window is open while the furthest time that the clocks have shown lies in it."""

    def __init__(self, settings: CalendarSettings, first: datetime, last: datetime) -> None:
        self._settings = settings
        self._days = {day: self._windows(day) for day in map(first.date().__add__, map(timedelta, range(-5, 9)))}
        zone = ZoneInfo(settings.zone)
        begin = first - timedelta(days=2)
        self._moments = [begin + step * MINUTE for step in range((last - begin) // MINUTE + 1)]
        shown = accumulate((moment.astimezone(zone).replace(tzinfo=None) for moment in self._moments), max)
        self._open = {moment: self._in_window(wall) for moment, wall in zip(self._moments, shown, strict=True)}

    def is_open(self, at: datetime) -> bool:
        return self._open[at]

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum(self._open[moment] for moment in self._moments if start <= moment < end) * MINUTE

    def _in_window(self, wall: datetime) -> bool:
        return any(
            start <= wall - datetime.combine(day, time()) < end
            for day in (wall.date() - timedelta(days=1), wall.date())
            for start, end in self._days[day]
        )

    def _windows(self, day: date) -> list[tuple[timedelta, timedelta]]:
        written = self._settings.hours.get(WEEKDAYS[day.weekday()], [])
        if day.isoformat() in self._settings.closed:
            written = []
        written = self._settings.open.get(day.isoformat(), written)
        return [(start * MINUTE, end * MINUTE) for start, end in map(parse_window, written)]


@pytest.mark.covers("must:business-time")
@settings(max_examples=60, deadline=None)
@given(configured(), MOMENTS, st.integers(0, 2 * 1440))
def test_the_same_as_minute_by_minute(configuration: CalendarSettings, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    reference, built = MinuteByMinute(configuration, start, end), build_calendar(configuration)
    assert built.between(start, end) == reference.between(start, end)
    for moment in (start, end):
        assert built.is_open(moment) == reference.is_open(moment)


@pytest.mark.covers("must:business-time")
@UNTIMED
@given(configured(), MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=10)))
def test_between_undoes_add(configuration: CalendarSettings, start: datetime, business: timedelta) -> None:
    built = build_calendar(configuration)
    end = built.add(start, business)
    assert built.between(start, end) == business
    if business:
        assert built.between(start, end - timedelta(microseconds=1)) < business


@UNTIMED
@given(configured(), st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_time_adds_up(configuration: CalendarSettings, moments: list[datetime]) -> None:
    built = build_calendar(configuration)
    first, middle, last = moments
    assert built.between(first, middle) + built.between(middle, last) == built.between(first, last)
    assert timedelta(0) <= built.between(first, last) <= last - first


@UNTIMED
@given(configured(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(configuration: CalendarSettings, at: datetime) -> None:
    built = build_calendar(configuration)
    opening = built.next_open(at)
    assert built.is_open(opening)
    assert built.between(at, opening) == timedelta(0)
    assert built.is_open(at) == (opening == at)
