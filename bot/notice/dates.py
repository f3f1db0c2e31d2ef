"""Dates as a reader writes them: in their language and their time zone.

Babel knows the forms but takes its time, so each piece is kept: there are few dates and few minutes of a day.
"""

import datetime as dt
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta, get_timezone_name, parse_pattern

# English as most of the world writes it: day before month, 24 hours.
LOCALES = {"en": "en_GB"}
# The languages in which the name of a month is read.
_LANGUAGES = ("en", "de", "fr", "it", "pl", "da")
_SHORTEST_MONTH = 3
# CLDR has no ordinal for the first of the month.
FIRST_OF_MONTH = {"fr": "d'er'"}


def day(moment: datetime, *, language: str, zone: str, now: datetime) -> str:
    """The date, as "Monday 23 November", with the year where it is not the year of `now`."""
    local = moment.astimezone(zone_of(zone))
    this_year = local.year == now.astimezone(local.tzinfo).year
    return _day(local.date(), language, this_year=this_year)


def clock(moment: datetime, *, language: str, zone: str) -> str:
    """The time, as "09:00"."""
    local = moment.astimezone(zone_of(zone))
    return _clock(local.hour, local.minute, language)


def zone_name(moment: datetime, *, language: str, zone: str) -> str:
    """The zone's abbreviation, as "CET" (in German "MEZ"), or "UTC+3" where it has none."""
    local = moment.astimezone(zone_of(zone))
    offset, summer = local.utcoffset() or timedelta(), bool(local.dst())
    return _zone_name(language, zone, local.tzname() or "", offset, summer=summer)


def age(span: timedelta, *, language: str) -> str:
    """The length of time in its largest unit, as "3 days"."""
    return format_timedelta(span, granularity="minute", locale=_locale(language))


def time_of_day(moment: datetime, *, zone: str) -> Literal["morning", "afternoon", "evening", "night"]:
    """What the clock says to the reader."""
    hour = moment.astimezone(zone_of(zone)).hour
    if 5 <= hour < 12:
        return "morning"
    if 12 <= hour < 18:
        return "afternoon"
    return "evening" if 18 <= hour < 22 else "night"


def read_day(written: str, *, today: dt.date) -> dt.date:
    """The day that somebody wrote: "2026-12-02", "2 Dec", "Dec 2", "2. Dezember 2026", its month in any language.

    Without a year it is the next such day. Raises ValueError where it is none.
    """
    words = written.casefold().replace(",", " ").split()
    if len(words) == 1:
        return dt.date.fromisoformat(words[0])
    numbers = [int(word.rstrip(".")) for word in words if word.rstrip(".").isdecimal()]
    names = [word.rstrip(".") for word in words if not word.rstrip(".").isdecimal()]
    if len(names) != 1 or len(numbers) not in {1, 2}:
        raise ValueError(f"{written!r} is no day")
    month, day = _month(names[0]), numbers[0]
    if len(numbers) == 2:
        return dt.date(numbers[1], month, day)
    this_year = dt.date(today.year, month, day)
    return this_year if this_year >= today else this_year.replace(year=today.year + 1)


def _month(name: str) -> int:
    """The month whose name begins so, in one of our languages."""
    found = {month for month, known in _months() if len(name) >= _SHORTEST_MONTH and known.startswith(name)}
    if len(found) != 1:
        raise ValueError(f"{name!r} is no month")
    return found.pop()


@cache
def _months() -> tuple[tuple[int, str], ...]:
    return tuple(
        (month, known.casefold())
        for language in _LANGUAGES
        for width in ("wide", "abbreviated")
        for form in ("format", "stand-alone")
        for month, known in _locale(language).months[form][width].items()
    )


@lru_cache(1024)
def zone_of(zone: str) -> tzinfo:
    """The time zone of that IANA name; UTC, which the reader then sees written, if there is none."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return UTC


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, language))


@lru_cache(4096)
def _day(date: dt.date, language: str, *, this_year: bool) -> str:
    locale = _locale(language)
    skeleton = locale.datetime_skeletons.get("MMMMEEEEd" if this_year else "yMMMMEEEEd")
    form = str((skeleton or locale.date_formats["full"]).pattern)
    if this_year:
        form = form.removesuffix(" y")
    if date.day == 1 and language in FIRST_OF_MONTH:
        form = form.replace(" d ", f" {FIRST_OF_MONTH[language]} ")
    return parse_pattern(form).apply(date, locale)


@lru_cache(10_000)
def _clock(hour: int, minute: int, language: str) -> str:
    locale = _locale(language)
    return parse_pattern(str(locale.time_formats["short"].pattern)).apply(dt.time(hour, minute), locale)


@lru_cache(1024)
def _zone_name(language: str, zone: str, short: str, offset: timedelta, *, summer: bool) -> str:
    if short == "UTC":
        return short
    variant: Literal["daylight", "standard"] = "daylight" if summer else "standard"
    own = get_timezone_name(zone_of(zone), "short", locale=_locale(language), zone_variant=variant)
    return next((name for name in (own, short) if name.isalpha()), _offset_name(offset))


def _offset_name(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
