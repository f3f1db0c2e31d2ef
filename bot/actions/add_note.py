"""`{ do = "add_note", text = "Ask for the badge number first" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle


class AddNote(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep the words `text` on the ticket as an internal note of the desk."""

    text: str

    def __post_init__(self) -> None:
        """Refuse a note without words when the book is read."""
        if not self.text.strip():
            raise ValueError("a note has words")

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Note it."""
        lifecycle.note_by_rule(cause, ticket, self.text)
