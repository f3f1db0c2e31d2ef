"""Posting what was rendered: each message of a delivery once.

Discord knows a message again by its nonce for some minutes, and shows that to nobody who reads a history. So what may
have been posted is looked for there by what it says, behind what was posted before it for sure.
https://github.com/Rapptz/discord.py/issues/2451
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from channels.base import (
    ChannelError,
    Envelope,
    NoAnswer,
    PermanentFailure,
    PlaceKind,
    Receipt,
    Role,
    TemporaryFailure,
    TooLarge,
)
from channels.discord.api import Api, Closed, Gone, HasThread, NoMessage, NotAllowed, TooManyThreads
from channels.discord.ids import Where, jump_link, snowflake_at, where
from channels.discord.interactions import Interactions
from channels.discord.render import NOBODY, ROWS, Post, Rendered, read, reply_row, sketch, sketch_of, title_of
from channels.discord.rooms import FORUMS, LARGEST

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
        self._unsure: OrderedDict[str, None] = OrderedDict()

    async def post(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Post what is not posted yet. Raises TemporaryFailure, PermanentFailure, or NoAnswer if some of it may be."""
        what = read(rendered)
        if envelope.private:
            return await self._whisper(what, envelope)
        if envelope.key in self._unsure:
            await self._look_for(what, envelope)
        if await self._begins_thread(envelope):
            return await self._post_card(what, envelope)
        try:
            return await self._post_all(what, envelope, await self._place(what, envelope))
        except Gone:
            if not where(envelope.thread).thread:
                raise
            return await self._post_all(what, envelope, await self._anew(what, envelope))
        except Closed:
            said = await self._post_all(what, envelope, await self._private_instead(what, envelope))
            return msgspec.structs.replace(said, aside=True)

    async def _post_all(self, what: Rendered, envelope: Envelope, place: Where) -> Receipt:
        posted = self._parts(envelope.key)
        await self._check_files(what, place)
        for number, post in enumerate(what.posts, 1):
            if number in posted:
                continue
            payload = {**post.payload, **_answering(place)}
            if number == len(what.posts) and not (self._api.content or place.is_direct or envelope.private):
                payload["components"] = [*payload.get("components", []), reply_row(envelope.token)][:ROWS]
            try:
                posted[number] = str((await self._api.post(place.channel, payload, post.files))["id"])
            except NoMessage as error:  # Discord knows its nonce, and somebody deleted it since
                raise PermanentFailure("it was posted, and somebody deleted it") from error
            except TemporaryFailure as error:
                if posted:
                    raise NoAnswer(f"a part of it is posted: {error}") from error
                raise
        self._posted.pop(envelope.key, None)
        first = place.at(posted[1])
        begun = place if place.thread or place.message else first
        return Receipt(external_id=str(first), thread=str(begun), link=await self._link(begun))

    async def _check_files(self, what: Rendered, place: Where) -> None:
        """Raise TooLarge where a file is, in that place."""
        largest = max((len(file.content) for post in what.posts for file in post.files), default=0)
        if largest > LARGEST and largest > (most := await self._api.largest(place)):
            raise TooLarge(f"a file has over {most // 1_000_000} MB", most=most)

    async def find(self, envelope: Envelope) -> None:
        """Note that it may be posted, in whole or in part: `post` looks for it, who knows what it says."""
        self._unsure[envelope.key] = None
        while len(self._unsure) > _REMEMBERED:
            self._unsure.popitem(last=False)

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

    async def _look_for(self, what: Rendered, envelope: Envelope) -> None:
        """Remember what of it is posted already. Raises ChannelError."""
        place = await self._place_known(envelope)
        if place is not None:
            self._parts(envelope.key).update(await self._parts_at(place, what, envelope))
        self._unsure.pop(envelope.key, None)

    async def _parts_at(self, place: Where, what: Rendered, envelope: Envelope) -> dict[int, str]:
        """The same, by number. What begins a thread may go on in that."""
        if not await self._begins_thread(envelope):
            return await self._posted_at(place, what.posts, envelope)
        if (await self._api.room(place.room)).kind in FORUMS:
            begun = await self._begun(place.room, what.title, envelope)
            found = {1: begun.thread} if begun is not None else {}
        else:
            found = await self._posted_at(place, what.posts, envelope)
        if 1 not in found:
            return found
        below = await self._posted_at(Where(place.room, found[1]), what.posts, envelope)
        return {**below, **found}

    async def _begun(self, forum: str, title: str, envelope: Envelope) -> Where | None:
        """A post of ours in a forum; of what is no ticket's, the one that was begun since then under that title."""
        if envelope.ticket:
            return await self._present(forum, envelope.ticket, None)
        since = int(snowflake_at(envelope.sent_at - _BEFORE))
        threads = await self._ours(forum)
        found = (str(one["id"]) for one in threads if one.get("name") == title and int(one["id"]) >= since)
        return next((Where(forum, id_) for id_ in found), None)

    async def _posted_at(self, place: Where, posts: Sequence[Post], envelope: Envelope) -> dict[int, str]:
        """The messages of a delivery in a channel since it was queued, by number: ours, in their order."""
        since = snowflake_at(envelope.sent_at - _BEFORE)
        before = where(envelope.after)
        if before.channel == place.channel and before.message:
            since = max(since, before.message, key=int)
        try:
            said = await self._api.messages(place.channel, since, _LOOKED_AT)
        except Gone:
            return {}
        ours = [one for one in said if self._is_ours(one, place)]
        found: dict[int, str] = {}
        for number, post in enumerate(posts, 1):
            at = next((at for at, one in enumerate(ours) if sketch(one) == sketch_of(post)), None)
            if at is not None:
                found[number] = str(ours[at]["id"])
                ours = ours[at + 1 :]
        return found

    def _is_ours(self, message: Json, place: Where) -> bool:
        """Whether we said it, and it answers what it was to answer, if that is there still."""
        answered = str((message.get("message_reference") or {}).get("message_id") or "")
        ours = str((message.get("author") or {}).get("id")) == self._api.us
        return ours and answered in {"", place.message}

    async def _begins_thread(self, envelope: Envelope) -> bool:
        """Whether it is the card of a ticket; in a forum all that is posted begins a thread."""
        room = envelope.to.address
        if envelope.thread or room not in self._api.settings.desks.values():
            return False
        return bool(envelope.ticket) or (await self._api.room(room)).kind in FORUMS

    # -------------------------------------------------------------------------------------- where to

    async def _place(self, what: Rendered, envelope: Envelope) -> Where:
        """Where it goes; a thread is begun where there is to be one. Raises ChannelError."""
        known = await self._place_known(envelope)
        if known is not None:
            return known
        at = where(envelope.thread)
        try:
            if (await self._api.room(at.room)).kind in FORUMS:
                return await self._beside_posts(what, envelope, at)
            return await self._private_thread(at.room, what, envelope, begun_by=at)
        except (NotAllowed, TooManyThreads, PermanentFailure):
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
        if envelope.thread not in self._threads and (await self._api.room(at.room)).kind in FORUMS:
            return None
        return self._threads.get(envelope.thread) or await self._present(at.room, envelope.ticket, _PRIVATE)

    async def _beside_posts(self, what: Rendered, envelope: Envelope, at: Where) -> Where:
        """What was asked for in a post of a forum: a post of its own where every post is a request, else in private.

        Raises ChannelError.
        """
        if self._api.settings.kind_of(at.room) is not PlaceKind.WATCHED:
            return await self._private_instead(what, envelope, begun_by=at)
        found = await self._present(at.room, envelope.ticket, None)
        if found is None:
            post = await self._forum_post(at.room, what, what.posts[0].payload)
        else:
            post = found
            self._parts(envelope.key).update(await self._posted_at(found, what.posts, envelope))
        self._parts(envelope.key)[1] = post.thread
        await self._let_in(post, envelope, begun_by=at)
        return post

    async def _let_in(self, thread: Where, envelope: Envelope, *, begun_by: Where) -> None:
        """Add the requester, and remember that it is theirs. Raises ChannelError."""
        path = "/channels/{channel_id}/thread-members/{user_id}"
        await self._api.call("PUT", path, channel_id=thread.thread, user_id=envelope.to.address)
        self._remember(str(begun_by), thread)
        await self._interactions.point(envelope.to.address, begun_by, thread.thread)

    async def _private_thread(self, room: str, what: Rendered, envelope: Envelope, *, begun_by: Where) -> Where:
        """A thread that only they and the moderators see. Raises ChannelError."""
        found = await self._present(room, envelope.ticket, _PRIVATE)
        if found is None:
            body = {"name": what.title, "type": _PRIVATE, "invitable": False, "auto_archive_duration": _A_WEEK}
            made = await self._api.call("POST", "/channels/{channel_id}/threads", body, once=True, channel_id=room)
            found = Where(room, str(made["id"]))
        await self._let_in(found, envelope, begun_by=begun_by)
        return found

    def _remember(self, begun_by: str, thread: Where) -> None:
        self._threads[begun_by] = thread
        while len(self._threads) > _REMEMBERED:
            self._threads.popitem(last=False)

    async def _present(self, room: str, ticket: int, kind: int | None) -> Where | None:
        """The thread of a ticket that we began there, by its number: so it is found after a crash."""
        if not ticket:
            return None
        begins = title_of(ticket, "").removesuffix("…").strip() + " "
        for thread in await self._ours(room):
            if f"{thread.get('name')} ".startswith(begins) and kind in {None, thread.get("type")}:
                return Where(room, str(thread["id"]))
        return None

    async def _ours(self, room: str) -> list[Json]:
        """The open threads that we began in a channel, the oldest first. Raises ChannelError."""
        guild = (await self._api.room(room)).guild
        active = await self._api.call("GET", "/guilds/{guild_id}/threads/active", guild_id=guild)
        threads = sorted(active.get("threads") or (), key=lambda one: int(one["id"]))
        ours = (one for one in threads if str(one.get("owner_id")) == self._api.us)
        return [one for one in ours if str(one.get("parent_id")) == room]

    async def _private_instead(self, what: Rendered, envelope: Envelope, begun_by: Where | None = None) -> Where:
        """They let no bot write to them: a thread of their own in the channel for that. Raises PermanentFailure."""
        room = self._api.settings.private
        if not room or not envelope.ticket:
            raise Closed("they let no bot write to them, and discord.private names no channel for a thread")
        return await self._private_thread(room, what, envelope, begun_by=begun_by or Where(room))

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
        if (await self._api.room(room)).kind in FORUMS:
            known = Where(room, posted[1]) if 1 in posted else await self._present(room, envelope.ticket, None)
            thread = known or await self._forum_post(room, what, what.posts[0].payload)
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
        made = await self._api.call("POST", path, body, files=files, once=True, channel_id=room)
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
            if envelope.aloud and not at.is_direct:
                said = await self._post_all(_called(what, envelope.to.address), envelope, at.place)
            elif envelope.role is Role.DESK and at.thread:
                said = await self._post_all(what, envelope, at)
            else:
                raise
        return Receipt(external_id=said.external_id, thread=envelope.thread, detail="private")


def _answering(place: Where) -> Json:
    """With one person alone, which message is answered: that tells their requests apart."""
    if not (place.is_direct and place.message):
        return {}
    return {"message_reference": {"message_id": place.message, "fail_if_not_exists": False}}


def _called(what: Rendered, user: str) -> Rendered:
    """The same for one person, where everybody reads it."""
    first, *others = what.posts
    payload = {
        **first.payload,
        "content": f"<@{user}> {first.payload['content']}",
        "allowed_mentions": {**NOBODY, "users": [user]},
    }
    return msgspec.structs.replace(what, posts=[msgspec.structs.replace(first, payload=payload), *others])
