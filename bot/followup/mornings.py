"""Each morning of a working day agents and teams get one list of what is to be done, where they work.

An agent has theirs as a message to them alone, a team in its room; where it has none, its tickets are on the list of
its lead. Who is away gets none, and a list that says nothing new is not sent (`bot/followup/worklist.py`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Delivery, Ticket
from bot.desk import Desk
from bot.due import schedules
from bot.due.schedules import Schedule
from bot.followup.worklist import SHOWN, Scope, WorkList, compile_list, values_of
from bot.notice import notices
from bot.notice.values import desk_values
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.outgoing.outbox import Recipient, Telling
from bot.persons import absence
from bot.persons.directory import Agent
from bot.persons.may import may_read
from bot.talk import board, rooms
from channels.base import Address, Choice
from rules.hours import Calendar
from rules.recurrence import EachWorkingDay

OF_AGENT: Final = "work_list_of_agent"
OF_TEAM: Final = "work_list_of_team"
NOTICE: Final = "work_list"
_OFFERED: Final = 20
_LABEL: Final = 60


def schedules_of(desk: Desk) -> Iterator[Schedule]:
    """A list for each agent who works tickets, and for each team that has a room."""
    settings = desk.config.worklists
    if settings.agents:
        for agent in desk.directory.agents:
            if agent.role != "manager":
                yield _schedule(desk, f"work list of {agent.handle}", OF_AGENT, _calendar(desk, agent), agent.handle)
    if settings.teams:
        for team in desk.directory.teams:
            if _room(desk, team) is not None:
                yield _schedule(desk, f"work list of team {team}", OF_TEAM, desk.calendar, team)


def tell_agent(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: an agent's list of today."""
    agent = cause.desk.directory.by_handle.get(arguments["of"])
    if agent is None or agent.person_id in absence.of(cause):
        return
    if _is_over(cause, _calendar(cause.desk, agent), arguments):
        return
    zone = ZoneInfo(agent.zone or cause.desk.config.desk.zone)
    found = compile_list(cause, _scope(cause.desk, agent), zone, may_know=lambda ticket: may_read(agent, ticket))
    if not found.is_news(_last_sent(cause, agent.address_on(agent.medium).address)):
        return
    language = agent.language or cause.desk.config.desk.language
    what = Telling(
        agent=agent,
        ticket=None,
        notice=NOTICE,
        values=values_of(cause, found),
        choices=_choices(found, language),
    )
    outbox.tell(cause, what)


def tell_team(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: a team's list of today, in its room."""
    team = arguments["of"]
    place = _room(cause.desk, team)
    if place is None or _is_over(cause, cause.desk.calendar, arguments):
        return
    channel, room = place
    zone = ZoneInfo(cause.desk.config.desk.zone)

    def may_know(ticket: Ticket) -> bool:
        return rooms.may_know(cause.desk, channel, ticket, room)

    found = compile_list(cause, _scope_of_team(cause.desk, team), zone, may_know=may_know)
    if not found.is_news(_last_sent(cause, room)):
        return
    values = {**desk_values(cause), **values_of(cause, found, team=team)}
    outgoing = outbox.for_room(cause, NOTICE, values, choices=_choices(found, cause.desk.config.desk.language))
    to = Recipient(cause.desk.directory.nobody, Address(room), channel, None)
    outbox.enqueue(cause, None, to, NOTICE, outgoing)


def _schedule(desk: Desk, name: str, kind: str, calendar: Calendar, of: str) -> Schedule:
    recurrence = EachWorkingDay(calendar, desk.config.worklists.morning)
    return Schedule(name=name, recurrence=recurrence, kind=kind, arguments={"of": of})


def _calendar(desk: Desk, agent: Agent) -> Calendar:
    return agent.hours or desk.calendar


def _is_over(cause: Cause, calendar: Calendar, arguments: Mapping[str, Any]) -> bool:
    """Whether the day of this list has passed while no process ran, and it is no time to send another."""
    planned = schedules.moment_of(arguments).astimezone(calendar.zone)
    return planned.date() != cause.now.astimezone(calendar.zone).date() and not calendar.is_open(cause.now)


def _scope(desk: Desk, agent: Agent) -> Scope:
    """What an agent works on and answers for; of teams without a room that are theirs to look after, all there is."""
    teams = desk.directory.teams if desk.config.worklists.teams else ()
    kept = frozenset(team for team in teams if agent in _keepers(desk, team))
    free = {desk.directory.lowest_tier() for team in kept if _takes_what_has_no_team(desk, team)}
    return Scope(person_id=agent.person_id, teams=kept, free=min(free, default=None if agent.teams else agent.tier))


def _keepers(desk: Desk, team: str) -> tuple[Agent, ...]:
    """On whose lists the tickets of a team are: its lead's, else of all in it; nobody's where it has a room."""
    if _room(desk, team) is not None:
        return ()
    lead = desk.directory.lead_of(team)
    return (lead,) if lead is not None else desk.directory.of_team(team)


def _scope_of_team(desk: Desk, team: str) -> Scope:
    free = desk.directory.lowest_tier() if _takes_what_has_no_team(desk, team) else None
    return Scope(teams={team}, free=free)


def _takes_what_has_no_team(desk: Desk, team: str) -> bool:
    """Whether the team has agents where tickets start."""
    return any(agent.tier == desk.directory.lowest_tier() for agent in desk.directory.of_team(team))


def _room(desk: Desk, team: str) -> tuple[str, str] | None:
    """The channel on which most agents of a team work and the team's room there; None where there is none."""
    members = desk.directory.of_team(team)
    for channel, _ in Counter(agent.medium for agent in members).most_common(1):
        tier = min(agent.tier for agent in members)
        room = rooms.room_for(desk.rooms.get(channel, {}), team, tier, confidential=False)
        return (channel, room) if room else None
    return None


def _last_sent(cause: Cause, address: str) -> datetime | None:
    """When a list last went to an address."""
    cause.tx.settle(("delivery to", address))
    sent = select(Delivery.queued_at).where(Delivery.recipient == address, Delivery.notice == NOTICE)
    return cause.tx.session.scalar(sent.order_by(Delivery.queued_at.desc()).limit(1))


def _choices(found: WorkList, language: str) -> tuple[Choice, ...]:
    """Lists to choose from: a ticket to look at, and one that nobody works on to take. For platforms of rooms."""
    named = [ticket for section in found.sections for ticket in section.tickets[:SHOWN]]
    free = [ticket for ticket in named if ticket.assignee_id is None]
    offered = (("take", gettext("Take …"), free), ("show", gettext("Show …"), named))
    return tuple(
        Choice(f"{NOTICE}:{verb}", notices.said(label, language), options=_options(listed, verb))
        for verb, label, listed in offered
        if listed
    )


def _options(listed: list[Ticket], verb: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(board.do(ticket, verb), f"#{ticket.id} {ticket.subject}"[:_LABEL]) for ticket in listed[:_OFFERED]
    )
