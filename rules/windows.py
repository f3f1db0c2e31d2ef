"""Opening hours as they are written, and where a time on the wall stands in real time."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)")
_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Window(NamedTuple):
    """Opening hours of one day, in minutes after its midnight; an end beyond 1,440 is on the following day."""

    start: int
    end: int


def parse_window(text: str) -> Window:
    """Read "08:00-12:00"; an end before the start is on the next day ("22:00-06:00"). Raises ValueError."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(f"'{text}' is not a window; write it like '08:00-12:00', or '22:00-06:00' over midnight")
    first, first_minute, last, last_minute = map(int, written.groups())
    start, end = first * 60 + first_minute, last * 60 + last_minute
    if end > _DAY:
        raise ValueError(f"'{text}' ends after 24:00")
    if start == end:
        raise ValueError(f"'{text}' is empty; write '00:00-24:00' for a whole day")
    return Window(start, end if end > start else end + _DAY)


def merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same stretches in order, each instant once: what overlaps or touches becomes one, what is empty goes."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((start, end) for start, end in spans if start < end):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def microseconds(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The UTC datetime of that many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)


def reached(day: date, minute: int, zone: ZoneInfo) -> int:
    """When the clocks of the zone first show this time of this day or a later one, in microseconds since 1970.

    So an hour that is shown twice in autumn counts from its first time, and one that is skipped in spring is reached at
    the next valid instant.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - the zone comes next
    first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before >= after:
        return microseconds(first.astimezone(UTC))
    return _end_of_gap(microseconds(second.astimezone(UTC)), microseconds(first.astimezone(UTC)), zone)


def _end_of_gap(low: int, high: int, zone: ZoneInfo) -> int:
    """When the clocks were put forward, between two instants around it; transitions fall on whole seconds."""
    low, high = low // 1_000_000, high // 1_000_000
    before = moment(low * 1_000_000).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if moment(middle * 1_000_000).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high * 1_000_000
