"""Mail with an agent's address and no proof that it is theirs: it waits for an admin, and floods nobody."""

from datetime import timedelta
from typing import Final

from bot import alarms, inbox, outbox
from bot.cause import Cause
from bot.db.models import Ticket
from bot.directory import Agent

NOTICE: Final = "message_parked"


def park(cause: Cause, agent: Agent, ticket: Ticket, inbox_id: int) -> tuple[str, str]:
    """Keep a message about `ticket` from everybody; returns the state and the outcome of its inbox row.

    The agent is told once in a while, not of each. Beyond what the settings allow to wait for one agent it is kept all
    the same, but put aside as `dropped`, so that the list stays one that a person can read.
    """
    cause.audit("parked", ticket.id, agent=agent.handle, inbox=inbox_id)
    _tell(cause, agent, ticket)
    outcome, most = f"it bears {agent.handle}'s address without proof", cause.desk.config.limits.parked_per_agent
    if inbox.count_dead(cause.tx, outcome, at_most=most) < most:
        return "dead", outcome
    detail = f"{most} mails {outcome[3:]} wait for a decision; more are put aside: firstline inbox list --state dropped"
    alarms.raise_alarm(cause.tx, f"parked {agent.handle}", detail, review=alarms.REVIEW)
    return "dropped", f"{outcome}, and {most} such wait already"


def _tell(cause: Cause, agent: Agent, ticket: Ticket) -> None:
    window = timedelta(minutes=cause.desk.config.limits.notice_window_minutes)
    if not outbox.was_told(cause, agent, NOTICE, since=cause.now - window):
        outbox.tell_agent(cause, agent, ticket, NOTICE, {"until": cause.now + window})
