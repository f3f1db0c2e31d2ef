"""What is shown in place, brought up to date on its platform: the latest version only, whatever came between."""

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.db.store import Store
from bot.loops.worker import POLL_SECONDS, event_of, log, repeat, rest
from bot.outgoing import projections
from bot.outgoing.allowance import Allowance
from bot.outgoing.projections import Stale
from channels.base import Channel, ChannelError, Projector

_BATCH: Final = 20
_CARDS_AT_ONCE: Final = 5


class ProjectionLoop:
    """Shows stale targets, one after the other, on the channels that can show something in place."""

    def __init__(self, store: Store, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self.projectors: Mapping[str, Projector] = {
            name: channel for name, channel in channels.items() if isinstance(channel, Projector)
        }
        self._awake = event_of(store, "projections")
        self._cards = {
            name: Allowance(_CARDS_AT_ONCE, projector.seconds_a_card) for name, projector in self.projectors.items()
        }

    async def run(self) -> None:
        """Show until cancelled; returns at once where no channel can."""
        if self.projectors:
            await repeat("projections", self._turn)

    async def _turn(self) -> None:
        self._awake.clear()
        if not await self.show_some():
            await rest(self._awake, self._patience())

    async def show_some(self) -> bool:
        """Show the targets that are due; False if none was."""
        due = await asyncio.to_thread(self._due)
        for stale in due:
            await self._show(stale)
        return bool(due)

    def _due(self) -> list[Stale]:
        with self.store.read() as session:
            now = self.store.clock()
            due = [
                stale
                for name, cards in self._cards.items()
                for stale in projections.stale(session, [name], now, limit=_BATCH, cards=cards.left())
            ]
        for stale in due:
            self._cards[stale.channel].spend(int(stale.is_card))
        return due

    def _patience(self) -> float:
        return min([POLL_SECONDS, *(cards.seconds for cards in self._cards.values() if not cards.left())])

    async def _show(self, stale: Stale) -> None:
        try:
            receipt = await self.projectors[stale.channel].project(stale.projection)
        except ChannelError as error:
            log.warning("projection %s: %s", stale.target, error)
            await self.store.arun(projections.not_shown(stale, error))
        else:
            place = {"external_id": receipt.external_id, "thread": receipt.thread}
            await self.store.arun(projections.shown(stale, place))
