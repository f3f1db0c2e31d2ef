"""Commands, buttons, menus and dialogues, with the real client's own command tree and views."""

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.support.discordbot import Bot, running
from tests.support.discordserver import Channel, DiscordServer, Guild, Message, NotPossible, Person, Reply
from tests.support.discordserver.fixture import anna, channel, discord_server, guild

__all__ = ["anna", "channel", "discord_server", "guild"]


class Form(discord.ui.Modal, title="A new ticket"):
    what: discord.ui.Label[Any] = discord.ui.Label(
        text="What happened?", component=discord.ui.TextInput(custom_id="what", style=discord.TextStyle.paragraph)
    )
    urgency: discord.ui.Label[Any] = discord.ui.Label(
        text="How urgent?",
        component=discord.ui.Select(
            custom_id="urgency", options=[discord.SelectOption(label=each) for each in ("low", "high")]
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.what.component, discord.ui.TextInput)
        assert isinstance(self.urgency.component, discord.ui.Select)
        said = f"{self.what.component.value} ({self.urgency.component.values[0]})"
        await interaction.response.send_message(said, ephemeral=True)


class Question(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Open a ticket", custom_id="yes")
    async def yes(self, interaction: discord.Interaction, _button: Any) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="No thanks", custom_id="no")
    async def no(self, interaction: discord.Interaction, _button: Any) -> None:
        await interaction.response.edit_message(content="As you like.", view=None)

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction, menu: Any) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"{menu.values[0].name} it is.", ephemeral=True)


class Desk(Bot):
    """Has a command of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = app_commands.CommandTree(self)
        self.failures: list[Exception] = []
        self.add_view(Question())
        group = app_commands.Group(name="desk", description="For agents")
        group.command(name="close", description="Close a ticket")(close)
        self.tree.add_command(group)
        self.tree.context_menu(name="Open a ticket")(from_message)
        self.tree.command(name="slow", description="Takes its time")(slow)
        self.tree.command(name="deaf", description="Never answers")(deaf)


async def tickets(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed}-1", value="FL-1")]


@app_commands.autocomplete(ticket=tickets)
async def close(interaction: discord.Interaction, ticket: str, seen_by: discord.Member) -> None:
    await interaction.response.send_message(f"{ticket} is closed, {seen_by.name}.")


async def from_message(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"Taken: {message.content}", ephemeral=True)


async def slow(interaction: discord.Interaction) -> None:
    await interaction.response.defer(thinking=True)
    await interaction.followup.send("Done.")
    await interaction.followup.send("And more.")
    await interaction.edit_original_response(content="Done, really.")


async def deaf(_interaction: discord.Interaction) -> None:
    pass


@pytest.fixture
async def desk(discord_server: DiscordServer, anna: Person, channel: Channel) -> AsyncIterator[Desk]:
    discord_server.answer_within(30)
    client = Desk()
    async with running(discord_server, client):
        await client.tree.sync()
        yield client


async def asked(desk: Desk, channel: Channel) -> Message:
    place = desk.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    await place.send("Open a ticket?", view=Question())
    return channel.messages[-1]


async def test_a_button_opens_a_dialogue_and_what_is_entered_comes_back(
    desk: Desk, channel: Channel, anna: Person
) -> None:
    answer = await anna.press(await asked(desk, channel), "yes")
    assert answer.kind is Reply.MODAL
    shown = anna.modal
    assert shown is not None
    assert shown.title == "A new ticket"
    answer = await anna.submit({"what": "no paper", "urgency": "high"})
    assert answer.kind is Reply.MESSAGE
    assert [each.content for each in anna.ephemerals] == ["no paper (high)"]
    assert anna.modal is None
    assert len(channel.messages) == 1


async def test_a_button_changes_its_message(desk: Desk, channel: Channel, anna: Person) -> None:
    question = await asked(desk, channel)
    assert (await anna.press(question, "no")).kind is Reply.UPDATE
    assert question.content == "As you like."
    assert not question.components
    with pytest.raises(NotPossible, match="has no no"):
        anna.press(question, "no")


async def test_a_person_chosen_in_a_menu_is_resolved(
    discord_server: DiscordServer, desk: Desk, channel: Channel, anna: Person, guild: Guild
) -> None:
    ben = guild.person("ben")
    answer = await anna.choose(await asked(desk, channel), "who", ben)
    assert answer.kind is Reply.DEFERRED_UPDATE
    await discord_server.until(lambda: anna.ephemerals)
    assert anna.ephemerals[0].content == "ben it is."


async def test_a_command_with_options_and_its_completion(desk: Desk, channel: Channel, anna: Person) -> None:
    offered = await anna.autocomplete("desk close", "ticket", "pri", channel)
    assert offered.choices == [{"name": "pri-1", "value": "FL-1"}]
    await anna.command("desk close", channel, ticket="FL-1", seen_by=anna)
    assert channel.messages[-1].content == "FL-1 is closed, anna."
    with pytest.raises(NotPossible, match="seen_by is required"):
        anna.command("desk close", channel, ticket="FL-1")


async def test_a_message_command_carries_the_message(desk: Desk, channel: Channel, anna: Person) -> None:
    await anna.message_command("Open a ticket", anna.say(channel, "no paper"))
    assert [each.content for each in anna.ephemerals] == ["Taken: no paper"]


async def test_a_deferred_answer_is_filled_in_by_what_follows(
    discord_server: DiscordServer, desk: Desk, anna: Person
) -> None:
    assert (await anna.command("slow")).kind is Reply.DEFERRED_MESSAGE
    await discord_server.until(lambda: [each.content for each in anna.dm.messages] == ["Done, really.", "And more."])


async def test_what_is_not_answered_has_failed(discord_server: DiscordServer, desk: Desk, anna: Person) -> None:
    discord_server.answer_within(0.05)
    assert not (await anna.command("deaf")).acknowledged


async def test_what_was_answered_cannot_be_answered_again(
    discord_server: DiscordServer, desk: Desk, anna: Person
) -> None:
    codes: list[int] = []

    @desk.tree.command(name="twice", description="Answers twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        interaction.response._response_type = None  # as after a restart between the two
        try:
            await interaction.response.send_message("twice")
        except discord.HTTPException as refused:
            codes.append(refused.code)

    await desk.tree.sync()
    await anna.command("twice")
    await discord_server.until(lambda: codes)
    assert codes == [40060]


async def test_an_answer_that_comes_too_late_is_for_nothing(
    discord_server: DiscordServer, desk: Desk, anna: Person
) -> None:
    codes: list[int] = []

    @desk.tree.command(name="late", description="Answers late")
    async def late(interaction: discord.Interaction) -> None:
        await discord_server.until(lambda: asked_for.done.done())  # noqa: PLW0108 - it is made below
        try:
            await interaction.response.send_message("sorry")
        except discord.NotFound as refused:
            codes.append(refused.code)

    await desk.tree.sync()
    discord_server.answer_within(0.05)
    asked_for = anna.command("late")
    assert not (await asked_for).acknowledged
    await discord_server.until(lambda: codes)
    assert codes == [10062]


async def test_a_token_is_good_for_fifteen_minutes(discord_server: DiscordServer, desk: Desk, anna: Person) -> None:
    kept: list[discord.Interaction] = []

    @desk.tree.command(name="keep", description="Answers, and remembers whom")
    async def keep(interaction: discord.Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("one moment")

    await desk.tree.sync()
    await anna.command("keep")
    discord_server.clock.advance(14 * 60)
    await kept[0].followup.send("still here")
    discord_server.clock.advance(2 * 60)
    with pytest.raises(discord.HTTPException) as refused:
        await kept[0].followup.send("too late")
    assert refused.value.code == 50027


async def test_only_what_was_registered_is_offered(desk: Desk, anna: Person) -> None:
    with pytest.raises(NotPossible, match="no command 'nothing'"):
        anna.command("nothing")
    with pytest.raises(NotPossible, match="subcommand has to be named"):
        anna.command("desk")
