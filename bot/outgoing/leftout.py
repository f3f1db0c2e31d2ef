"""Files that were too large for where the requester is answered: they read so there, and the agent here."""

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, Message
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.outgoing import outbox
from bot.outgoing.delivery import Claimed
from bot.ticket import tickets
from channels.base import Role

NOTICE = "files_left_out"


def tell(desk: Desk, row: Claimed, names: tuple[str, ...]) -> Unit[None]:
    """A unit that tells the agent whose words went without these files."""

    def unit(tx: Tx) -> None:
        if row.envelope.role is Role.DESK or not row.envelope.speaker:
            return
        said = select(Message.author_id).join(Delivery, Delivery.message_id == Message.id).where(Delivery.id == row.id)
        agent = desk.directory.by_person.get(tx.session.scalar(said) or 0)
        cause = Cause(tx, desk, f"delivery:{row.id}")
        ticket = tickets.get(cause, row.envelope.ticket)
        if agent is None or ticket is None:
            return
        cause.audit("files_left_out", ticket.id, names=list(names))
        outbox.tell_agent(cause, agent, ticket, NOTICE, {"names": list(names)})

    return unit
