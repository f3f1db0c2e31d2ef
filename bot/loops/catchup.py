"""Reads what was said while a channel did not listen, place after place."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.db.store import Store
from bot.desk import Desk
from bot.intake import catchup
from bot.intake.catchup import Stretch
from bot.loops.worker import POLL_SECONDS, log, repeat
from channels.base import Channel, ChannelError, Heard, Historian, Known, PermanentFailure

_MOVE_EVERY: Final = timedelta(seconds=30)


class CatchUpLoop:
    """Keeps the cursors of the channels that can be asked for what was said, and asks them after a gap."""

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self.desk = desk
        self.historians: Mapping[str, Historian] = {
            name: channel for name, channel in channels.items() if isinstance(channel, Historian)
        }
        self._known_until: dict[str, datetime] = {}

    async def run(self) -> None:
        """Work until cancelled; returns at once where no channel can be asked."""
        if self.historians:
            await repeat("catch-up", self._turn)

    async def begin(self) -> None:
        """Before anything else is done: nothing is heard yet."""
        for name in self.historians:
            await self.store.arun(catchup.deaf(name))

    async def _turn(self) -> None:
        if not await self.work():
            await asyncio.sleep(POLL_SECONDS)

    async def work(self) -> bool:
        """Move the cursors, and read one place; False if there is none to be read."""
        for name, historian in self.historians.items():
            heard = historian.heard()
            if heard is None and self._known_until.pop(name, None) is not None:
                await self.store.arun(catchup.deaf(name))
            elif heard is not None and self._is_news(name, heard):
                await self._hears(name, historian, heard)
        stretch = await asyncio.to_thread(self._due)
        if stretch is not None:
            await self._read(stretch)
        return stretch is not None

    def _is_news(self, name: str, heard: Heard) -> bool:
        until = self._known_until.get(name)
        return until is None or until < heard.since or heard.until - until >= _MOVE_EVERY

    async def _hears(self, name: str, historian: Historian, heard: Heard) -> None:
        if await asyncio.to_thread(self._has_gap, name, heard):
            try:
                rooms = await historian.rooms(self._agents(name))
            except ChannelError as error:
                log.warning("%s: what was said meanwhile cannot be read yet: %s", name, error)
                return
            places = await self.store.arun(catchup.begin(name, heard, rooms))
            log.info("%s: %d places are read for what was said meanwhile", name, places)
        else:
            await self.store.arun(catchup.hears(name, heard))
        self._known_until[name] = heard.until

    def _has_gap(self, name: str, heard: Heard) -> bool:
        with self.store.read() as session:
            return catchup.has_gap(session, name, heard)

    def _agents(self, name: str) -> list[str]:
        return [agent.email for agent in self.desk.latest().directory.agents if agent.medium == name]

    def _due(self) -> Stretch | None:
        with self.store.read() as session:
            return catchup.due(session, list(self.historians), self.store.clock())

    def _known(self, stretch: Stretch) -> list[Known]:
        with self.store.read() as session:
            return catchup.known(session, stretch)

    async def _read(self, stretch: Stretch) -> None:
        known = await asyncio.to_thread(self._known, stretch)
        historian = self.historians[stretch.channel]
        try:
            history = await historian.read_back(stretch.place, stretch.since - catchup.OVERLAP, known)
        except PermanentFailure as error:
            log.warning("%s: %s cannot be read for what was said meanwhile: %s", stretch.channel, stretch.place, error)
            await self.store.arun(catchup.never(stretch))
        except ChannelError as error:
            log.warning("%s: %s cannot be read yet: %s", stretch.channel, stretch.place, error)
            await self.store.arun(catchup.later(stretch, getattr(error, "retry_after", None)))
        else:
            new = await self.store.arun(catchup.read(stretch, history))
            if new:
                log.info("%s: %d things were said in %s meanwhile", stretch.channel, new, stretch.place)
