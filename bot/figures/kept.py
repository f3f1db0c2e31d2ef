"""Promises that ended in a period, kept or not, and how long first answers took."""

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from bot.db.models import Milestone, SlaTarget
from bot.figures.reading import Scope, streamed
from bot.figures.tally import seconds
from rules.facts import Target


class Kept:
    """Promises by target, priority and outcome (`met`, `missed`); `first_answers` are in seconds of their promise."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self.first_answers: array[int] = seconds()

    def count(self, session: Session, since: int, until: int, scope: Scope) -> None:
        """Count the promises that ended from a second until before another."""
        for row in _ended(session, since, until, scope):
            self.outcomes[row.kind, row.priority, row.state] += 1
            if row.kind == Target.FIRST_RESPONSE and row.used_seconds is not None:
                self.first_answers.append(row.used_seconds)

    def met(self, target: str, priority: str = "") -> tuple[int, int]:
        """How many were kept, and how many there were; of one priority, or of all."""
        met, all_ = 0, 0
        for (kind, of, state), count in self.outcomes.items():
            if kind == target and priority in {"", of}:
                all_ += count
                met += count if state == "met" else 0
        return met, all_


def _ended(session: Session, since: int, until: int, scope: Scope) -> Iterator[Row[Any]]:
    """Each with what was so of its ticket at the end of the period, where that is asked for."""
    begin, end = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
    columns = (SlaTarget.kind, SlaTarget.priority, SlaTarget.state, SlaTarget.used_seconds)
    ended = (
        SlaTarget.ended_at.is_not(None),
        SlaTarget.ended_at >= begin,
        SlaTarget.ended_at < end,
        SlaTarget.state.in_(("met", "missed")),
    )
    if scope == Scope():
        return streamed(session, select(*columns).where(*ended))
    then = (Milestone.ticket_id == SlaTarget.ticket_id, Milestone.at < until, Milestone.until >= until)
    joined = select(*columns).join(Milestone, and_(*then))
    return streamed(session, joined.where(*ended, *scope.conditions()))
