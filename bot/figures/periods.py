"""The time that a report is about: whole days on the desk's clock, written as people write it."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from rules.suggest import did_you_mean

WRITTEN: Final = (
    "today, yesterday, week, month, quarter, year, 30 days, 2026-11-23, 2026-W47, 2026-11, 2026-Q4, 2026, "
    "2026-11-01..2026-11-15"
)
_LONGEST_DAYS: Final = 3_700


class PeriodError(ValueError):
    """A period that cannot be read; the message says what can be written."""


class Period(Struct, frozen=True):
    """The days from `start` until before `end`, in an IANA zone."""

    start: date
    end: date
    zone: str

    @property
    def since(self) -> int:
        """Its first second, since 1970."""
        return _midnight(self.start, self.zone)

    @property
    def until(self) -> int:
        """The first second after it, since 1970."""
        return _midnight(self.end, self.zone)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def months(self) -> int:
        """How many whole months it is; 0 where it is something else."""
        if self.start.day != 1 or self.end.day != 1:
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def before(self) -> "Period":
        """The period before it: as many months where it is whole months, else as many days."""
        start = _months_on(self.start, -self.months) if self.months else self.start - (self.end - self.start)
        return Period(start, self.start, self.zone)


def parse_period(written: str, today: date, zone: str) -> Period:
    """The period of that name; of `week`, `month`, `quarter` and `year` the last that is over. Raises PeriodError."""
    name = " ".join(written.lower().split())
    try:
        found = _NAMED[name](today) if name in _NAMED else _dated(name, today)
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"{written!r} is no period; write one of: {WRITTEN}") from error
    if found is None:
        hint = did_you_mean(name, list(_NAMED))
        raise PeriodError(f"{written!r} is no period{hint}; write one of: {WRITTEN}")
    start, end = found
    if not start < end or (end - start).days > _LONGEST_DAYS or start.year < 1980:
        raise PeriodError(f"{written!r} is no period: it must begin before it ends, and last ten years at most")
    return Period(start, end, zone)


def _midnight(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp())


def _months_on(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _week(today: date) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday())
    return monday - timedelta(days=7), monday


def _month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return _months_on(first, -1), first


def _quarter(today: date) -> tuple[date, date]:
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    return _months_on(first, -3), first


_DAY: Final = timedelta(days=1)
_NAMED: Final[dict[str, Callable[[date], tuple[date, date]]]] = {
    "today": lambda today: (today, today + _DAY),
    "yesterday": lambda today: (today - _DAY, today),
    "week": _week,
    "month": _month,
    "quarter": _quarter,
    "year": lambda today: (date(today.year - 1, 1, 1), date(today.year, 1, 1)),
}


def _dated(name: str, today: date) -> tuple[date, date] | None:
    if found := re.fullmatch(r"(?:last )?(\d{1,4}) days?", name):
        return today - int(found[1]) * _DAY, today
    first, between, last = name.partition("..")
    begun, ended = _calendar(first.strip()), _calendar(last.strip() if between else first.strip())
    return (begun[0], ended[1]) if begun and ended else None


def _calendar(name: str) -> tuple[date, date] | None:
    """The days of something that a calendar has: a year, quarter, month, ISO week or day."""
    for form, days in _FORMS.items():
        if found := re.fullmatch(form, name):
            return days(*map(int, found.groups()))
    return None


def _months(first: date, months: int) -> tuple[date, date]:
    return first, _months_on(first, months)


def _days(first: date, days: int) -> tuple[date, date]:
    return first, first + days * _DAY


_FORMS: Final[dict[str, Callable[..., tuple[date, date]]]] = {
    r"(\d{4})": lambda year: _months(date(year, 1, 1), 12),
    r"(\d{4})-q([1-4])": lambda year, quarter: _months(date(year, quarter * 3 - 2, 1), 3),
    r"(\d{4})-(\d{1,2})": lambda year, month: _months(date(year, month, 1), 1),
    r"(\d{4})-w(\d{1,2})": lambda year, week: _days(date.fromisocalendar(year, week, 1), 7),
    r"(\d{4})-(\d{2})-(\d{2})": lambda *day: _days(date(*day), 1),
}
