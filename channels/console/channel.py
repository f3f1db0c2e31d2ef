"""The console as a channel: a unix socket in, a mailbox file for each identity out."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from channels.base import Envelope, Parse, Receipt, Render, Take, TemporaryFailure
from channels.console import messages, sockets
from channels.console.connection import Connection, next_line
from channels.console.mailbox import Mailbox
from channels.console.settings import ConsoleSettings

FINISH_WITHIN: Final = 10.0
"""Seconds that clients are given at the end to have taken what they are saying."""
_HELLO_WITHIN: Final = 30.0


class ConsoleChannel:
    """People at terminals of this machine."""

    name = "console"

    def __init__(self, settings: ConsoleSettings) -> None:
        self.parse: Parse = messages.parse
        self.render: Render = messages.render
        self.ready = asyncio.Event()
        self._settings = settings
        self._socket = Path(settings.socket)
        self._mailboxes: dict[str, Mailbox] = {}
        self._connections: set[Connection] = set()
        self._greeting: set[asyncio.Task[Any]] = set()

    def places(self) -> list[str]:
        """Where it listens, for the person at the terminal."""
        return [f"console on {self._settings.socket}, what was sent is kept in {self._settings.mailbox}"]

    async def listen(self, take: Take) -> None:
        """Serve clients until cancelled. Raises OSError that names the setting whose path cannot be used."""
        await asyncio.to_thread(self._prepare_mailbox)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._serve(reader, writer, take)
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        bound = await asyncio.to_thread(sockets.listening, self._socket)
        server = await asyncio.start_unix_server(serve, sock=bound, limit=sockets.LINE_LIMIT)
        self.ready.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ready.clear()
            server.close()
            await self._end_connections()
            self._socket.unlink(missing_ok=True)

    async def deliver(self, rendered: bytes, envelope: Envelope) -> Receipt:
        """Put it into the recipient's mailbox, and on the screens they look at."""
        try:
            await asyncio.to_thread(self._mailbox(envelope).put, rendered)
        except OSError as error:
            raise TemporaryFailure(f"console.mailbox: {error.filename or ''}: {error.strerror}") from error
        identity = _identity(envelope)
        for connection in self._connections:
            if connection.identity == identity:
                connection.wake()
        return _receipt(envelope)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Look for it in the recipient's mailbox."""
        try:
            found = await asyncio.to_thread(self._mailbox(envelope).has, envelope.key)
        except OSError as error:
            raise TemporaryFailure(f"console.mailbox: {error.filename or ''}: {error.strerror}") from error
        return _receipt(envelope) if found else None

    async def close(self) -> None:
        """Nothing is held open between deliveries."""

    async def connect(self, identity: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """As a client: a connection on which `identity` has been said. Raises OSError where nobody listens."""
        reader, writer = await sockets.connect(self._socket)
        writer.write(msgspec.json.encode({"as": identity}) + b"\n")
        await writer.drain()
        return reader, writer

    def _prepare_mailbox(self) -> None:
        try:
            Path(self._settings.mailbox).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            words = f"console.mailbox: {self._settings.mailbox} cannot be made: {error.strerror}; give another path"
            raise OSError(error.errno, words) from error

    def _mailbox(self, envelope: Envelope) -> Mailbox:
        return self._mailbox_of(_identity(envelope))

    def _mailbox_of(self, identity: str) -> Mailbox:
        if identity not in self._mailboxes:
            self._mailboxes[identity] = Mailbox(Path(self._settings.mailbox), identity)
        return self._mailboxes[identity]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, take: Take) -> None:
        identity = await self._greet(reader)
        if not identity:
            writer.write(b'{"error":"say who you are first: {\\"as\\": \\"ada@example.com\\"}"}\n')
            await writer.drain()
            return
        connection = Connection(identity, self._mailbox_of(identity), (reader, writer), take)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    async def _greet(self, reader: asyncio.StreamReader) -> str:
        """Who the client says it is; empty if it does not, or takes too long."""
        task = asyncio.current_task()
        assert task is not None  # a server's callback is a task
        self._greeting.add(task)
        try:
            async with asyncio.timeout(_HELLO_WITHIN):
                hello = msgspec.json.decode(await next_line(reader), type=dict[str, Any])
        except (TimeoutError, msgspec.MsgspecError, ValueError, RecursionError):
            return ""
        finally:
            self._greeting.discard(task)
        return messages.identity_of(str(hello.get("as", "")))

    async def _end_connections(self) -> None:
        for task in list(self._greeting):
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_WITHIN):
                await asyncio.gather(*(connection.finish() for connection in list(self._connections)))


def _identity(envelope: Envelope) -> str:
    return envelope.to.address.strip().casefold()


def _receipt(envelope: Envelope) -> Receipt:
    return Receipt(external_id=f"console:{envelope.key}", detail="in the mailbox")
