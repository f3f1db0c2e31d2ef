"""`{ do = "reopen" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle


class Reopen(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Go on with a ticket that was solved, closed or waiting."""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Open the ticket again."""
        lifecycle.reopen(cause, ticket, why=cause.rule or "")
