"""What is said in a thread of ours before it is known that it is ours: it waits in the inbox, as it was received.

A card or an answer is posted, and begins a thread; then its receipt is noted. Whoever writes there between the two, as
after a kill, must be heard.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import or_, select

from bot.cause import Cause
from bot.db.models import UNFINISHED, Conversation, Delivery, is_one_of
from bot.due import jobs
from bot.intake import inbox
from bot.intake.received import Outcome, Received
from bot.talk.board import CARD
from bot.ticket import conversations

KIND: Final = "look_again"
_AGAIN: Final = timedelta(seconds=2)


def wait(cause: Cause, received: Received) -> Outcome | None:
    """Put a message off while something is being posted in that room, or to its sender, or was until just now.

    None where nothing is.
    """
    place, sender = received.incoming.place, received.incoming.sender
    assert place is not None
    assert sender is not None
    cause.tx.flush()
    posting = (
        select(Delivery.id)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(
            is_one_of(Delivery.state, *UNFINISHED),
            or_(Delivery.state != "queued", Delivery.notice == CARD),
            Delivery.channel == cause.channel,
            or_(Conversation.room == place.room, Delivery.recipient == sender.address),
        )
    )
    is_posting = cause.tx.session.scalar(posting.limit(1)) is not None
    if not is_posting and conversations.in_thread(cause, cause.channel, place.thread) is None:
        return None
    jobs.schedule(cause, KIND, cause.now + _AGAIN, {"inbox": received.inbox_id})
    return Outcome("it may be about what is being posted", state=inbox.EARLY)


def look_again(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The moment is over."""
    inbox.go_on(cause.tx, arguments["inbox"], inbox.EARLY)
