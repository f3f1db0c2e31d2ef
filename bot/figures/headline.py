"""What stands first: at most five figures, and the five open tickets that need the reader."""

from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Row, case, select
from sqlalchemy.orm import Session

from bot.db.models import OPEN, Person, SlaTarget, Ticket, is_one_of
from bot.figures.month import at_rank
from bot.figures.reading import Scope
from bot.figures.section import Seen
from bot.figures.sections.pace import share
from bot.notice.wording import Text, gettext
from rules.facts import Priority, Status, Target

MOST_TICKETS: Final = 5
_SOONEST: Final = {str(priority): place for place, priority in enumerate(Priority)}


class Figure(Struct, frozen=True):
    """One figure: what it is, its value, and beside it of how many, and what it was before."""

    label: str
    value: str
    beside: str


class Needing(Struct, frozen=True, kw_only=True):
    """An open ticket that needs the reader, and why; `since` is when it was due, or opened."""

    number: int
    subject: str
    priority: str
    overdue: bool
    since: datetime


def headline(seen: Seen) -> list[Figure]:
    """Opened, done, first answers, promises kept, open: each with how many it is of, and the period before."""
    words, now, before = seen.words, seen.figures.now, seen.figures.before
    firsts = [at_rank(figures.kept.first_answers, 0.5) for figures in (now, before)]
    kept = [figures.kept.met(Target.FIRST_RESPONSE) for figures in (now, before)]
    shares = [words.share(share(*one)) for one in kept]
    return [
        _count(seen, gettext("Opened"), now.tally.opened, before.tally.opened),
        _count(seen, gettext("Done"), now.tally.done, before.tally.done),
        _of(
            seen,
            gettext("First answer"),
            words.span(firsts[0]),
            len(now.kept.first_answers),
            words.span(firsts[1]),
        ),
        _of(seen, gettext("Answered in time"), shares[0], kept[0][1], shares[1]),
        _count(seen, gettext("Open at the end"), now.backlog.open, before.backlog.open),
    ]


def headline_of_calls(seen: Seen) -> list[Figure]:
    """Of a report on the telephone alone: calls, those given up, the wait, those answered soon enough, the longest."""
    words, now, before = seen.words, seen.figures.now.calls, seen.figures.before.calls
    limit = seen.office.answer_within
    given_up = [share(len(calls.abandoned), calls.all) for calls in (now, before)]
    soon = [share(calls.answered_within(limit), calls.all) for calls in (now, before)]
    waits = [at_rank(calls.answered, 0.5) for calls in (now, before)]
    longest = [max((*calls.answered, *calls.abandoned), default=None) for calls in (now, before)]
    within = gettext("Answered within %(time)s", time=words.wait(limit))
    return [
        _count(seen, gettext("Calls"), now.all, before.all),
        _of(seen, gettext("Abandoned"), words.share(given_up[0]), now.all, words.share(given_up[1])),
        _of(seen, gettext("Wait"), words.wait(waits[0]), len(now.answered), words.wait(waits[1])),
        _of(seen, within, words.share(soon[0]), now.all, words.share(soon[1])),
        _of(seen, gettext("Longest wait"), words.wait(longest[0]), now.all, words.wait(longest[1])),
    ]


def needing(session: Session, now: datetime, scope: Scope) -> list[Needing]:
    """The open tickets that need somebody: overdue ones, the most pressing first, then the oldest. None is secret."""
    overdue = {row.id: _needing(row, overdue=True) for row in session.execute(_overdue(now, scope))}
    found = list(overdue.values())
    if len(found) < MOST_TICKETS:
        oldest = session.execute(_open(scope).order_by(Ticket.created_at, Ticket.id).limit(2 * MOST_TICKETS))
        found += [_needing(row, overdue=False) for row in oldest if row.id not in overdue]
    return found[:MOST_TICKETS]


def _count(seen: Seen, label: Text, now: int, before: int) -> Figure:
    change = seen.words.change(now, before)
    said = gettext("before: %(before)s", before=seen.words.number(before))
    return Figure(seen.say(label), seen.words.number(now), ", ".join(filter(None, (change, seen.say(said)))))


def _of(seen: Seen, label: Text, value: str, count: int, before: str) -> Figure:
    said = gettext("of %(count)s; before: %(before)s", count=seen.words.number(count), before=before)
    return Figure(seen.say(label), value, seen.say(said))


def _open(scope: Scope) -> Any:  # noqa: ANN401  a select of four columns
    wanted = (
        (Ticket.team, scope.team),
        (Ticket.category, scope.category),
        (Person.department, scope.department),
    )
    return (
        select(Ticket.id, Ticket.subject, Ticket.priority, Ticket.created_at.label("since"))
        .join(Person, Person.id == Ticket.requester_id)
        .where(
            is_one_of(Ticket.status, *OPEN),
            Ticket.status != Status.ON_HOLD,
            Ticket.confidential.is_(False),
            *(column == value for column, value in wanted if value),
        )
    )


def _overdue(now: datetime, scope: Scope) -> Any:  # noqa: ANN401  a select of four columns
    pressing = case(_SOONEST, value=Ticket.priority, else_=len(_SOONEST))
    late = _open(scope).with_only_columns(Ticket.id, Ticket.subject, Ticket.priority, SlaTarget.due_at.label("since"))
    late = late.join(SlaTarget, SlaTarget.ticket_id == Ticket.id)
    due = (is_one_of(SlaTarget.state, "running"), SlaTarget.due_at < now)
    return late.where(*due).order_by(pressing, SlaTarget.due_at, Ticket.id).limit(2 * MOST_TICKETS)


def _needing(row: Row[Any], *, overdue: bool) -> Needing:
    since = row.since.astimezone(UTC)
    return Needing(number=row.id, subject=row.subject, priority=row.priority, overdue=overdue, since=since)
