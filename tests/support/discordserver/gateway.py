"""The gateway: https://discord.com/developers/docs/events/gateway."""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from tests.support.discordserver import intents
from tests.support.discordserver.ids import new_secret
from tests.support.discordserver.refused import Json
from tests.support.discordserver.sessions import Session
from tests.support.discordserver.shapes import member_of
from tests.support.discordserver.state import Dispatch, State

SENDS_A_MINUTE: Final = 120
SESSIONS_A_DAY: Final = 1000
RESUMABLE_SECONDS: Final = 300
"""How long a session waits for its app: "a few minutes", Discord says."""


class Closed(Exception):
    """The connection is to be ended with this code.

    https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class Connection:
    """One web socket of the app."""

    web_socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    compressor: Any = None
    session: Session | None = None

    def __post_init__(self) -> None:
        self.frames: asyncio.Queue[Json] = asyncio.Queue()
        self.ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received: deque[float] = deque(maxlen=SENDS_A_MINUTE + 1)

    async def write(self) -> None:
        """Runs as long as the connection: sends what is put into `frames`, in order."""
        while True:
            text = json.dumps(await self.frames.get())
            try:
                if self.compressor is None:
                    await self.web_socket.send_str(text)
                else:
                    packed = self.compressor.compress(text.encode()) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
                    await self.web_socket.send_bytes(packed)
            except ConnectionError:
                return

    def end(self, code: int) -> None:
        if not self.ending.done():
            self.ending.set_exception(Closed(code, ""))

    def pace(self, now: float) -> None:
        """120 sends in a minute are allowed."""
        self.received.append(now)
        if len(self.received) > SENDS_A_MINUTE and now - self.received[0] < 60:
            raise Closed(4008, "Rate limited.")


class Gateway:
    """Takes the app's connections, keeps its sessions, and hands every dispatch to those that want it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.open: list[Connection] = []
        self.sessions: list[Session] = []
        self.connections = 0
        """How many there have been since the start."""
        self.identified = 0
        """How often an app began a new session; Discord allows that a thousand times a day."""
        self.resumed = 0
        self.heartbeats = 0
        self.heartbeat_seconds = 41.25
        self.acknowledges = True
        """Whether heartbeats are answered: a connection that is dead without knowing it does not."""
        self.shards = 1
        """How many Discord advises."""
        self.refuse = 0
        """How many of the next connections are refused with 503."""
        self.sessions_left = SESSIONS_A_DAY

    @property
    def url(self) -> str:
        return self._state.base.replace("http://", "ws://") + "/gateway"

    def about(self) -> Json:
        """What GET /gateway/bot says."""
        return {
            "url": self.url,
            "shards": self.shards,
            "session_start_limit": {
                "total": SESSIONS_A_DAY,
                "remaining": self.sessions_left,
                "reset_after": 86_400_000,
                "max_concurrency": 1,
            },
        }

    # -------------------------------------------------------------------------------------- dispatches

    def dispatch(self, dispatch: Dispatch) -> None:
        """To every session that wants it, connected or not. From any thread."""
        with self._state.lock:
            for session in self.sessions:
                session.offer(dispatch)

    def repeat(self, event: str) -> None:
        """The last dispatch of a kind once more, under a number of its own."""
        with self._state.lock:
            for session in self.sessions:
                told = [each for each in session.sent if each["t"] == event]
                if told:
                    session.send(event, told[-1]["d"])

    # ------------------------------------------------------------------------------------- connections

    async def accept(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            self.refuse = max(self.refuse - 1, 0)
            return web.Response(status=503, text="upstream connect error")
        web_socket = web.WebSocketResponse(autoping=True, max_msg_size=4096 * 4)
        await web_socket.prepare(request)
        compressor = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        await self._serve(Connection(web_socket, request.transport, compressor))
        return web_socket

    async def _serve(self, connection: Connection) -> None:
        self.connections += 1
        self.open.append(connection)
        writer = asyncio.create_task(connection.write())
        interval = int(self.heartbeat_seconds * 1000)
        connection.frames.put_nowait({"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": interval}})
        try:
            await self._listen_until_told_to_end(connection)
        except Closed as closed:
            await connection.web_socket.close(code=closed.code, message=closed.reason.encode())
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self.open.remove(connection)
            self._left(connection)

    async def _listen_until_told_to_end(self, connection: Connection) -> None:
        listening = asyncio.create_task(self._listen(connection))
        try:
            await asyncio.wait({listening, connection.ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
        (connection.ending if connection.ending.done() else listening).result()

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.web_socket:
            if frame.type is WSMsgType.TEXT:
                connection.pace(asyncio.get_running_loop().time())
                self._received(connection, _decoded(frame.data))
        if connection.web_socket.close_code in {WSCloseCode.OK, WSCloseCode.GOING_AWAY} and connection.session:
            # https://discord.com/developers/docs/events/gateway#disconnecting: this ends the session, too.
            self._forget(connection.session)

    def _left(self, connection: Connection) -> None:
        with self._state.lock:
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = session.on_frame = None
                session.left_at = self._state.clock.now()

    def _forget(self, session: Session) -> None:
        with self._state.lock:
            if session in self.sessions:
                self.sessions.remove(session)

    # ----------------------------------------------------------------------------------- what the app says

    def _received(self, connection: Connection, frame: Json) -> None:
        data = frame.get("d")
        match frame.get("op"):
            case 1:
                self._heartbeat(connection, data)
            case 2:
                self._identify(connection, data if isinstance(data, dict) else {})
            case 6:
                self._resume(connection, data if isinstance(data, dict) else {})
            case 3 | 4:
                _identified(connection)
            case 8:
                self._members(_identified(connection), data if isinstance(data, dict) else {})
            case _:
                raise Closed(4001, "Unknown opcode.")

    def _heartbeat(self, connection: Connection, received: object) -> None:
        self.heartbeats += 1
        if connection.session is not None and isinstance(received, int):
            connection.session.received = received
        if self.acknowledges:
            connection.frames.put_nowait({"op": 11, "s": None, "t": None, "d": None})

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closed(4005, "Already authenticated.")
        asked, shard, shards = self._checked(data)
        with self._state.lock:
            self.identified += 1
            self.sessions_left -= 1
            session = Session(self._state, asked, shard, shards)
            self.sessions.append(session)
            self._attach(connection, session)
            session.begin(self.url)

    def _checked(self, data: Json) -> tuple[int, int, int]:
        self._check_token(data)
        if self.sessions_left <= 0:
            self._end_it_all()
            raise Closed(4004, "Authentication failed.")
        asked = data.get("intents")
        if not isinstance(asked, int) or asked & ~int(intents.ALL):
            raise Closed(4013, "Invalid intent(s).")
        if asked & intents.PRIVILEGED & ~self._state.app.granted:
            raise Closed(4014, "Disallowed intent(s).")
        shard, shards = data.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            raise Closed(4010, "Invalid shard.")
        return asked, shard, shards

    def _end_it_all(self) -> None:
        """More than a thousand sessions in a day: all end, and the token is no longer good."""
        self._state.app.token = f"Bot.{new_secret()}"
        self.sessions.clear()
        for connection in self.open:
            if connection.session is not None:
                connection.end(4004)

    def _check_token(self, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._state.app.token:
            raise Closed(4004, "Authentication failed.")

    def _resume(self, connection: Connection, data: Json) -> None:
        self._check_token(data)
        with self._state.lock:
            session = next((each for each in self.sessions if each.id == data.get("session_id")), None)
            if session is None or self._is_over(session):
                connection.frames.put_nowait({"op": 9, "s": None, "t": None, "d": False})
                return
            last = data.get("seq") or 0
            if last > len(session.sent):
                raise Closed(4007, "Invalid seq.")
            self.resumed += 1
            for frame in session.sent[last:]:
                connection.frames.put_nowait(frame)
            self._attach(connection, session)
            session.send("RESUMED", {"_trace": ["local"]})

    def _is_over(self, session: Session) -> bool:
        return session.left_at is not None and self._state.clock.now() - session.left_at > RESUMABLE_SECONDS

    def _attach(self, connection: Connection, session: Session) -> None:
        """From now on its dispatches go here; other threads hand theirs to the loop, in the lock's order."""
        loop = asyncio.get_running_loop()
        put = connection.frames.put_nowait
        connection.session, session.connection, session.left_at = session, connection, None
        session.on_frame = lambda frame: loop.call_soon_threadsafe(put, frame)

    def _members(self, session: Session, data: Json) -> None:
        """https://discord.com/developers/docs/events/gateway-events#request-guild-members, in one chunk."""
        with self._state.lock:
            guild = self._state.guilds.get(int(data.get("guild_id", 0)))
            if guild is None or self._state.app.bot.id not in guild.members:
                return
            wanted = {int(each) for each in _listed(data.get("user_ids"))}
            if not wanted and not session.intents & intents.Intent.GUILD_MEMBERS:
                raise Closed(4014, "Disallowed intent(s).")
            start = str(data.get("query") or "")
            found = [
                member_of(each)
                for each in guild.members.values()
                if (each.user.id in wanted if wanted else each.user.name.startswith(start))
            ]
            chunk: Json = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1}
            chunk["not_found"] = [str(each) for each in wanted - set(guild.members)]
            session.send("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    # --------------------------------------------------------------------------------- what goes wrong

    async def cut(self) -> None:
        """Drop every connection without a word; the sessions stay."""
        for connection in list(self.open):
            if connection.transport is not None:
                connection.transport.abort()

    async def say(self, op: int, data: Any = None) -> None:
        """An opcode to every connection: 7 to come back, 9 that the session is invalid."""
        if op == 9 and not data:
            with self._state.lock:
                self.sessions.clear()
        for connection in list(self.open):
            connection.frames.put_nowait({"op": op, "s": None, "t": None, "d": data})

    async def close(self, code: int) -> None:
        """End every connection with this code."""
        for connection in list(self.open):
            connection.end(code)

    def expire(self) -> None:
        """No session can be resumed any more, as after some minutes without a connection."""
        with self._state.lock:
            self.sessions = [each for each in self.sessions if each.on_frame is not None]


def _decoded(text: str) -> Json:
    try:
        frame = json.loads(text)
    except ValueError:
        raise Closed(4002, "Error while decoding payload.") from None
    if not isinstance(frame, dict):
        raise Closed(4002, "Error while decoding payload.")
    return frame


def _identified(connection: Connection) -> Session:
    if connection.session is None:
        raise Closed(4003, "Not authenticated.")
    return connection.session


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
