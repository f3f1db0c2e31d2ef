"""What is said to the desk alone, with a command: `42 take`, `search printer`, `away until 2026-12-31`.

Agents have every verb there, and the answer is theirs alone. Everybody else may look at their own requests.
"""

import re
from typing import Final

from msgspec import Struct

from bot import verbs
from bot.cause import Actor, Cause
from bot.db.models import Ticket
from bot.intake import agents
from bot.intake.received import Outcome, Received
from bot.notice.wording import Text, gettext
from bot.outgoing import outbox
from bot.persons import identity
from bot.persons.directory import Agent
from bot.persons.may import VERBS
from bot.talk.forms import NOT_YOURS
from bot.ticket import messages, tickets
from bot.verbs import Refusal, Request

_NUMBER: Final = re.compile(r"#?(\d{1,18})(?:\s+|$)")
_SHORT: Final = {"snooze": ("status", "on_hold "), "macros": ("macro", ""), "log": ("call", "for ")}
"""Other names for verbs, and what begins their argument."""
_UNTIL: Final = re.compile(r"(on_hold\s+)until\s+", re.IGNORECASE)
_SAID_ALREADY: Final = ("for ", "solved ")


class Command(Struct, frozen=True, kw_only=True):
    """A verb with its argument, the ticket that it is about, and the words on further lines."""

    verb: str
    argument: str = ""
    number: int | None = None
    words: str = ""


def read(text: str) -> Command:
    """A command as it was written. The ticket's number stands before the verb, or behind one that needs a ticket."""
    line, _, words = text.strip().partition("\n")
    number, line = _number(line.strip())
    name, _, argument = line.partition(" ")
    name, argument = name.lstrip("#/").rstrip(".:,;!?").lower(), argument.strip()
    name, begin = _SHORT.get(name, (name, ""))
    known = verbs.registry().get(name)
    if known is not None and known.on_ticket and number is None:
        number, argument = _number(argument)
    if begin and not argument.casefold().startswith(_SAID_ALREADY):
        argument = f"{begin}{argument}".strip()
    argument = _UNTIL.sub(r"\1", argument)
    if known is not None and not known.takes_words:
        argument, words = " ".join(filter(None, (argument, words.strip()))), ""
    return Command(verb=name or "show", argument=argument, number=number, words=words.strip())


def _number(line: str) -> tuple[int | None, str]:
    found = _NUMBER.match(line)
    return (int(found[1]), line[found.end() :]) if found else (None, line)


def tell(cause: Cause, received: Received, text: str) -> Outcome:
    """Do what the command says, as far as whoever gave it may; they alone see what came of it."""
    command = read(text)
    ticket = tickets.get(cause, command.number) if command.number is not None else None
    if received.agent is None:
        return look(cause, received, command.verb, ticket, command.argument)
    _obey(cause, received.agent, command, ticket)
    return Outcome(f"a command: {command.verb[:_SHOWN]}", ticket.id if ticket is not None else None)


_SHOWN: Final = 40


def _obey(cause: Cause, agent: Agent, command: Command, ticket: Ticket | None) -> None:
    cause.actor = agent.actor
    calls = ((command.verb, command.argument),)
    if command.verb not in verbs.registry():
        why = agents.unclear(Request((), "", (command.verb[:_SHOWN],)))
        agents.not_done(cause, agent, ticket, calls, why, words=command.words)
    elif command.number is not None and ticket is None:
        why = gettext("there is no ticket #%(number)s", number=command.number)
        agents.not_done(cause, agent, None, calls, why, words=command.words)
    else:
        request = Request(calls, command.words, ())
        agents.press(cause, agent, ticket, request, messages.words_only(command.words))


def look(cause: Cause, received: Received, verb: str, ticket: Ticket | None, argument: str = "") -> Outcome:
    """Somebody who is no agent uses a verb: they may look at their own requests, and open one again."""
    assert received.incoming.sender is not None
    person = identity.met(cause.tx, cause.channel, received.incoming.sender, received.incoming.profile)
    cause.actor = Actor(role="requester", name=person.name, person_id=person.id)
    if not is_for_everybody(verb):
        _answer(cause, received, NOT_YOURS)
        return Outcome("a command that is not theirs", None)
    try:
        reply = verbs.perform(cause, person, verb, ticket, argument)
    except Refusal as refusal:
        _answer(cause, received, refusal.text)
        return Outcome(f"a command, refused: {verb}")
    rows = reply.shown.values.get("tickets", ()) if reply.shown is not None else None
    values = {"title": reply.title, "lines": reply.lines if rows is None else (), "tickets": rows}
    outbox.whisper(cause, received, "command_result", values)
    return Outcome(f"a command: {verb}", ticket.id if ticket is not None else None)


def is_for_everybody(verb: str) -> bool:
    """Whether requesters may use a verb, on what is theirs."""
    return "requester" in VERBS.get(verb, ())


def _answer(cause: Cause, received: Received, text: Text) -> None:
    outbox.whisper(cause, received, "command_result", {"title": text, "lines": (), "tickets": None})
