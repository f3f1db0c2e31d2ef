"""What would happen if a message came now: all of it is done, explained, and undone."""

from typing import Any

from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import Inbox, Ticket
from bot.db.tx import Tx
from bot.desk import Desk
from bot.ids import new_id
from bot.intake.reception import take_in
from bot.judging import why
from bot.judging.react import react
from channels.base import Incoming


def tried(tx: Tx, desk: Desk, channel: str, incoming: Incoming) -> dict[str, Any]:
    """`outcome`, `ticket` and the explained `events`. The caller must end the transaction without a commit.

    The number of a ticket that would be opened is only looked at: a sequence would not give it back.
    """
    row = Inbox(
        id=new_id(),
        channel=channel,
        key=f"trial:{new_id()}",
        lane="",
        received_at=tx.now,
        state="new",
        meta={},
        payload=b"",
    )
    tx.add(row)
    tx.scratch.setdefault("ticket number", tx.session.scalar(select(func.max(Ticket.id))) or 0)
    cause = Cause(tx, desk, f"trial:{row.id}")
    cause.channel = channel
    outcome = take_in(cause, row.id, incoming)
    react(cause)
    tx.flush()
    return {
        "outcome": outcome.what,
        "ticket": outcome.ticket_id,
        "events": why.of_cause(tx.session, cause.id, since=row.id),
    }
