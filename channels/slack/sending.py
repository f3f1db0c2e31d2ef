"""Posting what was rendered: each message of a delivery once, found again by its metadata when the answer was lost."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import aiohttp

from channels.base import Envelope, NoAnswer, PermanentFailure, Receipt, TemporaryFailure
from channels.slack import render
from channels.slack.ids import Where, is_person, permalink, where
from channels.slack.pace import Pace
from channels.slack.render import EVENT, File, Message
from channels.slack.workspace import Workspace

_PAGES: Final = 10
_REMEMBERED: Final = 1_000
_BEFORE: Final = 120.0
_NOT_THERE: Final = ("channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived")
"""Rooms in which nothing can be said to somebody alone: it is said where the desk speaks with them."""


class Sending:
    """What of each delivery is posted, and when the next message may go into a room."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._posted: OrderedDict[str, dict[int, str]] = OrderedDict()

    async def post(self, workspace: Workspace, rendered: bytes, envelope: Envelope) -> Receipt:
        """Post what is not posted yet. Raises TemporaryFailure, PermanentFailure, or NoAnswer if some of it may be."""
        what = render.read(rendered)
        place = await self._place(workspace, envelope)
        if envelope.private and envelope.thread:
            try:
                return await self._whisper(workspace, what.messages, place, envelope)
            except PermanentFailure as error:
                if not str(error).endswith(_NOT_THERE):
                    raise
                place = Where(workspace.team, await workspace.room_with(envelope.to.address))
        messages = render.ringing(what.messages, await _rung(workspace, envelope))
        posted = self._parts(envelope.key)
        for number, message in enumerate(messages, 1):
            if number not in posted:
                posted[number] = await self._post_one(workspace, message, place, envelope, begun=bool(posted))
            place = place if place.ts else place.at(posted[number])
        await self._send_files(workspace, what.files, place.at(place.ts or posted[1]), since=posted[1])
        self._posted.pop(envelope.key, None)
        thread = place if envelope.thread else place.at(posted[1])
        link = permalink(workspace.url, thread)
        return Receipt(external_id=str(place.at(posted[1])), thread=str(thread), link=link)

    async def find(self, workspace: Workspace, envelope: Envelope) -> Receipt | None:
        """The receipt of a delivery that was posted whole; what was posted of another is remembered, and left out."""
        if envelope.private and envelope.thread:
            return None  # what only one person sees leaves no trace
        place = await self._place(workspace, envelope)
        found, wanted, files = await self._look(workspace, place, envelope)
        if not found:
            return None
        if not place.ts and wanted > 1:  # the first began a thread, in which the others are
            found |= (await self._look(workspace, place.at(found[1]), envelope))[0]
        self._parts(envelope.key).update(found)
        if len(found) < wanted:
            return None
        if files > len(await self._files_there(workspace, place.at(place.ts or found[1]), since=found[1])):
            return None
        first = place.at(found[1])
        thread = where(envelope.thread) if envelope.thread else first
        return Receipt(external_id=str(first), thread=str(thread), link=permalink(workspace.url, thread))

    def _parts(self, key: str) -> dict[int, str]:
        parts = self._posted.setdefault(key, {})
        self._posted.move_to_end(key)
        while len(self._posted) > _REMEMBERED:
            self._posted.popitem(last=False)
        return parts

    async def _place(self, workspace: Workspace, envelope: Envelope) -> Where:
        """The room and thread that it goes to."""
        if envelope.thread:
            return where(envelope.thread)
        address = envelope.to.address
        if "@" in address:
            return Where(workspace.team, await workspace.room_with(address))
        room = where(address).room
        return Where(workspace.team, await workspace.room_with(room) if is_person(room) else room)

    async def _post_one(
        self, workspace: Workspace, message: Message, place: Where, envelope: Envelope, *, begun: bool
    ) -> str:
        room, waits = str(place.at("")), not (begun or envelope.speaker)
        await self._pace.next_in(room, envelope.key, waits=waits)
        try:
            said = await workspace.call(
                "chat.postMessage",
                channel=place.room,
                thread_ts=place.ts or None,
                text=message.text,
                blocks=message.blocks,
                metadata=message.metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
        except TemporaryFailure as error:
            if begun:
                raise NoAnswer(f"a part of it is posted: {error}") from error
            raise
        return str(said["ts"])

    async def _whisper(
        self, workspace: Workspace, messages: list[Message], place: Where, envelope: Envelope
    ) -> Receipt:
        """Words that only one person sees; Slack keeps them for as long as that person's client does."""
        said: Mapping[str, Any] = {}
        for message in messages:
            said = await workspace.call(
                "chat.postEphemeral",
                channel=place.room,
                user=await workspace.person(envelope.to.address),
                thread_ts=place.ts or None,
                text=message.text,
                blocks=message.blocks,
            )
        return Receipt(
            external_id=str(place.at(str(said.get("message_ts", "")))), thread=envelope.thread, detail="private"
        )

    async def _look(self, workspace: Workspace, place: Where, envelope: Envelope) -> tuple[dict[int, str], int, int]:
        """The messages of a delivery in a thread, or in a room since it was queued.

        And how many messages and files there should be.
        """
        found: dict[int, str] = {}
        wanted, files = 1, 0
        method = "conversations.replies" if place.ts else "conversations.history"
        oldest = str(envelope.sent_at.timestamp() - _BEFORE)
        cursor = ""
        for _ in range(_PAGES):
            said = await workspace.call(
                method,
                channel=place.room,
                ts=place.ts or None,
                oldest=oldest,
                limit=200,
                include_all_metadata=True,
                cursor=cursor or None,
            )
            for message in said.get("messages") or ():
                marks = message.get("metadata") or {}
                payload = marks.get("event_payload") or {}
                if marks.get("event_type") == EVENT and payload.get("key") == envelope.key:
                    found[int(payload.get("part", 1))] = str(message["ts"])
                    wanted, files = int(payload.get("of", 1)), int(payload.get("files", 0))
            cursor = str((said.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return found, wanted, files

    async def _send_files(self, workspace: Workspace, files: list[File], place: Where, *, since: str) -> None:
        """Those that are not there yet; the words stand there since `since`."""
        if not files:
            return
        try:
            there = await self._files_there(workspace, place, since=since)
            for file in files:
                mark = (file.name, len(file.content))
                if mark in there:
                    there.remove(mark)
                else:
                    await _upload(workspace, file, place)
        except TemporaryFailure as error:
            raise NoAnswer(f"its words are posted, and not all files: {error}") from error
        except PermanentFailure as error:
            raise PermanentFailure(f"its words are posted, and not all files: {error}") from error

    async def _files_there(self, workspace: Workspace, place: Where, *, since: str) -> list[tuple[str, int]]:
        """The names and sizes of files that we have put into the thread since then."""
        said = await workspace.call(
            "conversations.replies", channel=place.room, ts=place.ts, oldest=since, inclusive=True, limit=200
        )
        ours = [one for one in said.get("messages") or () if one.get("user") == workspace.us and one["ts"] > since]
        return [(str(file.get("name")), int(file.get("size") or 0)) for one in ours for file in one.get("files") or ()]


async def _rung(workspace: Workspace, envelope: Envelope) -> list[str]:
    """The ids of those who are called by name; who is not there is not called."""
    found = []
    for address in envelope.rings:
        with suppress(PermanentFailure):
            found.append(await workspace.person(address.address))
    return found


async def _upload(workspace: Workspace, file: File, place: Where) -> None:
    """Slack's way in three steps: ask where to, send the bytes, say which thread they are for."""
    given = await workspace.call(
        "files.getUploadURLExternal",
        filename=file.name,
        length=len(file.content),
        alt_txt=file.description or None,
    )
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(str(given["upload_url"]), data=file.content) as answer,
        ):
            if answer.status >= 400:
                raise TemporaryFailure(f"a file was not taken: HTTP {answer.status}")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TemporaryFailure(f"a file was not taken: {error}") from error
    await workspace.call(
        "files.completeUploadExternal",
        files=[{"id": str(given["file_id"]), "title": file.name}],
        channel_id=place.room,
        thread_ts=place.ts or None,
    )
