"""Agents by a role of a platform: whoever has one that the settings name is an agent there, as long as they have it.

A platform says with what somebody does which roles they have. What it said last is kept at their identity, so that
every process knows them; yet somebody by a role acts as an agent only where the platform says so that very time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Executable, Row, select
from sqlalchemy.orm import Session

from bot.db.models import Identity, Person
from bot.db.tx import Tx
from bot.persons.directory import Agent, Directory, primary
from channels.base import AgentRole

AgentRoles = Mapping[str, Mapping[str, AgentRole]]
"""The roles that make agents, by channel and id, the first ones first."""
_LONGEST: Final = 40
_OTHER: Final = re.compile(r"[^\w]+")


def present(tx: Tx) -> Sequence[Row[Any]]:
    """Those who have such a role, as the directory wants to know them."""
    tx.settle(("by role",))
    return tx.execute(_PRESENT).all()


def read_present(session: Session) -> Sequence[Row[Any]]:
    """The same for who only asks the database."""
    return session.execute(_PRESENT).all()


def with_them(directory: Directory, roles: AgentRoles, rows: Iterable[Row[Any]], language: str) -> Directory:
    """The agents of the configuration, and these."""
    known = ((row, roles.get(row.channel, {}).get(row.agent_role)) for row in rows)
    return directory.joined_by(_agent(row, role, language) for row, role in known if role is not None)


def _agent(row: Row[Any], role: AgentRole, language: str) -> Agent:
    return Agent(
        person_id=row.person_id,
        handle=row.handle,
        name=row.name,
        email="",
        tier=role.tier,
        teams=role.teams,
        role="agent",
        medium=row.channel,
        language=row.language,
        zone=row.zone,
        addresses=((row.channel, row.address),),
        languages=frozenset({primary(row.language or language)}),
        capacity=role.capacity,
        rank=role.rank,
        by_role=role.id,
    )


def handle_for(tx: Tx, name: str, channel: str) -> str:
    """What colleagues call somebody: their name, and from where; nobody of the configuration is called so."""
    own = _OTHER.sub("-", name.lower()).strip("-")[:_LONGEST] or "agent"
    taken = set(tx.session.scalars(select(Person.handle).where(Person.handle.like(f"{own}%@{channel}"))))
    numbered = (f"{own}{number or ''}@{channel}" for number in (0, *range(2, len(taken) + 3)))
    return next(handle for handle in numbered if handle not in taken)


_PRESENT: Final[Executable] = (
    select(
        Identity.person_id,
        Identity.channel,
        Identity.address,
        Identity.agent_role,
        Person.handle,
        Person.name,
        Person.language,
        Person.zone,
    )
    .join(Person, Person.id == Identity.person_id)
    .where(Identity.agent_role.is_not(None), Person.handle.is_not(None))
    .order_by(Identity.id)
)
