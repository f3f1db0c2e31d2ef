"""The rig: one subject between a load and a sink, each a process of its own, and what is read off while mails pass."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from bench.procfs import cpu_seconds, resident_megabytes
from bench.subjects import BenchError, Place, Subject
from bot.demo.stage import free_port

START_LIMIT = 60.0
ANSWER_LIMIT = 180.0
STOP_LIMIT = 30.0
SETTLED = 0.2
SETTLE_LIMIT = 5.0


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What was read off while a number of mails passed. Times in seconds; `answers` is empty for who gives none."""

    accepted_per_second: float
    answered_per_second: float
    cpu_per_mail: float
    rig_cpu_per_mail: float
    acceptances: list[float]
    answers: list[float]
    sent_per_mail: float
    deferred: int


def percentile(times: list[float], share: float) -> float:
    """The time that this share (0 to 1) of them does not exceed."""
    return sorted(times)[max(0, round(share * len(times)) - 1)] if times else float("nan")


class Rig:
    """A running subject with its sink. `started_in` is the time from starting it to its first greeting, in seconds."""

    def __init__(self, subject: Subject, folder: Path) -> None:
        self.subject = subject
        self.place = Place(folder=folder, port=free_port(), relay_port=free_port())
        self.started_in = 0.0
        self._stack = ExitStack()
        self._pid = 0

    def __enter__(self) -> Self:
        with self._stack as stack:
            command = [sys.executable, "-m", "bench.sink", "--port", str(self.place.relay_port)]
            self._sink = stack.enter_context(_process(command, self.place.folder / "sink.log"))
            self._sent = 0
            self._sink_cpu = 0.0
            _wait_for_greeting(self._sink, self.place.relay_port, self.place.folder / "sink.log")
            begin = time.monotonic()
            log = self.place.folder / "subject.log"
            process = stack.enter_context(_silent_process(self.subject.command(self.place), log))
            _wait_for_greeting(process, self.place.port, log)
            self.started_in = time.monotonic() - begin
            self._pid = process.pid
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def megabytes(self) -> float:
        """Resident memory now."""
        return resident_megabytes(self._pid)

    def warm_up(self, count: int) -> None:
        """Let a few mails pass that nobody measures, as many at once as then: what starts when much comes in has."""
        self.load("warm", count, connections=10)

    def load(self, run: str, count: int, *, connections: int, rate: float = 0) -> Passage:
        """Let `count` mails pass, as fast as they are taken or `rate` a second. Raises BenchError if one is missing."""
        command = [sys.executable, "-m", "bench.load", "--port", str(self.place.port), "--run", run]
        command += ["--count", str(count), "--connections", str(connections), "--rate", str(rate)]
        with _process(command, self.place.folder / "load.log") as load:
            assert load.stdout is not None
            if load.stdout.readline() != "ready\n":
                raise BenchError("the load could not connect")
            cpu = self.settled_cpu()
            sent = json.loads(load.communicate("go\n")[0])
        if sent["refused"]:
            raise BenchError(f"{self.subject.name} did not take all mails: {sent['refused']}")
        answered = self.wait_for_answers(run, count) if self.subject.answers else {"arrived": []}
        cpu = self.settled_cpu() - cpu
        return self._passage(sent, dict(answered["arrived"]), cpu, count)

    def wait_for_answers(self, run: str, count: int) -> dict[str, Any]:
        """Return when every mail of the run is answered. Raises BenchError if one is not."""
        answered = self._ask_sink(f"wait {run} {count} {ANSWER_LIMIT}")
        if missing := count - len(answered["arrived"]):
            raise BenchError(f"{self.subject.name}: {missing} of {count} answers did not arrive in {ANSWER_LIMIT} s")
        return answered

    def _ask_sink(self, command: str) -> dict[str, Any]:
        assert self._sink.stdin is not None
        assert self._sink.stdout is not None
        self._sink.stdin.write(f"{command}\n")
        self._sink.stdin.flush()
        answer: dict[str, Any] = json.loads(self._sink.stdout.readline())
        return answer

    def _passage(self, sent: dict[str, Any], arrived: dict[int, float], cpu: float, count: int) -> Passage:
        handed = {number: begin for number, begin, _ in sent["mails"]}
        totals = self._ask_sink("wait none 0 1")
        sink_cpu, self._sink_cpu = totals["cpu"] - self._sink_cpu, totals["cpu"]
        mails, self._sent = totals["mails"] - self._sent, totals["mails"]
        last = max(end for _, _, end in sent["mails"])
        return Passage(
            accepted_per_second=count / (last - sent["started"]),
            answered_per_second=count / (max(arrived.values()) - sent["started"]) if arrived else float("nan"),
            cpu_per_mail=cpu / count,
            rig_cpu_per_mail=(sent["cpu"] + sink_cpu) / count,
            acceptances=[end - begin for _, begin, end in sent["mails"]],
            answers=[moment - handed[number] for number, moment in arrived.items()],
            sent_per_mail=mails / count,
            deferred=sent["deferred"],
        )

    def settled_cpu(self) -> float:
        """CPU seconds used, once what is still being written after the last answer has been."""
        before, now = -1.0, cpu_seconds(self._pid)
        end = time.monotonic() + SETTLE_LIMIT
        while now > before and time.monotonic() < end:
            time.sleep(SETTLED)
            before, now = now, cpu_seconds(self._pid)
        return now


@contextmanager
def rig(subject: Subject, within: Path) -> Iterator[Rig]:
    """A rig in a fresh folder that is removed afterwards."""
    with TemporaryDirectory(prefix=f"{subject.name}-", dir=within) as folder, Rig(subject, Path(folder)) as running:
        yield running


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that speaks lines on its standard streams."""
    pipe = subprocess.PIPE
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True, bufsize=1)
    with _ended(process):
        yield process


@contextmanager
def _silent_process(command: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes whatever it says into a file."""
    with log.open("w", encoding="utf-8") as words:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, text=True)
    with _ended(process):
        yield process


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the process when the block is left: gently, and after STOP_LIMIT not so."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for_greeting(process: subprocess.Popen[str], port: int, log: Path) -> None:
    """Return when an SMTP greeting is read from the port. Raises BenchError if the process ends or takes too long."""
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=START_LIMIT) as connection:
                if connection.recv(3) == b"220":
                    return
        except ConnectionError:
            time.sleep(0.002)
        if process.poll() is not None:
            raise BenchError(f"it ended with {process.returncode}: {log.read_text(encoding='utf-8').strip()[-500:]}")
    raise BenchError(f"nobody greets on port {port} after {START_LIMIT} s")
