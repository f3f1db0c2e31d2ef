"""What can go wrong with a request, and what the real client makes of it."""

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.support.discordbot import Bot, running
from tests.support.discordserver import (
    Banned,
    Broken,
    Channel,
    DiscordServer,
    Drop,
    Guild,
    Person,
    Refusal,
    Slow,
    TooMany,
)
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]

POST = "POST /channels/{channel}/messages"


@pytest.fixture
async def bot(discord_server: DiscordServer, channel: Channel, anna: Person) -> AsyncIterator[Bot]:
    client = Bot()
    async with running(discord_server, client):
        yield client


@pytest.fixture
def place(bot: Bot, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


def said(channel: Channel) -> list[str]:
    return [each.content for each in channel.messages]


async def test_what_broke_after_it_was_done_is_not_done_twice(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel
) -> None:
    discord_server.faults.add(POST, Broken(502, after=True))
    await place.send("once", nonce="n1")
    assert said(channel) == ["once"]
    assert len(discord_server.calls(POST)) == 2


async def test_what_broke_before_is_tried_again(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel
) -> None:
    discord_server.faults.add(POST, Broken(500))
    await place.send("once")
    assert said(channel) == ["once"]


async def test_what_is_unavailable_is_not_tried_again(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel
) -> None:
    discord_server.faults.add(POST, Broken(503))
    with pytest.raises(discord.DiscordServerError):
        await place.send("never")
    assert said(channel) == []


@pytest.mark.parametrize(("drop", "expected"), [(Drop.BEFORE, []), (Drop.AFTER, ["perhaps"])])
async def test_a_connection_that_drops_leaves_it_open(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel, drop: Drop, expected: list[str]
) -> None:
    discord_server.faults.add(POST, drop, times=5)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await place.send("perhaps", nonce="n1")
    assert said(channel) == expected


@pytest.mark.parametrize("scope", ["user", "global", "shared"])
async def test_who_is_too_fast_waits_and_goes_on(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel, scope: str
) -> None:
    discord_server.faults.add(POST, TooMany(0.02, scope=scope))  # type: ignore[arg-type]
    await place.send("once")
    assert said(channel) == ["once"]
    assert [each.status for each in discord_server.calls(POST)] == [429, 200]


async def test_an_old_message_takes_few_edits(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel
) -> None:
    sent = await place.send("one")
    discord_server.faults.add("PATCH /channels/{channel}/messages/{message}", TooMany(0.02, code=30046))
    await sent.edit(content="two")
    assert said(channel) == ["two"]


async def test_who_is_shut_out_hears_it(discord_server: DiscordServer, place: discord.TextChannel) -> None:
    discord_server.faults.add(POST, Banned())
    with pytest.raises(discord.HTTPException) as refused:
        await place.send("never")
    assert refused.value.status == 429


async def test_any_refusal_can_be_had(discord_server: DiscordServer, place: discord.TextChannel) -> None:
    discord_server.faults.add("*", Refusal(403, 50013))
    with pytest.raises(discord.Forbidden) as refused:
        await place.send("never")
    assert refused.value.code == 50013
    discord_server.faults.add("*", Refusal(403, 50013))
    assert discord_server.faults.waiting("*") == 1
    discord_server.faults.clear()
    await place.send("now")


async def test_a_slow_answer_comes(discord_server: DiscordServer, place: discord.TextChannel, channel: Channel) -> None:
    discord_server.faults.add(POST, Slow(0.05))
    await place.send("once")
    assert said(channel) == ["once"]


async def test_the_client_keeps_within_a_bucket_by_its_headers(
    discord_server: DiscordServer, place: discord.TextChannel, channel: Channel
) -> None:
    discord_server.rates.set(POST, 2, 0.05)
    for number in range(5):
        await place.send(str(number))
    assert said(channel) == ["0", "1", "2", "3", "4"]
    assert discord_server.rates.refused == 0


async def test_who_does_not_keep_within_it_is_refused(
    discord_server: DiscordServer, guild: Guild, channel: Channel
) -> None:
    discord_server.rates.set(POST, 2, 60)
    headers = {"Authorization": f"Bot {discord_server.token}"}
    url = f"{discord_server.api}/channels/{channel.id}/messages"
    other = f"{discord_server.api}/channels/{guild.channel('other').id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        statuses = []
        for each in (url, url, url, other):
            async with session.post(each, json={"content": "x"}) as response:
                statuses.append(response.status)
                if response.status == 429:
                    assert response.headers["X-RateLimit-Scope"] == "user"
                    assert 0 < (await response.json())["retry_after"] <= 60
        assert statuses == [200, 200, 429, 200]
    assert discord_server.invalid_requests == 1


async def test_fifty_a_second_are_the_most(discord_server: DiscordServer, guild: Guild) -> None:
    discord_server.rates.on = True
    discord_server.rates.all_together.seconds = 60
    discord_server.rates.all_together.limit = 3
    headers = {"Authorization": f"Bot {discord_server.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answers = []
        for path in ("/users/@me", "/gateway/bot", "/applications/@me", f"/guilds/{guild.id}"):
            async with session.get(discord_server.api + path) as response:
                answers.append((response.status, (await response.json()).get("global")))
        assert answers == [(200, None)] * 3 + [(429, True)]


async def test_a_download_breaks(discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person) -> None:
    discord_server.faults.add("download", Broken(500))
    anna.say(channel, files=[anna.upload("a.txt", b"x")])
    await discord_server.until(lambda: bot.heard)
    with pytest.raises(discord.HTTPException):
        await bot.heard[0].attachments[0].read()
    assert await bot.heard[0].attachments[0].read() == b"x"


async def test_a_mistake_of_the_server_fails_the_test() -> None:
    with pytest.raises(AttributeError):
        await ask_a_broken_server()


async def ask_a_broken_server() -> None:
    with DiscordServer() as server:
        server.state.app.bot = None  # type: ignore[assignment]
        headers = {"Authorization": f"Bot {server.token}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{server.api}/users/@me") as answer:
            assert answer.status == 503
