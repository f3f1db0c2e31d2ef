"""Sending through a relay: a few connections that are kept, and failures sorted by what is to be done next.

aiosmtplib connects, encrypts and logs in. The mail transactions are ours: pipelined where the relay can (RFC 2920),
which takes a third of the time and two round trips fewer, and exact about the one thing that matters when a connection
breaks: whether the relay may have the message already.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Self, TypeVar

import aiosmtplib

from channels.base import ChannelError, NoAnswer, PermanentFailure, TemporaryFailure, TooLarge
from channels.email.config import Relay
from channels.email.oauth import TokenSource
from channels.email.rate import Limiter

T = TypeVar("T")
IDLE_LIMIT = 60.0
"""Seconds after which a kept connection is not trusted any more; relays end them after some minutes."""
GOODBYE_LIMIT = 1.0
MAILS_PER_CONNECTION = 500
PATIENCE = 10
"""The final answer may take so many times longer than any other: giving up early is what doubles mails (RFC 1047)."""
SMALL = 16 * 1024
REPLY_LINES = 100
REPLY_LINE_LIMIT = 8 * 1024

_TOO_LARGE = re.compile(r"552 (?!5\.2\.2)|5\d\d 5\.(?:3\.4|2\.3)\b")
"""RFC 1870 section 6 and RFC 3463: over the relay's limit or the recipient's; 552 is said of full mailboxes too."""
_REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)([^\r\n]*)\r?\n")


class Lost(Exception):
    """The connection ended, or stopped making sense, before the relay can have had the whole message."""


class LoginRefused(TemporaryFailure):
    """The relay does not take our login, or not any more: nothing was sent, and another login may do."""


class Reply:
    """What the relay answered (RFC 5321 section 4.2)."""

    __slots__ = ("code", "text")

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text

    @property
    def good(self) -> bool:
        return self.code < 400

    def failure(self) -> ChannelError:
        """4xx passes, 5xx does not; but 53x is about our login and 421 about the connection, not about the mail."""
        words = f"{self.code} {self.text}"
        if 530 <= self.code <= 539:
            return LoginRefused(f"email.relay.username: the relay wants another login: {words}")
        if self.code < 500:
            return TemporaryFailure(words)
        return TooLarge(words) if _TOO_LARGE.match(words) else PermanentFailure(words)


class RelayPool:
    """At most `settings.connections` connections to the relay, each kept for the next mail.

    `tokens` is asked for the access token where `settings.auth` is `xoauth2`.
    """

    def __init__(self, settings: Relay, hostname: str, tokens: TokenSource | None = None) -> None:
        self._settings = settings
        self._hostname = hostname
        self._tokens = tokens if settings.auth == "xoauth2" else None
        self._limiter = Limiter(settings.most_in_time) if settings.most_in_time else None
        self._free = asyncio.Semaphore(settings.connections)
        self._idle: list[Line] = []

    async def send(self, sender: str, recipient: str, message: bytes) -> str:
        """Hand over one mail for one recipient and return what the relay said.

        Raises TemporaryFailure, PermanentFailure, or NoAnswer where the relay may have it. A kept connection that turns
        out to be dead is replaced without a word, and so is an access token that is refused, once. Where the rate is
        reached it waits for its turn.
        """
        if self._limiter is not None:
            await self._limiter.wait()
        async with self._free:
            try:
                return await self._send(sender, recipient, message)
            except LoginRefused:
                if self._tokens is None:
                    raise
            await self._renew()
            return await self._send(sender, recipient, message)

    async def check(self) -> None:
        """Log in as for a mail, and leave again. Raises TemporaryFailure that names the setting."""
        async with self._free:
            try:
                line = await self._open()
            except LoginRefused:
                if self._tokens is None:
                    raise
                await self._renew()
                line = await self._open()
            await line.quit()

    async def _send(self, sender: str, recipient: str, message: bytes) -> str:
        line = await self._kept()
        if line is not None:
            try:
                return await self._use(line, sender, recipient, message)
            except Lost:
                pass
        line = await self._open()
        try:
            return await self._use(line, sender, recipient, message)
        except Lost as error:
            raise TemporaryFailure(f"the connection to {self._settings.host} was lost: {error}") from error

    async def _open(self) -> "Line":
        token = await asyncio.to_thread(self._tokens.token) if self._tokens is not None else ""
        return await Line.open(self._settings, self._hostname, token)

    async def _renew(self) -> None:
        """The present token was refused: get another, and trust no connection that was opened with the old one."""
        lines, self._idle = self._idle, []
        for line in lines:
            line.drop()
        if self._tokens is not None:
            await asyncio.to_thread(self._tokens.token, refused=True)

    async def close(self) -> None:
        """Say QUIT on every connection that is idle."""
        lines, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in lines))

    async def _kept(self) -> "Line | None":
        now = asyncio.get_running_loop().time()
        while self._idle:
            line = self._idle.pop()
            if line.usable(now):
                return line
            await line.quit()
        return None

    async def _use(self, line: "Line", sender: str, recipient: str, message: bytes) -> str:
        try:
            return await line.send(sender, recipient, message)
        finally:
            if line.clean:
                self._idle.append(line)
            else:
                line.drop()


class Line:
    """One connection, logged in. `clean` says that the next mail may go over it."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        transport = client.transport
        if not isinstance(transport, asyncio.Transport):
            raise Lost("it ended at once")
        self._reader = asyncio.StreamReader(limit=REPLY_LINE_LIMIT, loop=loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)
        self._timeout = timeout
        self._pipelining = client.supports_extension("pipelining")
        self._offers = {name for name in ("size", "8bitmime", "smtputf8") if client.supports_extension(name)}
        self._mails = 0
        self._since = loop.time()
        self.clean = True

    @classmethod
    async def open(cls, settings: Relay, hostname: str, token: str = "") -> Self:
        """Connect, encrypt, log in: with the access token if there is one (XOAUTH2), else with the password.

        All that fails here is temporary: it is about a setting or a server, not a mail.
        """
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username if settings.password else None,
            password=settings.password or None,
            local_hostname=hostname,
            timeout=settings.timeout,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            cert_bundle=settings.tls_ca or None,
        )
        where = f"{settings.host}:{settings.port}"
        try:
            return await cls._begin(client, settings, token)
        except aiosmtplib.SMTPAuthenticationError as error:
            failure = LoginRefused if error.code >= 500 else TemporaryFailure
            raise failure(f"email.relay.username: {where} refused the login: {error.message}") from error
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError) as error:
            raise TemporaryFailure(f"email.relay.host: {where} cannot be reached: {error}") from error
        except (aiosmtplib.SMTPException, OSError, Lost) as error:
            raise TemporaryFailure(f"email.relay.tls: no {settings.tls} session with {where}: {error}") from error

    @classmethod
    async def _begin(cls, client: aiosmtplib.SMTP, settings: Relay, token: str) -> Self:
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            if token:
                await client.auth_xoauth2(settings.username, token)
            return cls(client, settings.timeout)
        except BaseException:
            client.close()
            raise

    def usable(self, now: float) -> bool:
        alive = not (self._reader.at_eof() or self._writer.is_closing())
        return alive and self._mails < MAILS_PER_CONNECTION and now - self._since < IDLE_LIMIT

    def drop(self) -> None:
        """End the connection without a word."""
        self._writer.transport.abort()

    async def quit(self) -> None:
        """End the connection politely (RFC 5321 section 4.1.1.10), but wait no more than a moment for the answer."""
        self._writer.write(b"QUIT\r\n")
        with suppress(OSError, TimeoutError, Lost):
            async with asyncio.timeout(GOODBYE_LIMIT):
                await self._answer()
                self._writer.close()
                await self._writer.wait_closed()
        self.drop()

    async def send(self, sender: str, recipient: str, message: bytes) -> str:
        """One mail transaction (RFC 5321 section 3.3). Raises Lost while the relay cannot have the message yet."""
        self.clean = False
        self._mails += 1
        mail_from = self._mail_from(sender, recipient, message)
        await self._envelope(mail_from, f"RCPT TO:<{recipient}>\r\n".encode())
        answer = await self._content(message)
        if answer.code // 100 == 3:
            raise NoAnswer(f"what was answered to the whole message says nothing: {answer.code} {answer.text}")
        self.clean = answer.code != 421
        self._since = asyncio.get_running_loop().time()
        if not answer.good:
            raise answer.failure()
        return f"{answer.code} {answer.text}"

    def _mail_from(self, sender: str, recipient: str, message: bytes) -> bytes:
        utf8 = not (sender.isascii() and recipient.isascii())
        if utf8 and "smtputf8" not in self._offers:
            self.clean = True
            raise PermanentFailure("the relay cannot carry an address that is not ASCII (RFC 6531)")
        parameters = f" SIZE={len(message)}" if "size" in self._offers else ""
        parameters += " BODY=8BITMIME" if "8bitmime" in self._offers and not message.isascii() else ""
        return f"MAIL FROM:<{sender}>{parameters}{' SMTPUTF8' if utf8 else ''}\r\n".encode()

    async def _envelope(self, mail_from: bytes, rcpt_to: bytes) -> None:
        """Up to the relay's go-ahead for the content, or the failure."""
        commands = (mail_from, rcpt_to, b"DATA\r\n")
        answers = await (self._at_once(commands) if self._pipelining else self._one_by_one(commands))
        refusals = [answer for answer in answers if not answer.good]
        if refusals:
            await self._start_over(go_ahead=answers[-1].good)
            raise refusals[0].failure()
        if [answer.code // 100 for answer in answers] != [2, 2, 3]:
            raise Lost("its answers are not to what was asked")

    async def _at_once(self, commands: Sequence[bytes]) -> list[Reply]:
        """The answers to commands that go out together; the wait for all of them is one."""
        self._writer.write(b"".join(commands))
        return await self._in_time(len(commands), self._replies(len(commands)))

    async def _one_by_one(self, commands: Sequence[bytes]) -> list[Reply]:
        """The answers to commands of which each waits for the one before, up to the first refusal."""
        answers: list[Reply] = []
        for command in commands:
            self._writer.write(command)
            answers.append(await self._answer())
            if not answers[-1].good:
                break
        return answers

    async def _start_over(self, *, go_ahead: bool) -> None:
        """After a refusal: end the content that a relay may want in spite of it (RFC 2920 section 3.1), and reset."""
        try:
            if go_ahead:
                self._writer.write(b".\r\n")
                await self._answer()
            self._writer.write(b"RSET\r\n")
            self.clean = (await self._answer()).good
        except Lost:
            self.clean = False

    async def _content(self, message: bytes) -> Reply:
        """The message, dot-stuffed, and the answer to its final dot: NoAnswer where there is none."""
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        if len(stuffed) > SMALL:
            await self._push(stuffed)
            stuffed = b""
        self._writer.write(stuffed + end)
        try:
            return await self._answer(PATIENCE)
        except Lost as error:
            raise NoAnswer(f"the connection was lost after the whole message was sent: {error}") from error

    async def _push(self, data: bytes) -> None:
        """Write, and wait until the system has taken all of it: if the connection ends before, nothing was accepted."""
        self._writer.transport.set_write_buffer_limits(high=0)
        self._writer.write(data)
        try:
            async with asyncio.timeout(self._timeout * PATIENCE):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise Lost(str(error) or "it took too long") from error

    async def _answer(self, patience: int = 1) -> Reply:
        """One reply, in so many times the time that one is given."""
        return await self._in_time(patience, self._reply())

    async def _in_time(self, patience: int, answer: Awaitable[T]) -> T:
        """What is awaited; raises Lost where it does not come in time, or not at all."""
        try:
            async with asyncio.timeout(self._timeout * patience):
                return await answer
        except TimeoutError as error:
            raise Lost("no answer in time") from error
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise Lost(str(error)) from error

    async def _replies(self, count: int) -> list[Reply]:
        return [await self._reply() for _ in range(count)]

    async def _reply(self) -> Reply:
        """One reply, of however many lines (RFC 5321 section 4.2.1)."""
        words: list[str] = []
        while len(words) < REPLY_LINES:
            line = _REPLY_LINE.fullmatch(await self._reader.readuntil(b"\n"))
            if line is None:
                raise Lost("the relay does not speak SMTP")
            words.append(line.group(3).decode("utf-8", "replace").strip())
            if line.group(2) != b"-":
                return Reply(int(line.group(1)), " ".join(words))
        raise Lost("the relay's answer has no end")
