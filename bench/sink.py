"""A relay that takes every mail and forgets it, but remembers when which answer arrived.

It is a process of its own that costs as little as possible. Commands come on standard input, one a line, and each is
answered with one line of JSON: `wait RUN COUNT SECONDS` answers as soon as COUNT different mails of that run have
been answered to their sender, or the seconds are over. It ends with its standard input.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter, defaultdict
from typing import Any

from bench.mails import ADDRESS, MESSAGE_ID

GREETING = b"220 sink.example ESMTP\r\n"
FEATURES = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 33554432\r\n"
THREAD = re.compile(rb"^(?:In-Reply-To|References):((?:[^\r]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


class Book:
    """What arrived: for each run the time (monotonic, in seconds) of the first answer to each mail's own sender."""

    def __init__(self) -> None:
        self.arrived: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self.repeated: Counter[str] = Counter()
        self.mails = 0
        self.changed = asyncio.Event()

    def note(self, recipients: list[bytes], content: bytes) -> None:
        now = time.monotonic()
        self.mails += 1
        for run, number in answered(recipients, content):
            if number in self.arrived[run]:
                self.repeated[run] += 1
            else:
                self.arrived[run][number] = now
            self.changed.set()

    async def wait(self, run: str, count: int, seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                while len(self.arrived[run]) < count:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            pass
        return {
            "arrived": list(self.arrived[run].items()),
            "repeated": self.repeated[run],
            "mails": self.mails,
            "cpu": time.process_time(),
        }


def answered(recipients: list[bytes], content: bytes) -> set[tuple[str, int]]:
    """The run and number of the mail that this answers, if it goes to the one who wrote that mail."""
    head = content[: content.find(b"\r\n\r\n") + 2]
    named = {match.groups() for value in THREAD.findall(head) for match in MESSAGE_ID.finditer(value)}
    written = {match.groups() for recipient in recipients for match in ADDRESS.finditer(recipient)}
    return {(run.decode(), int(number)) for run, number in named & written}


class Session(asyncio.Protocol):
    """One connection. Commands may come in groups (RFC 2920)."""

    transport: asyncio.Transport

    def __init__(self, book: Book) -> None:
        self.book = book
        self.buffer = b""
        self.recipients: list[bytes] = []
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        replies = []
        while reply := self.content() if self.in_data else self.command():
            replies.append(reply)
        self.transport.write(b"".join(replies))

    def content(self) -> bytes:
        end = self.buffer.find(b"\r\n.\r\n")
        if end < 0:
            return b""
        self.book.note(self.recipients, self.buffer[:end])
        self.buffer = self.buffer[end + 5 :]
        self.recipients, self.in_data = [], False
        return b"250 OK\r\n"

    def command(self) -> bytes:
        line, found, rest = self.buffer.partition(b"\r\n")
        if not found:
            return b""
        self.buffer = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipients.append(line)
        elif verb == b"DATA":
            self.in_data = True
            return b"354 Go on\r\n"
        elif verb == b"EHLO":
            return FEATURES
        elif verb == b"QUIT":
            self.transport.write(b"221 Bye\r\n")
            self.transport.close()
            return b""
        elif verb in {b"MAIL", b"RSET"}:
            self.recipients = []
        return b"250 OK\r\n"


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    book = Book()
    server = await loop.create_server(lambda: Session(book), "127.0.0.1", port, backlog=200)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while words := (await commands.readline()).decode().split():
        match words:
            case ["wait", run, count, seconds]:
                print(json.dumps(await book.wait(run, int(count), float(seconds))), flush=True)
            case _:
                raise ValueError(f"unknown command: {words}")
    server.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    asyncio.run(serve(arguments.parse_args().port))


if __name__ == "__main__":
    main()
