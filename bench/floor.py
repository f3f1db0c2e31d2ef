"""The floor: the least a program can do that takes a mail durably and answers it, with no product around it.

What it does, it does as fast as a good engineer would make it in a day: one writer thread puts whatever is waiting
into one transaction, mails are parsed with the standard library's old and quick compat32 policy, the answer is put
together as bytes, and a few kept connections hand it to the relay. 250 comes only after the commit.
"""

import argparse
import asyncio
import email
import email.header
import email.utils
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from email.message import Message
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.noop import serve

DESK = b"help@example.org"
CONNECTIONS = 4
GROUP = 500
LINGER = 0.02

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, sender TEXT, raw BLOB, received REAL);
CREATE TABLE IF NOT EXISTS ticket (id INTEGER PRIMARY KEY, requester TEXT, subject TEXT, status TEXT, opened REAL);
CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, message_id TEXT, author TEXT, body TEXT, sent REAL);
CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, actor TEXT, what TEXT, happened REAL);
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, recipient TEXT, answer BLOB, queued REAL, sent REAL);
"""
INSERTS = (
    "INSERT INTO inbox VALUES (?, ?, ?, ?)",
    "INSERT INTO ticket VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
    "INSERT INTO audit VALUES (?, ?, ?, ?)",
    "INSERT INTO outbox VALUES (?, ?, ?, ?, NULL)",
)


class Answer(NamedTuple):
    """A row of the outbox that is to be sent."""

    number: int
    recipient: bytes
    content: bytes


class Opening(NamedTuple):
    """One mail that became a ticket: a row for each of INSERTS, and who waits for the commit."""

    rows: tuple[tuple[Any, ...], ...]
    committed: asyncio.Future[None]


class Sent(NamedTuple):
    """An answer that the relay has taken."""

    at: float
    number: int


class Store(threading.Thread):
    """The one writer: drains what is waiting into one transaction and says so once it is durable."""

    def __init__(self, path: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self.waiting: queue.SimpleQueue[Opening | Sent] = queue.SimpleQueue()
        self.loop = loop
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.executescript(SCHEMA)
        self.numbers = itertools.count(self.db.execute("SELECT coalesce(max(id), 0) + 1 FROM ticket").fetchone()[0])

    def unsent(self) -> list[Answer]:
        rows = self.db.execute("SELECT id, recipient, answer FROM outbox WHERE sent IS NULL ORDER BY id")
        return [Answer(number, recipient.encode(), content) for number, recipient, content in rows]

    def run(self) -> None:
        while True:
            opened, sent = self.gather()
            try:
                self.write(opened, sent)
            except sqlite3.Error as error:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                self.loop.call_soon_threadsafe(settle, opened, error)
            else:
                self.loop.call_soon_threadsafe(settle, opened, None)

    def gather(self) -> tuple[list[Opening], list[Sent]]:
        """Everything that is waiting. Sent marks alone are in no hurry: they wait a little for mails to go with."""
        opened: list[Opening] = []
        sent: list[Sent] = []
        timeout: float | None = None
        while len(opened) + len(sent) < GROUP:
            try:
                item = self.waiting.get(timeout=0 if opened else timeout)
            except queue.Empty:
                break
            if isinstance(item, Opening):
                opened.append(item)
            else:
                sent.append(item)
                timeout = LINGER
        return opened, sent

    def write(self, opened: list[Opening], sent: list[Sent]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        if opened:
            for statement, rows in zip(INSERTS, zip(*(item.rows for item in opened), strict=True), strict=True):
                self.db.executemany(statement, rows)
        self.db.executemany("UPDATE outbox SET sent = ? WHERE id = ?", sent)
        self.db.execute("COMMIT")


def settle(opened: list[Opening], error: sqlite3.Error | None) -> None:
    for item in opened:
        if item.committed.cancelled():
            continue
        if error is None:
            item.committed.set_result(None)
        else:
            item.committed.set_exception(error)


class Desk:
    """Makes each mail a ticket and queues the answer."""

    def __init__(self, store: Store, deliver: Callable[[Answer], None]) -> None:
        self.store = store
        self.deliver = deliver

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (aiosmtpd's names)
        raw, now, number = envelope.content or b"", time.time(), next(self.store.numbers)
        assert isinstance(raw, bytes)
        mail = email.message_from_bytes(raw)
        sender = email.utils.parseaddr(str(mail["From"]))[1]
        message_id = str(mail["Message-ID"])
        answer = acknowledgement(number, sender, message_id, str(mail["Subject"]))
        rows = (
            (number, sender, raw, now),
            (number, sender, readable(str(mail["Subject"])), "new", now),
            (number, message_id, sender, plain_text(mail), now),
            (number, sender, "ticket opened", now),
            (number, sender, answer, now),
        )
        committed = self.store.loop.create_future()
        self.store.waiting.put(Opening(rows, committed))
        try:
            await committed
        except sqlite3.Error:
            return "451 Cannot store the mail now"
        self.deliver(Answer(number, sender.encode(), answer))
        return "250 OK"


def readable(header: str) -> str:
    return str(email.header.make_header(email.header.decode_header(header)))


def plain_text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content.decode(part.get_content_charset("utf-8"), "replace")
    return ""


def acknowledgement(number: int, recipient: str, message_id: str, subject: str) -> bytes:
    """The answer as it goes over the wire. The subject is passed on as it came, encoded or not."""
    return (
        f"From: Help desk <help@example.org>\r\nTo: {recipient}\r\nSubject: Re: {subject} [#{number}]\r\n"
        f"Message-ID: <answer.{number}@example.org>\r\nIn-Reply-To: {message_id}\r\nReferences: {message_id}\r\n"
        f"Date: {email.utils.formatdate()}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Thank you for your message. It is ticket #{number} now, and somebody will look at it today.\r\n\r\n"
        "If you want to add something, answer this mail.\r\n.\r\n"
    ).encode()


async def relay(port: int, waiting: asyncio.Queue[Answer], store: Store) -> None:
    """One kept connection to the relay. A lost one is opened again, and the answer it was busy with sent again."""
    answer: Answer | None = None
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await reply(reader)
            writer.write(b"EHLO floor.example\r\n")
            pipelining = b"PIPELINING" in await reply(reader)
            while True:
                answer = answer or await waiting.get()
                envelope = [b"MAIL FROM:<%b>\r\n" % DESK, b"RCPT TO:<%b>\r\n" % answer.recipient, b"DATA\r\n"]
                if pipelining:  # RFC 2920: one round trip for all three
                    writer.write(b"".join(envelope))
                for command in envelope:
                    if not pipelining:
                        writer.write(command)
                    await reply(reader)
                writer.write(answer.content)
                if (await reply(reader)).startswith(b"250"):
                    store.waiting.put(Sent(time.time(), answer.number))
                answer = None
        except (OSError, EOFError):
            await asyncio.sleep(1)


async def reply(reader: asyncio.StreamReader) -> bytes:
    """A whole reply, of one line or several (RFC 5321, 4.2.1)."""
    lines = line = await reader.readuntil(b"\r\n")
    while line[3:4] == b"-":
        line = await reader.readuntil(b"\r\n")
        lines += line
    return lines


async def run(path: str, port: int, relay_port: int) -> None:
    store = Store(path, asyncio.get_running_loop())
    waiting: asyncio.Queue[Answer] = asyncio.Queue()
    for answer in store.unsent():
        waiting.put_nowait(answer)
    store.start()
    async with asyncio.TaskGroup() as group:
        relays = [group.create_task(relay(relay_port, waiting, store)) for _ in range(CONNECTIONS)]
        await serve(Desk(store, waiting.put_nowait), port)
        for task in relays:
            task.cancel()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--db", required=True)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--relay-port", type=int, required=True)
    given = arguments.parse_args()
    asyncio.run(run(given.db, given.port, given.relay_port))


if __name__ == "__main__":
    main()
