"""Work for later: a row with a unique key, done in one transaction together with everything it causes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.cause import Cause
from bot.db.models import Job, is_one_of
from bot.db.tx import Tx
from bot.ids import new_id

ATTEMPTS: Final = 5
Duty = Callable[[Cause, Mapping[str, Any]], None]


class Due(Struct, frozen=True):
    """A job whose time has come."""

    id: int
    kind: str
    arguments: dict[str, Any]
    root: str
    depth: int
    ticket_id: int | None


def schedule(
    cause: Cause,
    kind: str,
    due_at: datetime,
    arguments: Mapping[str, Any],
    *,
    ticket_id: int | None = None,
    depth: int | None = None,
) -> int:
    """Have the duty `kind` done at `due_at`; returns the job's id.

    It inherits the root and depth of this cause, or stands at `depth`.
    """
    depth = cause.event_depth + 1 if depth is None else depth
    job_id = put(
        cause.tx, kind, due_at, arguments, key=cause.next_key(), root=cause.root, depth=depth, ticket_id=ticket_id
    )
    wake_if_due(cause, due_at)
    return job_id


def wake_if_due(cause: Cause, due_at: datetime) -> None:
    """The loop looks every second by itself; it is woken only for what need not wait for that."""
    if due_at <= cause.now:
        cause.tx.wake("jobs")


def begin(tx: Tx, kind: str, arguments: Mapping[str, Any], *, due_at: datetime | None = None) -> None:
    """Have the duty `kind` done, at once or at `due_at`, in a transaction that nothing caused: its depth is 0."""
    key = f"{kind}:{new_id()}"
    put(tx, kind, due_at or tx.now, arguments, key=key, root=key)
    tx.wake("jobs")


def put(  # noqa: PLR0913  the columns of a row
    tx: Tx,
    kind: str,
    due_at: datetime,
    arguments: Mapping[str, Any],
    *,
    key: str,
    root: str,
    depth: int = 0,
    ticket_id: int | None = None,
) -> int:
    """Write the row of a job that waits; returns its id. Nobody is woken."""
    job_id = new_id()
    tx.append(
        Job,
        id=job_id,
        key=key,
        kind=kind,
        arguments=dict(arguments),
        ticket_id=ticket_id,
        due_at=due_at,
        state="waiting",
        attempts=0,
        error="",
        root=root,
        depth=depth,
    )
    return job_id


def due(session: Session, now: datetime, limit: int) -> list[Due]:
    """The jobs whose time has come, the oldest first. Costs what is due, not what is planned."""
    columns = (Job.id, Job.kind, Job.arguments, Job.root, Job.depth, Job.ticket_id)
    waiting = select(*columns).where(is_one_of(Job.state, "waiting"), Job.due_at <= now)
    return [Due(*row) for row in session.execute(waiting.order_by(Job.due_at, Job.id).limit(limit))]


def claim(tx: Tx, job_id: int) -> bool:
    """Take hold of a job for this transaction and mark it done; False if it is done or somebody else has it."""
    query = select(Job.id).where(Job.id == job_id, Job.state == "waiting").with_for_update(skip_locked=True)
    if tx.session.scalar(query) is None:
        return False
    tx.session.execute(update(Job).where(Job.id == job_id).values(state="done"))
    return True


def failed(tx: Tx, job_id: int, error: str, retry_at: datetime) -> bool:
    """Note that a job broke; True if it has been tried often enough and is given up."""
    job = tx.session.get_one(Job, job_id, with_for_update=tx.dialect == "postgresql")
    if job.state != "waiting":
        return False  # another process could do it meanwhile
    job.attempts, job.error, job.due_at = job.attempts + 1, error, retry_at
    if job.attempts >= ATTEMPTS:
        job.state = "dead"
    return job.state == "dead"
