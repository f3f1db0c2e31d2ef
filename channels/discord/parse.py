"""From what was made durable to a message without a medium: pure and total."""

from collections.abc import Callable, Mapping
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
from channels.discord import forms
from channels.discord.ids import Where, moment, where
from channels.discord.intake import user_of, words_of
from channels.discord.memo import Memo, memo_of
from channels.discord.text import name_of, text_of
from channels.rich.cutting import shortened
from channels.rich.fetched import FetchedFile, attachments, uncopied
from channels.rich.limits import size

_SUBJECT_LENGTH: Final = 80
_DOUBTS: Final = {"incomplete": "incomplete", "unsure": "unsure_match"}
_COMMAND, _COMPONENT, _MODAL = 2, 3, 5
Body = Mapping[str, Any]


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of something that Discord handed over, as it came in `body`; the rest was fetched for it.

    `at` says where it is, `names` are those of channels, roles and people; `item` is the message that it is about.
    """

    event: str
    at: str
    body: dict[str, Any]
    names: dict[str, str] = {}
    files: tuple[FetchedFile, ...] = ()
    item: dict[str, Any] = {}


def read(raw: Raw) -> Kept:
    """What is kept. Raises Unparseable."""
    try:
        return msgspec.json.decode(raw.payload, type=Kept)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unparseable(f"nothing that Discord hands over: {error}") from error


def parse(raw: Raw) -> Incoming:
    """The message, the press of a button, the form. Raises Unparseable."""
    kept = read(raw)
    try:
        made = _READERS.get(kept.event)
        if made is None:
            raise Unparseable(f"Discord handed over a {kept.event!r}, which means nothing here")
        return made(raw, kept)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise Unparseable(f"a {kept.event} of Discord in a form that is not known: {error!r}") from error


# ------------------------------------------------------------------------------------------ messages


def _said(raw: Raw, kept: Kept) -> Incoming:
    return _message(raw, kept, Act.SAID)


def _edited(raw: Raw, kept: Kept) -> Incoming:
    return _message(raw, kept, Act.EDITED)


def _message(raw: Raw, kept: Kept, act: Act) -> Incoming:
    body, at, us = kept.body, where(kept.at), _us(raw)
    user = user_of(body)
    is_bot = bool(user.get("bot") or body.get("webhook_id"))
    own = str(raw.meta.get(REWORDED) or _without_us(text_of(body, kept.names), _our_name(body, us)))
    place = _place(raw, kept)
    quoted = _context(kept, us) if act is Act.SAID and place.called and place.begins else ""
    title = kept.names.get(at.thread, "") if at.message == at.thread else ""
    return Incoming(
        kind=Kind.MACHINE if is_bot else Kind.HUMAN,
        external_id=str(at),
        sender=_address(user),
        to=tuple(
            Address(str(one["id"]), name_of(one, one.get("member")))
            for one in body.get("mentions") or ()
            if str(one.get("id")) not in {us, str(user.get("id"))}
        ),
        subject=_subject(title or own or quoted.replace("> ", "")),
        text="\n\n".join(filter(None, (own, quoted))),
        reply=own,
        quoted=quoted,
        sent_at=moment(at.message),
        thread=() if place.begins else (str(at.at(_replied_to(kept, us))) if _reference(body) else place.thread,),
        verified=True,
        quiet=is_bot,
        above_marker=True,
        problems=tuple(flag for name, flag in _DOUBTS.items() if raw.meta.get(name)),
        act=act,
        about=str(at) if act is not Act.SAID else "",
        place=place,
        profile=Profile(roles=_roles(raw)),
        attachments=attachments(kept.files),
        uncopied_files=uncopied(kept.files),
    )


def _place(raw: Raw, kept: Kept) -> Place:
    """A thread goes on; with us alone, and in the room of agents, the message that is answered decides."""
    at, body, us = where(kept.at), kept.body, _us(raw)
    kind = PlaceKind(raw.meta.get("place", PlaceKind.ELSEWHERE))
    answered = _replied_to(kept, us) if _reference(body) else ""
    if at.thread:
        thread, begins = str(at.place), at.message == at.thread
    elif answered and kind is PlaceKind.DIRECT:
        thread, begins = str(at.at(answered)), False
    elif answered and kind is PlaceKind.DESK:
        thread, begins = str(Where(at.room, answered)), False
    else:
        thread, begins = str(at), True
    called = any(str(user.get("id")) == us for user in body.get("mentions") or ())
    meant = str(raw.meta.get("meant", ""))
    return Place(kind=kind, room=at.room, thread=thread, begins=begins, called=called, meant=meant)


def _reference(body: Body) -> str:
    """The message that this one answers; what it passes on is none."""
    reference = body.get("message_reference") or {}
    return str(reference.get("message_id") or "") if int(reference.get("type") or 0) == 0 else ""


def _replied_to(kept: Kept, us: str) -> str:
    """The same; of an answer of ours, the message that we answered there: that is what our conversation began with."""
    answered = kept.item or kept.body.get("referenced_message") or {}
    ours = str((answered.get("author") or {}).get("id") or "") == us
    return (_reference(answered) if ours else "") or _reference(kept.body)


def _context(kept: Kept, us: str) -> str:
    """The message that was answered when we were named, as a quote; what we said ourselves is known."""
    answered = kept.body.get("referenced_message") or {}
    author = answered.get("author") or {}
    if not answered or str(author.get("id")) == us:
        return ""
    lines = text_of(answered, kept.names).splitlines()
    return "\n".join([f"> {name_of(author)}:", *(f"> {line}".rstrip() for line in lines)])


def _deleted(raw: Raw, kept: Kept) -> Incoming:
    """Whose it was, the desk knows if it has it."""
    return Incoming(
        kind=Kind.HUMAN,
        external_id=f"{kept.at}:deleted",
        sender=None,
        verified=True,
        above_marker=True,
        act=Act.WITHDRAWN,
        about=kept.at,
        place=_place(raw, kept),
    )


# ------------------------------------------------------------------------------------------ acts


def _reaction(raw: Raw, kept: Kept) -> Incoming:
    body, item, at, us = kept.body, kept.item, where(kept.at), _us(raw)
    user = str(body["user_id"])
    author = item.get("author") or {}
    text = _without_us(text_of(item, kept.names), _our_name(item, us)) if item else ""
    member = body.get("member") or {}
    name = name_of(member.get("user") or {}, member) or kept.names.get(user, "")
    return Incoming(
        kind=Kind.HUMAN,
        external_id=raw.key,
        sender=Address(user, name),
        subject=_subject(text),
        text=text,
        reply=text,
        sent_at=moment(at.message),
        verified=True,
        above_marker=True,
        act=Act.REACTED,
        choice=str(raw.meta.get("means", "")),
        about="" if str(author.get("id")) == us else str(at),
        place=_place(raw, msgspec.structs.replace(kept, body={}, item={})),
        profile=Profile(roles=_roles(raw)),
        **_somebody(author, user),
        attachments=attachments(kept.files),
        uncopied_files=uncopied(kept.files),
    )


def _somebody(author: Body, user: str) -> dict[str, Any]:
    """Whose request it is, where that is somebody else's."""
    if not author.get("id") or author.get("bot") or str(author["id"]) == user:
        return {}
    return {"on_behalf_of": _address(author), "their_profile": Profile()}


def _interaction(raw: Raw, kept: Kept) -> Incoming:
    data = kept.body.get("data") or {}
    if kept.body.get("type") == _COMMAND:
        return _command(raw, kept, data)
    memo = memo_of(str(data.get("custom_id") or ""))
    if memo is None:
        raise Unparseable("something that was pressed below no message of ours")
    return _form(raw, kept, data, memo) if kept.body["type"] == _MODAL else _pressed(raw, kept, data, memo)


def _command(raw: Raw, kept: Kept, data: Body) -> Incoming:
    words = words_of(data)
    options = {str(one.get("name")): str(one.get("value") or "") for one in data.get("options") or ()}
    return msgspec.structs.replace(
        _act(raw, kept, Act.COMMANDED),
        choice=str(data.get("name") or ""),
        subject=_subject(words),
        text=words,
        reply=words,
        category=options.get(CATEGORY, ""),
    )


def _pressed(raw: Raw, kept: Kept, data: Body, memo: Memo) -> Incoming:
    values = data.get("values") or ()
    value = str(values[0]) if values else memo.value
    return msgspec.structs.replace(
        _act(raw, kept, Act.PRESSED),
        text=_label(kept.body.get("message") or {}, str(data.get("custom_id")), value),
        choice=value,
        about=kept.at,
        tokens=(memo.token,) if memo.token else (),
    )


def _form(raw: Raw, kept: Kept, data: Body, memo: Memo) -> Incoming:
    """What was entered into one of our modals."""
    act = _act(raw, kept, Act.FILLED_IN)
    fields = forms.entered(data)
    words, chosen = fields.pop(WORDS, "").strip(), fields.pop(FOR, "").strip()
    author, user = kept.item.get("author") or {}, act.sender.address if act.sender else ""
    resolved = ((data.get("resolved") or {}).get("users") or {}).get(chosen) or {"id": chosen}
    somebody = Address(chosen) if "@" in chosen else None
    whose = _somebody(resolved, user) if chosen else {}
    theirs = str(author.get("id") or "") == (chosen or user)
    about = where(memo.about) if memo.about else None
    place = _place_of(raw, about) if about is not None else act.place
    lost = () if kept.item or not memo.about else (Uncopied("", Withheld.UNREADABLE),)
    return msgspec.structs.replace(
        act,
        choice=memo.value,
        subject=_subject(words),
        text=_in_full(words, kept),
        reply=_in_full(words, kept),
        tokens=(memo.token,) if memo.token else (),
        about=str(about) if about is not None else "",
        place=place if theirs or about is None else None,
        category=fields.pop(CATEGORY, "") or memo.category,
        fields=fields,
        attachments=attachments(kept.files),
        uncopied_files=lost + uncopied(kept.files),
        **({"on_behalf_of": somebody} if somebody else whose),
    )


def _in_full(words: str, kept: Kept) -> str:
    """What was entered; of a message that was too long to stand there, all of it."""
    whole = text_of(kept.item, kept.names) if kept.item else ""
    return whole if len(whole) > forms.TYPED and words == whole[: forms.TYPED].strip() else words


def _act(raw: Raw, kept: Kept, act: Act) -> Incoming:
    language = str(kept.body.get("locale") or "").partition("-")[0]
    return Incoming(
        kind=Kind.HUMAN,
        external_id=raw.key,
        sender=_address(user_of(kept.body)),
        language=language or None,
        sent_at=raw.received_at,
        verified=True,
        above_marker=True,
        act=act,
        place=_with_aside(raw, _place_of(raw, where(kept.at)), str(kept.body.get("id") or "")),
        profile=Profile(language=language or None, roles=_roles(raw)),
    )


def _with_aside(raw: Raw, place: Place, interaction: str) -> Place:
    """In a channel, what somebody asks for gets a private thread, known by the interaction until it has its own id.

    In a forum in which every post is a request, it gets a post.
    """
    if place.kind in {PlaceKind.DIRECT, PlaceKind.DESK} or not interaction:
        return place
    aside = str(Where(place.room, "", interaction))
    return msgspec.structs.replace(place, aside=aside, public=bool(raw.meta.get("public")))


def _place_of(raw: Raw, at: Where) -> Place:
    """Where a button, a command or a form was used."""
    kind = PlaceKind(raw.meta.get("place", PlaceKind.ELSEWHERE))
    if at.thread:
        return Place(kind=kind, room=at.room, thread=str(at.place), begins=False)
    card = Where(at.room, at.message) if kind is PlaceKind.DESK and at.message else at
    return Place(kind=kind, room=at.room, thread=str(card), begins=card is at)


_READERS: Final[Mapping[str, Callable[[Raw, Kept], Incoming]]] = {
    "MESSAGE_CREATE": _said,
    "MESSAGE_UPDATE": _edited,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_REACTION_ADD": _reaction,
    "INTERACTION_CREATE": _interaction,
}

# ------------------------------------------------------------------------------------------ parts


def _roles(raw: Raw) -> tuple[str, ...] | None:
    """The roles of who does it that make an agent; None where nobody is made one so, or it is not known."""
    return tuple(map(str, raw.meta["roles"])) if "roles" in raw.meta else None


def _us(raw: Raw) -> str:
    return str(raw.meta.get("us", ""))


def _our_name(body: Body, us: str) -> str:
    found = (user for user in body.get("mentions") or () if str(user.get("id")) == us)
    return next((name_of(user, user.get("member")) for user in found), "")


def _without_us(text: str, name: str) -> str:
    """The words without our own name, which says only that they are meant for us."""
    return text.replace(f"@{name}", "").strip() if name else text


def _address(user: Body) -> Address:
    return Address(str(user["id"]), name_of(user))


def _subject(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if size(first) <= _SUBJECT_LENGTH else shortened(first, _SUBJECT_LENGTH)


def _label(message: Body, custom_id: str, value: str) -> str:
    """What stood on the button or the line that was chosen."""
    for row in message.get("components") or ():
        for one in row.get("components") or ():
            if one.get("custom_id") == custom_id:
                lines = {str(line.get("value")): str(line.get("label")) for line in one.get("options") or ()}
                return lines.get(value) or str(one.get("label") or "")
    return ""
