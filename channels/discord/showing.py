"""What is shown in place: a card that is kept current, a mark below a message."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from channels.base import Address, Envelope, PermanentFailure, Projection, Receipt, Role
from channels.discord.api import Api, Gone, ThreadArchived
from channels.discord.ids import Where, where
from channels.discord.render import NOBODY, drawn
from channels.rich.emoji import of_name

_NOBODY: Final = Address("")
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_TAGS: Final = 5
_MOST_CLEARED: Final = 10_000
_ORDINARY: Final = frozenset({0, 19})
"""The types of messages that we say; the others are Discord's own."""
_AS_PICTURES: Final = {"envelope": "✉\ufe0f", "warning": "⚠\ufe0f"}
"""Signs that Discord knows as pictures only, and not as letters."""


class Showing:
    """Shows the latest state in place of any earlier one. `_tags` are those that posts of forums have now."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._tags: dict[str, list[str]] = {}

    async def show(self, projection: Projection) -> Receipt:
        """Show it. Targets are `post:` or `mark:` with a message's id, `cleared:` with a thread's.

        A thread's card is its first message. Discord has no page of one's own: `home:` shows nothing. Raises
        ChannelError.
        """
        kind, _, target = projection.target.partition(":")
        if kind == "mark":
            return await self._mark(projection, where(target))
        if kind == "post":
            await self._post(projection, await self._message(where(target)))
        if kind == "cleared":
            await self._clear(where(target))
        return Receipt(external_id=target)

    async def _message(self, at: Where) -> Where:
        """Where a message lies: the card of a channel lies in that, above its thread."""
        if at.message:
            return at
        forum = (await self._api.room(at.room)).kind in (15, 16)
        return Where(at.room, at.thread, at.thread) if forum else Where(at.room, "", at.thread)

    async def _post(self, projection: Projection, at: Where) -> None:
        envelope = Envelope(key=projection.target, to=_NOBODY, role=Role.DESK, sent_at=_NO_TIME, thread=str(at))
        what = drawn(projection.outgoing, envelope)
        payload = what.posts[0].payload
        components = what.posts[-1].payload.get("components", [])
        body = {"content": payload["content"], "components": components, "allowed_mentions": NOBODY}
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._changed(at, "PATCH", path, body, channel_id=at.channel, message_id=at.message)
        await self._tag(at, what.labels)

    async def _tag(self, at: Where, labels: tuple[str, ...]) -> None:
        """The tags of a forum's post: status and priority, as far as the forum has tags of such names."""
        if not at.thread or not labels or at.thread != at.message:
            return
        known = (await self._api.room(at.room)).tags
        wanted = [known[label] for label in labels if label in known][:_MOST_TAGS]
        if wanted and self._tags.get(at.thread) != wanted:
            body = {"applied_tags": wanted}
            await self._changed(at, "PATCH", "/channels/{channel_id}", body, channel_id=at.thread)
            self._tags[at.thread] = wanted

    async def _clear(self, thread: Where) -> None:
        """Delete what we said in a thread, the files of its card, and what its name and tags say of the ticket.

        Of the name the number stays, by which the thread is known.
        """
        card = await self._message(thread)
        for said in await self._api.messages(thread.channel, "0", _MOST_CLEARED):
            is_ours = str((said.get("author") or {}).get("id")) == self._api.us and said.get("type") in _ORDINARY
            if is_ours and str(said["id"]) != card.message:
                await self._gone(thread, str(said["id"]))
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._changed(card, "PATCH", path, {"attachments": []}, channel_id=card.channel, message_id=card.message)
        named = await self._api.call("GET", "/channels/{channel_id}", channel_id=thread.thread)
        number = str(named.get("name") or "").partition(" ")[0]
        await self._changed(thread, "PATCH", "/channels/{channel_id}", {"name": number}, channel_id=thread.thread)
        if named.get("applied_tags"):
            self._tags.pop(thread.thread, None)
            with suppress(PermanentFailure):  # a forum may want one tag at least
                await self._changed(
                    thread, "PATCH", "/channels/{channel_id}", {"applied_tags": []}, channel_id=thread.thread
                )

    async def _gone(self, thread: Where, message: str) -> None:
        path = "/channels/{channel_id}/messages/{message_id}"
        with suppress(Gone):
            await self._changed(thread, "DELETE", path, None, channel_id=thread.channel, message_id=message)

    async def _mark(self, projection: Projection, at: Where) -> Receipt:
        """One emoji at a time: the state has the one that is there."""
        wanted, there = projection.outgoing.body, str(projection.state.get("external_id", ""))
        if there and there != wanted:
            await self._react(at, "DELETE", there)
        if wanted:
            await self._react(at, "PUT", wanted)
        return Receipt(external_id=wanted)

    async def _react(self, at: Where, method: str, name: str) -> None:
        path = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me"
        try:
            await self._changed(at, method, path, None, channel_id=at.channel, message_id=at.message, emoji=_sign(name))
        except Gone:
            return  # what it was on is gone

    async def _changed(self, at: Where, method: str, path: str, body: Any, **named: str) -> None:  # noqa: ANN401  JSON
        """Change something; a thread that was closed is opened first."""
        try:
            await self._api.call(method, path, body, named=named)
        except ThreadArchived:
            await self._api.open_again(at.thread or at.message)
            await self._api.call(method, path, body, named=named)


def _sign(name: str) -> str:
    return _AS_PICTURES.get(name) or of_name(name)
