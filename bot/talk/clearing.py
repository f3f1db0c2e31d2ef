"""A ticket that turned confidential goes from a room that may not know of it any more: its card, and what stood below.

What the desk said there is removed. What people wrote there themselves stays, for nobody but they can delete it;
whoever works on the ticket is told so, once.
"""

from typing import Final

from bot.cause import Cause
from bot.db.models import Conversation, Ticket
from bot.notice.values import ticket_values
from bot.outgoing import outbox, projections, withdrawal
from bot.outgoing.projections import CARD_OF, CLEARED_OF
from channels.base import Outgoing

TOLD: Final = "room_cleared"
"""The notice that says what stays."""


def clear(cause: Cause, ticket: Ticket, conversation: Conversation) -> None:
    """Have the card of this conversation say nothing, and all be removed that the desk said below it."""
    withdrawn = outbox.for_room(cause, "card_withdrawn", ticket_values(cause, ticket))
    if not projections.show(cause.tx, conversation.channel, f"{CARD_OF}:{conversation.id}", withdrawn):
        return
    withdrawal.of_thread(cause, conversation)
    now = Outgoing(body=cause.now.isoformat())
    projections.show(cause.tx, conversation.channel, f"{CLEARED_OF}:{conversation.id}", now)
    cause.audit("room_cleared", ticket.id, channel=conversation.channel, room=conversation.room)
    agent = cause.desk.directory.by_person.get(ticket.assignee_id or ticket.owner_id)
    if agent is not None:
        outbox.tell_agent(cause, agent, ticket, TOLD, {})
