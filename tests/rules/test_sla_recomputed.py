"""Promises worked out from a history: the same as kept step by step, and as counted minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.durations import Duration, Unit, parse_duration
from rules.facts import Priority, Status, Target
from rules.hours import WEEKDAYS, Calendar, CalendarSettings, build_calendar
from rules.policies import Policy, same_for_all
from rules.sla import Course, History, Reply, Stretch, courses, parts, terms, used, used_up
from rules.windows import parse_window

MINUTE = timedelta(minutes=1)
OPENED = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
OFFICE = CalendarSettings(hours={day: ["08:00-12:00", "13:00-17:00"] for day in WEEKDAYS[:5]})
CALENDARS = {
    "office": OFFICE,
    "nights": CalendarSettings(hours={day: ["22:00-06:00"] for day in WEEKDAYS}),
    "weekend": CalendarSettings(hours={"sat": ["20:00-02:30"], "sun": ["01:00-04:00"]}, zone="Europe/Berlin"),
    "new york": CalendarSettings(zone="America/New_York", hours={day: ["09:00-17:00"] for day in WEEKDAYS}),
    "holidays": CalendarSettings(hours=OFFICE.hours, holidays="DE-BE", closed=["2026-10-26"]),
    "always": CalendarSettings(zone="UTC"),
}
BUILT = {name: build_calendar(one) for name, one in CALENDARS.items()}


# ------------------------------------------------------------------- the definition, minute by minute


def is_open(settings: CalendarSettings, wall: datetime) -> bool:
    """Whether a time on the wall is open, from the definition: it lies in a window of its day or of the day before."""
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        if day.isoformat() in settings.closed or (settings.holidays and is_holiday(settings.holidays, day)):
            continue
        for text in settings.hours.get(WEEKDAYS[day.weekday()], []):
            window = parse_window(text)
            minute = wall.hour * 60 + wall.minute + back * 1440
            if window.start <= minute < window.end:
                return True
    return not settings.hours


def is_holiday(code: str, day: date) -> bool:
    from holidays import country_holidays

    country, _, region = code.partition("-")
    return day in country_holidays(country, subdiv=region or None)


def minutes(settings: CalendarSettings, course: Course, pauses: tuple[Status, ...], history: History) -> int:
    """The minutes of a course that count, one after the other, by the furthest time that clocks have shown."""
    end = course.ended_at
    assert end is not None
    count, at, shown = 0, course.started_at - timedelta(days=1), datetime.min  # noqa: DTZ901  a time on the wall
    while at < end:
        shown = max(shown, at.astimezone(ZoneInfo(settings.zone)).replace(tzinfo=None))
        if at >= course.started_at:
            status = next(one.status for one in reversed(history.stretches) if one.started_at <= at)
            count += status not in pauses and is_open(settings, shown)
        at += MINUTE
    return count


MEDIUM = (Target.RESOLUTION, Priority.MEDIUM)
TABLE = [
    # calendar, from, to, minutes: windows, nights, both changes of the clocks, holidays, zones
    ("office", "2026-11-20T14:00Z", "2026-11-23T09:00Z", 120 + 120),
    ("office", "2026-11-20T10:30Z", "2026-11-20T12:30Z", 30 + 30),
    ("nights", "2026-11-20T20:00Z", "2026-11-21T06:00Z", 8 * 60),
    ("nights", "2026-10-24T12:00Z", "2026-10-25T12:00Z", 9 * 60),
    ("nights", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 7 * 60),
    ("weekend", "2026-03-28T12:00Z", "2026-03-29T12:00Z", 6 * 60 + 60),
    ("new york", "2026-10-30T00:00Z", "2026-11-03T00:00Z", 4 * 8 * 60),
    ("holidays", "2026-12-24T07:00Z", "2026-12-28T08:00Z", 8 * 60 + 60),
    ("holidays", "2026-10-23T06:00Z", "2026-10-27T08:00Z", 8 * 60 + 60),
    ("always", "2026-10-24T12:00Z", "2026-10-25T12:00Z", 24 * 60),
]


@pytest.mark.covers("H8", "must:business-time")
@pytest.mark.parametrize(("name", "start", "end", "expected"), TABLE)
def test_business_time_as_counted_minute_by_minute(name: str, start: str, end: str, expected: int) -> None:
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    history = History(opened_at=first, stretches=(Stretch(Status.NEW, first),))
    course = Course(Target.RESOLUTION, first, last)
    found = terms(Policy(resolution=same_for_all(parse_duration("1 business day"))), *MEDIUM, BUILT[name])
    assert found is not None
    assert used(course, found, history, last) == expected * MINUTE
    assert minutes(CALENDARS[name], course, (), history) == expected


# ----------------------------------------------------------------------------------- step by step

STATUSES = [status for status in Status if status is not Status.NEW]
POLICY = Policy(
    next_reply=same_for_all(Duration(3, Unit.HOUR, business=True)),
    first_response=same_for_all(Duration(4, Unit.HOUR, business=True)),
    resolution=same_for_all(Duration(2, Unit.DAY, business=True)),
    pauses=(Status.WAITING_REQUESTER, Status.ON_HOLD),
)


class StepByStep:
    """A desk that keeps promises as it goes: a sum of time for each, added to whenever something happens."""

    def __init__(self, calendar: Calendar, opened_at: datetime) -> None:
        self.calendar, self.now, self.status = calendar, opened_at, Status.NEW
        self.running = {(Target.FIRST_RESPONSE, opened_at): timedelta(0), (Target.RESOLUTION, opened_at): timedelta(0)}
        self.ended: dict[tuple[Target, datetime], timedelta] = {}
        self.first: datetime | None = None

    def step(self, at: datetime) -> None:
        """Time passes."""
        if not POLICY.stands_still_in(self.status):
            passed = self.calendar.between(self.now, at)
            self.running = {key: spent + passed for key, spent in self.running.items()}
        self.now = at

    def moves(self, status: Status) -> None:
        key = next(key for key in (*self.running, *self.ended) if key[0] is Target.RESOLUTION)
        done, was_done = POLICY_STOPS(status), POLICY_STOPS(self.status)
        if done and not was_done:
            self.ended[key] = self.running.pop(key)
        elif was_done and not done:
            self.running[key] = self.ended.pop(key)
        self.status = status

    def asked(self) -> None:
        waits = any(key[0] is not Target.RESOLUTION for key in self.running)
        if self.first is not None and not waits:
            self.running[Target.NEXT_REPLY, self.now] = timedelta(0)

    def answered(self) -> None:
        self.first = self.first or self.now
        for key in [key for key in self.running if key[0] is not Target.RESOLUTION]:
            self.ended[key] = self.running.pop(key)


def POLICY_STOPS(status: Status) -> bool:  # noqa: N802  a table of two
    return status in (Status.SOLVED, Status.CLOSED)


HAPPENINGS = st.lists(
    st.tuples(
        st.integers(1, 2 * 1440),
        st.one_of(
            st.sampled_from([one for one in STATUSES if one is not Status.CLOSED]), st.just("ask"), st.just("reply")
        ),
    ),
    max_size=12,
)


def played(happenings: list[tuple[int, str]], calendar: Calendar) -> tuple[StepByStep, History]:
    """The same story, told to the desk that keeps sums, and written down as a history."""
    desk, stretches = StepByStep(calendar, OPENED), [Stretch(Status.NEW, OPENED)]
    asked: list[datetime] = []
    replies: list[Reply] = []
    at = OPENED
    for wait, what in happenings:
        at += wait * MINUTE
        desk.step(at)
        if what == "ask":
            desk.asked()
            asked.append(at)
        elif what == "reply":
            desk.answered()
            replies.append(Reply(at, at))
        elif what != desk.status:
            desk.moves(Status(what))
            stretches[-1] = replace(stretches[-1], ended_at=at)
            stretches.append(Stretch(Status(what), at))
    desk.step(at + 600 * MINUTE)
    history = History(opened_at=OPENED, stretches=tuple(stretches), asked=tuple(asked), replies=tuple(replies))
    return desk, history


@pytest.mark.covers("H8", "must:sla-recomputed")
@settings(deadline=None)
@given(HAPPENINGS, st.sampled_from(sorted(BUILT)))
def test_recomputed_is_the_same_as_kept_step_by_step(happenings: list[tuple[int, str]], name: str) -> None:
    desk, history = played(happenings, BUILT[name])
    expected = {key: (spent, False) for key, spent in desk.running.items()}
    expected |= {key: (spent, True) for key, spent in desk.ended.items()}
    found = {}
    for course in courses(history):
        kept = terms(POLICY, course.target, Priority.LOW, BUILT[name])
        assert kept is not None
        found[course.target, course.started_at] = (used(course, kept, history, desk.now), course.ended_at is not None)
    assert found == expected


@pytest.mark.covers("must:sla-recomputed")
@settings(deadline=None)
@given(HAPPENINGS, st.sampled_from(sorted(BUILT)), st.floats(0.01, 1))
def test_the_due_moment_is_when_the_time_is_used_up(happenings: list[tuple[int, str]], name: str, share: float) -> None:
    desk, history = played(happenings, BUILT[name])
    course = Course(Target.RESOLUTION, OPENED)
    kept = terms(POLICY, Target.RESOLUTION, Priority.LOW, BUILT[name])
    assert kept is not None
    moment = used_up(course, kept, history, share)
    spent = used(course, kept, history, desk.now)
    if moment is None:
        assert POLICY.stands_still_in(history.stretches[-1].status)
        assert spent < kept.length * share
    else:
        assert used(course, kept, history, moment) == kept.length * share
        assert used(course, kept, history, moment - timedelta(microseconds=1)) < kept.length * share


# ------------------------------------------------------------------------------------------- single cases


def history(
    *stretches: tuple[Status, int], asked: tuple[int, ...] = (), replies: tuple[tuple[int, int], ...] = ()
) -> History:
    """A history in hours after the opening."""

    def hour(number: int) -> datetime:
        return OPENED + timedelta(hours=number)

    starts = [hour(start) for _, start in stretches]
    ends = [*starts[1:], None]
    return History(
        opened_at=OPENED,
        stretches=tuple(
            Stretch(status, start, end) for (status, _), start, end in zip(stretches, starts, ends, strict=True)
        ),
        asked=tuple(map(hour, asked)),
        replies=tuple(Reply(hour(said), hour(taken)) for said, taken in replies),
    )


def hours(courses: list[Course]) -> list[tuple[str, int, int | None, bool]]:
    def number(at: datetime) -> int:
        return (at - OPENED) // timedelta(hours=1)

    return [
        (str(one.target), number(one.started_at), number(one.ended_at) if one.ended_at else None, one.dropped)
        for one in courses
    ]


def test_an_answer_counts_when_it_is_accepted_and_for_what_was_asked_before_it_was_said() -> None:
    told = history((Status.NEW, 0), asked=(2, 5), replies=((1, 4), (6, 9)))
    assert hours(courses(told)) == [
        ("first_response", 0, 4, False),
        ("next_reply", 2, 9, False),
        ("resolution", 0, None, False),
    ]


def test_a_failed_answer_is_none() -> None:
    assert hours(courses(history((Status.NEW, 0), (Status.OPEN, 1), asked=(2,))))[:1] == [
        ("first_response", 0, None, False)
    ]


def test_a_resolution_ends_where_it_was_done_last_and_never_where_it_was_opened_again() -> None:
    done = history((Status.NEW, 0), (Status.SOLVED, 3), (Status.OPEN, 5), (Status.SOLVED, 8), (Status.CLOSED, 9))
    assert hours(courses(done))[-1] == ("resolution", 0, 8, False)
    again = history((Status.NEW, 0), (Status.SOLVED, 3), (Status.OPEN, 5))
    assert hours(courses(again))[-1] == ("resolution", 0, None, False)


def test_what_is_closed_without_an_answer_is_dropped() -> None:
    closed = history((Status.NEW, 0), (Status.CLOSED, 3))
    assert hours(courses(closed)) == [("first_response", 0, None, True), ("resolution", 0, 3, False)]
    merged = replace(closed, void=True)
    assert [course.dropped for course in courses(merged)] == [True, True]


def test_a_calendar_that_stays_closed_has_no_due_moment() -> None:
    days = [(OPENED.date() + timedelta(days=day)).isoformat() for day in range(900)]
    shut = build_calendar(CalendarSettings(hours=OFFICE.hours, closed=days))
    found = terms(POLICY, Target.RESOLUTION, Priority.LOW, shut)
    assert found is not None
    assert used_up(Course(Target.RESOLUTION, OPENED), found, history((Status.NEW, 0))) is None


def test_parts_say_what_counts() -> None:
    found = terms(POLICY, Target.RESOLUTION, Priority.LOW, BUILT["always"])
    assert found is not None
    told = history((Status.NEW, 0), (Status.WAITING_REQUESTER, 2), (Status.OPEN, 5))
    pieces = list(parts(Course(Target.RESOLUTION, OPENED), found, told, OPENED + timedelta(hours=6)))
    assert [(piece.status, piece.open // timedelta(hours=1), piece.counts) for piece in pieces] == [
        (Status.NEW, 2, True),
        (Status.WAITING_REQUESTER, 3, False),
        (Status.OPEN, 1, True),
    ]
