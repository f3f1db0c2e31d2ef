"""Verbs that bring tickets together and apart: merge, unmerge, split."""

from typing import Final

from sqlalchemy import select

from bot.db.models import Message, Ticket
from bot.notice.wording import gettext
from bot.persons import people
from bot.persons.may import may
from bot.ticket import conversations, files, lifecycle, tickets
from bot.ticket.messages import Said
from bot.verbs import Apply, Call, Refusal, Reply, verb

_CONFIRMED: Final = "confirm"


@verb(
    usage=gettext("#merge NUMBER"),
    help=gettext("It goes on in another ticket; where that is somebody else’s, write “confirm” behind the number."),
)
def merge(call: Call) -> Apply:
    number, _, confirmed = call.argument.partition(" ")
    target = _numbered(call, number)
    if target is None or target.id == call.subject.id:
        raise Refusal(gettext("there is no other ticket “%(name)s” to merge into: #merge 41", name=number))
    if (target.confidential, target.confidential and target.team) != (
        call.subject.confidential,
        call.subject.confidential and call.subject.team,
    ):
        raise Refusal(gettext("one of the two tickets is confidential and the other is not, or of another team"))
    if target.requester_id != call.subject.requester_id and confirmed.strip().casefold() != _CONFIRMED:
        requester = people.person(call.cause.tx, target.requester_id)
        name = requester.name or people.written_address(call.cause.tx, requester.id, target.channel) or "…"
        why = gettext(
            "#%(number)s is %(name)s’s request; to merge all the same, write `#merge %(number)s confirm`",
            number=target.id,
            name=name,
        )
        raise Refusal(why)

    def apply() -> Reply:
        source = call.subject
        lifecycle.merge(call.cause, source, target)
        return Reply(title=gettext("#%(number)s goes on in #%(other)s", number=source.id, other=target.id))

    return apply


@verb(
    usage=gettext("#unmerge, or #unmerge NUMBER"),
    help=gettext("A merged ticket goes on by itself again, with all that was said to it."),
)
def unmerge(call: Call) -> Apply:
    merged = _merged(call)
    if merged is None or not may(call.cause, call.person, "unmerge", merged):
        raise Refusal(gettext("no such ticket was merged into #%(number)s", number=call.subject.id))

    def apply() -> Reply:
        lifecycle.unmerge(call.cause, merged)
        return Reply(title=gettext("#%(number)s goes on by itself", number=merged.id))

    return apply


@verb(
    usage=gettext("#split, or #split SUBJECT"),
    help=gettext("The newest message from outside becomes a ticket of its own, linked with this one."),
)
def split(call: Call) -> Apply:
    message = _newest_message(call)
    if message is None:
        raise Refusal(gettext("nothing came to #%(number)s after its first message", number=call.addressed.id))

    def apply() -> Reply:
        author = people.person(call.cause.tx, message.author_id or call.addressed.requester_id)
        what = _as_said(call, message)
        ticket = lifecycle.open_ticket(
            call.cause,
            author,
            what,
            channel=message.channel,
            subject=call.argument or call.addressed.subject,
            team=call.addressed.team,
        )
        ticket.confidential = call.addressed.confidential
        lifecycle.link(call.cause, ticket, call.subject)
        call.cause.audit("split", call.subject.id, after=ticket.id, message=message.id)
        title = gettext("#%(number)s is opened, linked with #%(other)s", number=ticket.id, other=call.subject.id)
        return Reply(title=title, data={"number": ticket.id})

    return apply


def _numbered(call: Call, written: str) -> Ticket | None:
    """The ticket of that number, where it goes on today, if this person may merge with it."""
    found = tickets.named(call.cause, written)
    found = tickets.goes_on_in(call.cause, found) if found is not None else None
    return found if found is not None and may(call.cause, call.person, "merge", found) else None


def _merged(call: Call) -> Ticket | None:
    """The ticket to take out again: the one named, else the one written to, else the one merged last."""
    if not call.argument and call.addressed.merged_into_id is not None:
        return call.addressed
    found = tickets.merged_into(call.cause, call.subject)
    if call.argument:
        return next((one for one in found if str(one.id) == call.argument.lstrip("#")), None)
    return max(found, key=lambda one: one.changed_at, default=None)


def _newest_message(call: Call) -> Message | None:
    """The newest message from outside in the requester's conversation, unless it is the one that opened it."""
    call.cause.tx.settle(("messages of", call.addressed.id))
    conversation = conversations.of_requester(call.cause, call.addressed)
    found = call.cause.tx.session.scalars(
        select(Message)
        .where(
            Message.ticket_id == call.addressed.id,
            Message.conversation_id == conversation.id,
            Message.kind == "message",
            Message.author_id.not_in(list(call.cause.desk.directory.by_person)),
        )
        .order_by(Message.id.desc())
        .limit(2)
    ).all()
    return found[0] if len(found) > 1 else None


def _as_said(call: Call, message: Message) -> Said:
    """A message as it was said, to open another ticket: answers to it then go to that one, the newer (E32)."""
    return Said(
        words=message.words,
        text=message.text,
        subject=message.subject,
        html=message.html,
        external_id=message.external_id,
        at=message.sent_at,
        verified=False if "failed_authentication" in message.flags else None,
        flags=tuple(message.flags),
        files=files.of_messages(call.cause.tx, [message.id]),
        inbox_id=message.inbox_id,
        references=(message.external_id,) if message.external_id else (),
    )
