"""A ticket's card in the room where agents work: posted once for each room, then kept current.

The thread under the card is the desk's conversation about the ticket. Of all of them the one in the ticket's present
room speaks: what its assignee writes there goes to the requester.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Conversation, Ticket
from bot.notice import notices
from bot.notice.values import ticket_values
from bot.notice.wording import PRIORITIES, STATUSES, Text, gettext
from bot.outgoing import outbox, projections
from bot.outgoing.projections import CARD_OF
from bot.persons import people
from bot.persons.may import VERBS
from bot.talk import clearing
from bot.talk.rooms import may_know, room_of
from bot.ticket import cards, conversations, files, history, tickets
from bot.ticket.messages import Said
from bot.timing import sla
from channels.base import Choice, Outgoing, Role

CARD: Final = "card"
"""The notice that is a ticket's card."""
DO: Final = "do"
"""What the value of a button begins with that uses a verb: `do:42:priority:high`."""
_WORDS: Final = 500
_SIMILAR: Final = 3
_LINE: Final = 70

ASKS: Final[Mapping[str, Text]] = {
    "wait": gettext("What do you need to know?"),
    "escalate": gettext("Why does it go up?"),
    "solve": gettext("What helped? The requester reads this."),
}
"""What stands above the words that a button's verb wants."""


def begin_all(cause: Cause) -> None:
    """Post the cards of tickets that this cause opened or moved, where they have none: notices go below them."""
    for ticket, channel in _touched(cause):
        room = room_of(cause.desk, channel, ticket)
        there = _conversations(cause, ticket, channel)
        here = next((one for one in there if one.room == room), None)
        if room and here is None and ticket.status not in {"solved", "closed"}:
            here = _begin(cause, ticket, channel, room)
        for one in there:
            one.speaks = one is here
        if here is not None:
            conversations.now_speaks(cause, here)


def follow_all(cause: Cause) -> None:
    """Bring up to date the cards of the tickets that this cause touched."""
    for ticket, channel in _touched(cause):
        for one in _conversations(cause, ticket, channel):
            if ("card begun", cause.id, one.id) in cause.tx.scratch:
                continue  # it is new, and says what is so
            if one.room and may_know(cause.desk, channel, ticket, one.room):
                card = _card(cause, ticket, history.first_said(cause, ticket), speaks=one.speaks)
                projections.show(cause.tx, channel, f"{CARD_OF}:{one.id}", card)
            elif one.room:
                clearing.clear(cause, ticket, one)


def _touched(cause: Cause) -> Iterator[tuple[Ticket, str]]:
    """Each ticket that this cause touched, with each platform that has rooms of agents."""
    for channel, rooms in cause.desk.rooms.items():
        for number in list(cause.touched) if rooms else ():
            ticket = tickets.get(cause, number)
            if ticket is not None:
                yield ticket, channel


def _conversations(cause: Cause, ticket: Ticket, channel: str) -> list[Conversation]:
    cause.tx.flush()
    of_desk = select(Conversation).where(
        Conversation.ticket_id == ticket.id,
        Conversation.role == Role.DESK,
        Conversation.channel == channel,
        Conversation.person_id.is_(None),
    )
    return list(cause.tx.session.scalars(of_desk.order_by(Conversation.id)))


def _begin(cause: Cause, ticket: Ticket, channel: str, room: str) -> Conversation:
    """Post the card: making its thread is a delivery of its own, before all others of this conversation."""
    conversation = conversations.start(cause, ticket, Role.DESK, channel)
    conversation.room = room
    first = history.first_said(cause, ticket)
    card = _card(cause, ticket, first, speaks=True)
    files_too = msgspec.structs.replace(card, files=files.to_send_around(first.files))
    outbox.post(cause, ticket, conversation, CARD, files_too)
    cause.tx.scratch["card begun", cause.id, conversation.id] = True
    projections.is_shown(cause.tx, channel, f"{CARD_OF}:{conversation.id}", card)
    return conversation


def _card(cause: Cause, ticket: Ticket, first: Said, *, speaks: bool) -> Outgoing:
    """The ticket as the room sees it, with what was first said."""
    promise = next(iter(sla.promises_of(cause, [ticket.id])[ticket.id]), None)
    values = ticket_values(cause, ticket) | cards.triage(cause, ticket)
    values |= {
        "words": _beginning(first.words, _WORDS),
        "attachments": [file.name for file in first.files],
        "similar": [
            {**one, "resolution": _beginning(one["resolution"], _LINE)} for one in values["similar"][:_SIMILAR]
        ],
        "owner": _name(cause, ticket.owner_id),
        "assignee": _name(cause, ticket.assignee_id),
        "promise": promise,
        "speaks": speaks,
        "notes_first": cause.desk.config.desk.room_words == "note",
        "goes_on_in": ticket.merged_into_id,
    }
    offered = _choices(cause, ticket) if speaks and ticket.merged_into_id is None else ()
    made = outbox.for_room(cause, CARD, values)
    return msgspec.structs.replace(made, choices=offered, labels=(ticket.status, ticket.priority))


def _beginning(words: str, most: int) -> str:
    """As much of the words as a card has room for on a telephone."""
    return words if len(words) <= most else f"{words[:most].rsplit(None, 1)[0]} […]"


def _name(cause: Cause, person_id: int | None) -> str:
    return people.person(cause.tx, person_id).name if person_id else ""


def _choices(cause: Cause, ticket: Ticket) -> tuple[Choice, ...]:
    """The buttons: what can be done with it now."""
    language = cause.desk.config.desk.language

    def said(text: Text) -> str:
        return notices.said(text, language)

    if ticket.status in {"solved", "closed"}:
        return (Choice(do(ticket, "reopen"), said(gettext("Reopen"))),)
    take = () if ticket.assignee_id else (Choice(do(ticket, "take"), said(gettext("Take"))),)
    agents = tuple(
        Choice(do(ticket, "assign", agent.handle), agent.name)
        for agent in cause.desk.directory.agents
        if agent.role != "manager"
    )
    statuses = tuple(
        Choice(do(ticket, "status", name), said(STATUSES[name])) for name in ("open", "waiting_vendor", "closed")
    )
    levels = tuple(Choice(do(ticket, "priority", name), said(text)) for name, text in PRIORITIES.items())
    return (
        *take,
        Choice(do(ticket, "assign"), said(gettext("Assign")), options=agents),
        Choice(do(ticket, "priority"), said(gettext("Priority")), options=levels),
        Choice(do(ticket, "status"), said(gettext("Status")), options=statuses),
        Choice(do(ticket, "wait"), said(gettext("Ask")), asks=said(ASKS["wait"])),
        Choice(do(ticket, "escalate"), said(gettext("Escalate")), asks=said(ASKS["escalate"])),
        Choice(do(ticket, "solve"), said(gettext("Solve")), asks=said(ASKS["solve"])),
        Choice(do(ticket, "show"), said(gettext("More"))),
    )


def do(ticket: Ticket, verb: str, argument: str = "") -> str:
    """What a button that uses a verb on a ticket has as its value."""
    assert verb in VERBS
    return ":".join(filter(None, (DO, str(ticket.id), verb, argument)))


def read_choice(value: str) -> tuple[int, str, str] | None:
    """The ticket, the verb and its argument that a button stands for; None if it is no such button."""
    mark, _, rest = value.partition(":")
    number, _, call = rest.partition(":")
    verb, _, argument = call.partition(":")
    return (int(number), verb, argument) if mark == DO and number.isdigit() and verb in VERBS else None
