"""What agents are told on a platform of rooms: in the thread under the ticket's card, once for all who read there.

What concerns one agent alone, such as why their verb was refused, is seen by them alone: where they have just spoken,
else in a conversation with them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from bot.notice.markup import plain
from bot.notice.values import ticket_values
from bot.outgoing import outbox
from bot.ticket import conversations, files
from bot.ticket.messages import DOUBTS, shortened
from channels.base import Address, Kind, Role, Uncopied
from rules.facts import Event, Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.cause import Cause, Raised
    from bot.db.models import Conversation, Ticket
    from bot.outgoing.outbox import Telling

IN_THREAD: Final = frozenset(
    {
        "also_addressed",
        "escalated",
        "handed_back",
        "not_delivered",
        "note_added",
        "overdue",
        "own_words",
        "remote_agreed",
        "remote_declined",
        "room_cleared",
        "sla_breached",
        "sla_warning",
        "ticket_assigned",
        "ticket_message",
        "ticket_stale",
    }
)
"""Notices about a ticket that all who work in its room may read."""
ON_CARD: Final = frozenset({"ticket_opened"})
"""Notices that say what the card says."""
MISSING: Final = "files_not_copied"
"""The notice that names files which are not on the ticket."""
SEEN_THERE: Final = frozenset({"note_added", "ticket_message"})
"""Notices that pass on words: in the thread in which those were said, everybody has read them."""
PASSED_ON: Final[Mapping[str, str]] = {
    Event.MESSAGE_RECEIVED: "ticket_message",
    Event.AGENT_ANSWERED: "ticket_message",
    Event.TICKET_SOLVED: "ticket_message",
    Event.NOTE_ADDED: "note_added",
}
"""With what notice that which was said elsewhere stands in the thread too."""
SENT_FOR: Final = frozenset({"overdue", "sla_breached"})
"""Notices that ring also at those who do not work on it: who is told of them must see to it."""
RINGS_EVERY: Final = timedelta(minutes=5)
"""Nobody is called by name more often on one ticket."""


def tell(cause: Cause, what: Telling, channel: str) -> None:
    """Queue an internal notice for an agent who works on this platform."""
    thread = _thread(cause, what.ticket, channel)
    if what.notice not in IN_THREAD | ON_CARD or what.ticket is None:
        _privately(cause, what, channel)
    elif thread is None:
        _between_us(cause, what, what.ticket, channel)
    elif what.notice not in ON_CARD and not (what.notice in SEEN_THERE and thread.thread == cause.thread != ""):
        _in_thread(cause, what, thread)


def _thread(cause: Cause, ticket: Ticket | None, channel: str) -> Conversation | None:
    """The conversation under the card of a ticket that has one here."""
    found = conversations.find(cause, ticket.id, Role.DESK, channel) if ticket is not None else None
    return found if found is not None and found.room and found.speaks else None


def _privately(cause: Cause, what: Telling, channel: str) -> None:
    agent = what.agent
    here = cause.aside if agent.person_id == cause.actor.person_id and cause.channel == channel else ""
    address = agent.address_on(channel)
    to = outbox.Recipient(agent.person_id, address, channel, None, note=what.note, thread=here, private=True)
    outbox.enqueue(cause, what.ticket, to, what.notice, outbox.for_agent(cause, what, in_room=True))


def _between_us(cause: Cause, what: Telling, ticket: Ticket, channel: str) -> None:
    """A ticket without a card here, as no room may know of it: its agents have a thread each, with the desk alone."""
    agent = what.agent
    thread = conversations.with_agent(cause, ticket, channel, agent.person_id)
    if what.notice in SEEN_THERE and thread.thread == cause.thread != "":
        return
    to = outbox.Recipient(agent.person_id, agent.address_on(channel), channel, thread)
    outbox.enqueue(cause, ticket, to, what.notice, outbox.for_agent(cause, what, in_room=True))


def _in_thread(cause: Cause, what: Telling, thread: Conversation) -> None:
    """Say it in the thread, unless a colleague was just told of the same there."""
    outgoing = outbox.for_agent(cause, what, in_room=True)
    said = ("in the thread", cause.id, thread.id, what.notice, outgoing.body)
    if said in cause.tx.scratch:
        return
    cause.tx.scratch[said] = True
    cause.tx.scratch[_passed_on(cause, thread, what.notice, str(what.values.get("words", "")))] = True
    agent = what.agent
    rings = (agent.address_on(thread.channel),) if _rings(cause, what, thread) else ()
    to = outbox.Recipient(agent.person_id, Address(thread.room), thread.channel, thread, rings=rings)
    outbox.enqueue(cause, what.ticket, to, what.notice, outgoing)


def pass_on(cause: Cause, heard: Iterable[Raised]) -> None:
    """What was said elsewhere, by whomever and on whatever medium, stands in the thread too, once."""
    for raised in heard:
        if raised.facts.event is Event.TICKET_OPENED and raised.said is not None and raised.said.uncopied_files:
            _say_what_is_missing(cause, raised, raised.said.uncopied_files)
        notice = PASSED_ON.get(raised.facts.event)
        if notice is not None and raised.said is not None and raised.said.kind is Kind.HUMAN:
            for channel in cause.desk.rooms:
                _pass_on(cause, raised, notice, channel)


def _pass_on(cause: Cause, raised: Raised, notice: str, channel: str) -> None:
    thread, said = _thread(cause, raised.ticket, channel), raised.said
    assert said is not None
    if thread is None or thread.thread == cause.thread != "":
        return
    if ("card begun", cause.id, thread.id) in cause.tx.scratch:
        return  # the card says it
    words = shortened(said.words)
    if not (words or said.files or said.uncopied_files) or _passed_on(cause, thread, notice, words) in cause.tx.scratch:
        return
    actor = raised.facts.actor
    values = ticket_values(cause, raised.ticket) | {
        "words": plain(words),
        "author": {"name": actor.name or cause.desk.config.desk.name, "address": raised.details.get("address", "")},
        "attachments": [file.name for file in said.files],
        "refused": list(said.refused_files),
        "uncopied": files.uncopied(said.uncopied_files),
        "flags": [flag for flag in said.flags if flag in DOUBTS],
    }
    told = outbox.for_room(cause, notice, values)
    files_too = msgspec.structs.replace(told, files=files.to_send_around(said.files), automatic=True)
    outbox.post(cause, raised.ticket, thread, notice, files_too)


def _say_what_is_missing(cause: Cause, raised: Raised, missing: tuple[Uncopied, ...]) -> None:
    """Below the card of a new ticket: which files of its first message could not be copied."""
    for channel in cause.desk.rooms:
        thread = _thread(cause, raised.ticket, channel)
        if thread is not None:
            values = ticket_values(cause, raised.ticket) | {"uncopied": files.uncopied(missing)}
            outbox.post(cause, raised.ticket, thread, MISSING, outbox.for_room(cause, MISSING, values))


def _passed_on(cause: Cause, thread: Conversation, notice: str, words: str) -> tuple[str, str, int, str, str]:
    return ("passed on", cause.id, thread.id, notice, words)


def _rings(cause: Cause, what: Telling, thread: Conversation) -> bool:
    """Whether they are called by name: who works on it, or was sent for; not again at once, nor out of hours.

    What nobody has taken rings nobody: a new card is news enough in its room.
    """
    agent, ticket = what.agent, what.ticket
    assert ticket is not None
    if agent.person_id != ticket.assignee_id and what.notice not in SENT_FOR:
        return False
    if thread.rang_at is not None and cause.now - thread.rang_at < RINGS_EVERY:
        return False
    if agent.hours is not None and not agent.hours.is_open(cause.now) and ticket.priority != Priority.CRITICAL:
        return False
    thread.rang_at = cause.now
    return True
