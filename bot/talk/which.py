"""A direct message from somebody with an open ticket: about that, or something new? They are asked, and it waits.

It stays in the inbox, as it was received, until they press a button; after ten minutes without an answer it joins the
open ticket, marked as unsure.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import OPEN, Ticket, is_one_of
from bot.due import jobs
from bot.intake import inbox
from bot.intake.received import Outcome, Received
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.ticket import tickets
from channels.base import Choice

KIND: Final = "join_unsure"
ASKED: Final = "asked"
"""The state of an inbox row whose sender was asked what it is about."""

_ABOUT: Final = "about"
_NEW: Final = "new"
_WAITS_FOR: Final = timedelta(minutes=10)


def ask(cause: Cause, received: Received) -> Outcome | None:
    """Ask what a message is about; None where there is nothing to ask."""
    ticket = _open_ticket(cause, received)
    if ticket is None:
        return None
    choices = (
        Choice(f"{_ABOUT}:{received.inbox_id}:{ticket.id}", f"#{ticket.id}"),
        Choice(f"{_ABOUT}:{received.inbox_id}:{_NEW}", outbox.said_to(cause, received, gettext("Something new"))),
    )
    values = {"ticket": {"number": ticket.id, "subject": ticket.subject}}
    outbox.whisper(cause, received, "which_ticket", values, choices=choices)
    arguments = {"inbox": received.inbox_id, "ticket": ticket.id}
    jobs.schedule(cause, KIND, cause.now + _WAITS_FOR, arguments)
    return Outcome(f"its sender was asked whether it is about #{ticket.id}", ticket.id, state=ASKED)


def answered(cause: Cause, received: Received) -> Outcome | None:
    """What somebody pressed, if it answers such a question: their message is worked at once."""
    value = received.incoming.choice or ""
    mark, _, rest = value.partition(":")
    inbox_id, _, meant = rest.partition(":")
    if mark != _ABOUT or not inbox_id.isdigit():
        return None
    if not inbox.go_on(cause.tx, int(inbox_id), ASKED, meant=meant, unsure=False):
        outbox.whisper(cause, received, "choice_over", {})
    return Outcome("answered what it is about")


def join_unsure(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """Nobody answered: the message is taken to be about the open ticket."""
    inbox.go_on(cause.tx, int(arguments["inbox"]), ASKED, meant=str(arguments["ticket"]), unsure=True)


def _open_ticket(cause: Cause, received: Received) -> Ticket | None:
    if received.sender is None:
        return None
    cause.tx.flush()
    newest = select(Ticket.id).where(Ticket.requester_id == received.sender[0].id, is_one_of(Ticket.status, *OPEN))
    number = cause.tx.session.scalar(newest.order_by(Ticket.id.desc()).limit(1))
    return tickets.get(cause, number) if number is not None else None
