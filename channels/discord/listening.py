"""How Discord's events come in: the sockets of discord.py, which acknowledge nothing that is not kept.

Discord has no acknowledgement but the number of the last dispatch, from which a session is resumed. Here that number
moves on only when what the dispatch says is durable, and all before it: what could not be kept is handed over again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import aiohttp
import discord
import msgspec
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from channels.base import ChannelError, IntakeUnavailable
from channels.discord.api import Api
from channels.discord.hearing import Hearing
from channels.discord.keeping import Keeping, Kept

log = logging.getLogger("firstline")

Hear = Callable[[str, Mapping[str, Any]], Kept | None]
"""Looks at a dispatch, its name and its data, and says what is to be kept of it."""

DISALLOWED_INTENTS: Final = 4014
_WRONG_TOKEN: Final = 4004
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_LASTS: Final = 10.0
"""Seconds after which a connection counts as one that worked."""
_OPEN_SECONDS: Final = 60
_BETWEEN_IDENTIFIES: Final = 5.1
_FEW: Final = 20
"""With so few sessions left today the desk waits: beyond the last one Discord takes the token away."""
_decode: Final = msgspec.json.Decoder().decode


class Socket(DiscordWebSocket):
    """A connection on which a dispatch counts as received once it is kept."""

    hear: Hear
    keeping: Keeping

    @property
    def sequence(self) -> int | None:
        """The number that heartbeats and RESUME name."""
        return self.keeping.sequence

    @sequence.setter
    def sequence(self, number: int | None) -> None:
        """What discord.py has read is not yet received."""

    async def received_message(self, msg: Any, /) -> None:  # noqa: ANN401  bytes or text
        """Of a dispatch discord.py is told for what the session needs. Raises ReconnectWebSocket."""
        if isinstance(msg, bytes):
            msg = self._decompressor.decompress(msg)
            if msg is None:
                return
        frame = _decode(msg)
        if frame.get("op") == self.DISPATCH:
            self._discord_parsers = {}
            await self.keeping.begin(int(frame["s"]), self.hear(str(frame.get("t")), frame.get("d") or {}))
        elif frame.get("op") == self.HEARTBEAT:
            await self.keeping.settled()  # so that the answer names all that came before
        await super().received_message(msg)

    def give_up(self) -> None:
        """End the connection, with a code that keeps its session."""
        self._ending = asyncio.create_task(self.close(code=4000))


class Listener:
    """The sockets, one a shard."""

    def __init__(self, api: Api, hearing: Hearing, hear: Hear) -> None:
        self._api = api
        self._hearing = hearing
        self._hear = hear
        self._identifying = asyncio.Lock()

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            for shard in range(self._api.settings.shards):
                group.create_task(self._shard(shard), name=f"discord shard {shard}")

    async def _shard(self, shard: int) -> None:
        """One session after the other, the same for as long as Discord lets it be resumed."""
        session, short = _Session(), 0
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._connected(shard, session)
            except ReconnectWebSocket as again:
                session.resumes = again.resume and session.id != ""
            except discord.ConnectionClosed as closed:
                self._judge(shard, closed)
                session.resumes = False
            except (ChannelError, discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
                self._hearing.fails(shard, f"discord.gateway: no connection: {error}")
            finally:
                self._hearing.lost(shard)
            short = 0 if clock() - began >= _LASTS else short + 1
            await asyncio.sleep(pause_after(short, resumes=session.resumes))

    def _judge(self, shard: int, closed: discord.ConnectionClosed) -> None:
        """Why Discord does not let us in."""
        if closed.code == DISALLOWED_INTENTS:
            self._api.content = False
            log.warning("discord: the Message Content Intent is not enabled for the app: going on without it")
            return
        what = "discord.token: Discord does not know it" if closed.code == _WRONG_TOKEN else "discord.gateway: closed"
        self._hearing.fails(shard, f"{what} ({closed.code} {closed.reason})")

    async def _connected(self, shard: int, session: "_Session") -> None:
        """Listen on one connection until it ends. Raises ReconnectWebSocket, or why it cannot be opened."""
        client = await self._api.client()
        gateway = await self._gateway(shard, client, session)
        keeping = Keeping(session.sequence if session.resumes else None)
        given = {"hear": staticmethod(self._heard(shard, session)), "keeping": keeping}
        kind: type[Socket] = type("Socket", (Socket,), given)
        async with self._turn(session):
            socket = await asyncio.wait_for(
                kind.from_client(
                    client,
                    initial=True,
                    gateway=yarl.URL(gateway),
                    shard_id=shard if self._api.settings.shards > 1 else None,
                    session=session.id or None,
                    sequence=session.sequence if session.resumes else None,
                    resume=session.resumes,
                ),
                timeout=_OPEN_SECONDS,
            )
        keeping.failed = socket.give_up
        try:
            while True:
                await socket.poll_event()
        finally:
            await keeping.settled()
            session.id, session.sequence = socket.session_id or "", keeping.sequence
            await _left(socket)
            _tell(keeping.error)

    def _heard(self, shard: int, session: "_Session") -> Hear:
        def hear(event: str, data: Mapping[str, Any]) -> Kept | None:
            if event == "READY":
                session.gateway = str(data.get("resume_gateway_url") or "")
                self._hearing.began(shard)
            elif event == "RESUMED":
                self._hearing.goes_on(shard)
            return self._hear(event, data)

        return hear

    async def _gateway(self, shard: int, client: discord.Client, session: "_Session") -> str:
        """Where to connect to; before a new session, while there are some left today. Raises ChannelError."""
        client._connection._intents = discord.Intents(self._api.intents)  # noqa: SLF001  they may be fewer now
        if session.resumes and session.gateway:
            return self._api.settings.gateway or session.gateway
        about = await self._api.call("GET", "/gateway/bot")
        left = about.get("session_start_limit") or {}
        if int(left.get("remaining", _FEW)) < _FEW:
            wait = float(left.get("reset_after", 0)) / 1000
            few = f"discord: {left['remaining']} sessions are left today; the desk waits until there are more"
            self._hearing.fails(shard, few)
            await asyncio.sleep(wait)
        return self._api.settings.gateway or str(about["url"])

    def _turn(self, session: "_Session") -> "_Turn":
        return _Turn(self._identifying, apart=self._api.settings.shards > 1 and not session.resumes)


def pause_after(short: int, *, resumes: bool) -> float:
    """Seconds to wait after so many connections in a row that did not last; never none before a new session."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(short - 2, 10)) if short > 1 else 0.0
    return pause if resumes else max(pause, _FIRST_PAUSE)


class _Turn:
    """Shards introduce themselves one after the other; who only resumes need not wait."""

    def __init__(self, lock: asyncio.Lock, *, apart: bool) -> None:
        self._lock, self._apart = lock, apart

    async def __aenter__(self) -> None:
        if self._apart:
            await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        if self._apart:
            await asyncio.sleep(_BETWEEN_IDENTIFIES)
            self._lock.release()


class _Session:
    """What is known of a session, over its connections."""

    def __init__(self) -> None:
        self.id = ""
        self.sequence: int | None = None
        self.gateway = ""
        self.resumes = False


def _tell(error: BaseException | None) -> None:
    """Why a connection was ended. Raises it where it is not the database's trouble."""
    if isinstance(error, IntakeUnavailable):
        log.warning("discord: something could not be kept, and is asked for again: %s", error)
    elif error is not None:
        raise error


async def _left(socket: DiscordWebSocket) -> None:
    """Close a connection so that its session can be resumed: with a code other than 1000 and 1001."""
    if socket._keep_alive is not None:  # noqa: SLF001  its thread would go on
        socket._keep_alive.stop()  # noqa: SLF001
        socket._keep_alive = None  # noqa: SLF001
    with suppress(aiohttp.ClientError, OSError, RuntimeError, TimeoutError):
        if socket.open:
            await socket.socket.close(code=4000)
