"""`{ do = "set_priority", to = "critical" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle
from rules.facts import Priority
from rules.priority import PriorityChange, changed_priority


class SetPriority(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set the priority to `to`: a priority, `matrix` for what impact and urgency make, or one step `higher` or `lower`.

    What an agent set by hand stays. What a rule set goes before the matrix, until an agent says impact or urgency.
    """

    to: PriorityChange

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Change the ticket's priority."""
        follows = self.to is PriorityChange.MATRIX
        if follows and ticket.priority_by_rule and cause.rule:
            return
        if not ticket.priority_by_hand:
            ticket.priority_by_rule = not follows
        wanted = changed_priority(Priority(ticket.priority), self.to, lifecycle.priority_by_matrix(cause, ticket))
        lifecycle.set_priority(cause, ticket, wanted, why=cause.why)
