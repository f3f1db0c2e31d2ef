"""What did not reach the requester as it was meant: they see so where they read it, and agents here."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, Message
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.outgoing import outbox
from bot.outgoing.delivery import Claimed
from bot.talk import threads
from bot.ticket import tickets
from channels.base import Role

FILES: Final = "files_left_out"
ASIDE: Final = "goes_on_aside"


def files(desk: Desk, row: Claimed, names: tuple[str, ...]) -> Unit[None]:
    """A unit that tells agents which files were too large for where the requester is answered."""
    return _tell(desk, row, FILES, {"uncopied": list(names)})


def aside(desk: Desk, row: Claimed) -> Unit[None]:
    """A unit that tells agents that the requester takes no direct messages, and has a thread instead."""
    return _tell(desk, row, ASIDE, {})


def _tell(desk: Desk, row: Claimed, notice: str, values: Mapping[str, Any]) -> Unit[None]:
    """Below the ticket's cards; where it has none, who said it reads it, or else who works on it."""

    def unit(tx: Tx) -> None:
        cause = Cause(tx, desk, f"delivery:{row.id}:{notice}")
        ticket = tickets.get(cause, row.envelope.ticket)
        if ticket is None or row.envelope.role is Role.DESK:
            return
        cause.audit(notice, ticket.id, **values)
        said = select(Message.author_id).join(Delivery, Delivery.message_id == Message.id).where(Delivery.id == row.id)
        author = tx.session.scalar(said) or ticket.assignee_id or ticket.owner_id
        agent = desk.directory.by_person.get(author or 0)
        if not threads.say(cause, ticket, notice, values) and agent is not None:
            outbox.tell_agent(cause, agent, ticket, notice, values)

    return unit
