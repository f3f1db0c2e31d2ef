"""Posting what was rendered: each message of a delivery once. Discord knows it again by its nonce for some minutes."""

from collections import OrderedDict
from datetime import timedelta
from typing import Any, Final

from channels.base import ChannelError, Envelope, NoAnswer, PermanentFailure, Receipt, Role, TemporaryFailure
from channels.discord.api import Api, Closed, Gone, HasThread, NotAllowed
from channels.discord.ids import Where, jump_link, snowflake_at, where
from channels.discord.interactions import Interactions
from channels.discord.render import NOBODY, ROWS, Rendered, part_of, read, reply_row, title_of

Json = dict[str, Any]

_REMEMBERED: Final = 1_000
_BEFORE: Final = timedelta(minutes=2)
_LOOKED_AT: Final = 1_000
_PRIVATE: Final = 12
_PUBLIC: Final = 11
_A_WEEK: Final = 10_080
"""Minutes of silence after which Discord closes a thread; it opens again with the next message."""


class Sending:
    """What of each delivery is posted, and the thread that each conversation has."""

    def __init__(self, api: Api, interactions: Interactions) -> None:
        self._api = api
        self._interactions = interactions
        self._posted: OrderedDict[str, dict[int, str]] = OrderedDict()
        self._threads: OrderedDict[str, Where] = OrderedDict()

    async def post(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Post what is not posted yet. Raises TemporaryFailure, PermanentFailure, or NoAnswer if some of it may be."""
        what = read(rendered)
        if envelope.private:
            return await self._whisper(what, envelope)
        if await self._begins_thread(envelope):
            return await self._post_card(what, envelope)
        try:
            return await self._post_all(what, envelope, await self._place(what, envelope))
        except Gone:
            if not where(envelope.thread).thread:
                raise
            return await self._post_all(what, envelope, await self._anew(what, envelope))
        except Closed:
            return await self._post_all(what, envelope, await self._private_instead(what, envelope))

    async def _post_all(self, what: Rendered, envelope: Envelope, place: Where) -> Receipt:
        posted = self._parts(envelope.key)
        for number, post in enumerate(what.posts, 1):
            if number in posted:
                continue
            payload = {**post.payload, **_answering(place)}
            if number == len(what.posts) and not (self._api.content or place.is_direct or envelope.private):
                payload["components"] = [*payload.get("components", []), reply_row(envelope.token)][:ROWS]
            try:
                posted[number] = str((await self._api.post(place.channel, payload, post.files))["id"])
            except TemporaryFailure as error:
                if posted:
                    raise NoAnswer(f"a part of it is posted: {error}") from error
                raise
        self._posted.pop(envelope.key, None)
        first = place.at(posted[1])
        begun = place if place.thread or place.message else first
        return Receipt(external_id=str(first), thread=str(begun), link=await self._link(begun))

    async def find(self, envelope: Envelope) -> Receipt | None:
        """The receipt of a delivery that was posted whole; what was posted of another is remembered, and left out."""
        if envelope.private:
            return None
        place = await self._place_known(envelope)
        if place is None:
            return None
        found, wanted = await self._look(place, envelope)
        is_card = await self._begins_thread(envelope)
        if is_card and 1 in found and not self._api.rooms.is_forum(place.room):
            thread = Where(place.room, found[1])
            found |= (await self._look(thread, envelope))[0] if wanted > 1 else {}
        self._parts(envelope.key).update(found)
        if not found or len(found) < wanted or is_card:
            return None  # the thread of a card may be missing: posting it again posts nothing that is there
        begun = place if place.thread or place.message else place.at(found[1])
        return Receipt(external_id=str(place.at(found[1])), thread=str(begun), link=await self._link(begun))

    async def _link(self, at: Where) -> str:
        """What opens it; of a room that Discord says nothing of now there is none, and what was posted is posted."""
        try:
            return jump_link(at, "" if at.is_direct else (await self._api.room(at.room)).guild)
        except ChannelError:
            return ""

    def _parts(self, key: str) -> dict[int, str]:
        parts = self._posted.setdefault(key, {})
        self._posted.move_to_end(key)
        while len(self._posted) > _REMEMBERED:
            self._posted.popitem(last=False)
        return parts

    async def _look(self, place: Where, envelope: Envelope) -> tuple[dict[int, str], int]:
        """The messages of a delivery in a channel since it was queued, by number; and how many there should be."""
        try:
            said = await self._api.messages(place.channel, snowflake_at(envelope.sent_at - _BEFORE), _LOOKED_AT)
        except Gone:
            return {}, 1
        found: dict[int, str] = {}
        wanted = 1
        for message in said:
            part = part_of(str(message.get("nonce") or ""), envelope.key)
            if part is not None:
                found[part[0]], wanted = str(message["id"]), part[1]
        return found, wanted

    async def _begins_thread(self, envelope: Envelope) -> bool:
        """Whether it is the card of a ticket; in a forum all that is posted begins a thread."""
        room = envelope.to.address
        if envelope.thread or room not in self._api.settings.desks.values():
            return False
        return bool(envelope.ticket) or (await self._api.room(room)).kind in (15, 16)

    # -------------------------------------------------------------------------------------- where to

    async def _place(self, what: Rendered, envelope: Envelope) -> Where:
        """Where it goes; a thread is begun where there is to be one. Raises ChannelError."""
        known = await self._place_known(envelope)
        if known is not None:
            return known
        at = where(envelope.thread)
        try:
            return await self._private_thread(at.room, what, envelope, begun_by=at)
        except (NotAllowed, PermanentFailure):
            return await self._api.direct(envelope.to.address)

    async def _place_known(self, envelope: Envelope) -> Where | None:
        """Where it goes, if that is there already."""
        at = where(envelope.thread)
        if at.is_direct or at.thread:
            return at
        if not at.room:
            is_room = envelope.to.address in self._api.settings.desks.values()
            return Where(envelope.to.address) if is_room else await self._api.direct(envelope.to.address)
        if at.room == envelope.to.address:
            return at.place
        return self._threads.get(envelope.thread) or await self._present(at.room, envelope.ticket, _PRIVATE)

    async def _private_thread(self, room: str, what: Rendered, envelope: Envelope, *, begun_by: Where) -> Where:
        """A thread that only they and the moderators see. Raises ChannelError."""
        found = await self._present(room, envelope.ticket, _PRIVATE)
        is_new = found is None
        if found is None:
            body = {"name": what.title, "type": _PRIVATE, "invitable": False, "auto_archive_duration": _A_WEEK}
            made = await self._api.call("POST", "/channels/{channel_id}/threads", body, once=True, channel_id=room)
            found = Where(room, str(made["id"]))
        path = "/channels/{channel_id}/thread-members/{user_id}"
        await self._api.call("PUT", path, channel_id=found.thread, user_id=envelope.to.address)
        self._remember(str(begun_by), found)
        if is_new:
            await self._interactions.point(envelope.to.address, begun_by, found.thread)
        return found

    def _remember(self, begun_by: str, thread: Where) -> None:
        self._threads[begun_by] = thread
        while len(self._threads) > _REMEMBERED:
            self._threads.popitem(last=False)

    async def _present(self, room: str, ticket: int, kind: int | None) -> Where | None:
        """The thread of a ticket that we began there, by its number: so it is found after a crash."""
        if not ticket:
            return None
        guild = (await self._api.room(room)).guild
        active = await self._api.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        begins = title_of(ticket, "").removesuffix("…").strip() + " "
        for thread in sorted(active.get("threads") or (), key=lambda one: int(one["id"])):
            ours = str(thread.get("owner_id")) == self._api.us and str(thread.get("parent_id")) == room
            if ours and f"{thread.get('name')} ".startswith(begins) and kind in {None, thread.get("type")}:
                return Where(room, str(thread["id"]))
        return None

    async def _private_instead(self, what: Rendered, envelope: Envelope) -> Where:
        """They let no bot write to them: a thread of their own in the channel for that. Raises PermanentFailure."""
        room = self._api.settings.private
        if not room or not envelope.ticket:
            raise Closed("they let no bot write to them, and discord.private names no channel for a thread")
        return await self._private_thread(room, what, envelope, begun_by=Where(room))

    async def _anew(self, what: Rendered, envelope: Envelope) -> Where:
        """Their thread was deleted: agents get another in the same room, others a private one. Raises ChannelError."""
        room = where(envelope.thread).room
        if envelope.role is not Role.DESK:
            return await self._private_thread(room, what, envelope, begun_by=where(envelope.thread))
        found = await self._present(room, envelope.ticket, None)
        if found is not None and found.thread != where(envelope.thread).thread:
            return found
        if self._api.rooms.is_forum(room):
            return await self._forum_post(room, what, {"content": what.title, "allowed_mentions": NOBODY})
        body = {"name": what.title, "type": _PUBLIC, "auto_archive_duration": _A_WEEK}
        made = await self._api.call("POST", "/channels/{channel_id}/threads", body, once=True, channel_id=room)
        return Where(room, str(made["id"]))

    # -------------------------------------------------------------------------------------- cards

    async def _post_card(self, what: Rendered, envelope: Envelope) -> Receipt:
        """The card and the thread below it; in a forum it is a post. What does not fit into it stands in the thread."""
        room = envelope.to.address
        posted = self._parts(envelope.key)
        if (await self._api.room(room)).kind in (15, 16):
            thread = await self._present(room, envelope.ticket, None) or await self._forum_post(
                room, what, what.posts[0].payload
            )
            posted[1] = thread.thread
        else:
            if 1 not in posted:
                posted[1] = str((await self._api.post(room, what.posts[0].payload, what.posts[0].files))["id"])
            thread = await self._thread_below(room, posted[1], what.title)
        await self._post_all(what, envelope, thread)
        return Receipt(external_id=str(thread), thread=str(thread), link=await self._link(thread))

    async def _thread_below(self, room: str, message: str, title: str) -> Where:
        """The thread of a message, which has the same id. Raises NoAnswer: the message is there."""
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        body = {"name": title, "auto_archive_duration": _A_WEEK}
        try:
            await self._api.call("POST", path, body, channel_id=room, message_id=message)
        except HasThread:
            return Where(room, message)
        except TemporaryFailure as error:
            raise NoAnswer(f"the card is posted, and has no thread yet: {error}") from error
        return Where(room, message)

    async def _forum_post(self, room: str, what: Rendered, payload: Json) -> Where:
        message = {name: value for name, value in payload.items() if name not in {"nonce", "enforce_nonce"}}
        forum = await self._api.room(room)
        tags = [forum.tags[label] for label in what.labels if label in forum.tags][:5]
        body = {"name": what.title, "auto_archive_duration": _A_WEEK, "message": message, "applied_tags": tags}
        path = "/channels/{channel_id}/threads"
        files = what.posts[0].files if payload is what.posts[0].payload else ()
        if files:
            made = await self._api.call("POST", path, body, files=files, channel_id=room)
        else:
            made = await self._api.call("POST", path, body, once=True, channel_id=room)
        return Where(room, str(made["id"]))

    # -------------------------------------------------------------------------------------- to one person alone

    async def _whisper(self, what: Rendered, envelope: Envelope) -> Receipt:
        """Below what they have just pressed, where only they see it; else with them alone.

        Agents who let no bot write to them read it in their thread, which is theirs alone too.
        """
        at = where(envelope.thread)
        if await self._interactions.answer(envelope.to.address, at, what):
            return Receipt(external_id="", thread=envelope.thread, detail="private")
        try:
            place = at.place if at.is_direct else await self._api.direct(envelope.to.address)
            said = await self._post_all(what, envelope, place)
        except Closed:
            if envelope.role is not Role.DESK or not at.thread:
                raise
            said = await self._post_all(what, envelope, at)
        return Receipt(external_id=said.external_id, thread=envelope.thread, detail="private")


def _answering(place: Where) -> Json:
    """With one person alone, which message is answered: that tells their requests apart."""
    if not (place.is_direct and place.message):
        return {}
    return {"message_reference": {"message_id": place.message, "fail_if_not_exists": False}}
