"""Trouble with a name: raised once however often it happens, told to the admins, cleared when it is over."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import Alarm, Job
from bot.db.tx import Tx
from bot.ids import new_id

DEAD_LETTERS: Final = "dead letters"
"""The alarm that says that something received could not be taken in."""
TELL: Final = "tell_alarm"
"""The kind of job that tells the admins; `bot.duties` has what it does."""


_LONGEST_NAME: Final = 80


def raise_alarm(tx: Tx, name: str, detail: str) -> bool:
    """Raise the alarm `name`; True if it was not up before."""
    name = name[:_LONGEST_NAME]
    alarm = tx.session.get(Alarm, name)
    if alarm is None:
        tx.add(Alarm(name=name, detail=detail, raised_at=tx.now, last_at=tx.now, times=1))
        _tell_later(tx, name)
        tx.flush()
        return True
    fresh = alarm.cleared_at is not None
    if fresh:
        alarm.raised_at, alarm.cleared_at, alarm.times = tx.now, None, 0
        _tell_later(tx, name)
    alarm.detail, alarm.last_at, alarm.times = detail, tx.now, alarm.times + 1
    return fresh


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


def _tell_later(tx: Tx, name: str) -> None:
    """Have the admins told, in a transaction of its own: this one may be about something quite different."""
    key = f"alarm:{name}:{tx.now.isoformat()}"[:120]
    tx.append(
        Job,
        id=new_id(),
        key=key,
        kind=TELL,
        arguments={"name": name},
        ticket_id=None,
        due_at=tx.now,
        state="waiting",
        attempts=0,
        error="",
        root=key[:80],
        depth=0,
    )
    tx.wake("jobs")
