"""`{ do = "set_team", to = "network" }`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.ticket import lifecycle
from bot.ticket.messages import words_only
from rules.facts import Event
from rules.names import TeamName


class SetTeam(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give the ticket to the team `to`: it begins in their lowest tier, and one of them answers for it."""

    to: TeamName

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Move it to the team."""
        team = cause.desk.directory.teams.get(self.to)
        if team is not None and not team.vendor and team.name != ticket.team:
            opened_by = raised.said if raised.facts.event == Event.TICKET_OPENED else None
            lifecycle.transfer(cause, ticket, team.name, words_only(""), opened_by=opened_by)
