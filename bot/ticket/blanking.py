"""A day after its author took a message back, nothing of what it said stays anywhere; that it was there does.

It goes from the message, its files and the raw payload; from what was sent of it, or bears the subject that was made
of it; from what rules knew, and from the audit. What a room still shows of it is changed there too.
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, or_, select, update

from bot.cause import Cause
from bot.db.models import AuditEntry, Blob, Delivery, Draft, Event, File, Inbox, Message, Ticket, TicketLink
from bot.notice import notices
from bot.notice.wording import gettext
from bot.outgoing import projections
from bot.ticket.messages import first_line
from bot.ticket.traces import Traces
from channels.base import Envelope, Outgoing

KIND: Final = "blank_message"
BLANKED_AFTER: Final = timedelta(days=1)
_CARD: Final = "card"
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
    named = select(Ticket).where(Ticket.id.in_(_linked(cause, message.ticket_id)))
    return [one for one in session.scalars(named) if one.subject == message.subject]


def blank(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: it is not said any more, on whatever ticket it is."""
    message = cause.tx.session.get(Message, arguments["message"])
    if message is None:
        return
    for one in copies(cause, message):
        _blank(cause, one)


def _blank(cause: Cause, message: Message) -> None:
    session = cause.tx.session
    traces = Traces(_versions(cause, message), gone(cause))
    numbers = _linked(cause, message.ticket_id)
    hashes = list(session.scalars(select(File.sha256).where(File.message_id == message.id)))
    for row in _deliveries(cause, message, numbers, traces):
        if _clean(row, traces, hashes):
            _show_instead(cause, row)
    _forget_payloads(cause, message, traces)
    _forget_facts(cause, numbers, traces)
    _forget_on_tickets(cause, numbers, traces)
    session.execute(update(Blob).where(Blob.sha256.in_(hashes), Blob.uses <= 1).values(content=b""))
    session.execute(delete(File).where(File.message_id == message.id))
    message.words = message.text = gone(cause)
    message.subject = ""
    cause.audit("blanked", message.ticket_id, message=message.id)


def _versions(cause: Cause, message: Message) -> list[str]:
    """All that it ever said, and the names of its files."""
    edits = select(AuditEntry.details).where(AuditEntry.ticket_id == message.ticket_id, AuditEntry.action == "edited")
    before = [one["before"] for one in cause.tx.session.scalars(edits) if one.get("message") == message.id]
    words = [message.words, message.text, *before]
    names = cause.tx.session.scalars(select(File.name).where(File.message_id == message.id))
    return [*words, *map(first_line, words), message.subject, *names]


def _linked(cause: Cause, number: int) -> list[int]:
    """A ticket, those that were merged into it or into which it was, and those that it is linked with."""
    session = cause.tx.session
    links = session.execute(
        select(TicketLink.ticket_id, TicketLink.other_id).where(
            or_(TicketLink.ticket_id == number, TicketLink.other_id == number)
        )
    )
    merged = session.execute(
        select(Ticket.id, Ticket.merged_into_id).where(or_(Ticket.id == number, Ticket.merged_into_id == number))
    )
    found = {one for pair in (*links, *merged) for one in pair if one is not None}
    return sorted(found | {number})


def _deliveries(cause: Cause, message: Message, numbers: Collection[int], traces: Traces) -> Iterator[Delivery]:
    """What was said about these tickets, and what names it of the newest that was said about others, and in lists."""
    session = cause.tx.session
    yield from session.scalars(select(Delivery).where(Delivery.ticket_id.in_(numbers)).order_by(Delivery.id)).all()
    elsewhere = or_(Delivery.ticket_id.is_(None), Delivery.ticket_id.not_in(numbers))
    since = select(Delivery.id, Delivery.outgoing).where(Delivery.id > message.id, elsewhere)
    for row in session.execute(since.order_by(Delivery.id.desc()).limit(_LOOKED_AT)).all():
        if traces.may_be_in(row.outgoing):
            yield session.get_one(Delivery, row.id)


def _clean(row: Delivery, traces: Traces, hashes: Collection[str]) -> bool:
    """Take the traces out of what was sent; True if it says something else now."""
    if row.rendered is not None and traces.may_be_in(zlib.decompress(row.rendered)):
        row.rendered = None
    if not traces.may_be_in(row.outgoing) and not any(one.encode() in row.outgoing for one in hashes):
        return False
    before = msgspec.json.decode(row.outgoing)
    after = traces.without(before)
    after["files"] = [file for file in before.get("files", ()) if file["sha256"] not in hashes]
    row.outgoing = _encode(msgspec.convert(after, Outgoing))
    return bool(after != before | {"files": before.get("files", [])})


def _show_instead(cause: Cause, row: Delivery) -> None:
    """Where a room shows it, it is changed; a card is made anew."""
    if row.notice == _CARD and row.ticket_id is not None:
        cause.touch(row.ticket_id)
        return
    envelope = _read_envelope(row.envelope)
    for_one = envelope.private and envelope.thread
    if row.state == "sent" and row.channel in cause.desk.rooms and row.external_id and not for_one:
        projections.show(cause.tx, row.channel, f"post:{row.external_id}", _read_outgoing(row.outgoing))


def _forget_payloads(cause: Cause, message: Message, traces: Traces) -> None:
    """The payload that it came in, those of all that happened to it, and what others that came since say of it."""
    if message.inbox_id is None:
        return
    session = cause.tx.session
    # The keys of all that happened to a message begin with its id: its changes, and its end, hold its words too.
    id_ = message.external_id or ""
    of_it = or_(Inbox.id == message.inbox_id, (Inbox.key > f"{id_}:") & (Inbox.key < f"{id_};"))
    session.execute(update(Inbox).where(of_it).values(payload=zlib.compress(b""), meta={}))
    session.execute(update(Draft).where(Draft.inbox_id == message.inbox_id).values(words="", files=[]))
    since = select(Inbox.id, Inbox.payload).where(Inbox.id > message.inbox_id, Inbox.channel == message.channel)
    for row in session.execute(since.order_by(Inbox.id.desc()).limit(_LOOKED_AT)).all():
        payload = _without(zlib.decompress(row.payload), traces)
        if payload is not None:
            values = {"payload": zlib.compress(payload)}
            session.execute(update(Inbox).where(Inbox.id == row.id).values(**values))


def _without(payload: bytes, traces: Traces) -> bytes | None:
    """A payload of JSON without them; None where it has none."""
    if not payload or not traces.may_be_in(payload):
        return None
    try:
        before = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return None
    after = traces.without(before)
    return _encode(after) if after != before else None


def _forget_facts(cause: Cause, numbers: Collection[int], traces: Traces) -> None:
    """What rules knew, which is kept to explain what they did."""
    for event in cause.tx.session.scalars(select(Event).where(Event.ticket_id.in_(numbers))):
        if traces.may_be_in(event.facts):
            event.facts = _encode(traces.without(msgspec.json.decode(event.facts)))


def _forget_on_tickets(cause: Cause, numbers: Collection[int], traces: Traces) -> None:
    """What the audit says of it, and the desk's own notices on these tickets."""
    session = cause.tx.session
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.ticket_id.in_(numbers))):
        without = traces.without(entry.details)
        if without != entry.details:
            entry.details = without
    notice = select(Message).where(Message.ticket_id.in_(numbers), Message.kind == "notice")
    for said in session.scalars(notice):
        said.words, said.text, said.subject = map(traces.without, (said.words, said.text, said.subject))
