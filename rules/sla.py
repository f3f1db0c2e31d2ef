"""Service levels worked out: how much of a promised time is used, and when it is used up.

Nothing is kept along the way. What a ticket's history says (the times it spent in each status, what was asked, which
answers were accepted) gives the same result whenever it is worked out, also after policy, priority or calendar changed.

- The *first response* runs from the opening until the first message of a human is accepted by the requester's medium.
- The *next reply* runs from a requester's message that waits for an answer, said after the first response was, until a
  human's message said after it is accepted. What is asked meanwhile waits for the same answer.
- The *resolution* runs from the opening until the ticket is solved or closed, and on again when it is reopened.

The time used is the open time of the calendar (or the time on the clock, where the promise is no business time) less
the times in which the policy has it stand still. A promise is kept by what ends at its due moment or before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile

from msgspec import Struct

from rules.durations import Duration
from rules.facts import Priority, Status, Target
from rules.hours import Calendar, CalendarSettings, build_calendar
from rules.policies import ALWAYS_STOP, Policy
from rules.windows import microseconds, moment


class Stretch(Struct, frozen=True):
    """A time that a ticket spent in one status; without an end it is still in it."""

    status: Status
    started_at: datetime
    ended_at: datetime | None = None


class Reply(Struct, frozen=True):
    """A human's message to the requester: when it was said, and when the requester's medium accepted it."""

    said_at: datetime
    accepted_at: datetime


class History(Struct, frozen=True, kw_only=True):
    """What service levels look at. `asked` are the messages that wait for an answer; `void`: it was merged, or is spam.

    Everything is in the order of time.
    """

    opened_at: datetime
    stretches: tuple[Stretch, ...]
    asked: tuple[datetime, ...] = ()
    replies: tuple[Reply, ...] = ()
    void: bool = False


class Course(Struct, frozen=True):
    """The time of one promise. `ended_at` is None while it runs or waits; `dropped`: nobody waits for it any more."""

    target: Target
    started_at: datetime
    ended_at: datetime | None = None
    dropped: bool = False


class Terms(Struct, frozen=True):
    """What was promised for a target, and how its time is counted."""

    promise: Duration
    calendar: Calendar
    pauses: tuple[Status, ...]

    @property
    def clock(self) -> Calendar:
        """The calendar in whose open time it is counted."""
        return self.calendar if self.promise.business else _always()

    @property
    def length(self) -> timedelta:
        """The promised time."""
        return self.promise.elapsed(day=self.calendar.day) if self.promise.business else self.promise.elapsed()


class Part(Struct, frozen=True):
    """A piece of a course in one status: its open time, and whether that counts."""

    status: Status
    started_at: datetime
    ended_at: datetime
    open: timedelta
    counts: bool


def courses(history: History) -> list[Course]:
    """The promises that a policy can make for a ticket of this history: first response, next replies, resolution."""
    return [_first_response(history), *_next_replies(history), _resolution(history)]


def terms(policy: Policy, target: Target, priority: Priority, calendar: Calendar) -> Terms | None:
    """What the policy promises, or None where it promises nothing."""
    promise = policy.promise(target, priority)
    return Terms(promise, calendar, (*policy.pauses, *ALWAYS_STOP)) if promise else None


def used(course: Course, terms: Terms, history: History, now: datetime) -> timedelta:
    """The time used by its end, or by now where it has none."""
    return sum((part.open for part in parts(course, terms, history, now) if part.counts), timedelta(0))


def used_up(course: Course, terms: Terms, history: History, share: float = 1.0) -> datetime | None:
    """The moment, in UTC, at which that share of the time is used up, if nothing happens any more.

    None while it stands still before that moment, and where the calendar does not open again.
    """
    left = terms.length * share
    for start, end in _counted(course.started_at, terms.pauses, history):
        spent = None if end is None else terms.clock.between(start, end)
        if spent is None or spent >= left:
            try:
                return terms.clock.add(start, left)
            except (ValueError, OverflowError):
                return None
        left -= spent
    return None


def parts(course: Course, terms: Terms, history: History, now: datetime) -> Iterator[Part]:
    """The course piece by piece, up to its end or now."""
    last = course.ended_at or now
    for stretch in history.stretches:
        start, end = max(stretch.started_at, course.started_at), min(stretch.ended_at or last, last)
        if start < end:
            counts = stretch.status not in terms.pauses
            yield Part(stretch.status, start, end, terms.clock.between(start, end), counts)


def answer_by(policy: Policy, priority: Priority, calendar: Calendar, opened_at: datetime) -> datetime | None:
    """The moment, in UTC, by which a ticket opened then must have its first answer; None where none is promised."""
    found = terms(policy, Target.FIRST_RESPONSE, priority, calendar)
    history = History(opened_at=opened_at, stretches=(Stretch(Status.NEW, opened_at),))
    return used_up(Course(Target.FIRST_RESPONSE, opened_at), found, history) if found else None


def after(duration: Duration, calendar: Calendar, start: datetime) -> datetime:
    """The moment, in UTC, at which the duration is over: on the clock, or in the calendar's open time."""
    if duration.business:
        return calendar.add(start, duration.elapsed(day=calendar.day))
    return moment(microseconds(start)) + duration.elapsed()


def accepted_first(replies: Sequence[Reply]) -> Reply | None:
    """The reply that a requester's medium accepted first, whenever each was said."""
    return min(replies, key=lambda reply: reply.accepted_at, default=None)


def _first_response(history: History) -> Course:
    first = accepted_first(history.replies)
    closed = history.void or history.stretches[-1].status is Status.CLOSED
    ended_at = first.accepted_at if first else None
    return Course(Target.FIRST_RESPONSE, history.opened_at, ended_at, dropped=first is None and closed)


def _next_replies(history: History) -> Iterator[Course]:
    first = accepted_first(history.replies)
    covered = first.said_at if first else None
    closed = history.void or history.stretches[-1].status is Status.CLOSED
    for asked in history.asked:
        if covered is None or asked <= covered:
            continue
        reply = accepted_first([reply for reply in history.replies if reply.said_at >= asked])
        yield Course(Target.NEXT_REPLY, asked, reply.accepted_at if reply else None, dropped=reply is None and closed)
        covered = reply.said_at if reply else None


def _resolution(history: History) -> Course:
    done = list(takewhile(lambda stretch: stretch.status in ALWAYS_STOP, reversed(history.stretches)))
    ended_at = done[-1].started_at if done and not history.void else None
    return Course(Target.RESOLUTION, history.opened_at, ended_at, dropped=history.void)


def _counted(
    since: datetime, pauses: tuple[Status, ...], history: History
) -> Iterator[tuple[datetime, datetime | None]]:
    """The stretches since then in which time runs, those that touch as one; the last may have no end."""
    running = [
        (max(stretch.started_at, since), stretch.ended_at)
        for stretch in history.stretches
        if stretch.status not in pauses and (stretch.ended_at is None or stretch.ended_at > since)
    ]
    breaks = [number for number, (one, other) in enumerate(pairwise(running), 1) if one[1] != other[0]]
    for first, beyond in pairwise([0, *breaks, len(running)]):
        if running:
            yield running[first][0], running[beyond - 1][1]


@cache
def _always() -> Calendar:
    return build_calendar(CalendarSettings(zone="UTC"))
