"""What a real client makes of all that can stand in a channel."""

from collections.abc import AsyncIterator

import discord
import pytest

from tests.support.discordbot import Bot, running
from tests.support.discordserver import Channel, DiscordServer, Guild, MessageKind, NotPossible, Permission, Person
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]


class Watcher(Bot):
    """Keeps the raw events of messages, too."""

    def __init__(self) -> None:
        super().__init__()
        self.edits: list[discord.RawMessageUpdateEvent] = []
        self.deleted: list[int] = []
        self.reactions: list[tuple[str, str, int]] = []

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.edits.append(event)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.deleted.append(event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        self.deleted += sorted(event.message_ids)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        self.reactions.append(("add", str(event.emoji), event.user_id))

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        self.reactions.append(("remove", str(event.emoji), event.user_id))

    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        self.reactions.append(("clear", "", event.message_id))


@pytest.fixture
async def bot(discord_server: DiscordServer, channel: Channel, anna: Person) -> AsyncIterator[Watcher]:
    client = Watcher()
    async with running(discord_server, client):
        yield client


async def heard(server: DiscordServer, bot: Bot) -> discord.Message:
    """The last thing that the bot has heard, once it has heard anything."""
    await server.until(lambda: bot.heard)
    return bot.heard.pop()


async def test_edits_and_deletions_are_told(
    discord_server: DiscordServer, bot: Watcher, channel: Channel, anna: Person
) -> None:
    said = anna.say(channel, "no paper")
    anna.edit(said, "no toner")
    anna.delete(said)
    await discord_server.until(lambda: bot.deleted == [said.id])
    assert bot.edits[0].message.content == "no toner"
    assert bot.edits[0].message.edited_at is not None


async def test_a_preview_of_a_link_is_no_edit(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    guild.unfurl(anna.say(channel, "https://acme.example"), "Acme")
    await discord_server.until(lambda: bot.edits)
    assert bot.edits[0].message.edited_at is None
    assert bot.edits[0].message.embeds[0].title == "Acme"


async def test_reactions_come_and_go(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    said = anna.say(channel, "no paper")
    anna.react(said, "🎫")
    anna.unreact(said, "🎫")
    guild.clear_reactions(said)
    await discord_server.until(lambda: len(bot.reactions) == 3)
    assert bot.reactions == [("add", "🎫", anna.id), ("remove", "🎫", anna.id), ("clear", "", said.id)]


async def test_many_are_deleted_at_once(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    said = [anna.say(channel, str(number)) for number in range(3)]
    guild.purge(*said)
    await discord_server.until(lambda: bot.deleted == [each.id for each in said])
    assert channel.messages == []


async def test_files_arrive_with_their_bytes(
    discord_server: DiscordServer, bot: Watcher, channel: Channel, anna: Person
) -> None:
    anna.say(channel, files=[anna.upload("a log.txt", b"line one")])
    message = await heard(discord_server, bot)
    assert (message.attachments[0].filename, message.attachments[0].size) == ("a log.txt", 8)
    assert await message.attachments[0].read() == b"line one"


async def test_what_the_bot_sends_is_all_there(
    discord_server: DiscordServer, bot: Watcher, channel: Channel, anna: Person
) -> None:
    place = bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    embed = discord.Embed(title="FL-1", description="no paper")
    embed.add_field(name="State", value="new")
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Claim", custom_id="fl:claim:1"))
    files = [discord.File(__file__, "test.py", description="This test")]
    await place.send("A ticket", embed=embed, view=view, files=files, nonce="n-1")
    made = channel.messages[0]
    assert (made.content, made.nonce, made.embeds[0]["title"]) == ("A ticket", "n-1", "FL-1")
    assert made.components[0]["components"][0]["custom_id"] == "fl:claim:1"
    assert made.attachments[0].content.startswith(b'"""What a real client makes')
    sent = discord_server.calls("POST /channels/{channel}/messages")[0]
    assert sent["enforce_nonce"] is True


async def test_stickers_polls_voices_and_what_is_forwarded(
    discord_server: DiscordServer, bot: Watcher, channel: Channel, anna: Person
) -> None:
    anna.send_sticker(channel, "wave")
    assert [each.name for each in (await heard(discord_server, bot)).stickers] == ["wave"]
    anna.send_poll(channel, "Lunch?", "yes", "no")
    polled = (await heard(discord_server, bot)).poll
    assert polled is not None
    assert [each.text for each in polled.answers] == ["yes", "no"]
    spoken = anna.send_voice(channel, b"ogg")
    assert (await heard(discord_server, bot)).attachments[0].is_voice_message()
    anna.forward(spoken, anna.dm)
    forwarded = await heard(discord_server, bot)
    assert forwarded.content == ""
    assert forwarded.message_snapshots[0].attachments[0].filename == "voice-message.ogg"


async def test_webhooks_other_bots_and_discord_itself(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    guild.webhook_says(channel, "build failed")
    message = await heard(discord_server, bot)
    assert (message.webhook_id is not None, message.author.bot) == (True, True)
    guild.other_bot("helper").say(channel, "beep")
    message = await heard(discord_server, bot)
    assert (message.webhook_id, message.author.bot) == (None, True)
    guild.line(channel, MessageKind.USER_JOIN, by=anna)
    assert (await heard(discord_server, bot)).type is discord.MessageType.new_member


async def test_a_reply_to_what_is_gone_says_so(
    discord_server: DiscordServer, bot: Watcher, channel: Channel, anna: Person
) -> None:
    first = anna.say(channel, "one")
    await heard(discord_server, bot)
    second = anna.say(channel, "two", reply_to=first)
    assert (await heard(discord_server, bot)).reference is not None
    anna.delete(first)
    place = bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    fetched = await place.fetch_message(second.id)
    assert fetched.reference is not None
    assert isinstance(fetched.reference.resolved, discord.DeletedReferencedMessage)


async def test_the_bot_replies_to_what_is_gone_only_if_it_says_so(bot: Watcher, channel: Channel, anna: Person) -> None:
    said = anna.say(channel, "one")
    anna.delete(said)
    place = bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    reference = discord.MessageReference(message_id=said.id, channel_id=channel.id)
    with pytest.raises(discord.HTTPException) as refused:
        await place.send("two", reference=reference)
    assert refused.value.code == 50035
    reference.fail_if_not_exists = False
    await place.send("two", reference=reference)
    assert channel.messages[0].kind is MessageKind.DEFAULT


async def test_a_layout_is_checked_as_a_whole(bot: Watcher, channel: Channel) -> None:
    place = bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)

    def layout(*texts: str) -> discord.ui.LayoutView:
        view = discord.ui.LayoutView(timeout=None)
        view.add_item(discord.ui.Container(*(discord.ui.TextDisplay(each) for each in texts)))
        return view

    await place.send(view=layout("one", "two"))
    assert channel.messages[0].components[0]["type"] == 17
    with pytest.raises(discord.HTTPException, match="displayable text"):
        await place.send(view=layout("x" * 3000, "y" * 1001))


def test_a_person_does_only_what_a_client_allows(guild: Guild, channel: Channel, anna: Person) -> None:
    ben = guild.person("ben")
    secret = guild.channel("secret", private_to=[ben])
    said = anna.say(channel, "one")
    anna.react(said, "🎫")
    with pytest.raises(NotPossible, match="did not write"):
        ben.edit(said, "two")
    with pytest.raises(NotPossible, match="already"):
        anna.react(said, "🎫")
    with pytest.raises(NotPossible, match="empty"):
        anna.say(channel, " ")
    with pytest.raises(NotPossible, match="characters are too many"):
        anna.say(channel, "x" * 4001)
    with pytest.raises(NotPossible, match="characters are too many"):
        anna.edit(said, "x" * 4001)
    with pytest.raises(NotPossible, match="files are too many"):
        anna.say(channel, files=[anna.upload("a.txt", b"x")] * 11)
    with pytest.raises(NotPossible, match="has not reacted"):
        ben.unreact(said, "🎫")
    with pytest.raises(NotPossible, match="there is no such message here"):
        anna.say(anna.dm, "x", reply_to=said)
    with pytest.raises(NotPossible, match="nobody can write"):
        anna.say(guild.forum("desk"), "x")
    with pytest.raises(NotPossible, match="needs a tag"):
        anna.create_post(guild.forum("strict", "new", requires_tag=True), "x", "y")
    with pytest.raises(NotPossible, match="is no thread"):
        guild.archive(channel)
    with pytest.raises(NotPossible, match="may not do that"):
        anna.open_thread(secret, "x")
    with pytest.raises(NotPossible, match="may not write"):
        anna.say(secret, "x")
    guild.delete_channel(channel)
    with pytest.raises(NotPossible, match="is gone"):
        anna.say(channel, "x")


async def test_roles_come_go_and_change(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    known = bot.get_guild(guild.id)
    assert known is not None
    agents = guild.role("agents", mentionable=True)
    guild.give(anna, agents)
    guild.change_role(agents, Permission.MANAGE_THREADS)
    await discord_server.until(
        lambda: (found := known.get_role(agents.id)) is not None and found.permissions.manage_threads
    )
    anna.say(channel, f"<@&{agents.id}>")
    assert [each.id for each in (await heard(discord_server, bot)).role_mentions] == [agents.id]
    guild.take(anna, agents)
    guild.rename(anna, "Anna from IT")
    await discord_server.until(
        lambda: (found := known.get_member(anna.id)) is not None and found.display_name == "Anna from IT"
    )
    assert known.get_member(anna.id).roles == [known.default_role]  # type: ignore[union-attr]
    guild.delete_role(agents)
    await discord_server.until(lambda: known.get_role(agents.id) is None)


async def test_a_person_leaves_threads_and_channels_change_their_names(
    discord_server: DiscordServer, bot: Watcher, guild: Guild, channel: Channel, anna: Person
) -> None:
    thread = anna.open_thread(channel, "ours")
    ben = guild.person("ben")
    ben.join_thread(thread)
    ben.leave_thread(thread)
    anna.add_to_thread(thread, ben)
    assert thread.thread is not None
    assert thread.thread.members.keys() == {anna.id, ben.id}
    ben.leave(guild)
    assert thread.thread.members.keys() == {anna.id}
    guild.rename_channel(thread, "still ours")
    guild.rename_channel(channel, "helpdesk")
    guild.archive(thread)
    guild.unarchive(thread)
    await discord_server.until(lambda: str(bot.get_channel(channel.id)) == "helpdesk")
    known = bot.get_channel(channel.id)
    assert isinstance(known, discord.TextChannel)
    await discord_server.until(lambda: [each.name for each in known.threads] == ["still ours"])
