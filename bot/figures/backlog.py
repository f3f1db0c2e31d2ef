"""The tickets that were open at the end of a period, and for how long."""

from collections import Counter
from typing import Final

from sqlalchemy.orm import Session

from bot.figures.reading import Scope, open_at

AGES: Final = (1, 3, 7, 30)
"""Days that part young tickets from older ones."""
_DAY: Final = 86_400


class Backlog:
    """How many were open, by priority and assignee.

    `by_age` says how many were younger than each of `AGES`, and not than the one before; the last are older than all.
    """

    def __init__(self) -> None:
        self.open = 0
        self.by_age = [0] * (len(AGES) + 1)
        self.priorities: Counter[str] = Counter()
        self.assignees: Counter[int | None] = Counter()

    def count(self, session: Session, until: int, scope: Scope) -> None:
        """Count what was open right before that second."""
        for row in open_at(session, until, scope, [days * _DAY for days in AGES]):
            self.open += row.times
            self.by_age[row.age] += row.times
            self.priorities[row.priority] += row.times
            self.assignees[row.assignee_id] += row.times
