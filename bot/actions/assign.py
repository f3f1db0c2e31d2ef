"""`{ do = "assign", by = ["sticky", "skill", "least_busy"] }`, or `to = "anna"`."""

from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.db.models import Ticket
from bot.persons.may import may_work_on
from bot.ticket import assignment
from rules.assignment import Strategy
from rules.names import AgentName


class Assign(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give the ticket to the agent `to`, or to whoever is the one for it `by` these strategies, the first asked first.

    `sticky` (who solved the requester's last one), `skill` (the category or a tag names one of theirs) and `language`
    (the requester's) narrow the choice where that leaves anybody; `least_busy` and `round_robin` put those left in
    order. With `by`, a ticket on which somebody works who is not away stays theirs.
    """

    to: AgentName = ""
    by: tuple[Strategy, ...] = ()

    def __post_init__(self) -> None:
        """Refuse, when the book is read, what says neither or both."""
        if bool(self.to) is bool(self.by):
            raise ValueError('write either to = "HANDLE" or by = ["least_busy"]')

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Assign it."""
        if self.by:
            assignment.assign(cause, ticket, self.by)
            return
        agent = cause.desk.directory.by_handle.get(self.to)
        if agent is None or not may_work_on(agent, ticket):
            cause.audit("not_assigned", ticket.id, why=f"{self.to} may not work on it")
        elif ticket.assignee_id != agent.person_id:
            assignment.give(cause, ticket, agent, why=cause.rule or "")
