"""`{ do = "set_category", to = "printer" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle
from rules.names import CategoryName


class SetCategory(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say that it is about `to`, the name of a category. It is then with that category's team, if with none."""

    to: CategoryName

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Change the ticket's category."""
        lifecycle.set_category(cause, ticket, self.to, why=cause.rule or "")
