"""The server: a thread with a loop of its own, and what tests do with it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.support import waiting
from tests.support.slackserver.clock import Clock
from tests.support.slackserver.courier import Courier
from tests.support.slackserver.delivery import Delivery
from tests.support.slackserver.faults import Faults
from tests.support.slackserver.model import Application
from tests.support.slackserver.request_url import RequestUrl
from tests.support.slackserver.sockets import Sockets
from tests.support.slackserver.state import Call, State
from tests.support.slackserver.web import Web
from tests.support.slackserver.workspace import ALL_SCOPES, Workspace

Result = TypeVar("Result")


class SlackServer:
    """Slack on this machine. Use it as a context; every attribute and method may be used from any thread."""

    def __init__(self) -> None:
        self.state = State()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack-server", daemon=True)
        self.sockets = Sockets(self.state)
        self._courier = Courier(self.state, self.sockets)
        self.state.dispatch = self._dispatch
        self.state.socket_url = self.sockets.new_url
        self._on_stop: list[Callable[[], Coroutine[Any, Any, None]]] = []

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

    async def _start(self) -> None:
        runner = web.AppRunner(Web(self.state, self.sockets).application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.state.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        clockwork = asyncio.create_task(self._courier.redeliver())

        async def end() -> None:
            clockwork.cancel()
            await asyncio.gather(clockwork, return_exceptions=True)
            await runner.cleanup()

        self._on_stop.append(end)

    async def _stop(self) -> None:
        await self._courier.stop()
        await self.sockets.cut()
        for stop in reversed(self._on_stop):
            await stop()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _dispatch(self, delivery: Delivery) -> None:
        self._loop.call_soon_threadsafe(self._courier.send, delivery)

    # -------------------------------------------------------------------------------- what the product needs

    @property
    def base_url(self) -> str:
        """For `AsyncWebClient(base_url=...)`."""
        return f"{self.state.base}/api/"

    @property
    def app(self) -> Application:
        """The app's ids and secrets: `signing_secret`, `app_token.secret`, and the `events` it subscribed to."""
        return self.state.app

    @property
    def clock(self) -> Clock:
        return self.state.clock

    @property
    def faults(self) -> Faults:
        return self.state.faults

    def workspace(self, name: str = "Acme", scopes: Iterable[str] = ALL_SCOPES) -> Workspace:
        """A new workspace with the app installed."""
        with self.state.lock:
            workspace = Workspace(self.state, name, scopes)
            self.state.workspaces[workspace.id] = workspace
            return workspace

    # ------------------------------------------------------------------------------------------- deliveries

    async def deliver_to(self, url: str) -> None:
        """From now on by HTTP to this request URL, which is verified first; raises NotDelivered."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._deliver_to(url), self._loop))

    def deliver_elsewhere(self, url: str) -> None:
        """The same where the app runs in another thread or process."""
        self._run(self._deliver_to(url))

    async def _deliver_to(self, url: str) -> None:
        target = RequestUrl(self.state, url)
        target.answer_seconds = self.sockets.answer_seconds
        self._on_stop.append(target.close)
        await target.verify()
        self._courier.transport = target

    def answer_within(self, seconds: float) -> None:
        """How long the app has for an answer, instead of three real seconds."""
        self.sockets.answer_seconds = seconds
        if isinstance(self._courier.transport, RequestUrl):
            self._courier.transport.answer_seconds = seconds

    def redeliver_now(self) -> None:
        """Try again at once whatever waits for its next attempt."""
        self._run(self._redeliver())

    async def _redeliver(self) -> None:
        self._courier.send_again(list(self._courier.waiting))

    def deliver_again(self, delivery: Delivery) -> Delivery:
        """The same payload once more, with the same event id, as happens when an acknowledgement got lost."""
        again = Delivery(delivery.type, delivery.payload, ["timeout"])
        self._dispatch(again)
        return again

    def cut_sockets(self) -> None:
        self._run(self.sockets.cut())

    def disconnect(self, reason: str = "refresh_requested", at_most: int | None = None) -> None:
        """What Slack says before it ends connections, all or some: `warning` or `refresh_requested`."""
        self._run(self.sockets.say_goodbye(reason, at_most))

    # ------------------------------------------------------------------------------------------- looking

    def calls(self, method: str = "", *, ok: bool | None = None) -> list[Call]:
        """The recorded requests in order, of one method or all; `ok` keeps the granted or the refused."""
        with self.state.lock:
            return [
                each
                for each in self.state.calls
                if (not method or each.method == method) and (ok is None or each.ok is ok)
            ]

    @property
    def deliveries(self) -> list[Delivery]:
        """All payloads for the app, of every workspace."""
        return [each for workspace in self.state.workspaces.values() for each in workspace.deliveries]

    async def until(self, condition: Callable[[], Any], timeout: float = 60.0) -> None:  # noqa: ASYNC109
        """Wait for something to be true, while the product runs on this loop; raises TimeoutError."""
        await waiting.until_then(condition, "what was to happen", timeout)

    def wait_until(self, condition: Callable[[], Any], timeout: float = 60.0) -> None:
        """The same for tests whose product runs elsewhere."""
        waiting.until(condition, "what was to happen", timeout)

    async def quiet(self, timeout: float = 60.0) -> None:  # noqa: ASYNC109
        """Wait until every payload was acknowledged, given up, or waits for its next attempt."""
        await self.until(lambda: self.is_quiet, timeout)

    @property
    def is_quiet(self) -> bool:
        """Whether every payload was acknowledged, given up, or waits for its next attempt."""
        return all(each.done.done() or each.due is not None for each in self.deliveries)
