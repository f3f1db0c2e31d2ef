"""`{ do = "recognise" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import fields


class Recognise(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read out of the message what the ticket is about, unless that is known, its fields, and its asset's number."""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Look at what was said."""
        message = raised.facts.message
        if raised.said is not None and message is not None and not message.internal:
            fields.recognise(cause, ticket, raised.said, first=message.first)
