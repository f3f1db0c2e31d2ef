"""What happened in a period, counted in one pass over its milestones, the newest first.

What was opened is counted under what was so of it at the end of the period, and everything else under what was so when
it happened; so neither changes later. Merged tickets and spam are not counted.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.figures.reading import Scope
from bot.milestones import Happened
from rules.facts import Status

_QUARTER: Final = 900
"""Seconds in which no zone changes its clock: the hour is worked out once for each."""
_CONTACT: Final = int(Happened.OPENED | Happened.RECEIVED)
_DONE_STATUSES: Final = frozenset({str(Status.SOLVED), str(Status.CLOSED)})


def seconds() -> "array[int]":
    """A list of whole seconds, eight bytes each."""
    return array("q")


class Tally:
    """All that is counted in a period. `worked` holds the seconds from opening to done; counters say of what."""

    def __init__(self, since: int, zone: str) -> None:
        self.opened = 0
        self.opened_as: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.hours: Counter[tuple[int, int]] = Counter()
        self.contacts: Counter[tuple[str, int]] = Counter()
        self.unanswered_open = 0
        self.unanswered_done = 0
        self.done = 0
        self.worked = seconds()
        self.worked_on: defaultdict[str, array[int]] = defaultdict(seconds)
        self.done_in_tier: Counter[int] = Counter()
        self.done_by: Counter[int] = Counter()
        self.answers_by: Counter[int] = Counter()
        self.answers = 0
        self.done_escalated = 0
        self.escalated = 0
        self.handed_back = 0
        self.reopened = 0
        self.macros: Counter[str] = Counter()
        self.done_as: Counter[str] = Counter()
        self.assets: Counter[int] = Counter()
        self.askers: Counter[tuple[int, str]] = Counter()
        self.departments: Counter[tuple[str, str]] = Counter()
        self._since = since
        self._zone = ZoneInfo(zone)
        self._hours: dict[int, tuple[int, int]] = {}

    def count(self, rows: Iterable[Any], scope: Scope) -> None:
        """Count these milestones, the newest first, as far as they are in the scope."""
        seen: set[int] = set()
        everything = not scope
        for row in rows:
            last = row.ticket_id not in seen
            if last:
                seen.add(row.ticket_id)
            if row.void or not (everything or scope.has(row)):
                continue
            if last and row.opened_at >= self._since:
                self._count_opened(row)
            if row.happened != Happened.CHANGED:
                self._count_happened(row)

    def _count_opened(self, row: Any) -> None:  # noqa: ANN401  a row of `reading.COLUMNS`
        self.opened += 1
        category, department = row.category or "", row.department or ""
        for what, value in (
            ("category", category),
            ("team", row.team or ""),
            ("department", department),
            ("priority", row.priority),
        ):
            self.opened_as[what][value] += 1
        self.hours[self._hour(row.opened_at)] += 1
        if not row.answered:
            if row.status in _DONE_STATUSES:
                self.unanswered_done += 1
            else:
                self.unanswered_open += 1
        if row.asset_id is not None:
            self.assets[row.asset_id] += 1
        if not row.confidential:
            self.askers[row.requester_id, category] += 1
            self.departments[department, category] += 1

    def _count_happened(self, row: Any) -> None:  # noqa: ANN401  same
        happened = row.happened
        if happened & _CONTACT:
            self.contacts[row.channel, self._hour(row.at)[1]] += 1
        if happened & Happened.ANSWERED:
            self.answers += 1
            if row.agent_id is not None:
                self.answers_by[row.agent_id] += 1
        if happened & Happened.DONE:
            self._count_done(row)
        self.escalated += bool(happened & Happened.ESCALATED)
        self.handed_back += bool(happened & Happened.HANDED_BACK)
        self.reopened += bool(happened & Happened.REOPENED)
        if happened & Happened.MACRO:
            self.macros[row.category or ""] += 1

    def _count_done(self, row: Any) -> None:  # noqa: ANN401  same
        self.done += 1
        self.done_escalated += row.escalated > 0
        self.done_in_tier[row.tier] += 1
        self.done_as[row.category or ""] += 1
        doer = row.agent_id or row.assignee_id
        if doer is not None:
            self.done_by[doer] += 1
        if row.seconds is not None:
            self.worked.append(row.seconds)
            self.worked_on[row.category or ""].append(row.seconds)

    def _hour(self, at: int) -> tuple[int, int]:
        """The weekday, Monday being 0, and the hour on the desk's clock."""
        quarter = at // _QUARTER
        if quarter not in self._hours:
            here = datetime.fromtimestamp(at, self._zone)
            self._hours[quarter] = here.weekday(), here.hour
        return self._hours[quarter]
