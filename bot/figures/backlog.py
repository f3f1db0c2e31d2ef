"""The tickets that were open at the end of a period, and for how long.

Those open now, to which nothing happened since, were open then as they are; of the others, their last milestone before
that moment says. So a moment that has just passed costs what is open, and an old one what happened since.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from bot.db.models import OPEN, Milestone, Person, Ticket, is_one_of
from bot.figures.reading import Scope, as_they_stood, streamed
from bot.figures.tally import seconds

AGES: Final = (1, 3, 7, 30)
"""Days that part young tickets from older ones."""
_DAY: Final = 86_400


class Backlog:
    """How many were open, by priority, team and assignee; `ages` are in seconds, on the clock."""

    def __init__(self) -> None:
        self.ages: array[int] = seconds()
        self.priorities: Counter[str] = Counter()
        self.teams: Counter[str] = Counter()
        self.assignees: Counter[int | None] = Counter()

    def count(self, session: Session, until: int, scope: Scope) -> None:
        """Count what was open right before that second."""
        changed = _changed_since(session, until)
        for row in _open_now(session, until):
            if row.ticket_id not in changed:
                self._note(row, round(row.created_at.timestamp()), until, scope)
        for row in as_they_stood(session, sorted(changed), until):
            if row.status in OPEN and not row.void:
                self._note(row, row.opened_at, until, scope)

    @property
    def by_age(self) -> list[int]:
        """How many were younger than each of `AGES` and not than the one before; the last are older than all."""
        counts = [0] * (len(AGES) + 1)
        for age in self.ages:
            counts[sum(age >= days * _DAY for days in AGES)] += 1
        return counts

    def _note(self, row: Any, opened_at: int, until: int, scope: Scope) -> None:  # noqa: ANN401  of either question
        if scope.has(row):
            self.ages.append(until - opened_at)
            self.priorities[row.priority] += 1
            self.teams[row.team or ""] += 1
            self.assignees[row.assignee_id] += 1


def _changed_since(session: Session, until: int) -> set[int]:
    """The tickets opened before that second to which something happened since."""
    wanted = select(Milestone.ticket_id).where(Milestone.at >= until, Milestone.opened_at < until).distinct()
    return {row.ticket_id for row in streamed(session, wanted)}


def _open_now(session: Session, until: int) -> Iterator[Row[Any]]:
    wanted = select(
        Ticket.id.label("ticket_id"),
        Ticket.created_at,
        Ticket.priority,
        Ticket.team,
        Ticket.category,
        Ticket.assignee_id,
        func.coalesce(Person.department, "").label("department"),
    )
    opened = wanted.join(Person, Person.id == Ticket.requester_id)
    before = datetime.fromtimestamp(until, UTC)
    return streamed(session, opened.where(is_one_of(Ticket.status, *OPEN), Ticket.created_at < before))
