"""Old mail that is taken over: it becomes tickets as live mail does, with its own dates, and nobody is told of it.

No rule is asked, no verb is carried out, nothing is said: what was to be done about it was done long ago.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from bot.cause import Actor, Cause
from bot.db.models import Conversation, Person
from bot.db.tx import Tx
from bot.desk import Desk
from bot.figures import milestones
from bot.intake import matching
from bot.intake.inbox import Waiting, put
from bot.intake.matching import Match
from bot.intake.received import NAMELESS, Outcome
from bot.persons import people
from bot.ticket import conversations, lifecycle, messages
from channels.base import Incoming, Kind, Raw, Role

STATUSES: Final = ("closed", "open")
"""What tickets made of old mail can be."""
_MARK: Final = "imported"


def hand_over(tx: Tx, mails: Iterable[Mapping[str, str]], status: str) -> dict[str, int]:
    """Make old mails durable, for tickets of that status; counts those that are new and those that were here before.

    Each has the `key`, `lane`, `payload` (in base64) and `at` (ISO 8601) of a `Raw`.
    """
    counts = {"new": 0, "known": 0}
    for mail in mails:
        raw = Raw(
            channel="email",
            key=mail["key"],
            lane=mail["lane"],
            payload=base64.b64decode(mail["payload"]),
            received_at=datetime.fromisoformat(mail["at"]),
            meta={_MARK: status},
        )
        counts["new" if put(raw)(tx) else "known"] += 1
    return counts


def is_old(row: Waiting) -> bool:
    """Whether an inbox row holds old mail."""
    return _MARK in row.raw.meta


def cause_of(tx: Tx, desk: Desk, row: Waiting) -> Cause:
    """The cause of a row with old mail: all it does bears the date of the mail."""
    cause = Cause(tx, desk, row.cause, at=min(row.raw.received_at, tx.now))
    cause.channel = row.raw.channel
    return cause


def take_over(cause: Cause, row: Waiting, incoming: Incoming) -> Outcome:
    """Bring an old message to its ticket, or make one. Returns what became of it; raises nothing of its own."""
    if incoming.kind is Kind.LOOP or matching.is_ours(cause, incoming):
        return Outcome("imported: it is a message of ours")
    if incoming.sender is None or not incoming.sender.address:
        return NAMELESS
    author = people.meet(cause.tx, cause.channel, incoming.sender)
    findings = matching.find(cause, incoming, author)
    if findings.duplicate_of is not None:
        return Outcome("duplicate", findings.duplicate_of)
    cause.actor = Actor(role="other", name="import", person_id=author.id)
    if findings.match is None and incoming.kind is Kind.BOUNCE:
        return Outcome("imported: a delivery report")
    what = messages.from_incoming(incoming, row.id, flags=findings.flags)
    if findings.match is not None:
        ticket = findings.match.ticket
        conversation = _conversation(cause, findings.match, incoming, author)
        kind = "message" if conversation.role == Role.REQUESTER else "note"
        messages.record(cause, ticket, conversation, what, author=author.id, kind=kind)
    else:
        ticket = lifecycle.open_ticket(cause, _requester(cause, incoming, author), what, channel=cause.channel)
        ticket.answer_by = None
        cause.opened.discard(ticket.id)
        happening = "close" if row.raw.meta[_MARK] == "closed" else "take"
        lifecycle.set_status(cause, ticket, happening, why="imported")
    cause.audit("imported", ticket.id, inbox=row.id)
    cause.raised.clear()
    milestones.follow_all(cause, timed=False)
    return Outcome("imported", ticket.id)


def _conversation(cause: Cause, match: Match, incoming: Incoming, author: Person) -> Conversation:
    """The one that it was written in: what was internal stays so, an agent's commands and what they quote."""
    if match.role is Role.DESK or incoming.kind is Kind.BOUNCE:
        return conversations.of_desk(cause, match.ticket, cause.channel)
    if match.role is Role.VENDOR:
        return conversations.with_vendor(cause, match.addressed, match.person_id or author.id)
    return conversations.of_requester(cause, match.addressed)


def _requester(cause: Cause, incoming: Incoming, author: Person) -> Person:
    """Who wrote it; whom it was written to if it was the desk who did."""
    own = cause.desk.mailboxes
    if incoming.sender is None or incoming.sender.address not in own:
        return author
    first = next((person for person in incoming.to if person.address and person.address not in own), None)
    return people.meet(cause.tx, cause.channel, first) if first is not None else author
