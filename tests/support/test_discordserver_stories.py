"""Whole stories with a real discord.py client over real sockets."""

from collections.abc import AsyncIterator

import discord
import pytest

from tests.support.discordbot import Bot, running
from tests.support.discordserver import Channel, DiscordServer, Guild, MessageKind, Person
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]


@pytest.fixture
async def bot(discord_server: DiscordServer, guild: Guild, channel: Channel, anna: Person) -> AsyncIterator[Bot]:
    client = Bot()
    async with running(discord_server, client):
        yield client


def text_channel(bot: Bot, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


async def test_the_client_is_ready_and_knows_its_guilds(bot: Bot, guild: Guild, channel: Channel, anna: Person) -> None:
    assert bot.user is not None
    assert bot.user.id == guild.state.app.bot.id
    known = bot.get_guild(guild.id)
    assert known is not None
    assert {each.name for each in known.text_channels} >= {"general"}
    assert known.get_channel(channel.id) is not None


async def test_what_is_said_reaches_the_app_and_its_answer_the_channel(
    discord_server: DiscordServer, bot: Bot, channel: Channel, anna: Person
) -> None:
    said = anna.say(channel, "the printer is on fire")
    await discord_server.until(lambda: bot.heard)
    heard = bot.heard[0]
    assert (heard.id, heard.content, heard.author.id) == (said.id, "the printer is on fire", anna.id)
    assert isinstance(heard.author, discord.Member)
    await heard.reply("On our way.", mention_author=True)
    answer = channel.messages[-1]
    assert (answer.kind, answer.content, answer.referenced) == (MessageKind.REPLY, "On our way.", said)
    assert answer.mentions == [anna.user]


async def test_a_direct_message_is_answered(discord_server: DiscordServer, bot: Bot, anna: Person) -> None:
    anna.send_dm("hello")
    await discord_server.until(lambda: bot.heard)
    assert isinstance(bot.heard[0].channel, discord.DMChannel)
    await bot.heard[0].author.send("hello, Anna")
    assert [each.content for each in anna.dm.messages] == ["hello", "hello, Anna"]
