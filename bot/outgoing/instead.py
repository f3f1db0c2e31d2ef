"""What a platform did not take for a requester goes by mail, where the desk knows their address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.outgoing import outbox, questions
from bot.persons import people
from bot.ticket import conversations
from channels.base import Address, Role

if TYPE_CHECKING:
    from bot.cause import Cause
    from bot.db.models import Delivery, Ticket
    from bot.outgoing.delivery import Claimed

MAIL = "email"


def by_mail(cause: Cause, ticket: Ticket, refused: Delivery, row: Claimed) -> str:
    """Queue the same for the requester's mail address, and return that; empty where it cannot go by mail."""
    if row.channel not in cause.desk.rooms or row.envelope.role is not Role.REQUESTER or row.envelope.private:
        return ""
    if MAIL not in cause.desk.config.channels:
        return ""
    person = people.person(cause.tx, ticket.requester_id)
    identity = people.address_of(cause.tx, person.id, MAIL)
    if identity is None or people.undeliverable(identity, cause.now):
        return ""
    conversation = conversations.find(cause, ticket.id, Role.REQUESTER, MAIL)
    if conversation is None:
        root = conversations.root(cause, ticket, person.id)
        conversation = conversations.start(cause, ticket, Role.REQUESTER, MAIL, references=(root,))
    key = outbox.enqueue(
        cause,
        ticket,
        outbox.Recipient(person.id, Address(identity.address, person.name), MAIL, conversation),
        refused.notice,
        row.outgoing,
        message_id=refused.message_id,
        speaker=row.envelope.speaker,
    )
    if row.outgoing.choices:
        questions.asked_again(cause, ticket, refused.key, key)
    return identity.address
