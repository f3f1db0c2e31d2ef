"""What is taken in, and what is kept apart: mail that may be forged or spam waits in quarantine and is not answered.

Asked of messages from outside only: who is proven to be an agent is never held up by a filter.
"""

from typing import Final

from msgspec import Struct

from bot.cause import Cause
from bot.db.models import Identity, Person
from bot.matching import Findings, on_ticket
from channels.base import Incoming, Suspicion

QUARANTINE: Final = "quarantine"
"""The state of an inbox row that waits for somebody to release or drop it."""

_SUBJECT: Final = 80


class Verdict(Struct, frozen=True):
    """Why a message is not taken in: the state of its inbox row, and the reason."""

    state: str
    why: str


_BLOCKED = Verdict("dropped", "its sender is blocked")
_REFUSED = Verdict("dropped", "its sender's domain is not known")
_UNKNOWN = Verdict(QUARANTINE, "its sender's domain is not known")
_SPAM = Verdict(QUARANTINE, "a filter marked it as spam")
_FORGED = Verdict(QUARANTINE, "the check of its sender failed")


def screen(
    cause: Cause, inbox_id: int, incoming: Incoming, sender: tuple[Person, Identity] | None, findings: Findings
) -> Verdict | None:
    """Why a message from outside is not taken in now; None if it is. What is kept out is on record with its id."""
    verdict = _verdict(cause, incoming, sender, findings)
    if verdict is not None:
        ticket_id = findings.match.ticket.id if findings.match else None
        cause.audit(
            "kept_out",
            ticket_id,
            inbox=inbox_id,
            external_id=incoming.external_id,
            address=incoming.sender.address if incoming.sender else "",
            why=verdict.why,
        )
    return verdict


def told(verdict: Verdict, incoming: Incoming) -> str:
    """The verdict as a line from which a person can decide: who wrote what, and why it is kept out."""
    address = incoming.sender.address if incoming.sender else ""
    return f"{address}: {incoming.subject[:_SUBJECT]}: {verdict.why}"


def _verdict(
    cause: Cause, incoming: Incoming, sender: tuple[Person, Identity] | None, findings: Findings
) -> Verdict | None:
    if sender is not None and sender[1].blocked_at is not None:
        return _BLOCKED
    if incoming.suspicion is Suspicion.SPAM:
        return _SPAM
    if incoming.verified is False:
        return _FORGED
    if incoming.suspicion is None or _is_known(cause, sender, findings):
        return None
    return _REFUSED if incoming.suspicion is Suspicion.REFUSED else _UNKNOWN


def _is_known(cause: Cause, sender: tuple[Person, Identity] | None, findings: Findings) -> bool:
    """Whether somebody of an unknown domain is known: from the directory, from the ticket, by a reply token of ours."""
    if findings.claims:
        return True
    if sender is None:
        return False
    return sender[0].known or (findings.match is not None and on_ticket(cause, findings.match.ticket, sender[0]))
