"""How Slack's events come in: the one set of handlers, reached by socket or by signed HTTP.

slack-bolt acknowledges an event before its listeners run, so what is to be durable first is kept in a middleware: where
that raises, nothing is acknowledged, and Slack sends it again.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiohttp import web
from msgspec import Struct
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.hearing import Hearing
from channels.slack.settings import SlackSettings

Keep = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Makes what Slack handed over durable, or raises."""

Wrong = Callable[[Mapping[str, Any]], Awaitable[dict[str, str]]]
"""What has to be corrected in a form before it is kept; nothing, as a rule."""

Answer = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Shows somebody at once what they asked for."""

Suggest = Callable[[Mapping[str, Any]], Awaitable[list[dict[str, Any]]]]
"""What a menu offers for what was typed into it."""

Authorize = Callable[[str], AuthorizeResult]
"""Who we are in the workspace of that id."""

PATH: Final = "/slack/events"
_SOCKETS: Final = 2
"""While one is renewed the other takes what comes: the client closes an old socket before it opens a new one."""
_ANYTHING: Final = re.compile(".*", re.DOTALL)


class Handlers(Struct, frozen=True, kw_only=True):
    """What is done with what Slack sends: `keep` before it is acknowledged, `answer` after."""

    keep: Keep
    wrong: Wrong
    answer: Answer
    suggest: Suggest


def build_app(settings: SlackSettings, authorize: Authorize, handlers: Handlers) -> AsyncApp:
    """Everything is kept before it is acknowledged, and acknowledged before anything is done with it."""

    async def authorized(team_id: str | None = None, **_: object) -> AuthorizeResult:
        return authorize(team_id or "")

    app = AsyncApp(
        authorize=authorized,
        signing_secret=settings.signing_secret or "by socket only",
        ignoring_self_events_enabled=False,
        raise_error_for_unhandled_request=False,
    )

    async def keeping(
        body: dict[str, Any],
        ack: Callable[..., Awaitable[BoltResponse]],
        next: Callable[[], Awaitable[Any]],  # noqa: A002  bolt's name
    ) -> BoltResponse | None:
        wrong = await handlers.wrong(body)
        if wrong:
            return await ack(response_action="errors", errors=wrong)
        await handlers.keep(body)
        await next()
        return None

    async def acknowledge(body: dict[str, Any], ack: Callable[[], Awaitable[Any]]) -> None:
        await ack()
        await handlers.answer(body)

    async def suggest(body: dict[str, Any], ack: Callable[..., Awaitable[Any]]) -> None:
        await ack(options=await handlers.suggest(body))

    async def nothing() -> None:
        """It is kept, and bolt has acknowledged it."""

    app.middleware(keeping)
    app.event(_ANYTHING)(nothing)
    for register in (app.action, app.view, app.command, app.shortcut):
        register(_ANYTHING)(acknowledge)
    app.options(_ANYTHING)(suggest)
    return app


@asynccontextmanager
async def connected(
    app: AsyncApp, settings: SlackSettings, client: AsyncWebClient, hearing: Hearing
) -> AsyncIterator[None]:
    """Both ways in, as far as the settings have them. Raises OSError that names the setting of an address in use."""
    async with AsyncExitStack() as stack:
        sockets = []
        for _ in range(_SOCKETS if settings.app_token else 0):
            handler = AsyncSocketModeHandler(app, settings.app_token, web_client=client)
            stack.push_async_callback(handler.client.close)
            await handler.client.connect()  # type: ignore[no-untyped-call]
            sockets.append(handler.client)
        if settings.signing_secret:
            await stack.enter_async_context(_served(app, settings))
        stack.enter_context(hearing.through(sockets, http=bool(settings.signing_secret)))
        yield


@asynccontextmanager
async def _served(app: AsyncApp, settings: SlackSettings) -> AsyncIterator[None]:
    host, _, port = settings.listen.rpartition(":")
    runner = web.AppRunner(app.server(path=PATH).web_app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    except OSError as error:
        await runner.cleanup()
        words = (
            f"slack.listen: {settings.listen} cannot be used: {error.strerror}; choose another port or stop what has it"
        )
        raise OSError(error.errno, words) from error
    try:
        yield
    finally:
        await runner.cleanup()
