"""Trouble with a name: raised once however often it happens, told to the admins, cleared when it is over.

When it is over, some callers know (a delivery arrives, the last dead letter is gone, a job of that kind is done). Where
nobody can, a review is due in a while: a job that clears what has not happened since.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cause import Cause
from bot.db.models import Alarm
from bot.db.tx import Tx
from bot.due import jobs

DEAD_LETTERS: Final = "dead letters"
"""The alarm that says that something received could not be taken in."""
TELL: Final = "tell_alarm"
"""The kind of job that tells the admins; `bot.due.duties` has what it does."""
REVIEW: Final = "review_alarm"
"""The kind of job that clears an alarm which has not happened for a while."""
REVIEW_RULE: Final = "review_rule"
"""The same for the alarm of a rule: it must also have worked since."""
QUIET: Final = timedelta(hours=1)
"""How long nothing must have happened."""

_LONGEST_NAME: Final = 80
_SHOWN_AFTERWARDS: Final = timedelta(days=1)


def raise_alarm(tx: Tx, name: str, detail: str, *, review: str | None = None, about: str = "") -> bool:
    """Raise the alarm `name`; True if it was not up before.

    `about` is the channel that it says is in trouble: it is told on another one too. `review` is the kind of job that
    finds out whether it is over; without, the caller clears it.
    """
    name = name[:_LONGEST_NAME]
    alarm = tx.session.get(Alarm, name)
    fresh = alarm is None or alarm.cleared_at is not None
    if alarm is None:
        tx.add(Alarm(name=name, detail=detail, raised_at=tx.now, last_at=tx.now, times=1))
    else:
        if fresh:
            alarm.raised_at, alarm.cleared_at, alarm.times = tx.now, None, 0
        alarm.detail, alarm.last_at, alarm.times = detail, tx.now, alarm.times + 1
    if fresh:
        _later(tx, TELL, name, tx.now, about=about)
    if fresh and review is not None:
        _later(tx, review, name, tx.now + QUIET)
    if alarm is None:
        tx.flush()
    return fresh


def rule_failed(cause: Cause, ticket_id: int, rule: str, why: str) -> None:
    """A rule's condition could not be worked out for a ticket: it is on its audit, and the admins hear of it once."""
    cause.audit("rule_failed", ticket_id, rule=rule, error=why)
    raise_alarm(cause.tx, f"rule {rule}", why, review=REVIEW_RULE)


def clear_alarm(tx: Tx, name: str) -> bool:
    """It is over; True if it was up."""
    alarm = tx.session.get(Alarm, name[:_LONGEST_NAME])
    if alarm is None or alarm.cleared_at is not None:
        return False
    alarm.cleared_at = tx.now
    return True


def raised_alarms(session: Session) -> list[Alarm]:
    """The alarms that are up, the oldest first."""
    return list(session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.raised_at)))


def recently_cleared(session: Session, now: datetime) -> list[Alarm]:
    """The alarms that were cleared in the last day, the newest first."""
    return list(
        session.scalars(
            select(Alarm).where(Alarm.cleared_at > now - _SHOWN_AFTERWARDS).order_by(Alarm.cleared_at.desc())
        )
    )


def review(tx: Tx, kind: str, name: str, *, works: Callable[[Alarm], bool] = lambda _: True) -> None:
    """Clear the alarm if it has not happened for a while and `works` says so; else look again (by a job of `kind`)."""
    alarm = tx.session.get(Alarm, name)
    if alarm is None or alarm.cleared_at is not None:
        return
    quiet_from = alarm.last_at + QUIET
    if quiet_from > tx.now:
        _later(tx, kind, name, quiet_from)
    elif works(alarm):
        clear_alarm(tx, name)
    else:
        _later(tx, kind, name, tx.now + QUIET)


def is_named(name: str, alarm: Alarm) -> bool:
    """Whether it is the alarm of that name, which may have been too long for it."""
    return alarm.name == name[:_LONGEST_NAME]


def _later(tx: Tx, kind: str, name: str, due_at: datetime, **further: str) -> None:
    """Have something done about an alarm, in a transaction of its own: this may be about something quite different."""
    key = f"{kind}:{round(due_at.timestamp() * 1_000_000)}:{name}"
    jobs.put(tx, kind, due_at, {"name": name, **further}, key=key, root=key[:80])
    tx.wake("jobs")
