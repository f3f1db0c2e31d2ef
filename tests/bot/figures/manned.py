"""People who work at the made desk: when they do as the desk is told, and the same worked out minute by minute."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.db.models import AuditEntry
from bot.db.store import Store
from bot.figures.duty import Office
from bot.persons.directory import Agent, Directory, Team
from rules.hours import Calendar, CalendarSettings, build_calendar
from rules.rota import build_rota
from tests.bot.figures import made

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED = date(2026, 10, 14)
ANSWER_WITHIN = 30


@dataclass(frozen=True)
class Worker:
    """Somebody who works from one minute of some weekdays until another, which may be one of the next day."""

    handle: str
    person: int
    teams: tuple[str, ...]
    days: tuple[int, ...]
    begin: int
    end: int
    role: str = "agent"
    own: bool = True


ANNA = Worker("anna", 101, ("field",), (0, 1, 2, 3, 4), 8 * 60, 16 * 60 + 30)
BEN = Worker("ben", 102, (), (0, 1, 2, 3, 4), 9 * 60, 17 * 60, own=False)
CARL = Worker("carl", 103, ("field",), (3, 5), 22 * 60, 30 * 60)
LEA = Worker("lea", 104, ("field",), (0, 1, 2, 3, 4, 5, 6), 0, 24 * 60, role="manager")
WORKERS = (ANNA, BEN, CARL, LEA)
AWAY = {
    "anna": ((datetime(2026, 10, 5, 8, 7, tzinfo=UTC), datetime(2026, 10, 7, 10, 30, tzinfo=UTC)),),
    "ben": ((datetime(2026, 9, 28, 6, tzinfo=UTC), datetime(2026, 10, 2, 22, tzinfo=UTC)),),
    "carl": ((datetime(2026, 10, 6, tzinfo=UTC), datetime(2026, 10, 8, tzinfo=UTC)),),
}
SAID = (
    ("ben", "away", AWAY["ben"][0][0], AWAY["ben"][0][1]),
    ("anna", "away", AWAY["anna"][0][0], datetime(2026, 10, 9, 22, tzinfo=UTC)),
    ("carl", "away", AWAY["carl"][0][0], datetime(2026, 10, 7, tzinfo=UTC)),
    ("carl", "away", datetime(2026, 10, 6, 5, tzinfo=UTC), AWAY["carl"][0][1]),
    ("anna", "back", AWAY["anna"][0][1], None),
)
"""What agents said of their absence, and when: the second word on it changes the first, and anna is back early."""


@cache
def office() -> Office:
    """The desk: anna and carl take turns to be on call for their team."""
    rota = build_rota(["anna", "carl"], "2026-09-28", {}, ZoneInfo(made.ZONE))
    return Office(
        zone=made.ZONE,
        calendar=_calendar(BEN, closed=[CLOSED.isoformat()]),
        directory=Directory([_agent(one) for one in WORKERS], 9, [Team(name="field", rota=rota), Team(name="other")]),
        answer_within=ANSWER_WITHIN,
    )


def _agent(one: Worker) -> Agent:
    return Agent(
        person_id=one.person,
        handle=one.handle,
        name=one.handle.title(),
        email=f"{one.handle}@example.org",
        tier=1,
        teams=one.teams,
        role=one.role,
        medium="email",
        language=None,
        zone=None,
        hours=_calendar(one) if one.own else None,
    )


def _calendar(one: Worker, closed: list[str] | None = None) -> Calendar:
    window = f"{one.begin // 60:02}:{one.begin % 60:02}-{one.end // 60 % 24 or 24:02}:{one.end % 60:02}"
    hours = {WEEKDAYS[day]: [window] for day in one.days}
    return build_calendar(CalendarSettings(zone=made.ZONE, hours=hours, closed=closed or []))


def write_absences(store: Store) -> None:
    """What agents said, in the audit."""
    rows = [
        AuditEntry(
            id=place,
            ticket_id=None,
            at=at,
            actor=handle,
            action=action,
            details={"agent": handle, **({"until": until.isoformat()} if until else {})},
            event_id=None,
        )
        for place, (handle, action, at, until) in enumerate(SAID, 1)
    ]
    store.run(lambda tx: tx.session.add_all(rows))


def is_away(handle: str, at: datetime) -> bool:
    return any(begin <= at < end for begin, end in AWAY.get(handle, ()))


def at_work(one: Worker, at: datetime) -> bool:
    """Whether somebody works in this minute, asked of the clock on the wall."""
    here = at.astimezone(ZoneInfo(made.ZONE))
    minute, yesterday = here.hour * 60 + here.minute, here.date() - timedelta(days=1)
    today = here.weekday() in one.days and one.begin <= minute < one.end
    last_night = yesterday.weekday() in one.days and minute + 1440 < one.end
    closed = not one.own and here.date() == CLOSED
    return (today or last_night) and not closed and not is_away(one.handle, at)


def on_call(at: datetime) -> bool:
    """Whether anna or carl is there to be called."""
    return not (is_away("anna", at) and is_away("carl", at))
