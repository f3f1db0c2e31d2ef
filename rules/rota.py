"""Who is on call: people who take turns week by week, and the days on which somebody else does it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

_WEEK = timedelta(days=7)


class RotaError(ValueError):
    """A rota cannot be made: the setting that is wrong, and what to write."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f"{setting}: {message}")


class Rota(Struct, frozen=True):
    """People who take turns, by handle, made by `build_rota`.

    The first of them is on call in the ISO week of the day `start`; a turn lasts from Monday's midnight to the next in
    `zone`. `swaps` are the days on which somebody else is.
    """

    handles: tuple[str, ...]
    start: date
    swaps: Mapping[date, str]
    zone: ZoneInfo

    def order(self, at: datetime) -> tuple[str, ...]:
        """Who is on call at this moment, and behind them those to ask where they are away: who is next comes first."""
        today = at.astimezone(self.zone).date()
        turn = (_monday(today) - _monday(self.start)) // _WEEK % len(self.handles)
        turns = (*self.handles[turn:], *self.handles[:turn])
        swapped = self.swaps.get(today)
        return turns if swapped is None else (swapped, *(handle for handle in turns if handle != swapped))


def build_rota(handles: Sequence[str], start: str, swaps: Mapping[str, str], zone: ZoneInfo) -> Rota | None:
    """Check what is written and make the rota; None where nobody is on call. Raises RotaError.

    `start` and the keys of `swaps` are days such as "2026-11-23", or ISO weeks such as "2026-W53".
    """
    if not handles:
        if start or swaps:
            raise RotaError("on_call", "there is nobody to take turns; list the handles of those who are on call")
        return None
    if not start and len(handles) > 1:
        raise RotaError(
            "on_call_from", "it is not said when the first of them is on call; write that week, or a day of it"
        )
    days = [(day, handle) for written, handle in swaps.items() for day in _days(written)]
    single = [(_day("on_call_swaps", written), handle) for written, handle in swaps.items() if "W" not in written]
    return Rota(tuple(handles), _day("on_call_from", start) if start else date.min, dict(days + single), zone)


def _days(written: str) -> list[date]:
    """The days of a week, or the day itself."""
    first = _day("on_call_swaps", written)
    return [first + timedelta(days=day) for day in range(7)] if "W" in written else [first]


def _day(setting: str, written: str) -> date:
    try:
        if len(written) in {8, 10} and ("W" in written) == (len(written) == 8):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise RotaError(setting, f"'{written}' is no day; write one like '2026-11-23', or a week like '2026-W53'")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
