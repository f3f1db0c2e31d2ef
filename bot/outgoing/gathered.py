"""What is told of many tickets in one list a person, and not in a message for each.

A list is a job, with a key of its own for each person and occasion until it is sent. What changed rules or calendars
brought about is told when nothing has been added for a minute; all else when the desk opens the next day.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import select

from bot.cause import Cause, Raised
from bot.db.models import OPEN, Job, Ticket
from bot.ids import new_id
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons.directory import Agent
from bot.ticket import tickets
from bot.timing import sla
from bot.verbs.queries import due_next, list_row
from rules.facts import Event, Facts

KIND: Final = "tell_list"
MOST: Final = 20
"""How many tickets a list names; of the others it says how many they are."""
_QUIET: Final = timedelta(minutes=1)
_MORNING: Final = time(7)
"""When lists go out of a desk that is open already then, such as one that never closes."""
_TITLES: Final[Mapping[str, Text]] = {
    Event.SLA_BREACHED: gettext("Tickets past their time: %(count)s"),
    Event.SLA_WARNING: gettext("Tickets that are due soon: %(count)s"),
}
_OTHER: Final = gettext("Tickets that have not moved for some days: %(count)s")


def retimed(facts: Facts) -> bool:
    """Whether changed rules or calendars brought this about, and so maybe for many tickets at once."""
    return facts.sla is not None and facts.sla.retimed


def gather(cause: Cause, agent: Agent, raised: Raised, ticket: Ticket) -> None:
    """Put the ticket on the agent's next list of such tickets, once."""
    since_change = retimed(raised.facts)
    job = _list_of(cause, agent, raised.facts.event, since_change=since_change)
    if job.state != "waiting":
        job.state, job.attempts, job.due_at = "waiting", 0, _next_morning(cause)
        job.arguments = job.arguments | {"count": 0, "tickets": [], "last": 0}
    if since_change:
        job.due_at = cause.now + _QUIET
    gathered = job.arguments
    if gathered["last"] != ticket.id and ticket.id not in gathered["tickets"]:
        numbers = [*gathered["tickets"], ticket.id][:MOST]
        job.arguments = gathered | {"count": gathered["count"] + 1, "tickets": numbers, "last": ticket.id}


def tell(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: send a list. Of the tickets that it would name, those that are done meanwhile are left out."""
    job = cause.tx.session.scalars(select(Job).where(Job.key == arguments["key"])).one()
    job.key = f"{KIND}:{job.id}"  # what is gathered from now on is another list
    agent = cause.desk.directory.by_person.get(arguments["person"])
    found = [tickets.get(cause, number) for number in job.arguments["tickets"]]
    named = [ticket for ticket in found if ticket is not None and ticket.status in OPEN]
    if agent is None or not named:
        return
    count = job.arguments["count"] - len(found) + len(named)
    due = due_next(sla.promises_of(cause, [ticket.id for ticket in named]))
    values = {
        "title": replace(_TITLES.get(arguments["event"], _OTHER), values={"count": count}),
        "tickets": [list_row(cause, ticket) | due[ticket.id] for ticket in named],
        "more": count - len(named),
        "retimed": arguments["retimed"],
    }
    outbox.tell_agent(cause, agent, None, "ticket_list", values)


def _list_of(cause: Cause, agent: Agent, event: str, *, since_change: bool) -> Job:
    """The person's list of this occasion, locked for this transaction."""
    key = f"{KIND}:{event}:{'retimed' if since_change else 'as ever'}:{agent.person_id}"
    if key not in cause.tx.scratch:
        cause.tx.flush()
        found = cause.tx.session.scalar(select(Job).where(Job.key == key).with_for_update())
        cause.tx.scratch[key] = found or _begin(cause, key, agent, event, since_change=since_change)
    job: Job = cause.tx.scratch[key]
    return job


def _begin(cause: Cause, key: str, agent: Agent, event: str, *, since_change: bool) -> Job:
    job = Job(
        id=new_id(),
        key=key,
        kind=KIND,
        arguments={"key": key, "person": agent.person_id, "event": event, "retimed": since_change},
        due_at=cause.now,
        state="done",
        root=key,
        depth=1,
    )
    cause.tx.add(job)
    return job


def _next_morning(cause: Cause) -> datetime:
    """When the desk opens on the next day that it does, but not at night."""
    calendar = cause.desk.calendar
    tomorrow = cause.now.astimezone(calendar.zone).date() + timedelta(days=1)
    return calendar.next_open(datetime.combine(tomorrow, _MORNING, calendar.zone))
