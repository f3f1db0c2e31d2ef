"""What was said while we did not listen, out of the histories of channels, threads and direct messages."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from channels.base import Found, History, Known, Raw
from channels.discord.api import Api, Gone
from channels.discord.ids import Where, moment, snowflake_at, where
from channels.discord.intake import Intake

Json = dict[str, Any]
_MOST: Final = 10_000
_PAGE: Final = "100"
_MOST_CLOSED: Final = 1_000


class Reader:
    """Reads histories; discord.py keeps to the pace."""

    def __init__(self, api: Api, intake: Intake) -> None:
        self._api = api
        self._intake = intake

    async def read(self, place: Where, since: datetime, known: Collection[Known]) -> History:
        """What was said there since then, and what of the known is gone. Raises ChannelError."""
        kind = 1 if place.is_direct else (await self._api.room(place.channel)).kind
        forum = kind in {15, 16}
        said = [] if forum else await self._api.messages(place.channel, snowflake_at(since), _MOST)
        guild = "" if place.is_direct else (await self._api.room(place.channel)).guild
        told = [{**message, "channel_id": place.channel, "guild_id": guild} for message in said]
        there = {str(message["id"]) for message in said}
        missing = [where(one.external_id) for one in known if where(one.external_id).message not in there]
        gone = [one for one in missing if not await self._is_there(one)]
        threads = [] if place.thread or place.is_direct else await self._threads(place, guild, since)
        return History(
            found=tuple([one for message in told for one in await self._found(message)]),
            gone=tuple(self._intake.gone(one, datetime.now(UTC)) for one in gone),
            threads=tuple(map(str, threads)),
        )

    async def _found(self, message: Json) -> list[Found]:
        """Nothing of what is not for the desk; and the signs below it that mean something."""
        raw = self._intake.said(message, datetime.now(UTC))
        said = [Found(raw, self._changed(message))] if raw is not None else []
        return [*said, *[one for sign in message.get("reactions") or () for one in await self._signed(message, sign)]]

    async def _signed(self, message: Json, sign: Json) -> list[Found]:
        """Who has reacted with a sign that means something, beside ourselves."""
        emoji = sign.get("emoji") or {}
        if not self._intake.meaning(emoji) or int(sign.get("count") or 0) <= int(bool(sign.get("me"))):
            return []
        path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}"
        named = {
            "channel_id": message["channel_id"],
            "message_id": str(message["id"]),
            "emoji": f"{emoji['name']}:{emoji['id']}" if emoji.get("id") else str(emoji["name"]),
        }
        people = await self._api.call("GET", path, params={"limit": _PAGE}, named=named)
        sign = {"guild_id": message["guild_id"], **named, "emoji": emoji}
        signs = [{**sign, "user_id": str(one["id"]), "member": {"user": one}} for one in people]
        made = [self._intake.reacted(one, datetime.now(UTC)) for one in signs]
        return [Found(raw) for raw in made if raw is not None]

    def _changed(self, message: Json) -> Raw | None:
        return self._intake.changed(message, datetime.now(UTC)) if message.get("edited_timestamp") else None

    async def _is_there(self, at: Where) -> bool:
        try:
            await self._api.message(at)
        except Gone:
            return False
        return True

    async def _threads(self, room: Where, guild: str, since: datetime) -> list[Where]:
        """The threads of a channel in which something was said since then."""
        active = await self._api.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        public = await self._closed("/channels/{channel_id}/threads/archived/public", room, since)
        own = await self._closed("/channels/{channel_id}/users/@me/threads/archived/private", room, since)
        both = [*(active.get("threads") or ()), *public, *own]
        mine = [one for one in both if str(one.get("parent_id")) == room.room]
        recent = [one for one in mine if _last_said(one) >= since]
        return [Where(room.room, id_) for id_ in dict.fromkeys(str(one["id"]) for one in recent)]

    async def _closed(self, path: str, room: Where, since: datetime) -> list[Json]:
        """Threads that were closed, the newest first: pages, until one has nothing that was said since then."""
        found: list[Json] = []
        before: dict[str, str] = {}
        while len(found) < _MOST_CLOSED:
            page = await self._api.call("GET", path, params={"limit": _PAGE, **before}, channel_id=room.room)
            threads: list[Json] = page.get("threads") or []
            found += threads
            if not page.get("has_more") or not any(_last_said(one) >= since for one in threads):
                break
            last = threads[-1]
            ended = str((last.get("thread_metadata") or {}).get("archive_timestamp"))
            before = {"before": str(last["id"]) if "@me" in path else ended}
        return found


def _last_said(thread: Json) -> datetime:
    return moment(str(thread.get("last_message_id") or thread["id"])) or datetime.max.replace(tzinfo=UTC)
