"""What was said is changed, or taken back, by who said it: on the ticket, and wherever else it is shown and can be.

The words that stood before stay in the audit. A day after it was taken back, all of it is blanked: see `blanking`.
"""

from typing import Final

import msgspec
from sqlalchemy import or_, select

from bot.cause import Cause
from bot.db.models import UNFINISHED, Delivery, Draft, Message, Ticket
from bot.due import jobs
from bot.notice import dates, notices
from bot.notice.markup import plain, quote
from bot.notice.wording import gettext
from bot.outgoing import projections
from bot.persons import people
from bot.ticket import blanking, lifecycle
from bot.ticket.messages import WITHDRAWN
from channels.base import Address, Outgoing

EDITED: Final = "edited"
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
    message.flags = [*dict.fromkeys([*message.flags, EDITED])]
    ticket.changed_at = cause.now
    cause.audit("edited", message.ticket_id, message=message.id, before=before)
    cause.tx.flush()
    return _show_instead(cause, message, before, words)


def withdraw(cause: Cause, message: Message, ticket: Ticket) -> None:
    """Its author takes it back: it is shown no more where that can be, and blanked a day later.

    A subject that was made of it goes at once, so that nothing new says it.
    """
    for ticket_named in blanking.opened_by(cause, message):
        lifecycle.rename(cause, ticket_named, _neutral(cause, ticket_named))
    for one in blanking.copies(cause, message):
        one.flags = [*dict.fromkeys([*one.flags, WITHDRAWN])]
        cause.audit("withdrawn", one.ticket_id, message=one.id)
        _show_instead(cause, one, one.words, blanking.gone(cause))
    ticket.changed_at = cause.now
    after = cause.now + blanking.BLANKED_AFTER
    jobs.schedule(cause, blanking.KIND, after, {"message": message.id}, ticket_id=message.ticket_id)


def _neutral(cause: Cause, ticket: Ticket) -> str:
    """A subject that says where and when it was asked, and nothing else."""
    desk = cause.desk.config.desk
    moment = {"language": desk.language, "zone": desk.zone}
    said = gettext(
        "Request on %(channel)s, %(day)s, %(clock)s",
        channel=ticket.channel.capitalize(),
        day=dates.day(ticket.created_at, **moment, now=ticket.created_at),
        clock=dates.clock(ticket.created_at, **moment),
    )
    return notices.said(said, desk.language)


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
