"""`{ do = "set_urgency", to = "high" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle
from rules.facts import Level
from rules.priority import LevelChange, changed_level


class SetUrgency(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the urgency to `to`: `high`, `medium`, `low`, or one step `higher` or `lower`."""

    to: LevelChange

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Change the ticket's urgency."""
        lifecycle.set_urgency(cause, ticket, changed_level(Level(ticket.urgency), self.to), why=cause.why)
