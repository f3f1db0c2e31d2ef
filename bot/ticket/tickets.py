"""Finding tickets."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, case, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from bot.cause import Cause
from bot.db.models import OPEN, SlaTarget, Ticket, is_one_of
from bot.ids import LARGEST_ID

_Order = ColumnElement[Any] | InstrumentedAttribute[Any]
_LIMIT: Final = 50
_SOON: Final = timedelta(days=1)
_DUE: Final = (
    select(func.min(SlaTarget.due_at))
    .where(SlaTarget.ticket_id == Ticket.id, SlaTarget.state == "running")
    .scalar_subquery()
)
_NEWEST: Final = (Ticket.id.desc(),)
_NUMBER: Final = re.compile(r"#*([0-9]{1,19})")


def get(cause: Cause, number: int) -> Ticket | None:
    """The ticket with this number, locked for this transaction; None if there is none."""
    if abs(number) > LARGEST_ID:
        return None
    key = ("ticket", number)
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = cause.tx.session.get(Ticket, number, with_for_update=cause.tx.dialect == "postgresql")
        if cause.tx.scratch[key] is not None:
            cause.tx.scratch["first worked on by", number] = cause.tx.scratch[key].assignee_id
    found: Ticket | None = cause.tx.scratch[key]
    return found


def former_assignee(cause: Cause, ticket: Ticket) -> int | None:
    """Who worked on it when this transaction began."""
    former: int | None = cause.tx.scratch.get(("first worked on by", ticket.id))
    return former


def named(cause: Cause, written: str) -> Ticket | None:
    """The ticket with the number that somebody wrote, with or without `#`; None if it is none."""
    found = _NUMBER.fullmatch(written.strip())
    return get(cause, int(found[1])) if found else None


def goes_on_in(cause: Cause, ticket: Ticket) -> Ticket:
    """The ticket in which a merged one goes on; any other is its own. A circle ends where it began."""
    seen, current = {ticket.id}, ticket
    while current.merged_into_id is not None:
        following = get(cause, current.merged_into_id)
        if following is None or following.id in seen:
            return ticket
        seen.add(following.id)
        current = following
    return current


def merged_into(cause: Cause, ticket: Ticket) -> list[Ticket]:
    """All tickets that go on in this one, also by way of others, the oldest first."""
    cause.tx.settle(("merged", ticket.id))
    found: dict[int, Ticket] = {}
    wave = [ticket.id]
    while wave:
        query = select(Ticket).where(Ticket.merged_into_id.is_not(None), Ticket.merged_into_id.in_(wave))
        fresh = [one for one in cause.tx.session.scalars(query) if one.id != ticket.id and one.id not in found]
        found.update({one.id: one for one in fresh})
        wave = [one.id for one in fresh]
    return [found[number] for number in sorted(found)]


def of_person(cause: Cause, person_id: int) -> list[Ticket]:
    """The open tickets somebody works on, owns or asked for: what is overdue or due within a day, then the oldest."""
    roles = (Ticket.assignee_id, Ticket.owner_id, Ticket.requester_id)  # one by one: each has an index
    theirs = [select(Ticket.id).where(is_one_of(Ticket.status, *OPEN), role == person_id) for role in roles]
    return _listed(
        cause,
        Ticket.id.in_(union(*theirs)),
        order=(case((cause.now + _SOON > _DUE, _DUE)).nulls_last(), Ticket.id),
    )


def of_teams(cause: Cause, teams: Collection[str] | None) -> list[Ticket]:
    """The open tickets of these teams and of none (None: all): overdue or due within a day first, then the oldest."""
    theirs = [is_one_of(Ticket.status, *OPEN)]
    if teams is not None:
        theirs.append(or_(Ticket.team.is_(None), Ticket.team.in_(teams)))
    soon = due_before(cause.now + _SOON)
    cause.tx.flush()
    due = select(Ticket).join(soon, soon.c.ticket_id == Ticket.id).where(*theirs).order_by(soon.c.due_at, Ticket.id)
    first = list(cause.tx.session.scalars(due.limit(_LIMIT)))
    others = _listed(cause, *theirs, Ticket.id.not_in([ticket.id for ticket in first]), order=(Ticket.id,))
    return [*first, *others][:_LIMIT]


def due_before(moment: datetime) -> Subquery:
    """The `ticket_id` of tickets with a promise that ends before then, and `due_at`, when the first does."""
    number = SlaTarget.ticket_id + 0  # so that SQLite goes by what is due, and not through all tickets
    return (
        select(number.label("ticket_id"), func.min(SlaTarget.due_at).label("due_at"))
        .where(is_one_of(SlaTarget.state, "running"), SlaTarget.due_at < moment)
        .group_by(number)
        .subquery()
    )


def asked_by(cause: Cause, person_id: int, *, since: datetime) -> list[Ticket]:
    """The tickets that somebody asked for and that changed since then, the newest first."""
    return _listed(cause, Ticket.requester_id == person_id, Ticket.changed_at > since, order=_NEWEST)


def _listed(cause: Cause, *conditions: ColumnElement[bool], order: Sequence[_Order]) -> list[Ticket]:
    cause.tx.flush()
    return list(cause.tx.session.scalars(select(Ticket).where(*conditions).order_by(*order).limit(_LIMIT)))
