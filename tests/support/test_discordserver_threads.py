"""Threads and forums with the real client."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from tests.support.discordbot import Bot, running
from tests.support.discordserver import (
    Channel,
    DiscordServer,
    Guild,
    Kind,
    MessageKind,
    NotPossible,
    Permission,
    Person,
)
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]


@pytest.fixture
def forum(guild: Guild) -> Channel:
    return guild.forum("desk", "new", "open", "solved", "urgent", "vip", "lost")


@pytest.fixture
async def bot(discord_server: DiscordServer, channel: Channel, forum: Channel, anna: Person) -> AsyncIterator[Bot]:
    client = Bot()
    async with running(discord_server, client):
        yield client


def text_channel(bot: Bot, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


def forum_channel(bot: Bot, channel: Channel) -> discord.ForumChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.ForumChannel)
    return found


def thread_in(guild: Guild, thread: discord.Thread) -> Channel:
    return guild.record.channels[thread.id]


def is_archived(thread: Channel) -> bool:
    return thread.thread is not None and thread.thread.archived


def last_kind(thread: Channel) -> MessageKind:
    return thread.messages[-1].kind


async def code_of(attempt: Any) -> int:
    """What Discord's code is for this not being allowed."""
    with pytest.raises(discord.HTTPException) as refused:
        await attempt
    return refused.value.code


async def test_a_private_thread_is_for_who_is_added(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, anna: Person
) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1", auto_archive_duration=10080)
    thread = thread_in(guild, opened)
    assert thread.kind is Kind.PRIVATE_THREAD
    assert channel.messages == []
    assert not anna.sees(thread)
    with pytest.raises(NotPossible):
        anna.say(thread, "let me in")
    await opened.add_user(discord.Object(anna.id))
    assert thread.messages[-1].kind is MessageKind.RECIPIENT_ADD
    anna.say(thread, "thank you")
    await discord_server.until(lambda: [each.content for each in bot.heard if each.type.value == 0] == ["thank you"])


async def test_a_thread_from_a_message_has_its_id(bot: Bot, guild: Guild, channel: Channel, anna: Person) -> None:
    said = anna.say(channel, "the printer is on fire")
    message = await text_channel(bot, channel).fetch_message(said.id)
    opened = await message.create_thread(name="FL-1")
    assert opened.id == said.id
    assert thread_in(guild, opened).messages[0].kind is MessageKind.THREAD_STARTER
    assert await code_of(message.create_thread(name="FL-1")) == 160004


async def test_a_public_thread_is_announced(bot: Bot, guild: Guild, channel: Channel) -> None:
    await text_channel(bot, channel).create_thread(name="FL-1", type=discord.ChannelType.public_thread)
    assert channel.messages[0].kind is MessageKind.THREAD_CREATED


async def test_an_archived_thread_refuses_all_but_a_message(
    bot: Bot, guild: Guild, channel: Channel, anna: Person
) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1")
    thread = thread_in(guild, opened)
    assert thread.thread is not None
    sent = await opened.send("one")
    guild.archive(thread)
    assert await code_of(sent.edit(content="two")) == 50083
    assert await code_of(sent.add_reaction("🎫")) == 50083
    assert await code_of(opened.edit(name="FL-2")) == 50083
    assert await code_of(opened.add_user(discord.Object(anna.id))) == 50083
    await sent.delete()
    assert is_archived(thread)
    await opened.send("two")
    assert not is_archived(thread)
    guild.archive(thread)
    await opened.edit(archived=False, name="FL-2")
    assert thread.name == "FL-2"
    assert last_kind(thread) is MessageKind.CHANNEL_NAME_CHANGE
    await opened.add_user(discord.Object(anna.id))
    await opened.remove_user(discord.Object(anna.id))
    assert last_kind(thread) is MessageKind.RECIPIENT_REMOVE
    assert thread.thread.members.keys() == {guild.state.app.bot.id}


async def test_a_locked_thread_needs_a_moderator(bot: Bot, guild: Guild, channel: Channel, anna: Person) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1")
    thread = thread_in(guild, opened)
    await opened.add_user(discord.Object(anna.id))
    sent = await opened.send("one")
    guild.archive(thread, lock=True)
    with pytest.raises(NotPossible, match="is locked"):
        anna.say(thread, "hello?")
    guild.allow_bot(channel, deny=Permission.MANAGE_THREADS)
    assert await code_of(opened.send("hello")) == 50083
    assert await code_of(sent.delete()) == 50083
    assert thread.thread is not None
    thread.thread.archived = False
    assert await code_of(opened.send("hello")) == 160005
    assert await code_of(sent.edit(content="two")) == 160005
    await sent.add_reaction("🎫")
    thread.thread.archived = True
    assert await code_of(opened.edit(archived=False)) == 50013
    guild.allow_bot(channel, allow=Permission.MANAGE_THREADS)
    await opened.edit(archived=False, locked=False)
    anna.say(thread, "thank you")


async def test_silent_threads_are_archived_with_time(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel
) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1", auto_archive_duration=60)
    thread = thread_in(guild, opened)
    assert thread.thread is not None
    discord_server.clock.advance(3599)
    discord_server.archive_idle_threads()
    assert not thread.thread.archived
    discord_server.clock.advance(2)
    discord_server.archive_idle_threads()
    await discord_server.until(lambda: "THREAD_UPDATE" in bot.told)
    found = [each async for each in text_channel(bot, channel).archived_threads(private=True)]
    assert [each.id for each in found] == [opened.id]


async def test_a_post_in_a_forum_has_tags(bot: Bot, guild: Guild, forum: Channel, anna: Person) -> None:
    place = forum_channel(bot, forum)
    tags = {each.name: each for each in place.available_tags}
    opened = await place.create_thread(name="FL-1", content="no paper", applied_tags=[tags["new"]])
    thread = thread_in(guild, opened.thread)
    assert thread.messages[0].id == thread.id
    assert thread.applied_tags == [tags["new"].id]
    await opened.thread.edit(applied_tags=[tags["solved"], tags["urgent"]])
    assert thread.applied_tags == [tags["solved"].id, tags["urgent"].id]
    assert await code_of(opened.thread.edit(applied_tags=list(tags.values()))) == 50035
    assert await code_of(place.create_thread(name="x", content="y", applied_tags=[discord.Object(1)])) == 10087  # type: ignore[list-item]
    assert await code_of(place.create_thread(name="x")) == 50006
    with pytest.raises(discord.HTTPException):
        await bot.get_partial_messageable(forum.id).send("not here")


async def test_a_forum_may_require_a_tag(bot: Bot, guild: Guild, discord_server: DiscordServer) -> None:
    strict = guild.forum("strict", "new", requires_tag=True)
    await discord_server.until(lambda: bot.get_channel(strict.id))
    assert await code_of(forum_channel(bot, strict).create_thread(name="x", content="y")) == 40067


async def test_a_post_by_somebody_arrives_with_its_first_message(
    discord_server: DiscordServer, bot: Bot, forum: Channel, anna: Person
) -> None:
    post = anna.create_post(forum, "Printer", "no paper", tags=["new"])
    await discord_server.until(lambda: bot.heard)
    heard = bot.heard[0]
    assert isinstance(heard.channel, discord.Thread)
    assert (heard.channel.id, heard.channel.name, heard.id) == (post.id, "Printer", post.id)
    assert [each.name for each in heard.channel.applied_tags] == ["new"]
    anna.close_post(post)
    await discord_server.until(lambda: isinstance(heard.channel, discord.Thread) and heard.channel.archived)


async def test_a_deleted_channel_takes_its_threads_with_it(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel
) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1")
    guild.delete_channel(channel)
    await discord_server.until(lambda: bot.get_channel(channel.id) is None)
    await discord_server.until(lambda: {"THREAD_DELETE", "CHANNEL_DELETE"} <= set(bot.told))
    assert await code_of(opened.send("hello")) == 10003


async def test_who_is_mentioned_in_a_thread_is_in_it(bot: Bot, guild: Guild, channel: Channel, anna: Person) -> None:
    opened = await text_channel(bot, channel).create_thread(name="FL-1")
    await opened.send(anna.mention)
    assert not anna.sees(thread_in(guild, opened))
    await opened.send(anna.mention, allowed_mentions=discord.AllowedMentions(users=True))
    assert anna.sees(thread_in(guild, opened))


async def test_a_bot_that_sees_a_channel_anew_is_told_of_its_threads(
    discord_server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, anna: Person
) -> None:
    guild.allow_bot(channel, deny=Permission.VIEW_CHANNEL)
    thread = anna.open_thread(channel, "unseen", message=anna.say(channel, "x"))
    guild.allow_bot(channel, allow=Permission.VIEW_CHANNEL)
    await discord_server.until(lambda: text_channel(bot, channel).get_thread(thread.id))


async def test_names_change_twice_in_ten_minutes(bot: Bot, guild: Guild, channel: Channel) -> None:
    guild.change_role(guild.bot_role, Permission.MANAGE_CHANNELS | guild.bot_role.permissions)
    place = text_channel(bot, channel)
    bot.http.max_ratelimit_timeout = 30
    await place.edit(name="one")
    await place.edit(name="two")
    with pytest.raises(discord.RateLimited):
        await place.edit(name="three")
    await place.edit(slowmode_delay=0)
    thread = await place.create_thread(name="FL-1")
    await thread.edit(name="FL-1 new")
    await thread.edit(name="FL-1 open", locked=True)
    with pytest.raises(discord.RateLimited):
        await thread.edit(name="FL-1 solved")
