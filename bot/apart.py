"""Pure functions in a process of their own: one that can be killed, and that works while this one does other things."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

Call = tuple[Callable[..., Any], tuple[Any, ...]]
_IDLE_SECONDS: Final = 300.0


class Ended(Exception):
    """The process ended, or was ended, before it had answered; the text says which."""


class Apart:
    """One such process, started when it is first needed."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._worker: tuple[BaseProcess, Connection] | None = None
        self._used = time.monotonic()

    def run(self, calls: Sequence[Call]) -> list[Any]:
        """What each call returns; a call that raises gives its exception. All of them are picklable.

        Raises Ended if they take longer than the time allowed, or end the process.
        """
        self._used = time.monotonic()
        try:
            connection = self._connected()
            connection.send(calls)
            if not connection.poll(self._seconds):
                raise Ended(f"took more than {self._seconds:.0f} seconds")
            answers: list[Any] = connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise Ended("ended the process") from error
        except Ended:
            self.close()
            raise
        except Exception as error:  # what can be packed but not unpacked raises whatever it likes
            self.close()
            raise Ended("gave an answer that cannot be read") from error
        return answers

    def rest(self) -> None:
        """Nothing is to be done just now: end the process if that was so for some minutes."""
        if self._worker is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            process, connection = self._worker
            self._worker = None
            connection.close()
            process.kill()
            process.join()

    def _connected(self) -> Connection:
        """The line to a process that is alive and up, a new one if need be: its start does not count as time taken."""
        if self._worker is None or not self._worker[0].is_alive():
            self.close()
            self._worker = _start()
            self._worker[1].recv()
        return self._worker[1]


def _start() -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), name="apart", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _serve(connection: Connection) -> None:
    """The process: say that it is there, then do what comes, until the other end closes."""
    with suppress(EOFError, OSError, KeyboardInterrupt):
        connection.send(None)
        while True:
            connection.send([_answer(function, arguments) for function, arguments in connection.recv()])


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401  whatever it returns
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001  it is the caller's, who gets it
        return error
