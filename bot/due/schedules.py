"""What recurs: each schedule has one job that waits for its next moment, and whoever does that plans the one after it.

To have something done again and again, write a duty (`duties.py`) and name its schedules in `recurring.py`:

    Schedule(name="digest weekly", recurrence=cron("0 8 * * mon", zone), kind="send_digest",
             arguments={"digest": "weekly"})

`rules/recurrence.py` makes the recurrences: `cron`, `every` and `EachWorkingDay`; each raises what a reader of the
configuration can show. The duty gets `arguments`, as they are in force when it is done, and with them `schedule`, the
name, and `planned`, the moment (ISO 8601, UTC). It is done once for each moment, in one transaction with all its
effects, by whichever process comes first. Moments that passed while no process ran are one: the duty is done once,
for the first of them, and then goes on from now. A schedule that is taken out of the configuration, or recurs at other
times, loses its plan at the next start. A duty that breaks five times is given up with an alarm, and its next moment
is planned.

A plan is a job whose key is the schedule and its moment, so that each exists once, whoever makes it. What is done, or
was skipped, keeps its row; therefore it is not planned again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Row, select, update

from bot.db.models import PLANS, Job
from bot.db.tx import Tx
from bot.ids import new_id
from rules.recurrence import Recurrence

KIND: Final = "scheduled"
_SECOND: Final = timedelta(seconds=1)
_LATE: Final = timedelta(seconds=2)
_NAME: Final = 50
"""How much of a name stands in a key; of a longer one also a hash."""
_PLANS: Final = select(Job.id, Job.arguments).where(PLANS).order_by(Job.key)


class Schedule(Struct, frozen=True, kw_only=True):
    """Something that recurs: the duty `kind` with `arguments`, each time that `recurrence` says. Names are unique."""

    name: str
    recurrence: Recurrence
    kind: str
    arguments: Mapping[str, Any] = {}


Schedules = Mapping[str, Schedule]
"""Those in force, by their names."""


def by_name(schedules: Iterable[Schedule]) -> Schedules:
    """Schedules as a desk holds them."""
    return {schedule.name: schedule for schedule in schedules}


def see_to(tx: Tx, schedules: Schedules) -> None:
    """Have one plan wait for each schedule, and none for what is in force no longer or recurs at other times."""
    tx.flush()
    planned = set()
    for plan in plans(tx):
        schedule = schedules.get(plan.arguments["schedule"])
        if schedule is not None and _stands(tx, schedule, moment_of(plan.arguments)):
            planned.add(schedule.name)
        else:
            tx.session.execute(_waiting(plan).values(state="dropped"))
    for name in schedules.keys() - planned:
        plan_after(tx, schedules[name], tx.now)


def plans(tx: Tx) -> Sequence[Row[Any]]:
    """The plans that wait: `id` and `arguments` of their jobs."""
    return tx.session.execute(_PLANS).all()


def plan_after(tx: Tx, schedule: Schedule, at: datetime) -> None:
    """Plan the first moment after `at` that was not done or skipped already; nothing where there is none."""
    moment = _open_moment(tx, schedule, at)
    if moment is not None and not tx.insert_new(Job, _row(schedule, moment), unique="key"):
        again = update(Job).where(Job.key == key_of(schedule.name, moment), Job.state == "dropped")
        tx.session.execute(again.values(state="waiting", due_at=moment, attempts=0, error=""))


def go_on(tx: Tx, schedules: Schedules, arguments: Mapping[str, Any]) -> None:
    """Plan what follows a plan that is done, given up or skipped: later than it, and later than now."""
    schedule = schedules.get(arguments["schedule"])
    if schedule is not None:
        plan_after(tx, schedule, max(tx.now, moment_of(arguments)))


def put_off(tx: Tx, arguments: Mapping[str, Any]) -> None:
    """Let a plan wait that this process knows nothing of: one that started later does, or has it dropped."""
    mine = update(Job).where(Job.key == key_of(arguments["schedule"], moment_of(arguments)))
    tx.session.execute(mine.values(state="waiting", due_at=tx.now + _LATE))


def moment_of(arguments: Mapping[str, Any]) -> datetime:
    """The moment that a plan is for, whenever it is done."""
    return datetime.fromisoformat(arguments["planned"])


def key_of(name: str, moment: datetime) -> str:
    """The key of a plan."""
    if len(name) > _NAME:
        name = f"{name[: _NAME - 9]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{KIND}:{name}:{moment:%Y-%m-%dT%H:%MZ}"


def _stands(tx: Tx, schedule: Schedule, moment: datetime) -> bool:
    """Whether a plan for this moment is what would be planned now, or a moment that was missed."""
    if moment <= tx.now:
        return schedule.recurrence.after(moment - _SECOND) == moment
    return _open_moment(tx, schedule, tx.now) == moment


def _open_moment(tx: Tx, schedule: Schedule, at: datetime) -> datetime | None:
    moment = schedule.recurrence.after(at)
    while moment is not None and _state(tx, schedule, moment) in {"done", "dead"}:
        moment = schedule.recurrence.after(moment)
    return moment


def _state(tx: Tx, schedule: Schedule, moment: datetime) -> str | None:
    return tx.session.scalar(select(Job.state).where(Job.key == key_of(schedule.name, moment)))


def _waiting(plan: Row[Any]) -> Any:  # noqa: ANN401  a statement
    return update(Job).where(Job.id == plan.id, Job.state == "waiting")


def _row(schedule: Schedule, moment: datetime) -> dict[str, Any]:
    key = key_of(schedule.name, moment)
    return {
        "id": new_id(),
        "key": key,
        "kind": KIND,
        "arguments": {"schedule": schedule.name, "planned": moment.isoformat()},
        "ticket_id": None,
        "due_at": moment,
        "state": "waiting",
        "attempts": 0,
        "error": "",
        "root": key[:80],
        "depth": 0,
    }
