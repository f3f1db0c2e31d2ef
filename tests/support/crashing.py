"""`firstline serve` that dies: killed with SIGKILL at a chosen commit or receipt, from outside the product.

Run as a program it reads one order a line, forks, and lets the child be the real command with a Store whose commits
are counted, and a Journal whose receipts are. All modules are loaded before the fork, so a restart takes a tenth of a
second.
"""

import json
import mmap
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TextIO, TypeVar

from sqlalchemy import event

T = TypeVar("T")


class Board:
    """Where tests and the service meet: how many commits and receipts this life has seen, and at which it is to end.

    It is a file in memory, so that both see it at once. A life ends before or after a commit, or when an answer has
    come and is not noted yet, or is.
    """

    BEFORE, AFTER, ANSWERED, NOTED = range(4)
    _SLOTS = "qqqq"

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(struct.calcsize(self._SLOTS)))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._slots = memoryview(self._map).cast("q")

    @property
    def commits(self) -> int:
        """The commits of this life so far."""
        return self._slots[0]

    def begin(self, kill_at: int = 0, when: int = BEFORE) -> None:
        """A new life: it ends at its commit number `kill_at` (0: never)."""
        self._slots[0], self._slots[3] = 0, 0
        self._slots[2], self._slots[1] = when, kill_at

    def kill_at(self, nth: int, when: int) -> None:
        """End this life at the n-th commit or receipt from now."""
        self._slots[2], self._slots[1] = when, nth + self._slots[3 if when >= self.ANSWERED else 0]

    def count(self) -> int:
        """In the service: one more commit; returns its number."""
        self._slots[0] += 1
        return self._slots[0]

    def count_receipt(self) -> int:
        """In the service: one more receipt; returns its number."""
        self._slots[3] += 1
        return self._slots[3]

    def die_if(self, number: int, when: int) -> None:
        """In the service: end here, if this is the place."""
        if (self._slots[1], self._slots[2]) == (number, when):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One life of the service."""

    config: str
    log: str
    board: str
    forward: float = 0.0
    poison: str = ""


class Zygote:
    """The parent of every life. One service runs at a time; `on_death` is told of its end, in a thread of ours."""

    def __init__(self) -> None:
        self.pid = 0
        self.on_death: Callable[[int], None] = print
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crashing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._watcher = threading.Thread(target=self._watch, name="zygote", daemon=True)
        self._watcher.start()

    def order(self, order: Order) -> None:
        """Begin a life."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()

    def end(self, number: signal.Signals) -> None:
        """Send the running service a signal."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def close(self) -> None:
        """End everything; nothing may run any more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._watcher.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _watch(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, value = line.partition(" ")
            if word == "pid":
                self.pid = int(value)
            elif word == "ended":
                self.pid = 0
                self.on_death(int(value))


def be_mortal(order: Order) -> None:
    """In this process, from now on: stores that count their commits, and a clock that is `forward` seconds ahead."""
    import bot.wiring
    from bot.db import store
    from bot.outgoing import receipts

    board = Board(Path(order.board))
    counting = threading.Lock()

    def commit(really: Callable[[], T]) -> T:
        with counting:
            mine = board.count()
        board.die_if(mine, Board.BEFORE)
        result = really()
        board.die_if(mine, Board.AFTER)
        return result

    class Counted(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            execute = partial(super().execute, sql, *parameters)
            return commit(execute) if sql == "COMMIT" else execute()

    class DyingStore(store.Store):
        def __init__(self, url: str, **_: Any) -> None:
            super().__init__(url, clock=lambda: datetime.now(UTC) + timedelta(seconds=order.forward))
            if self.embedded:
                event.listen(self.engine, "do_connect", connect_counted)
            else:
                do_commit = self.engine.dialect.do_commit
                counted = lambda raw: commit(partial(do_commit, raw))  # noqa: E731  it closes over both
                setattr(self.engine.dialect, "do_commit", counted)  # noqa: B010  for this engine only

    def connect_counted(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = Counted

    accepted = receipts.Journal.accepted

    def counted_accepted(journal: receipts.Journal, *arguments: Any, **more: Any) -> None:
        mine = board.count_receipt()
        board.die_if(mine, Board.ANSWERED)
        accepted(journal, *arguments, **more)
        board.die_if(mine, Board.NOTED)

    setattr(receipts.Journal, "accepted", counted_accepted)  # noqa: B010  from outside, as is the store
    if order.poison:
        poison_mail(order.poison)
    setattr(bot.wiring, "Store", DyingStore)  # noqa: B010  from outside: the product has no hook for this


def poison_mail(words: str) -> None:
    """In this process, from now on: a mail with these words ends whatever process parses it."""
    import bot.serve
    from bot.wiring import build_channels
    from tests.support.parsers import KillsItself

    def build(config: Any) -> Any:
        channels = build_channels(config)
        email: Any = channels["email"]
        email.parse = KillsItself(email.parse, words.encode())
        return channels

    setattr(bot.serve, "build_channels", build)  # noqa: B010  from outside, as the store


def live(order: Order) -> None:
    """Be the service until the end."""
    from bot.cli import main

    with Path(order.log).open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    sys.argv = ["firstline", "--config", order.config, "serve"]
    be_mortal(order)
    main()


def run(orders: TextIO, answers: int) -> None:
    """Obey orders until there are none."""

    def say(text: str) -> None:
        os.write(answers, f"{text}\n".encode())

    for line in orders:
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                live(order)
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
            except BaseException:  # noqa: BLE001  shown in the log, whose reader decides
                sys.excepthook(*sys.exc_info())
                code = 70
            sys.stderr.flush()
            os._exit(code)
        say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def load() -> None:
    """Run a desk for one mail, so that a fork has what a start and a mail need: modules, rules, compiled statements."""
    from tests.support import compiled, databases
    from tests.support.house import House, mail, running

    compiled.share()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(House(Path(folder), databases.embedded(Path(folder)))) as house,
    ):
        house.send(mail("ada@example.com"))
        house.mails_to("ada@example.com")
        house.settle()


if __name__ == "__main__":
    load()
    with os.fdopen(os.dup(0)) as given:
        run(given, os.dup(1))
