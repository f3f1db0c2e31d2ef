"""Moments to come as somebody writes them: `tomorrow 14:00`, `Friday`, `2 Dec 9:30`, `16:00`, `2 business days`.

Days are read as `bot/notice/dates.py` reads them; weekdays, today and tomorrow by their names in all our languages.
A day alone means the end of its open hours. A time that the clocks skip is when they go on.
"""

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale

from bot.config import LANGUAGES
from bot.notice import dates
from rules.durations import DurationError, parse_duration
from rules.hours import Calendar
from rules.sla import after
from rules.windows import moment, reached

_TIME: Final = re.compile(r"(?:^|\s)(?:at |um |à |alle |o |kl\.? ?)?(\d{1,2})[:.h](\d{2})(?: ?uhr)?$")
_TODAY: Final = frozenset({"today", "heute", "aujourd'hui", "aujourd’hui", "oggi", "dziś", "dzisiaj", "i dag"})
_TOMORROW: Final = frozenset({"tomorrow", "morgen", "demain", "domani", "jutro", "i morgen"})
_END_OF_WORK: Final = 18 * 60
_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


def read_moment(written: str, *, now: datetime, zone: ZoneInfo, calendar: Calendar) -> datetime:
    """The moment that somebody wrote who lives in that zone. Raises ValueError where it is none."""
    text = " ".join(written.casefold().split()).removeprefix("in ")
    try:
        return after(parse_duration(text), calendar, now)
    except DurationError:
        pass
    today = now.astimezone(zone).date()
    found = _TIME.search(text)
    if found is None:
        day = _day(text, today)
        return calendar.end_of(day) or _at(day, _END_OF_WORK, zone)
    hour, minute = int(found[1]), int(found[2])
    if hour >= 24 or minute >= 60:
        raise ValueError(f"{found[0]!r} is no time of the day")
    before = text[: found.start()].strip(" ,")
    return _at(_day(before, today) if before else today, hour * 60 + minute, zone)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return moment(reached(day, minutes, zone))


def _day(text: str, today: date) -> date:
    if text in _TODAY:
        return today
    if text in _TOMORROW:
        return today + _DAY
    weekday = _weekdays().get(text.rstrip("."))
    if weekday is not None:
        return today + _DAY * ((weekday - today.weekday() - 1) % _WEEK + 1)
    return dates.read_day(text, today=today)


@cache
def _weekdays() -> dict[str, int]:
    """The number of each weekday by its names, Monday being 0; one that two languages use differently is none."""
    named: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in Locale.parse(language).days["format"][width].items():
                named.setdefault(name.casefold().rstrip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in named.items() if len(numbers) == 1}
