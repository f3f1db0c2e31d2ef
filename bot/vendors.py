"""A ticket's questions to a vendor. What is said there is internal until an agent shares it."""

from sqlalchemy import select

from bot import conversations, lifecycle, messages, outbox
from bot.cause import Cause
from bot.db.models import Conversation, File, Message, Person, Ticket
from bot.events import raise_event
from bot.messages import Said
from channels.base import Attachment, Kind, Role
from rules.facts import Event, Status

_SHARED = "shared"


def ask(cause: Cause, ticket: Ticket, agent: Person, vendor: Person, address: str, what: Said) -> None:
    """An agent's words to a vendor; the ticket waits for the answer. Asking about an untaken ticket takes it."""
    if ticket.assignee_id is None:
        lifecycle.take(cause, ticket, agent)
    conversation = conversations.with_vendor(cause, ticket, vendor.id)
    message_id = messages.record(cause, ticket, conversation, what, author=agent.id, kind="note")
    outbox.ask_vendor(cause, ticket, vendor, address, what, message_id)
    cause.audit("vendor_asked", ticket.id, address=address)
    lifecycle.set_status(cause, ticket, "wait_vendor")


def receive(
    cause: Cause, ticket: Ticket, conversation: Conversation, what: Said, *, author: Person, address: str
) -> None:
    """What comes back from a vendor is a note. A person's answer ends the waiting; an automatic one changes nothing."""
    messages.record(cause, ticket, conversation, what, author=author.id, kind="note")
    conversations.follow(conversation, what.references)
    cause.audit("vendor_answered", ticket.id, address=address, machine=what.kind is not Kind.HUMAN)
    if what.kind is not Kind.HUMAN:
        return
    if ticket.status == Status.WAITING_VENDOR:
        lifecycle.set_status(cause, ticket, "wake")
    raise_event(cause, Event.NOTE_ADDED, ticket, said=what, address=address)


def newest_answer(cause: Cause, ticket: Ticket) -> Message | None:
    """The newest answer of a vendor that was not shared."""
    cause.tx.settle(("messages of", ticket.id))
    found = cause.tx.session.scalars(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.ticket_id == ticket.id,
            Conversation.role == Role.VENDOR,
            Message.inbox_id.is_not(None),
            Message.author_id.not_in(list(cause.desk.directory.by_person)),
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    return None if found is None or _SHARED in found.flags else found


def share(cause: Cause, ticket: Ticket, agent: Person, answer: Message, words: str, *, to: Ticket) -> None:
    """Say a vendor's answer, with its files, to the requester of `to`, below an agent's own words."""
    files = cause.tx.session.scalars(select(File).where(File.message_id == answer.id).order_by(File.id))
    said = "\n\n".join(part for part in (words, answer.words) if part)
    what = Said(
        words=said,
        text=said,
        files=tuple(Attachment(name=file.name, type=file.type, size=file.size, sha256=file.sha256) for file in files),
        inbox_id=answer.inbox_id,
    )
    answer.flags = [*answer.flags, _SHARED]
    cause.audit("vendor_shared", ticket.id, message=answer.id)
    lifecycle.answer(cause, ticket, agent, what, to=to)
