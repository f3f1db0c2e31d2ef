"""The story of a ticket, as agents read it."""

from typing import Any

from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import AuditEntry, Delivery, Message, Person, Ticket
from bot.judging import explain, why
from bot.notice.markup import Md
from bot.persons import people
from bot.ticket import conversations, files, tickets
from bot.ticket.messages import Said, shortened, words_only
from channels.base import Role


def whole(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """What was said on a ticket and on those that were merged into it."""
    return _entries(cause, [ticket.id, *(merged.id for merged in tickets.merged_into(cause, ticket))])


def in_full(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """The same with nothing cut: what was quoted, signatures, and words however many."""
    return [entry | {"words": entry["full"] or entry["words"]} for entry in whole(cause, ticket)]


def changes(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """What rules changed on a ticket, oldest first, in the form of `entries`: for agents only."""
    cause.tx.flush()
    rows = cause.tx.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.ticket_id == ticket.id, AuditEntry.actor.startswith("rule "), AuditEntry.action != why.FIRED)
        .order_by(AuditEntry.id)
    ).all()
    because = why.of_changes(cause.tx.session, rows)
    return [
        {
            "author": row.actor,
            "at": row.at,
            "words": explain.reasoned(explain.change_text(row.action, row.details), because[row.id]),
            "kind": "change",
            "channel": "",
            "internal": True,
            "full": "",
        }
        for row in rows
    ]


def entries(cause: Cause, ticket: Ticket) -> list[dict[str, Any]]:
    """What was said, oldest first: `author`, `at`, `words`, `kind`, `channel`, `internal`, `full`.

    The words are Markdown where the desk said them.
    """
    return _entries(cause, [ticket.id])


def first_said(cause: Cause, ticket: Ticket) -> Said:
    """What was first said on it, with its files."""
    cause.tx.settle(("messages of", ticket.id))
    said = select(Message.id, Message.words, Message.text).where(
        Message.ticket_id == ticket.id, Message.kind != "notice"
    )
    first = cause.tx.session.execute(said.order_by(Message.id).limit(1)).first()
    if first is None:
        return words_only("")
    return Said(words=first.words, text=first.text, files=files.of_messages(cause.tx, [first.id]))


def last_question(cause: Cause, ticket: Ticket) -> str:
    """The words of an agent that went to the requester's address last; empty where none did."""
    address = people.written_address(cause.tx, ticket.requester_id, conversations.of_requester(cause, ticket).channel)
    cause.tx.settle(("messages of", ticket.id))
    sent = select(Message.words).join(Delivery, Delivery.message_id == Message.id)
    to_them = sent.where(
        Delivery.ticket_id == ticket.id, Delivery.recipient == address, Delivery.notice.in_(("answer", "question"))
    )
    words = cause.tx.session.scalar(to_them.order_by(Message.id.desc()).limit(1))
    return shortened(words or "")


def _entries(cause: Cause, numbers: list[int]) -> list[dict[str, Any]]:
    cause.tx.settle(*(("messages of", number) for number in numbers))
    rows = cause.tx.session.execute(
        select(Message, Person.name)
        .outerjoin(Person, Person.id == Message.author_id)
        .where(Message.ticket_id.in_(numbers))
        .order_by(Message.id)
    )
    return [
        {
            "author": name or _address(cause, message) or cause.desk.config.desk.name,
            "at": message.at,
            "words": Md(shortened(message.words)) if message.kind == "notice" else shortened(message.words),
            "kind": message.kind,
            "channel": message.channel,
            "internal": message.kind == "note" or message.role == Role.DESK,
            "full": "" if message.kind == "notice" else message.text,
        }
        for message, name in rows
    ]


def _address(cause: Cause, message: Message) -> str:
    """How an author without a name is called."""
    if message.author_id is None:
        return ""
    return people.written_address(cause.tx, message.author_id, message.channel)
