"""A customer's mail that an agent passes on to the desk opens the ticket for who wrote it (E81)."""

import msgspec

from bot import agents, lifecycle, messages, outbox, people, verbs, watchers
from bot.cause import Cause
from bot.db.models import Ticket
from bot.directory import Agent
from bot.verbs import Refusal, Request
from bot.verbs.contacts import address_in
from bot.wording import gettext
from channels.base import Address, Forwarded, Incoming


def is_customers(cause: Cause, channel: str, incoming: Incoming) -> bool:
    """Whether this passes on a mail of somebody who is neither the desk nor one of its agents, or says whose it is."""
    if incoming.forwarded is None:
        return False
    if any(name == "for" for name, _ in verbs.read(incoming.forwarded.cover).calls):
        return True
    address = incoming.forwarded.sender.address
    known = people.by_address(cause.tx, channel, address)
    is_agents = known is not None and known[0].id in cause.desk.directory.by_person
    return not is_agents and not watchers.is_ours(cause.desk, address)


def take_on(cause: Cause, agent: Agent, incoming: Incoming, inbox_id: int, channel: str) -> Ticket | None:
    """Open the ticket for the original sender, or whom `#for` names; None if a verb stops it, and the agent is told.

    Words above the copied mail are a note and its other verbs are carried out: nothing an agent wrote there goes out,
    since no line of ours divides it from what was copied.
    """
    forwarded = incoming.forwarded
    assert forwarded is not None
    request = verbs.read(forwarded.cover)
    if request.unknown:
        agents.refuse_unclear(cause, agent, None, request)
        return None
    try:
        sender = _requester(cause, forwarded, request)
    except Refusal as refusal:
        agents.refuse(cause, agent, None, ["#for"], refusal.text)
        return None
    requester = people.meet(cause.tx, channel, sender)
    what = msgspec.structs.replace(
        messages.from_incoming(incoming, inbox_id),
        words=forwarded.text or incoming.text,
        text=forwarded.text or incoming.text,
        quiet=incoming.quiet or not watchers.is_persons(sender.address),
    )
    ticket = lifecycle.open_ticket(cause, requester, what, channel=channel, subject=forwarded.subject)
    cause.audit("passed_on", ticket.id, agent=agent.handle, address=people.canonical(sender.address))
    title = gettext("#%(number)s is recorded for %(address)s", number=ticket.id, address=sender.address)
    outbox.tell_agent(cause, agent, ticket, "verb_result", {"titles": [title], "lines": []})
    if request.words:
        me = people.person(cause.tx, agent.person_id)
        lifecycle.add_note(cause, ticket, me, messages.words_only(request.words))
    others = tuple((name, argument) for name, argument in request.calls if name not in {"for", "note"})
    if others:
        agents.carry_out(cause, agent, ticket, Request(others, "", ()), messages.words_only(""))
    return ticket


def _requester(cause: Cause, forwarded: Forwarded, request: Request) -> Address:
    """Whom it is for: the one whom the agent names, else who wrote it."""
    for name, argument in request.calls:
        if name == "for":
            return Address(address_in(cause, argument, gettext("#for needs a mail address")))
    return forwarded.sender
