"""A desk with Discord: a guild of our own server, a channel of agents, and the real service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.db.models import Conversation
from tests.support.discordserver import Channel, DiscordServer, Guild, Intent, Message, MessageKind, Person, Role
from tests.support.house import AGENTS, House, running

HELD = timedelta(seconds=11)
SETTINGS = """
[discord]
token = "{token}"
api = "{api}"
gateway = "{gateway}"
desks = {{ {desks} }}
watched = ["{watched}"]
offered = ["{offered}"]
private = "{offered}"
"""
BY_ROLE = """
[[discord.agent_roles]]
id = "{helpers}"
teams = ["support"]
"""


@dataclass(kw_only=True)
class Side:
    """Discord's side of it: `ada` asks; `anna` and `ben` are there. `toml` is for the desk, and names no agents.

    Whoever has the role `helpers` is an agent, where it is made so.
    """

    server: DiscordServer
    guild: Guild
    desk: Channel
    watched: Channel
    offered: Channel
    ada: Person
    anna: Person
    ben: Person
    panel: Channel
    helpers: Role
    toml: str


@dataclass(kw_only=True)
class Office(Side):
    """The same with a desk at work: `anna` and `ben` work tickets in the channel `desk`; `lea` by mail."""

    house: House
    minute: timedelta = timedelta(minutes=1)

    def by_bot(self, channel: Channel) -> list[Message]:
        """What the desk has said there."""
        said = (MessageKind.DEFAULT, MessageKind.REPLY)
        return [one for one in channel.messages if one.author is self.server.app.bot and one.kind in said]

    def card(self, number: int = 1) -> Message:
        """A ticket's card in the channel of agents, once it has its thread."""

        def found() -> Message | None:
            cards = [one for one in self.by_bot(self.desk) if one.thread is not None]
            return next((one for one in cards if one.thread and one.thread.name.startswith(f"#{number} ")), None)

        there = self.house.wait_until(found, f"the card of #{number}")
        assert there is not None
        return there

    def thread(self, number: int = 1) -> Channel:
        """The thread below it."""
        there = self.card(number).thread
        assert there is not None
        self._is_known(there)
        return there

    def post(self, number: int = 1) -> Channel:
        """A ticket's post in the forum of agents, once the desk knows it."""
        begins = f"#{number} "

        def found() -> Channel | None:
            threads = [one for one in self.guild.record.threads if one.parent == self.desk.id]
            return next((one for one in threads if one.name.startswith(begins) and one.messages), None)

        there = self.house.wait_until(found, f"the post of #{number}")
        assert there is not None
        self._is_known(there)
        return there

    def _is_known(self, thread: Channel) -> None:
        known = select(Conversation.id).where(Conversation.thread == f"{self.desk.id}:{thread.id}")
        self.house.wait_until(lambda: self.house.read(lambda session: session.scalar(known)), "the thread's receipt")

    def settle(self) -> None:
        """Wait until the desk has nothing left to do of what has reached it."""
        self.server.wait_until_received()
        self.house.settle()

    def hold_is_over(self) -> None:
        """The moment for second thoughts goes by."""
        self.house.clock.forward(HELD)

    def wait_for(self, channel: Channel, text: str) -> Message:
        """What the desk says there with these words, once it does."""

        def found() -> Message | None:
            return next((one for one in self.by_bot(channel) if text in one.content), None)

        there = self.house.wait_until(found, f"“{text}” in {channel.name or 'a direct message'}")
        assert there is not None
        return there

    def wait_for_mark(self, message: Message, sign: str) -> None:
        """Until this is the one mark below a message."""
        self.house.wait_until(lambda: list(message.reactions) == [sign], f"{sign} below “{message.content}”")


def a_side(server: DiscordServer, *, forum: bool = False, panel: bool = False, by_role: bool = False) -> Side:
    """A guild with its people and channels. Agents work in a forum or in a channel."""
    acme = server.guild("Acme")
    ada, anna, ben = (acme.person(name) for name in ("ada", "anna", "ben"))
    helpers = acme.role("helpers")
    tags = ("new", "open", "solved", "high", "medium", "low")
    desk = acme.forum("desk", *tags) if forum else acme.channel("desk")
    watched, offered, start = (acme.channel(name) for name in ("it-help", "general", "start-here"))
    toml = SETTINGS.format(
        token=server.token,
        api=server.api,
        gateway=server.gateway,
        desks=f'"default" = "{desk.id}"',
        watched=watched.id,
        offered=offered.id,
    )
    toml += f'panel = "{start.id}"\n' if panel else ""
    toml += BY_ROLE.format(helpers=helpers.id) if by_role else ""
    return Side(
        server=server,
        guild=acme,
        desk=desk,
        watched=watched,
        offered=offered,
        ada=ada,
        anna=anna,
        ben=ben,
        panel=start,
        helpers=helpers,
        toml=toml,
    )


def on_discord(agents: str, *people: Person) -> str:
    """The agents of a configuration, of whom these work on Discord."""
    for person in people:
        theirs = f'medium = "discord"\naddresses = {{ discord = "{person.id}" }}\nemail = "{person.name}@'
        agents = agents.replace(f'email = "{person.name}@', theirs)
    return agents


@contextmanager
def an_office(
    folder: Path,
    url: str,
    *,
    extra: str = "",
    forum: bool = False,
    panel: bool = False,
    content: bool = True,
    by_role: bool = False,
    agents: str = AGENTS,
) -> Iterator[Office]:
    """The office at work. Without `content`, the app has no such intent."""
    with DiscordServer() as server:
        server.grant(*([Intent.MESSAGE_CONTENT] if content else []))
        side = a_side(server, forum=forum, panel=panel, by_role=by_role)
        house = House(folder, url, extra=on_discord(agents, side.anna, side.ben) + side.toml + extra)
        with running(house):
            server.wait_until(lambda: server.connected)
            yield Office(house=house, **vars(side))


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office at work, on each database in turn."""
    with an_office(tmp_path, database_url) as there:
        yield there
