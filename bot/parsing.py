"""Parsing within bounds: small payloads here, large ones in a process of their own that can be killed."""

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from channels.base import Incoming, Parse, Raw, Unparseable

LARGE: Final = 1_000_000
_SECONDS: Final = 120.0


class Parsing:
    """Parses payloads. Over `LARGE` bytes a worker process does it; one that takes too long is killed."""

    def __init__(self, *, large: int = LARGE, seconds: float = _SECONDS) -> None:
        self._large = large
        self._seconds = seconds
        self._worker: tuple[BaseProcess, Connection] | None = None

    def parse(self, parse: Parse, raw: Raw) -> Incoming:
        """The message in `raw`. Raises Unparseable."""
        return parse(raw) if len(raw.payload) <= self._large else self._apart(parse, raw)

    def close(self) -> None:
        """End the worker process."""
        if self._worker is not None:
            process, connection = self._worker
            self._worker = None
            connection.close()
            process.kill()
            process.join()

    def _apart(self, parse: Parse, raw: Raw) -> Incoming:
        _, connection = self._worker = self._worker or _start()
        try:
            connection.send((parse, raw))
            if not connection.poll(self._seconds):
                msg = f"reading it took more than {self._seconds:.0f} seconds"
                raise Unparseable(msg)
            answer = connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            msg = "reading it ended the parsing process"
            raise Unparseable(msg) from error
        except Unparseable:
            self.close()
            raise
        if isinstance(answer, Incoming):
            return answer
        raise Unparseable(answer)


def _start() -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="parsing", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _serve(connection: Connection) -> None:
    """The worker process: parse what comes until the other end closes."""
    while True:
        try:
            parse, raw = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            connection.send(parse(raw))
        except Exception as error:  # noqa: BLE001  any error is this payload's, and is reported to the desk
            connection.send(f"{type(error).__name__}: {error}")
