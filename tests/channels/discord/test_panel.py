"""The panel: one message with a button for each category, in a channel or as a post of a forum."""

import pytest

from channels.base import CATEGORY, Choice, Form, Input, InputKind
from channels.discord.api import Api
from channels.discord.commands import show_panel
from channels.discord.rooms import Rooms
from channels.discord.settings import DiscordSettings
from tests.support.discordserver import Channel, DiscordServer


def form(*categories: str) -> Form:
    options = tuple(Choice(name, name.title()) for name in categories)
    about = Input(name=CATEGORY, label="What is it about?", kind=InputKind.OPTION, options=options)
    return Form(title="Open a ticket", inputs=(about,))


def labels(place: Channel) -> list[str]:
    (panel,) = [one for one in place.messages if one.components]
    return [str(one["label"]) for row in panel.components for one in row["components"]]


async def shown(server: DiscordServer, room: Channel, *forms: Form) -> None:
    api = Api(DiscordSettings(token=server.token, api=server.api, panel=str(room.id)), Rooms())
    for each in forms:
        await show_panel(api, each)
    await api.close()


@pytest.mark.parametrize("archived", [False, True])
async def test_in_a_forum_the_panel_is_one_post_that_is_kept_current(archived: bool) -> None:  # noqa: FBT001
    with DiscordServer() as server:
        guild = server.guild("Acme")
        forum = guild.forum("questions")
        await shown(server, forum, form("badge"), form("badge"))
        (post,) = guild.record.threads
        if archived:
            guild.archive(post)
        await shown(server, forum, form("badge", "plotter"))
        assert guild.record.threads == [post]
        assert post.name == "Open a ticket"
        assert labels(post) == ["Badge", "Plotter"]


async def test_in_a_channel_the_panel_is_one_message_that_is_kept_current() -> None:
    with DiscordServer() as server:
        room = server.guild("Acme").channel("start-here")
        await shown(server, room, form("badge"), form("badge"), form("badge", "plotter"))
        assert labels(room) == ["Badge", "Plotter"]
