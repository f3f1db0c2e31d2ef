"""What agents write below a card before it is known where that stands: it waits in the inbox, as it was received.

A card is posted, and then its receipt is noted. Whoever answers between the two, as after a kill, must be heard.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from bot import conversations, inbox, jobs
from bot.board import CARD
from bot.cause import Cause
from bot.db.models import UNFINISHED, Delivery, is_one_of
from bot.received import Outcome, Received

KIND: Final = "look_again"
WAITS: Final = "early"
"""The state of an inbox row that is looked at again in a moment."""
_AGAIN: Final = timedelta(seconds=2)


def wait(cause: Cause, received: Received) -> Outcome | None:
    """Put a message off while a card of this platform is being posted, or was until just now; None where none is."""
    place = received.incoming.place
    assert place is not None
    cause.tx.flush()
    posting = select(Delivery.id).where(
        is_one_of(Delivery.state, *UNFINISHED), Delivery.notice == CARD, Delivery.channel == cause.channel
    )
    is_posting = cause.tx.session.scalar(posting.limit(1)) is not None
    if not is_posting and conversations.in_thread(cause, cause.channel, place.thread) is None:
        return None
    jobs.schedule(cause, KIND, cause.now + _AGAIN, {"inbox": received.inbox_id})
    return Outcome("it may be about a card that is being posted", state=WAITS)


def look_again(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The moment is over."""
    inbox.go_on(cause.tx, arguments["inbox"], WAITS)
