"""The index of words follows what is said: at once while all is quiet, slowly while there is more to take in."""

import asyncio
from typing import Final

from bot.db.store import Store
from bot.loops.worker import POLL_SECONDS, repeat
from bot.ticket import indexing

_PAUSE: Final = 0.05


class IndexingLoop:
    """Puts messages into SQLite's index of words, some in a turn at writing, and lets others go first in between."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def run(self) -> None:
        """Put in what is due until cancelled; returns at once where the database does it."""
        if self.store.embedded:
            await repeat("indexing", self._turn)

    async def _turn(self) -> None:
        due, busy = await asyncio.to_thread(self._look)
        if due:
            await asyncio.wrap_future(self.store.submit(indexing.put_in))
        await asyncio.sleep(_PAUSE if due and not busy else POLL_SECONDS)

    def _look(self) -> tuple[bool, bool]:
        with self.store.read() as session:
            return indexing.is_due(session), indexing.is_busy(session)
