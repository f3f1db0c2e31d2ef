"""How somebody's requests stand, told to whoever asks nothing else in a message of its own.

Such a message opens no ticket and changes none: it stays in the inbox, and is answered.
"""

from typing import Any

from sqlalchemy import or_, select

from bot.cause import Cause
from bot.db.models import OPEN, Person, Ticket, is_one_of
from bot.followup import updates
from bot.intake.received import Outcome, Received
from bot.outgoing import outbox
from bot.ticket import tickets
from channels.base import Act, Kind
from rules.enquiry import asks_how_it_stands

NOTICE = "requests_stand"
_SHOWN = 20


def asks(received: Received) -> bool:
    """Whether somebody known asks how their requests stand, in answer to nothing, in the text or in a subject alone."""
    incoming = received.incoming
    if received.match is not None or received.sender is None or received.flags:
        return False
    if incoming.kind is not Kind.HUMAN or incoming.quiet or incoming.act is not Act.SAID:
        return False
    if not all(file.inline for file in incoming.attachments) or incoming.refused_files:
        return False
    return asks_how_it_stands(incoming.reply.strip() or incoming.subject)


def answer(cause: Cause, received: Received, person: Person) -> Outcome:
    """Tell them, also that there is nothing."""
    assert received.incoming.sender is not None
    cause.audit("asked_how_it_stands", None, inbox=received.inbox_id)
    found = [_row(cause, ticket) for ticket in _of(cause, person)]
    values = {"requests": found[:_SHOWN], "more": max(len(found) - _SHOWN, 0)}
    outbox.answer_sender(cause, received.incoming.sender, cause.channel, NOTICE, values, received.said())
    return Outcome("asked how all stands")


def _of(cause: Cause, person: Person) -> list[Ticket]:
    """What they asked for and is open, the oldest first; also what goes on in a request of somebody else."""
    cause.tx.flush()
    theirs = select(Ticket).where(
        Ticket.requester_id == person.id, or_(is_one_of(Ticket.status, *OPEN), Ticket.merged_into_id.is_not(None))
    )
    found = cause.tx.session.scalars(theirs.order_by(Ticket.id)).all()
    return [ticket for ticket in found if tickets.goes_on_in(cause, ticket).status in OPEN]


def _row(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """One of them, as it goes on: in a request of somebody else only that is said which every requester may know."""
    current = tickets.goes_on_in(cause, ticket)
    known = updates.values_of(cause, current)
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "status": str(current.status),
        **{name: known[name] for name in ("worker", "team", "go_on_at", "expected_at")},
    }
