"""A real slack-bolt app, connected to a local Slack server in either of the two ways."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slackserver import SlackServer, Workspace

PING_SECONDS = 1.0
"""The client gives a socket up when it hears nothing for half of that, and looks for lost ones as often."""


def client_of(server: SlackServer, workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.token, base_url=server.base_url)


def app_of(server: SlackServer, workspace: Workspace) -> AsyncApp:
    return AsyncApp(client=client_of(server, workspace), signing_secret=server.app.signing_secret)


@asynccontextmanager
async def by_sockets(server: SlackServer, app: AsyncApp, number: int = 1) -> AsyncIterator[None]:
    """Connect an app with so many sockets."""
    handlers = [
        AsyncSocketModeHandler(app, server.app.app_token.secret, web_client=app.client, ping_interval=PING_SECONDS)
        for _ in range(number)
    ]
    for handler in handlers:
        await handler.connect_async()  # type: ignore[no-untyped-call]
    await server.until(lambda: len(server.sockets.open) == number)
    try:
        yield
    finally:
        for handler in handlers:
            await end(handler)


async def end(handler: AsyncSocketModeHandler) -> None:
    """Close a handler, and wait for its tasks as its own `close` does not."""
    client = handler.client
    tasks = [client.current_session_monitor, client.message_receiver, client.message_processor]
    await handler.close_async()  # type: ignore[no-untyped-call]
    await asyncio.gather(*[each for each in tasks if each is not None], return_exceptions=True)


@asynccontextmanager
async def by_http(server: SlackServer, app: AsyncApp) -> AsyncIterator[None]:
    """Serve an app at a request URL, and make that known to the server."""
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await server.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened
