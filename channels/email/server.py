"""The listeners that mail comes in through: SMTP and LMTP in the running event loop, and how they open and close."""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from channels.base import Source, Take
from channels.email.config import EmailSettings, LmtpListen, SmtpListen
from channels.email.protocol import Conversation, Gate, LmtpConversation

FINISH_WITHIN = 10.0
"""Seconds that messages in the middle of DATA are given when we shut down."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MailServer:
    """All listeners of the `[email]` table. `bound` says where each of them listens: `smtp` → `127.0.0.1:2525`."""

    def __init__(self, settings: EmailSettings, take: Take, now: Callable[[], datetime] = _utc_now) -> None:
        self.bound: dict[str, str] = {}
        self._settings = settings
        self._take = take
        self._now = now
        self._listeners: list[tuple[asyncio.Server, Gate]] = []

    async def start(self) -> None:
        """Open every listener, or none. Raises OSError that names the setting whose address cannot be used."""
        # aiosmtpd writes a line for every command, and warns of itself at every login.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        try:
            if self._settings.smtp is not None:
                await self._open_smtp(self._settings.smtp)
            if self._settings.lmtp is not None:
                await self._open_lmtp(self._settings.lmtp)
        except OSError:
            await self.stop(finish_within=0)
            raise

    async def stop(self, finish_within: float = FINISH_WITHIN) -> None:
        """Accept nothing more, let messages that are being received finish within so many seconds, close."""
        for listener, gate in self._listeners:
            listener.close()
            gate.closing = True
            for connection in list(gate.connections):
                if not connection.busy:
                    connection.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(finish_within):
                for _, gate in self._listeners:
                    await gate.empty.wait()
        for _, gate in self._listeners:
            for connection in list(gate.connections):
                connection.abort()
        self._listeners.clear()
        self.bound.clear()

    def sources(self) -> list[Source]:
        """How the listeners are."""
        return [gate.source() for _, gate in self._listeners]

    async def _open_smtp(self, listen: SmtpListen) -> None:
        loop = asyncio.get_running_loop()
        gate = Gate(self._settings, listen, self._take, self._now)
        tls = _server_tls(listen)
        try:
            server = await loop.create_server(lambda: Conversation(gate, tls, loop), listen.host, listen.port)
        except OSError as error:
            raise unusable("email.smtp.port", f"{listen.host}:{listen.port}", error) from error
        self._listeners.append((server, gate))
        self.bound["smtp"] = address_of(server)

    async def _open_lmtp(self, listen: LmtpListen) -> None:
        loop = asyncio.get_running_loop()
        gate = Gate(self._settings, listen, self._take, self._now)

        def connect() -> Conversation:
            return LmtpConversation(gate, None, loop)

        try:
            if listen.socket:
                server = await loop.create_unix_server(connect, listen.socket)
                Path(listen.socket).chmod(0o660)  # noqa: ASYNC240  (once, at start)
            else:
                server = await loop.create_server(connect, listen.host, listen.port)
        except OSError as error:
            if listen.socket:
                raise unusable("email.lmtp.socket", listen.socket, error) from error
            raise unusable("email.lmtp.port", f"{listen.host}:{listen.port}", error) from error
        self._listeners.append((server, gate))
        self.bound["lmtp"] = listen.socket or address_of(server)


def _server_tls(listen: SmtpListen) -> ssl.SSLContext | None:
    if not listen.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(listen.tls_cert, listen.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise OSError(f"email.smtp.tls_cert: {listen.tls_cert} and its key cannot be used: {_words(error)}") from error
    return context


def address_of(server: asyncio.Server) -> str:
    """Where it listens, as `host:port`."""
    host, port = server.sockets[0].getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def unusable(setting: str, address: str, error: OSError) -> OSError:
    """The error that names the setting whose address cannot be used."""
    return OSError(f"{setting}: cannot listen on {address}: {_words(error)}")


def _words(error: OSError) -> str:
    """The system's own words: asyncio wraps them into a sentence with the address once more."""
    if isinstance(error, ssl.SSLError) or error.errno is None or error.errno <= 0:
        return str(error)
    return os.strerror(error.errno)
