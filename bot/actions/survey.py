"""`{ do = "survey" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.followup import survey


class Survey(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask the requester for a mark from 1 to 5, as often and of as many as `[survey]` in the configuration says."""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Queue the question once the rules are done."""
        cause.postpone(raised, lambda: survey.ask(cause, ticket))
