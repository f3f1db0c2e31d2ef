"""Business time: when the desk is open, and how much open time lies between two moments.

Windows are times on the wall of the calendar's zone; durations are time that really passes. A window belongs to the day
it begins on: a night shift that begins before a holiday runs to its end, one that would begin on it does not happen. A
time that the clocks show twice counts from its first time, one they skip from the next valid instant, for starts and
ends alike; so windows that touch on the wall touch in time, and one that spans the change in autumn is an hour longer.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from msgspec import Struct

from rules.suggest import did_you_mean
from rules.windows import Window, merged, microseconds, moment, parse_window, reached

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE_DAY = timedelta(days=1)
_KEPT_DAYS = 4096
# All tickets of one transaction begin at the same moment, and each asks several times.
_KEPT_MOMENTS = 256
_LONGEST_CLOSED = 2 * 366

Spans = tuple[tuple[int, int], ...]
"""Stretches of open time in microseconds since 1970, in order and apart from each other."""


class CalendarError(ValueError):
    """Settings that make no calendar. `setting` is the key at fault, such as `hours.mon`."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f"{setting}: {message}")
        self.setting = setting


class CalendarSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar as it is configured. No hours at all mean always open.

    `hours` are windows by weekday. `holidays` is a country, with its region where it has one ("DE-BE"), whose public
    holidays are closed. `closed` are more closed days; `open` are days with hours of their own, whatever else they are.
    Dates are written 2026-12-24.
    """

    zone: str = "Europe/Berlin"
    hours: dict[str, list[str]] = {}
    holidays: str = ""
    closed: list[str] = []
    open: dict[str, list[str]] = {}


class Calendar:
    """Business hours, made by `build_calendar`. Immutable; moments are aware, and those given back are in UTC.

    `day` is the length of a business day: the open time that most of the open weekdays have, and the longest of these
    where several are as frequent; 24 hours where it is always open.
    """

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        week: tuple[tuple[Window, ...], ...],
        closed: Callable[[date], bool],
        special: Mapping[date, tuple[Window, ...]],
    ) -> None:
        self.zone = zone
        self.always_open = not any(week)
        self.day = _usual_day(week)
        self._week = week
        self._closed = closed
        self._special = special
        self._spans = lru_cache(maxsize=_KEPT_DAYS)(self._work_out)
        self._is_open = lru_cache(maxsize=_KEPT_MOMENTS)(self._look)
        self._add = lru_cache(maxsize=_KEPT_MOMENTS)(self._count_on)

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is open. A window's start is open, its end is not."""
        if self.always_open:
            return True
        return self._is_open(microseconds(at))

    def next_open(self, at: datetime) -> datetime:
        """This moment if it is open, else the next one that is. Raises ValueError if there is none within two years."""
        instant = microseconds(at)
        if self.always_open:
            return moment(instant)
        start, _ = next(self._from(at))
        return moment(max(start, instant))

    def add(self, start: datetime, business: timedelta) -> datetime:
        """The first moment at which so much open time has passed since `start`.

        Raises ValueError if it is negative, or if the calendar stays closed for two years.
        """
        if business < timedelta(0):
            raise ValueError("business time cannot be added backwards")
        instant, left = microseconds(start), business // timedelta(microseconds=1)
        return moment(instant + left) if self.always_open or not left else self._add(instant, left)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time from `start` to `end`; negative if `end` comes first."""
        if end < start:
            return -self.between(end, start)
        return timedelta(microseconds=sum(closing - opening for opening, closing in self.stretches(start, end)))

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
        """The stretches of open time from `start` to `end`, in microseconds since 1970, in order."""
        first, last = microseconds(start), microseconds(end)
        if self.always_open:
            yield first, last
            return
        days = range(self._date(start).toordinal(), self._date(end).toordinal() + 1)
        for opening, closing in chain.from_iterable(self._spans(date.fromordinal(day)) for day in days):
            if min(closing, last) > max(opening, first):
                yield max(opening, first), min(closing, last)

    def _look(self, instant: int) -> bool:
        return any(start <= instant < end for start, end in self._spans(self._date(moment(instant))))

    def _count_on(self, instant: int, left: int) -> datetime:
        spans = self._from(moment(instant))
        opening, closing = next(spans)
        while left > closing - max(opening, instant):
            left -= closing - max(opening, instant)
            opening, closing = next(spans)
        return moment(max(opening, instant) + left)

    def _from(self, at: datetime) -> Iterator[tuple[int, int]]:
        """The stretches of open time that end after this moment, without end. Raises ValueError if it stays closed."""
        instant, day, closed = microseconds(at), self._date(at), 0
        while closed < _LONGEST_CLOSED:
            closed += 1
            for span in self._spans(day):
                if span[1] > instant:
                    closed = 0
                    yield span
            day += _WHOLE_DAY
        raise ValueError(f"the calendar does not open within {_LONGEST_CLOSED} days before {day}")

    def _date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _work_out(self, day: date) -> Spans:
        """The open time within one day of the zone, from its midnight to the next, whichever day it began on."""
        windows = [(begun, *window) for begun in (day - _WHOLE_DAY, day) for window in self._windows(begun)]
        if not windows:
            return ()
        first, last = reached(day, 0, self.zone), reached(day + _WHOLE_DAY, 0, self.zone)
        return merged(
            (max(reached(begun, start, self.zone), first), min(reached(begun, end, self.zone), last))
            for begun, start, end in windows
        )

    def _windows(self, day: date) -> tuple[Window, ...]:
        special = self._special.get(day)
        if special is not None:
            return special
        return () if self._closed(day) else self._week[day.weekday()]


def build_calendar(settings: CalendarSettings) -> Calendar:
    """Check the settings and make the calendar. Raises CalendarError.

    Public holidays need a library that takes a quarter of a second to import, so it is imported only if they are set.
    """
    for weekday in settings.hours:
        if weekday not in WEEKDAYS:
            known = f"not one of {', '.join(WEEKDAYS)}"
            raise CalendarError(f"hours.{weekday}", known + did_you_mean(weekday, WEEKDAYS))
    week = tuple(_windows(f"hours.{weekday}", settings.hours.get(weekday, [])) for weekday in WEEKDAYS)
    if settings.hours and not any(week):
        raise CalendarError("hours", "the calendar would never open; leave 'hours' out for one that is always open")
    calendar = Calendar(
        zone=_zone(settings.zone),
        week=week,
        closed=_closed_days(settings),
        special={_day("open", day): _windows(f"open.{day}", windows) for day, windows in settings.open.items()},
    )
    if calendar.always_open and (settings.open or settings.closed or settings.holidays):
        raise CalendarError("hours", "there are special days, but no hours; write '00:00-24:00' for each weekday")
    return calendar


def _usual_day(week: tuple[tuple[Window, ...], ...]) -> timedelta:
    minutes = [sum(end - start for start, end in merged(windows)) for windows in week if windows]
    counted = Counter(minutes or [24 * 60])
    return timedelta(minutes=max(counted, key=lambda length: (counted[length], length)))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarError("zone", f"there is no time zone '{name}'; write it like 'Europe/Berlin'") from None


def _windows(setting: str, written: list[str]) -> tuple[Window, ...]:
    try:
        return tuple(sorted(parse_window(text) for text in written))
    except ValueError as error:
        raise CalendarError(setting, str(error)) from None


def _day(setting: str, written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CalendarError(setting, f"'{written}' is not a date; write it like '2026-12-24'") from None


def _closed_days(settings: CalendarSettings) -> Callable[[date], bool]:
    closed = frozenset(_day("closed", day) for day in settings.closed)
    if not settings.holidays:
        return closed.__contains__
    from holidays import country_holidays  # slow, and not everybody has holidays

    country, _, region = settings.holidays.partition("-")
    try:
        public = country_holidays(country, subdiv=region or None)
    except NotImplementedError as error:
        raise CalendarError("holidays", f"{error}; write a country and its region like 'DE-BE'") from None
    return lambda day: day in closed or day in public
