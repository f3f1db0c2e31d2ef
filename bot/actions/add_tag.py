"""`{ do = "add_tag", tag = "printer" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle


class AddTag(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put the word `tag` on the ticket."""

    tag: str

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Tag the ticket."""
        lifecycle.add_tag(cause, ticket, self.tag)
