"""Durations as people write them: "30 minutes", "24 hours", "8 business hours", "2 business days", "1h"."""

import re
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from rules.suggest import did_you_mean

_WRITTEN = re.compile(r"(\d{1,6})\s*(business\s+)?([^\W\d]+)")


class Unit(StrEnum):
    """What a duration counts."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


_CLOCK = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(weeks=1),
}
_SPELLINGS = {
    spelling: unit
    for unit, spellings in {
        Unit.MINUTE: ("minute", "minutes", "min", "m"),
        Unit.HOUR: ("hour", "hours", "h"),
        Unit.DAY: ("day", "days", "d"),
        Unit.WEEK: ("week", "weeks", "w"),
    }.items()
    for spelling in spellings
}


class DurationError(ValueError):
    """A duration that cannot be read or used; the message says what is wrong and shows a right one."""


class Duration(Struct, frozen=True):
    """So many units. `business` ones count only while a calendar is open; how long its day is, the calendar says."""

    amount: int
    unit: Unit
    business: bool = False

    def __str__(self) -> str:
        business = "business " if self.business else ""
        return f"{self.amount} {business}{self.unit}{'' if self.amount == 1 else 's'}"

    def elapsed(self, *, day: timedelta = timedelta(days=1)) -> timedelta:
        """The length, a day being as long as `day`: 24 hours on the clock, in business a calendar's day."""
        return self.amount * (day if self.unit is Unit.DAY else _CLOCK[self.unit])


def parse_duration(text: str) -> Duration:
    """Read a duration: a whole number, `business` where it counts open time only, and a unit.

    Raises DurationError. There are no business weeks: calendars differ in what a week holds.
    """
    written = _WRITTEN.fullmatch(text.strip().casefold())
    if written is None:
        raise DurationError(f"'{text[:80]}' is not a duration; write '30 minutes', '24 hours' or '2 business days'")
    amount, business, spelling = written.groups()
    unit = _SPELLINGS.get(spelling)
    if unit is None:
        known = (f"{unit}s" for unit in Unit)
        raise DurationError(f"'{spelling}' is not minutes, hours, days or weeks{did_you_mean(spelling, known)}")
    if business and unit is Unit.WEEK:
        raise DurationError("there are no business weeks; write it in business days")
    return Duration(int(amount), unit, bool(business))


def parse_clock(text: str) -> timedelta:
    """Read a duration on the clock, in which business time makes no sense. Raises DurationError."""
    duration = parse_duration(text)
    if duration.business:
        raise DurationError(f"'{text}' counts business time, which needs a calendar; leave 'business' out")
    return duration.elapsed()
