"""What processes on this machine were sending when they ended, brought into the database."""

import asyncio
from typing import Final

from bot.db.store import Store
from bot.loops.worker import repeat
from bot.outgoing import delivery
from bot.outgoing.receipts import Journal

_SECONDS: Final = 2.0


class EstateLoop:
    """Settles the journals of ended processes: at the start, and while others may end on the same database."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self.store = store
        self.journal = journal

    async def run(self) -> None:
        """Settle until cancelled. An embedded database has no other processes."""
        if not self.store.embedded:
            await repeat("estate", self._turn)

    async def _turn(self) -> None:
        await asyncio.sleep(_SECONDS)
        await self.settle()

    async def settle(self) -> None:
        """Bring in all that is left now."""
        for left in self.journal.left_by_others():
            try:
                await self.store.arun(delivery.settle(left.process, left.receipts))
            except BaseException:
                left.let_go()
                raise
            left.remove()
