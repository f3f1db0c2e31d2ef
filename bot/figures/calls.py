"""Calls that the telephone system has logged: answered or given up, and after how long."""

from array import array
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import PhoneCall
from bot.figures.reading import QUARTER, Scope, streamed
from bot.figures.tally import seconds

PHONE = "phone"
"""The channel of calls, and of tickets that agents opened for who called."""


class Calls:
    """The calls of a period: seconds waited until they were answered or given up, and talked; when, and by whom.

    A log says of no call what category it is of, nor whose department: in such a scope there are none.
    """

    def __init__(self) -> None:
        self.answered: array[int] = seconds()
        self.abandoned: array[int] = seconds()
        self.talks: array[int] = seconds()
        self.quarters: Counter[int] = Counter()
        self.abandoned_in: Counter[int] = Counter()
        self.answered_by: Counter[int] = Counter()

    @property
    def all(self) -> int:
        """How many calls there were."""
        return len(self.answered) + len(self.abandoned)

    def count(self, session: Session, since: int, until: int, scope: Scope) -> None:
        """Count the calls that began from a second until before another; of a team, where one is asked for."""
        if scope.category or scope.department:
            return
        columns = (PhoneCall.at, PhoneCall.answered, PhoneCall.wait, PhoneCall.talk, PhoneCall.agent_id)
        wanted = [PhoneCall.at >= since, PhoneCall.at < until]
        wanted += [PhoneCall.team == scope.team] if scope.team else []
        for row in streamed(session, select(*columns).where(*wanted)):
            (self.answered if row.answered else self.abandoned).append(row.wait)
            self.quarters[row.at // QUARTER] += 1
            self.abandoned_in[row.at // QUARTER] += not row.answered
            if row.talk is not None and row.answered:
                self.talks.append(row.talk)
            if row.agent_id is not None and row.answered:
                self.answered_by[row.agent_id] += 1

    def answered_within(self, limit: int) -> int:
        """How many were answered within so many seconds."""
        return sum(wait <= limit for wait in self.answered)
