"""The gateway, with the real client: sessions begun, taken up again, refused and lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.support.discordbot import INTENTS, Bot, pointed_at, running
from tests.support.discordserver import Channel, DiscordServer, Guild, Intent, Json, Person
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]


@pytest.fixture
async def bot(discord_server: DiscordServer, channel: Channel, anna: Person) -> AsyncIterator[Bot]:
    client = Bot()
    async with running(discord_server, client):
        yield client


async def heard(server: DiscordServer, bot: Bot, *texts: str) -> None:
    await server.until(lambda: [each.content for each in bot.heard] == list(texts))


async def gone(server: DiscordServer) -> None:
    await server.until(lambda: not server.sockets.open)


async def test_a_cut_session_is_taken_up_and_nothing_is_missed(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    anna.say(channel, "one")
    await heard(discord_server, bot, "one")
    discord_server.cut_sockets()
    anna.say(channel, "two")
    await heard(discord_server, bot, "one", "two")
    assert (discord_server.sockets.identified, discord_server.sockets.resumed) == (1, 1)


async def test_many_messages_arrive_once_each_though_the_socket_is_cut_among_them(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    for number in range(300):
        anna.say(channel, str(number))
        if number in {100, 200}:
            discord_server.cut_sockets()
    await heard(discord_server, bot, *(str(number) for number in range(300)))
    assert discord_server.sockets.identified == 1


async def test_an_app_that_is_asked_to_reconnect_resumes(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    discord_server.reconnect()
    await discord_server.until(lambda: discord_server.sockets.resumed == 1)
    anna.say(channel, "one")
    await heard(discord_server, bot, "one")
    assert discord_server.sockets.identified == 1


@pytest.mark.parametrize("code", [1000, 4000, 4009])
async def test_a_session_outlives_a_close_by_the_server(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person, code: int
) -> None:
    discord_server.close_sockets(code)
    await discord_server.until(lambda: discord_server.sockets.resumed == 1)
    anna.say(channel, "one")
    await heard(discord_server, bot, "one")


async def test_a_session_that_is_gone_is_begun_anew_and_what_was_missed_is_in_the_history(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    discord_server.invalidate()
    missed = anna.say(channel, "one")
    await discord_server.until(lambda: discord_server.sockets.identified == 2 and discord_server.connected)
    anna.say(channel, "two")
    await heard(discord_server, bot, "two")
    place = bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    found = [each async for each in place.history(after=discord.Object(missed.id - 1), oldest_first=True)]
    assert [each.content for each in found] == ["one", "two"]


async def test_what_was_said_while_the_app_was_away_is_in_the_history(
    discord_server: DiscordServer, channel: Channel, anna: Person
) -> None:
    async with running(discord_server, Bot()):
        first = anna.say(channel, "one")
    anna.say(channel, "two")
    anna.send_dm("three")
    client = Bot()
    async with running(discord_server, client):
        place, direct = client.get_channel(channel.id), await client.fetch_channel(anna.dm.id)
        assert isinstance(place, discord.TextChannel)
        assert isinstance(direct, discord.DMChannel)
        assert [each.content async for each in place.history(after=discord.Object(first.id))] == ["two"]
        assert [each.content async for each in direct.history()] == ["three"]
        assert client.heard == []
    assert discord_server.sockets.identified == 2


async def test_a_session_that_may_be_resumed_is(discord_server: DiscordServer, bot: Bot) -> None:
    discord_server.invalidate(resumable=True)
    await discord_server.until(lambda: discord_server.sockets.resumed == 1)
    assert discord_server.sockets.identified == 1


async def test_an_expired_session_is_not_resumed(discord_server: DiscordServer, bot: Bot) -> None:
    discord_server.sockets.refuse = 100
    discord_server.cut_sockets()
    await discord_server.until(lambda: discord_server.sockets.refuse < 100)
    discord_server.expire_sessions()
    discord_server.sockets.refuse = 0
    await discord_server.until(lambda: discord_server.sockets.identified == 2)
    assert discord_server.sockets.resumed == 0


async def test_a_session_waits_for_some_minutes_only(discord_server: DiscordServer, bot: Bot) -> None:
    discord_server.sockets.refuse = 100
    discord_server.cut_sockets()
    await discord_server.until(lambda: discord_server.sockets.refuse < 100)
    discord_server.clock.advance(301)
    discord_server.sockets.refuse = 0
    await discord_server.until(lambda: discord_server.sockets.identified == 2)
    assert discord_server.sockets.resumed == 0


async def test_a_dispatch_can_come_twice(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    anna.say(channel, "one")
    discord_server.repeat("MESSAGE_CREATE")
    await heard(discord_server, bot, "one", "one")
    assert len({each.id for each in bot.heard}) == 1


async def test_what_the_app_has_received_can_be_waited_for(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    anna.say(channel, "one")
    await asyncio.to_thread(discord_server.wait_until_received)
    assert [each.content for each in bot.heard] == ["one"]


async def test_heartbeats_are_answered(discord_server: DiscordServer, channel: Channel) -> None:
    discord_server.sockets.heartbeat_seconds = 0.05
    client = Bot()
    async with running(discord_server, client):
        await discord_server.until(lambda: discord_server.sockets.heartbeats > 2 and client.latency < 30)


async def test_intents_that_were_not_granted_are_refused(discord_server: DiscordServer, guild: Guild) -> None:
    discord_server.grant(Intent.GUILD_MEMBERS)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(discord_server, Bot()):
            pass
    assert discord_server.sockets.identified == 0


async def test_a_wrong_token_is_refused(discord_server: DiscordServer, guild: Guild) -> None:
    client = Bot()
    with pointed_at(discord_server), pytest.raises(discord.LoginFailure):
        await client.login("another")
    await client.close()


async def test_without_the_content_intent_guild_messages_are_empty(
    discord_server: DiscordServer, channel: Channel, anna: Person
) -> None:
    discord_server.grant(Intent.GUILD_MEMBERS)
    intents = discord.Intents(INTENTS.value)
    intents.message_content = False
    client = Bot(intents)
    async with running(discord_server, client):
        said = anna.say(channel, "secret", files=[anna.upload("a.txt", b"secret")])
        anna.mention_bot(channel, "open")
        anna.send_dm("direct")
        bot_mention = f"<@{discord_server.app.bot.id}>"
        await heard(discord_server, client, "", f"{bot_mention} open", "direct")
        assert client.heard[0].attachments == []
        place = client.get_channel(channel.id)
        assert isinstance(place, discord.TextChannel)
        assert (await place.fetch_message(said.id)).content == ""


async def test_without_the_intent_for_reactions_none_are_told(
    discord_server: DiscordServer, channel: Channel, anna: Person
) -> None:
    intents = discord.Intents(INTENTS.value)
    intents.reactions = False
    client = Bot(intents)
    async with running(discord_server, client):
        anna.react(anna.say(channel, "one"), "🎫")
        anna.say(channel, "two")
        await heard(discord_server, client, "one", "two")
        assert "MESSAGE_REACTION_ADD" not in client.told


async def test_without_the_intent_for_members_the_bot_hears_of_itself_only(
    discord_server: DiscordServer, guild: Guild, channel: Channel, anna: Person
) -> None:
    intents = discord.Intents(INTENTS.value)
    intents.members = False
    client = Bot(intents)
    async with running(discord_server, client):
        guild.rename(anna, "Anna")
        thread = anna.open_thread(channel, "private", private=True)
        anna.add_to_thread(thread, guild.person("ben"))
        anna.say(channel, "one")
        await discord_server.until(lambda: client.heard and client.heard[-1].content == "one")
        assert not {each for each in client.told if "MEMBER" in each}
        place = client.get_channel(channel.id)
        assert isinstance(place, discord.TextChannel)
        await place.create_thread(name="ours")
        own = await client.fetch_channel(thread.id)
        assert isinstance(own, discord.Thread)
        await own.join()
        await discord_server.until(lambda: "THREAD_MEMBERS_UPDATE" in client.told)


async def test_channels_that_the_bot_does_not_see_are_not_told_of(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, anna: Person
) -> None:
    hidden = guild.channel("secret", private_to=[anna])
    anna.say(hidden, "psst")
    anna.say(channel, "one")
    await heard(discord_server, bot, "one")
    with pytest.raises(discord.Forbidden) as refused:
        await bot.fetch_channel(hidden.id)
    assert refused.value.code == 50001


async def test_each_shard_is_told_of_its_own_guilds(discord_server: DiscordServer, guild: Guild) -> None:
    discord_server.clock.stop()
    discord_server.clock.advance(1)
    guilds = []
    for _ in range(4):
        discord_server.clock.advance(0.0015)
        guilds.append(discord_server.guild())
    of_shard = [{each.id for each in [guild, *guilds] if (each.id >> 22) % 2 == shard} for shard in (0, 1)]
    client = discord.AutoShardedClient(intents=INTENTS, shard_count=2, shard_ids=[1], guild_ready_timeout=0.05)
    async with running(discord_server, client):
        assert {each.id for each in client.guilds} == of_shard[1]


async def test_an_outage_and_its_end_are_told(discord_server: DiscordServer, bot: Bot, guild: Guild) -> None:
    guild.fail()
    await discord_server.until(lambda: (found := bot.get_guild(guild.id)) is not None and found.unavailable)
    guild.recover()
    await discord_server.until(lambda: (found := bot.get_guild(guild.id)) is not None and not found.unavailable)


async def test_the_bot_can_be_thrown_out_and_invited_again(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, anna: Person
) -> None:
    guild.remove_bot()
    await discord_server.until(lambda: bot.get_guild(guild.id) is None)
    anna.say(channel, "nobody listens")
    with pytest.raises(discord.Forbidden) as refused:
        await bot.get_partial_messageable(channel.id).send("hello?")
    assert refused.value.code == 50001
    guild.add_bot()
    await discord_server.until(lambda: bot.get_guild(guild.id) is not None)
    anna.say(channel, "back")
    await heard(discord_server, bot, "back")


async def test_members_are_told_and_can_be_asked_for(
    discord_server: DiscordServer, bot: Bot, guild: Guild, anna: Person
) -> None:
    known = bot.get_guild(guild.id)
    assert known is not None
    assert known.get_member(anna.id) is not None
    ben = guild.person("ben")
    await discord_server.until(lambda: known.get_member(ben.id))
    agents = guild.role("agents")
    guild.give(ben, agents)
    await discord_server.until(lambda: [each.name for each in known.get_member(ben.id).roles[1:]] == ["agents"])  # type: ignore[union-attr]
    found = await known.query_members(user_ids=[anna.id])
    assert [each.id for each in found] == [anna.id]
    guild.remove(ben)
    await discord_server.until(lambda: known.get_member(ben.id) is None)


# ------------------------------------------------------------------------- what no good client would do


async def spoken(server: DiscordServer, *frames: Any) -> tuple[list[Json], int | None]:
    """Say these frames on a bare socket: what came back, and the code it was closed with."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.gateway}/?v=10&encoding=json") as socket,
    ):
        for frame in frames:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_json(frame))
        got = [message.json() async for message in socket]
        return got, socket.close_code


def identify(server: DiscordServer, **more: Any) -> Json:
    return {"op": 2, "d": {"token": server.token, "intents": 1, "properties": {}} | more}


async def test_what_is_wrong_is_closed_with_its_code(discord_server: DiscordServer, guild: Guild) -> None:
    server = discord_server
    heartbeats = [{"op": 1, "d": None}] * 121
    wrong: dict[int, list[Any]] = {
        4001: [{"op": 77}],
        4002: ["{"],
        4003: [{"op": 3, "d": {}}],
        4004: [identify(server, token="another")],
        4005: [identify(server), identify(server)],
        4008: heartbeats,
        4010: [identify(server, shard=[2, 2])],
        4013: [identify(server, intents=1 << 40)],
    }
    closed = await asyncio.gather(*(spoken(server, *frames) for frames in wrong.values()))
    assert [code for _, code in closed] == list(wrong)
    assert closed[0][0][0]["op"] == 10


async def test_a_thousand_sessions_a_day_and_the_token_is_no_longer_good(
    discord_server: DiscordServer, guild: Guild
) -> None:
    discord_server.sockets.sessions_left = 0
    before = discord_server.token
    _, code = await spoken(discord_server, identify(discord_server))
    assert code == 4004
    assert discord_server.token != before
