"""Automations at work: a clock runs for each ticket and each automation whose condition holds for it.

A clock is a job of the kind `timer`, with the ticket, the rule and the moment since when it holds. It is `waiting`
while it runs, `done` once it has rung and the condition has held ever since, and `dropped` when that has ended. So an
automation rings once, until its condition was false in between; and what is not due costs nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from bot import alarms
from bot.cause import Cause, Raised
from bot.db.models import Job, Ticket
from bot.due import jobs
from bot.judging.events import facts_now, raise_event
from bot.ticket import tickets
from rules.conditions import ConditionError
from rules.facts import Event, TimerFacts
from rules.kinds import Automation
from rules.sla import after

KIND: Final = "timer"
_CLOCKS: Final = select(Job.id, Job.ticket_id, Job.arguments, Job.due_at, Job.state).where(
    Job.ticket_id.in_(bindparam("tickets", expanding=True)), Job.kind == KIND, Job.state.in_(("waiting", "done"))
)

_PUT_OFF: Final = (
    update(Job).where(Job.id == bindparam("clock"), Job.state == "waiting").values(due_at=bindparam("until"))
)


@dataclass(slots=True)
class Clock:
    """A clock of a ticket, by its job: since when the condition holds, and when it rings or rang."""

    job_id: int
    since: datetime
    due_at: datetime
    rang: bool


def follow_all(cause: Cause) -> None:
    """Bring the clocks of every ticket that this cause touched in line with how it is now."""
    if not cause.desk.books.automations:
        return
    for number in list(cause.touched):
        ticket = tickets.get(cause, number)
        if ticket is not None:
            follow(cause, ticket)


def follow(cause: Cause, ticket: Ticket) -> None:
    """Start the clocks of automations that hold from now on, and cancel those of what holds no longer.

    What held before and holds still is left alone, unless it rang and repeats. None is started where rules feed each
    other and were stopped.
    """
    clocks, holding = clocks_of(cause, ticket), automations_that_hold(cause, ticket)
    again = {name for name in clocks.keys() & holding.keys() if clocks[name].rang and holding[name].repeat}
    cancel(cause, ticket, (clocks.keys() - holding.keys()) | again)
    if cause.stopped:
        return
    for name, automation in holding.items():
        if name not in clocks:
            start(cause, ticket, automation, cause.now, due_by(cause, automation, cause.now))


def set_back(cause: Cause, raised: Raised) -> None:
    """The clocks of automations that this event sets back run no longer; those that hold still begin anew."""
    names = {one.name for one in cause.desk.books.automations if raised.facts.event in one.restart}
    if names:
        cancel(cause, raised.ticket, names & clocks_of(cause, raised.ticket).keys())


def ring(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty of a clock: its time has come. If the condition holds still, this is an event for the rules."""
    ticket = tickets.get(cause, arguments["ticket"])
    if ticket is None:
        return
    cause.actions = arguments["actions"]
    cause.touched[ticket.id] = None
    clock = clocks_of(cause, ticket).get(arguments["rule"])
    if clock is None:
        return
    clock.rang = True
    if arguments["rule"] in automations_that_hold(cause, ticket):
        timer = TimerFacts(rule=arguments["rule"], since=clock.since)
        raise_event(cause, Event.TIME_PASSED, ticket, involved=timer)


def replan(cause: Cause, ticket: Ticket, since: datetime, in_turn: Callable[[datetime], datetime]) -> None:
    """Bring the clocks in line with other books or calendars: a clock that runs counts on from the same moment.

    The clock of a new rule counts from `since`. What comes out is when it rings, unless `in_turn` says when instead.
    """
    clocks, holding = clocks_of(cause, ticket), automations_that_hold(cause, ticket)
    cancel(cause, ticket, clocks.keys() - holding.keys())
    for name, automation in holding.items():
        clock = clocks.get(name)
        if clock is None:
            start(cause, ticket, automation, since, in_turn(due_by(cause, automation, since)))
        elif not clock.rang and (due_at := due_by(cause, automation, clock.since)) != clock.due_at:
            clock.due_at = in_turn(due_at)
            cause.tx.settle(("timers", ticket.id))
            cause.tx.later(_PUT_OFF, clock=clock.job_id, until=clock.due_at)


def automations_that_hold(cause: Cause, ticket: Ticket) -> dict[str, Automation]:
    """The automations whose condition holds for the ticket as it is now, by name. One that fails does not hold."""
    facts = facts_now(cause, ticket)
    holding = {}
    for automation in cause.desk.books.automations:
        holds = automation.when.holds(facts)
        if isinstance(holds, ConditionError):
            alarms.rule_failed(cause, ticket.id, automation.name, holds.message)
        elif holds:
            holding[automation.name] = automation
    return holding


def clocks_of(cause: Cause, ticket: Ticket) -> dict[str, Clock]:
    """The ticket's clocks by the name of their rule: those that run, and those that rang in the state it is in."""
    load(cause, [ticket.id])
    clocks: dict[str, Clock] = cause.tx.scratch["timers", ticket.id]
    return clocks


def load(cause: Cause, numbers: list[int]) -> None:
    """Learn the clocks of these tickets in one question; what this transaction knows already is not asked again."""
    missing = [number for number in numbers if ("timers", number) not in cause.tx.scratch]
    if not missing:
        return
    for number in missing:
        cause.tx.scratch["timers", number] = {}
    for row in cause.tx.execute(_CLOCKS, {"tickets": missing}):
        since = datetime.fromisoformat(row.arguments["since"])
        clock = Clock(row.id, since, row.due_at, rang=row.state == "done")
        cause.tx.scratch["timers", row.ticket_id][row.arguments["rule"]] = clock


def due_by(cause: Cause, automation: Automation, since: datetime) -> datetime:
    """When an automation rings whose condition holds since then, by the desk's calendar."""
    return after(automation.after, cause.desk.calendar, since)


def start(cause: Cause, ticket: Ticket, automation: Automation, since: datetime, due_at: datetime) -> None:
    """A clock runs from now on. It inherits how much its chain of causes has done already, unless it repeats.

    What repeats does so each hour at most, as long as a ticket stays as it is: each time is the beginning of a chain.
    """
    arguments = {
        "ticket": ticket.id,
        "rule": automation.name,
        "since": since.isoformat(),
        "actions": 0 if automation.repeat else cause.actions,
    }
    depth = 1 if automation.repeat else None
    job_id = jobs.schedule(cause, KIND, due_at, arguments, ticket_id=ticket.id, depth=depth)
    cause.tx.note_fresh(("timers", ticket.id))
    clocks_of(cause, ticket)[automation.name] = Clock(job_id, since, due_at, rang=False)


def cancel(cause: Cause, ticket: Ticket, names: set[str]) -> None:
    """These clocks run no longer, and those of them that rang may run again."""
    if not names:
        return
    clocks = clocks_of(cause, ticket)
    ids = [clocks.pop(name).job_id for name in sorted(names)]
    cause.tx.settle(("timers", ticket.id))
    cause.tx.execute(update(Job).where(Job.id.in_(ids)).values(state="dropped"))
