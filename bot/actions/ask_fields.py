"""`{ do = "ask_fields" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.outgoing import outbox
from bot.ticket import fields


class AskFields(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask the requester, once, for the fields that are missing. It changes no status, and no clock stands still."""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Queue the question once the rules are done, if there is still something to ask."""
        cause.postpone(raised, lambda: self._ask(cause, ticket))

    def _ask(self, cause: Cause, ticket: Ticket) -> None:
        form = fields.to_ask(cause, ticket)
        if form and outbox.tell_requester(cause, ticket, "fields_asked", {"form": form}):
            fields.asked(cause, ticket, form)
