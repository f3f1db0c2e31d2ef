"""So many at once, and then one after the other: what a platform bears."""

import time
from collections.abc import Callable


class Allowance:
    """`most` at once; each that was spent comes back after `seconds`. For one thread."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._most = most
        self._clock = clock
        self._left = float(most)
        self._counted_at = clock()

    def left(self) -> int:
        """How many there may be now."""
        now = self._clock()
        self._left = min(self._left + (now - self._counted_at) / self.seconds, self._most)
        self._counted_at = now
        return int(self._left)

    def spend(self, count: int) -> None:
        """So many were done."""
        self._left -= count
