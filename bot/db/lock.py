"""Who may write to an embedded database: one desk, by a lock that ends with its process; its processes in turns."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LONGEST_SOCKET_PATH: Final = 100
_NEXT: Final = 0
_NOW: Final = 1
"""The bytes of the file that stand for the place in line and for the turn."""


class Held(Exception):
    """Another process writes to this database."""


class WriterLock:
    """Held from `take` to `release`, or to the end of the process."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Raise Held if another process has it, OSError if the file cannot be made."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            self._file = None
            raise Held(str(self._path)) from error

    def release(self) -> None:
        """Let another process write."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class Turns:
    """Lets the processes of one desk write in turns: who has just written goes behind who waits already.

    SQLite itself lets whoever asks at the right moment go first, and has the others sleep and ask again.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".turn")
        self._file: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, and have it until the end of the block. Raises OSError if the file cannot be made."""
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _NEXT)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _NOW)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NEXT)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NOW)

    def awaited(self) -> bool:
        """Whether another process waits for this one's turn to end."""
        if self._file is None:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _NEXT)
        except BlockingIOError:
            return True
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NEXT)
        return False

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def control_socket(database: Path) -> Path:
    """Where the process that holds the lock listens for commands; short enough for a unix socket."""
    path = database.with_name(database.name + ".sock").absolute()
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.gettempdir()) / f"firstline-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.sock"
