"""The people who work tickets, as the configuration names them, joined with their rows."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from sqlalchemy import select

from bot.cause import Actor
from bot.config import AgentSettings, Config
from bot.db.models import Identity, Person
from bot.db.tx import Tx
from bot.ids import new_id
from bot.people import canonical
from channels.base import Address

DESK_HANDLE: Final = "desk"


class Agent(Struct, frozen=True, kw_only=True):
    """An agent: their settings and the id of their person."""

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

    def address_on(self, channel: str) -> Address:
        """Where the desk reaches them: their mail address, or their handle on every other medium."""
        return Address(self.email if channel == "email" else self.handle, self.name)

    @property
    def actor(self) -> Actor:
        """Them at work, as the audit has it."""
        return Actor(role="agent", name=self.name, person_id=self.person_id, handle=self.handle)


class Directory:
    """All agents, by handle and by person. `nobody` is the person that owns tickets where there are no agents."""

    def __init__(self, agents: Iterable[Agent], nobody: int, leads: Mapping[str, str]) -> None:
        self.agents = tuple(agents)
        self.nobody = nobody
        self._leads = leads
        self.by_handle: Mapping[str, Agent] = MappingProxyType({agent.handle: agent for agent in self.agents})
        self.by_person: Mapping[int, Agent] = MappingProxyType({agent.person_id: agent for agent in self.agents})

    def of_tier(self, tier: int, team: str | None = None) -> tuple[Agent, ...]:
        """The agents who work in a tier, of `team` where the ticket has one and the team has agents there."""
        tiered = tuple(agent for agent in self.agents if agent.tier == tier and agent.role != "manager")
        return tuple(agent for agent in tiered if team in agent.teams) or tiered

    def of_team(self, team: str) -> tuple[Agent, ...]:
        """The agents of a team who work tickets."""
        return tuple(agent for agent in self.agents if team in agent.teams and agent.role != "manager")

    def only_team_of(self, person_id: int) -> str | None:
        """The team of an agent who is in one and no more."""
        agent = self.by_person.get(person_id)
        return agent.teams[0] if agent is not None and len(agent.teams) == 1 else None

    def lead_of(self, team: str) -> Agent | None:
        """Who leads a team."""
        return self.by_handle.get(self._leads.get(team, ""))

    def lowest_tier(self) -> int:
        """Where tickets start: 1 when there are no agents."""
        return min((agent.tier for agent in self.agents if agent.role != "manager"), default=1)

    def duty_owner(self, team: str | None, requester_id: int | None = None, *, away: Collection[int] = ()) -> int:
        """The person who owns a new ticket: of the lowest tier, else the lead, an administrator, the desk itself.

        Nobody is accountable to themselves: an agent's own request is a colleague's. Persons who are `away` are asked
        only where nobody else is there.
        """
        lead = self.lead_of(team or "")
        candidates = [*self.of_tier(self.lowest_tier(), team), *([lead] if lead else []), *self.admins()]
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


def sync_directory(tx: Tx, config: Config) -> Directory:
    """Bring the agents of the configuration into the person table and return the directory."""
    nobody = _person(tx, DESK_HANDLE, config.desk.name)
    agents = []
    for settings in config.agent:
        person = _person(tx, settings.handle, settings.name)
        person.language = settings.language or person.language
        person.zone = settings.zone or person.zone
        for channel, address in (("email", settings.email), ("console", settings.handle)):
            _identity(tx, person.id, channel, canonical(address))
        agents.append(_agent(settings, person.id))
    tx.flush()
    _detach_former(tx, agents)
    return Directory(agents, nobody.id, {team.name: team.lead for team in config.team})


def _detach_former(tx: Tx, agents: Iterable[Agent]) -> None:
    """Addresses that the configuration does not name any more have no agent's rights: they become somebody else's."""
    for agent in agents:
        named = {canonical(agent.email), canonical(agent.handle)}
        for identity in tx.session.scalars(select(Identity).where(Identity.person_id == agent.person_id)):
            if identity.channel in {"email", "console"} and identity.address not in named:
                former = Person(id=new_id(), name=agent.name, created_at=tx.now)
                tx.add(former)
                tx.flush()
                identity.person_id = former.id


def _agent(settings: AgentSettings, person_id: int) -> Agent:
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
    )


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
        found.person_id = person_id
