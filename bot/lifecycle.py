"""The few functions that change a ticket. Each writes the audit and raises its event; nothing else changes one."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text, update

from bot import conversations, jobs, messages, notices, outbox, people
from bot.cause import Cause
from bot.db.models import Conversation, Person, Span, Ticket, TicketLink, TicketTag
from bot.events import raise_event, tags_of
from bot.ids import new_id
from bot.messages import Said
from bot.status import after
from bot.wording import gettext
from channels.base import Bounce, Kind, Role
from rules.facts import Event, Status
from rules.sla import answer_by

_REFERENCES_KEPT: Final = 20
_HIGHEST_NUMBER: Final = select(func.max(Ticket.id))
_NEXT_NUMBER: Final = text("select nextval('ticket_number')")


def open_ticket(
    cause: Cause,
    requester: Person,
    what: Said,
    *,
    channel: str,
    via: str = "",
    subject: str = "",
    team: str | None = None,
) -> Ticket:
    """A new ticket for `requester`; `channel` is where they are answered, `via` how they came if otherwise.

    `team` is whose it is, where that is known.
    """
    desk = cause.desk
    tier = desk.directory.lowest_tier()
    ticket = Ticket(
        id=_next_number(cause),
        subject=subject or what.subject or _first_line(what.words),
        status=Status.NEW,
        priority="medium",
        impact="medium",
        urgency="medium",
        tier=tier,
        channel=via or channel,
        language=requester.language or what.language or desk.config.desk.language,
        requester_id=requester.id,
        team=team,
        owner_id=desk.directory.duty_owner(team, requester.id),
        confidential=False,
        reopened=0,
        resolution="",
        created_at=cause.now,
        changed_at=cause.now,
        answer_by=answer_by(desk.policy, desk.calendar, cause.now),
    )
    cause.tx.add(ticket)
    cause.tx.scratch["tags", ticket.id] = []
    cause.tx.scratch["ticket", ticket.id] = ticket
    conversation = conversations.start(
        cause, ticket, Role.REQUESTER, channel, references=what.references[-_REFERENCES_KEPT:]
    )
    cause.tx.scratch["requester conversation", ticket.id] = conversation
    _begin_span(cause, ticket)
    messages.record(cause, ticket, conversation, what, author=requester.id)
    cause.audit("opened", ticket.id, channel=ticket.channel, subject=ticket.subject)
    raise_event(cause, Event.TICKET_OPENED, ticket, said=what, first=True)
    return ticket


def receive(
    cause: Cause, ticket: Ticket, conversation: Conversation, what: Said, *, author: Person, address: str
) -> None:
    """A further message from outside the desk, written by `author` from `address`."""
    messages.record(cause, ticket, conversation, what, author=author.id)
    known = conversation.references
    fresh = [reference for reference in what.references if reference not in known]
    if fresh:
        conversation.references = (known[:1] + (known[1:] + fresh)[-(_REFERENCES_KEPT - 1) :])[:_REFERENCES_KEPT]
    ticket.changed_at = cause.now
    cause.audit("received", ticket.id, author=author.name, machine=what.kind is not Kind.HUMAN)
    raise_event(cause, Event.MESSAGE_RECEIVED, ticket, said=what, address=address)


def bounced(cause: Cause, ticket: Ticket, what: Said, bounce: Bounce) -> None:
    """A message of ours did not arrive, or is late: the report is on the ticket, its status stays."""
    reason = bounce.action or "failed"
    raise_event(
        cause, Event.MESSAGE_BOUNCED, ticket, said=what, address=bounce.address, reason=reason, status=bounce.status
    )


def answer(cause: Cause, ticket: Ticket, agent: Person, what: Said, *, question: bool = False) -> None:
    """An agent's words to the requester. Answering an untaken ticket takes it; `question` waits for the requester."""
    if ticket.assignee_id is None:
        take(cause, ticket, agent)
    conversation = conversations.of_requester(cause, ticket)
    message_id = messages.record(cause, ticket, conversation, what, author=agent.id)
    set_status(cause, ticket, "wait_requester" if question else "answer")
    ticket.answered_at = ticket.answered_at or cause.now
    cause.audit("answered", ticket.id)
    outbox.say_words(cause, ticket, "question" if question else "answer", what, message_id)
    raise_event(cause, Event.AGENT_ANSWERED, ticket, said=what)


def add_note(cause: Cause, ticket: Ticket, author: Person, what: Said) -> None:
    """Internal words: they are kept on the ticket and reach agents only."""
    medium = (
        cause.desk.directory.by_person[author.id].medium if author.id in cause.desk.directory.by_person else "email"
    )
    conversation = conversations.of_desk(cause, ticket, medium)
    messages.record(cause, ticket, conversation, what, author=author.id, kind="note")
    cause.audit("noted", ticket.id)
    raise_event(cause, Event.NOTE_ADDED, ticket, said=what)


def also_addressed(cause: Cause, ticket: Ticket, team: str, what: Said) -> None:
    """A message to several teams is one ticket: `team`, which does not have it, is told so, and the ticket says it."""
    note = notices.said(gettext("This was sent to %(team)s too.", team=team), cause.desk.config.desk.language)
    conversation = conversations.of_desk(cause, ticket, ticket.channel)
    messages.record(cause, ticket, conversation, messages.words_only(note), author=None, kind="note")
    cause.audit("also_addressed", ticket.id, team=team)
    values = {"team": ticket.team, "other": team, "words": messages.shortened(what.words)}
    for agent in cause.desk.directory.of_team(team):
        if agent.person_id != ticket.requester_id and ticket.team not in agent.teams:
            outbox.tell_agent(cause, agent, ticket, "also_addressed", values)


def take(cause: Cause, ticket: Ticket, agent: Person) -> None:
    """The agent works on it from now on; the first taker becomes its owner too."""
    first = ticket.assignee_id is None and ticket.status == Status.NEW
    before, ticket.assignee_id = ticket.assignee_id, agent.id
    if first:
        ticket.owner_id = agent.id
    set_status(cause, ticket, "take")
    cause.audit("taken", ticket.id, before=_name(cause, before), after=agent.name)
    raise_event(cause, Event.TICKET_TAKEN, ticket)


def assign(cause: Cause, ticket: Ticket, agent: Person) -> None:
    """Somebody else decides who works on it."""
    before, ticket.assignee_id = ticket.assignee_id, agent.id
    set_status(cause, ticket, "take")
    cause.audit("assigned", ticket.id, before=_name(cause, before), after=agent.name)
    raise_event(cause, Event.TICKET_ASSIGNED, ticket)


def solve(cause: Cause, ticket: Ticket, agent: Person, what: Said) -> None:
    """It is done, as far as the desk can tell; the words say how, and go to the requester as an answer does."""
    if ticket.assignee_id is None:
        take(cause, ticket, agent)
    ticket.resolution = what.words or ticket.resolution
    ticket.solved_at = cause.now
    set_status(cause, ticket, "solve")
    if what.words or what.files:
        conversation = conversations.of_requester(cause, ticket)
        message_id = messages.record(cause, ticket, conversation, what, author=agent.id)
        ticket.answered_at = ticket.answered_at or cause.now
        outbox.say_words(cause, ticket, "solved", what, message_id)
    raise_event(cause, Event.TICKET_SOLVED, ticket, said=what)


def reopen(cause: Cause, ticket: Ticket, *, why: str = "") -> None:
    """It was not done after all."""
    if ticket.status not in {Status.SOLVED, Status.CLOSED}:
        set_status(cause, ticket, "wake", why=why)
        return
    ticket.reopened += 1
    ticket.solved_at = None
    set_status(cause, ticket, "reopen", why=why)
    raise_event(cause, Event.TICKET_REOPENED, ticket)


def set_status(cause: Cause, ticket: Ticket, happening: str, *, why: str = "") -> None:
    """Move the ticket as the transition table says; the time in the status before ends now."""
    status = after(happening, ticket.status)
    if status == ticket.status:
        return
    before, ticket.status, ticket.changed_at = ticket.status, status, cause.now
    cause.tx.settle(("span", ticket.id))
    cause.tx.session.execute(
        update(Span).where(Span.ticket_id == ticket.id, Span.ended_at.is_(None)).values(ended_at=cause.now)
    )
    _begin_span(cause, ticket)
    cause.audit("status", ticket.id, before=before, after=str(status), why=why)
    raise_event(cause, Event.TICKET_STATUS_CHANGED, ticket)


def close_as_spam(cause: Cause, ticket: Ticket, sender: Person) -> None:
    """Nobody is told; nothing more is taken from the address that it came from."""
    identity = people.address_of(cause.tx, sender.id, "email")
    if identity is not None:
        people.block(cause.tx, identity)
        cause.audit("spam", ticket.id, address=identity.address)
    set_status(cause, ticket, "close", why="spam")


def no_spam(cause: Cause, ticket: Ticket, sender: Person) -> None:
    """It was no spam: mail from its sender is taken again, and it is open."""
    identity = people.address_of(cause.tx, sender.id, "email")
    if identity is not None:
        people.unblock(identity)
        cause.audit("not_spam", ticket.id, address=identity.address)
    set_status(cause, ticket, "reopen", why="not spam")


def hold(cause: Cause, ticket: Ticket, until: datetime, *, why: str = "") -> None:
    """Put aside until a date, when a job wakes it."""
    ticket.wake_at = until
    jobs.schedule(cause, "wake_ticket", until, {"ticket": ticket.id}, ticket_id=ticket.id)
    set_status(cause, ticket, "hold", why=why)


def set_priority(cause: Cause, ticket: Ticket, priority: str, *, why: str = "") -> None:
    """Change how urgent the ticket is."""
    if priority == ticket.priority:
        return
    before, ticket.priority, ticket.changed_at = ticket.priority, priority, cause.now
    cause.audit("priority", ticket.id, before=before, after=priority, why=why)
    raise_event(cause, Event.TICKET_PRIORITY_CHANGED, ticket)


def add_tag(cause: Cause, ticket: Ticket, tag: str) -> None:
    """Put a word on the ticket, once."""
    tags = tags_of(cause, ticket.id)
    if tag not in tags:
        tags.append(tag)
        cause.tx.append(TicketTag, ticket_id=ticket.id, tag=tag)
        cause.audit("tagged", ticket.id, after=tag)


def link(cause: Cause, ticket: Ticket, other: Ticket) -> None:
    """Say that two tickets have to do with each other, once."""
    first, second = sorted((ticket.id, other.id))
    if cause.tx.session.get(TicketLink, (first, second)) is None:
        cause.tx.add(TicketLink(ticket_id=first, other_id=second))
        cause.tx.flush()
        cause.audit("linked", ticket.id, after=other.id)
        cause.audit("linked", other.id, after=ticket.id)


def _begin_span(cause: Cause, ticket: Ticket) -> None:
    cause.tx.append(
        Span, id=new_id(), ticket_id=ticket.id, status=str(ticket.status), started_at=cause.now, ended_at=None
    )
    cause.tx.note_fresh(("span", ticket.id))


def _next_number(cause: Cause) -> int:
    tx = cause.tx
    if tx.dialect == "postgresql":
        return int(tx.execute(_NEXT_NUMBER).scalar_one())
    if "ticket number" not in tx.scratch:
        tx.scratch["ticket number"] = tx.execute(_HIGHEST_NUMBER).scalar() or 0
    tx.scratch["ticket number"] += 1
    number: int = tx.scratch["ticket number"]
    return number


def _first_line(words: str) -> str:
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    return line[:80] or "(no subject)"


def _name(cause: Cause, person_id: int | None) -> str | None:
    return people.person(cause.tx, person_id).name if person_id else None


def closed_for_good(cause: Cause, ticket: Ticket) -> bool:
    """Whether an answer comes too late to reopen this ticket and opens a new one instead."""
    limit = timedelta(days=cause.desk.config.desk.reopen_days)
    return ticket.status == Status.CLOSED and cause.now - ticket.changed_at > limit
