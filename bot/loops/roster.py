"""Asks platforms whether those who are agents by a role still have it: nobody tells when they lose it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.cause import Cause
from bot.db.store import Store
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.ids import new_id
from bot.judging.react import react
from bot.loops.worker import POLL_SECONDS, log, repeat
from bot.persons import roster, staffing
from channels.base import Address, Channel, ChannelError, Profile, Rostered

EVERY: Final = timedelta(minutes=5)


class RosterLoop:
    """Looks at them now and then; returns at once where no role makes agents."""

    def __init__(self, store: Store, desk: Desk, channels: Mapping[str, Channel]) -> None:
        self.store = store
        self.desk = desk
        self._channels = {
            name: channel
            for name, channel in channels.items()
            if isinstance(channel, Rostered) and desk.agent_roles.get(name)
        }
        self._looked = store.clock()

    async def run(self) -> None:
        """Work until cancelled."""
        if self._channels:
            await repeat("roster", self._turn)

    async def _turn(self) -> None:
        await asyncio.sleep(POLL_SECONDS)
        if self.store.clock() - self._looked >= EVERY:
            self._looked = self.store.clock()
            await self.look()

    async def look(self) -> None:
        """Ask of each of them; where no answer is to be had, nothing changes until the next time."""
        for channel, address in await self.store.arun(_present):
            if channel not in self._channels:
                continue
            try:
                roles = await self._channels[channel].roles_of(address.address)
            except ChannelError as error:
                log.warning("%s: whether %s is an agent is not known: %s", channel, address.name, error)
            else:
                await self.store.arun(self._following(channel, address, roles))

    def _following(self, channel: str, address: Address, roles: tuple[str, ...]) -> Unit[None]:
        def unit(tx: Tx) -> None:
            cause = Cause(tx, self.desk, f"roles:{new_id()}")
            staffing.follow(cause, channel, address, Profile(roles=roles))
            react(cause)

        return unit


def _present(tx: Tx) -> list[tuple[str, Address]]:
    return [(row.channel, Address(row.address, row.name)) for row in roster.present(tx)]
