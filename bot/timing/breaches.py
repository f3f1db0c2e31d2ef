"""Which promises would be broken under other books: worked out from the history of tickets, as by `bot.timing.sla`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.cause import Cause
from bot.db.models import SlaTarget, Ticket
from bot.db.tx import Tx
from bot.desk import Desk
from bot.timing import sla
from rules.facts import Facts, Target
from rules.kinds import Books
from rules.policies import completed, pick
from rules.sla import Terms, courses, terms


class Judged(Struct, frozen=True, kw_only=True):
    """A ticket as it was last, as it would have been, and the books of then."""

    then: Facts
    now: Facts
    books: Books


class Broken(Struct, frozen=True):
    """How many promises of each target were broken for a ticket, and how many would have been."""

    ticket: int
    then: Counter[str]
    now: Counter[str]


def compare(session: Session, desk: Desk, judged: Iterable[Judged], at: datetime) -> Iterator[Broken]:
    """The tickets to which the desk's books promise something else than those of then; what runs, runs until `at`."""
    cause = Cause(Tx(session, at), desk, "backtest")
    for one in judged:
        promised = _promised(desk, desk.books, one.now)
        if promised != _promised(desk, one.books, one.then):
            ticket = session.get(Ticket, one.then.ticket.number)
            if ticket is not None:
                yield Broken(ticket.id, _recorded(session, ticket), _worked_out(cause, ticket, promised))


def _promised(desk: Desk, books: Books, facts: Facts) -> dict[str, Terms]:
    """The terms of each target for which something is promised."""
    found = pick(books.policies, facts)
    policy = completed(found, desk.policy) if found else desk.policy
    calendar = desk.calendar_of(policy)
    every = {target.value: terms(policy, target, facts.ticket.priority, calendar) for target in Target}
    return {target: one for target, one in every.items() if one is not None}


def _recorded(session: Session, ticket: Ticket) -> Counter[str]:
    broken = or_(SlaTarget.breached_at.is_not(None), SlaTarget.state == "missed")
    return Counter(session.scalars(select(SlaTarget.kind).where(SlaTarget.ticket_id == ticket.id, broken)))


def _worked_out(cause: Cause, ticket: Ticket, promised: dict[str, Terms]) -> Counter[str]:
    history = sla.history_of(cause, ticket)
    standing = (
        sla.stands(promised[course.target.value], course, history, cause.now)
        for course in courses(history)
        if course.target.value in promised
    )
    return Counter(one.course.target.value for one in standing if one.state == "missed" or one.broken(cause.now))
