"""What Discord hands over that is meant for the desk, as something to make durable.

A message has the same key however often and on whatever way it comes: as a dispatch, again after RESUME, out of a
channel's history.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from channels.base import LOG, PlaceKind, Raw
from channels.discord.ids import Where, where
from channels.discord.memo import CHOSEN, FORM, PRESSED, memo_of
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from channels.discord.text import name_of

_encode: Final = msgspec.json.Encoder().encode
_SAID: Final = frozenset({0, 19, 20, 23})
"""The types of messages in which somebody says something; the others are Discord's own."""
_COMPONENT: Final = 3
_COMMAND: Final = 2
_MODAL: Final = 5
TICKET: Final = "ticket"
DESK: Final = "desk"
LINK: Final = "link"


RolesSaid = Callable[[Mapping[str, Any]], tuple[str, ...] | None]
"""The roles that make an agent of who does something, as far as Discord says them with it; None where not."""


class Intake:
    """Sorts what comes. `us` is the bot's user, once it is known."""

    def __init__(self, settings: DiscordSettings, rooms: Rooms, roles_said: RolesSaid = lambda _: ()) -> None:
        self.settings = settings
        self.rooms = rooms
        self.us = ""
        self._roles_said = roles_said

    def raws(self, event: str, data: Mapping[str, Any], received_at: datetime) -> Iterator[Raw]:
        """What of a dispatch is for the desk."""
        made = None
        match event:
            case "MESSAGE_CREATE":
                made = self.said(data, received_at)
            case "MESSAGE_UPDATE":
                made = self.changed(data, received_at)
            case "MESSAGE_DELETE":
                made = self.gone(self._at(data, str(data.get("id"))), received_at)
            case "MESSAGE_DELETE_BULK":
                for id_ in data.get("ids") or ():
                    yield self.gone(self._at(data, str(id_)), received_at)
            case "MESSAGE_REACTION_ADD":
                made = self.reacted(data, received_at)
            case "INTERACTION_CREATE":
                made = self._interaction(data, received_at)
        if made is not None:
            yield made

    # -------------------------------------------------------------------------------------- messages

    def said(self, message: Mapping[str, Any], received_at: datetime) -> Raw | None:
        """A message; None where it is not for the desk."""
        at = self._at(message, str(message.get("id")))
        if not self._is_for_us(message, at):
            return None
        return self._raw("MESSAGE_CREATE", message, at, str(at), received_at)

    def changed(self, message: Mapping[str, Any], received_at: datetime) -> Raw | None:
        """The same with other words; None where only Discord changed it, as to show a link."""
        at, edited = self._at(message, str(message.get("id"))), message.get("edited_timestamp")
        if not edited or "author" not in message or not self._is_for_us(message, at):
            return None
        return self._raw("MESSAGE_UPDATE", message, at, f"{at}:{edited}", received_at)

    def gone(self, at: Where, received_at: datetime) -> Raw:
        """A message that is there no more; whose it was, Discord does not say."""
        body = {"id": at.message, "channel_id": at.channel}
        return self._raw("MESSAGE_DELETE", body, at, f"{at}:deleted", received_at)

    def _is_for_us(self, message: Mapping[str, Any], at: Where) -> bool:
        """Whether it may be: it stands where the desk works or is written to, in a thread, or names the desk."""
        author = str((message.get("author") or {}).get("id") or "")
        if int(message.get("type") or 0) not in _SAID or author in {"", self.us}:
            return False
        if at.is_direct or at.thread or self.settings.kind_of(at.room) is not PlaceKind.ELSEWHERE:
            return True
        return any(str(user.get("id")) == self.us for user in message.get("mentions") or ())

    def _at(self, data: Mapping[str, Any], message: str) -> Where:
        place = self.rooms.place(str(data.get("channel_id")), str(data.get("guild_id") or ""), data.get("channel"))
        return place.at(message)

    # -------------------------------------------------------------------------------------- acts

    def meaning(self, emoji: Mapping[str, Any]) -> str:
        """What a sign below a message means; empty for most."""
        name = str(emoji.get("name") or "")
        return self.settings.meaning(f"{name}:{emoji['id']}" if emoji.get("id") else name)

    def reacted(self, data: Mapping[str, Any], received_at: datetime) -> Raw | None:
        """A sign below a message; None where it means nothing."""
        emoji, user = data.get("emoji") or {}, str(data.get("user_id"))
        name, means = str(emoji.get("name") or ""), self.meaning(emoji)
        if not means or user == self.us or ((data.get("member") or {}).get("user") or {}).get("bot"):
            return None
        at = self._at(data, str(data.get("message_id")))
        key = f"{at}:+{name}:{user}"
        return self._raw("MESSAGE_REACTION_ADD", data, at, key, received_at, means=means)

    def _interaction(self, data: Mapping[str, Any], received_at: datetime) -> Raw | None:
        if not is_kept(data):
            return None
        message = data.get("message") or {}
        at = self._at(data, str(message.get("id") or ""))
        key = f"interaction:{data.get('id')}"
        return self._raw("INTERACTION_CREATE", {**data, "token": ""}, at, key, received_at)

    def _raw(self, event: str, body: Mapping[str, Any], at: Where, key: str, received_at: datetime, **meta: str) -> Raw:
        kind = PlaceKind.DIRECT if at.is_direct else self.settings.kind_of(at.room)
        post = [at.thread] if at.thread and at.thread == at.message else []
        names = {id_: name for id_ in (*_named(body), *post) if (name := self.rooms.name(id_))}
        payload = _encode({"event": event, "at": str(at), "body": body, "names": names})
        asks = bool(self.settings.agent_roles) and event != "MESSAGE_DELETE"
        roles = self._roles_said(body) if asks else None
        known: dict[str, Any] = {"roles": list(roles)} if roles is not None else {}
        if kind is PlaceKind.WATCHED and self.rooms.is_forum(at.room):
            known["public"] = True
        return Raw(
            channel="discord",
            key=key,
            lane=str(at.place) if at.thread or at.is_direct else str(at),
            payload=payload,
            received_at=received_at,
            meta={"place": kind, "us": self.us, **known, **meta},
            complete=not (needs_more(event, at, body, self.us) or (asks and roles is None)),
        )


def is_kept(interaction: Mapping[str, Any]) -> bool:
    """Whether an interaction does something; the others open a form or want something completed."""
    data = interaction.get("data") or {}
    kind = interaction.get("type")
    if kind == _COMMAND:
        return int(data.get("type") or 1) == 1 and words_of(data) not in {"", LOG}
    memo = memo_of(str(data.get("custom_id") or "")) if kind in {_COMPONENT, _MODAL} else None
    return memo is not None and memo.kind in ({FORM} if kind == _MODAL else {PRESSED, CHOSEN})


def words_of(data: Mapping[str, Any]) -> str:
    """What stands behind a command; empty for one that opens a form."""
    options = {str(one.get("name")): str(one.get("value") or "") for one in data.get("options") or ()}
    if data.get("name") == DESK:
        verb, ticket, words = (options.get(name, "").strip() for name in ("verb", "ticket", "words"))
        return " ".join(filter(None, (ticket, verb, words))) if verb else ""
    if data.get("name") == LINK:
        return " ".join(filter(None, (options.get(name, "").strip() for name in ("address", "code"))))
    return options.get("words", "").strip()


def files_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files of a message, and of those that it passes on."""
    passed_on = [one.get("message") or {} for one in message.get("message_snapshots") or ()]
    return [file for one in (message, *passed_on) for file in one.get("attachments") or ()]


def about(event: str, at: Where, body: Mapping[str, Any], us: str) -> Where | None:
    """The message to fetch: below which a sign stands, of which a form opens a ticket, or the answered one of ours.

    Where our answer stood in a direct conversation, Discord does not always say when it is answered in turn.
    """
    if event == "MESSAGE_REACTION_ADD":
        return at
    if event == "INTERACTION_CREATE":
        memo = memo_of(str((body.get("data") or {}).get("custom_id") or ""))
        return where(memo.about) if memo is not None and memo.kind == FORM and memo.about else None
    answered = body.get("referenced_message") or {}
    ours = bool(us) and str((answered.get("author") or {}).get("id") or "") == us
    return at.at(str(answered["id"])) if ours and at.is_direct and not answered.get("message_reference") else None


def needs_more(event: str, at: Where, body: Mapping[str, Any], us: str) -> bool:
    """Whether it names something that has to be fetched: files, or a message."""
    return about(event, at, body, us) is not None or (event.startswith("MESSAGE_") and bool(files_of(body)))


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    for role in body.get("mention_roles") or ():
        yield str(role)
    content = str(body.get("content") or "")
    for piece in content.split("<#")[1:]:
        yield piece.partition(">")[0]


def user_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who did something, with the name that they have in the guild."""
    member = body.get("member") or {}
    user = dict(body.get("author") or body.get("user") or member.get("user") or {})
    return {**user, "global_name": name_of(user, member)}
