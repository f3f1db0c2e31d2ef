"""The load: sends the mails of a run over a few connections and notes when each was accepted.

It is a process of its own that costs less than what it measures. It makes its mails first, prints `ready`, starts when
a line comes on standard input, and ends with one line of JSON. Times are monotonic, in seconds, the same clock for all
processes of a machine.

Closed loop (the default): each connection sends its next mail as soon as the last was answered; a mail's time counts
from handing over its content. Open loop (`--rate`): mails are due at fixed moments whatever the server does, and a
mail's time counts from when it was due, so that waiting in line is not forgotten.

A refusal for now (4xx) is tried again after a pause, as a mail server would; the time goes on counting.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.mails import Mail, mails

DESK = b"help@example.org"
PAUSE = 0.1
GREETING_LIMIT = 30.0
LIMIT = 300.0
"""Seconds after which a load gives up, whatever is still open."""


class Tally:
    """What is to be sent, when it is due, and what came of it."""

    def __init__(self, run: str, count: int, rate: float, connections: int) -> None:
        self.waiting = deque(mails(run, count))
        self.count = count
        self.rate = rate
        self.connections = connections
        self.started = 0.0
        self.handed: dict[int, float] = {}
        self.accepted: dict[int, float] = {}
        self.refused: Counter[str] = Counter()
        self.deferred = 0
        self.finished = asyncio.Event()

    def due(self, mail: Mail) -> float:
        return self.started + mail.number / self.rate if self.rate else self.started

    def settle(self, mail: Mail, reply: bytes) -> None:
        if reply.startswith(b"2"):
            self.accepted[mail.number] = time.monotonic()
        else:
            self.refused[reply.decode("ascii", "replace")] += 1
        if len(self.accepted) + self.refused.total() == self.count:
            self.finished.set()

    def lost(self) -> None:
        self.connections -= 1
        if self.connections == 0:
            self.finished.set()


class Sender(asyncio.Protocol):
    """One connection, which takes the next mail from the tally whenever it is free."""

    transport: asyncio.Transport

    def __init__(self, tally: Tally, ready: Callable[[], None]) -> None:
        self.tally = tally
        self.ready = ready
        self.buffer = b""
        self.greeted = False
        self.mail: Mail | None = None
        self.steps: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.steps.append(b"EHLO load.example\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's name)
        if self.mail is not None:
            self.tally.settle(self.mail, b"connection lost")
        self.tally.lost()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            if line[3:4] != b"-":
                self.answered(line)

    def answered(self, reply: bytes) -> None:
        """Go on after a whole reply: the next command, the content, or the next mail."""
        if not self.greeted:
            if self.steps:
                self.transport.write(self.steps.popleft())
            else:
                self.greeted = True
                self.ready()
        elif self.mail is None:
            self.next()
        elif reply[:1] not in b"23":
            self.turned_down(self.mail, reply)
        elif reply.startswith(b"354"):
            self.tally.handed.setdefault(self.mail.number, time.monotonic())
            self.transport.write(self.mail.content)
        elif self.steps:
            self.transport.write(self.steps.popleft())
        else:
            self.tally.settle(self.mail, reply)
            self.next()

    def next(self) -> None:
        """Begin the next mail when it is due; with none left the connection stays idle until the end."""
        self.mail = None
        if not self.tally.waiting or self.transport.is_closing():
            return
        wait = self.tally.due(self.tally.waiting[0]) - time.monotonic()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self.next)
            return
        self.mail = mail = self.tally.waiting.popleft()
        self.steps = deque((b"RCPT TO:<%b>\r\n" % DESK, b"DATA\r\n"))
        self.transport.write(b"MAIL FROM:<%b>\r\n" % mail.sender)

    def turned_down(self, mail: Mail, reply: bytes) -> None:
        """Put the mail back if the refusal is for now only, and begin afresh."""
        if reply.startswith(b"4"):
            self.tally.deferred += 1
            self.tally.waiting.append(mail)
        else:
            self.tally.settle(mail, reply)
        self.mail = None
        self.steps.clear()
        asyncio.get_running_loop().call_later(PAUSE, self.transport.write, b"RSET\r\n")


async def run(given: argparse.Namespace) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    tally = Tally(given.run, given.count, given.rate, given.connections)
    connected = asyncio.Semaphore(0)
    senders = [
        (await loop.create_connection(lambda: Sender(tally, connected.release), "127.0.0.1", given.port))[1]
        for _ in range(given.connections)
    ]
    async with asyncio.timeout(GREETING_LIMIT):
        for _ in senders:
            await connected.acquire()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    cpu, tally.started = time.process_time(), time.monotonic()
    for sender in senders:
        sender.next()
    with suppress(TimeoutError):
        await asyncio.wait_for(tally.finished.wait(), LIMIT)
    if missing := given.count - len(tally.accepted) - tally.refused.total():
        tally.refused["no answer in time"] = missing
    cpu = time.process_time() - cpu
    for sender in senders:
        sender.transport.close()
    return {
        "started": tally.started,
        "mails": [
            (number, tally.due(Mail(number, b"", b"")) if given.rate else tally.handed[number], accepted)
            for number, accepted in tally.accepted.items()
        ],
        "refused": dict(tally.refused),
        "deferred": tally.deferred,
        "cpu": cpu,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--run", required=True, help="name of the run: letters and digits")
    arguments.add_argument("--count", type=int, required=True)
    arguments.add_argument("--connections", type=int, default=1)
    arguments.add_argument("--rate", type=float, default=0, help="mails a second that are due; 0: closed loop")
    print(json.dumps(asyncio.run(run(arguments.parse_args()))))


if __name__ == "__main__":
    main()
