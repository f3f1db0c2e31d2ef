"""Weekdays and hours as the desk's clock shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.figures.reading import QUARTER


class Clock:
    """Weekdays (Monday is 0) and hours in a zone, each quarter of an hour worked out once."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._known: dict[int, tuple[int, int]] = {}

    def hour(self, quarter: int) -> tuple[int, int]:
        """The weekday and hour of a quarter of an hour (counted since 1970)."""
        if quarter not in self._known:
            here = datetime.fromtimestamp(quarter * QUARTER, self._zone)
            self._known[quarter] = here.weekday(), here.hour
        return self._known[quarter]
