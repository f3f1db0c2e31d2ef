"""All that the desk does again and again by itself: one line for each source of schedules."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

from bot.desk import Desk
from bot.due.schedules import Schedule, Schedules, by_name
from bot.followup import digests, mornings

SOURCES: Final[tuple[Callable[[Desk], Iterable[Schedule]], ...]] = (mornings.schedules_of, digests.schedules_of)


def schedules(desk: Desk) -> Schedules:
    """What recurs on this desk, by name."""
    return by_name(chain.from_iterable(source(desk) for source in SOURCES))
