"""Figures as a reader writes them: numbers, shares, lengths of time and days in their language."""

import datetime as dt
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from babel import Locale
from babel.dates import get_day_names
from babel.numbers import format_decimal, format_percent

from bot.figures.periods import Period
from bot.notice import dates, notices
from bot.notice.dates import LOCALES
from bot.notice.wording import Text

NOTHING: Final = "–"
_HOUR: Final = 3_600
_LONG: Final = 10
"""Hours from which minutes say nothing any more."""


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = notices.language_of(language)
        self._locale = Locale.parse(LOCALES.get(self.language, self.language))

    def said(self, text: Text) -> str:
        """A sentence or word."""
        return notices.said(text, self.language)

    def number(self, value: float | None) -> str:
        """A number, as "1,234"."""
        return NOTHING if value is None else format_decimal(value, locale=self._locale)

    def share(self, value: float | None) -> str:
        """A part of one, as "87%"."""
        return NOTHING if value is None else format_percent(round(value, 2), locale=self._locale)

    def span(self, seconds: int | None) -> str:
        """A length of time, as "3 h 20 min"."""
        if seconds is None:
            return NOTHING
        hours, minutes = divmod(round(seconds / 60), 60)
        if hours >= _LONG:
            return f"{self.number(round(seconds / _HOUR))} h"
        return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"

    def wait(self, seconds: int | None) -> str:
        """A length of time that people wait at a telephone, as "1 min 05 s"."""
        if seconds is None:
            return NOTHING
        if seconds >= _HOUR:
            return self.span(seconds)
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"

    def change(self, now: float, before: float) -> str:
        """By how much it became more or less, as "+12%"; empty where there was nothing before."""
        if not before:
            return ""
        share = round((now - before) / before, 2)
        return f"{'+' if share > 0 else '±' if not share else ''}{self.share(share)}"

    def weekday(self, number: int) -> str:
        """A short name; Monday is 0."""
        return str(_weekdays(self._locale)[number])

    def day(self, day: dt.date) -> str:
        """A day with its year."""
        moment = datetime.combine(day, dt.time(12), UTC)
        return dates.day(moment, language=self.language, zone="UTC", now=moment - timedelta(days=400))

    def period(self, period: Period) -> str:
        """The days that a period has, as people write them."""
        if period.days == 1:
            return self.day(period.start)
        return f"{self._short(period.start)} – {self._short(period.last)}"

    def _short(self, day: dt.date) -> str:
        return str(self._locale.date_formats["medium"].apply(day, self._locale))


@cache
def _weekdays(locale: Locale) -> dict[int, str]:
    return dict(get_day_names("abbreviated", locale=locale))
