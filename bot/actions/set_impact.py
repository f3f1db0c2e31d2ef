"""`{ do = "set_impact", to = "high" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle
from rules.facts import Level
from rules.priority import LevelChange, changed_level


class SetImpact(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the impact to `to`: `high`, `medium`, `low`, or one step `higher` or `lower`."""

    to: LevelChange

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Change the ticket's impact."""
        lifecycle.set_impact(cause, ticket, changed_level(Level(ticket.impact), self.to), why=cause.why)
