"""How the sources are, noted and alarmed."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.db.store import Store
from bot.intake import heartbeat
from bot.loops.worker import repeat
from channels.base import Channel, Source, Watched

_SECONDS: Final = 1.0


class HeartbeatLoop:
    """Asks the channels every second how their sources are; the database only when something changed or a minute ended.

    Silence counts from when this process began to listen: while it was ended, nothing could come.
    """

    def __init__(self, store: Store, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self._channels = {name: channel for name, channel in channels.items() if isinstance(channel, Watched)}
        self._since = store.clock()
        self._counted: dict[str, int] = {}
        self._reported: dict[str, tuple[Source, str]] = {}
        self._silent: dict[str, str] = {}
        self._judged = self._since
        self._swept = False

    async def run(self) -> None:
        """Watch until cancelled; returns at once where there is nothing to watch."""
        if self._channels:
            await repeat("heartbeat", self._turn)

    async def _turn(self) -> None:
        await asyncio.sleep(_SECONDS)
        all_here = all(channel.ready.is_set() for channel in self._channels.values())
        if self.store.embedded and not self._swept and all_here:
            await self.store.arun(heartbeat.forget([source for _, source in self._sources()]))
            self._swept = True
        await self.look()

    async def look(self) -> None:
        """Note what came, and raise or clear alarms."""
        now = self.store.clock()
        minute = (now - self._judged).total_seconds() >= 60
        for channel, source in self._sources():
            fresh = source.brought - self._counted.get(source.name, 0)
            if fresh:
                await self.store.arun(heartbeat.brought(source.name, fresh))
                self._counted[source.name] = source.brought
            if fresh or minute:
                self._silent[source.name] = await asyncio.to_thread(self._judge, source, now)
            await self._report(channel, source)
        if minute:
            self._judged = now

    def _sources(self) -> list[tuple[str, Source]]:
        return [(name, source) for name, channel in self._channels.items() for source in channel.sources()]

    def _judge(self, source: Source, now: datetime) -> str:
        with self.store.read() as session:
            return heartbeat.silence(session, source, now, since=self._since)

    async def _report(self, channel: str, source: Source) -> None:
        silent = self._silent.get(source.name, "")
        known, told = self._reported.get(source.name, (None, ""))
        same = known is not None and (known.trouble, known.kept, known.reached) == (
            source.trouble,
            source.kept,
            source.reached,
        )
        if not same or bool(silent) != bool(told):
            await self.store.arun(heartbeat.report(source, channel, silent))
            self._reported[source.name] = (source, silent)
