"""The server: a thread with a loop of its own, and what tests do with it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.support import waiting
from tests.support.discordserver import permissions, threads
from tests.support.discordserver.faults import Faults
from tests.support.discordserver.gateway import Gateway
from tests.support.discordserver.guild import Guild, new_guild
from tests.support.discordserver.intents import Intent
from tests.support.discordserver.model import Application
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.person import Person
from tests.support.discordserver.rates import Rates
from tests.support.discordserver.state import Call, State
from tests.support.discordserver.web import API, Web
from tests.support.slackserver.clock import Clock

Result = TypeVar("Result")


class DiscordServer:
    """Discord on this machine. Use it as a context; every attribute and method may be used from any thread."""

    def __init__(self) -> None:
        self.state = State()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="discord-server", daemon=True)
        self.sockets = Gateway(self.state)
        self.state.gateway = self.sockets
        self.state.rates = Rates()
        self.state.dispatch = self.sockets.dispatch
        self.state.later = self._later
        self._runner: web.AppRunner | None = None

    # ------------------------------------------------------------------------------------ start and stop

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self.state.mistakes:
            raise self.state.mistakes[0]

    async def _start(self) -> None:
        application = Web(self.state, self.sockets).application
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.state.base = self.state.cdn.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self.sockets.cut()
        assert self._runner is not None
        await self._runner.cleanup()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, do)

    # -------------------------------------------------------------------------------- what the product needs

    @property
    def api(self) -> str:
        """For `discord.http.Route.BASE`."""
        return self.state.base + API

    @property
    def gateway(self) -> str:
        """For `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY`; `/gateway/bot` says the same."""
        return self.sockets.url

    @property
    def app(self) -> Application:
        """The app: `id`, `token`, its `bot` user, and the privileged intents that are `granted`."""
        return self.state.app

    @property
    def token(self) -> str:
        return self.state.app.token

    @property
    def clock(self) -> Clock:
        return self.state.clock

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def rates(self) -> Rates:
        return self.state.rates

    # ------------------------------------------------------------------------------------ who and where

    def guild(self, name: str = "Acme", bot_may: Permission = permissions.BOT) -> Guild:
        """A new guild with the bot in it; with `Permission(0)` it is not invited yet."""
        with self.state.lock:
            return new_guild(self.state, name, bot_may)

    def person(self, name: str) -> Person:
        """Somebody who is in no guild yet."""
        with self.state.lock:
            return Person(self.state, self.state.new_user(name))

    def grant(self, *intents: Intent) -> None:
        """Exactly these privileged intents are switched on for the app."""
        with self.state.lock:
            self.state.app.granted = int(sum(intents))

    # ------------------------------------------------------------------------------------------- the gateway

    def cut_sockets(self) -> None:
        """Drop every connection without a word; sessions can be resumed."""
        self._run(self.sockets.cut())

    def reconnect(self) -> None:
        """Op 7: ask every connection to come back, and resume."""
        self._run(self.sockets.say(7))

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: the session is invalid; unless it is resumable, it is gone for good."""
        self._run(self.sockets.say(9, resumable))

    def close_sockets(self, code: int = 4000) -> None:
        """End every connection with a close code."""
        self._run(self.sockets.close(code))

    def wait_until_received(self) -> None:
        """Until the app has received everything that was dispatched so far: it is asked for a heartbeat (op 1)."""
        with self.state.lock:
            wanted = {session.id: len(session.sent) for session in self.sockets.sessions}
        self._run(self.sockets.say(1))
        sessions = self.sockets.sessions
        self.wait_until(lambda: all(each.received >= wanted.get(each.id, 0) for each in sessions))

    def expire_sessions(self) -> None:
        """No session without a connection can be resumed any more."""
        self.sockets.expire()

    def repeat(self, event: str) -> None:
        """Dispatch the last event of a kind again."""
        self.sockets.repeat(event)

    # ------------------------------------------------------------------------------------------- and time

    def answer_within(self, seconds: float) -> None:
        """How long the app has for its first answer to an interaction, instead of three real seconds."""
        self.state.answer_seconds = seconds

    def archive_idle_threads(self) -> None:
        """Archive every thread that has been silent for as long as it waits, by the server's clock."""
        with self.state.lock:
            threads.archive_idle(self.state)

    # ------------------------------------------------------------------------------------------- looking

    def calls(self, route: str = "", *, ok: bool | None = None) -> list[Call]:
        """The recorded requests in order, of one route or all; `ok` keeps the granted or the refused."""
        with self.state.lock:
            return [
                each
                for each in self.state.calls
                if (not route or each.route == route) and (ok is None or (200 <= each.status < 300) is ok)
            ]

    @property
    def invalid_requests(self) -> int:
        """Requests answered with 401, 403 or a 429 of one's own: ten thousand in ten minutes and the app is shut out.

        https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
        """
        return sum(each.status in {401, 403, 429} and each.response != {"shared": True} for each in self.calls())

    @property
    def connected(self) -> bool:
        """Whether a session is there and on the wire."""
        with self.state.lock:
            return any(each.on_frame is not None for each in self.sockets.sessions)

    async def until(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:  # noqa: ASYNC109
        """Wait for something to be true, while the product runs on this loop; raises TimeoutError."""
        await waiting.until_then(condition, "what was to happen", timeout)

    def wait_until(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:
        """The same for tests whose product runs elsewhere."""
        waiting.until(condition, "what was to happen", timeout)
