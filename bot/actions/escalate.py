"""`{ do = "escalate", tier = 2 }`."""

from typing import Annotated

from msgspec import Meta

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import OPEN, Ticket
from bot.persons.directory import Agent
from bot.ticket import escalation
from bot.ticket.messages import words_only
from rules.assignment import Strategy
from rules.names import TeamName


class Escalate(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Escalate the ticket to `tier` or to `team`, else one step up; `reason` says why.

    One step up is the next tier in which its team has agents, else the team's lead; of a ticket without a team, or
    whose team has neither, the next tier of the desk. Who works on it there is chosen `by` strategies, as by `assign`;
    without any, all of the tier are asked. A vendor's team is sent the reason by mail, and nothing else. What is there
    already, or beyond the last tier, stays as it is.
    """

    tier: Annotated[int, Meta(ge=1, le=100)] | None = None
    team: TeamName = ""
    reason: str = ""
    by: tuple[Strategy, ...] = ()

    def __post_init__(self) -> None:
        """Refuse, when the book is read, two targets at once."""
        if self.tier is not None and self.team:
            raise ValueError("write either tier or team")

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Escalate it."""
        if ticket.status not in OPEN:
            return
        what = words_only(self.reason or cause.rule or "")
        directory = cause.desk.directory
        team = directory.teams.get(self.team)
        up = escalation.next_up(cause, ticket) if self.tier is None else directory.tier_from(self.tier)
        if team is not None and team.vendor and not self.reason:
            cause.audit("not_escalated", ticket.id, why="there is no reason that could be said to a vendor")
        elif team is not None and (team.vendor or team.name != ticket.team):
            escalation.to_team(cause, ticket, team, what, by=self.by)
        elif isinstance(up, Agent) and not self.team:
            escalation.to_agent(cause, ticket, up, what)
        elif isinstance(up, int) and not self.team and up > ticket.tier:
            escalation.to_tier(cause, ticket, up, what, by=self.by)
        else:
            cause.audit("not_escalated", ticket.id, why="it is there already, or there is nobody beyond")
