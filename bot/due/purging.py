"""Jobs that are over do not stay for ever: each night the rows of old ones are taken out, some at a time.

A row is old 90 days after its job was due; the plan of a schedule, 90 days after the moment that it was for, which may
be later where it was done by hand before its time. So a moment still to come keeps the row that says that it was done,
and moments that have passed are never planned. A clock that rang and still holds keeps its row, or it would ring again;
what was given up waits for somebody to look at it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, select

from bot.cause import Cause
from bot.db.models import Job
from bot.desk import Desk
from bot.due import jobs, schedules
from bot.due.schedules import Schedule
from bot.timing import timers
from rules.recurrence import cron

KIND: Final = "take_out_old_jobs"
KEPT: Final = timedelta(days=90)
_NIGHTLY: Final = "30 3 * * *"
_STEP: Final = 2000
_COLUMNS: Final = (Job.id, Job.kind, Job.state, Job.due_at, Job.arguments)


def schedules_of(desk: Desk) -> Iterable[Schedule]:
    """Each night."""
    yield Schedule(name="old jobs", recurrence=cron(_NIGHTLY, ZoneInfo(desk.config.desk.zone)), kind=KIND)


def go_on(cause: Cause, arguments: Mapping[str, Any]) -> None:
    """The duty: look through the next rows, by their ids, and plan the step after it."""
    after = arguments.get("after", 0)
    looked_at = cause.tx.session.execute(select(*_COLUMNS).where(Job.id > after).order_by(Job.id).limit(_STEP)).all()
    old = [row.id for row in looked_at if _is_old(row, cause.now - KEPT)]
    if old:
        cause.tx.session.execute(delete(Job).where(Job.id.in_(old)))
    if len(looked_at) == _STEP:
        jobs.schedule(cause, KIND, cause.now, {"after": looked_at[-1].id}, depth=cause.depth)


def _is_old(row: Row[Any], since: datetime) -> bool:
    if row.state not in {"done", "dropped"} or row.due_at >= since:
        return False
    if row.kind == timers.KIND:
        return bool(row.state == "dropped")
    return row.kind != schedules.KIND or schedules.moment_of(row.arguments) < since
