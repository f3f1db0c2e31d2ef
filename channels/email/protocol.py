"""How we speak SMTP (RFC 5321) and LMTP (RFC 2033) to somebody who brings mail: aiosmtpd, with our own DATA.

aiosmtpd refuses lines of more than 998 octets, which much real mail has, and reads line by line. Ours reads in chunks,
takes any line, ends only at CRLF.CRLF (a bare LF never ends a message, or one could be smuggled behind another) and
never holds more than the limit, whatever is sent.
"""

import asyncio
import hmac
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

from channels.base import IntakeUnavailable, Mailboxes, Source, Take
from channels.email import tokens
from channels.email.config import EmailSettings, LmtpListen, SmtpListen, ascii_domain
from channels.email.intake import raw_mail
from channels.email.suspicion import is_known

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
COMMAND_LIMIT = 2048
AUTH_ATTEMPTS = 3
ANY_NUMBER = 1_000_000
ENDLESS = 40
"""A message is read to its end before it is refused, but not beyond this many times the limit."""

END_OF_DATA = b"\r\n.\r\n"
GOODBYE = b"421 4.3.2 We are shutting down; please try again in a minute.\r\n"
CROWDED = b"421 4.3.2 Too many connections; please try again later.\r\n"
NO_MAILBOX = "550 5.1.1 There is no such mailbox here."
UNKNOWN_SENDER = "550 5.7.1 We take mail from known senders only; please reach us in another way."
NO_ROOM = "451 4.3.1 Too much mail is being taken in at the moment; please try again later."
NOT_NOW = "451 4.3.0 We cannot store mail at the moment; please try again later."

_PLAIN_PATH = re.compile(r"\s*<([\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+|)>(.*)", re.ASCII | re.DOTALL)


class Refused(Exception):
    """This message is not taken; the text is the reply (RFC 5321 section 4.2)."""


class Pool:
    """The bytes in flight of all connections of one listener: received, and not yet answered."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0

    @contextmanager
    def share(self, max_size: int) -> Iterator["Share"]:
        """One message's part, given back whatever becomes of the message."""
        share = Share(self, max_size)
        try:
            yield share
        finally:
            share.give_back()


class Share:
    """The bytes that one message holds of a pool. `endless` says that there is no use in waiting for its end."""

    def __init__(self, pool: Pool, max_size: int) -> None:
        self.endless = False
        self._pool = pool
        self._max_size = max_size
        self._held = 0
        self._seen = 0

    def grow(self, octets: int) -> str:
        """Count `octets` more, and return what to answer where that is too much: nothing is held from then on."""
        self._seen += octets
        self.endless = self._seen > ENDLESS * self._max_size
        if self._seen - len(END_OF_DATA) > self._max_size:
            self.give_back()
            return too_big(self._max_size)
        if self._pool.held + octets > self._pool.limit:
            self.give_back()
            return NO_ROOM
        self._pool.held += octets
        self._held += octets
        return ""

    def give_back(self) -> None:
        self._pool.held -= self._held
        self._held = 0


class Gate:
    """What all connections of one listener share: whose mail we take, how much at once, and who makes it durable.

    It is also aiosmtpd's handler: its `handle_*` methods are called for the command of that name.
    """

    def __init__(
        self, settings: EmailSettings, listen: SmtpListen | LmtpListen, take: Take, now: Callable[[], datetime]
    ) -> None:
        self.settings = settings
        self.listen = listen
        self.users = listen.users if isinstance(listen, SmtpListen) else {}
        self.pool = Pool(listen.bytes_in_flight)
        self.connections: set[Conversation] = set()
        self.closing = False
        self.empty = asyncio.Event()
        self.empty.set()
        self._mailboxes = _open_to(settings)
        self._take = take
        self._now = now
        self._brought = 0

    def source(self) -> Source:
        """How this listener is: reached as long as it listens."""
        name = "smtp" if isinstance(self.listen, SmtpListen) else "lmtp"
        return Source(name=name, brought=self._brought, reached=True, expect_every=self.listen.expect_every)

    def enter(self, connection: "Conversation") -> None:
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: "Conversation") -> None:
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()

    async def accept(self, payload: bytes, session: Session, envelope: Envelope) -> str:
        """Hand the mail on and return the reply: 250 only when it is durable, 451 where that failed."""
        raw = raw_mail(
            payload,
            mail_from=(envelope.mail_from or "").strip("<>"),
            rcpt_to=envelope.rcpt_tos,
            received_at=self._now(),
            peer=_host(session.peer),
            helo=session.host_name or "",
            tls=session.ssl is not None,
        )
        try:
            await self._take(raw)
        except IntakeUnavailable as error:
            log.warning("mail refused for now: %s", error)
            return NOT_NOW
        self._brought += 1
        return f"250 2.0.0 Taken as {raw.key[:16]}"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """Whether name and password (RFC 4954; PLAIN or LOGIN) are one of our users'."""
        wanted = self.users.get(login.login.decode("utf-8", "replace"), "").encode()
        good = hmac.compare_digest(wanted, login.password) and bool(wanted)
        return AuthResult(success=good, handled=False, auth_data=login if good else None)

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's name, as those below)
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offers = [line for line in responses if self.users or not line.startswith("250-AUTH")]
        return [*offers[:1], f"250-SIZE {self.settings.max_size}", "250-PIPELINING", *offers[1:]]

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        size = max((int(option[5:]) for option in options if option.startswith("SIZE=")), default=0)
        if size > self.settings.max_size:
            return too_big(self.settings.max_size)
        if self.pool.held + size > self.pool.limit:
            return NO_ROOM
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if _folded(address) not in self._mailboxes:
            return NO_MAILBOX
        if self._is_turned_away(envelope.mail_from or "", address):
            return UNKNOWN_SENDER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    def _is_turned_away(self, sender: str, recipient: str) -> bool:
        """Whether strangers are refused and this is one. Bounces are none, nor answers to a reply address of ours."""
        if self.settings.unknown_senders != "refuse" or not sender.strip("<> "):
            return False
        answers = bool(tokens.in_addresses([recipient], self.settings.parsing()))
        return not answers and not is_known(sender, self.settings.all_known_domains())

    async def handle_exception(self, error: Exception) -> str:
        """Our fault: the sender keeps the mail and tries again."""
        log.error("a mail connection failed", exc_info=error)
        return NOT_NOW


class Conversation(SMTP):
    """One connection. `busy` is true from DATA to its reply; while it is, shutting down waits for it."""

    line_length_limit = CHUNK
    command_size_limit = COMMAND_LIMIT
    session: Session
    envelope: Envelope

    def __init__(self, gate: Gate, tls: ssl.SSLContext | None, loop: asyncio.AbstractEventLoop) -> None:
        # aiosmtpd would share one between all connections.
        self.command_size_limits = defaultdict(lambda: COMMAND_LIMIT)
        self.gate = gate
        self.busy = False
        self._turned_away = False
        smtp = gate.listen if isinstance(gate.listen, SmtpListen) else SmtpListen()
        super().__init__(
            gate,
            data_size_limit=None,
            enable_SMTPUTF8=True,
            hostname=gate.settings.domain,
            ident="Firstline",
            tls_context=tls,
            require_starttls=smtp.require_tls,
            timeout=gate.listen.timeout,
            auth_required=smtp.require_auth,
            auth_require_tls=not smtp.auth_without_tls,
            command_call_limit={"AUTH": AUTH_ATTEMPTS, "*": ANY_NUMBER},
            authenticator=gate.authenticate,
            loop=loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        gate = self.gate
        if self not in gate.connections and (gate.closing or len(gate.connections) >= gate.listen.connections):
            self._turned_away = True
            if isinstance(transport, asyncio.WriteTransport):
                transport.write(GOODBYE if gate.closing else CROWDED)
            transport.close()
            return
        gate.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.gate.leave(self)
        if not self._turned_away:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return False if self._turned_away else super().eof_received()

    def say_goodbye(self) -> None:
        """End the connection, between two messages (RFC 5321 section 3.8)."""
        transport = self.transport
        if isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
            transport.write(GOODBYE)
            transport.close()

    def abort(self) -> None:
        """End the connection at once; a message that was being received is not acknowledged."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    @syntax("AUTH <mechanism>", when="offers_auth")
    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if self.offers_auth:
            await super().smtp_AUTH(arg)
        else:
            await self.push("502 5.5.1 There is nothing to log in to here.")

    @property
    def offers_auth(self) -> bool:
        return bool(self.gate.users)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Send RCPT first.")
        elif arg:
            await self.push("501 5.5.4 Syntax: DATA")
        else:
            self.busy = True
            try:
                await self._take_message(self.envelope)
            finally:
                self.busy = False
            if self.gate.closing:
                self.say_goodbye()

    async def _take_message(self, envelope: Envelope) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with self.gate.pool.share(self.gate.settings.max_size) as share:
            try:
                payload = await self._read_message(share)
                reply = await self.gate.accept(payload, self.session, envelope)
            except Refused as refusal:
                reply = str(refusal)
            finally:  # whatever went wrong: a sender that goes on with MAIL must not be told that it is out of order
                self._set_post_data_state()  # type: ignore[no-untyped-call]
        for line in self.replies(reply, envelope.rcpt_tos):
            await self.push(line)
        if share.endless and self.transport is not None:
            self.transport.close()

    def replies(self, reply: str, _recipients: Sequence[str]) -> list[str]:
        """What is answered to the end of a message."""
        return [reply]

    async def _read_message(self, share: Share) -> bytes:
        """The message without its dot-stuffing (RFC 5321 section 4.5.2); Refused only once all of it was read."""
        chunks: list[bytes] = []
        refusal = ""
        async for chunk in self._chunks():
            chunks.append(chunk)
            refusal = share.grow(len(chunk)) or refusal
            if refusal:
                chunks.clear()
            if share.endless:
                break
        if refusal:
            raise Refused(refusal)
        return b"".join(chunks).replace(b"\r\n.", b"\r\n")[2:-2]

    async def _chunks(self) -> AsyncIterator[bytes]:
        """All that comes up to CRLF.CRLF and nothing after it, a bounded piece at a time.

        The first CRLF may be that of the DATA command (RFC 5321 section 4.1.1.4): so it goes in front of what is read.
        """
        self._reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # noqa: SLF001  (there is no public way)
        ended = False
        while not ended:
            try:
                chunk = await self._reader.readuntil(END_OF_DATA)
                ended = True
            except asyncio.LimitOverrunError as more:
                chunk = await self._reader.readexactly(more.consumed)
            self._reset_timeout()
            yield chunk

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address of a path, and the rest: nearly all are plain and need no full grammar, which takes 0.1 ms."""
        plain = _PLAIN_PATH.match(arg)
        return (plain.group(1) or "<>", plain.group(2)) if plain else super()._getaddr(arg)

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        """MAIL's parameters, of which AUTH=<...> is to be accepted and may be ignored (RFC 4954 section 5)."""
        return super()._getparams([param for param in params if not (self.offers_auth and param.startswith("AUTH="))])


class LmtpConversation(Conversation, LMTP):
    """LMTP: LHLO, and after the message one reply for every accepted recipient (RFC 2033 section 4.2)."""

    def replies(self, reply: str, recipients: Sequence[str]) -> list[str]:
        return [reply] * len(recipients)


def too_big(max_size: int) -> str:
    """One polite sentence: it is all that the sender of such a mail will read (RFC 1870)."""
    return (
        f"552 5.3.4 This message is larger than the {max_size / 1_000_000:g} MB we can take; "
        "please send large files as a link. Thank you."
    )


def _open_to(settings: EmailSettings) -> Mailboxes:
    """Whom we take mail for: our addresses, with or without a reply token, and postmaster (RFC 5321 section 4.5.1)."""
    ours = [_folded(address) for address in settings.addresses]
    postmasters = [f"postmaster@{address.rpartition('@')[2]}" for address in ours]
    return Mailboxes((*ours, *postmasters, "postmaster"), settings.plus)


def _host(peer: object) -> str:
    """Whom we speak with: an IP address, or `local` on a unix socket."""
    return str(peer[0]) if isinstance(peer, tuple) else "local"


def _folded(address: str) -> str:
    """An address as it is compared: without regard to case, its domain as ASCII."""
    local, at, domain = address.casefold().rpartition("@")
    return local + at + ascii_domain(domain)
