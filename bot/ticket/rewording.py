"""What was said is changed, or taken back, by who said it: on the ticket, and wherever else it is shown and can be.

The words that stood before stay in the audit. What was taken back is blanked everywhere a day later: in the message,
its files, what was sent of it, what rules knew of it and the raw payload; that it was there stays on record.
"""

import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import delete, or_, select, update

from bot.cause import Cause
from bot.db.models import UNFINISHED, AuditEntry, Blob, Delivery, Draft, Event, File, Inbox, Message, Ticket
from bot.due import jobs
from bot.notice import notices
from bot.notice.markup import plain, quote
from bot.notice.wording import gettext
from bot.outgoing import projections
from bot.persons import people
from channels.base import Address, Outgoing

KIND: Final = "blank_message"
BLANKED_AFTER: Final = timedelta(days=1)
EDITED: Final = "edited"
WITHDRAWN: Final = "withdrawn"
_read_outgoing = msgspec.json.Decoder(Outgoing).decode
_encode = msgspec.json.Encoder().encode


def known(cause: Cause, external_id: str) -> Message | None:
    """The message of that id, if it is on a ticket."""
    cause.tx.flush()
    found = select(Message).where(Message.external_id == external_id, Message.kind != "notice")
    return cause.tx.session.scalars(found.order_by(Message.id.desc()).limit(1)).first()


def author_of(cause: Cause, external_id: str) -> Address | None:
    """Who wrote a message that is on a ticket or is held, where its platform does not say so when it is gone."""
    message = known(cause, external_id)
    held = select(Draft.agent_id).where(Draft.external_id == external_id).order_by(Draft.id.desc()).limit(1)
    person_id = message.author_id if message is not None else cause.tx.session.scalar(held)
    address = people.written_address(cause.tx, person_id, cause.channel) if person_id is not None else ""
    return Address(address) if address else None


def edit(cause: Cause, message: Message, ticket: Ticket, words: str) -> bool:
    """It says other words from now on; True if those who were sent the first see the new ones in their place."""
    before = message.words
    message.words = message.text = words
    message.html = None
    message.flags = [*dict.fromkeys([*message.flags, EDITED])]
    ticket.changed_at = cause.now
    cause.audit("edited", message.ticket_id, message=message.id, before=before)
    cause.tx.flush()
    return _show_instead(cause, message, before, words)


def withdraw(cause: Cause, message: Message, ticket: Ticket) -> None:
    """Its author takes it back: it is shown no more where that can be, and blanked a day later."""
    message.flags = [*dict.fromkeys([*message.flags, WITHDRAWN])]
    ticket.changed_at = cause.now
    cause.audit("withdrawn", message.ticket_id, message=message.id)
    _show_instead(cause, message, message.words, _gone(cause))
    jobs.schedule(cause, KIND, cause.now + BLANKED_AFTER, {"message": message.id}, ticket_id=message.ticket_id)


def blank(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """A day after it was taken back: nothing of what it said stays anywhere."""
    message = cause.tx.session.get(Message, arguments["message"])
    if message is None:
        return
    words = message.words
    message.words = message.text = _gone(cause)
    message.html, message.subject = None, ""
    session = cause.tx.session
    hashes = list(session.scalars(select(File.sha256).where(File.message_id == message.id)))
    session.execute(update(Blob).where(Blob.sha256.in_(hashes), Blob.uses <= 1).values(content=b""))
    session.execute(delete(File).where(File.message_id == message.id))
    if message.inbox_id is not None:
        # The keys of all that happened to a message begin with its id: its changes, and its end, hold its words too.
        id_ = message.external_id or ""
        of_it = or_(Inbox.id == message.inbox_id, (Inbox.key > f"{id_}:") & (Inbox.key < f"{id_};"))
        session.execute(update(Inbox).where(of_it).values(payload=zlib.compress(b""), meta={}))
        session.execute(update(Draft).where(Draft.inbox_id == message.inbox_id).values(words="", files=[]))
    for row in _deliveries(cause, message):
        row.outgoing = _encode(_reworded(_read_outgoing(row.outgoing), words, _gone(cause)))
        row.rendered = None
    _blank_facts(cause, message)
    entries = select(AuditEntry).where(AuditEntry.ticket_id == message.ticket_id, AuditEntry.action == "edited")
    for entry in session.scalars(entries):
        if entry.details.get("message") == message.id:
            entry.details = {**entry.details, "before": ""}
    cause.audit("blanked", message.ticket_id, message=message.id)


def _blank_facts(cause: Cause, message: Message) -> None:
    """What rules knew of the message when it came, which is kept to explain what they did."""
    if message.inbox_id is None:
        return
    of_cause = select(Event).where(Event.ticket_id == message.ticket_id, Event.root == f"inbox:{message.inbox_id}")
    for event in cause.tx.session.scalars(of_cause):
        facts = msgspec.json.decode(event.facts)
        if facts.get("message"):
            facts["message"] = {**facts["message"], "text": "", "subject": ""}
            event.facts = _encode(facts)


def _gone(cause: Cause) -> str:
    return notices.said(gettext("[Its author has deleted this message.]"), cause.desk.config.desk.language)


def _show_instead(cause: Cause, message: Message, before: str, words: str) -> bool:
    """Where what was sent of it can be changed, change it; what is still to be sent says it in the new words."""
    everywhere = True
    for row in _deliveries(cause, message):
        outgoing = _reworded(_read_outgoing(row.outgoing), before, words)
        row.outgoing = _encode(outgoing)
        if row.state in UNFINISHED:
            continue
        if row.channel in cause.desk.rooms and row.external_id:
            projections.show(cause.tx, row.channel, f"post:{row.external_id}", outgoing)
        else:
            everywhere = False
    return everywhere


def _deliveries(cause: Cause, message: Message) -> list[Delivery]:
    """The deliveries that carry this message: an agent's to the requester, or its relay to those who work on it."""
    carries = Delivery.message_id == message.id
    if message.inbox_id is not None:
        relayed = (Delivery.root == f"inbox:{message.inbox_id}") & Delivery.notice.in_(("ticket_message", "note_added"))
        carries = or_(carries, relayed)
    found = select(Delivery).where(Delivery.ticket_id == message.ticket_id, carries).order_by(Delivery.id)
    return list(cause.tx.session.scalars(found.with_for_update()))


def _reworded(outgoing: Outgoing, before: str, words: str) -> Outgoing:
    """The same with other words where it has the first, as they are or quoted."""
    body = outgoing.body
    for written in (quote, plain):
        old = str(written(before))
        if old and old in body:
            return msgspec.structs.replace(outgoing, body=body.replace(old, str(written(words)), 1))
    return outgoing
