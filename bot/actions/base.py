"""What every action has."""

from msgspec import Struct

from bot.cause import Cause, Raised
from bot.db.models import Ticket


class Action(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change or one message. The fields are its settings, as a rule writes them."""

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Do it to `ticket`, because of the event `raised`."""
        raise NotImplementedError
