"""A ticket's conversations: with the requester, the desk, a vendor, a watcher, each in one place."""

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Conversation, Ticket
from bot.ids import new_id
from channels.base import Role


def start(
    cause: Cause, ticket: Ticket, role: Role, channel: str, *, thread: str = "", references: tuple[str, ...] = ()
) -> Conversation:
    """Begin a conversation. The first desk conversation of a ticket is the one that speaks."""
    conversation = Conversation(
        id=new_id(),
        ticket_id=ticket.id,
        channel=channel,
        role=role,
        speaks=role is Role.DESK,
        thread=thread,
        references=list(references),
    )
    cause.tx.add(conversation)
    cause.tx.scratch["conversation", ticket.id, role, channel] = conversation
    return conversation


def find(cause: Cause, ticket_id: int, role: Role, channel: str) -> Conversation | None:
    """The conversation of a ticket in one role on one channel, if there is one."""
    key = ("conversation", ticket_id, role, channel)
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = cause.tx.session.scalar(
            select(Conversation).where(
                Conversation.ticket_id == ticket_id, Conversation.role == role, Conversation.channel == channel
            )
        )
    found: Conversation | None = cause.tx.scratch[key]
    return found


def of_requester(cause: Cause, ticket: Ticket) -> Conversation:
    """The conversation with the requester: where the request came from."""
    key = ("requester conversation", ticket.id)
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = cause.tx.session.scalars(
            select(Conversation)
            .where(Conversation.ticket_id == ticket.id, Conversation.role == Role.REQUESTER)
            .order_by(Conversation.id)
            .limit(1)
        ).one()
    found: Conversation = cause.tx.scratch[key]
    return found


def of_desk(cause: Cause, ticket: Ticket, channel: str) -> Conversation:
    """The desk's conversation about a ticket on one medium, begun when first needed.

    Mail programs thread by ids; the desk's own conversation has a root that no message ever carries.
    """
    found = find(cause, ticket.id, Role.DESK, channel)
    if found is None:
        root = f"ticket-{ticket.id}.{ticket.created_at:%Y%m%d%H%M%S}@{cause.desk.config.desk.domain}"
        found = start(cause, ticket, Role.DESK, channel, references=(root,))
    return found
