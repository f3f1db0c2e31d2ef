"""A customer's mail that an agent passes on to the desk opens the ticket for who wrote it (E81)."""

import msgspec

from bot import verbs
from bot.cause import Actor, Cause
from bot.db.models import Ticket
from bot.intake import agents
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons import people
from bot.persons.directory import Agent
from bot.ticket import lifecycle, messages, watchers
from bot.verbs import Refusal, Request
from bot.verbs.contacts import address_in
from channels.base import Address, Forwarded, Incoming


def is_customers(cause: Cause, channel: str, incoming: Incoming) -> bool:
    """Whether this passes on a mail of somebody who is neither the desk nor one of its agents, or says whose it is."""
    if incoming.forwarded is None:
        return False
    if any(name == "for" for name, _ in verbs.read(incoming.forwarded.cover).calls):
        return True
    sender = incoming.forwarded.sender
    agents = cause.desk.directory.by_person
    if not sender.address:
        return not any(person.id in agents for person in people.named(cause.tx, sender.name))
    known = people.by_address(cause.tx, channel, sender.address)
    return (known is None or known[0].id not in agents) and not watchers.is_ours(cause.desk, sender.address)


def take_on(
    cause: Cause, agent: Agent, incoming: Incoming, inbox_id: int, channel: str, *, team: str | None
) -> Ticket | None:
    """Open `team`'s ticket for the original sender, or whom `#for` names; None if a verb stops it: the agent is told.

    Words above the copied mail are a note and its other verbs are carried out: nothing an agent wrote there goes out,
    since no line of ours divides it from what was copied. Where the copied header has a name that we cannot tell the
    address of, it is the agent's own request, and they are told how to say whose it is.
    """
    forwarded = incoming.forwarded
    assert forwarded is not None
    request = verbs.read(forwarded.cover)
    if request.unknown:
        agents.refuse_unclear(cause, agent, None, request)
        return None
    try:
        sender = _requester(cause, agent, forwarded, request)
    except Refusal as refusal:
        agents.refuse(cause, agent, None, [("for", "")], refusal.text)
        return None
    requester = people.meet(cause.tx, channel, sender)
    if requester.id == agent.person_id:
        cause.actor = Actor(role="requester", name=agent.name, person_id=agent.person_id)
    what = msgspec.structs.replace(
        messages.from_incoming(incoming, inbox_id),
        words=forwarded.text or incoming.text,
        text=forwarded.text or incoming.text,
        quiet=incoming.quiet or not watchers.is_persons(sender.address),
    )
    ticket = lifecycle.open_ticket(cause, requester, what, channel=channel, subject=forwarded.subject, team=team)
    cause.audit("passed_on", ticket.id, agent=agent.handle, address=people.canonical(sender.address))
    _tell(cause, agent, ticket, forwarded, sender)
    if request.words:
        me = people.person(cause.tx, agent.person_id)
        lifecycle.add_note(cause, ticket, me, messages.words_only(request.words))
    others = tuple((name, argument) for name, argument in request.calls if name not in {"for", "note"})
    if others:
        agents.carry_out(cause, agent, ticket, Request(others, "", ()), messages.words_only(""))
    return ticket


def _requester(cause: Cause, agent: Agent, forwarded: Forwarded, request: Request) -> Address:
    """Whom it is for: the one whom the agent names, else who wrote it, else the agent."""
    for name, argument in request.calls:
        if name == "for":
            return Address(address_in(cause, argument, gettext("#for needs a mail address")))
    if forwarded.sender.address:
        return forwarded.sender
    return _of_that_name(cause, agent, forwarded.sender.name) or Address(agent.email, agent.name)


def _of_that_name(cause: Cause, agent: Agent, name: str) -> Address | None:
    """The only one of that name, if we know them from the directory or they are of the agent's own domain.

    A name alone proves nothing: a stranger can write to us under any.
    """
    found = people.named(cause.tx, name)
    identity = people.address_of(cause.tx, found[0].id, "email") if len(found) == 1 else None
    if identity is None:
        return None
    is_near = identity.address.rpartition("@")[2] == agent.email.rpartition("@")[2]
    return Address(identity.address, found[0].name) if found[0].known or is_near else None


def _tell(cause: Cause, agent: Agent, ticket: Ticket, forwarded: Forwarded, sender: Address) -> None:
    """Tell the agent whose ticket it is, and how we know where the copied header has no address."""
    title = gettext("#%(number)s is recorded for %(address)s", number=ticket.id, address=sender.address)
    lines: list[Text] = []
    name = forwarded.sender.name
    if not forwarded.sender.address and sender.address == agent.email:
        title = gettext("#%(number)s is recorded as your own request", number=ticket.id)
        lines = [
            gettext("The copied header names %(name)s without an address that we could be sure of.", name=name),
            gettext("To say whose request it is, answer with a line such as: #for someone@example.org"),
        ]
    elif not forwarded.sender.address and sender.name:
        lines = [
            gettext("The copied header has no address; this is that of the only %(name)s whom we know.", name=name),
            gettext("If it is somebody else’s, answer with a line such as: #for someone@example.org"),
        ]
    outbox.tell_agent(cause, agent, ticket, "verb_result", {"titles": [title], "lines": lines})
