"""What reports count: a row for every ticket and cause, with what happened to it and what was so afterwards.

Such a row says what was so until the next one of its ticket, and is never changed otherwise. So a month that was
reported stays as it was, whatever becomes of its tickets, the configuration or the people later. Moments are whole
seconds since 1970: a month of them is read at once.
"""

from collections.abc import Collection
from datetime import datetime
from enum import IntFlag
from typing import Final

from sqlalchemy import bindparam, select, update

from bot.cause import SPAM, Cause
from bot.db.models import Milestone, Span, Ticket
from bot.ids import new_id
from bot.judging.events import facts_now
from bot.persons import people
from bot.ticket import tickets
from rules.durations import parse_duration
from rules.facts import Event, Status, Target
from rules.policies import ALWAYS_STOP
from rules.sla import Course, History, Stretch, Terms, used


class Happened(IntFlag):
    """What a row can say of its ticket, several of them together. The numbers are stored: they stay as they are."""

    OPENED = 1
    RECEIVED = 2
    ANSWERED = 4
    DONE = 8
    REOPENED = 16
    ESCALATED = 32
    HANDED_BACK = 64
    MACRO = 128
    SPAM = 256
    CHANGED = 512


_OF: Final = {
    Event.TICKET_OPENED: Happened.OPENED,
    Event.MESSAGE_RECEIVED: Happened.RECEIVED,
    Event.AGENT_ANSWERED: Happened.ANSWERED,
    Event.TICKET_REOPENED: Happened.REOPENED,
    Event.TICKET_ESCALATED: Happened.ESCALATED,
    Event.TICKET_HANDED_BACK: Happened.HANDED_BACK,
    Event.MACRO_USED: Happened.MACRO,
    Event.TICKET_STATUS_CHANGED: Happened.CHANGED,
    Event.TICKET_PRIORITY_CHANGED: Happened.CHANGED,
    Event.TICKET_CATEGORY_CHANGED: Happened.CHANGED,
    Event.TICKET_FIELDS_CHANGED: Happened.CHANGED,
    Event.TICKET_TEAM_CHANGED: Happened.CHANGED,
    Event.TICKET_TAKEN: Happened.CHANGED,
    Event.TICKET_ASSIGNED: Happened.CHANGED,
    Event.TICKET_SOLVED: Happened.CHANGED,
    SPAM: Happened.SPAM,
}
FOREVER: Final = 2**53
"""Until when what is so now is so, as far as is known."""
_ENDS: Final = (
    update(Milestone)
    .where(
        Milestone.ticket_id == bindparam("number"),
        Milestone.until == FOREVER,
        Milestone.id < bindparam("next_one"),
    )
    .values(until=bindparam("ended"))
)
_BUSINESS: Final = parse_duration("1 business hour")
"""Any promise in business time: its calendar is what counts."""
_SPANS: Final = (
    select(Span.status, Span.started_at, Span.ended_at).where(Span.ticket_id == bindparam("number")).order_by(Span.id)
)


def follow_all(cause: Cause, *, timed: bool = True) -> None:
    """Write down what this cause made happen. What is old, and not `timed`, was done at some moment nobody knows."""
    for number, names in cause.happened.items():
        ticket = tickets.get(cause, number)
        happened = _together(names)
        if ticket is not None and happened:
            _write(cause, ticket, happened, timed=timed)
    cause.happened.clear()


def _together(names: Collection[str]) -> Happened:
    happened = Happened(0)
    for name in names:
        happened |= _OF.get(name, Happened(0))
    return happened


def _write(cause: Cause, ticket: Ticket, happened: Happened, *, timed: bool) -> None:
    void = ticket.merged_into_id is not None or bool(happened & Happened.SPAM)
    done = not void and _was_done_now(cause, ticket, happened)
    row, at = new_id(), _seconds(cause.now)
    if not happened & Happened.OPENED:
        cause.tx.later(_ENDS, number=ticket.id, next_one=row, ended=at)
    cause.tx.append(
        Milestone,
        id=row,
        ticket_id=ticket.id,
        at=at,
        until=FOREVER,
        happened=int(happened | Happened.DONE if done else happened),
        status=str(ticket.status),
        priority=str(ticket.priority),
        category=ticket.category,
        team=ticket.team,
        tier=ticket.tier,
        department=people.person(cause.tx, ticket.requester_id).department,
        channel=ticket.channel if happened & Happened.OPENED else cause.channel or ticket.channel,
        requester_id=ticket.requester_id,
        assignee_id=ticket.assignee_id,
        agent_id=cause.actor.person_id if cause.actor.role == "agent" else None,
        asset_id=ticket.asset_id,
        opened_at=_seconds(ticket.created_at),
        answered=ticket.answered_at is not None,
        escalated=ticket.escalated,
        confidential=ticket.confidential,
        void=void,
        seconds=_worked(cause, ticket) if done and timed else None,
    )


def _was_done_now(cause: Cause, ticket: Ticket, happened: Happened) -> bool:
    """Whether it became solved in this cause, or was closed without ever having been."""
    if not happened & Happened.CHANGED or ticket.status not in ALWAYS_STOP:
        return False
    if ticket.solved_at is None:
        return ticket.status == Status.CLOSED
    return ticket.solved_at == cause.now


def _worked(cause: Cause, ticket: Ticket) -> int:
    """The seconds from its opening until now in the calendar of its policy, less those in which the policy stops."""
    cause.tx.settle(("span", ticket.id))
    policy = cause.desk.policy_of(facts_now(cause, ticket))
    terms = Terms(_BUSINESS, cause.desk.calendar_of(policy), (*policy.pauses, *ALWAYS_STOP))
    rows = cause.tx.execute(_SPANS, {"number": ticket.id})
    stretches = tuple(Stretch(Status(row.status), row.started_at, row.ended_at) for row in rows)
    history = History(opened_at=ticket.created_at, stretches=stretches)
    course = Course(Target.RESOLUTION, ticket.created_at, cause.now)
    return round(used(course, terms, history, cause.now).total_seconds())


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
