"""Status updates: what the desk tells a requester by itself about how their request stands, and when it may.

Nobody gets one within an hour of anything automatic, nor in quiet hours. One that must not go out yet waits as a job of
its ticket; when its time has come it says how things stand then, so that several have become one. An agent's words in
between say more, and it is dropped. What is critical waits for nothing; nor do answers, questions and "solved", which
are no updates.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import OPEN, Delivery, Identity, Job, Message, Person, Ticket
from bot.due import jobs
from bot.notice.values import name_values
from bot.outgoing import outbox
from bot.persons import people
from bot.ticket import conversations, messages, tickets
from bot.ticket.messages import Said
from channels.base import Kind, Role
from rules.facts import Priority
from rules.windows import moment, parse_window, reached
from rules.words import folded

KIND: Final = "update_requester"
STANDS: Final = "where_it_stands"
UPDATES: Final = frozenset({STANDS, "still_on_it", "transferred"})
"""The notices that may wait."""
_A_MOMENT: Final = timedelta(minutes=10)
"""How long what has just changed waits: who takes a request often answers it next."""
_ASKED: Final = frozenset({"status", "#status", "stand", "statut", "état", "etat", "stato", "stan"})
_AROUND: Final = " \t\n?.!"


def tell(cause: Cause, ticket: Ticket, notice: str, values: Mapping[str, Any]) -> bool:
    """Tell the requester now, or have it wait; True if it is on its way."""
    person = people.person(cause.tx, ticket.requester_id)
    when = _when(cause, ticket, person, at_once=notice != STANDS)
    if when <= cause.now:
        return outbox.tell_requester(cause, ticket, notice, {**values, **values_of(cause, ticket)}) is not None
    _wait(cause, ticket, when)
    return False


def catch_up(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: what waited may go out now, as things stand by now."""
    ticket = tickets.get(cause, arguments["ticket"])
    if ticket is None or ticket.status not in OPEN or _was_answered(cause, ticket, arguments["since"]):
        return
    person = people.person(cause.tx, ticket.requester_id)
    when = _when(cause, ticket, person, at_once=True)
    if when > cause.now:
        _put(cause, ticket, when, arguments["since"], depth=cause.depth)
    else:
        outbox.tell_requester(cause, ticket, STANDS, values_of(cause, ticket))


def asks(what: Said) -> bool:
    """Whether somebody writes nothing but "status?", or presses what says the same."""
    written = not what.files and folded(what.words).strip(_AROUND) in _ASKED
    return what.kind is Kind.HUMAN and (what.choice == outbox.STATUS or (what.choice is None and written))


def answer(cause: Cause, ticket: Ticket, what: Said, person: Person) -> None:
    """Keep the question and tell who asked how it stands. It changes nothing: nobody has to do anything about it."""
    if what.choice is None:
        conversation = conversations.of_requester(cause, ticket)
        messages.record(cause, ticket, conversation, what, author=person.id)
        conversations.follow(conversation, what.references)
    cause.audit("asked_how_it_stands", ticket.id)
    outbox.tell_at_request(cause, ticket, STANDS, values_of(cause, ticket))


def values_of(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """What the notice says beside what every notice may: who works on it, until when it rests, by when we answer."""
    agent = cause.desk.directory.by_person.get(ticket.assignee_id or 0)
    worker = name_values(agent.name) if agent else None
    late = ticket.answer_by is not None and ticket.answer_by < cause.now
    values = {
        "worker": worker,
        "team": ticket.team,
        "go_on_at": ticket.wake_at,
        "answer_by": None if late or ticket.answered_at is not None else ticket.answer_by,
        "opens_at": cause.desk.closed_until(cause.now),
    }
    return values | ({"agent": worker} if worker else {})


def _when(cause: Cause, ticket: Ticket, person: Person, *, at_once: bool) -> datetime:
    """When an update of a ticket may go to its requester."""
    if ticket.priority == Priority.CRITICAL:
        return cause.now
    earliest = cause.now if at_once else cause.now + _A_MOMENT
    last = _last_told(cause, person)
    if last is not None:
        earliest = max(earliest, last + timedelta(minutes=cause.desk.config.updates.apart_minutes))
    return _after_quiet_hours(cause, person, earliest)


def _last_told(cause: Cause, person: Person) -> datetime | None:
    """When somebody was last told something by the desk itself, on any ticket."""
    cause.tx.flush()
    addresses = cause.tx.session.scalars(select(Identity.address).where(Identity.person_id == person.id)).all()
    since = cause.now - timedelta(minutes=cause.desk.config.updates.apart_minutes)
    told = select(func.max(Delivery.queued_at)).where(
        Delivery.recipient.in_(addresses),
        Delivery.queued_at > since,
        Delivery.notice.in_(outbox.automatic_for_requesters(cause)),
    )
    return cause.tx.session.scalar(told)


def _after_quiet_hours(cause: Cause, person: Person, at: datetime) -> datetime:
    """That moment, or the end of the quiet hours in which it falls where they live."""
    quiet = cause.desk.config.updates.quiet
    if not quiet:
        return at
    zone, window = ZoneInfo(person.zone or cause.desk.config.desk.zone), parse_window(quiet)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if moment(reached(day, window.start, zone)) <= at < (end := moment(reached(day, window.end, zone))):
            return end
    return at


def _was_answered(cause: Cause, ticket: Ticket, since: str) -> bool:
    """Whether a person of the desk has said something to the requester since then."""
    said = select(Message.id).where(
        Message.ticket_id == ticket.id,
        Message.kind == "message",
        Message.role == Role.REQUESTER,
        Message.author_id != ticket.requester_id,
        Message.at >= datetime.fromisoformat(since),
    )
    cause.tx.flush()
    return cause.tx.session.scalar(said.limit(1)) is not None


def _wait(cause: Cause, ticket: Ticket, when: datetime) -> None:
    """Have one update of the ticket wait, if none does."""
    waiting = select(Job.id).where(Job.ticket_id == ticket.id, Job.kind == KIND, Job.state == "waiting")
    cause.tx.settle((KIND, ticket.id))
    if cause.tx.session.scalar(waiting.limit(1)) is None:
        _put(cause, ticket, when, cause.now.isoformat(), depth=cause.event_depth + 1)
        cause.tx.note_fresh((KIND, ticket.id))


def _put(cause: Cause, ticket: Ticket, when: datetime, since: str, *, depth: int) -> None:
    arguments = {"ticket": ticket.id, "since": since}
    jobs.schedule(cause, KIND, when, arguments, ticket_id=ticket.id, depth=depth)
