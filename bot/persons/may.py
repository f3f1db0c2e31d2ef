"""Who may do what. Every verb, search, notice, list and report asks here; there is no other permission check."""

from typing import Final

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.intake import matching
from bot.persons.directory import Agent

_EVERYBODY: Final = frozenset({"requester", "watcher", "agent", "lead", "manager", "admin"})
_WORKERS: Final = frozenset({"agent", "lead", "admin"})

VERBS: Final[dict[str, frozenset[str]]] = {
    "take": _WORKERS,
    "assign": _WORKERS,
    "note": _WORKERS,
    "answer": _WORKERS,
    "solve": _WORKERS,
    "wait": _WORKERS,
    "escalate": _WORKERS,
    "handback": _WORKERS,
    "transfer": _WORKERS,
    "status": _WORKERS,
    "priority": _WORKERS,
    "impact": _WORKERS,
    "urgency": _WORKERS,
    "category": _WORKERS,
    "field": _WORKERS,
    "similar": _WORKERS,
    "remote": _WORKERS,
    "tag": _WORKERS,
    "link": _WORKERS,
    "send": _WORKERS,
    "cancel": _WORKERS,
    "spam": _WORKERS,
    "notspam": _WORKERS,
    "log": _WORKERS,
    "quarantine": _WORKERS,
    "merge": _WORKERS,
    "unmerge": _WORKERS,
    "split": _WORKERS,
    "for": _WORKERS,
    "call": _WORKERS,
    "vendor": _WORKERS,
    "share": _WORKERS,
    "watch": _WORKERS,
    "unwatch": _WORKERS,
    "away": _WORKERS,
    "back": _WORKERS,
    "release": frozenset({"admin"}),
    "bulletin": frozenset({"lead", "manager", "admin"}),
    "macro": _WORKERS,
    "reopen": frozenset({"requester", "agent", "lead", "admin"}),
    "show": _EVERYBODY,
    "mine": _EVERYBODY,
    "tickets": _WORKERS | {"manager"},
    "report": frozenset({"lead", "manager", "admin"}),
    "search": _EVERYBODY,
}


def roles_of(cause: Cause, person: Person, ticket: Ticket | None) -> frozenset[str]:
    """What somebody is to a ticket, or to the desk as a whole where there is none.

    An agent has no agent's rights on their own request, nor on a confidential one of another team, nor where they are
    not known to be one.
    """
    agent = cause.desk.directory.by_person.get(person.id) if person.id != cause.unproven else None
    if ticket is None:
        return frozenset({agent.role if agent else "requester"})
    if ticket.requester_id == person.id:
        return frozenset({"requester"})
    if agent is not None and _cleared(agent.teams, agent.role, ticket):
        return frozenset({agent.role})
    return frozenset({"watcher"}) if matching.on_ticket(cause, ticket, person) else frozenset()


def may(cause: Cause, person: Person, verb: str, ticket: Ticket | None = None) -> bool:
    """Whether `person` may use `verb` (on `ticket`)."""
    return not VERBS[verb].isdisjoint(roles_of(cause, person, ticket))


def sees_internal(cause: Cause, person: Person, ticket: Ticket) -> bool:
    """Whether somebody may read the notes of a ticket."""
    return not roles_of(cause, person, ticket).isdisjoint(_WORKERS | {"manager"})


def may_read(agent: Agent, ticket: Ticket) -> bool:
    """Whether an agent may know what is internal of a ticket: never of their own request, nor of others' secrets."""
    return ticket.requester_id != agent.person_id and _cleared(agent.teams, agent.role, ticket)


def may_work_on(agent: Agent, ticket: Ticket) -> bool:
    """Whether an agent may be given a ticket."""
    return agent.role in _WORKERS and may_read(agent, ticket)


def _cleared(teams: tuple[str, ...], role: str, ticket: Ticket) -> bool:
    return not ticket.confidential or role == "admin" or ticket.team in teams
