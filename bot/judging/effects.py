"""What an action changes in the facts of a ticket, without a ticket: for who asks what would have been."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from bot.actions.add_note import AddNote
from bot.actions.add_tag import AddTag
from bot.actions.ask_fields import AskFields
from bot.actions.escalate import Escalate
from bot.actions.notify import Notify
from bot.actions.remove_tag import RemoveTag
from bot.actions.reopen import Reopen
from bot.actions.reply import Reply
from bot.actions.set_category import SetCategory
from bot.actions.set_impact import SetImpact
from bot.actions.set_priority import SetPriority
from bot.actions.set_status import SetStatus
from bot.actions.set_team import SetTeam
from bot.actions.set_urgency import SetUrgency
from bot.ticket import status
from rules.facts import Event, Status, TicketFacts
from rules.priority import Matrix, PriorityChange, changed_level, changed_priority

Effect = Callable[[Any, TicketFacts], dict[str, Any]]
"""The fields of the ticket as an action wants them."""

_DONE: Final = frozenset({Status.SOLVED, Status.CLOSED})
_WAITING: Final = frozenset({Status.WAITING_REQUESTER, Status.WAITING_VENDOR, Status.ON_HOLD})


def after(action: Struct, ticket: TicketFacts, matrix: Matrix) -> tuple[TicketFacts, list[str]]:
    """The ticket after an action, and the events that it raises. An action that is not known here changes nothing."""
    effect = _EFFECTS.get(type(action))
    if effect is None:
        return ticket, []
    ticket = with_fields(ticket, {}, matrix)
    changed = {name: value for name, value in effect(action, ticket).items() if getattr(ticket, name) != value}
    raised = [event.value for name, event in _RAISED.items() if name in changed]
    raised += [event.value for state, event in _REACHED.items() if changed.get("status") is state]
    return with_fields(ticket, changed, matrix), raised


def is_worked_out(action: Struct) -> bool:
    """Whether all is known that follows from an action; who is assigned, for example, is not."""
    return type(action) in _EFFECTS or type(action) in _SAY_ONLY


def with_fields(ticket: TicketFacts, changed: Mapping[str, Any], matrix: Matrix) -> TicketFacts:
    """The ticket with other values, and the priority that the matrix makes of them."""
    ticket = msgspec.structs.replace(ticket, **changed) if changed else ticket
    if ticket.matrix_priority is not None and changed.keys().isdisjoint({"impact", "urgency"}):
        return ticket
    return msgspec.structs.replace(ticket, matrix_priority=matrix.weigh(ticket.impact, ticket.urgency))


def _priority(action: SetPriority, ticket: TicketFacts) -> dict[str, Any]:
    by_matrix, follows = ticket.matrix_priority or ticket.priority, action.to is PriorityChange.MATRIX
    if ticket.priority_by_hand or (follows and ticket.priority_by_rule):
        return {}
    return {"priority": changed_priority(ticket.priority, action.to, by_matrix), "priority_by_rule": not follows}


def _impact(action: SetImpact, ticket: TicketFacts) -> dict[str, Any]:
    return {"impact": changed_level(ticket.impact, action.to)}


def _urgency(action: SetUrgency, ticket: TicketFacts) -> dict[str, Any]:
    return {"urgency": changed_level(ticket.urgency, action.to)}


def _tag(action: AddTag, ticket: TicketFacts) -> dict[str, Any]:
    return {"tags": tuple(dict.fromkeys((*ticket.tags, action.tag)))}


def _reopen(_action: Reopen, ticket: TicketFacts) -> dict[str, Any]:
    if ticket.status in _DONE:
        return {"status": Status.OPEN, "reopened": ticket.reopened + 1}
    return {"status": Status.OPEN} if ticket.status in _WAITING else {}


def _untag(action: RemoveTag, ticket: TicketFacts) -> dict[str, Any]:
    return {"tags": tuple(tag for tag in ticket.tags if tag != action.tag)}


def _status(action: SetStatus, ticket: TicketFacts) -> dict[str, Any]:
    if action.to == "open":
        return _reopen(Reopen(), ticket)
    return {"status": status.after(_HAPPENINGS[action.to], ticket.status)}


def _category(action: SetCategory, _ticket: TicketFacts) -> dict[str, Any]:
    return {"category": action.to}


def _team(action: SetTeam, _ticket: TicketFacts) -> dict[str, Any]:
    return {"team": action.to}


def _escalate(action: Escalate, ticket: TicketFacts) -> dict[str, Any]:
    where = {"team": action.team} if action.team else {"tier": max(action.tier or ticket.tier + 1, ticket.tier)}
    return where | {"escalated": ticket.escalated + 1} if where.get("tier") != ticket.tier else {}


_HAPPENINGS: Final = {
    "waiting_requester": "wait_requester",
    "waiting_vendor": "wait_vendor",
    "on_hold": "hold",
    "solved": "solve",
    "closed": "close",
}
_SAY_ONLY: Final = frozenset({Notify, Reply, AddNote, AskFields})
_EFFECTS: Final[Mapping[type[Struct], Effect]] = {
    SetPriority: _priority,
    SetImpact: _impact,
    SetUrgency: _urgency,
    AddTag: _tag,
    RemoveTag: _untag,
    Reopen: _reopen,
    SetStatus: _status,
    SetCategory: _category,
    SetTeam: _team,
    Escalate: _escalate,
}
_REACHED: Final = {Status.SOLVED: Event.TICKET_SOLVED, Status.CLOSED: Event.TICKET_CLOSED}
_RAISED: Final = {
    "status": Event.TICKET_STATUS_CHANGED,
    "reopened": Event.TICKET_REOPENED,
    "priority": Event.TICKET_PRIORITY_CHANGED,
    "impact": Event.TICKET_IMPACT_CHANGED,
    "urgency": Event.TICKET_URGENCY_CHANGED,
    "category": Event.TICKET_CATEGORY_CHANGED,
    "team": Event.TICKET_TEAM_CHANGED,
    "escalated": Event.TICKET_ESCALATED,
}
WORKED_OUT: Final = frozenset(event.value for event in (*_RAISED.values(), *_REACHED.values()))
"""The events that follow from actions which are worked out."""
