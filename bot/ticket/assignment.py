"""The desk gives a ticket to somebody: who could have it, and what speaks for each."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import and_, case, func, select, text

from bot.cause import Cause
from bot.db.models import OPEN, Person, Ticket, is_one_of
from bot.judging.events import tags_of
from bot.persons import absence, people
from bot.persons.directory import Agent, primary
from bot.persons.may import may_work_on
from bot.ticket import lifecycle
from rules.assignment import WEIGHTS, Candidate, Strategy, Wanted, choose
from rules.facts import Status

_LOAD: Final = func.coalesce(
    func.sum(case({str(name): weight for name, weight in WEIGHTS.items()}, value=Ticket.priority)), 0
)
_MY_TURN: Final = text("select pg_advisory_xact_lock(:kind, 0)").bindparams(kind=0x666E)
"""One lock for all teams: who is on call, leads or is there at all may be asked for any of them."""


class Picked(Struct, frozen=True):
    """Who was chosen, and why, as the audit says it."""

    agent: Agent
    why: str


def assign(cause: Cause, ticket: Ticket, by: Sequence[Strategy]) -> None:
    """Give a ticket on which nobody works, or only somebody who is away, to whoever is the one for it."""
    agents, holder = cause.desk.directory.by_person, ticket.assignee_id
    if holder in agents and holder not in absence.of(cause):
        return
    picked = pick(cause, ticket, by, tier=ticket.tier, team=ticket.team)
    if picked is None:
        cause.audit("not_assigned", ticket.id, why="there is nobody who may work on it")
    elif picked.agent.person_id != holder:
        give(cause, ticket, picked.agent, why=picked.why)


def give(cause: Cause, ticket: Ticket, agent: Agent, *, why: str) -> None:
    """An agent works on it from now on. Whoever is given a new ticket becomes its owner too, as who takes one does."""
    person = people.person(cause.tx, agent.person_id)
    if ticket.assignee_id is None and ticket.status == Status.NEW and ticket.owner_id != person.id:
        lifecycle.set_owner(cause, ticket, person.id, why=why)
    person.assigned_at = cause.now
    lifecycle.assign(cause, ticket, person, why=why)


def pick(cause: Cause, ticket: Ticket, by: Sequence[Strategy], *, tier: int, team: str | None) -> Picked | None:
    """Who of a tier is the one for a ticket, of `team` where it has somebody there; None only where nobody may have it.

    What is known of all those who could have it comes from one question to the database, and from a second one where
    `sticky` asks who solved the requester's last ticket. On a server whoever else picks waits until this transaction
    ends, so that nobody chooses by what is no longer so.
    """
    if cause.tx.dialect == "postgresql":
        cause.tx.execute(_MY_TURN)
    directory = cause.desk.directory
    teams = [team] if team else []
    groups = [
        [agent for agent in agents if may_work_on(agent, ticket)]
        for agents in (
            directory.of_tier(tier, team),
            directory.on_call(teams, cause.now),
            directory.leads(teams),
            directory.agents,
        )
    ]
    known = _known(cause, ticket, {agent.handle: agent for group in groups for agent in group}.values(), by)
    candidates, on_call, leads, others = ([known[agent.handle] for agent in group] for group in groups)
    choice = choose(candidates, _wanted(cause, ticket), by, on_call=on_call, leads=leads, others=others)
    return Picked(directory.by_handle[choice.candidate.handle], ", ".join(choice.reasons)) if choice else None


def _wanted(cause: Cause, ticket: Ticket) -> Wanted:
    requester = people.person(cause.tx, ticket.requester_id)
    words = (*tags_of(cause, ticket.id), ticket.category or "")
    return Wanted(
        skills=frozenset(word.casefold() for word in words),
        language=primary(requester.language or ticket.language),
        weight=WEIGHTS.get(ticket.priority, 1.0),
    )


def _known(cause: Cause, ticket: Ticket, agents: Iterable[Agent], by: Sequence[Strategy]) -> dict[str, Candidate]:
    """What speaks for each of these agents, by handle."""
    by_person = {agent.person_id: agent for agent in agents}
    cause.tx.flush()
    works_on = and_(Ticket.assignee_id == Person.id, is_one_of(Ticket.status, *OPEN), Ticket.id != ticket.id)
    query = select(Person.id, Person.assigned_at, Person.away_until, _LOAD.label("load")).outerjoin(Ticket, works_on)
    rows = cause.tx.execute(query.where(Person.id.in_(by_person)).group_by(Person.id))
    solver = _last_solver(cause, ticket) if Strategy.STICKY in by else None
    return {
        agent.handle: Candidate(
            handle=agent.handle,
            rank=agent.rank,
            away=row.away_until is not None and row.away_until > cause.now,
            at_work=agent.hours is None or agent.hours.is_open(cause.now),
            skills=agent.skills,
            languages=agent.languages,
            load=float(row.load),
            capacity=agent.capacity,
            assigned_at=row.assigned_at,
            solved_last=agent.person_id == solver,
        )
        for row in rows
        for agent in (by_person[row.id],)
    }


def _last_solver(cause: Cause, ticket: Ticket) -> int | None:
    """Who worked on the requester's ticket that was solved last."""
    solved = select(Ticket.assignee_id).where(
        Ticket.requester_id == ticket.requester_id, Ticket.solved_at.is_not(None), Ticket.id != ticket.id
    )
    return cause.tx.session.scalar(solved.order_by(Ticket.solved_at.desc()).limit(1))
