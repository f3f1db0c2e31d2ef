"""What happened in a period, counted from its milestones.

What was opened is counted under what was so of it at the end of the period, and everything else under what was so when
it happened; so neither changes later. Merged tickets and spam are not counted.
"""

from array import array
from collections import Counter, defaultdict
from typing import Any, Final

from sqlalchemy.orm import Session

from bot.figures import reading
from bot.figures.clock import Clock
from bot.figures.milestones import Happened
from bot.figures.periods import Period
from bot.figures.reading import Scope
from rules.facts import Status

_DONE_STATUSES: Final = frozenset({str(Status.SOLVED), str(Status.CLOSED)})


def seconds() -> "array[int]":
    """A list of whole seconds, eight bytes each."""
    return array("q")


class Tally:
    """All that is counted in a period. `worked` holds the seconds from opening to done; counters say of what.

    `contacts` are by channel and quarter of an hour (since 1970), `hours` by weekday and hour.
    """

    def __init__(self) -> None:
        self.opened = 0
        self.opened_as: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.hours: Counter[tuple[int, int]] = Counter()
        self.contacts: Counter[tuple[str, int]] = Counter()
        self.unanswered_open = 0
        self.unanswered_done = 0
        self.worked = seconds()
        self.worked_on: defaultdict[str, array[int]] = defaultdict(seconds)
        self.done = 0
        self.done_escalated = 0
        self.done_in_tier: Counter[int] = Counter()
        self.done_as: Counter[str] = Counter()
        self.done_by: Counter[int] = Counter()
        self.answers = 0
        self.answers_by: Counter[int] = Counter()
        self.escalated = 0
        self.handed_back = 0
        self.reopened = 0
        self.macros: Counter[str] = Counter()
        self.assets: Counter[int] = Counter()
        self.askers: Counter[tuple[int, str]] = Counter()
        self.departments: Counter[tuple[str, str]] = Counter()

    def count(self, session: Session, period: Period, scope: Scope) -> None:
        """Count what happened in a period, as far as it is in the scope; not at which hours, nor who asked."""
        asked = session, period.since, period.until, scope
        for row in reading.opened(*asked):
            self._count_opened(row)
        for row in reading.happenings(*asked):
            self._count_happened(row)
        for row in reading.worked(*asked):
            self.worked.append(row.seconds)
            self.worked_on[row.category or ""].append(row.seconds)

    def count_details(self, session: Session, period: Period, scope: Scope) -> None:
        """Count at which hours of the period it happened, and who asked for what."""
        asked = session, period.since, period.until, scope
        clock = Clock(period.zone)
        for row in reading.openings(*asked):
            self.hours[clock.hour(row.quarter)] += row.times
        for row in reading.contacts(*asked):
            self.contacts[row.channel, row.quarter] += row.times
        for row in reading.askers(*asked):
            self.askers[row.requester_id, row.category or ""] += row.times

    def _count_opened(self, row: Any) -> None:  # noqa: ANN401  a row of `reading.opened`
        category, department, times = row.category or "", row.department or "", row.times
        self.opened += times
        self.opened_as["category"][category] += times
        self.opened_as["team"][row.team or ""] += times
        self.opened_as["department"][department] += times
        self.opened_as["priority"][row.priority] += times
        if not row.answered:
            if row.status in _DONE_STATUSES:
                self.unanswered_done += times
            else:
                self.unanswered_open += times
        if row.asset_id is not None:
            self.assets[row.asset_id] += times
        if not row.confidential:
            self.departments[department, category] += times

    def _count_happened(self, row: Any) -> None:  # noqa: ANN401  a row of `reading.happenings`
        happened, times = Happened(row.happened), row.times
        if Happened.ANSWERED in happened:
            self.answers += times
            if row.agent_id is not None:
                self.answers_by[row.agent_id] += times
        if Happened.DONE in happened:
            self._count_done(row)
        self.escalated += times if Happened.ESCALATED in happened else 0
        self.handed_back += times if Happened.HANDED_BACK in happened else 0
        self.reopened += times if Happened.REOPENED in happened else 0
        if Happened.MACRO in happened:
            self.macros[row.category or ""] += times

    def _count_done(self, row: Any) -> None:  # noqa: ANN401  same
        self.done += row.times
        self.done_escalated += row.times if row.escalated else 0
        self.done_in_tier[row.tier] += row.times
        self.done_as[row.category or ""] += row.times
        doer = row.agent_id or row.assignee_id
        if doer is not None:
            self.done_by[doer] += row.times
