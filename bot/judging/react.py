"""Events meet the rules, and go round until nothing more happens.

A rule fires at most once per ticket and cause. Beyond a depth of events, or a number of actions, that no sensible book
reaches, the chain stops with an alarm, so that rules which feed each other come to rest.
"""

from typing import cast

from bot import alarms
from bot.actions.base import Action
from bot.cause import Cause, Raised
from bot.figures import milestones
from bot.talk import board, homes, threads
from bot.timing import sla, timers
from rules.engine import Firing, decide


def react(cause: Cause) -> None:
    """Let the rules answer every event that was raised, and those that their actions raise.

    Then keep track of what is promised and of what reports count, say what was postponed until then, set the clocks of
    automations, and show it.
    """
    heard = _go_round(cause)
    sla.follow_all(cause)
    milestones.follow_all(cause)
    board.begin_all(cause)
    _say_postponed(cause)
    threads.pass_on(cause, heard)
    timers.follow_all(cause)
    board.follow_all(cause)
    homes.follow_all(cause)


def _go_round(cause: Cause) -> list[Raised]:
    """The events that there were."""
    heard = []
    while cause.raised:
        raised = cause.raised.popleft()
        heard.append(raised)
        timers.set_back(cause, raised)
        if raised.depth > cause.desk.config.limits.depth:
            _stop(cause, raised, f"{raised.depth} events deep")
            return heard
        decision = decide(cause.desk.books, raised.facts, frozenset(cause.fired[raised.ticket.id]))
        for error in decision.errors:
            alarms.rule_failed(cause, raised.ticket.id, error.rule, error.message)
        for firing in decision.firings:
            if not _fire(cause, raised, firing):
                return heard
    return heard


def _say_postponed(cause: Cause) -> None:
    while cause.postponed:
        cause.parent, cause.rule, cause.macro, say = cause.postponed.popleft()
        try:
            say()
        finally:
            cause.parent, cause.rule, cause.macro = None, None, None


def _fire(cause: Cause, raised: Raised, firing: Firing) -> bool:
    cause.fired[raised.ticket.id].add(firing.rule)
    cause.parent, cause.rule = raised, firing.rule
    try:
        cause.record("rule_fired", raised.ticket.id, event=raised.facts.event, actions=len(firing.actions))
        for action in cast("tuple[Action, ...]", firing.actions):
            if cause.actions >= cause.desk.config.limits.actions_per_root:
                _stop(cause, raised, f"{cause.actions} actions")
                return False
            cause.actions += 1
            action.apply(cause, raised, raised.ticket)
    finally:
        cause.parent, cause.rule = None, None
    return True


def _stop(cause: Cause, raised: Raised, why: str) -> None:
    cause.raised.clear()
    cause.stopped = True
    cause.audit("chain_stopped", raised.ticket.id, why=why, root=cause.root)
    detail = f"stopped after {why}, begun by {cause.root}: rules feed each other"
    alarms.raise_alarm(cause.tx, f"rules on #{raised.ticket.id}", detail, review=alarms.REVIEW)
