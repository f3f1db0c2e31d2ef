"""Tickets opened lately by the same requester, about the same asset, of the same category: what count_recent() counts.

They are looked up only where a rule in force asks for them, and kept with the event, so that it can be judged again.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Ticket
from rules.facts import Event, Opened, RecentFacts

_MOST: Final = 200
"""So many are kept: a flood is known as one, and the events of it stay small."""
_COLUMNS: Final[dict[str, Any]] = {
    "requester": Ticket.requester_id,
    "asset": Ticket.asset_id,
    "category": Ticket.category,
}


def recent_facts(cause: Cause, event: Event, ticket: Ticket) -> RecentFacts | None:
    """What the rules for this event count; None where they count nothing."""
    windows = cause.desk.books.recent.get(event)
    if not windows:
        return None
    return RecentFacts(**{subject: _opened(cause, ticket, subject, window) for subject, window in windows.items()})


def _opened(cause: Cause, ticket: Ticket, subject: str, window: timedelta) -> Opened | None:
    """The newest of the same sort first; None where the ticket has no such thing."""
    column, since = _COLUMNS[subject], cause.now - window
    value = getattr(ticket, column.key)
    if value is None:
        return None
    cause.tx.flush()
    same = select(Ticket.created_at).where(column == value, Ticket.created_at > since, Ticket.created_at <= cause.now)
    times: list[datetime] = list(cause.tx.session.scalars(same.order_by(Ticket.created_at.desc()).limit(_MOST)))
    return Opened(since=since, at=tuple(times))
