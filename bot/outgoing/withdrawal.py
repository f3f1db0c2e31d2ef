"""What waits to be sent and is not wanted any more is taken back: it stays on record as dropped."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, or_, select, update

from bot.cause import Cause
from bot.db.models import UNFINISHED, Conversation, Delivery, Draft, Job, Ticket, is_one_of
from channels.base import Role


def of_watcher(cause: Cause, ticket: Ticket, addresses: Sequence[str]) -> None:
    """Take back the copies for these addresses that wait on one ticket."""
    copies = select(Conversation.id).where(Conversation.ticket_id == ticket.id, Conversation.role == Role.WATCHER)
    _withdraw(cause, Delivery.conversation_id.in_(copies), Delivery.recipient.in_(addresses))


def of_thread(cause: Cause, conversation: Conversation) -> None:
    """Take back what waits to be said in a thread; what is being sent in this moment is seen to when it is there."""
    waits = is_one_of(Delivery.state, "queued", "unsure")
    _withdraw(cause, Delivery.conversation_id == conversation.id, waits)


def of_blocked(cause: Cause, tickets: Sequence[Ticket], addresses: Sequence[str], automatic: Collection[str]) -> None:
    """Take back all that waits for these addresses on some tickets, and the notices `automatic` on any other.

    What agents have not said yet on those tickets is not said, and what was to be done about them later is not done.
    """
    numbers = [ticket.id for ticket in tickets]
    about_these = or_(Delivery.ticket_id.in_(numbers), Delivery.notice.in_(list(automatic)))
    _withdraw(cause, and_(Delivery.recipient.in_(addresses), about_these))
    drafts = select(Draft).where(Draft.ticket_id.in_(numbers), Draft.state == "waiting")
    for draft in cause.tx.session.scalars(drafts):
        draft.state = "cancelled"
        cause.audit("draft_cancelled", draft.ticket_id)
    planned = update(Job).where(is_one_of(Job.state, "waiting"), Job.ticket_id.in_(numbers)).values(state="dropped")
    for number in numbers:
        cause.tx.scratch.pop(("timers", number), None)
    cause.tx.session.execute(planned.execution_options(synchronize_session=False))


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
