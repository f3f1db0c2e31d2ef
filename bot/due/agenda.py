"""`firstline jobs`: what is due when, and a job that is done now, or left out this time."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, select

from bot.cause import Actor, Cause
from bot.db.models import Job, is_one_of
from bot.db.tx import Tx
from bot.desk import Desk
from bot.due import schedules
from bot.errors import NotDone
from bot.ids import LARGEST_ID, new_id
from bot.outgoing import gathered
from bot.timing import timers

Arguments = Mapping[str, Any]
STATES: Final = ("waiting", "dead", "done", "dropped")
_MOST: Final = 200
_ID: Final = re.compile(r"[0-9]{1,19}")
_ENDED: Final = ("done", "dropped")
_CAN_BE_LEFT_OUT: Final = frozenset({schedules.KIND, timers.KIND, gathered.KIND})
"""The kinds of jobs that may be skipped while they wait. The others keep promises that nothing else keeps."""


def listed(tx: Tx, _: Desk, arguments: Arguments) -> list[dict[str, Any]]:
    """`state`, `kind`, both may be empty → what is given up, and what waits, the next first; or what is in a state."""
    state, kind = arguments.get("state", ""), arguments.get("kind", "")
    if state and state not in STATES:
        raise NotDone(f"there is no state {state!r}; jobs are {', '.join(STATES)}")
    states = (state,) if state else ("dead", "waiting")
    rows = [job for one in states for job in tx.session.scalars(_of(one, kind))]
    return [_row(job) for job in rows[:_MOST]]


def run(tx: Tx, desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """`job` (an id, or a schedule's name) → the job: it is due now, and tried as often as a new one."""
    job = _named(tx, arguments["job"], "be run")
    job.state, job.due_at, job.attempts = "waiting", tx.now, 0
    _by_hand(tx, desk).audit("job_run", job.ticket_id, job=job.key)
    tx.wake("jobs")
    return _row(job)


def skip(tx: Tx, desk: Desk, arguments: Arguments) -> dict[str, Any]:
    """`job` (an id, or a schedule's name) → the job: it is not done this time. What recurs is planned on."""
    job = _named(tx, arguments["job"], "be skipped")
    if job.state == "waiting" and job.kind not in _CAN_BE_LEFT_OUT:
        raise NotDone(f"job {job.id} ({job.kind}) is the desk's own and cannot be skipped; it can be run")
    job.state = "done" if job.kind in _CAN_BE_LEFT_OUT else "dropped"
    job.error = "skipped"
    _by_hand(tx, desk).audit("job_skipped", job.ticket_id, job=job.key)
    tx.flush()
    if job.kind == schedules.KIND:
        schedules.go_on(tx, desk.schedules, job.arguments)
    return _row(job)


def _by_hand(tx: Tx, desk: Desk) -> Cause:
    return Cause(tx, desk, f"jobs:{new_id()}", actor=Actor(role="admin", name="command line"))


def _of(state: str, kind: str) -> Select[Job]:
    found = select(Job).where(is_one_of(Job.state, state))
    if kind:
        found = found.where(Job.kind == kind)
    order = (Job.due_at, Job.id) if state == "waiting" else (Job.id.desc(),)
    return found.order_by(*order).limit(_MOST)


def _named(tx: Tx, named: str, be: str) -> Job:
    """The job of that id, or the plan of the schedule of that name, held until the end of the transaction."""
    job = _by_id(tx, int(named)) if _ID.fullmatch(named) else _plan(tx, named)
    if job is None:
        raise NotDone(f"there is no job {named!r}; give an id, or a schedule's name: firstline jobs list")
    if job.state in _ENDED:
        raise NotDone(f"job {job.id} is {job.state} and cannot {be}")
    return job


def _by_id(tx: Tx, job_id: int) -> Job | None:
    return tx.session.get(Job, job_id, with_for_update=tx.dialect == "postgresql") if job_id <= LARGEST_ID else None


def _plan(tx: Tx, name: str) -> Job | None:
    named = [plan.id for plan in schedules.plans(tx) if plan.arguments["schedule"] == name]
    return _by_id(tx, named[0]) if named else None


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "schedule": job.arguments.get("schedule"),
        "due_at": job.due_at.isoformat(timespec="seconds"),
        "state": job.state,
        "attempts": job.attempts,
        "ticket": job.ticket_id,
        "error": job.error,
    }


OPERATIONS: Final = {"jobs.list": listed, "jobs.run": run, "jobs.skip": skip}
