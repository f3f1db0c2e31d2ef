"""A ticket is escalated: to a tier, a team, an outside vendor, or one agent."""

from collections.abc import Sequence

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.persons import absence, people
from bot.persons.directory import Agent, Team
from bot.persons.may import may_work_on
from bot.ticket import assignment, lifecycle, vendors
from bot.ticket.lifecycle import Place
from bot.ticket.messages import Said
from channels.base import Address
from rules.assignment import Strategy


def next_up(cause: Cause, ticket: Ticket) -> int | Agent | None:
    """Whom a ticket goes up to where nobody says to whom: the next tier of its team, else the team's lead.

    Where the team has neither, the next tier of the desk. None where the lead has it already, or nobody is beyond.
    """
    directory, beyond = cause.desk.directory, ticket.tier + 1
    tier, lead = directory.tier_of_team_from(beyond, ticket.team or ""), directory.lead_of(ticket.team or "")
    if tier is not None or lead is None:
        return tier or directory.tier_from(beyond)
    if lead.person_id == ticket.assignee_id:
        return None
    able = may_work_on(lead, ticket) and lead.person_id not in absence.of(cause)
    return lead if able else directory.tier_from(beyond)


def to_tier(cause: Cause, ticket: Ticket, tier: int, what: Said, *, by: Sequence[Strategy] = ()) -> None:
    """Up to a tier that has agents; who works on it is chosen `by` strategies, else all of them are asked."""
    _pass_to(cause, ticket, what, tier=tier, team=ticket.team, by=by)


def to_team(
    cause: Cause, ticket: Ticket, team: Team, what: Said, *, by: Sequence[Strategy] = (), agent: Person | None = None
) -> None:
    """Over to the lowest tier of a team; a vendor's is asked by mail, in the name of `agent` where one says so."""
    if team.vendor:
        _to_vendor(cause, ticket, team, what, agent)
        return
    _pass_to(cause, ticket, what, tier=cause.desk.directory.lowest_tier(team.name), team=team.name, by=by)


def to_agent(cause: Cause, ticket: Ticket, agent: Agent, what: Said) -> None:
    """To one agent, and to their tier."""
    people.person(cause.tx, agent.person_id).assigned_at = cause.now
    place = Place(tier=agent.tier, team=ticket.team, assignee_id=agent.person_id)
    lifecycle.escalate(cause, ticket, what, place)


def _pass_to(cause: Cause, ticket: Ticket, what: Said, *, tier: int, team: str | None, by: Sequence[Strategy]) -> None:
    picked = assignment.pick(cause, ticket, by, tier=tier, team=team) if by else None
    if picked is not None:
        people.person(cause.tx, picked.agent.person_id).assigned_at = cause.now
    assignee = picked.agent.person_id if picked else None
    lifecycle.escalate(cause, ticket, what, Place(tier=tier, team=team, assignee_id=assignee))


def _to_vendor(cause: Cause, ticket: Ticket, team: Team, what: Said, agent: Person | None) -> None:
    """The words go to the vendor, in a conversation of its own; who works on the ticket stays, and so does its tier."""
    person = people.meet(cause.tx, "email", Address(team.vendor))
    vendors.ask(cause, ticket, agent, person, team.vendor, what)
    place = Place(tier=ticket.tier, team=ticket.team, assignee_id=ticket.assignee_id)
    lifecycle.escalate(cause, ticket, what, place, vendor=team.name)
