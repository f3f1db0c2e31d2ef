"""Mail that claims an agent's place without proof: it reaches nobody, waits for an admin, and floods nobody."""

from datetime import timedelta
from typing import Final

from bot import alarms
from bot.cause import Cause
from bot.db.models import Ticket
from bot.intake import inbox, seen
from bot.intake.received import Outcome, Received, repeated
from bot.intake.seen import Seen
from bot.outgoing import outbox
from bot.persons.directory import Agent

_NOTICE: Final = "message_parked"
_OTHER_ADDRESS: Final = "answer_refused"


def park(cause: Cause, agent: Agent, ticket: Ticket, received: Received) -> Outcome:
    """Keep from everybody what bears the agent's address: it may be theirs, or of somebody who has their notice.

    The agent is told once in a while, not of each. Beyond what the settings allow to wait for one agent it is kept all
    the same, but put aside as `dropped`, so that the list stays one that a person can read.
    """
    return _set_aside(cause, agent, ticket, received, _NOTICE, f"it bears {agent.handle}'s address without proof")


def park_answer(cause: Cause, agent: Agent, ticket: Ticket, received: Received) -> Outcome:
    """The same for an answer to the agent's notice that came from an address of nobody's who works here (E58)."""
    why = f"it answers {agent.handle}'s notice from another address"
    return _set_aside(cause, agent, ticket, received, _OTHER_ADDRESS, why, address=received.address)


def _set_aside(
    cause: Cause, agent: Agent, ticket: Ticket, received: Received, notice: str, why: str, **further: str
) -> Outcome:
    fingerprint = seen.fingerprint_of(received.incoming)
    if seen.before(cause.tx, fingerprint) is not None:
        return repeated(cause, received, ticket.id)
    seen.remember(cause.tx, fingerprint, Seen(ticket.id, believed=False))
    cause.audit("parked", ticket.id, agent=agent.handle, inbox=received.inbox_id, **further)
    window = timedelta(minutes=cause.desk.config.limits.notice_window_minutes)
    if not outbox.was_told(cause, agent, notice, since=cause.now - window):
        outbox.tell_agent(cause, agent, ticket, notice, {"until": cause.now + window, **further})
    most = cause.desk.config.limits.parked_per_agent
    if inbox.count_dead(cause.tx, why, at_most=most) < most:
        return Outcome(why, ticket.id, "dead", fingerprint)
    what = f"{most} parked mails wait for a decision of which each says: {why}"
    detail = f"{what}; more are put aside: firstline inbox list --state dropped"
    alarms.raise_alarm(cause.tx, f"parked {agent.handle}", detail, review=alarms.REVIEW)
    return Outcome(f"{why}, and {most} such wait already", ticket.id, "dropped", fingerprint)
