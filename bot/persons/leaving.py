"""Who was an agent, by the configuration or by a role, and is none any more: what they had goes to others."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from bot.cause import Cause
from bot.db.models import OPEN, Person, Ticket, is_one_of
from bot.db.tx import Tx
from bot.desk import Desk
from bot.ids import new_id
from bot.judging.react import react
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.persons import absence, people
from bot.persons.directory import Agent
from bot.persons.may import may_read
from bot.ticket import lifecycle, tickets
from bot.verbs.queries import list_row


def see_to(tx: Tx, desk: Desk) -> None:
    """The same at the start, as a cause of its own."""
    cause = Cause(tx, desk, f"start:{new_id()}")
    pass_on(cause)
    react(cause)


def pass_on(cause: Cause) -> None:
    """Give the open tickets of those who left to the leads, who are sent a list each; nobody works on them.

    Costs two questions to the database, and nothing where nobody left.
    """
    directory = cause.desk.directory
    staying = [*directory.by_person, directory.nobody]
    had_a_handle = select(Person.id).where(Person.handle.is_not(None), Person.id.not_in(staying))
    left = cause.tx.session.scalars(had_a_handle).all()
    if not left:
        return
    moved: dict[Agent, list[Ticket]] = {}
    for ticket in _tickets_of(cause, left):
        owner = _take_from(cause, ticket, left)
        if owner is not None:
            moved.setdefault(owner, []).append(ticket)
    for agent, owned in moved.items():
        title = gettext("these tickets are yours now: who had them is no agent any more")
        rows = [list_row(cause, ticket) for ticket in owned]
        outbox.tell_agent(cause, agent, None, "ticket_list", {"title": title, "tickets": rows})


def _tickets_of(cause: Cause, left: Sequence[int]) -> list[Ticket]:
    theirs = or_(Ticket.owner_id.in_(left), Ticket.assignee_id.in_(left))
    found = cause.tx.session.scalars(select(Ticket.id).where(is_one_of(Ticket.status, *OPEN), theirs)).all()
    return [ticket for ticket in (tickets.get(cause, number) for number in sorted(found)) if ticket is not None]


def _take_from(cause: Cause, ticket: Ticket, left: Sequence[int]) -> Agent | None:
    """Nobody who left has anything to do with it any more; returns who owns it now, if that changed."""
    directory = cause.desk.directory
    if ticket.assignee_id in left:
        lifecycle.unassign(cause, ticket, why="is no agent any more")
    if ticket.owner_id not in left:
        return None
    leads = [agent for agent in directory.leads([ticket.team] if ticket.team else []) if may_read(agent, ticket)]
    chosen = next(iter(absence.present(cause, leads)), None)
    owner = chosen.person_id if chosen else directory.duty_owner(ticket.team, ticket.requester_id)
    name = people.person(cause.tx, ticket.owner_id).name
    lifecycle.set_owner(cause, ticket, owner, why=f"{name} is no agent any more")
    return directory.by_person.get(owner)
