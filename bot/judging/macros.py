"""Macros: what an agent has done by saying the name of a list of actions."""

from typing import cast

from bot import alarms
from bot.actions.base import Action
from bot.cause import Cause
from bot.db.models import Ticket
from bot.judging.events import raise_event, take_facts
from rules.conditions import ConditionError
from rules.facts import Event
from rules.kinds import Macro


def fits(cause: Cause, macro: Macro, ticket: Ticket) -> bool:
    """Whether a macro is for this ticket as it is now."""
    if macro.when is None:
        return True
    holds = macro.when.holds(take_facts(cause, Event.MACRO_USED, ticket))
    if isinstance(holds, ConditionError):
        alarms.rule_failed(cause, ticket.id, macro.name, holds.message)
    return bool(holds)


def fitting(cause: Cause, ticket: Ticket) -> list[Macro]:
    """The macros for this ticket as it is now, by name."""
    return [macro for _, macro in sorted(cause.desk.books.macros.items()) if fits(cause, macro, ticket)]


def use(cause: Cause, macro: Macro, ticket: Ticket, written_to: Ticket) -> None:
    """Do what a macro says, as the agent who acts. `written_to` is the ticket that they wrote to, if that is merged."""
    cause.audit("macro", ticket.id, macro=macro.name)
    raise_event(cause, Event.MACRO_USED, ticket, written_to=str(written_to.id) if written_to is not ticket else "")
    cause.parent, cause.macro = cause.raised[-1], macro.name
    try:
        for action in cast("tuple[Action, ...]", macro.then):
            cause.actions += 1
            action.apply(cause, cause.parent, ticket)
    finally:
        cause.parent, cause.macro = None, None
