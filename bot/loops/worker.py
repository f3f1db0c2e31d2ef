"""What the loops have in common: those that work in a thread, and those of the event loop."""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Final

from bot.db.store import Store, StoreUnavailable

log = logging.getLogger("firstline")
POLL_SECONDS: Final = 1.0
UNAVAILABLE_SECONDS: Final = 2.0


def event_of(store: Store, name: str) -> asyncio.Event:
    """An event of the running loop, set after each commit that woke the loop `name`."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(event.set)

    store.on_wake(name, wake)
    return event


async def rest(awake: asyncio.Event, seconds: float = POLL_SECONDS) -> bool:
    """Wait until a loop is woken, so long at most; False if it was not."""
    try:
        async with asyncio.timeout(seconds):
            await awake.wait()
    except TimeoutError:
        return False
    return True


async def repeat(
    name: str, turn: Callable[[], Awaitable[object]], *, until: Callable[[], bool] = lambda: False
) -> None:
    """Take one turn after the other of the loop `name`, whatever goes wrong in one of them."""
    while not until():
        try:
            await turn()
        except StoreUnavailable as error:
            log.warning("%s: the database is not available: %s", name, error)
            await asyncio.sleep(UNAVAILABLE_SECONDS)
        except Exception:
            log.exception("%s: unexpected error", name)
            await asyncio.sleep(POLL_SECONDS)


class Worker:
    """A thread that works until nothing is left, then sleeps until it is woken or a second has passed."""

    name = "worker"
    pause = 0.0
    """Seconds for which others go first before it works on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        store.on_wake(self.name, self._awake.set)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is claimed and end."""
        self._stopping = True
        self._awake.set()
        self._thread.join()

    def work(self) -> bool:
        """Do what is there to do; True if there may be more at once."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                if self.work():
                    time.sleep(self.pause)
                    continue
            except StoreUnavailable as error:
                log.warning("%s: the database is not available: %s", self.name, error)
                self._awake.wait(UNAVAILABLE_SECONDS)
            except Exception:
                log.exception("%s: unexpected error", self.name)
            self._awake.wait(POLL_SECONDS)
