"""`{ do = "remove_tag", tag = "printer" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle


class RemoveTag(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take the word `tag` off the ticket."""

    tag: str

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Take it off."""
        lifecycle.remove_tag(cause, ticket, self.tag)
