"""Who has a role that makes them an agent: Discord says so with what they do in a server, and is asked otherwise.

Only the servers of the desks' channels count. What comes from anywhere else says nothing of roles here, and where there
are several of them, none says all.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from channels.base import ChannelError
from channels.discord.api import Api, NotAMember
from channels.discord.intake import user_of
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings

_LASTS: Final = 60.0
"""Seconds for which an answer is good for what a history tells, and for forms to open."""
_MOST: Final = 5_000
Json = Mapping[str, Any]


class Members:
    """The roles of people, as far as they make agents."""

    def __init__(self, settings: DiscordSettings, api: Api, rooms: Rooms) -> None:
        self._api = api
        self._rooms = rooms
        self._desks = tuple(dict.fromkeys(settings.desks.values()))
        self._wanted = tuple(role.id for role in settings.agent_roles)
        self.make_agents = bool(self._wanted)
        self._asked: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    def said(self, data: Json) -> tuple[str, ...] | None:
        """Those that somebody has as Discord says with what they do; None where it has to be asked.

        Bots and webhooks have none, and nobody where no role makes agents.
        """
        user = user_of(data)
        if not self._wanted or user.get("bot") or data.get("webhook_id"):
            return ()
        has, guilds = (data.get("member") or {}).get("roles"), self._guilds()
        if has is None or guilds != {str(data.get("guild_id") or "")}:
            return None
        return self._remember(str(user.get("id")), has)

    async def of(self, user: str) -> tuple[str, ...]:
        """The same, asked for if it was not lately. Raises ChannelError."""
        at, known = self._asked.get(user, (0.0, ()))
        return known if _now() - at < _LASTS and user in self._asked else await self.ask(user)

    async def ask(self, user: str) -> tuple[str, ...]:
        """The same, asked for now. Raises ChannelError."""
        has: list[str] = []
        for guild in await self.servers():
            path = "/guilds/{guild_id}/members/{user_id}"
            try:
                has += (await self._api.call("GET", path, guild_id=guild, user_id=user)).get("roles") or ()
            except NotAMember:
                continue
        return self._remember(user, has)

    async def servers(self) -> list[str]:
        """Those of the desks' channels. Raises ChannelError."""
        return list(dict.fromkeys([(await self._api.room(room)).guild for room in self._desks]))

    async def seen(self, data: Json) -> tuple[str, ...]:
        """Those of who did something just now; none where that cannot be known in time."""
        said = self.said(data)
        if said is not None:
            return said
        try:
            return await self.of(str(user_of(data).get("id") or ""))
        except ChannelError:
            return ()

    def _guilds(self) -> set[str]:
        """The same, as far as they are known already."""
        known = [self._rooms.get(room) for room in self._desks]
        return {room.guild if room is not None else "" for room in known}

    def _remember(self, user: str, has: Any) -> tuple[str, ...]:  # noqa: ANN401  a list of ids, as Discord says
        held = {str(role) for role in has}
        found = tuple(role for role in self._wanted if role in held)
        self._asked[user] = (_now(), found)
        self._asked.move_to_end(user)
        while len(self._asked) > _MOST:
            self._asked.popitem(last=False)
        return found


def _now() -> float:
    return asyncio.get_running_loop().time()
