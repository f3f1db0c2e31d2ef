"""A message in a room where people talk: is it a request? Its author is asked, once, and alone sees the question.

The message is dropped as others' talk is; who says yes has it taken in as it was received. Who says no is not asked
again for some hours. Nobody is asked about thanks or greetings, nor agents, who know how to open one.
"""

from datetime import timedelta
from typing import Final

from bot.cause import Cause
from bot.intake import inbox
from bot.intake.received import Outcome, Received
from bot.notice.wording import gettext
from bot.outgoing import outbox
from bot.persons import identity
from channels.base import Choice, Kind
from rules.thanks import is_small_talk

OFFERED: Final = Outcome("its author was asked whether it is a request", state="dropped")
WANTED: Final = "new"
"""What is noted at a message that is a request after all."""
_YES: Final = "offer:yes"
_NO: Final = "offer:no"


def ask(cause: Cause, received: Received) -> Outcome | None:
    """Ask whether a message is a request; None where nothing is to be asked."""
    incoming = received.incoming
    if incoming.kind is not Kind.HUMAN or received.agent is not None:
        return None
    if _is_idle(received) or _wants_none(cause, received):
        return None
    choices = (
        Choice(f"{_YES}:{received.inbox_id}", outbox.said_to(cause, received, gettext("Open a ticket"))),
        Choice(f"{_NO}:{received.inbox_id}", outbox.said_to(cause, received, gettext("No thanks"))),
    )
    outbox.whisper(cause, received, "offer", {}, choices=choices)
    return OFFERED


def _is_idle(received: Received) -> bool:
    incoming = received.incoming
    return is_small_talk(incoming.reply) and not incoming.attachments


def _wants_none(cause: Cause, received: Received) -> bool:
    declined = received.sender[1].declined_at if received.sender is not None else None
    hours = cause.desk.config.desk.offer_again_hours
    return declined is not None and cause.now - declined < timedelta(hours=hours)


def answered(cause: Cause, received: Received) -> Outcome | None:
    """What somebody pressed, if it answers such a question."""
    mark, _, row = (received.incoming.choice or "").rpartition(":")
    if mark not in {_YES, _NO} or not row.isdigit():
        return None
    if mark == _YES:
        return _open(cause, received, int(row))
    assert received.incoming.sender is not None
    identity.met(cause.tx, cause.channel, received.incoming.sender, received.incoming.profile)
    found = identity.known(cause.tx, cause.channel, received.incoming.sender, received.incoming.profile)
    if found is not None:
        found[1].declined_at = cause.now
    return Outcome("no request")


def _open(cause: Cause, received: Received, inbox_id: int) -> Outcome:
    """Have the message worked again, as it was received; pressed twice, it is worked once."""
    if not inbox.go_on(cause.tx, inbox_id, OFFERED.state, OFFERED.what, meant=WANTED):
        outbox.whisper(cause, received, "choice_over", {})
    return Outcome("a request")
