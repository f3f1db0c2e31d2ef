"""What takes long is made before the transaction of its job begins, beside the loop, one thing at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bot import digests, jobs
from bot.desk import Desk
from bot.digestwork import make_apart


class Making:
    """What is being made for jobs of the kind `digest`; `ready` is called when something is done, or broke."""

    def __init__(self, desk: Desk, ready: Callable[[], None]) -> None:
        self._desk = desk
        self._ready = ready
        self._made: dict[int, Future[Any]] = {}

    def of(self, job: jobs.Due) -> Future[Any]:
        """What becomes of the long part of a job: begun now if nothing else is being made."""
        if job.id not in self._made:
            if not all(one.done() for one in self._made.values()):
                return Future()
            self._made[job.id] = self._begun(job)
        return self._made[job.id]

    def forget(self, job: jobs.Due) -> None:
        """The job is done, or has failed."""
        self._made.pop(job.id, None)

    def _begun(self, job: jobs.Due) -> Future[Any]:
        future: Future[Any] = Future()
        desk = self._desk.latest()
        work = digests.work_of(desk, job.arguments)
        if work is None:
            future.set_result(None)
            return future

        def make() -> None:
            try:
                future.set_result(make_apart(desk.config, work))
            except Exception as error:  # noqa: BLE001  the loop notes it
                future.set_exception(error)
            self._ready()

        threading.Thread(target=make, name="making", daemon=True).start()
        return future
