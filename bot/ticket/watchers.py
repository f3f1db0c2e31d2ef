"""Those whom a requester has in copy: they hear what the requester is told, and nothing else."""

import re
from typing import Final

from sqlalchemy import bindparam, select

from bot.cause import Cause
from bot.db.models import Person, Ticket, Watcher
from bot.desk import Desk
from bot.outgoing import withdrawal
from bot.persons import people
from bot.persons.directory import Agent
from channels.base import Address, Incoming, Kind

MOST: Final = 40
"""The most people whom one mail can put on a ticket."""

_WATCHING: Final = (
    select(Watcher.person_id)
    .where(Watcher.ticket_id == bindparam("number"), Watcher.removed_at.is_(None))
    .order_by(Watcher.person_id)
)
_AUTOMATIC: Final = re.compile(
    r"(?:.*[-_.])?(?:no|do-?not|donot)[-_.]?reply.*|mailer-daemon|postmaster|majordomo|listserv|list|newsletter"
    r"|(?:owner|bounces?)[-+].*|.*[-+](?:bounces?|owner|request|confirm|subscribe|unsubscribe|list|announce)",
    re.IGNORECASE,
)
"""The local parts of addresses that are no person's: machines, lists and their managers."""


def everybody(cause: Cause, ticket: Ticket) -> list[Person]:
    """Who has this ticket in copy, and which agents follow it; not its requester."""
    cause.tx.settle(("watchers of", ticket.id))
    watching = cause.tx.execute(_WATCHING, {"number": ticket.id}).scalars()
    return [people.person(cause.tx, person_id) for person_id in watching if person_id != ticket.requester_id]


def of(cause: Cause, ticket: Ticket) -> list[Person]:
    """Who has this ticket in copy and is not on it otherwise."""
    agents = cause.desk.directory.by_person
    return [person for person in everybody(cause, ticket) if person.id not in agents]


def followers(cause: Cause, ticket: Ticket) -> list[Agent]:
    """The agents who follow this ticket."""
    agents = cause.desk.directory.by_person
    return [agents[person.id] for person in everybody(cause, ticket) if person.id in agents]


def is_watching(cause: Cause, ticket: Ticket, person: Person) -> bool:
    """Whether somebody has this ticket in copy, or follows it as an agent."""
    cause.tx.settle(("watchers of", ticket.id))
    found = cause.tx.session.get(Watcher, (ticket.id, person.id))
    return found is not None and found.removed_at is None


def was_watching(cause: Cause, ticket: Ticket, person: Person) -> bool:
    """Whether somebody has, or once had, this ticket in copy."""
    cause.tx.settle(("watchers of", ticket.id))
    return cause.tx.session.get(Watcher, (ticket.id, person.id)) is not None


def add(cause: Cause, ticket: Ticket, person: Person, name: str) -> None:
    """An agent puts somebody on a ticket, once, also one whom they took off; `name` is what the audit says."""
    cause.tx.settle(("watchers of", ticket.id))
    found = cause.tx.session.get(Watcher, (ticket.id, person.id))
    if found is not None and found.removed_at is None:
        return
    if found is None:
        cause.tx.add(Watcher(ticket_id=ticket.id, person_id=person.id))
        cause.tx.note_fresh(("watchers of", ticket.id))
    else:
        found.removed_at = None
        cause.tx.flush()
    cause.audit("watched", ticket.id, address=name)


def remove(cause: Cause, ticket: Ticket, person: Person, name: str) -> None:
    """An agent takes somebody off a ticket: nothing further goes to them, not even what waits to be sent."""
    if not is_watching(cause, ticket, person):
        return
    cause.tx.session.get_one(Watcher, (ticket.id, person.id)).removed_at = cause.now
    cause.tx.flush()
    withdrawal.of_watcher(cause, ticket, [known.address for known in people.identities_of(cause.tx, person.id)])
    cause.audit("unwatched", ticket.id, address=name)


def only_watches(cause: Cause, ticket: Ticket, person: Person) -> bool:
    """Whether somebody is on a ticket in copy and not otherwise."""
    if person.id in {ticket.requester_id, ticket.owner_id, ticket.assignee_id}:
        return False
    return is_watching(cause, ticket, person)


def join(cause: Cause, ticket: Ticket, incoming: Incoming) -> None:
    """Put on a ticket whom its requester has in copy: people only, and `MOST` of one mail at most (E54).

    Not the desk itself, its agents, lists and machines, nor the mailbox that the mail was delivered to (E55). A mail
    that nothing may answer, or whose sender is in doubt, puts nobody on anything.
    """
    if not incoming.cc or incoming.kind is not Kind.HUMAN or incoming.quiet or incoming.verified is False:
        return
    wanted = [
        address for address in incoming.cc if is_persons(address.address) and not _is_mailbox(cause, incoming, address)
    ]
    for address in wanted[:MOST]:
        person = people.meet(cause.tx, "email", address)
        if person.id == ticket.requester_id or person.id in cause.desk.directory.by_person:
            continue
        cause.tx.settle(("watchers of", ticket.id))
        if cause.tx.session.get(Watcher, (ticket.id, person.id)) is None:
            cause.tx.add(Watcher(ticket_id=ticket.id, person_id=person.id))
            cause.tx.note_fresh(("watchers of", ticket.id))
            cause.audit("watched", ticket.id, address=people.canonical(address.address))
    cause.tx.settle(("watchers of", ticket.id))
    if len(wanted) > MOST:
        cause.audit("watchers_left_out", ticket.id, count=len(wanted) - MOST)


def is_ours(desk: Desk, address: str) -> bool:
    """Whether mail to this address comes to the desk, also with a reply token in it."""
    return address in desk.mailboxes


def _is_mailbox(cause: Cause, incoming: Incoming, address: Address) -> bool:
    delivered = {people.canonical(mailbox) for mailbox in incoming.delivered_to}
    return is_ours(cause.desk, address.address) or people.canonical(address.address) in delivered


def is_persons(address: str) -> bool:
    """Whether an address looks like a person's, and not a machine's or a list's."""
    local, at, domain = address.rpartition("@")
    return bool(at and local and "." in domain) and _AUTOMATIC.fullmatch(local) is None
