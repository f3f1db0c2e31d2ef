"""What is taken in, and what is kept apart: mail that may be forged or spam waits in quarantine and is not answered.

Asked of messages from outside only: who is proven to be an agent is never held up by a filter.
"""

from typing import Final

from msgspec import Struct

from bot.cause import Cause
from bot.intake.matching import on_ticket
from bot.intake.received import Outcome, Received
from channels.base import Suspicion

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


def screen(cause: Cause, received: Received) -> Outcome | None:
    """What becomes of a message from outside that is not taken in now; None if it is.

    What is kept out is on record with its id. Its outcome is a line from which a person can decide: who wrote what, and
    why it is kept out.
    """
    verdict = _verdict(cause, received)
    if verdict is None:
        return None
    cause.audit(
        "kept_out",
        received.match.ticket.id if received.match else None,
        inbox=received.inbox_id,
        external_id=received.incoming.external_id,
        address=received.address,
        why=verdict.why,
    )
    what = f"{received.address}: {received.incoming.subject[:_SUBJECT]}: {verdict.why}"
    return Outcome(what, state=verdict.state)


def _verdict(cause: Cause, received: Received) -> Verdict | None:
    if received.sender is not None and received.sender[1].blocked_at is not None:
        return _BLOCKED
    suspicion = received.incoming.suspicion
    if suspicion is Suspicion.SPAM:
        return _SPAM
    if received.incoming.verified is False:
        return _FORGED
    if suspicion is None or _is_known(cause, received):
        return None
    return _REFUSED if suspicion is Suspicion.REFUSED else _UNKNOWN


def _is_known(cause: Cause, received: Received) -> bool:
    """Whether somebody of an unknown domain is known: from the directory, from the ticket, by a reply token of ours."""
    if received.findings.claims:
        return True
    if received.sender is None:
        return False
    person = received.sender[0]
    return person.known or (received.match is not None and on_ticket(cause, received.match.ticket, person))
