"""A ticket's conversations: with the requester, the desk, a vendor, a watcher, each in one place."""

from typing import Final

from sqlalchemy import bindparam, select

from bot.cause import Cause
from bot.db.models import Conversation, Ticket
from bot.ids import new_id
from channels.base import Role

REFERENCES_KEPT: Final = 20


def start(
    cause: Cause, ticket: Ticket, role: Role, channel: str, *, thread: str = "", references: tuple[str, ...] = ()
) -> Conversation:
    """Begin a conversation. The first desk conversation of a ticket is the one that speaks."""
    conversation = Conversation(
        id=new_id(),
        ticket_id=ticket.id,
        channel=channel,
        role=role,
        speaks=role is Role.DESK,
        thread=thread,
        references=list(references),
    )
    cause.tx.add(conversation)
    if thread:
        cause.tx.note_fresh(("threads of", channel))
    cause.tx.scratch["conversation", ticket.id, role, channel] = conversation
    return conversation


def find(cause: Cause, ticket_id: int, role: Role, channel: str) -> Conversation | None:
    """The conversation of a ticket in one role on one channel, if there is one; of several that which speaks."""
    key = ("conversation", ticket_id, role, channel)
    if key not in cause.tx.scratch and ("opened", ticket_id) in cause.tx.scratch:
        return None  # all of its conversations were begun in this transaction
    if key not in cause.tx.scratch:
        where = {"number": ticket_id, "in_role": role, "on": channel}
        cause.tx.scratch[key] = cause.tx.session.scalar(_OF_ROLE, where)
    found: Conversation | None = cause.tx.scratch[key]
    return found


def now_speaks(cause: Cause, conversation: Conversation) -> None:
    """Of a ticket's conversations in this role on this channel, this one is found from now on."""
    key = ("conversation", conversation.ticket_id, Role(conversation.role), conversation.channel)
    cause.tx.scratch[key] = conversation


def in_thread(cause: Cause, channel: str, thread: str) -> Conversation | None:
    """The conversation that is held in a thread of a platform; the newest, where a thread was begun anew."""
    cause.tx.settle(("threads of", channel))
    return cause.tx.session.scalars(_IN_THREAD, {"of_thread": thread, "on": channel}).first()


def in_room(cause: Cause, channel: str, room: str) -> Conversation | None:
    """The newest conversation with a requester that was begun in a room of a platform."""
    cause.tx.settle(("threads of", channel))
    query = select(Conversation).where(
        Conversation.room == room, Conversation.room != "", Conversation.role == Role.REQUESTER
    )
    of_channel = query.where(Conversation.channel == channel).order_by(Conversation.id.desc())
    return cause.tx.session.scalars(of_channel.limit(1)).first()


def of_requester(cause: Cause, ticket: Ticket) -> Conversation:
    """The conversation with the requester: where the request came from."""
    key = ("requester conversation", ticket.id)
    if key not in cause.tx.scratch:
        cause.tx.scratch[key] = cause.tx.session.scalars(_OF_REQUESTER, {"number": ticket.id}).one()
    found: Conversation = cause.tx.scratch[key]
    return found


def of_watchers(cause: Cause, ticket: Ticket, channel: str) -> Conversation:
    """The conversation with those in copy, in the thread that the requester has; begun when first needed."""
    found = find(cause, ticket.id, Role.WATCHER, channel) or start(cause, ticket, Role.WATCHER, channel)
    found.references = list(of_requester(cause, ticket).references) or found.references
    return found


def of_vendor(cause: Cause, ticket_id: int, person_id: int) -> Conversation | None:
    """The conversation of a ticket with one vendor, if there is one."""
    cause.tx.settle(("vendors of", ticket_id))
    return cause.tx.session.scalars(
        select(Conversation)
        .where(
            Conversation.ticket_id == ticket_id,
            Conversation.role == Role.VENDOR,
            Conversation.person_id == person_id,
        )
        .limit(1)
    ).first()


def with_agent(cause: Cause, ticket: Ticket, channel: str, person_id: int) -> Conversation:
    """The desk's conversation about a ticket with one agent alone, begun when first needed."""
    cause.tx.settle(("agents of", ticket.id))
    of_agent = select(Conversation).where(
        Conversation.ticket_id == ticket.id,
        Conversation.role == Role.DESK,
        Conversation.channel == channel,
        Conversation.person_id == person_id,
    )
    found = cause.tx.session.scalars(of_agent.limit(1)).first()
    if found is None:
        found = Conversation(
            id=new_id(), ticket_id=ticket.id, channel=channel, role=Role.DESK, person_id=person_id, speaks=True
        )
        cause.tx.add(found)
        cause.tx.note_fresh(("agents of", ticket.id))
    return found


def with_vendor(cause: Cause, ticket: Ticket, person_id: int) -> Conversation:
    """The conversation with one vendor, begun when first needed: it shows nothing of any other thread."""
    found = of_vendor(cause, ticket.id, person_id)
    if found is None:
        found = Conversation(id=new_id(), ticket_id=ticket.id, channel="email", role=Role.VENDOR, person_id=person_id)
        found.references = [root(cause, ticket, person_id)]
        cause.tx.add(found)
        cause.tx.note_fresh(("vendors of", ticket.id))
    return found


def follow(conversation: Conversation, references: tuple[str, ...]) -> None:
    """The next message in this conversation answers these ids too."""
    known = conversation.references
    fresh = [reference for reference in references if reference not in known]
    if fresh:
        conversation.references = (known[:1] + (known[1:] + fresh)[-(REFERENCES_KEPT - 1) :])[:REFERENCES_KEPT]


def of_desk(cause: Cause, ticket: Ticket, channel: str) -> Conversation:
    """The desk's conversation about a ticket on one medium, begun when first needed.

    Mail programs thread by ids; the desk's own conversation has a root that no message ever carries.
    """
    found = find(cause, ticket.id, Role.DESK, channel)
    if found is None:
        found = start(cause, ticket, Role.DESK, channel, references=(_root(cause, ticket, "ticket"),))
    return found


def root(cause: Cause, ticket: Ticket, person_id: int) -> str:
    """The root of a thread that the desk begins with somebody outside, which no message carries.

    It differs from person to person: those whom a ticket was passed between see nothing of each other's threads.
    """
    return _root(cause, ticket, f"request-{person_id:x}")


def _root(cause: Cause, ticket: Ticket, name: str) -> str:
    return f"{name}-{ticket.id}.{ticket.created_at:%Y%m%d%H%M%S}@{cause.desk.config.desk.domain}"


_OF_ROLE: Final = (
    select(Conversation)
    .where(
        Conversation.ticket_id == bindparam("number"),
        Conversation.role == bindparam("in_role"),
        Conversation.channel == bindparam("on"),
        Conversation.person_id.is_(None),
    )
    .order_by(Conversation.speaks.desc(), Conversation.id.desc())
    .limit(1)
)
_OF_REQUESTER: Final = (
    select(Conversation)
    .where(Conversation.ticket_id == bindparam("number"), Conversation.role == Role.REQUESTER)
    .order_by(Conversation.id)
    .limit(1)
)
_IN_THREAD: Final = (
    select(Conversation)
    .where(
        Conversation.thread == bindparam("of_thread"),
        Conversation.thread != "",
        Conversation.channel == bindparam("on"),
    )
    .order_by(Conversation.id.desc())
    .limit(1)
)
