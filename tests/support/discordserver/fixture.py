"""Fixtures for pytest: import them into a conftest or a test file.

from tests.support.discordserver.fixture import anna, channel, discord_server, guild  # noqa: F401
"""

from collections.abc import Iterator

import pytest

from tests.support.discordserver.guild import Guild
from tests.support.discordserver.model import Channel
from tests.support.discordserver.person import Person
from tests.support.discordserver.server import DiscordServer


@pytest.fixture
def discord_server() -> Iterator[DiscordServer]:
    """A Discord server of this test's own."""
    with DiscordServer() as server:
        yield server


@pytest.fixture
def guild(discord_server: DiscordServer) -> Guild:
    """A guild in it, with the bot invited."""
    return discord_server.guild("Acme")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    """A text channel for everybody."""
    return guild.channel("help")


@pytest.fixture
def anna(guild: Guild) -> Person:
    """Somebody in the guild."""
    return guild.person("anna")
