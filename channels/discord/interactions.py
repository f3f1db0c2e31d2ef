"""What people have just done with buttons and commands: for a quarter of an hour they can be answered there.

Such an answer is seen by them alone, and nothing else is; it is lost with the process, and then they are written to.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from channels.base import ChannelError
from channels.discord.api import Api
from channels.discord.ids import Where
from channels.discord.render import NOBODY, Rendered

log = logging.getLogger("firstline")

EPHEMERAL: Final = 1 << 6
TAKEN: Final = "✅"
"""What stands below a command until the desk has something to say."""
_LIVES: Final = 14 * 60.0
_MOST: Final = 5_000
_REPLIES, _UPDATES, _COMPLETES, _MODAL = 4, 6, 8, 9

Json = dict[str, Any]


class _Open(Struct):
    """An interaction that can still be answered, once it was `seen` to be taken.

    `waits`: its first answer takes the place of our sign.
    """

    id: str
    token: str
    until: float
    waits: bool
    seen: asyncio.Event


class Interactions:
    """The newest interaction of each person in each channel."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()

    async def taken(self, data: Json, user: str) -> None:
        """It is kept: say so within Discord's three seconds. Raises ChannelError."""
        in_place = data.get("type") == 3 or (data.get("type") == 5 and data.get("message"))
        now = asyncio.get_running_loop().time()
        opened = _Open(
            str(data.get("id")), str(data.get("token")), now + _LIVES, waits=not in_place, seen=asyncio.Event()
        )
        self._open[user, str(data.get("channel_id"))] = opened
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        try:
            if in_place:
                await self._callback(data, {"type": _UPDATES})
            else:
                await self.say(data, TAKEN)
        finally:
            opened.seen.set()

    async def say(self, data: Json, words: str, rows: Sequence[Json] = ()) -> None:
        """A few words that only they see, and what stands below. Raises ChannelError."""
        said = {"content": words, "flags": EPHEMERAL, "allowed_mentions": {"parse": []}, "components": list(rows)}
        await self._callback(data, {"type": _REPLIES, "data": said})

    async def show(self, data: Json, modal: Json) -> None:
        """A form in front of them. Raises ChannelError."""
        await self._callback(data, {"type": _MODAL, "data": modal})

    async def complete(self, data: Json, choices: list[Json]) -> None:
        """What may be meant by what they type. Raises ChannelError."""
        await self._callback(data, {"type": _COMPLETES, "data": {"choices": choices}})

    async def _callback(self, data: Json, body: Json) -> None:
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        id_, token = str(data.get("id")), str(data.get("token"))
        await self._api.call("POST", path, body, once=True, webhook_id=id_, webhook_token=token)

    async def answer(self, user: str, at: Where, what: Rendered) -> bool:
        """Answer their last interaction there; False where there is none that can be.

        What they press on a card is about its thread, and stands above that.
        """
        channel = at.channel if (user, at.channel) in self._open else at.room
        opened = self._open.get((user, channel))
        if opened is None or opened.until < asyncio.get_running_loop().time():
            return False
        try:
            for post in what.posts:
                await self._say(opened, {**post.payload, "flags": EPHEMERAL | int(post.payload.get("flags", 0))})
        except ChannelError as error:
            log.info("discord: somebody is answered in a direct message: %s", error)
            self._open.pop((user, channel), None)
            return False
        return True

    async def point(self, user: str, asked: Where, thread: str) -> None:
        """Who asked for something with the interaction `asked` sees in which thread it goes on; it may be too late."""
        theirs = (one for (who, _), one in self._open.items() if who == user)
        opened = next((one for one in theirs if one.id == asked.message), None)
        if opened is None or opened.until < asyncio.get_running_loop().time():
            return
        try:
            await self._say(opened, {"content": f"{TAKEN} <#{thread}>", "flags": EPHEMERAL, "allowed_mentions": NOBODY})
        except ChannelError as error:
            log.info("discord: somebody is not told of their thread: %s", error)

    async def _say(self, opened: _Open, payload: Json) -> None:
        await opened.seen.wait()
        body = {name: value for name, value in payload.items() if name not in {"nonce", "enforce_nonce"}}
        named = {"webhook_id": self._api.application, "webhook_token": opened.token}
        if opened.waits:
            opened.waits = False
            path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
            await self._api.call("PATCH", path, {**body, "flags": body["flags"] & ~EPHEMERAL}, named=named)
        else:
            await self._api.call("POST", "/webhooks/{webhook_id}/{webhook_token}", body, once=True, named=named)
