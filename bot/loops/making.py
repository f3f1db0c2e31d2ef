"""What takes long is made before the transaction of its job begins: beside the loop, one thing after the other."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bot.apart import Apart
from bot.desk import Desk
from bot.due import jobs
from bot.followup import digests
from bot.followup.digestwork import SECONDS, Work, make_apart


class Making:
    """What is being made for jobs of the kind `digest`; `ready` is called when something is done, or broke."""

    def __init__(self, desk: Desk, ready: Callable[[], None]) -> None:
        self._desk = desk
        self._ready = ready
        self._made: dict[int, Future[Any]] = {}
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()
        self._lock = threading.Lock()
        self._at_work = False

    def of(self, job: jobs.Due) -> Future[Any]:
        """What becomes of the long part of a job, which is begun when it is first asked for."""
        if job.id not in self._made:
            self._made[job.id] = self._begun(job)
        return self._made[job.id]

    def forget(self, job: jobs.Due) -> None:
        """The job is done, or has failed."""
        self._made.pop(job.id, None)

    def _begun(self, job: jobs.Due) -> Future[Any]:
        future: Future[Any] = Future()
        work = digests.work_of(self._desk.latest(), job.arguments)
        if work is None:
            future.set_result(None)
            return future
        with self._lock:
            self._waiting.append((work, future))
            if not self._at_work:
                self._at_work = True
                threading.Thread(target=self._work, name="making", daemon=True).start()
        return future

    def _work(self) -> None:
        """Make what waits in one process, which ends with the last of it."""
        apart = Apart(seconds=SECONDS)
        try:
            while (found := self._next()) is not None:
                work, future = found
                try:
                    future.set_result(make_apart(apart, self._desk.latest().config, work))
                except Exception as error:  # noqa: BLE001  the loop notes it
                    future.set_exception(error)
                self._ready()
        finally:
            apart.close()

    def _next(self) -> tuple[Work, Future[Any]] | None:
        with self._lock:
            self._at_work = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None
