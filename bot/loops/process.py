"""The desk loop in a process of its own while much comes in: intake and delivery do not share their lock with it.

At rest there is one process. The first busy batch starts the second, which takes the desk over once it is up; it is
ended after some idle minutes. If it dies, the desk loop of the first process goes on: a row is claimed inside the
transaction that works it, so it makes no difference who looks at it.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from bot.config import Config, ConfigError
from bot.db.store import Store, StoreUnavailable
from bot.judging.books import build_books
from bot.loops.books import BooksLoop
from bot.loops.desk import DeskLoop
from bot.runtime import log_to_stderr, tune
from bot.wiring import build_channels, build_desk, open_store

log = logging.getLogger("firstline")
_AHEAD: Final = 2000
_COALESCE_SECONDS: Final = 0.005
_RUSH_SECONDS: Final = 0.2
_IDLE_SECONDS: Final = 300.0
_END_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 10.0
"""How long this process works alone after the second one could not be started, or broke."""
_NICE: Final = 10
"""How far it steps back for intake, from its first import on."""
_REPORTED: Final = ("delivery", "jobs", "projections")


class DeskProcess:
    """This process's side of the second one, which does what `loop` does until then.

    `rushing` says whether intake should go first now.
    """

    def __init__(self, config: Config, store: Store, loop: DeskLoop, rushing: Callable[[], bool]) -> None:
        self._config = config
        self._store = store
        self._loop = loop
        self._rushing = rushing
        self._worker: tuple[BaseProcess, Connection] | None = None
        self._closed = False
        self._not_before = 0.0
        self._news = threading.Event()
        self.active = False
        """Whether it works the inbox now, and nobody else needs to."""
        store.on_wake("desk", self._news.set)
        loop.elsewhere, loop.busy = lambda: self.active, self.want

    def want(self) -> None:
        """Start it, unless it was started already. Where the system has no room for it, this one goes on alone."""
        if self._worker is not None or self._closed or time.monotonic() < self._not_before:
            return
        try:
            self._worker = self._start()
        except OSError as error:
            self._not_before = time.monotonic() + _AGAIN_SECONDS
            log.warning("much comes in, and no second process can be started: %s", error)
            return
        for target in (self._listen, self._tell):
            threading.Thread(target=target, args=self._worker, name="desk process", daemon=True).start()

    def _start(self) -> tuple[BaseProcess, Connection]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with closing(theirs):
            process = context.Process(
                target=_serve, args=(theirs, self._config, self._loop.left_over), name="desk", daemon=True
            )
            try:
                process.start()
            except OSError:
                ours.close()
                raise
        if process.pid is not None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        return process, ours

    def close(self) -> None:
        """Let it finish what it has claimed, and end it."""
        self._closed = True
        self._news.set()
        if self._worker is not None:
            process = self._worker[0]
            process.join(_END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def _tell(self, process: BaseProcess, connection: Connection) -> None:
        """Say that something was received, and how fast things come; not for each commit, for writing to it takes time.

        The last word is None: end.
        """
        with suppress(OSError):
            while process.is_alive() and not self._closed:
                if self._news.wait(_IDLE_SECONDS):
                    self._news.clear()
                    connection.send(self._rushing())
                    time.sleep(_COALESCE_SECONDS)
            connection.send(None)

    def _listen(self, process: BaseProcess, connection: Connection) -> None:
        """Its first word says that it is up; every other names a loop that has work now."""
        try:
            while True:
                name = connection.recv()
                if name == "desk":
                    self.active = True
                    log.info("much comes in: the desk is worked by a second process now")
                else:
                    self._store.wake(name)
        except (EOFError, OSError):
            process.join()
        if process.exitcode and not self._closed:
            self._not_before = time.monotonic() + _AGAIN_SECONDS
            log.error("the second process ended with %s; the desk is worked by this one", process.exitcode)
            with suppress(StoreUnavailable):
                self._loop.suspect()
        self.active = False
        self._worker = None
        self._news.set()
        self._store.wake("desk")


class _Rush:
    """What the first process last said about a rush; it says nothing when there is nothing."""

    def __init__(self) -> None:
        self._until = 0.0

    def note(self, *, rushing: bool) -> None:
        self._until = time.monotonic() + _RUSH_SECONDS if rushing else 0.0

    def __call__(self) -> bool:
        return time.monotonic() < self._until


def _serve(connection: Connection, config: Config, left_over: int) -> None:
    """The second process: work the inbox until it is told to end, the first one is gone, or nothing came for long."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    log_to_stderr()
    store = open_store(config, upgrade=False)
    with suppress(ConfigError):
        build_books(config)  # now, and not in the turn at writing, for which intake would wait
    desk = store.run(lambda tx: build_desk(config, tx))
    rush = _Rush()
    for name in _REPORTED:
        store.on_wake(name, lambda name=name: _report(connection, name))  # type: ignore[misc]
    loop = DeskLoop(store, desk, build_channels(config), rush, ahead=_AHEAD, left_over=left_over)
    books = BooksLoop(store, desk)
    loop.start()
    books.start()
    tune()
    connection.send("desk")
    try:
        while connection.poll(_IDLE_SECONDS) and (rushing := connection.recv()) is not None:
            rush.note(rushing=rushing)
            store.wake("desk")
    except (EOFError, OSError):
        pass
    finally:
        loop.stop()
        books.stop()
        store.close()


_reporting: Final = threading.Lock()


def _report(connection: Connection, name: str) -> None:
    with _reporting, suppress(OSError):
        connection.send(name)
