"""Service levels: by when a ticket is to be answered."""

from datetime import datetime

from msgspec import Struct

from rules.durations import Duration, Unit
from rules.hours import Calendar
from rules.windows import microseconds, moment

ONE_BUSINESS_DAY = Duration(1, Unit.DAY, business=True)
"""The default time to answer in. It is 24 hours on the clock for a desk without business hours."""


class Policy(Struct, frozen=True, kw_only=True):
    """What the desk promises: the time until a human answers first."""

    name: str = "standard"
    first_response: Duration = ONE_BUSINESS_DAY


def answer_by(policy: Policy, calendar: Calendar, opened_at: datetime) -> datetime:
    """The moment, in UTC, by which a ticket opened then must have its first answer."""
    return after(policy.first_response, calendar, opened_at)


def after(duration: Duration, calendar: Calendar, start: datetime) -> datetime:
    """The moment, in UTC, at which the duration is over: on the clock, or in the calendar's open time."""
    if duration.business:
        return calendar.add(start, duration.elapsed(day=calendar.day))
    return moment(microseconds(start)) + duration.elapsed()
