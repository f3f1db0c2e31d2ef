"""What a platform only named is fetched, people and files, once it is durable; then its row can be worked."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec

from bot.db.store import Store
from bot.intake import inbox
from bot.intake.inbox import FETCHING, Waiting
from bot.loops.worker import POLL_SECONDS, event_of, log, repeat, rest
from channels.base import Channel, ChannelError, Completer, PermanentFailure, Raw

GIVE_UP_AFTER: Final = timedelta(minutes=10)
"""How long a message waits for what it refers to. Then it is worked without: words must not wait for a file."""

_AT_ONCE: Final = 8
_PAUSE_SECONDS: Final = 2.0


class FetchingLoop:
    """Completes rows, a few at a time, on the channels that have to. One that fails is tried again after a pause."""

    def __init__(self, store: Store, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self.completers: Mapping[str, Completer] = {
            name: channel for name, channel in channels.items() if isinstance(channel, Completer)
        }
        self._awake = event_of(store, FETCHING)
        self._fetching: dict[asyncio.Task[None], int] = {}

    async def run(self) -> None:
        """Fetch until cancelled; returns at once where no channel has to."""
        if not self.completers:
            return
        try:
            await repeat(FETCHING, self._turn)
        finally:
            for task in self._fetching:
                task.cancel()

    async def _turn(self) -> None:
        self._awake.clear()
        if not await self.fetch_some():
            await rest(self._awake)

    async def fetch_some(self) -> bool:
        """Begin to complete what there is room for; False if nothing waits."""
        if len(self._fetching) >= _AT_ONCE:
            await asyncio.wait(self._fetching, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return True
        rows = await asyncio.to_thread(self._rows)
        for row in rows:
            task = asyncio.create_task(self._fetch(row))
            self._fetching[task] = row.id
            task.add_done_callback(self._done)
        return bool(rows)

    def _rows(self) -> list[Waiting]:
        with self.store.read() as session:
            room = _AT_ONCE - len(self._fetching)
            return inbox.to_fetch(session, room, without=list(self._fetching.values()))

    def _done(self, task: asyncio.Task[None]) -> None:
        row_id = self._fetching.pop(task)
        self._awake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("inbox %s: what was fetched could not be kept", row_id, exc_info=error)

    async def _fetch(self, row: Waiting) -> None:
        completer = self.completers.get(row.raw.channel)
        try:
            whole = await completer.complete(row.raw) if completer is not None else row.raw
        except PermanentFailure as error:
            whole = _without(row.raw, str(error))
        except ChannelError as error:
            log.warning("inbox %s: cannot be completed: %s", row.id, error)
            if self.store.clock() - row.raw.received_at < GIVE_UP_AFTER:
                await asyncio.sleep(max(_PAUSE_SECONDS, getattr(error, "retry_after", None) or 0.0))
                return
            whole = _without(row.raw, str(error))
        await self.store.arun(inbox.fetched(row.id, whole))


def _without(raw: Raw, why: str) -> Raw:
    """It as it came, with the reason why nothing was fetched for it."""
    return msgspec.structs.replace(raw, meta={**raw.meta, "incomplete": why})
