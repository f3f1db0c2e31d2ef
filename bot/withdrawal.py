"""What waits to be sent and is not wanted any more is taken back: it stays on record as dropped."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from bot.cause import Cause
from bot.db.models import UNFINISHED, Conversation, Delivery, Ticket, is_one_of
from channels.base import Role


def of_watcher(cause: Cause, ticket: Ticket, addresses: Sequence[str]) -> None:
    """Take back the copies for these addresses that wait on one ticket."""
    copies = select(Conversation.id).where(Conversation.ticket_id == ticket.id, Conversation.role == Role.WATCHER)
    _withdraw(cause, Delivery.conversation_id.in_(copies), Delivery.recipient.in_(addresses))


def _withdraw(cause: Cause, *which: ColumnElement[bool]) -> None:
    """Drop deliveries that are not finished.

    One that is being sent in this moment is not tried again if that fails, and counts as sent if it succeeds.
    """
    cause.tx.flush()
    cause.tx.session.execute(
        update(Delivery)
        .where(is_one_of(Delivery.state, *UNFINISHED), *which)
        .values(state="dropped", leased_by=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
