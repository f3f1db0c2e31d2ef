"""How many mails a relay takes in a time: what goes beyond waits, in order."""

import asyncio
import re
from collections import deque
from typing import Final, NamedTuple

_RATE: Final = re.compile(r"([1-9]\d{0,6})\s*/\s*(s|min|h|day)", re.ASCII)
_SECONDS: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "day": 86400.0}


class Rate(NamedTuple):
    """At most `most` in any `seconds`."""

    most: int
    seconds: float


def parse_rate(text: str) -> Rate | None:
    """`30/min` as a Rate; None where it is none."""
    found = _RATE.fullmatch(text.strip())
    return Rate(int(found.group(1)), _SECONDS[found.group(2)]) if found else None


class Limiter:
    """Lets as many pass as the rate allows, whenever one looks: no window of that length has more in it.

    A bucket that begins full would let twice as many pass in its first minute, which Microsoft answers with 432. It
    counts when each passed, by the clock of the event loop.
    """

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._passed: deque[float] = deque(maxlen=rate.most)
        self._one_at_a_time = asyncio.Lock()

    async def wait(self) -> None:
        """Return when the next one may go."""
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            if len(self._passed) == self._rate.most:
                await asyncio.sleep(self._passed[0] + self._rate.seconds - loop.time())
            self._passed.append(loop.time())
