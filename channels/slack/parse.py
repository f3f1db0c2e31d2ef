"""From what was made durable to a message without a medium: pure and total."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from channels.base import (
    CATEGORY,
    FOR,
    REWORDED,
    WORDS,
    Act,
    Address,
    Incoming,
    Kind,
    Place,
    PlaceKind,
    Profile,
    Raw,
    Uncopied,
    Unparseable,
    Withheld,
)
from channels.rich.fetched import FetchedFile, attachments, uncopied
from channels.slack import forms
from channels.slack.ids import Where, where
from channels.slack.limits import TYPED
from channels.slack.richtext import text_of

BLOCK_MARK: Final = "fl:"
"""What the ids of our blocks of buttons begin with."""

_SUBJECT_LENGTH: Final = 80
_DOUBTS: Final = {"incomplete": "incomplete", "unsure": "unsure_match"}
"""What an agent is told of a message, by what was noted beside it."""
_NOTHING: Final[dict[str, Any]] = {}


class User(Struct, frozen=True, kw_only=True):
    """What was learned of a user: a guest of another organisation is `external`, a program is a `bot`."""

    name: str = ""
    mail: str = ""
    language: str | None = None
    zone: str | None = None
    external: bool = False
    bot: bool = False


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of something that Slack handed over, as it came in `body`; the rest was fetched for it.

    `users` and `names` are by id; `item` is the message that a reaction or a shortcut is about.
    """

    kind: str
    team: str
    body: dict[str, Any]
    users: dict[str, User] = {}
    names: dict[str, str] = {}
    files: tuple[FetchedFile, ...] = ()
    item: dict[str, Any] = {}


def read(raw: Raw) -> Kept:
    """What is kept. Raises Unparseable."""
    try:
        return msgspec.json.decode(raw.payload, type=Kept)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unparseable(f"nothing that Slack hands over: {error}") from error


def parse(raw: Raw) -> Incoming:
    """The message, the press of a button, the form. Raises Unparseable."""
    kept = read(raw)
    body = kept.body
    try:
        kind = str(body.get("type", "")) if kept.kind == "event" else kept.kind
        made = _READERS.get(kind)
        if made is None:
            raise Unparseable(f"Slack handed over a {kind!r}, which means nothing here")
        return made(raw, kept)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise Unparseable(f"a {kept.kind} of Slack in a form that is not known: {error!r}") from error


# ------------------------------------------------------------------------------------------ what is only named


def is_said(kept: Kept) -> bool:
    """Whether it is a message itself, and no act that is about one."""
    return kept.kind == "event" and kept.body.get("type") in _SAID


def about(kept: Kept, us: str) -> Where | None:
    """The message to fetch: what a reaction or a form is about, or the first of a thread in which we are named."""
    body = kept.body
    if kept.kind == "event" and body.get("type") == "reaction_added":
        return Where(kept.team, str(body["item"]["channel"]), str(body["item"]["ts"]))
    if kept.kind == "form":
        memo = forms.memo_of(body.get("view") or {})
        return Where(kept.team, memo.room, memo.ts) if memo.ts else None
    thread = str(body.get("thread_ts") or "")
    if is_said(kept) and not body.get("subtype") and f"<@{us}>" in str(body.get("text", "")) and us:
        return Where(kept.team, str(body.get("channel")), thread) if thread not in {"", body.get("ts")} else None
    return None


def people_of(kept: Kept, item: Mapping[str, Any]) -> list[str]:
    """The users whom it is about, beside who did it."""
    found = [str(item.get("user") or "")]
    if kept.kind == "form":
        view = kept.body.get("view") or {}
        chosen = forms.entered(view, kept.team).get(FOR, "")
        found += [forms.memo_of(view).author, where(chosen).room if _is_slack(chosen) else ""]
    return [user for user in found if user]


def _is_slack(address: str) -> bool:
    return "@" not in address and ":" in address


# ------------------------------------------------------------------------------------------ messages

_SAID: Final = frozenset({"message", "app_mention"})


def _message(raw: Raw, kept: Kept) -> Incoming:
    event = kept.body
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        before = event["previous_message"]
        return _incoming(raw, kept, before, str(event["channel"]), act=Act.WITHDRAWN)
    if subtype == "message_changed":
        return _incoming(raw, kept, event["message"], str(event["channel"]), act=Act.EDITED)
    return _incoming(raw, kept, event, str(event["channel"]))


def _incoming(raw: Raw, kept: Kept, message: Mapping[str, Any], room: str, *, act: Act = Act.SAID) -> Incoming:
    where = Where(kept.team, room, str(message["ts"]))
    us = str(raw.meta.get("us", ""))
    own = str(raw.meta.get(REWORDED) or _without_us(text_of(message, {**kept.names, us: _US})))
    quoted = _context(kept, us) if act is Act.SAID else ""
    text = "\n\n".join(filter(None, (own, quoted)))
    user = str(message.get("user") or message.get("bot_id") or "")
    known = kept.users.get(user, User())
    is_bot = known.bot or bool(message.get("bot_id"))
    place = _place(raw, kept, message, room, us)
    return Incoming(
        kind=Kind.MACHINE if is_bot else Kind.HUMAN,
        external_id=str(where),
        sender=_address(kept, user),
        to=tuple(_address(kept, name) for name in kept.users if name not in {user, us}),
        subject=_subject(own) or _subject(text_of(kept.item, kept.names) if quoted else ""),
        text=text,
        reply=own,
        quoted=quoted,
        language=known.language,
        sent_at=_moment(where.ts),
        verified=True,
        quiet=is_bot,
        above_marker=True,
        uncopied_files=uncopied(kept.files),
        attachments=attachments(kept.files),
        problems=tuple(flag for name, flag in _DOUBTS.items() if raw.meta.get(name)),
        act=act,
        about=str(where) if act is not Act.SAID else "",
        thread=() if place.begins else (place.thread,),
        place=place,
        profile=profile_of(known),
    )


def _context(kept: Kept, us: str) -> str:
    """The message that began the thread in which we were named, as a quote; what we said there ourselves is known."""
    item = kept.item
    if not item or item.get("user") == us:
        return ""
    name = kept.names.get(str(item.get("user") or ""), "")
    lines = text_of(item, {**kept.names, us: _US}).replace(_US, "").splitlines()
    return "\n".join([f"> {name}:"] * bool(name) + [f"> {line}".rstrip() for line in lines])


def _place(raw: Raw, kept: Kept, message: Mapping[str, Any], room: str, us: str) -> Place:
    thread = str(message.get("thread_ts") or message.get("ts") or "")
    return Place(
        kind=PlaceKind(raw.meta.get("place", PlaceKind.ELSEWHERE)),
        room=str(Where(kept.team, room)),
        thread=str(Where(kept.team, room, thread)),
        begins=thread == str(message.get("ts", "")),
        called=bool(us) and f"<@{us}>" in str(message.get("text", "")),
        meant=str(raw.meta.get("meant", "")),
    )


# ------------------------------------------------------------------------------------------ acts


def _reaction(raw: Raw, kept: Kept) -> Incoming:
    event, item, us = kept.body, kept.item, str(raw.meta.get("us", ""))
    room, ts = str(event["item"]["channel"]), str(event["item"]["ts"])
    user = str(event["user"])
    author = str(item.get("user") or "")
    text = _without_us(text_of(item, {**kept.names, us: _US})) if item else ""
    return Incoming(
        kind=Kind.HUMAN,
        external_id=f"{Where(kept.team, room, ts)}:{event.get('reaction')}:{user}",
        sender=_address(kept, user),
        subject=_subject(text),
        text=text,
        reply=text,
        language=kept.users.get(author, User()).language,
        sent_at=_moment(ts),
        verified=True,
        above_marker=True,
        uncopied_files=uncopied(kept.files),
        attachments=attachments(kept.files),
        act=Act.REACTED if event["type"] == "reaction_added" else Act.UNREACTED,
        choice=str(raw.meta.get("means", "")),
        about="" if author == us else str(Where(kept.team, room, ts)),
        place=_place(raw, kept, item or {"ts": ts}, room, ""),
        profile=profile_of(kept.users.get(user, User())),
        **_somebody(kept, author if author != user else ""),
    )


def _somebody(kept: Kept, user: str) -> dict[str, Any]:
    """Whose request it is, where that is somebody else's."""
    if not user or kept.users.get(user, User()).bot:
        return {}
    return {
        "on_behalf_of": _address(kept, user),
        "their_profile": profile_of(kept.users.get(user, User())),
    }


def _form(raw: Raw, kept: Kept) -> Incoming:
    """What was entered into one of our modals."""
    view, user = kept.body["view"], str(kept.body["user"]["id"])
    memo, fields = forms.memo_of(view), forms.entered(view, kept.team)
    words = _in_full(fields.pop(WORDS, "").strip(), kept)
    chosen = fields.pop(FOR, "").strip()
    mail = Address(chosen) if "@" in chosen else None
    somebody = {} if mail else _somebody(kept, where(chosen).room if chosen and chosen != f"{kept.team}:{user}" else "")
    requester = where(chosen).room if chosen else user
    theirs = bool(kept.item) and requester == memo.author
    lost = tuple(Uncopied(name, Withheld.UNREADABLE) for name in memo.files) if not kept.item else ()
    at = {"ts": memo.ts or memo.thread, "thread_ts": memo.thread}
    return Incoming(
        kind=Kind.HUMAN,
        external_id=raw.key,
        sender=_address(kept, user),
        subject=_subject(words),
        text=words,
        reply=words,
        language=kept.users.get(user, User()).language,
        sent_at=raw.received_at,
        verified=True,
        above_marker=True,
        uncopied_files=lost + uncopied(kept.files),
        attachments=attachments(kept.files),
        tokens=(memo.token,) if memo.token else (),
        act=Act.FILLED_IN,
        choice=memo.opens,
        about=str(Where(kept.team, memo.room, memo.ts)) if memo.ts else "",
        place=_place(raw, kept, at, memo.room, "") if memo.room and (theirs or not memo.ts) else None,
        profile=profile_of(kept.users.get(user, User())),
        category=fields.pop(CATEGORY, ""),
        fields=fields,
        **({"on_behalf_of": mail} if mail else somebody),
    )


def _in_full(words: str, kept: Kept) -> str:
    """What was entered; of a message that was too long to stand there, all of it."""
    whole = text_of(kept.item, kept.names) if kept.item else ""
    return whole if len(whole) > TYPED and words == whole[:TYPED].strip() else words


def _action(raw: Raw, kept: Kept) -> Incoming:
    body, action = kept.body, kept.body["actions"][0]
    message, user = body.get("message") or {}, str(body["user"]["id"])
    container = body.get("container") or {}
    room = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    ts = str(message.get("ts") or container.get("message_ts") or "")
    at = {"ts": ts, "thread_ts": message.get("thread_ts") or container.get("thread_ts")}
    chosen = action.get("selected_option") or {}
    value = str(chosen.get("value") or action.get("selected_user") or action.get("value") or "")
    return Incoming(
        kind=Kind.HUMAN,
        external_id=raw.key,
        sender=_address(kept, user),
        text=str((chosen.get("text") or action.get("text") or _NOTHING).get("text", "")),
        sent_at=raw.received_at,
        tokens=_tokens(action),
        verified=True,
        above_marker=True,
        act=Act.PRESSED,
        choice=value,
        about=str(Where(kept.team, room, ts)) if room else "",
        place=_place(raw, kept, at, room, "") if room else None,
        profile=profile_of(kept.users.get(user, User())),
    )


def _command(raw: Raw, kept: Kept) -> Incoming:
    body = kept.body
    user, room = str(body["user_id"]), str(body.get("channel_id", ""))
    text = str(body.get("text", "")).strip()
    return Incoming(
        kind=Kind.HUMAN,
        external_id=raw.key,
        sender=_address(kept, user),
        subject=_subject(text),
        text=text,
        reply=text,
        sent_at=raw.received_at,
        verified=True,
        above_marker=True,
        act=Act.COMMANDED,
        choice=str(body.get("command", "")).lstrip("/"),
        place=_place(raw, kept, {}, room, ""),
        profile=profile_of(kept.users.get(user, User())),
    )


def _home(_raw: Raw, kept: Kept) -> Incoming:
    user = str(kept.body["user"])
    return Incoming(
        kind=Kind.HUMAN,
        external_id="",
        sender=_address(kept, user),
        verified=True,
        act=Act.LOOKED,
        profile=profile_of(kept.users.get(user, User())),
    )


_READERS: Final[Mapping[str, Callable[[Raw, Kept], Incoming]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "app_home_opened": _home,
    "action": _action,
    "command": _command,
    "form": _form,
}

# ------------------------------------------------------------------------------------------ parts

_US: Final = "\0"


def _without_us(text: str) -> str:
    """The words without our own name, which says only that they are meant for us."""
    return text.replace(f"@{_US}", "").replace(_US, "").strip()


def _address(kept: Kept, user: str) -> Address:
    return Address(str(Where(kept.team, user)), kept.users.get(user, User()).name)


def profile_of(user: User) -> Profile:
    """What Slack vouches for of somebody."""
    return Profile(mail=user.mail, language=user.language, zone=user.zone, external=user.external)


def _subject(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= _SUBJECT_LENGTH else f"{first[:_SUBJECT_LENGTH].rstrip()}…"


def _moment(ts: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _tokens(action: Mapping[str, Any]) -> tuple[str, ...]:
    """The token of the message that the button stands in: its block bears it."""
    mark, _, token = str(action.get("block_id", "")).rpartition(":")
    return (token,) if mark.startswith(BLOCK_MARK) and token else ()
