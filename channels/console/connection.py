"""One client at the console: what it says goes to the desk, what is delivered to it comes from its mailbox."""

import asyncio
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from channels.base import IntakeUnavailable, Raw, Take, Unparseable
from channels.console.mailbox import Mailbox
from channels.console.messages import Said, read


class Connection:
    """A client that has said who it is. `wake` has it look into its mailbox."""

    def __init__(
        self,
        identity: str,
        mailbox: Mailbox,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        take: Take,
    ) -> None:
        self.identity = identity
        self._mailbox = mailbox
        self._reader, self._writer = streams
        self._take = take
        self._awake = asyncio.Event()
        self._taking = asyncio.Lock()
        self._speaking = asyncio.Lock()
        self._task = asyncio.current_task()

    def wake(self) -> None:
        """There may be something new in the mailbox."""
        self._awake.set()

    async def run(self) -> None:
        """Serve the client until it leaves. Raises OSError."""
        await self.tell({"welcome": self.identity, "tokens": await asyncio.to_thread(self._mailbox.tokens)})
        pump = asyncio.create_task(self._pump())
        try:
            while line := await next_line(self._reader):
                async with self._taking:
                    await self._hear(line)
        except ValueError:
            await self.tell({"error": "the line is too long"})
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await pump

    async def finish(self) -> None:
        """End it, once what it is saying is taken."""
        async with self._taking:
            if self._task is not None:
                self._task.cancel()

    async def tell(self, answer: dict[str, Any]) -> None:
        """Send one line."""
        await self._send(msgspec.json.encode(answer))

    async def _send(self, line: bytes) -> None:
        async with self._speaking:
            self._writer.write(line + b"\n")
            await self._writer.drain()

    async def _hear(self, line: bytes) -> None:
        try:
            seen = msgspec.json.decode(line)
            if isinstance(seen, dict) and isinstance(seen.get("seen"), int):
                await asyncio.to_thread(self._mailbox.see, seen["seen"])
                return
            said = read(line)
        except (msgspec.MsgspecError, ValueError, RecursionError, Unparseable) as error:
            await self.tell({"error": f"not understood: {error}"})
            return
        await self._hand_over(said)

    async def _hand_over(self, said: Said) -> None:
        key = said.key or str(uuid.uuid4())
        said = msgspec.structs.replace(said, key=key, identity=self.identity)
        raw = Raw(
            channel="console",
            key=key,
            lane=f"console:{self.identity}",
            payload=msgspec.json.encode(said),
            received_at=datetime.now(UTC),
        )
        try:
            await self._take(raw)
        except IntakeUnavailable as error:
            await self.tell({"refused": str(error), "key": key})
        else:
            await self.tell({"taken": key})

    async def _pump(self) -> None:
        """Send what is in the mailbox from where the client last was, and then whatever comes."""
        try:
            position = await asyncio.to_thread(self._mailbox.seen)
            while True:
                self._awake.clear()
                for end, line in await asyncio.to_thread(self._mailbox.since, position):
                    await self._send(b'{"delivery":' + line + b',"end":' + str(end).encode() + b"}")
                    position = end
                await self._awake.wait()
        except OSError:
            self._writer.close()  # rather than leave a client that never hears anything
            raise


async def next_line(reader: asyncio.StreamReader) -> bytes:
    """The next whole line; empty at the end. Raises ValueError for one beyond the limit."""
    line = await reader.readline()
    return line if line.endswith(b"\n") else b""
