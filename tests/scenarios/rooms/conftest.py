"""A desk on Slack, on Discord and by mail at once: each platform has its people, its agent and its room of agents."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.scenarios.discord import conftest as on_discord
from tests.scenarios.slack import conftest as on_slack
from tests.scenarios.slack.looking import words
from tests.support import databases
from tests.support.discordserver import DiscordServer, Intent
from tests.support.discordserver import Message as Post
from tests.support.house import AGENTS, House, running, text_of
from tests.support.slackserver import Message, SlackServer

ADA = "ada@example.com"
ANNA_ON_SLACK = AGENTS.replace('email = "anna@', 'medium = "slack"\nemail = "anna@')


@dataclass
class Offices:
    """`slack` and `discord` are two views of one desk: `anna` works on Slack, `ben` on Discord, `lea` by mail."""

    house: House
    slack: on_slack.Office
    discord: on_discord.Office

    def settle(self) -> None:
        """Wait until the desk has taken all that was done, and has nothing left to do."""
        self.house.wait_until(lambda: self.slack.server.is_quiet, "the desk to take what was done on Slack")
        self.discord.settle()

    def by_desk_on_slack(self, text: str) -> list[Message]:
        """All that the desk has said with these words, in whatever place of Slack."""
        channels = list(self.slack.workspace.channels.values())
        return [one for room in channels for one in list(room.messages.values()) if one.by_bot and text in words(one)]

    def by_desk_on_discord(self, text: str) -> list[Post]:
        """The same for Discord."""
        guild = self.discord.guild.record
        places = [*guild.channels.values(), self.discord.ada.dm, self.discord.ben.dm]
        return [one for place in places for one in self.discord.by_bot(place) if text in one.content]

    def mailed(self, text: str) -> list[EmailMessage]:
        """What Ada was mailed that says so."""
        mails = [one.message for one in list(self.house.sink.messages) if ADA in one.recipients]
        return [one for one in mails if text in text_of(one)]

    def everywhere(self, text: str) -> tuple[int, int, int]:
        """How often the desk has said it: on Slack, on Discord, by mail to Ada."""
        return (len(self.by_desk_on_slack(text)), len(self.by_desk_on_discord(text)), len(self.mailed(text)))


@contextmanager
def offices_at_work(folder: Path, url: str, *, extra: str = "") -> Iterator[Offices]:
    """A desk with a room of agents on each platform."""
    with SlackServer() as slack_server, DiscordServer() as discord_server:
        discord_server.grant(Intent.MESSAGE_CONTENT)
        slack, discord = on_slack.a_side(slack_server), on_discord.a_side(discord_server)
        agents = on_discord.on_discord(ANNA_ON_SLACK, discord.ben)
        settings = slack.toml.removeprefix(on_slack.AGENTS_ON_SLACK) + discord.toml
        house = House(folder, url, extra=agents + settings + extra)
        with running(house):
            slack_server.wait_until(lambda: len(slack_server.sockets.open) >= 2)
            discord_server.wait_until(lambda: discord_server.connected)
            yield Offices(
                house,
                on_slack.Office(house=house, **vars(slack)),
                on_discord.Office(house=house, **vars(discord)),
            )


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Offices]:
    """Such a desk."""
    with offices_at_work(tmp_path, databases.embedded(tmp_path)) as there:
        yield there
