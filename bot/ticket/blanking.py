"""A day after its author took a message back, nothing of what it said stays anywhere; that it was there does.

It goes from the message, its files and the raw payload; from what was sent of it, or bears the subject that was made
of it; from what rules knew, and from the audit. What a room still shows of it is changed there too. Somebody else may
have said the same: only what belongs to this message is touched, or names its ticket by number.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, delete, false, func, or_, select, update

from bot.cause import Cause
from bot.db.models import AuditEntry, Blob, Delivery, Draft, Event, File, Inbox, Message, Ticket
from bot.notice import notices
from bot.notice.wording import gettext
from bot.outgoing import projections
from bot.ticket.messages import first_line
from bot.ticket.traces import Traces
from channels.base import Envelope, Outgoing, Role

KIND: Final = "blank_message"
BLANKED_AFTER: Final = timedelta(days=1)
_CARD: Final = "card"
_QUOTING: Final = frozenset({_CARD, "ticket_opened", "ticket_assigned", "ticket_show", "asked_openly"})
"""Notices for agents that say what was said on a ticket before."""
_CALLED: Final = frozenset({"subject", "before", "after"})
"""Under which names facts and the audit have a subject."""
_IDS: Final = ("ts", "id")
"""How platforms call the id of a message, where an event has a whole message within."""
_LOOKED_AT: Final = 5_000
"""How many of the newest payloads, and of what was sent about other tickets or none, may name it and are looked at."""
_read_outgoing: Final = msgspec.json.Decoder(Outgoing).decode
_read_envelope: Final = msgspec.json.Decoder(Envelope).decode
_encode: Final = msgspec.json.Encoder().encode


def gone(cause: Cause) -> str:
    """What stands in the place of the words."""
    return notices.said(gettext("[Its author has deleted this message.]"), cause.desk.config.desk.language)


def copies(cause: Cause, message: Message) -> Sequence[Message]:
    """The message on each ticket that it is on: a ticket that was split off has it too."""
    cause.tx.flush()
    if not message.external_id:
        return [message]
    same = select(Message).where(Message.external_id == message.external_id, Message.kind != "notice")
    return cause.tx.session.scalars(same.order_by(Message.id)).all()


def opened_by(cause: Cause, message: Message) -> Sequence[Ticket]:
    """The tickets whose subject was made of this message: the one that it opened, and what was split off from that."""
    session = cause.tx.session
    first = session.scalar(
        select(func.min(Message.id)).where(Message.ticket_id == message.ticket_id, Message.kind != "notice")
    )
    if first != message.id or not message.subject:
        return []
    named = select(Ticket).where(Ticket.id.in_(_of_it(cause, message)))
    return [one for one in session.scalars(named) if one.subject == message.subject]


def blank(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: it is not said any more, on whatever ticket it is."""
    message = cause.tx.session.get(Message, arguments["message"])
    if message is None:
        return
    for one in copies(cause, message):
        _blank(cause, one)


class _Meant(Struct, frozen=True, kw_only=True):
    """What belongs to a message: the tickets that it is on, the roots of all that happened to it, and its files.

    `said` finds all that it ever said, `named` only its subject behind the number of one of the tickets.
    """

    numbers: tuple[int, ...]
    roots: frozenset[str]
    hashes: tuple[str, ...]
    said: Traces
    named: Traces
    subjects: frozenset[str]


def _blank(cause: Cause, message: Message) -> None:
    session = cause.tx.session
    meant = _meant(cause, message)
    ids = {_short_id(message.external_id or "")}
    for row in _deliveries(cause, message, meant):
        says_it = _says_it(row, message, meant)
        if _clean(row, meant, says_it=says_it):
            _show_instead(cause, row)
        if says_it:
            row.rendered = None
            ids.add(_short_id(row.external_id or ""))
    _forget_payloads(cause, message, meant, ids - {""})
    _forget_facts(cause, meant)
    _forget_on_tickets(cause, message, meant)
    session.execute(update(Blob).where(Blob.sha256.in_(meant.hashes), Blob.uses <= 1).values(content=b""))
    session.execute(delete(File).where(File.message_id == message.id))
    message.words = message.text = gone(cause)
    message.subject = ""
    cause.audit("blanked", message.ticket_id, message=message.id)


def _meant(cause: Cause, message: Message) -> _Meant:
    session = cause.tx.session
    numbers = _of_it(cause, message)
    files = session.execute(select(File.sha256, File.name).where(File.message_id == message.id)).all()
    edits = select(AuditEntry.details).where(AuditEntry.ticket_id == message.ticket_id, AuditEntry.action == "edited")
    before = [one["before"] for one in session.scalars(edits) if one.get("message") == message.id]
    words = [message.words, message.text, *before]
    subjects = {message.subject, *map(first_line, words)} - {""}
    return _Meant(
        numbers=tuple(numbers),
        roots=frozenset(f"inbox:{one}" for one in session.scalars(select(Inbox.id).where(*_own_payloads(message)))),
        hashes=tuple(file.sha256 for file in files),
        said=Traces([*words, *subjects, *(file.name for file in files)], gone(cause)),
        named=Traces(subjects, gone(cause), numbers=numbers),
        subjects=frozenset(subjects),
    )


def _of_it(cause: Cause, message: Message) -> list[int]:
    """The tickets that the message is on, what was split off from them, and those that they were merged with."""
    session = cause.tx.session
    numbers = {one.ticket_id for one in copies(cause, message)}
    split = select(AuditEntry.details).where(AuditEntry.ticket_id.in_(numbers), AuditEntry.action == "split")
    numbers |= {one["after"] for one in session.scalars(split)}
    merged = select(Ticket.id, Ticket.merged_into_id).where(
        or_(Ticket.id.in_(numbers), Ticket.merged_into_id.in_(numbers))
    )
    return sorted(numbers | {one for pair in session.execute(merged) for one in pair if one is not None})


def _own_payloads(message: Message) -> list[ColumnElement[bool]]:
    """The payload that it came in, and those of its changes and its end, whose keys begin with its id."""
    id_ = message.external_id or ""
    return [or_(Inbox.id == message.inbox_id, (Inbox.key > f"{id_}:") & (Inbox.key < f"{id_};") if id_ else false())]


def _deliveries(cause: Cause, message: Message, meant: _Meant) -> Iterator[Delivery]:
    """What was said about its tickets, and what names them of the newest that was said about others, and in lists."""
    session = cause.tx.session
    yield from session.scalars(
        select(Delivery).where(Delivery.ticket_id.in_(meant.numbers)).order_by(Delivery.id)
    ).all()
    elsewhere = or_(Delivery.ticket_id.is_(None), Delivery.ticket_id.not_in(meant.numbers))
    since = select(Delivery.id, Delivery.outgoing).where(Delivery.id > message.id, elsewhere)
    for row in session.execute(since.order_by(Delivery.id.desc()).limit(_LOOKED_AT)).all():
        if meant.named.may_be_in(row.outgoing):
            yield session.get_one(Delivery, row.id)


def _says_it(row: Delivery, message: Message, meant: _Meant) -> bool:
    """Whether its words may stand in it, and not somebody else's alone."""
    if row.message_id == message.id or row.root in meant.roots:
        return True
    for_agents = _read_envelope(row.envelope).role is not Role.REQUESTER
    return row.ticket_id in meant.numbers and row.notice in _QUOTING and for_agents


def _clean(row: Delivery, meant: _Meant, *, says_it: bool) -> bool:
    """Take the traces out of what was sent; True if it says something else now."""
    before = _read_outgoing(row.outgoing)
    after = (meant.said if says_it else meant.named).without(msgspec.json.decode(row.outgoing))
    if row.ticket_id in meant.numbers:
        after["subject"] = meant.said.without(after.get("subject", ""))
    if says_it:
        after["files"] = [file for file in after.get("files", ()) if file["sha256"] not in meant.hashes]
    cleaned = msgspec.convert(after, Outgoing)
    if cleaned == before:
        return False
    row.outgoing, row.rendered = _encode(cleaned), None
    return True


def _show_instead(cause: Cause, row: Delivery) -> None:
    """Where a room shows it, it is changed; a card is made anew."""
    if row.notice == _CARD and row.ticket_id is not None:
        cause.touch(row.ticket_id)
        return
    envelope = _read_envelope(row.envelope)
    for_one = envelope.private and envelope.thread
    if row.state == "sent" and row.channel in cause.desk.rooms and row.external_id and not for_one:
        projections.show(cause.tx, row.channel, f"post:{row.external_id}", _read_outgoing(row.outgoing))


def _short_id(external_id: str) -> str:
    """What the platform itself calls the message of that id, within its room."""
    return external_id.rpartition(":")[2]


def _forget_payloads(cause: Cause, message: Message, meant: _Meant, ids: Collection[str]) -> None:
    """The payloads of all that happened to it; and out of those of others that came since, a copy of what says it."""
    if message.inbox_id is None:
        return
    session = cause.tx.session
    session.execute(update(Inbox).where(*_own_payloads(message)).values(payload=zlib.compress(b""), meta={}))
    session.execute(update(Draft).where(Draft.inbox_id == message.inbox_id).values(words="", files=[]))
    since = select(Inbox.id, Inbox.payload).where(Inbox.id > message.inbox_id, Inbox.channel.in_(cause.desk.rooms))
    for row in session.execute(since.order_by(Inbox.id.desc()).limit(_LOOKED_AT)).all():
        payload = zlib.decompress(row.payload)
        if meant.said.may_be_in(payload) and any(one.encode() in payload for one in ids):
            _forget_copies(cause, row.id, payload, meant, ids)


def _forget_copies(cause: Cause, inbox_id: int, payload: bytes, meant: _Meant, ids: Collection[str]) -> None:
    try:
        before = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return
    after = _without_copies(before, meant.said, ids)
    if after != before:
        values = {"payload": zlib.compress(_encode(after))}
        cause.tx.session.execute(update(Inbox).where(Inbox.id == inbox_id).values(**values))


def _without_copies(value: Any, said: Traces, ids: Collection[str]) -> Any:  # noqa: ANN401  JSON
    """JSON in which the messages of these ids do not say it."""
    if isinstance(value, dict):
        if any(value.get(name) in ids for name in _IDS):
            return said.without(value)
        return {name: _without_copies(one, said, ids) for name, one in value.items()}
    return [_without_copies(one, said, ids) for one in value] if isinstance(value, list) else value


def _forget_facts(cause: Cause, meant: _Meant) -> None:
    """What rules knew, which is kept to explain what they did."""
    for event in cause.tx.session.scalars(select(Event).where(Event.ticket_id.in_(meant.numbers))):
        if meant.said.may_be_in(event.facts):
            facts = msgspec.json.decode(event.facts)
            event.facts = _encode(meant.said.without(facts) if event.root in meant.roots else _renamed(facts, meant))


def _forget_on_tickets(cause: Cause, message: Message, meant: _Meant) -> None:
    """What the audit says of it, and the desk's own notices on these tickets."""
    session = cause.tx.session
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.ticket_id.in_(meant.numbers))):
        of_it = entry.action == "edited" and entry.details.get("message") == message.id
        without = meant.said.without(entry.details) if of_it else _renamed(entry.details, meant)
        if without != entry.details:
            entry.details = without
    notice = select(Message).where(Message.ticket_id.in_(meant.numbers), Message.kind == "notice")
    for said in session.scalars(notice):
        said.words, said.text = meant.named.without(said.words), meant.named.without(said.text)
        said.subject = meant.said.without(said.subject)


def _renamed(value: Any, meant: _Meant) -> Any:  # noqa: ANN401  JSON
    """JSON that does not name a ticket by a subject that was made of it."""
    if isinstance(value, dict):
        return {
            name: meant.said.without(one) if name in _CALLED and one in meant.subjects else _renamed(one, meant)
            for name, one in value.items()
        }
    return [_renamed(one, meant) for one in value] if isinstance(value, list) else value
