"""Due jobs."""

import time
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from bot import alarms
from bot.cause import Cause
from bot.db.store import Store, StoreUnavailable
from bot.db.tx import Tx, Unit
from bot.desk import Desk
from bot.due import jobs, schedules
from bot.due.duties import DUTIES, UNHURRIED
from bot.followup import digests
from bot.judging.react import react
from bot.loops.making import Making
from bot.loops.worker import POLL_SECONDS, Worker, log
from bot.ticket import tickets

_BATCH: Final = 50
_STEPS_BACK: Final = 3
"""How many times as long as an unhurried job took, while others waited, the next one waits."""


class JobLoop(Worker):
    """Due jobs."""

    name = "jobs"

    def __init__(self, store: Store, desk: Desk) -> None:
        super().__init__(store)
        self.desk = desk
        self._making = Making(desk, self._awake.set)

    def work(self) -> bool:
        """Do the jobs that are due, the oldest first."""
        with self.store.read() as session:
            due = jobs.due(session, self.store.clock(), _BATCH)
        self.pause = 0.0
        ready = [job for job in due if job.kind != digests.KIND or self._making.of(job).done()]
        for job in ready:
            begun = time.monotonic()
            try:
                others_wait = self._do(job)
            except StoreUnavailable:
                raise
            except Exception as error:
                log.exception("job %s (%s) failed", job.id, job.kind)
                self._making.forget(job)
                self.store.run(self._failed(job, f"{type(error).__name__}: {error}"))
                continue
            if others_wait and job.kind in UNHURRIED:
                self.pause = min(_STEPS_BACK * (time.monotonic() - begun), POLL_SECONDS)
        return bool(ready)

    def _do(self, job: jobs.Due) -> bool:
        """Do a job, with what was made for it; says whether somebody waits for its end."""
        if job.kind != digests.KIND:
            return self.store.run(self._unit(job))
        made = self._making.of(job).result()
        waits = self.store.run(self._unit(job, {digests.MADE: made}))
        self._making.forget(job)
        return waits

    def _unit(self, job: jobs.Due, made: Mapping[str, Any] = MappingProxyType({})) -> Unit[bool]:
        """A unit that does a job, with what was made for it; its result says whether somebody waits for its end."""

        def unit(tx: Tx) -> bool:
            cause = Cause(tx, self.desk, f"job:{job.id}", root=job.root, depth=job.depth)
            if job.ticket_id is not None:
                tickets.get(cause, job.ticket_id)  # locked before its job, as by whoever takes the job back
            if jobs.claim(tx, job.id):
                DUTIES[job.kind](cause, {**job.arguments, **made})
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
