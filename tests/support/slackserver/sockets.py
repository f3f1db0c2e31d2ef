"""Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.support.slackserver import limits
from tests.support.slackserver.delivery import Answer, Delivery, NotDelivered
from tests.support.slackserver.ids import new_secret
from tests.support.slackserver.refused import Json
from tests.support.slackserver.state import State


@dataclass(eq=False)
class Socket:
    """One connection of the app, and the envelopes on it that wait for their acknowledgement."""

    web_socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    leaving: bool = False
    open_envelopes: dict[str, "asyncio.Future[Json]"] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return not self.leaving and not self.web_socket.closed

    def lost(self) -> None:
        for waiting in self.open_envelopes.values():
            if not waiting.done():
                waiting.set_exception(NotDelivered("connection_failed"))


class Sockets:
    """Up to ten connections; each payload goes to one of them, in turn."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self.answer_seconds = limits.ANSWER_SECONDS
        self.open: list[Socket] = []
        self.connections = 0
        """How many there have been since the start."""

    def new_url(self) -> str:
        ticket = new_secret("ticket")
        self._tickets.add(ticket)
        address = self._state.base.replace("http://", "ws://")
        return f"{address}/link?ticket={ticket}&app_id={self._state.app.id}"

    # -------------------------------------------------------------------------------------- connections

    async def accept(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        web_socket = web.WebSocketResponse(autoping=True)
        await web_socket.prepare(request)
        if len(self.open) >= limits.SOCKETS:
            await web_socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await web_socket.close()
            return web_socket
        await self._serve(Socket(web_socket, request.transport))
        return web_socket

    async def _serve(self, socket: Socket) -> None:
        self.connections += 1
        self.open.append(socket)
        try:
            await socket.web_socket.send_json(self._hello())
            async for frame in socket.web_socket:
                if frame.type is WSMsgType.TEXT:
                    _acknowledged(socket, frame.data)
        finally:
            self.open.remove(socket)
            socket.lost()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "debug_info": {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._state.app.id},
        }

    async def say_goodbye(self, reason: str, at_most: int | None = None) -> None:
        """Ask every connection, or some, to be made anew: `warning` or `refresh_requested`."""
        for socket in list(self.open)[:at_most]:
            socket.leaving = reason != "warning"
            await socket.web_socket.send_json(
                {
                    "type": "disconnect",
                    "reason": reason,
                    "debug_info": {"host": "applink-local"},
                }
            )

    async def cut(self) -> None:
        """Drop every connection without a word."""
        for socket in list(self.open):
            socket.leaving = True
            if socket.transport is not None:
                socket.transport.abort()

    # ------------------------------------------------------------------------------------------ payloads

    async def carry(self, delivery: Delivery) -> Answer:
        """The answer of the one socket that got the payload; raises NotDelivered."""
        socket = self._next()
        envelope_id = str(uuid.uuid4())
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        socket.open_envelopes[envelope_id] = waiting
        try:
            await socket.web_socket.send_str(json.dumps(envelope(delivery, envelope_id)))
            return Answer(acknowledged=True, payload=await asyncio.wait_for(waiting, self.answer_seconds))
        except TimeoutError:
            raise NotDelivered("timeout") from None
        except ConnectionError:
            raise NotDelivered("connection_failed") from None
        finally:
            del socket.open_envelopes[envelope_id]

    def _next(self) -> Socket:
        usable = [each for each in self.open if each.usable]
        if not usable:
            raise NotDelivered("connection_failed")
        return usable[next(self._turn) % len(usable)]


def envelope(delivery: Delivery, envelope_id: str) -> Json:
    shape: Json = {
        "envelope_id": envelope_id,
        "payload": delivery.payload,
        "type": delivery.type,
        "accepts_response_payload": delivery.type != "events_api",
    }
    if delivery.type == "events_api":
        shape["retry_attempt"] = len(delivery.failures)
        shape["retry_reason"] = delivery.failures[-1] if delivery.failures else ""
    return shape


def _acknowledged(socket: Socket, text: str) -> None:
    """An acknowledgement that comes too late, or on another socket, is for nothing."""
    frame = json.loads(text)
    waiting = socket.open_envelopes.get(frame.get("envelope_id", ""))
    if waiting is not None and not waiting.done():
        waiting.set_result(frame.get("payload") or {})
