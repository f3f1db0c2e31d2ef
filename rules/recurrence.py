"""When recurring work is due: by cron, by interval, or on each working day of a calendar.

APScheduler's triggers say which times follow each other on a wall whose clock is never changed; the zone is put to them
here. A time that the zone's clocks skip in spring is reached when they go on, and what is skipped with it is one moment
with it; a time that they show twice in autumn counts the first time. So nothing is left out and nothing comes twice.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from rules.durations import DurationError, parse_clock
from rules.hours import Calendar
from rules.windows import moment, reached

A_MONDAY: Final = "1970-01-05T00:00"
"""From when intervals count that do not say it."""
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_LONGEST_CLOSED: Final = 2 * 366
_FIELDS: Final = ("minute", "hour", "day", "month", "day_of_week")
_NUMBERED: Final = re.compile(r"(?<![/\w])\d")

Next = Callable[[datetime], datetime | None]
"""The first time at or after one, on a clock that is never changed."""


class RecurrenceError(ValueError):
    """A recurrence that cannot be read or used; the message says what is wrong and shows a right one."""


class Recurrence(Protocol):
    """When something recurs. Moments are aware, and those given back are in UTC and of whole seconds."""

    def after(self, at: datetime) -> datetime | None:
        """The first moment later than `at`; None if there is none within some years."""
        ...


class Cron(Struct, frozen=True):
    """Five fields as in a crontab (minute, hour, day, month, weekday by its name), on the clocks of a zone.

    Where both are given, the day *and* the weekday must fit: `0 8 1-7 * mon` is the first Monday of each month.
    """

    text: str
    zone: ZoneInfo

    def after(self, at: datetime) -> datetime | None:
        return _on_the_wall(_cron(self.text), self.zone, at)

    def __str__(self) -> str:
        return f"{self.text} {self.zone.key}"


class Every(Struct, frozen=True):
    """Again and again after so much time, counted from `begins`, a time on the wall of the zone.

    Whole days are days on the wall, at the same time of day; what is shorter is counted as it elapses.
    """

    length: timedelta
    zone: ZoneInfo
    begins: datetime

    def after(self, at: datetime) -> datetime | None:
        if self.length % _DAY == timedelta(0):
            return _on_the_wall(_interval(self.length, self.begins.replace(tzinfo=UTC)), self.zone, at)
        begins = _instant(self.begins, self.zone)
        return _interval(self.length, begins)(at.astimezone(UTC).replace(microsecond=0) + _SECOND)

    def __str__(self) -> str:
        return f"every {self.length} {self.zone.key}"


class EachWorkingDay(Struct, frozen=True):
    """Each day on which a calendar opens, when it does, but not before `earliest`."""

    calendar: Calendar
    earliest: time

    def after(self, at: datetime) -> datetime | None:
        today = at.astimezone(self.calendar.zone).date()
        days = (today + timedelta(days=count) for count in range(_LONGEST_CLOSED))
        return next((found for day in days if (found := self._on(day)) is not None and found > at), None)

    def _on(self, day: date) -> datetime | None:
        earliest = _instant(datetime.combine(day, self.earliest), self.calendar.zone)
        try:
            opens = self.calendar.next_open(earliest)
        except ValueError:
            return None
        return opens if opens.astimezone(self.calendar.zone).date() == day else None

    def __str__(self) -> str:
        return f"each working day, {self.earliest:%H:%M} {self.calendar.zone.key}"


def cron(text: str, zone: ZoneInfo) -> Cron:
    """Read five fields of a crontab. Raises RecurrenceError, also for what never is."""
    found = Cron(" ".join(text.split()), zone)
    if found.after(_ANY_DAY) is None:
        raise RecurrenceError(f"'{text}' never comes: there is no such day")
    return found


def every(length: str, zone: ZoneInfo, begins: str = A_MONDAY) -> Every:
    """Read an interval such as "90 minutes", "4 hours" or "2 weeks". Raises RecurrenceError."""
    try:
        elapsed = parse_clock(length)
    except DurationError as error:
        raise RecurrenceError(str(error)) from None
    if elapsed < _MINUTE:
        raise RecurrenceError(f"'{length}' is no time at all; write '30 minutes' or '1 day'")
    try:
        start = datetime.fromisoformat(begins)
    except ValueError:
        raise RecurrenceError(f"'{begins}' is not a time; write it like '2026-11-23T08:00'") from None
    if start.tzinfo is not None:
        raise RecurrenceError(f"'{begins}' names a zone; write it without, as the clock on the wall shows it")
    return Every(elapsed, zone, start)


def _on_the_wall(following: Next, zone: ZoneInfo, at: datetime) -> datetime | None:
    """The first moment later than `at` of those whose times on the wall follow each other so."""
    wall = at.astimezone(zone).replace(tzinfo=UTC, microsecond=0)
    for time_of_day in _those_after(following, wall):
        instant = _instant(time_of_day, zone)
        if instant > at:
            return instant
    return None


def _those_after(following: Next, wall: datetime) -> Iterator[datetime]:
    found = following(wall + _SECOND)
    while found is not None:
        yield found
        found = following(found + _SECOND)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    minutes = wall.hour * 60 + wall.minute
    return moment(reached(wall.date(), minutes, zone))


@cache
def _cron(text: str) -> Next:
    """Raises RecurrenceError. The library takes a while to import, and not everybody has something by cron."""
    from apscheduler.triggers.cron import CronTrigger

    written = text.split()
    if len(written) != len(_FIELDS):
        what = "five fields: minute, hour, day, month, weekday, such as '0 8 * * mon-fri'"
        raise RecurrenceError(f"'{text[:80]}' has {len(written)} fields; write {what}")
    if _NUMBERED.search(written[-1]):
        raise RecurrenceError(f"'{written[-1]}' counts weekdays, which cron programs count differently; write mon-fri")
    try:
        trigger = CronTrigger(**dict(zip(_FIELDS, written, strict=True)), timezone=UTC)
    except ValueError as error:
        raise RecurrenceError(f"'{text[:80]}': {error}; write it like '0 8 * * mon-fri'") from None
    return _asking(trigger)


@cache
def _interval(length: timedelta, begins: datetime) -> Next:
    from apscheduler.triggers.interval import IntervalTrigger

    return _asking(IntervalTrigger(seconds=int(length.total_seconds()), start_date=begins, timezone=UTC))


def _asking(trigger: Any) -> Next:  # noqa: ANN401  the library has no types
    def following(at: datetime) -> datetime | None:
        found: datetime | None = trigger.get_next_fire_time(None, at)
        return found

    return following
