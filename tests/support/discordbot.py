"""A real discord.py client, connected to a local Discord server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.support.discordserver import DiscordServer

INTENTS = discord.Intents(
    guilds=True,
    members=True,
    messages=True,
    message_content=True,
    reactions=True,
)


class Bot(discord.Client):
    """Keeps what it hears: the raw payload of every dispatch, by its event's name."""

    def __init__(self, intents: discord.Intents = INTENTS, **more: Any) -> None:
        more.setdefault("guild_ready_timeout", 0.05)
        more.setdefault("allowed_mentions", discord.AllowedMentions.none())
        super().__init__(intents=intents, **more)
        self.heard: list[discord.Message] = []
        self.told: list[str] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The client waits five seconds here before it begins another session; our server does not mind."""

    async def on_socket_event_type(self, event: str) -> None:
        self.told.append(event)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)


@contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """discord.py keeps both addresses on its classes."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = server.api, yarl.URL(server.gateway)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@asynccontextmanager
async def running(server: DiscordServer, client: discord.Client) -> AsyncIterator[None]:
    """Log in, connect, and wait until the client is ready; or fail with what it failed with."""
    with pointed_at(server):
        task = asyncio.create_task(client.start(server.token))
        ready = asyncio.create_task(_ready(client))
        try:
            await asyncio.wait({task, ready}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            await ready
            yield
        finally:
            ready.cancel()
            await client.close()
            await asyncio.gather(task, ready, return_exceptions=True)


async def _ready(client: discord.Client) -> None:
    while not client.is_ready():  # noqa: ASYNC110 - the client has nothing to wait for before it has logged in
        await asyncio.sleep(0.01)
