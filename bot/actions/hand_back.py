"""`{ do = "hand_back", reason = "It was answered" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import handback
from bot.ticket.messages import words_only


class HandBack(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give an escalated ticket back to its owner, to the tier and team it came from; `reason` says why."""

    reason: str = ""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Hand it back."""
        if handback.is_escalated(cause, ticket):
            handback.hand_back(cause, ticket, words_only(self.reason or cause.rule or ""))
