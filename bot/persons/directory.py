"""The people who work tickets, as the configuration names them, joined with their rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cause import Actor
from bot.config import AgentSettings, Config, TeamSettings
from bot.db.models import Identity, Person
from bot.db.tx import Tx
from bot.ids import new_id
from bot.persons.people import canonical
from channels.base import Address
from rules.hours import Calendar, CalendarSettings, build_calendar
from rules.rota import Rota, build_rota

DESK_HANDLE: Final = "desk"


class Agent(Struct, frozen=True, kw_only=True):
    """An agent: their settings and the id of their person. `hours` are when they work; None: always.

    `addresses` are theirs by channel, where they are known by something else than their mail address. One `by_role` is
    an agent for as long as they have that role of the platform that they work on, and there only.
    """

    person_id: int
    handle: str
    name: str
    email: str
    tier: int
    teams: tuple[str, ...]
    role: str
    medium: str
    language: str | None
    zone: str | None
    addresses: tuple[tuple[str, str], ...] = ()
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    hours: Calendar | None = None
    capacity: float = 0.0
    rank: int = 1
    by_role: str = ""

    def address_on(self, channel: str) -> Address:
        """Where the desk reaches them: the address that they have there, else that of their mail, as on Slack."""
        return Address(dict(self.addresses).get(channel, self.email), self.name)

    @property
    def actor(self) -> Actor:
        """Them at work, as the audit has it."""
        return Actor(role="agent", name=self.name, person_id=self.person_id, handle=self.handle)


class Team(Struct, frozen=True, kw_only=True):
    """A team: the handles of its lead and manager, who is on call, and the address where it is an outside vendor."""

    name: str
    lead: str = ""
    manager: str = ""
    rota: Rota | None = None
    vendor: str = ""


class Directory:
    """All agents, by handle and by person. `nobody` is the person that owns tickets where there are no agents."""

    def __init__(self, agents: Iterable[Agent], nobody: int, teams: Iterable[Team] = ()) -> None:
        self.agents = tuple(agents)
        self.nobody = nobody
        self.teams: Mapping[str, Team] = MappingProxyType({team.name: team for team in teams})
        self.by_handle: Mapping[str, Agent] = MappingProxyType({agent.handle: agent for agent in self.agents})
        self.by_person: Mapping[int, Agent] = MappingProxyType({agent.person_id: agent for agent in self.agents})

    def joined_by(self, others: Iterable[Agent]) -> "Directory":
        """The agents of the configuration, and these: each person once."""
        own = {agent.person_id: agent for agent in self.agents if not agent.by_role}
        also = {agent.person_id: agent for agent in others if agent.person_id not in own}
        return Directory((*own.values(), *also.values()), self.nobody, self.teams.values())

    def of_tier(self, tier: int, team: str | None = None) -> tuple[Agent, ...]:
        """The agents who work in a tier, of `team` where the ticket has one and the team has agents there."""
        tiered = tuple(agent for agent in self.agents if agent.tier == tier and agent.role != "manager")
        return tuple(agent for agent in tiered if team in agent.teams) or tiered

    def tier_from(self, tier: int) -> int | None:
        """The lowest tier from this one on that has agents; None where there is none."""
        return min(
            (agent.tier for agent in self.agents if agent.tier >= tier and agent.role != "manager"), default=None
        )

    def tier_of_team_from(self, tier: int, team: str) -> int | None:
        """The lowest tier from this one on in which the team has agents; None where it has none there."""
        return min((agent.tier for agent in self.of_team(team) if agent.tier >= tier), default=None)

    def of_team(self, team: str) -> tuple[Agent, ...]:
        """The agents of a team who work tickets."""
        return tuple(agent for agent in self.agents if team in agent.teams and agent.role != "manager")

    def only_team_of(self, person_id: int) -> str | None:
        """The team of an agent who is in one and no more."""
        agent = self.by_person.get(person_id)
        return agent.teams[0] if agent is not None and len(agent.teams) == 1 else None

    def lead_of(self, team: str) -> Agent | None:
        """Who leads a team."""
        found = self.teams.get(team)
        return self.by_handle.get(found.lead) if found else None

    def leads(self, teams: Sequence[str]) -> list[Agent]:
        """Who leads, whom to ask first: the leads of these teams, then whoever is a lead, manager, administrator."""
        return self._in_charge([team.lead for team in self._known(teams)], ("lead", "manager", "admin"))

    def managers(self, teams: Sequence[str]) -> list[Agent]:
        """Who is told after the lead, whom to ask first: the managers of these teams, then any, then administrators."""
        return self._in_charge([team.manager for team in self._known(teams)], ("manager", "admin"))

    def on_call(self, teams: Sequence[str], at: datetime) -> list[Agent]:
        """Who is on call at this moment, whom to ask first: for these teams, else for any that has a rota."""
        rotas = [team.rota for team in self._known(teams) if team.rota] or [
            team.rota for team in self.teams.values() if team.rota
        ]
        return [self.by_handle[handle] for rota in rotas[:1] for handle in rota.order(at)]

    def lowest_tier(self, team: str | None = None) -> int:
        """Where tickets start, of the team's agents if it has any: 1 when there are no agents."""
        tiers = [(agent.tier, agent.teams) for agent in self.agents if agent.role != "manager"]
        return min([tier for tier, teams in tiers if team in teams] or [tier for tier, _ in tiers], default=1)

    def duty_owner(self, team: str | None, requester_id: int | None = None, *, away: Collection[int] = ()) -> int:
        """The person who owns a new ticket: of the lowest tier, else the lead, an administrator, the desk itself.

        Nobody is accountable to themselves: an agent's own request is a colleague's. Persons who are `away` are asked
        only where nobody else is there.
        """
        lead = self.lead_of(team or "")
        candidates = [*self.of_tier(self.lowest_tier(team), team), *([lead] if lead else []), *self.admins()]
        able = [agent.person_id for agent in candidates if agent.person_id != requester_id]
        return next((person for person in able if person not in away), able[0] if able else self.nobody)

    def admins(self) -> tuple[Agent, ...]:
        """Who hears of alarms."""
        return tuple(agent for agent in self.agents if agent.role == "admin")

    def alarmed(self, about: str) -> tuple[Agent, ...]:
        """Who hears of an alarm that says that the channel `about` is in trouble.

        If all admins work on it, also those who work on another: the managers, else the leads, else the agents.
        """
        admins = self.admins()
        elsewhere = [agent for agent in self.agents if about and agent.medium != about]
        if any(agent.role == "admin" for agent in elsewhere):
            return admins
        ranks = ([agent for agent in elsewhere if agent.role == role] for role in ("manager", "lead", "agent"))
        return (*admins, *next(filter(None, ranks), []))

    def _known(self, teams: Sequence[str]) -> list[Team]:
        return [self.teams[team] for team in teams if team in self.teams]

    def _in_charge(self, handles: Sequence[str], roles: Sequence[str]) -> list[Agent]:
        named = [self.by_handle[handle] for handle in handles if handle]
        others = [agent for role in roles for agent in self.agents if agent.role == role]
        return list(dict.fromkeys([*named, *others]))


def sync_directory(tx: Tx, config: Config) -> Directory:
    """Bring the agents of the configuration into the person table and return the directory."""
    nobody = _person(tx, DESK_HANDLE, config.desk.name)
    agents = []
    for settings in config.agent:
        person = _person(tx, settings.handle, settings.name)
        person.language = settings.language or person.language
        person.zone = settings.zone or person.zone
        for channel, address in {**_addresses(settings), "email": settings.email}.items():
            _identity(tx, person.id, channel, canonical(address))
        agents.append(_agent(settings, person.id, config))
    tx.flush()
    _detach_former(tx, agents)
    return Directory(agents, nobody.id, [_team(settings, config) for settings in config.team])


def read_directory(session: Session, config: Config) -> Directory:
    """The same for who only asks the database; whom it does not have yet is left out, and all are nobody's stand-in."""
    rows = session.execute(select(Person.id, Person.handle).where(Person.handle.is_not(None)))
    ids = {row.handle: row.id for row in rows}
    agents = [_agent(one, ids[one.handle], config) for one in config.agent if one.handle in ids]
    return Directory(agents, ids.get(DESK_HANDLE, 0), [_team(settings, config) for settings in config.team])


def _detach_former(tx: Tx, agents: Iterable[Agent]) -> None:
    """Addresses that the configuration does not name any more have no agent's rights: they become somebody else's."""
    for agent in agents:
        named = {**dict(agent.addresses), "email": agent.email}
        for identity in tx.session.scalars(select(Identity).where(Identity.person_id == agent.person_id)):
            if named.get(identity.channel, identity.address) != identity.address:
                former = Person(id=new_id(), name=agent.name, created_at=tx.now)
                tx.add(former)
                tx.flush()
                identity.person_id = former.id


def _addresses(settings: AgentSettings) -> dict[str, str]:
    """Where they are known by something else than their mail address."""
    return {"console": settings.handle, **settings.addresses}


def primary(language: str) -> str:
    """The language itself in a tag such as "de-AT" or "pl_PL"."""
    return language.replace("_", "-").partition("-")[0].lower()


def _team(settings: TeamSettings, config: Config) -> Team:
    zone = ZoneInfo(config.desk.zone)
    return Team(
        name=settings.name,
        lead=settings.lead,
        manager=settings.manager,
        rota=build_rota(settings.on_call, settings.on_call_from, settings.on_call_swaps, zone),
        vendor=canonical(settings.vendor),
    )


def _agent(settings: AgentSettings, person_id: int, config: Config) -> Agent:
    own = settings.language or config.desk.language
    return Agent(
        person_id=person_id,
        handle=settings.handle,
        name=settings.name,
        email=canonical(settings.email),
        tier=settings.tier,
        teams=settings.teams,
        role=settings.role,
        medium=settings.medium,
        language=settings.language,
        zone=settings.zone,
        addresses=tuple((channel, canonical(address)) for channel, address in _addresses(settings).items()),
        languages=frozenset(primary(spoken) for spoken in settings.languages or (own,)),
        skills=frozenset(skill.casefold() for skill in settings.skills),
        hours=_hours(settings, config),
        capacity=settings.capacity,
        rank=settings.rank,
    )


def _hours(settings: AgentSettings, config: Config) -> Calendar | None:
    """When an agent works: in a calendar with a name, with its zone and its holidays, or in windows of their own."""
    if not settings.hours:
        return None
    if isinstance(settings.hours, str):
        return build_calendar(config.calendars[settings.hours])
    return build_calendar(CalendarSettings(zone=settings.zone or config.desk.zone, hours=settings.hours))


def _person(tx: Tx, handle: str, name: str) -> Person:
    found = tx.session.scalar(select(Person).where(Person.handle == handle))
    if found is None:
        found = Person(id=new_id(), handle=handle, created_at=tx.now, known=True)
        tx.add(found)
    found.name = name
    return found


def _identity(tx: Tx, person_id: int, channel: str, address: str) -> None:
    found = tx.session.scalar(select(Identity).where(Identity.channel == channel, Identity.address == address))
    if found is None:
        tx.add(Identity(id=new_id(), person_id=person_id, channel=channel, address=address))
    else:
        found.person_id, found.agent_role = person_id, None
