"""What must be said becomes rows here, in the transaction that caused it; delivery happens later.

This is the one door out. It refuses to put anything internal into a conversation that is not the desk's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import select

from bot.cause import Cause
from bot.db.models import AuditEntry, Conversation, Delivery, Person, Ticket
from bot.ids import new_id
from bot.intake import subjects
from bot.intake.received import Received
from bot.notice import notices, ownnotices
from bot.notice.notices import Rendered
from bot.notice.values import desk_values, name_values, person_values, ticket_values
from bot.notice.wording import Text, gettext
from bot.outgoing.tokens import Claim
from bot.persons import people
from bot.persons.directory import Agent
from bot.talk import threads
from bot.ticket import conversations, messages, watchers
from bot.ticket.files import without_content
from bot.ticket.messages import Said
from channels.base import Address, Attachment, Choice, Envelope, Outgoing, Role
from rules.facts import Event

OWN_WORDS: Final = "own_words"
"""The notice in which the desk says what stands in a book."""
AUTOMATIC_FOR_REQUESTERS: Final = notices.OF_RULES | {OWN_WORDS, "fields_asked"}
FOR_REQUESTERS: Final = AUTOMATIC_FOR_REQUESTERS | {
    "answer",
    "bulletin",
    "choice_over",
    "command_result",
    "edit_too_late",
    "link_code",
    "not_for_you",
    "offer",
    "question",
    "survey",
    "survey_nudge",
    "survey_thanks",
    "remote_asked",
    "remote_link",
    "too_large",
    "which_ticket",
}
REMINDERS: Final = frozenset({"nudge", "solved_nudge", "still_on_it"})
"""Those of them that nobody's message is the reason of."""
STATUS: Final = "status"
"""The value of a Choice with which a requester asks how their request stands."""
WITH_STATUS: Final = frozenset({"acknowledgement", "still_on_it", "transferred", "where_it_stands"})
"""The notices below which that stands, on platforms of rooms."""
UNREACHABLE: Final = "unreachable"
THEIR_SHARE: Final = "their share"
ENOUGH_ON_TICKET: Final = "enough on this ticket"
TOO_MUCH_LATELY: Final = "too much lately"
"""Why a requester is not sent the desk's own notice, as the audit has it."""
_REMEMBERED: Final = timedelta(days=30)
FOR_VENDORS: Final = frozenset({"vendor_question"})
NOTES: Final = frozenset({"note_added"})
"""Notices that pass on a note: an answer to one is a note too, unless a verb says otherwise."""
_encoder = msgspec.json.Encoder()


class InternalOnly(Exception):
    """Something internal was about to leave the desk: a mistake in the caller, stopped here."""


class Recipient(Struct, frozen=True):
    """Whom one delivery goes to, and in which conversation; outside a ticket none, but the ids that it answers.

    With `note` what they answer is a note. On a platform of rooms, `thread` is where it goes outside a conversation,
    `private` words are seen by this recipient alone, and `rings` are called by name.
    """

    person_id: int
    address: Address
    channel: str
    conversation: Conversation | None
    references: tuple[str, ...] = ()
    note: bool = False
    thread: str = ""
    private: bool = False
    rings: tuple[Address, ...] = ()


class Telling(Struct, frozen=True, kw_only=True):
    """What one agent is to be told: a notice, with its further values, files and Choices, about a ticket or none.

    With `note` what they answer is a note.
    """

    agent: Agent
    ticket: Ticket | None
    notice: str
    values: Mapping[str, Any]
    files: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    note: bool = False


def automatic_for_requesters(cause: Cause) -> frozenset[str]:
    """The notices that requesters are sent by the desk itself: the shipped ones, and the desk's own."""
    return AUTOMATIC_FOR_REQUESTERS | ownnotices.names_for("requesters", cause.desk.books.notices)


def tell_requester(
    cause: Cause, ticket: Ticket, notice: str, values: Mapping[str, Any], *, choices: tuple[Choice, ...] = ()
) -> str | None:
    """Queue the desk's own notice for the requester; returns the delivery's key.

    None where they cannot or must not be sent one now.
    """
    recipient = _requester(cause, ticket)
    why = _why_not(cause, recipient, ticket, notice)
    if why or recipient is None:
        cause.audit("not_notified", ticket.id, notice=notice, why=why)
        return None
    outgoing = _dress(cause, ticket, notice, values, automatic=True)
    if recipient.channel in cause.desk.rooms and notice in WITH_STATUS:
        choices = (*choices, Choice(STATUS, notices.said(gettext("How does it stand?"), outgoing.language)))
    return _say(cause, ticket, recipient, notice, outgoing, choices)


def tell_at_request(
    cause: Cause, ticket: Ticket, notice: str, values: Mapping[str, Any], *, choices: tuple[Choice, ...] = ()
) -> str | None:
    """Queue a notice for the requester that somebody asked for, so that no limit of automatic ones holds it back.

    Returns the delivery's key, or None where they cannot be reached.
    """
    recipient = _requester(cause, ticket)
    if recipient is None or _unreachable(cause, recipient):
        cause.audit("not_notified", ticket.id, notice=notice)
        return None
    return _say(cause, ticket, recipient, notice, _dress(cause, ticket, notice, values, automatic=True), choices)


def _say(
    cause: Cause,
    ticket: Ticket,
    recipient: Recipient,
    notice: str,
    outgoing: Outgoing,
    choices: tuple[Choice, ...],
) -> str:
    outgoing = msgspec.structs.replace(outgoing, choices=choices)
    what = Said(words=outgoing.body, text=outgoing.body, subject=outgoing.subject)
    conversation = conversations.of_requester(cause, ticket)
    message_id = messages.record(cause, ticket, conversation, what, author=None, kind="notice")
    return enqueue(cause, ticket, recipient, notice, outgoing, message_id=message_id)


def say_words(
    cause: Cause, ticket: Ticket, notice: str, what: Said, message_id: int, *, choices: tuple[Choice, ...] = ()
) -> str | None:
    """Queue an agent's words for the requester, dressed in `notice` (`answer`, `question` or `solved`).

    Returns the delivery's key, or None where they have no address.
    """
    recipient = _requester(cause, ticket)
    if recipient is None:
        cause.audit("not_notified", ticket.id, notice=notice)
        return None
    outgoing = _dress(cause, ticket, notice, {"words": what.markdown or what.words}, files=what.files)
    outgoing = msgspec.structs.replace(outgoing, choices=choices)
    key = enqueue(cause, ticket, recipient, notice, outgoing, message_id=message_id, speaker=cause.actor.name)
    _copy_to_watchers(cause, ticket, notice, what, message_id)
    return key


def _copy_to_watchers(cause: Cause, ticket: Ticket, notice: str, what: Said, message_id: int) -> None:
    """Each of those in copy gets the words that the requester gets, as a mail of their own.

    Nothing is asked of them, and their answer does not open it again.
    """
    notice = "answer" if notice == "question" else notice
    for person in watchers.of(cause, ticket):
        identity = people.address_of(cause.tx, person.id, "email")
        if identity is None or people.undeliverable(identity, cause.now):
            continue
        values = {
            "words": what.markdown or what.words,
            "recipient": person_values(person, identity.address),
            "in_copy": True,
        }
        outgoing = _dress(cause, ticket, notice, values, files=what.files)
        conversation = conversations.of_watchers(cause, ticket, "email")
        recipient = Recipient(person.id, Address(identity.address, person.name), "email", conversation)
        enqueue(cause, ticket, recipient, notice, outgoing, message_id=message_id, speaker=cause.actor.name)


def ask_vendor(
    cause: Cause, ticket: Ticket, vendor: Person, address: str, what: Said, message_id: int, *, speaker: str
) -> None:
    """Queue words for a vendor, an agent's or a rule's: nothing of the ticket but its number goes with them.

    `speaker` is the agent's name; without one the desk speaks, whoever set off the rule.
    """
    language = vendor.language or what.language or cause.desk.config.desk.language
    rendered = notices.render(
        "vendor_question",
        language=language,
        zone=vendor.zone or cause.desk.config.desk.zone,
        values={**desk_values(cause), "agent": name_values(speaker) if speaker else None, "words": what.words},
    )
    outgoing = Outgoing(subject=rendered.subject, body=rendered.body, files=what.files, language=language)
    conversation = conversations.with_vendor(cause, ticket, vendor.id)
    recipient = Recipient(vendor.id, Address(address, vendor.name), "email", conversation)
    enqueue(cause, ticket, recipient, "vendor_question", outgoing, message_id=message_id, speaker=speaker)


def tell_sender(
    cause: Cause, sender: Address, channel: str, notice: str, values: Mapping[str, Any], what: Said
) -> bool:
    """Queue an answer to a message that became no ticket; False where its sender cannot or must not be sent one now."""
    person = people.meet(cause.tx, channel, sender)
    address = Address(people.canonical(sender.address), sender.name)
    recipient = Recipient(person.id, address, channel, None, what.references)
    since = cause.now - timedelta(minutes=cause.desk.config.limits.notice_window_minutes)
    if _unreachable(cause, recipient) or _was_sent(cause, address.address, notice, since):
        cause.audit("not_notified", None, notice=notice, address=sender.address)
        return False
    language = person.language or what.language or cause.desk.config.desk.language
    rendered = notices.render(
        notice,
        language=language,
        zone=person.zone or cause.desk.config.desk.zone,
        values={**desk_values(cause), "recipient": person_values(person, sender.address), **values},
        in_room=channel in cause.desk.rooms,
    )
    subject = rendered.subject or subjects.answered(what.subject)
    outgoing = Outgoing(subject=subject, body=rendered.body, language=language, automatic=True)
    enqueue(cause, None, recipient, notice, outgoing)
    return True


def said_to(cause: Cause, received: Received, text: Text) -> str:
    """A few words in the language of who has just done something."""
    language = received.sender[0].language if received.sender else None
    return notices.said(text, language or cause.desk.config.desk.language)


def whisper(
    cause: Cause, received: Received, notice: str, values: Mapping[str, Any], *, choices: tuple[Choice, ...] = ()
) -> None:
    """Queue a notice about what somebody has just done on a platform of rooms; they alone see it, where they did it."""
    sender = received.incoming.sender
    assert sender is not None
    person = people.meet(cause.tx, cause.channel, sender)
    language = person.language or cause.desk.config.desk.language
    rendered = notices.render(
        notice,
        language=language,
        zone=person.zone or cause.desk.config.desk.zone,
        values={**desk_values(cause), "recipient": person_values(person, ""), **values},
        in_room=True,
    )
    outgoing = Outgoing(
        subject=rendered.subject, body=rendered.body, choices=choices, language=language, automatic=True
    )
    recipient = Recipient(person.id, sender, cause.channel, None, thread=cause.aside, private=True)
    enqueue(cause, None, recipient, notice, outgoing)


def tell_agent(
    cause: Cause,
    agent: Agent,
    ticket: Ticket | None,
    notice: str,
    values: Mapping[str, Any],
    *,
    files: tuple[Attachment, ...] = (),
) -> None:
    """Queue an internal notice for one agent."""
    tell(cause, Telling(agent=agent, ticket=ticket, notice=notice, values=values, files=files))


def tell(cause: Cause, what: Telling) -> None:
    """Queue an internal notice for an agent: on the medium they work on, or where they have just spoken.

    Its choices are for platforms of rooms: in a mail an agent writes the verbs.
    """
    agent, ticket = what.agent, what.ticket
    answering = cause.channel if agent.person_id == cause.actor.person_id else ""
    channel = answering or agent.medium
    if channel in cause.desk.rooms:
        threads.tell(cause, what, channel)
        return
    conversation = conversations.of_desk(cause, ticket, channel) if ticket else None
    recipient = Recipient(agent.person_id, agent.address_on(channel), channel, conversation, note=what.note)
    enqueue(cause, ticket, recipient, what.notice, for_agent(cause, msgspec.structs.replace(what, choices=())))


def for_agent(cause: Cause, what: Telling, *, in_room: bool = False) -> Outgoing:
    """An internal notice in its agent's language and zone."""
    agent, ticket = what.agent, what.ticket
    person = people.person(cause.tx, agent.person_id)
    base = ticket_values(cause, ticket) if ticket else desk_values(cause)
    language = agent.language or cause.desk.config.desk.language
    zone = agent.zone or cause.desk.config.desk.zone
    values = {**base, "recipient": person_values(person, agent.email), **what.values}
    rendered = _rendered(cause, what.notice, language, zone, values, in_room=in_room)
    return Outgoing(
        subject=_subject(ticket, rendered.subject) if ticket else rendered.subject,
        body=rendered.body,
        choices=what.choices,
        files=what.files,
        language=rendered.language or language,
        automatic=True,
    )


def for_room(cause: Cause, notice: str, values: Mapping[str, Any], *, choices: tuple[Choice, ...] = ()) -> Outgoing:
    """A notice for all who work in a room, in the desk's language and zone."""
    desk = cause.desk.config.desk
    rendered = notices.render(notice, language=desk.language, zone=desk.zone, values=values, in_room=True)
    return Outgoing(subject=rendered.subject, body=rendered.body, choices=choices, language=desk.language)


def post(cause: Cause, ticket: Ticket, conversation: Conversation, notice: str, outgoing: Outgoing) -> None:
    """Queue something for all who work in the room of a desk conversation."""
    recipient = Recipient(cause.desk.directory.nobody, Address(conversation.room), conversation.channel, conversation)
    enqueue(cause, ticket, recipient, notice, outgoing)


def had(cause: Cause, ticket: Ticket, notice: str) -> frozenset[str]:
    """The addresses to which this notice about this ticket was queued."""
    cause.tx.flush()
    sent = select(Delivery.recipient).where(Delivery.ticket_id == ticket.id, Delivery.notice == notice)
    return frozenset(cause.tx.session.scalars(sent))


def was_told(cause: Cause, agent: Agent, notice: str, *, since: datetime) -> bool:
    """Whether an agent was sent this notice after that moment, about whatever ticket."""
    return _was_sent(cause, agent.address_on(agent.medium).address, notice, since)


def _was_sent(cause: Cause, address: str, notice: str, since: datetime) -> bool:
    cause.tx.settle(("delivery to", address))
    told = select(Delivery.id).where(
        Delivery.recipient == address, Delivery.queued_at > since, Delivery.notice == notice
    )
    return cause.tx.session.scalar(told.limit(1)) is not None


def _requester(cause: Cause, ticket: Ticket) -> Recipient | None:
    conversation = conversations.of_requester(cause, ticket)
    person = people.person(cause.tx, ticket.requester_id)
    identity = people.address_of(cause.tx, person.id, conversation.channel)
    if identity is None:
        return None
    return Recipient(person.id, Address(identity.address, person.name), conversation.channel, conversation)


def _dress(
    cause: Cause,
    ticket: Ticket,
    notice: str,
    values: Mapping[str, Any],
    *,
    automatic: bool = False,
    files: tuple[Attachment, ...] = (),
) -> Outgoing:
    requester = people.person(cause.tx, ticket.requester_id)
    language = requester.language or ticket.language
    base = ticket_values(cause, ticket)
    zone = requester.zone or cause.desk.config.desk.zone
    in_room = conversations.of_requester(cause, ticket).channel in cause.desk.rooms
    all_values = {**base, "recipient": base["requester"], **values}
    rendered = _rendered(cause, notice, language, zone, all_values, in_room=in_room)
    return Outgoing(
        subject=_subject(ticket, rendered.subject),
        body=rendered.body,
        files=files,
        language=rendered.language or language,
        automatic=automatic,
    )


def _rendered(
    cause: Cause, notice: str, language: str, zone: str, values: Mapping[str, Any], *, in_room: bool = False
) -> Rendered:
    """The desk's own notice of that name, else the shipped one."""
    own, desk = cause.desk.books.notices, cause.desk.config.desk.language
    said = ownnotices.render(own, notice, language=language, desk=desk, zone=zone, values=values)
    return said or notices.render(notice, language=language, zone=zone, values=values, in_room=in_room)


def _subject(ticket: Ticket, subject: str) -> str:
    return subject or subjects.answered(ticket.subject)


def enqueue(
    cause: Cause,
    ticket: Ticket | None,
    recipient: Recipient,
    notice: str,
    outgoing: Outgoing,
    *,
    message_id: int | None = None,
    speaker: str = "",
) -> str:
    """Write the row of one delivery, and return its key. Raises InternalOnly."""
    outgoing = msgspec.structs.replace(outgoing, files=tuple(without_content(file) for file in outgoing.files))
    conversation = recipient.conversation
    outside = Role.REQUESTER if notice in FOR_REQUESTERS else Role.DESK
    role = Role(conversation.role) if conversation else outside
    if not _is_fit(cause, notice, role):
        msg = f"the notice {notice!r} is internal and was about to go into a {role} conversation"
        raise InternalOnly(msg)
    key = cause.next_key()
    token = cause.desk.signer.sign(
        Claim(ticket.id if ticket else 0, role, recipient.person_id, recipient.note or notice in NOTES)
    )
    envelope = Envelope(
        key=key,
        to=recipient.address,
        role=role,
        sent_at=cause.now,
        token=token,
        link=cause.desk.signer.link(token, key) if ticket and outgoing.choices else "",
        ticket=ticket.id if ticket else 0,
        thread=conversation.thread if conversation else recipient.thread,
        references=tuple(conversation.references) if conversation else recipient.references,
        speaker=speaker,
        private=recipient.private,
        rings=recipient.rings,
    )
    cause.tx.append(
        Delivery,
        id=new_id(),
        key=key,
        ticket_id=ticket.id if ticket else None,
        conversation_id=conversation.id if conversation else None,
        message_id=message_id,
        channel=recipient.channel,
        recipient=recipient.address.address,
        notice=notice,
        outgoing=_encoder.encode(outgoing),
        envelope=_encoder.encode(envelope),
        state="queued",
        late=False,
        automatic=not speaker,
        queued_at=cause.now,
        due_at=cause.now,
        leased_until=None,
        leased_by=None,
        attempts=0,
        error="",
        external_id=None,
        rendered=None,
        sent_at=None,
        root=cause.root,
        depth=cause.event_depth,
    )
    cause.tx.scratch.pop(("met", recipient.person_id), None)
    cause.tx.note_fresh(("delivery to", recipient.address.address))
    cause.tx.wake("delivery")
    return key


def _is_fit(cause: Cause, notice: str, role: Role) -> bool:
    """Whether a notice may go into a conversation of that role."""
    if role is Role.DESK:
        return True
    if role is Role.VENDOR:
        return notice in FOR_VENDORS
    own = cause.desk.books.notices.get(notice)
    return notice in FOR_REQUESTERS or (own is not None and own.reader == "requesters")


def _why_not(cause: Cause, recipient: Recipient | None, ticket: Ticket, notice: str) -> str:
    """Why the desk's own notice must not be sent to a requester now; empty where it may."""
    if recipient is None or _unreachable(cause, recipient):
        return UNREACHABLE
    if why := _share(cause, recipient, ticket):
        return why
    return TOO_MUCH_LATELY if _reminds(cause, notice) and _too_much_lately(cause, recipient) else ""


def _reminds(cause: Cause, notice: str) -> bool:
    """Whether nobody's message is the reason of it: a reminder, or the desk's own notice because time has passed."""
    clock = cause.parent is not None and cause.parent.facts.event == Event.TIME_PASSED
    return notice in REMINDERS or (clock and notice in cause.desk.books.notices and notice not in notices.OF_RULES)


def _too_much_lately(cause: Cause, recipient: Recipient) -> bool:
    """Whether this person was sent as much as the limits allow in the last weeks, on any ticket.

    That looks like somebody who answers by itself: a reminder would set it off again, for ever.
    """
    stopped = (
        select(AuditEntry.details)
        .join(Ticket, Ticket.id == AuditEntry.ticket_id)
        .where(
            Ticket.requester_id == recipient.person_id,
            AuditEntry.action == "not_notified",
            AuditEntry.at > cause.now - _REMEMBERED,
        )
    )
    return any(details.get("why") == THEIR_SHARE for details in cause.tx.session.scalars(stopped))


def _unreachable(cause: Cause, recipient: Recipient) -> bool:
    identity = people.address_of(cause.tx, recipient.person_id, recipient.channel)
    return people.undeliverable(identity, cause.now)


def _share(cause: Cause, recipient: Recipient, ticket: Ticket) -> str:
    """Whether this address had so many automatic messages lately that another would feed a loop; empty where not."""
    address = recipient.address.address
    if ("met", recipient.person_id) in cause.tx.scratch:
        return ""
    cause.tx.settle(("delivery to", address))
    limits = cause.desk.config.limits
    recent = cause.tx.session.execute(
        select(Ticket.id, Ticket.subject)
        .join(Delivery, Delivery.ticket_id == Ticket.id)
        .where(
            Delivery.recipient == address,
            Delivery.queued_at > cause.now - timedelta(minutes=limits.notice_window_minutes),
            Delivery.notice.in_(automatic_for_requesters(cause)),
        )
        .limit(limits.notices_per_person)
    ).all()
    if len(recent) >= limits.notices_per_person:
        return THEIR_SHARE
    alike = [row.id for row in recent if row.subject == ticket.subject]
    if len(alike) < limits.same_subject_per_person:
        return ""
    return ENOUGH_ON_TICKET if set(alike) == {ticket.id} else THEIR_SHARE
