"""How fast things come in. In a rush the desk lets intake go first: senders wait for 250, and nobody for a second."""

import time
from collections.abc import Callable
from typing import Final

WINDOW: Final = 0.1
RUSH: Final = 20
LONGEST: Final = 3.0


class Pace:
    """Counts what is taken in, in windows of a tenth of a second. One thread notes, another asks.

    From `RUSH` a window on it is a rush. It counts as one for `LONGEST` seconds at most: a sender who never stops must
    not keep the others from being answered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window = 0
        self._count = 0
        self._last = 0
        self._since: float | None = None

    def note(self) -> None:
        """Something was taken in."""
        window = int(self._clock() / WINDOW)
        if window != self._window:
            self._last = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        self._count += 1

    def rushing(self) -> bool:
        """Whether the desk should let intake go first now."""
        now = self._clock()
        behind = int(now / WINDOW) - self._window
        rush = (behind == 0 and max(self._count, self._last) >= RUSH) or (behind == 1 and self._count >= RUSH)
        if not rush:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since <= LONGEST
