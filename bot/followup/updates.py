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
from bot.db.models import OPEN, AuditEntry, Delivery, Identity, Job, Message, Person, Span, Ticket
from bot.due import jobs
from bot.notice.values import name_values
from bot.outgoing import outbox
from bot.persons import people
from bot.ticket import conversations, messages, tickets
from bot.ticket.messages import Said
from channels.base import Kind, Role
from rules.enquiry import asks_how_it_stands
from rules.facts import Priority, Status
from rules.windows import moment, parse_window, reached

KIND: Final = "update_requester"
STANDS: Final = "where_it_stands"
UPDATES: Final = frozenset({STANDS, "still_on_it", "transferred"})
"""The notices that may wait."""
_A_MOMENT: Final = timedelta(minutes=10)
"""How long what has just changed waits: who takes a request often answers it next."""
WAITS: Final = frozenset({Status.WAITING_REQUESTER, Status.WAITING_VENDOR, Status.ON_HOLD})
"""Where it waits for somebody else than those who work on it; how long, its status says."""
_HANDS: Final = ("taken", "assigned", "unassigned", "team", "escalated", "handed_back", "transferred")
"""What puts a ticket into other hands, as the audit has it."""
_LATELY: Final = timedelta(days=1)


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
    written = not what.files and asks_how_it_stands(what.words)
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
        "expected_at": ticket.expected_at if ticket.expected_at and ticket.expected_at > cause.now else None,
        "since": _since(cause, ticket),
        "answer_by": None if late or ticket.answered_at is not None else ticket.answer_by,
        "opens_at": cause.desk.closed_until(cause.now),
    }
    return values | ({"agent": worker} if worker else {})


def _since(cause: Cause, ticket: Ticket) -> datetime | None:
    """Since when it waits for whom it waits for now: the step that is open. None where that began just lately."""
    cause.tx.flush()
    if ticket.status in WAITS:
        query = select(Span.started_at).where(Span.ticket_id == ticket.id, Span.ended_at.is_(None))
    else:
        passed_on = AuditEntry.ticket_id == ticket.id, AuditEntry.action.in_(_HANDS)
        query = select(AuditEntry.at).where(*passed_on).order_by(AuditEntry.id.desc()).limit(1)
    since = cause.tx.session.scalar(query) or ticket.created_at
    return since if since <= cause.now - _LATELY else None


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
    zone, window = _zone(cause, person), parse_window(quiet)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if moment(reached(day, window.start, zone)) <= at < (end := moment(reached(day, window.end, zone))):
            return end
    return at


def _zone(cause: Cause, person: Person) -> ZoneInfo:
    """Where they live; where that is not known, or is no place, where the desk is."""
    own = ZoneInfo(cause.desk.config.desk.zone)
    try:
        return ZoneInfo(person.zone) if person.zone else own
    except (KeyError, ValueError, OSError):
        return own


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
