"""The server's time: real until a test moves it or stops it."""

import time
from threading import Lock


class Clock:
    """Seconds since 1970, and timestamps that never repeat.

    `advance` jumps ahead, `stop` freezes it at a moment, `run` lets it go on from there.
    """

    def __init__(self) -> None:
        self._offset = 0.0
        self._stopped: float | None = None
        self._last_ts = 0
        self._lock = Lock()

    def now(self) -> float:
        return time.time() + self._offset if self._stopped is None else self._stopped

    def advance(self, seconds: float) -> None:
        if self._stopped is None:
            self._offset += seconds
        else:
            self._stopped += seconds

    def stop(self, at: float | None = None) -> None:
        self._stopped = self.now() if at is None else at

    def run(self) -> None:
        if self._stopped is not None:
            self._offset = self._stopped - time.time()
            self._stopped = None

    def ts(self) -> str:
        """A message's `ts`: unique in the whole server and always later than the one before."""
        with self._lock:
            self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
            seconds, micros = divmod(self._last_ts, 1_000_000)
            return f"{seconds}.{micros:06d}"
