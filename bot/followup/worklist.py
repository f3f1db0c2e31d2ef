"""What is on a work list: open tickets in sections, each ticket in the first that it fits, the oldest first.

It looks at one reader's tickets, or at a team's, and at so many of each sort at most: what costs is what one of them
has, not how many are open.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, func, select

from bot.cause import Cause
from bot.db.models import OPEN, Message, Span, Ticket, is_one_of
from bot.notice.wording import Text, gettext
from bot.ticket.tickets import due_before
from bot.timing import sla
from bot.verbs.queries import due_next, list_row
from rules.durations import Duration, parse_duration
from rules.facts import Status
from rules.sla import after

SHOWN: Final = 10
"""How many tickets a section names; of the others it says how many they are."""
_LOOKED_AT: Final = 200
"""How many tickets of each sort are looked at, the oldest first."""
_TITLES: Final[Mapping[str, Text]] = {
    "overdue": gettext("Overdue"),
    "due": gettext("Due today"),
    "free": gettext("Nobody works on these"),
    "stuck": gettext("Have not moved for long"),
    "elsewhere": gettext("With others"),
    "rest": gettext("The oldest of the others"),
}
URGENT: Final = frozenset({"overdue", "due", "free", "stuck"})
"""The sections of what somebody has to do something about today."""
_RESTS: Final = frozenset({Status.ON_HOLD, Status.WAITING_REQUESTER})


class Scope(Struct, frozen=True, kw_only=True):
    """Whose tickets are looked at: those that one person works on or owns, and those of teams.

    With `free`, also those that nobody works on and that have no team, of this tier. A person's list ends with what
    they work on and nothing is said of otherwise.
    """

    person_id: int | None = None
    teams: Collection[str] = ()
    free: int | None = None


class Section(Struct, frozen=True, kw_only=True):
    """Some tickets of a list under one title."""

    name: str
    tickets: Sequence[Ticket]


class WorkList(Struct, frozen=True, kw_only=True):
    """The sections of a list that hold something, in order, and what is due next of each ticket."""

    sections: Sequence[Section]
    due: Mapping[int, dict[str, Any]]

    def tickets(self, name: str) -> Sequence[Ticket]:
        """Those in a section."""
        return next((section.tickets for section in self.sections if section.name == name), ())

    def is_news(self, since: datetime | None) -> bool:
        """Whether it says anything that its reader has to do, or that has changed since they had the last one."""
        if any(section.name in URGENT for section in self.sections):
            return True
        found = [ticket for section in self.sections for ticket in section.tickets]
        return any(since is None or ticket.changed_at > since for ticket in found)


def compile_list(cause: Cause, scope: Scope, zone: ZoneInfo, *, may_know: Callable[[Ticket], bool]) -> WorkList:
    """The list of a scope for a reader in a zone. Only tickets are on it that they may know of."""
    found = {ticket.id: ticket for ticket in _tickets(cause, scope, _end_of_day(cause.now, zone)) if may_know(ticket)}
    promises = due_next(sla.promises_of(cause, found))
    moved = _last_moved(cause, found)
    patience = parse_duration(cause.desk.config.worklists.not_moved)
    sorted_: dict[str, list[Ticket]] = {name: [] for name in _TITLES}
    for number in sorted(found):
        ticket = found[number]
        stuck = _is_stuck(cause, patience, moved[number])
        name = _section(scope, ticket, promises[number], _end_of_day(cause.now, zone), stuck=stuck)
        if name:
            sorted_[name].append(ticket)
    for name in ("overdue", "due"):
        sorted_[name].sort(key=lambda ticket: promises[ticket.id]["due_at"])
    sections = [Section(name=name, tickets=tickets) for name, tickets in sorted_.items() if tickets]
    return WorkList(sections=sections, due=promises)


def values_of(cause: Cause, what: WorkList, *, team: str = "") -> dict[str, Any]:
    """What the notice says of it; `team` names the team whose it is."""
    sections = [
        {
            "title": _TITLES[section.name],
            "tickets": [list_row(cause, ticket) | what.due[ticket.id] for ticket in section.tickets[:SHOWN]],
            "more": max(len(section.tickets) - SHOWN, 0),
        }
        for section in what.sections
    ]
    return {"title": _title(what, team), "sections": sections}


def _title(what: WorkList, team: str) -> Text:
    overdue, due = len(what.tickets("overdue")), len(what.tickets("due"))
    if team:
        return gettext("%(team)s: %(overdue)s overdue, %(due)s due today", team=team, overdue=overdue, due=due)
    return gettext("Your tickets this morning: %(overdue)s overdue, %(due)s due today", overdue=overdue, due=due)


def _section(scope: Scope, ticket: Ticket, due: Mapping[str, Any], end_of_day: datetime, *, stuck: bool) -> str:
    """The first section that a ticket fits; empty where nothing is to be said of it."""
    if due["overdue"]:
        return "overdue"
    if due["due_at"] is not None and due["due_at"] < end_of_day:
        return "due"
    if ticket.assignee_id is None and ticket.status in {Status.NEW, Status.OPEN}:
        return "free"
    if ticket.status != Status.ON_HOLD and stuck:
        return "stuck"
    if ticket.status == Status.WAITING_VENDOR or _is_others(scope, ticket):
        return "elsewhere"
    return "rest" if ticket.status not in _RESTS and ticket.assignee_id == scope.person_id else ""


def _is_others(scope: Scope, ticket: Ticket) -> bool:
    return scope.person_id is not None and ticket.assignee_id != scope.person_id and ticket.team not in scope.teams


def _is_stuck(cause: Cause, patience: Duration, moved: datetime) -> bool:
    try:
        return after(patience, cause.desk.calendar, moved) <= cause.now
    except ValueError:  # the calendar does not open again: no business time passes
        return False


def _end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)


def _tickets(cause: Cause, scope: Scope, end_of_day: datetime) -> Iterable[Ticket]:
    """Those looked at, some of them more than once: what is due of each sort, and the oldest."""
    cause.tx.flush()
    for condition in _conditions(scope):
        yield from cause.tx.session.scalars(_oldest(condition))
        yield from cause.tx.session.scalars(_due(condition, end_of_day))
    if scope.person_id is not None:
        yield from cause.tx.session.scalars(_given_away(scope.person_id))


def _conditions(scope: Scope) -> Iterable[ColumnElement[bool]]:
    if scope.person_id is not None:
        yield Ticket.assignee_id == scope.person_id
    if scope.teams:
        yield Ticket.team.in_(sorted(scope.teams))
    if scope.free is not None:
        yield Ticket.team.is_(None) & Ticket.assignee_id.is_(None) & (Ticket.tier == scope.free)


def _oldest(condition: ColumnElement[bool]) -> Select[Ticket]:
    return select(Ticket).where(is_one_of(Ticket.status, *OPEN), condition).order_by(Ticket.id).limit(_LOOKED_AT)


def _due(condition: ColumnElement[bool], end_of_day: datetime) -> Select[Ticket]:
    """What is overdue or due before the day ends."""
    soon = due_before(end_of_day)
    due = select(Ticket).join(soon, soon.c.ticket_id == Ticket.id)
    due = due.where(is_one_of(Ticket.status, *OPEN), condition)
    return due.order_by(soon.c.due_at, Ticket.id).limit(_LOOKED_AT)


def _given_away(person_id: int) -> Select[Ticket]:
    """What they answer for and others work on, of the oldest of theirs: a lead may own tens of thousands."""
    theirs = select(Ticket.id).where(Ticket.owner_id == person_id, is_one_of(Ticket.status, *OPEN))
    oldest = theirs.order_by(Ticket.id).limit(_LOOKED_AT).subquery()
    others = Ticket.assignee_id.is_not(None) & (Ticket.assignee_id != person_id)
    return select(Ticket).where(Ticket.id.in_(select(oldest.c.id)), others)


def _last_moved(cause: Cause, found: Mapping[int, Ticket]) -> dict[int, datetime]:
    """When somebody last said or noted something on each of them, or its status changed."""
    moved = {number: ticket.created_at for number, ticket in found.items()}
    said = select(Message.ticket_id, func.max(Message.at)).where(
        Message.ticket_id.in_(list(found)), Message.kind.in_(("message", "note"))
    )
    since = select(Span.ticket_id, Span.started_at).where(Span.ticket_id.in_(list(found)), Span.ended_at.is_(None))
    for query in (said.group_by(Message.ticket_id), since):
        for number, at in cause.tx.session.execute(query):
            moved[number] = max(moved[number], at)
    return moved
