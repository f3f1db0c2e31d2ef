"""Who is away, and gets no ticket mail until they are back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from bot.cause import Cause
from bot.db.models import Person
from bot.persons.directory import Agent

_AWAY: Final = select(Person.id, Person.away_until).where(
    Person.id.in_(bindparam("agents", expanding=True)), Person.away_until > bindparam("now")
)


def of(cause: Cause) -> Mapping[int, datetime]:
    """Until when each agent is away who is, by person."""
    if "away" not in cause.tx.scratch:
        asked = {"agents": list(cause.desk.directory.by_person), "now": cause.now}
        cause.tx.scratch["away"] = {row.id: row.away_until for row in cause.tx.execute(_AWAY, asked)}
    away: dict[int, datetime] = cause.tx.scratch["away"]
    return away


def present(cause: Cause, agents: Sequence[Agent]) -> Sequence[Agent]:
    """Those of some agents who are there; all where none is, since somebody has to hear of it."""
    away = of(cause)
    return [agent for agent in agents if agent.person_id not in away] or agents


def begin(cause: Cause, person: Person, until: datetime) -> None:
    """An agent is away until that moment."""
    person.away_until = until
    cause.tx.scratch.pop("away", None)
    cause.tx.flush()
    cause.audit("away", None, agent=person.handle, until=until.isoformat())


def end(cause: Cause, person: Person) -> None:
    """An agent is back."""
    person.away_until = None
    cause.tx.scratch.pop("away", None)
    cause.tx.flush()
    cause.audit("back", None, agent=person.handle)
