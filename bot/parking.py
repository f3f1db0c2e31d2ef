"""Mail that claims an agent's place without proof: it waits for an admin, and floods nobody."""

from datetime import timedelta
from typing import Final

from bot import alarms, inbox, outbox
from bot.cause import Cause
from bot.db.models import Ticket
from bot.directory import Agent

NOTICE: Final = "message_parked"
OTHER_ADDRESS: Final = "answer_refused"


def park(cause: Cause, agent: Agent, ticket: Ticket, inbox_id: int) -> tuple[str, str]:
    """Keep a message about `ticket` with the agent's address from everybody; the state and outcome of its inbox row.

    The agent is told once in a while, not of each. Beyond what the settings allow to wait for one agent it is kept all
    the same, but put aside as `dropped`, so that the list stays one that a person can read.
    """
    cause.audit("parked", ticket.id, agent=agent.handle, inbox=inbox_id)
    _tell(cause, agent, ticket, NOTICE)
    return _kept(cause, agent, f"it bears {agent.handle}'s address without proof")


def park_answer(cause: Cause, agent: Agent, ticket: Ticket, inbox_id: int, address: str) -> tuple[str, str]:
    """The same for an answer to the agent's notice that came from an address of nobody's who works here (E58)."""
    cause.audit("parked", ticket.id, agent=agent.handle, inbox=inbox_id, address=address)
    _tell(cause, agent, ticket, OTHER_ADDRESS, address=address)
    return _kept(cause, agent, f"it answers {agent.handle}'s notice from another address")


def _kept(cause: Cause, agent: Agent, outcome: str) -> tuple[str, str]:
    most = cause.desk.config.limits.parked_per_agent
    if inbox.count_dead(cause.tx, outcome, at_most=most) < most:
        return "dead", outcome
    detail = f"{most} mails {outcome[3:]} wait for a decision; more are put aside: firstline inbox list --state dropped"
    alarms.raise_alarm(cause.tx, f"parked {agent.handle}", detail, review=alarms.REVIEW)
    return "dropped", f"{outcome}, and {most} such wait already"


def _tell(cause: Cause, agent: Agent, ticket: Ticket, notice: str, **values: str) -> None:
    window = timedelta(minutes=cause.desk.config.limits.notice_window_minutes)
    if not outbox.was_told(cause, agent, notice, since=cause.now - window):
        outbox.tell_agent(cause, agent, ticket, notice, {"until": cause.now + window, **values})
