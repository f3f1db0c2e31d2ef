"""A ticket's questions to a vendor. What is said there is internal until an agent shares it."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import Conversation, Message, Person, Ticket
from bot.judging.events import raise_event
from bot.notice import notices
from bot.notice.markup import Md, escape, plain, quote
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.persons import people
from bot.ticket import conversations, files, handback, lifecycle, messages
from bot.ticket.messages import Said
from channels.base import Kind, Role
from rules.facts import Event, Status

_SHARED = "shared"
_AUTOMATIC = "automatic"
_UNASKED = "not_on_ticket"


def ask(cause: Cause, ticket: Ticket, agent: Person | None, vendor: Person, address: str, what: Said) -> None:
    """An agent's words to a vendor, or a rule's where there is none; the ticket waits for the answer.

    An agent who asks about an untaken ticket takes it.
    """
    if ticket.assignee_id is None and agent is not None:
        lifecycle.take(cause, ticket, agent)
    conversation = conversations.with_vendor(cause, ticket, vendor.id)
    message_id = messages.record(cause, ticket, conversation, what, author=agent.id if agent else None, kind="note")
    outbox.ask_vendor(cause, ticket, vendor, address, what, message_id, speaker=agent.name if agent else "")
    cause.audit("vendor_asked", ticket.id, address=address)
    lifecycle.set_status(cause, ticket, "wait_vendor")


def receive(
    cause: Cause, ticket: Ticket, conversation: Conversation, what: Said, *, author: Person, address: str
) -> None:
    """What comes back from a vendor is a note. A person's answer ends the waiting; an automatic one changes nothing."""
    if what.kind is not Kind.HUMAN:
        what = msgspec.structs.replace(what, flags=(*what.flags, _AUTOMATIC))
    messages.record(cause, ticket, conversation, what, author=author.id, kind="note")
    conversations.follow(conversation, what.references)
    cause.audit("vendor_answered", ticket.id, address=address, machine=what.kind is not Kind.HUMAN)
    if what.kind is not Kind.HUMAN:
        return
    if ticket.status == Status.WAITING_VENDOR:
        lifecycle.set_status(cause, ticket, "wake")
        handback.vendor_answered(cause, ticket, address)
    raise_event(cause, Event.NOTE_ADDED, ticket, said=what, address=address, vendor=author.name or address)


def answers(cause: Cause, *tickets: Ticket) -> list[Message]:
    """What vendors answered on these tickets, the oldest first; not what machines did, or whoever was not asked."""
    numbers = [ticket.id for ticket in tickets]
    cause.tx.settle(*(("messages of", number) for number in numbers))
    found = cause.tx.session.scalars(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.ticket_id.in_(numbers),
            Conversation.role == Role.VENDOR,
            Message.inbox_id.is_not(None),
            Message.author_id.not_in(list(cause.desk.directory.by_person)),
        )
        .order_by(Message.id)
    )
    return [message for message in found if not {_AUTOMATIC, _UNASKED} & set(message.flags)]


def is_shared(answer: Message) -> bool:
    """Whether the requester has been sent this answer."""
    return _SHARED in answer.flags


def share(cause: Cause, ticket: Ticket, agent: Person, shared: Sequence[Message], own: Said, *, to: Ticket) -> None:
    """Say vendors' answers, with their files, to the requester of `to`, below an agent's own words and files."""
    came = files.of_messages(cause.tx, [answer.id for answer in shared])
    theirs = (msgspec.structs.replace(file, inline=False) for file in came)
    quoted = [(_wrote(cause, answer, to), answer.words) for answer in shared]
    said = [own.words, *(f"{wrote}\n\n{_with_marks(words)}" for wrote, words in quoted)]
    shown = [plain(own.words), *(f"{escape(wrote)}\n\n{quote(words)}" for wrote, words in quoted)]
    text = "\n\n".join(part for part in said if part)
    what = Said(
        words=text,
        text=text,
        markdown=Md("\n\n".join(part for part in shown if part)),
        files=(*own.files, *theirs),
        inbox_id=own.inbox_id or shared[0].inbox_id,
    )
    for answer in shared:
        answer.flags = [*answer.flags, _SHARED]
        cause.audit("vendor_shared", ticket.id, message=answer.id)
    lifecycle.answer(cause, ticket, agent, what, to=to)


def _wrote(cause: Cause, answer: Message, to: Ticket) -> str:
    """Who wrote it, in the language of the requester of `to`."""
    author = people.person(cause.tx, answer.author_id) if answer.author_id is not None else None
    name = (author.name or people.written_address(cause.tx, author.id, "email")) if author else ""
    language = people.person(cause.tx, to.requester_id).language or to.language
    return notices.said(gettext("%(name)s wrote:", name=name), language)


def _with_marks(words: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in words.splitlines())
