"""`firstline` as often as tests want it: a process each, forked from one that has loaded every module already.

Loading them takes a second of a processor, and the tests give some hundred commands. A command has its own process,
streams, folder, environment and exit code, as from a shell; what it lacks is the start of the interpreter, which those
tests show that run the installed program.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn, TypedDict

ALL_MODULES = "bot", "channels", "rules"


class Order(TypedDict):
    """One command."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]


def firstline(
    *arguments: str,
    folder: Path,
    stdin: str = "",
    timeout: float = 110.0,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run `firstline` with these arguments in a folder. Raises TimeoutError, and ends it, after so many seconds."""
    order = Order(
        arguments=list(arguments),
        folder=str(folder),
        environment={**os.environ, "COLUMNS": "100", **(environment or {})},
    )
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as error,
    ):
        given.write(stdin)
        given.seek(0)
        code = parent().obeyed(order, [given, out, error], timeout)
        return subprocess.CompletedProcess(["firstline", *arguments], code, _written(out), _written(error))


def _written(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read()


class Parent:
    """The parent of every command, and the way to it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.command", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "COLUMNS": "100"},
            )

    def close(self) -> None:
        """End; no command may run any more."""
        self._ours.close()
        self._process.wait()

    def obeyed(self, order: Order, streams: list[IO[str]], timeout: float) -> int:
        """The exit code of a command with these streams."""
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile("w+") as written:
            with theirs:
                json.dump(order, written)
                written.flush()
                files = [file.fileno() for file in (written, *streams)]
                socket.send_fds(self._ours, [b"."], [*files, theirs.fileno()])
            ours.settimeout(timeout)
            pid = int(ours.recv(20))
            try:
                return int(ours.recv(20))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise


@cache
def parent() -> Parent:
    """The parent that this process has."""
    return Parent()


# ------------------------------------------------------------------------------------------ in the parent of commands


def serve(orders: socket.socket) -> None:
    """Obey orders until there are none."""
    while True:
        word, handed, _, _ = socket.recv_fds(orders, 1, 5)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG if word else 0)[0]:
                pass
        if not word:
            return
        if os.fork() == 0:
            orders.close()
            attend(handed)
        for descriptor in handed:
            os.close(descriptor)


def attend(handed: list[int]) -> NoReturn:
    """Have one command carried out, and tell its process and then its exit code."""
    order, *streams, answers = handed
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        with os.fdopen(order) as file:
            file.seek(0)
            be_firstline(json.load(file), streams)
    with socket.socket(fileno=answers) as tell, suppress(BrokenPipeError):
        tell.send(str(pid).encode().rjust(20))
        _, status = os.waitpid(pid, 0)
        tell.send(str(os.waitstatus_to_exitcode(status)).encode().rjust(20))
    os._exit(0)


def be_firstline(order: Order, streams: list[int]) -> NoReturn:
    """Be the command until its end."""
    from bot.cli import main

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["firstline", *order["arguments"]]
    code: Any = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  as the interpreter does at its end
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(bool(code)))


def load() -> None:
    """Load every module, so that a command has it."""
    import importlib
    import pkgutil

    for name in ALL_MODULES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        serve(orders)
