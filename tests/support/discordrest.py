"""Discord's REST, asked by a bare HTTP client."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.discordserver import Channel, DiscordServer, Interaction, Json


class Rest:
    """The bot's requests, without a client that would see to their being right."""

    def __init__(self, server: DiscordServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session
        self.headers: dict[str, str] = {}

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {self.server.token}"}
        sent = {"json": body} if body is not None else {}
        async with self.session.request(method, self.server.api + path, headers=headers, **sent, **more) as response:
            self.headers = dict(response.headers)
            text = await response.text()
            return response.status, json.loads(text) if response.content_type == "application/json" else text

    async def post(self, channel: Channel, content: str = "", **more: Any) -> tuple[int, Any]:
        return await self("POST", f"/channels/{channel.id}/messages", {"content": content} | more)

    async def upload(self, channel: Channel, *files: bytes, said: Json | None = None) -> tuple[int, Any]:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps(said or {}))
        for number, content in enumerate(files):
            form.add_field(f"files[{number}]", io.BytesIO(content), filename=f"{number}.txt")
        return await self("POST", f"/channels/{channel.id}/messages", data=form)

    async def answer(self, interaction: Interaction, kind: int, data: Json | None = None) -> tuple[int, Any]:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        return await self("POST", path, {"type": kind, "data": data or {}})

    def hook(self, interaction: Interaction, message: str = "") -> str:
        """Where what follows goes."""
        path = f"/webhooks/{self.server.app.id}/{interaction.token}"
        return f"{path}/messages/{message}" if message else path


@pytest.fixture
async def rest(discord_server: DiscordServer) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(discord_server, session)


def places(errors: Json, path: str = "") -> dict[str, str]:
    """The code at each place of a 50035."""
    found = {}
    for name, inner in errors.items():
        if name == "_errors":
            found[path] = inner[0]["code"]
        else:
            found |= places(inner, f"{path}.{name}".lstrip("."))
    return found


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Yes", "custom_id": "yes"} | more


def buttons(number: int) -> list[Json]:
    return [button(custom_id=str(each)) for each in range(number)]


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def menu(options: int, **more: Any) -> Json:
    listed = [{"label": str(each), "value": str(each)} for each in range(options)]
    return {"type": 3, "custom_id": "menu", "options": listed} | more
