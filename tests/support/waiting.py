"""Waiting for what happens elsewhere: asked at once, then less and less often.

Asking takes the processor from what is waited for, and a test waits hundreds of times. What is there soon is seen soon;
what takes long is seen a fifth later than it could be, and never more than a tenth of a second.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 100.0
"""Seconds that a test waits at most for anything."""


def until(true: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The first truthy value of `true`. Raises TimeoutError."""
    for pause in _pauses(what, seconds):
        if value := true():
            return value
        time.sleep(pause)
    raise AssertionError


async def until_then(true: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The same for a test on an event loop, which goes on meanwhile."""
    for pause in _pauses(what, seconds):
        if value := true():
            return value
        await asyncio.sleep(pause)
    raise AssertionError


def _pauses(what: str, seconds: float) -> Iterator[float]:
    end = time.monotonic() + seconds
    pause = 0.004
    while time.monotonic() < end:
        yield pause
        pause = min(1.25 * pause, 0.1)
    msg = f"waited in vain for {what}"
    raise TimeoutError(msg)
