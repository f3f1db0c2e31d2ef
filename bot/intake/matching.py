"""Which conversation a message belongs to: by the ids it answers, a signed token, or a subject tag.

By its subject only where the settings want it, and the requester's own.

Our own ids carry a token, so a reply to a notice proves which notice it answers. A message that shows one of our
tokens with a wrong signature is matched by what remains, and flagged.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from bot.cause import Cause
from bot.db.models import Person, Ticket
from bot.intake import subjects
from bot.outgoing.tokens import Claim
from bot.ticket import conversations, messages, tickets
from bot.ticket.messages import Known, known_below, known_by_id
from bot.ticket.watchers import is_watching
from channels.base import CHECK_MARK, Act, Incoming, Kind, PlaceKind, Role

_GOES_ON_FOR: Final = timedelta(minutes=5)
_ISSUE_ID: Final = re.compile(r"(JIRA\.\d{1,20}\.\d{1,20})@(\S{1,255})")


class Match(Struct, frozen=True, kw_only=True):
    """Where a message belongs. `person_id` is whom the token was given to; `by`: token, thread, tag or subject.

    `internal`: it answers a note (E40).
    `written_to` is the merged ticket that it answers, where that goes on in `ticket`.
    """

    ticket: Ticket
    role: Role
    by: str
    person_id: int | None = None
    written_to: Ticket | None = None
    internal: bool = False

    @property
    def addressed(self) -> Ticket:
        """The ticket whose conversation this is."""
        return self.written_to or self.ticket


class Findings(Struct, frozen=True, kw_only=True):
    """What matching found out: the match, whether the message was taken before, and whose tokens it showed."""

    match: Match | None
    duplicate_of: int | None
    claims: tuple[Claim, ...]
    flags: tuple[str, ...]


def find(cause: Cause, incoming: Incoming, sender: Person | None) -> Findings:
    """Look the message up. Reads only."""
    verified = [cause.desk.signer.verify(token) for token in incoming.tokens]
    claims = tuple(claim for claim in verified if claim is not None)
    flags = ("invalid_token",) if None in verified else ()
    known = known_by_id(cause.tx, ids_of(incoming))
    match = (
        _by_claim(cause, claims)
        or _by_place(cause, incoming)
        or _by_thread(cause, incoming, known)
        or _by_moment(cause, incoming)
        or _by_siblings(cause, incoming)
    )
    if match is not None and _is_other_matter(cause, incoming, match):
        match = None
    match = match or _by_tag(cause, incoming, sender) or _by_subject(cause, incoming, sender)
    match = _today(cause, match) if match is not None else None
    return Findings(match=match, duplicate_of=_duplicate_of(incoming, known), claims=claims, flags=flags)


def _today(cause: Cause, match: Match) -> Match:
    """A match with a merged ticket belongs to the one in which that goes on (E38)."""
    current = tickets.goes_on_in(cause, match.ticket)
    if current is match.ticket:
        return match
    return msgspec.structs.replace(match, ticket=current, written_to=match.ticket)


def on_ticket(cause: Cause, ticket: Ticket, person: Person | None) -> bool:
    """Whether somebody is a party to this ticket: requester, owner, assignee or watcher."""
    if person is None:
        return False
    if person.id in {ticket.requester_id, ticket.owner_id, ticket.assignee_id}:
        return True
    return is_watching(cause, ticket, person)


def is_ours(cause: Cause, incoming: Incoming) -> bool:
    """Whether a message bears an id that we gave to one of ours: the id ends in a genuine token."""
    token = incoming.external_id.rpartition("@")[0].rpartition(".")[2]
    return cause.desk.signer.verify(token) is not None


def is_check(incoming: Incoming) -> bool:
    """Whether it answers what `firstline check` begins its threads with."""
    return any(id_.startswith(CHECK_MARK) for id_ in incoming.thread)


def ids_of(incoming: Incoming) -> set[str]:
    """The ids by which a message may be known, or known to answer another."""
    return {*incoming.thread, incoming.external_id} - {""}


def _duplicate_of(incoming: Incoming, known: Mapping[str, list[Known]]) -> int | None:
    """The ticket with the message that this one repeats. Senders reuse ids, so the text decides."""
    if incoming.act is not Act.SAID:
        return None
    hits = known.get(incoming.external_id, ())
    return next((message.ticket_id for message in hits if message.text == incoming.text), None)


def _by_claim(cause: Cause, claims: tuple[Claim, ...]) -> Match | None:
    for claim in claims:
        ticket = tickets.get(cause, claim.ticket)
        if ticket is not None:
            return Match(ticket=ticket, role=claim.role, by="token", person_id=claim.person, internal=claim.internal)
    return None


def _by_place(cause: Cause, incoming: Incoming) -> Match | None:
    """The ticket that goes on in this thread of a platform."""
    place = incoming.place
    conversation = conversations.in_thread(cause, cause.channel, place.thread) if place is not None else None
    ticket = tickets.get(cause, conversation.ticket_id) if conversation is not None else None
    if conversation is None or ticket is None:
        return None
    return Match(ticket=ticket, role=Role(conversation.role), by="thread")


def _by_moment(cause: Cause, incoming: Incoming) -> Match | None:
    """What is said to the desk alone soon after something else belongs to it, unless its author was asked and said not.

    Where they were asked what it is about, it belongs to that.
    """
    place = incoming.place
    if place is None or place.kind is not PlaceKind.DIRECT or not place.begins or incoming.act is not Act.SAID:
        return None
    if place.meant:
        ticket = tickets.get(cause, int(place.meant)) if place.meant.isdigit() else None
    else:
        conversation = conversations.in_room(cause, cause.channel, place.room)
        ticket = tickets.get(cause, conversation.ticket_id) if conversation is not None else None
        if ticket is not None and cause.now - messages.last_at(cause, ticket.id, Role.REQUESTER) > _GOES_ON_FOR:
            return None
    return Match(ticket=ticket, role=Role.REQUESTER, by="moment") if ticket is not None else None


def _by_thread(cause: Cause, incoming: Incoming, known: Mapping[str, list[Known]]) -> Match | None:
    """The newest id that we know; where several tickets know it, the newest of them."""
    for external_id in incoming.thread:
        for message in sorted(known.get(external_id, ()), key=lambda hit: hit.ticket_id, reverse=True):
            ticket = tickets.get(cause, message.ticket_id)
            if ticket is not None:
                return Match(ticket=ticket, role=Role(message.role), by="thread")
    return None


def _by_siblings(cause: Cause, incoming: Incoming) -> Match | None:
    """E43: the mails of an issue tracker all answer an id that none has, and that their own ids begin with.

    Only one is looked for, the newest: it takes a look at every message.
    """
    root = next(filter(None, map(_ISSUE_ID.fullmatch, incoming.thread)), None)
    for message in known_below(cause.tx, root[1], root[2]) if root else ():
        ticket = tickets.get(cause, message.ticket_id)
        if ticket is not None:
            return Match(ticket=ticket, role=Role(message.role), by="thread")
    return None


def _by_tag(cause: Cause, incoming: Incoming, sender: Person | None) -> Match | None:
    """A tag is no secret: it counts only from somebody who is on that ticket."""
    for number in subjects.tagged(incoming.subject):
        ticket = tickets.get(cause, number)
        if ticket is None or sender is None:
            continue
        if on_ticket(cause, ticket, sender):
            return Match(ticket=ticket, role=Role.REQUESTER, by="tag")
        if conversations.of_vendor(cause, ticket.id, sender.id) is not None:
            return Match(ticket=ticket, role=Role.VENDOR, by="tag")
    return None


def _is_other_matter(cause: Cause, incoming: Incoming, match: Match) -> bool:
    """E33, where the settings want it: somebody answers an old mail to ask something else, under another subject."""
    if not cause.desk.config.desk.new_subject_opens:
        return False
    if incoming.kind is not Kind.HUMAN or match.role is not Role.REQUESTER:
        return False
    if match.ticket.id in subjects.tagged(incoming.subject):
        return False
    return subjects.bare(incoming.subject) != subjects.bare(match.ticket.subject)


def _by_subject(cause: Cause, incoming: Incoming, sender: Person | None) -> Match | None:
    """E41, where the settings want it: an answer that names no message, by the requester of a young ticket."""
    days = cause.desk.config.desk.match_subject_days
    if not days or sender is None or incoming.thread or incoming.tokens or not subjects.is_answer(incoming.subject):
        return None
    since, wanted = cause.now - timedelta(days=days), subjects.bare(incoming.subject)
    for ticket in tickets.asked_by(cause, sender.id, since=since):
        if subjects.bare(ticket.subject) == wanted:
            held = tickets.get(cause, ticket.id)
            return Match(ticket=held, role=Role.REQUESTER, by="subject") if held is not None else None
    return None
