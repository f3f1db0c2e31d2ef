"""What was said while we did not listen, out of the histories of rooms and threads.

https://docs.slack.dev/reference/methods/conversations.history
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from channels.base import Found, History, Known, NotYet, PermanentFailure, Raw
from channels.slack import intake
from channels.slack.ids import Where, where
from channels.slack.settings import SlackSettings
from channels.slack.workspace import Workspace

_AT_ONCE: Final = 20
_SPACING: Final = 1.3
"""Seconds between two calls after the first: Slack answers 50 a minute."""
_PAGE: Final = 200
_GONE: Final = ("thread_not_found", "message_not_found")


class Reader:
    """Reads histories, no faster than Slack lets it."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._free_at = 0.0

    async def read(self, workspace: Workspace, place: Where, since: datetime, known: Collection[Known]) -> History:
        """What was said there since then, and what of the known is gone. Raises ChannelError."""
        oldest = f"{since.timestamp():.6f}"
        said = sorted(await self._said(workspace, place, oldest), key=lambda message: float(message["ts"]))
        told = _Messages(workspace, place, self._settings)
        found = tuple(one for message in said if float(message["ts"]) > float(oldest) for one in told.found(message))
        there = {str(message["ts"]) for message in said if message.get("subtype") != "tombstone"}
        missing = [one for one in known if where(one.external_id).ts not in there]
        gone = [one for one in missing if not await self._is_there(workspace, where(one.external_id))]
        return History(
            found=found,
            gone=tuple(raw for one in gone if (raw := told.gone(one)) is not None),
            threads=() if place.ts else tuple(_threads(place, said)),
        )

    async def _said(self, workspace: Workspace, place: Where, oldest: str) -> list[Mapping[str, Any]]:
        method = "conversations.replies" if place.ts else "conversations.history"
        messages: list[Mapping[str, Any]] = []
        cursor = ""
        try:
            while True:
                page = await self._call(
                    workspace,
                    method,
                    channel=place.room,
                    ts=place.ts or None,
                    oldest=oldest,
                    limit=_PAGE,
                    cursor=cursor or None,
                )
                messages += page.get("messages") or ()
                cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    return messages
        except PermanentFailure as error:
            if place.ts and str(error).endswith(_GONE):
                return []
            raise

    async def _is_there(self, workspace: Workspace, at: Where) -> bool:
        """Whether a message is: it may stand beside the thread that it was taken into."""
        try:
            page = await self._call(workspace, "conversations.replies", channel=at.room, ts=at.ts, limit=1)
        except PermanentFailure as error:
            if str(error).endswith(_GONE):
                return False
            raise
        shown = [one for one in page.get("messages") or () if one.get("ts") == at.ts]
        return any(one.get("subtype") != "tombstone" for one in shown)

    async def _call(self, workspace: Workspace, method: str, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401  JSON
        """What Slack answers, sooner or later: half of a long history is of no use."""
        while True:
            await self._turn()
            try:
                return await workspace.call(method, **arguments)
            except NotYet as error:
                await asyncio.sleep(error.retry_after or _SPACING)

    async def _turn(self) -> None:
        """Some at once, then one after the other."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - _AT_ONCE * _SPACING) + _SPACING
        await asyncio.sleep(max(0.0, self._free_at - now))


class _Messages(Struct, frozen=True):
    """Messages of a history as the events that they would have been."""

    workspace: Workspace
    place: Where
    settings: SlackSettings

    def found(self, message: Mapping[str, Any]) -> list[Found]:
        """What was said, if it is for the desk, and the signs below it that mean something."""
        signs = [Found(raw) for raw in self._signs(message)]
        raw = self._raw({**message, "type": "message", "channel": self.place.room})
        if raw is None:
            return signs
        changed = {"subtype": "message_changed", "message": dict(message)}
        is_edited = bool(message.get("edited"))
        change = self._raw({"type": "message", "channel": self.place.room, **changed}) if is_edited else None
        return [Found(raw, change), *signs]

    def _signs(self, message: Mapping[str, Any]) -> Iterator[Raw]:
        """Slack does not say when they were put there: each has a key that it keeps however often it is read."""
        if message.get("user") == self.workspace.us:
            return
        item = {"type": "message", "channel": self.place.room, "ts": message["ts"]}
        for sign in message.get("reactions") or ():
            for user in sign.get("users") or ():
                name = str(sign.get("name", ""))
                event = {"type": "reaction_added", "reaction": name, "user": user, "item": item}
                raw = self._raw({**event, "event_ts": f"{name}.{user}"})
                if raw is not None:
                    yield raw

    def gone(self, known: Known) -> Raw | None:
        """What a message that is gone would have been told with; that it is meant for us, we know."""
        us = self.workspace.us
        before = {"type": "message", "ts": where(known.external_id).ts, "user": where(known.author).room}
        before |= {"text": f"<@{us}>"} | ({"thread_ts": self.place.ts} if self.place.ts else {})
        event = {"subtype": "message_deleted", "deleted_ts": before["ts"], "previous_message": before}
        return self._raw({"type": "message", "channel": self.place.room, **event})

    def _raw(self, event: Mapping[str, Any]) -> Raw | None:
        body = {"team_id": self.workspace.team, "event": event}
        return intake.raw_of(body, self.settings, us=self.workspace.us, received_at=datetime.now(UTC))


def _threads(room: Where, said: Collection[Mapping[str, Any]]) -> list[str]:
    return [str(room.at(str(message["ts"]))) for message in said if message.get("reply_count")]
