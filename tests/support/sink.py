"""An SMTP server that keeps what it is sent, refuses what real ones refuse, and fails when it is told to.

It is written from the RFCs and shares nothing with our own server, so that the two cannot agree on a mistake. It runs
in a thread of its own: tests of any kind, and programs that tests start, can send to it.

    with Sink() as sink:
        sink.refuse["gone@example.com"] = "550 5.1.1 No such user"
        ...
        sink.wait_for(1)
        assert sink.messages[0].recipients == ["anna@example.com"]
"""

import asyncio
import base64
import email
import email.policy
import re
import ssl
import threading
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Self

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""A certificate for localhost and its key, for tests only."""

LONGEST_LINE = 998
SINGLE_HEADERS = ("date", "from", "message-id")
EVERYBODY = "*"

_PATH = re.compile(rb"<([^<>]*)>(.*)", re.DOTALL)


class Drop(Enum):
    """When to end the connection of the next message, without a word."""

    BEFORE_DOT = "in the middle of the message"
    AFTER_DOT_LOST = "after the final dot, the message is lost"
    AFTER_DOT_KEPT = "after the final dot, the message is kept"


@dataclass(frozen=True)
class Received:
    """One message as it arrived: its envelope and its octets, without dot-stuffing."""

    sender: str
    recipients: list[str]
    content: bytes
    tls: bool = False
    user: str = ""
    options: list[str] = field(default_factory=list)

    @cached_property
    def message(self) -> EmailMessage:
        """The same object each time: whoever changes it copies it first."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @cached_property
    def subject(self) -> str:
        return str(self.message["subject"])

    @cached_property
    def message_id(self) -> str:
        return str(self.message["message-id"]).strip("<> ")


def server_tls() -> ssl.SSLContext:
    """TLS as a server on localhost speaks it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


class Sink:
    """The server. What it was told applies from the next command on; every list can be read at any time."""

    def __init__(
        self,
        *,
        port: int = 0,
        offers: Iterable[str] = ("PIPELINING", "SIZE 30000000", "8BITMIME", "SMTPUTF8"),
        starttls: bool = False,
        implicit_tls: bool = False,
        users: dict[str, str] | None = None,
        tokens: set[str] | None = None,
    ) -> None:
        self.port = port
        self.offers = list(offers)
        self.starttls = starttls
        self.implicit_tls = implicit_tls
        self.users = users or {}
        self.tokens = tokens
        self.messages: list[Received] = []
        self.refuse: dict[str, str] = {}
        self.refuse_sender = ""
        self.largest = 0
        self.answers: deque[str] = deque()
        self.drops: deque[Drop] = deque()
        self.connections = 0
        self.commands: list[str] = []
        self._arrived = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def __enter__(self) -> Self:
        self._thread.start()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self) -> None:
        """Be there, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def hang_up(self) -> None:
        """Be gone: end every connection and accept none."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()

    def end_connections(self) -> None:
        """End every connection, as a server does with those that are idle, and go on."""
        asyncio.run_coroutine_threadsafe(self._end_connections(), self._loop).result()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Received]:
        """All messages, as soon as there are so many."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.messages) >= count, seconds):
                raise AssertionError(f"{len(self.messages)} of {count} messages arrived in {seconds} s")
        return list(self.messages)

    def counts(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(message.message_id for message in self.messages)

    def keep(self, received: Received) -> None:
        with self._arrived:
            self.messages.append(received)
            self._arrived.notify_all()

    async def _listen(self) -> None:
        tls = server_tls() if self.implicit_tls else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._end_connections()

    async def _end_connections(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        await self._quiet.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        self._quiet.clear()
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, _Ended):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._open.discard(writer)
            if not self._open:
                self._quiet.set()


class _Ended(Exception):
    """The session is over."""


class _Session:
    """One connection's conversation (RFC 5321)."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink = sink
        self.reader = reader
        self.writer = writer
        self.tls = sink.implicit_tls
        self.user = ""
        self.token = ""
        self.greeted = False
        self.sender: str | None = None
        self.options: list[str] = []
        self.recipients: list[str] = []

    async def run(self) -> None:
        self.say("220 sink.example.net ESMTP")
        while True:
            line = await self.reader.readuntil(b"\n")
            if not line.endswith(b"\r\n"):
                self.say("500 5.5.2 A line ends with CR LF")
                raise _Ended
            verb, _, argument = line[:-2].partition(b" ")
            self.sink.commands.append(verb.decode("ascii", "replace").upper())
            await self.obey(verb.upper(), argument)
            await self.writer.drain()

    def say(self, *lines: str) -> None:
        *first, last = lines
        for line in first:
            self.writer.write(f"{line[:3]}-{line[4:]}\r\n".encode())
        self.writer.write(f"{last}\r\n".encode())

    def reset(self) -> None:
        self.sender = None
        self.options = []
        self.recipients = []

    async def obey(self, verb: bytes, argument: bytes) -> None:
        match verb:
            case b"EHLO" | b"HELO":
                self.greet()
            case b"STARTTLS" if self.sink.starttls and not self.tls:
                await self.encrypt()
            case b"AUTH" if self.sink.users or self.sink.tokens is not None:
                await self.log_in(argument)
            case b"MAIL":
                self.say(self.mail(argument))
            case b"RCPT":
                self.say(self.rcpt(argument))
            case b"DATA":
                await self.data()
            case b"RSET" | b"NOOP":
                if verb == b"RSET":
                    self.reset()
                self.say("250 2.0.0 OK")
            case b"QUIT":
                self.say("221 2.0.0 Bye")
                raise _Ended
            case _:
                self.say("500 5.5.1 What?")

    def greet(self) -> None:
        self.greeted = True
        self.reset()
        offers = [*self.sink.offers]
        if self.sink.starttls and not self.tls:
            offers.append("STARTTLS")
        if self.sink.users:
            offers.append("AUTH PLAIN LOGIN")
        if self.sink.tokens is not None:
            offers.append("AUTH XOAUTH2")
        self.say("250 sink.example.net", *(f"250 {offer}" for offer in offers))

    async def encrypt(self) -> None:
        self.say("220 2.0.0 Go ahead")
        await self.writer.drain()
        await self.writer.start_tls(server_tls())
        self.tls = True
        self.greeted = False

    async def log_in(self, argument: bytes) -> None:
        mechanism, _, initial = argument.partition(b" ")
        if mechanism.upper() == b"XOAUTH2":
            await self.show_token(initial)
            return
        if mechanism.upper() == b"PLAIN":
            name, password = base64.b64decode(initial or await self.ask("")).split(b"\0")[1:]
        else:
            name = base64.b64decode(initial or await self.ask("Username:"))
            password = base64.b64decode(await self.ask("Password:"))
        if self.sink.users.get(name.decode()) == password.decode():
            self.user = name.decode()
            self.say("235 2.7.0 Welcome")
        else:
            self.say("535 5.7.8 Wrong name or password")

    async def show_token(self, initial: bytes) -> None:
        """XOAUTH2: an error comes as a challenge first, to be answered with an empty line."""
        user, bearer, *_ = base64.b64decode(initial).decode().split("\x01")
        self.token = bearer.removeprefix("auth=Bearer ")
        if self.sink.tokens is not None and self.token in self.sink.tokens:
            self.user = user.removeprefix("user=")
            self.say("235 2.7.0 Welcome")
        else:
            await self.ask('{"status":"400","schemes":"bearer"}')
            self.say("535 5.7.3 Authentication unsuccessful")

    async def ask(self, question: str) -> bytes:
        self.say(f"334 {base64.b64encode(question.encode()).decode()}")
        return (await self.reader.readuntil(b"\r\n")).strip()

    def mail(self, argument: bytes) -> str:
        path = _PATH.fullmatch(argument[5:]) if argument[:5].upper() == b"FROM:" else None
        if path is None:
            return "501 5.5.4 Syntax: MAIL FROM:<address>"
        options = path.group(2).decode("ascii", "replace").upper().split()
        if not path.group(1).isascii() and "SMTPUTF8" not in options:
            return "553 5.6.7 This address needs SMTPUTF8"
        refusal = self.not_ready() or self.not_offered(options) or self.too_large(options) or self.sink.refuse_sender
        if refusal:
            return refusal
        self.sender, self.options = path.group(1).decode(), options
        return "250 2.1.0 OK"

    def not_ready(self) -> str:
        if not self.greeted or self.sender is not None:
            return "503 5.5.1 Bad sequence of commands"
        if self.sink.starttls and not self.tls:
            return "530 5.7.0 Must issue a STARTTLS command first"
        revoked = self.sink.tokens is not None and self.token not in self.sink.tokens
        if revoked or (self.sink.users and not self.user):
            return "530 5.7.0 Authentication required"
        return ""

    def too_large(self, options: list[str]) -> str:
        """RFC 1870 section 6.1, where there is a limit at all."""
        size = max((int(option[5:]) for option in options if option.startswith("SIZE=")), default=0)
        largest = self.sink.largest
        return f"552 5.3.4 This is larger than {largest} octets" if 0 < largest < size else ""

    def not_offered(self, options: list[str]) -> str:
        offered = {offer.split()[0] for offer in self.sink.offers}
        for option in options:
            name = option.partition("=")[0].replace("BODY", "8BITMIME")
            if name not in offered:
                return f"555 5.5.4 {name} was not offered"
        return ""

    def rcpt(self, argument: bytes) -> str:
        path = _PATH.fullmatch(argument[3:]) if argument[:3].upper() == b"TO:" else None
        if self.sender is None:
            return "503 5.5.1 MAIL first"
        if path is None or b"@" not in path.group(1):
            return "501 5.5.4 Syntax: RCPT TO:<address>"
        if not path.group(1).isascii() and "SMTPUTF8" not in self.options:
            return "553 5.6.7 This address needs SMTPUTF8"
        recipient = path.group(1).decode()
        refusal = self.sink.refuse.get(recipient) or self.sink.refuse.get(EVERYBODY)
        if refusal:
            return refusal
        self.recipients.append(recipient)
        return "250 2.1.5 OK"

    async def data(self) -> None:
        if not self.recipients:
            self.say("554 5.5.1 No valid recipients")
            return
        self.say("354 End with a dot on a line of its own")
        await self.writer.drain()
        drop = self.sink.drops.popleft() if self.sink.drops else None
        if drop is Drop.BEFORE_DOT:
            await self.reader.read(10)
            self.writer.transport.abort()
            raise _Ended
        content = await self.content()
        complaint = self.complaint(content)
        if drop is Drop.AFTER_DOT_LOST:
            raise _Ended
        answer = complaint or (self.sink.answers.popleft() if self.sink.answers else "250 2.0.0 Kept")
        if answer.startswith("250"):
            assert self.sender is not None
            self.sink.keep(Received(self.sender, self.recipients, content, self.tls, self.user, self.options))
        if drop is Drop.AFTER_DOT_KEPT:
            raise _Ended
        self.reset()
        self.say(answer)

    async def content(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def complaint(self, content: bytes) -> str:
        """What a careful server refuses of a message, or nothing."""
        lines = content.split(b"\r\n")
        header = content.partition(b"\r\n\r\n")[0]
        if any(b"\n" in line or b"\r" in line for line in lines):
            return "550 5.6.11 A bare CR or LF (RFC 5321 section 2.3.8)"
        if max(map(len, lines)) > LONGEST_LINE:
            return "554 5.6.0 A line of more than 998 octets (RFC 5322 section 2.1.1)"
        if not content.isascii() and "BODY=8BITMIME" not in self.options:
            return "554 5.6.1 8-bit content without 8BITMIME (RFC 6152)"
        if not header.isascii() and "SMTPUTF8" not in self.options:
            return "554 5.6.7 8-bit header without SMTPUTF8 (RFC 6531)"
        names = Counter(line.partition(b":")[0].decode("ascii", "replace").lower() for line in header.split(b"\r\n"))
        for name in SINGLE_HEADERS:
            if names[name] != 1:
                return f"550 5.7.1 A message has one {name} header (RFC 5322 section 3.6)"
        return ""
