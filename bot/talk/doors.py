"""The doors by which requests come in on a platform of rooms, beside what people say there.

A command, a form, a sign below a message: each opens a ticket, of its own or of that message, and never two of one.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from bot.cause import Actor, Cause
from bot.db.models import Person, Ticket
from bot.intake import agents, screening
from bot.intake.received import Outcome, Received
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.persons import identity, linking, people
from bot.persons.may import may
from bot.talk import board, commands, forms
from bot.ticket import fields, lifecycle, messages, tickets
from bot.ticket.messages import Said
from bot.verbs import Request
from channels.base import COMMAND, LOG, REQUEST, Act, Address

DESK: Final = "desk"
"""The command with which the desk is told something; any other opens a ticket."""


def commanded(cause: Cause, received: Received) -> Outcome | None:
    """A command: to the desk, or with the words of a request."""
    if received.incoming.choice == DESK:
        return commands.tell(cause, received, received.incoming.reply)
    if received.incoming.choice == linking.LINK:
        return linking.told(cause, received)
    return open_ticket(cause, received)


def filled_in(cause: Cause, received: Received) -> Outcome | None:
    """A form; None for the answer to a question."""
    opens = received.incoming.choice or ""
    if opens == REQUEST:
        return open_ticket(cause, received)
    if opens == LOG:
        return _logged(cause, received)
    if opens == COMMAND:
        return commands.tell(cause, received, _as_written(received.incoming.fields, received.incoming.reply))
    return pressed(cause, received)


def pressed(cause: Cause, received: Received) -> Outcome | None:
    """A button that uses a verb, with its words if it wants some; None for any other."""
    asked = board.read_choice(received.incoming.choice or "")
    if asked is None:
        return None
    number, verb, argument = asked
    ticket = tickets.get(cause, number)
    if ticket is None:
        _say(cause, received, gettext("#%(number)s is not there any more.", number=number))
        return Outcome("a button of a ticket that is gone")
    if received.agent is None:
        return _not_an_agent(cause, received, verb, ticket)
    cause.actor = received.agent.actor
    words = received.incoming.reply
    what = msgspec.structs.replace(received.said(), words=words, text=words, choice=None, external_id=None)
    agents.press(cause, received.agent, ticket, Request(((verb, argument),), words, ()), what)
    return Outcome(f"#{verb}", number)


def _not_an_agent(cause: Cause, received: Received, verb: str, ticket: Ticket) -> Outcome:
    """A friendly word to whoever pressed what is not theirs to press; seen by them alone."""
    assert received.incoming.sender is not None
    person = identity.met(cause.tx, cause.channel, received.incoming.sender, received.incoming.profile)
    if commands.is_for_everybody(verb) and may(cause, person, verb, ticket):
        return commands.look(cause, received, verb, ticket)
    outbox.whisper(cause, received, "not_for_you", {})
    return Outcome("a button that is not theirs", ticket.id)


def reacted(cause: Cause, received: Received) -> Outcome | None:
    """A sign below a message that it is a request; what the desk itself said is none."""
    incoming = received.incoming
    if not incoming.about or not (incoming.text.strip() or incoming.attachments):
        return None
    return open_ticket(cause, received)


def open_ticket(cause: Cause, received: Received) -> Outcome:
    """A ticket of what was written; of a message that is on one already, nothing but a word about it."""
    present = _present(cause, received)
    if present is not None:
        if received.incoming.act is Act.FILLED_IN:
            _say(cause, received, gettext("This is #%(number)s already", number=present.id))
        return Outcome("it is a ticket already", present.id)
    incoming = received.incoming
    if incoming.on_behalf_of is not None and received.agent is None and not incoming.about:
        outbox.whisper(cause, received, "not_for_you", {})
        return Outcome("a request for somebody else, from no agent")
    kept_out = screening.screen(cause, received)
    if kept_out is not None:
        return kept_out
    requester = _requester(cause, received)
    ticket = lifecycle.open_ticket(cause, requester, _said(received), channel=cause.channel)
    _details(cause, ticket, incoming.category, incoming.fields)
    return Outcome("opened", ticket.id)


def _present(cause: Cause, received: Received) -> Ticket | None:
    """The ticket that the message is on, or its thread goes on."""
    about = received.incoming.about
    if not about:
        return None
    if received.match is not None:
        return received.match.ticket
    known = messages.known_by_id(cause.tx, {about})[about]
    return tickets.get(cause, known[-1].ticket_id) if known else None


def _requester(cause: Cause, received: Received) -> Person:
    """Whose request it is; the actor is who brought it."""
    incoming = received.incoming
    assert incoming.sender is not None
    bringer = identity.met(cause.tx, cause.channel, incoming.sender, incoming.profile)
    by_agent = received.agent is not None and incoming.on_behalf_of is not None
    cause.actor = (
        received.agent.actor
        if received.agent is not None and by_agent
        else Actor(role="requester", name=bringer.name or incoming.sender.address, person_id=bringer.id)
    )
    if incoming.on_behalf_of is None:
        return bringer
    return identity.met(cause.tx, cause.channel, incoming.on_behalf_of, incoming.their_profile)


def _said(received: Received) -> Said:
    """What it says: in the thread of the message that it is about, else with the requester alone.

    Where a platform has threads for that, what they asked for themselves gets one.
    """
    incoming, what = received.incoming, received.said()
    of_message = bool(incoming.about) and incoming.place is not None
    place = incoming.place if incoming.on_behalf_of is None else None
    aside = place.aside if place is not None else ""
    return msgspec.structs.replace(
        what,
        external_id=incoming.about or None,
        references=(incoming.about,) if incoming.about else (),
        thread=what.thread if of_message else aside,
        choice=None,
    )


def _details(cause: Cause, ticket: Ticket, category: str, entered: Mapping[str, str]) -> None:
    """What the form says of it; what books no longer know of is left out."""
    known = cause.desk.books.categories.get(category)
    if known is None:
        return
    lifecycle.set_category(cause, ticket, known.name)
    for field in known.fields:
        value = entered.get(f"{forms.FIELD}{field.name}", "").strip()
        if value:
            fields.set_by_hand(cause, ticket, field, value)


def _logged(cause: Cause, received: Received) -> Outcome:
    """A phone call or a visit that an agent writes down; who asked is answered by mail."""
    incoming, agent = received.incoming, received.agent
    if agent is None or incoming.on_behalf_of is None:
        outbox.whisper(cause, received, "not_for_you", {})
        return Outcome("a form that is not theirs")
    cause.actor = agent.actor
    requester = people.meet(cause.tx, "email", Address(people.canonical(incoming.on_behalf_of.address)))
    what = _said(received)
    team = cause.desk.directory.only_team_of(agent.person_id)
    via = incoming.fields.get(forms.VIA, "phone")
    ticket = lifecycle.open_ticket(cause, requester, what, channel="email", via=via, team=team)
    _details(cause, ticket, incoming.category, incoming.fields)
    if incoming.fields.get(forms.SETTLED) == forms.YES:
        person = people.person(cause.tx, agent.person_id)
        lifecycle.solve(cause, ticket, person, messages.words_only(""))
    _say(cause, received, gettext("#%(number)s is opened", number=ticket.id))
    return Outcome("opened", ticket.id)


def _as_written(entered: Mapping[str, str], words: str) -> str:
    """What was filled in for the desk, as a command says it."""
    said = [entered.get(forms.TICKET, "").strip(), entered.get(forms.VERB, "").strip(), words]
    return " ".join(filter(None, said))


def _say(cause: Cause, received: Received, text: object) -> None:
    outbox.whisper(cause, received, "command_result", {"title": text, "lines": (), "tickets": None})
