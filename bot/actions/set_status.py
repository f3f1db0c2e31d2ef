"""`{ do = "set_status", to = "closed" }`, `{ do = "set_status", to = "on_hold", for = "2 business days" }`."""

from typing import Final, Literal

from msgspec import field

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import OPEN, Ticket
from bot.persons import people
from bot.ticket import lifecycle, messages
from rules.durations import parse_duration
from rules.sla import after

_HAPPENINGS: Final = {
    "waiting_requester": "wait_requester",
    "waiting_vendor": "wait_vendor",
    "closed": "close",
}


class SetStatus(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Move the ticket to the status `to`, if the table of transitions lets it; `on_hold` is `for` some time."""

    to: Literal["open", "waiting_requester", "waiting_vendor", "on_hold", "solved", "closed"]
    for_: str | None = field(default=None, name="for")

    def __post_init__(self) -> None:
        """Refuse, when the book is read, a time that cannot be read, is missing or means nothing."""
        if (self.to == "on_hold") != (self.for_ is not None):
            raise ValueError("'on_hold', and nothing else, is for some time: for = \"2 business days\"")
        if self.for_ is not None:
            parse_duration(self.for_)

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Move it. What a macro solves, the agent who says it has solved."""
        if self.for_ is not None:
            until = after(parse_duration(self.for_), cause.desk.calendar, cause.now)
            if ticket.status in OPEN:
                lifecycle.hold(cause, ticket, until, why=cause.why)
        elif self.to == "open":
            lifecycle.reopen(cause, ticket, why=cause.why)
        elif self.to != "solved":
            lifecycle.set_status(cause, ticket, _HAPPENINGS[self.to], why=cause.why)
        elif cause.macro and cause.actor.person_id is not None:
            agent = people.person(cause.tx, cause.actor.person_id)
            lifecycle.solve(cause, ticket, agent, messages.words_only(""))
        else:
            lifecycle.solve_by_rule(cause, ticket, why=cause.why)
