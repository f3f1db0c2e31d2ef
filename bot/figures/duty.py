"""Who was there to work, quarter of an hour by quarter: by working hours and absences, and who was on call."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import AuditEntry
from bot.figures.reading import QUARTER, Scope
from bot.persons.directory import Agent, Directory
from rules.hours import Calendar
from rules.rota import Rota
from rules.windows import merged, moment

_MICRO: Final = 1_000_000
Spans = Sequence[tuple[int, int]]
"""Stretches of time in seconds since 1970, in order and apart from each other."""


class Office(Struct, frozen=True, kw_only=True):
    """What reports know of the configuration: the clock, the people, when they work who have no hours of their own.

    `answer_within` is the seconds within which a call is to be answered.
    """

    zone: str
    calendar: Calendar
    directory: Directory
    answer_within: int


class Duty:
    """`work` has the agents' seconds at work by quarter of an hour (since 1970); `on_call` the quarters with somebody.

    The people and their hours are those of the configuration now; absences are as they were.
    """

    def __init__(self) -> None:
        self.work: Counter[int] = Counter()
        self.on_call: set[int] = set()

    def count(self, session: Session, office: Office, since: int, until: int, scope: Scope) -> None:
        """Count who was there from a second until before another; of a team, where one is asked for."""
        away = absences(session, until)
        agents = office.directory.of_team(scope.team) if scope.team else office.directory.agents
        for agent in agents:
            if agent.role != "manager":
                for begin, end in _without(_at_work(agent, office, since, until), away.get(agent.handle, ())):
                    self._add(begin, end)
        self._count_on_call(office, away, range(since // QUARTER, -(-until // QUARTER)), scope)

    def _add(self, begin: int, end: int) -> None:
        for quarter in range(begin // QUARTER, -(-end // QUARTER)):
            self.work[quarter] += min(end, (quarter + 1) * QUARTER) - max(begin, quarter * QUARTER)

    def _count_on_call(self, office: Office, away: Mapping[str, Spans], quarters: Iterable[int], scope: Scope) -> None:
        for rota in _rotas(office.directory, scope.team):
            for quarter in quarters:
                at = quarter * QUARTER
                order = rota.order(datetime.fromtimestamp(at, UTC))
                if any(not _is_in(at, away.get(handle, ())) for handle in order):
                    self.on_call.add(quarter)


def absences(session: Session, until: int) -> dict[str, Spans]:
    """When agents were away, by handle, as far as it was known before a second."""
    wanted = (
        AuditEntry.ticket_id.is_(None),
        AuditEntry.action.in_(("away", "back")),
        AuditEntry.at < datetime.fromtimestamp(until, UTC),
    )
    columns = (AuditEntry.at, AuditEntry.action, AuditEntry.details)
    spans: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in session.execute(select(*columns).where(*wanted).order_by(AuditEntry.id)):
        at, known = int(row.at.timestamp()), spans[row.details["agent"]]
        if known and known[-1][1] > at:
            known[-1] = known[-1][0], at
        if row.action == "away":
            known.append((at, int(datetime.fromisoformat(row.details["until"]).timestamp())))
    return {handle: merged(known) for handle, known in spans.items()}


def _rotas(directory: Directory, team: str) -> list[Rota]:
    """Those of a team where it has one, else all."""
    own = directory.teams.get(team)
    if own is not None and own.rota is not None:
        return [own.rota]
    return [one.rota for one in directory.teams.values() if one.rota is not None]


def _at_work(agent: Agent, office: Office, since: int, until: int) -> Iterator[tuple[int, int]]:
    calendar = agent.hours or office.calendar
    for begin, end in calendar.stretches(moment(since * _MICRO), moment(until * _MICRO)):
        yield begin // _MICRO, end // _MICRO


def _without(spans: Iterable[tuple[int, int]], away: Spans) -> Iterator[tuple[int, int]]:
    """What of the stretches is left beside those others."""
    for start, end in spans:
        begin = start
        for gone, back in away:
            if gone < end and back > begin:
                if gone > begin:
                    yield begin, gone
                begin = back
        if begin < end:
            yield begin, end


def _is_in(at: int, spans: Spans) -> bool:
    return any(begin <= at < end for begin, end in spans)
