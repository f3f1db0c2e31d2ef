"""`{ do = "set_priority", to = "critical" }`."""

from bot import lifecycle
from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from rules.facts import Priority


class SetPriority(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the priority to `to`."""

    to: Priority

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Change the ticket's priority."""
        lifecycle.set_priority(cause, ticket, self.to, why=cause.rule or "")
