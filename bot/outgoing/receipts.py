"""What was accepted of what a process sends, in a small file that outlives a kill.

Between a medium's answer and the commit of its receipt lies a moment in which a kill would have the message sent once
more. So what is accepted is noted here at once. Nothing waits for the disk: what the system was given outlives the
process, though not the machine. A process holds the lock of its journal as long as it lives; a journal that nobody
holds was left by one that has ended, and whoever finds it brings it into the database.
"""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

log = logging.getLogger("firstline")
_PREFIX: Final = "receipts-"
_LARGE: Final = 256 * 1024
_encode: Final = msgspec.json.Encoder().encode


class Accepted(Struct, frozen=True):
    """The outbox row `id` was accepted, as the medium's `external_id`.

    `thread` is the one that it began, if any, and `link` opens that.
    """

    id: int
    external_id: str
    at: datetime
    thread: str = ""
    link: str = ""


_decode: Final = msgspec.json.Decoder(Accepted).decode


class Left:
    """The journal of an ended process, which is ours now to bring into the database."""

    def __init__(self, path: Path, file: int) -> None:
        self.process = path.name
        self.receipts = read_receipts(path.read_bytes())
        self._path = path
        self._file = file

    def remove(self) -> None:
        """All of it is in the database."""
        self._path.unlink()
        self.let_go()

    def let_go(self) -> None:
        """Leave it to the next who looks."""
        os.close(self._file)


class Journal:
    """The journal of this process, in `folder`; `name` is the process's own. Raises OSError where none can be made."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = _PREFIX + secrets.token_hex(8)
        self._path = folder / self.name
        self._unrecorded: dict[int, Accepted] = {}
        self._file = self._begin()

    def accepted(self, receipt: Accepted) -> None:
        """The medium has this row."""
        self._unrecorded[receipt.id] = receipt
        try:
            os.write(self._file, _lines([receipt]))
            if os.lseek(self._file, 0, os.SEEK_CUR) > _LARGE:
                old, self._file = self._file, self._begin()
                os.close(old)
        except OSError as error:
            log.warning("what was accepted cannot be noted in %s: %s", self._path, error.strerror)

    def recorded(self, row_id: int) -> None:
        """The database knows what came of this row."""
        self._unrecorded.pop(row_id, None)

    def left_by_others(self) -> Iterator[Left]:
        """The journals of processes that have ended."""
        for path in sorted(self._path.parent.glob(f"{_PREFIX}*")):
            with suppress(OSError):
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                if _is_ours(path, file):
                    yield Left(path, file)
                else:
                    os.close(file)

    def close(self) -> None:
        """Leave it to the next start: what was being sent may not be finished."""
        os.close(self._file)
        self._file = -1

    def _begin(self) -> int:
        """A journal of what is not recorded, in place of any before it. It is locked before anybody can find it."""
        fresh = self._path.with_name(f"new-{self.name}")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.write(file, _lines(self._unrecorded.values()))
            fresh.replace(self._path)
        except OSError:
            os.close(file)
            raise
        return file


def read_receipts(content: bytes) -> list[Accepted]:
    """What a journal holds; a line that was cut off says nothing."""
    found = []
    for line in content.split(b"\n"):
        with suppress(msgspec.DecodeError):
            found.append(_decode(line))
    return found


def _lines(receipts: Iterable[Accepted]) -> bytes:
    """A line each, with line feeds on both sides: one that a full disk cut off must not spoil the next."""
    return b"".join(b"\n%b\n" % _encode(receipt) for receipt in receipts)


def _is_ours(path: Path, file: int) -> bool:
    """Whether nobody else holds this file, so that we do now, and it is still the one of that name."""
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), path.stat())
    return False
