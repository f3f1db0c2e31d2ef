"""The page that a platform has for the desk, one for each person: what is said to all, their requests, their queue.

It is shown when somebody looks, and from then on kept current as a projection. What it costs is that of a page: the
number of open tickets makes no difference.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from bot.cause import Cause
from bot.db.models import OPEN, Identity, Person, Projection, Ticket, is_one_of
from bot.followup import bulletins
from bot.intake.received import Outcome, Received
from bot.notice import notices
from bot.notice.markup import Md
from bot.notice.values import desk_values, person_values
from bot.notice.wording import gettext
from bot.outgoing import projections
from bot.persons import identity, people
from bot.persons.directory import Agent
from bot.talk import board
from bot.ticket import tickets
from bot.verbs.queries import list_row
from channels.base import REQUEST, Choice, Outgoing

HOME: Final = "home"
"""The notice, and what the target of the projection begins with."""
_MINE: Final = 10
_QUEUE: Final = 15
_LOOKED_AT: Final = 200
_LABEL: Final = 60
_OPENED: Final = (
    select(Identity)
    .join(Projection, Projection.target == f"{HOME}:" + Identity.address)
    .where(
        Identity.person_id.in_(bindparam("people", expanding=True)),
        Identity.channel.in_(bindparam("channels", expanding=True)),
    )
)


def looked(cause: Cause, received: Received) -> Outcome:
    """Somebody opens their page: show it as it is now."""
    sender = received.incoming.sender
    assert sender is not None
    person = identity.met(cause.tx, cause.channel, sender, received.incoming.profile)
    cause.tx.flush()
    _show(cause, person, received.agent, cause.channel, people.canonical(sender.address))
    return Outcome("looked at their page")


def follow_all(cause: Cause) -> None:
    """Bring up to date the pages of those whom this cause concerns, where they have opened theirs before."""
    if not cause.touched or not cause.desk.rooms:
        return
    concerned = set(_concerned(cause))
    cause.tx.flush()
    of_these = {"people": list(concerned), "channels": list(cause.desk.rooms)}
    for one in cause.tx.session.scalars(_OPENED, of_these):
        agent = cause.desk.directory.by_person.get(one.person_id)
        _show(cause, people.person(cause.tx, one.person_id), agent, one.channel, one.address)


def _concerned(cause: Cause) -> Iterable[int]:
    """Requesters, owners and assignees of what was touched, also the former ones, and who touched it."""
    if cause.actor.person_id is not None:
        yield cause.actor.person_id
    for number in list(cause.touched):
        ticket = tickets.get(cause, number)
        if ticket is not None:
            former = tickets.former_assignee(cause, ticket)
            yield from filter(None, (ticket.requester_id, ticket.owner_id, ticket.assignee_id, former))


def _show(cause: Cause, person: Person, agent: Agent | None, channel: str, address: str) -> None:
    projections.show(cause.tx, channel, f"{HOME}:{address}", _page(cause, person, agent))


def _page(cause: Cause, person: Person, agent: Agent | None) -> Outgoing:
    language = person.language or cause.desk.config.desk.language
    mine = list(cause.tx.session.scalars(of_requester(person.id)))
    queue = _queue(cause, person) if agent is not None else []
    values: dict[str, Any] = {
        **desk_values(cause),
        "recipient": person_values(person, ""),
        "bulletins": [{"title": words.subject, "words": Md(words.body)} for words in bulletins.in_force(cause, person)],
        "mine": [list_row(cause, ticket) for ticket in mine],
        "queue": [list_row(cause, ticket) for ticket in queue] if agent is not None else None,
    }
    zone = person.zone or cause.desk.config.desk.zone
    rendered = notices.render(HOME, language=language, zone=zone, values=values, in_room=True)
    ask = notices.said(gettext("Open a ticket"), language)
    form = Choice(REQUEST, ask, asks=notices.said(gettext("What do you need?"), language))
    shown = tuple(Choice(board.do(one, "show"), f"#{one.id} {one.subject[:_LABEL]}") for one in _once(mine + queue))
    return Outgoing(subject=rendered.subject, body=rendered.body, choices=(form, *shown), language=language)


def of_requester(person_id: int) -> Select[Ticket]:
    """What somebody asked for and is open, the oldest first."""
    theirs = select(Ticket).where(Ticket.requester_id == person_id, is_one_of(Ticket.status, *OPEN))
    return theirs.order_by(Ticket.id).limit(_MINE)


def of_assignee(person_id: int) -> Select[Ticket]:
    """What an agent works on, the oldest first."""
    theirs = select(Ticket).where(Ticket.assignee_id == person_id, is_one_of(Ticket.status, *OPEN))
    return theirs.order_by(Ticket.id).limit(_QUEUE)


def of_owner(person_id: int) -> Select[Ticket]:
    """What an agent answers for and nobody works on, of the newest of theirs: a lead may have tens of thousands."""
    theirs = select(Ticket.id).where(Ticket.owner_id == person_id, is_one_of(Ticket.status, *OPEN))
    newest = theirs.order_by(Ticket.id.desc()).limit(_LOOKED_AT).subquery()
    waiting = select(Ticket).where(Ticket.id.in_(select(newest.c.id)), Ticket.assignee_id.is_(None))
    return waiting.order_by(Ticket.id).limit(_QUEUE)


def _queue(cause: Cause, person: Person) -> list[Ticket]:
    """What they work on, then what they answer for and nobody works on."""
    found = [*cause.tx.session.scalars(of_assignee(person.id)), *cause.tx.session.scalars(of_owner(person.id))]
    return found[:_QUEUE]


def _once(found: list[Ticket]) -> list[Ticket]:
    return list({ticket.id: ticket for ticket in found}.values())
