"""While an agent is away somebody else answers for the tickets they own, and gives them back after that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import OPEN, Job, Person, Ticket, is_one_of
from bot.due import jobs
from bot.persons import absence, people
from bot.persons.directory import Agent
from bot.ticket import lifecycle, tickets

COME_BACK: Final = "come_back"
"""The job that gives an agent's tickets back: at the end of their absence, or before it when they say so."""


def begin(cause: Cause, agent: Agent, until: datetime) -> dict[Agent, list[Ticket]]:
    """An agent is away until that moment. Returns the tickets that others own meanwhile, by who does.

    The lead of the ticket's team, or of the agent's, else whoever is on duty; where nobody is there the owner stays.
    What the agent owns in the place of somebody else is that one's to get back.
    """
    absence.begin(cause, people.person(cause.tx, agent.person_id), until)
    kept = _planned(cause, agent.person_id)
    moved: dict[Agent, list[Ticket]] = {}
    for ticket in _owned(cause, agent.person_id):
        other = _in_their_place(cause, agent, ticket)
        if other is None:
            continue
        lifecycle.set_owner(cause, ticket, other.person_id, why=f"{agent.name} is away")
        moved.setdefault(other, []).append(ticket)
        if not _passed_on(cause, ticket, agent.person_id, other.person_id):
            kept[str(ticket.id)] = other.person_id
    if kept:
        jobs.schedule(cause, COME_BACK, until, {"agent": agent.person_id, "tickets": kept})
    return moved


def end(cause: Cause, person: Person) -> None:
    """An agent is back before their time."""
    absence.end(cause, person)
    give_back(cause, {"agent": person.id, "tickets": _planned(cause, person.id)})


def give_back(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of the job: what is still open, and owned by who was to stand in, is the agent's again."""
    agent = cause.desk.directory.by_person.get(arguments["agent"])
    for number, stand_in in arguments["tickets"].items() if agent else ():
        ticket = tickets.get(cause, int(number))
        if agent and ticket is not None and ticket.status in OPEN and ticket.owner_id == stand_in:
            lifecycle.set_owner(cause, ticket, agent.person_id, why=f"{agent.name} is back")


def _owned(cause: Cause, person_id: int) -> list[Ticket]:
    cause.tx.flush()
    owned = select(Ticket.id).where(is_one_of(Ticket.status, *OPEN), Ticket.owner_id == person_id).order_by(Ticket.id)
    found = (tickets.get(cause, number) for number in cause.tx.session.scalars(owned).all())
    return [ticket for ticket in found if ticket is not None]


def _in_their_place(cause: Cause, agent: Agent, ticket: Ticket) -> Agent | None:
    directory, away = cause.desk.directory, absence.of(cause)
    leads = [directory.lead_of(team) for team in (ticket.team, *agent.teams) if team]
    for lead in leads:
        if lead is not None and lead.person_id not in {*away, ticket.requester_id}:
            return lead
    found = directory.by_person.get(directory.duty_owner(ticket.team, ticket.requester_id, away=away))
    return found if found is not None and found.person_id not in away else None


def _planned(cause: Cause, person_id: int) -> dict[str, int]:
    """The tickets of an agent that others own already, by number, with who does; no job gives them back any more."""
    kept: dict[str, int] = {}
    for job in _waiting(cause):
        if job.arguments["agent"] == person_id:
            kept |= job.arguments["tickets"]
            job.state = "done"
    return kept


def _passed_on(cause: Cause, ticket: Ticket, before: int, after: int) -> bool:
    """Note who stands in now, if `before` stood in too; False if the ticket was their own."""
    for job in _waiting(cause):
        owned = job.arguments["tickets"]
        if owned.get(str(ticket.id)) == before:
            job.arguments = job.arguments | {"tickets": owned | {str(ticket.id): after}}
            return True
    return False


def _waiting(cause: Cause) -> Sequence[Job]:
    cause.tx.flush()
    planned = select(Job).where(is_one_of(Job.state, "waiting"), Job.kind == COME_BACK)
    return cause.tx.session.scalars(planned).all()
