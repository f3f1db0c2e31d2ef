"""Due jobs."""

import time
from datetime import timedelta
from typing import Final

from bot import alarms, jobs, schedules, tickets
from bot.cause import Cause
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.duties import DUTIES, UNHURRIED
from bot.loops.worker import POLL_SECONDS, Worker, log
from bot.react import react

_BATCH: Final = 50
_STEPS_BACK: Final = 3
"""How many times as long as an unhurried job took, while others waited, the next one waits."""


class JobLoop(Worker):
    """Due jobs."""

    name = "jobs"

    def __init__(self, store: Store, desk: Desk) -> None:
        super().__init__(store)
        self.desk = desk

    def work(self) -> bool:
        """Do the jobs that are due, the oldest first."""
        with self.store.read() as session:
            due = jobs.due(session, self.store.clock(), _BATCH)
        self.pause = 0.0
        for job in due:
            begun = time.monotonic()
            try:
                others_wait = self.store.run(self._unit(job))
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("job %s (%s) failed", job.id, job.kind)
                self.store.run(self._failed(job, f"{type(error).__name__}: {error}"))
                continue
            if others_wait and job.kind in UNHURRIED:
                self.pause = min(_STEPS_BACK * (time.monotonic() - begun), POLL_SECONDS)
        return bool(due)

    def _unit(self, job: jobs.Due) -> Unit[bool]:
        """A unit that does a job; its result says whether somebody waits for its end."""

        def unit(tx: Tx) -> bool:
            cause = Cause(tx, self.desk, f"job:{job.id}", root=job.root, depth=job.depth)
            if job.ticket_id is not None:
                tickets.get(cause, job.ticket_id)  # locked before its job, as by whoever takes the job back
            if jobs.claim(tx, job.id):
                DUTIES[job.kind](cause, job.arguments)
                react(cause)
                alarms.clear_alarm(tx, _called(job))
            return tx.awaited()

        return unit

    def _failed(self, job: jobs.Due, why: str) -> Unit[None]:
        def unit(tx: Tx) -> None:
            if jobs.failed(tx, job.id, why, tx.now + timedelta(minutes=1)):
                alarms.raise_alarm(tx, _called(job), f"job {job.id} was given up: {why}")
                if job.kind == schedules.KIND:
                    schedules.go_on(tx, self.desk.latest().schedules, job.arguments)

        return unit


def _called(job: jobs.Due) -> str:
    """What an alarm calls such jobs."""
    return f"schedule {job.arguments['schedule']}" if job.kind == schedules.KIND else f"job {job.kind}"
