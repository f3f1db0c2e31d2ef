"""What a connection has handed over and is on its way into the inbox, and until where all of it is there.

Reading does not wait for a commit: what people do with buttons has to be answered within three seconds, however much
else is to be kept. What is to be kept in order stands in one line, in which nothing overtakes.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

MOST: Final = 1_000
"""So much may be on its way; then reading waits."""


class Kept(Struct, frozen=True):
    """What makes a dispatch durable, after all that stands before it in its line. `keep` raises IntakeUnavailable."""

    line: str
    keep: Callable[[], Awaitable[None]]


class Keeping:
    """The dispatches of one connection. `sequence` is the number of the last one before which nothing is missing.

    Once one could not be kept, `error` says why, `failed` is called, and what comes behind it in its line, or is begun
    later, is not kept.
    """

    def __init__(self, sequence: int | None) -> None:
        self.sequence = sequence
        self.error: BaseException | None = None
        self.failed: Callable[[], None] = lambda: None
        self._under_way: deque[tuple[int, asyncio.Task[None] | None]] = deque()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def begin(self, number: int, kept: Kept | None) -> None:
        """Begin to keep the dispatch of that number; None is one of which nothing is kept."""
        if self.error is not None:
            return
        self._under_way.append((number, self._task(kept) if kept is not None else None))
        self._move_on()
        while len(self._under_way) >= MOST and self.error is None:
            await self._first()

    async def settled(self) -> None:
        """Return when nothing is on its way any more."""
        while self._last:
            await asyncio.wait(self._last.values())

    def _task(self, kept: Kept) -> asyncio.Task[None]:
        task = asyncio.create_task(_after(self._last.get(kept.line), kept))
        self._last[kept.line] = task
        task.add_done_callback(lambda done: self._done(kept.line, done))
        return task

    def _done(self, line: str, task: asyncio.Task[None]) -> None:
        if self._last.get(line) is task:
            del self._last[line]
        error = None if task.cancelled() else task.exception()
        if error is not None and self.error is None:
            self.error = error
            self.failed()
        self._move_on()

    def _move_on(self) -> None:
        """Count what is durable, as far as nothing before it is missing."""
        while self._under_way:
            number, task = self._under_way[0]
            if task is not None and not (task.done() and not task.cancelled() and task.exception() is None):
                return
            self.sequence = number
            self._under_way.popleft()

    async def _first(self) -> None:
        _, task = self._under_way[0]
        if task is not None:
            await asyncio.wait([task])


async def _after(before: asyncio.Task[None] | None, kept: Kept) -> None:
    """Keep it once what stands before it is kept. Raises IntakeUnavailable where that could not be."""
    if before is not None:
        await before
    await kept.keep()
