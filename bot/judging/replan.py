"""After books, calendars or policies changed, the tickets that are not closed are gone through, 100 in a job.

Each job schedules the next one, so it may be interrupted anywhere. A clock that the new rules find run down already
rings in its turn, one each five seconds: nobody gets all of them at once. Old mail taken over is left as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import OPEN, AuditEntry, Book, Identity, Person, Span, Ticket, TicketTag, is_one_of
from bot.db.tx import Tx
from bot.due import jobs
from bot.judging.events import facts_channel
from bot.timing import sla, timers

KIND: Final = "replan"
BATCH: Final = 100
PACE: Final = timedelta(seconds=5)
"""The time between two clocks that have run down already."""
_LATE: Final = timedelta(seconds=2)
_NEWEST: Final = select(Book.hash).where(Book.planned_at.is_not(None)).order_by(Book.planned_at.desc()).limit(1)
"""The books that open tickets were gone through for last, or are now."""


@dataclass
class Turns:
    """The order in which those ring that should have rung before `begun`; `late` is how many there were so far."""

    begun: datetime
    late: int

    def in_turn(self, due_at: datetime) -> datetime:
        """When a clock rings that is due then."""
        if due_at > self.begun:
            return due_at
        self.late += 1
        return self.begun + PACE * self.late


def schedule(tx: Tx, in_force: str) -> None:
    """Have all tickets gone through for the books of this hash, which are in force from now on and kept already."""
    tx.flush()
    tx.session.get_one(Book, in_force).planned_at = tx.now
    jobs.begin(tx, KIND, {"books": in_force, "after": 0, "begun": tx.now.isoformat(), "late": 0})


def schedule_if_new(tx: Tx, in_force: str) -> None:
    """The same, unless these books were in force the last time as well."""
    tx.flush()
    if tx.session.scalar(_NEWEST) != in_force:
        schedule(tx, in_force)


def go_on(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: the next tickets. Nothing, if other books are in force by now: then another job sees to it."""
    cause.tx.flush()
    if arguments["books"] != cause.desk.books.hash:
        if cause.tx.session.scalar(_NEWEST) == arguments["books"]:
            jobs.begin(cause.tx, KIND, arguments, due_at=cause.now + _LATE)  # this process has not seen them yet
        return
    tickets = _next(cause, arguments["after"])
    turns = Turns(datetime.fromisoformat(arguments["begun"]), arguments["late"])
    _learn(cause, tickets)
    sla.learn(cause, tickets)
    began, imported = _began(cause, tickets), _imported(cause, tickets)
    for ticket in tickets:
        if ticket.id not in imported:
            timers.replan(cause, ticket, began.get(ticket.id, ticket.created_at), turns.in_turn)
        sla.retime(cause, ticket)
    if len(tickets) == BATCH:
        jobs.begin(cause.tx, KIND, {**arguments, "after": tickets[-1].id, "late": turns.late})


def _next(cause: Cause, after: int) -> Sequence[Ticket]:
    """The next tickets that are not closed, locked for this transaction."""
    numbers: list[int] = []
    for statuses in (OPEN, ("solved",)):
        of_these = select(Ticket.id).where(is_one_of(Ticket.status, *statuses), Ticket.id > after)
        numbers.extend(cause.tx.session.scalars(of_these.order_by(Ticket.id).limit(BATCH)))
    chosen = select(Ticket).where(Ticket.id.in_(sorted(numbers)[:BATCH])).order_by(Ticket.id)
    if cause.tx.dialect == "postgresql":
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    return cause.tx.session.scalars(chosen).all()


def _learn(cause: Cause, tickets: Sequence[Ticket]) -> None:
    """Ask once, and not for each ticket, what the facts of all of them need."""
    tx = cause.tx
    numbers, requesters = [ticket.id for ticket in tickets], {ticket.requester_id for ticket in tickets}
    timers.load(cause, numbers)
    tx.scratch.update({("ticket", ticket.id): ticket for ticket in tickets})
    tx.scratch.update({("tags", number): [] for number in numbers})
    tagged = select(TicketTag.ticket_id, TicketTag.tag).where(TicketTag.ticket_id.in_(numbers)).order_by(TicketTag.tag)
    for number, tag in tx.session.execute(tagged):
        tx.scratch["tags", number].append(tag)
    for person in tx.session.scalars(select(Person).where(Person.id.in_(requesters))):
        tx.scratch["person", person.id] = person
    for ticket in tickets:
        tx.scratch.setdefault(("address", ticket.requester_id, facts_channel(ticket)), None)
    identities = select(Identity).where(Identity.person_id.in_(requesters)).order_by(Identity.id.desc())
    for identity in tx.session.scalars(identities):
        tx.scratch["address", identity.person_id, identity.channel] = identity


def _began(cause: Cause, tickets: Sequence[Ticket]) -> dict[int, datetime]:
    """Since when each of them is in its status."""
    numbers = [ticket.id for ticket in tickets]
    spans = select(Span).where(Span.ticket_id.in_(numbers), Span.ended_at.is_(None))
    return {span.ticket_id: span.started_at for span in cause.tx.session.scalars(spans)}


def _imported(cause: Cause, tickets: Sequence[Ticket]) -> set[int]:
    """Those made of old mail on which nothing has happened since then."""
    numbers = [ticket.id for ticket in tickets]
    imported = select(AuditEntry.ticket_id).where(AuditEntry.ticket_id.in_(numbers), AuditEntry.action == "imported")
    return {number for number in cause.tx.session.scalars(imported) if number is not None}
