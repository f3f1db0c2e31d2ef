"""The arithmetic of what was promised for a ticket, line by line, from what was in force then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from bot.actions import actions
from bot.cause import Cause
from bot.config import SlaSettings
from bot.db.models import Book, SlaTarget, Ticket
from bot.db.models import Event as EventRow
from bot.judging.events import facts_now
from bot.timing import sla
from rules.durations import parse_duration
from rules.facts import Facts, Priority, Target
from rules.hours import WEEKDAYS, Calendar, CalendarSettings, build_calendar
from rules.loader import load_stored
from rules.policies import Policy, completed, pick, same_for_all
from rules.problems import RuleBookError
from rules.sla import Course, History, Terms, parts, terms, used_up

_read_facts = msgspec.json.Decoder(Facts).decode


class Content(Struct, frozen=True):
    """What is kept of what was once in force."""

    books: str
    calendar: CalendarSettings
    sla: SlaSettings
    calendars: dict[str, CalendarSettings] = {}


class InForce(Struct, frozen=True, kw_only=True):
    """The policies and calendars that were in force under a hash, or that are now."""

    hash: str
    policies: Sequence[Policy]
    standard: Policy
    settings: Mapping[str, CalendarSettings]

    def named(self, name: str) -> Policy:
        """The policy of that name, with what the configuration adds to it."""
        found = next((policy for policy in self.policies if policy.name == name), None)
        return completed(found, self.standard) if found else self.standard

    def choice(self, facts: Facts) -> list[dict[str, Any]]:
        """Each policy that is looked at with these facts, up to the first that holds."""
        found = pick(self.policies, facts)
        looked_at = self.policies if found is None else self.policies[: self.policies.index(found) + 1]
        return [
            {"policy": one.name, "book": one.book, "when": one.when.source if one.when else "", "holds": one is found}
            for one in looked_at
        ]

    def calendar(self, policy: Policy) -> tuple[str, Calendar]:
        """The name of the calendar that a policy counts in, empty for the desk's own, and the calendar."""
        name = policy.calendar if policy.calendar in self.settings else ""
        return name, build_calendar(self.settings[name])


def explain(cause: Cause, ticket: Ticket) -> dict[str, Any]:
    """Every promise that was made for the ticket: the policy and why, the time piece by piece, and what came of it."""
    cause.tx.flush()
    history, targets = sla.history_of(cause, ticket), sla.targets_of(cause, ticket)
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "status": str(ticket.status),
        "priority": ticket.priority,
        "opened_at": ticket.created_at.isoformat(),
        "zone": cause.desk.config.desk.zone,
        "now": cause.now.isoformat(),
        "targets": [_explained(cause, ticket, history, target) for target in targets],
    }


def _explained(cause: Cause, ticket: Ticket, history: History, target: SlaTarget) -> dict[str, Any]:
    course = Course(Target(target.kind), target.started_at, target.ended_at, dropped=target.state == "dropped")
    said: dict[str, Any] = {
        "target": target.kind,
        "state": target.state,
        "policy": target.policy,
        "priority": target.priority,
        "book": target.book,
        "started_at": target.started_at.isoformat(),
        "ended_at": _written(target.ended_at),
        "due_at": _written(target.due_at),
        "breached_at": _written(target.breached_at),
        "used_seconds": target.used_seconds,
    }
    in_force = _in_force(cause, target.book)
    if in_force is None:
        return said | {"why_not": "what was in force then cannot be read any more"}
    policy, steps = in_force.named(target.policy), in_force.choice(_facts_then(cause, ticket, target))
    name, calendar = in_force.calendar(policy)
    found = terms(policy, course.target, Priority(target.priority), calendar)
    said |= {"chosen": steps, "calendar": name, "hours": _hours(in_force.settings[name])}
    if found is None:
        return said | {"why_not": f"{policy.name} promises nothing here any more"}
    return said | _arithmetic(cause, course, found, policy, sla.until(history, target.ended_at or cause.now))


def _arithmetic(cause: Cause, course: Course, found: Terms, policy: Policy, history: History) -> dict[str, Any]:
    pieces = list(parts(course, found, history, cause.now))
    spent = sum((piece.open for piece in pieces if piece.counts), timedelta(0))
    shares = ((share, used_up(course, found, history, share)) for share in policy.warn_at)
    return {
        "promise": str(found.promise),
        "business": found.promise.business,
        "promised_seconds": round(found.length.total_seconds()),
        "pauses": [str(status) for status in policy.pauses],
        "spent_seconds": round(spent.total_seconds()),
        "parts": [
            {
                "status": str(piece.status),
                "from": piece.started_at.isoformat(),
                "to": piece.ended_at.isoformat(),
                "open_seconds": round(piece.open.total_seconds()),
                "counts": piece.counts,
            }
            for piece in pieces
        ],
        "warnings": [{"share": share, "at": _written(moment)} for share, moment in shares],
    }


def _in_force(cause: Cause, book: str) -> InForce | None:
    """What was in force under this hash; None where it cannot be read by this version."""
    desk = cause.desk
    if book == desk.books.hash:
        settings = {"": desk.config.calendar, **desk.config.calendars}
        return InForce(hash=book, policies=desk.books.policies, standard=desk.policy, settings=settings)
    row = cause.tx.session.get(Book, book)
    if row is None:
        return None
    try:
        content = msgspec.json.decode(row.content, type=Content)
        books = load_stored(content.books, actions())
    except (msgspec.ValidationError, RuleBookError):
        return None
    standard = Policy(first_response=same_for_all(parse_duration(content.sla.first_response)))
    settings = {"": content.calendar, **content.calendars}
    return InForce(hash=book, policies=books.policies, standard=standard, settings=settings)


def _facts_then(cause: Cause, ticket: Ticket, target: SlaTarget) -> Facts:
    """What was known of the ticket when the target ended; of one that runs, what is known now."""
    if target.ended_at is not None:
        told = select(EventRow.facts).where(EventRow.ticket_id == ticket.id, EventRow.at <= target.ended_at)
        row = cause.tx.session.scalar(told.order_by(EventRow.id.desc()).limit(1))
        if row is not None:
            return _read_facts(row)
    return facts_now(cause, ticket)


def _hours(settings: CalendarSettings) -> str:
    """Business hours in one line: days that are alike together, such as `mon–fri 08:00-17:00`."""
    if not settings.hours:
        return f"always open ({settings.zone})"
    days = [(day, ", ".join(settings.hours.get(day, []))) for day in WEEKDAYS]
    shown = ", ".join(f"{span} {hours}" for span, hours in _together(days))
    holidays = f", holidays {settings.holidays}" if settings.holidays else ""
    return f"{shown} ({settings.zone}{holidays})"


def _together(days: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    runs: list[tuple[str, str, str]] = []
    for day, hours in days:
        if runs and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    for first, last, hours in runs:
        if hours:
            yield (first if first == last else f"{first}–{last}"), hours


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
