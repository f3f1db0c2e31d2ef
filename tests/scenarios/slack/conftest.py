"""A desk with Slack: a workspace of our own server, a room of agents, and the real service."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.house import AGENTS, House, running
from tests.support.slackserver import Channel, Person, SlackServer, Workspace

SETTINGS = """
[slack]
bot_tokens = ["{token}"]
app_token = "{app_token}"
api = "{api}"
desks = {{ {desks} }}
watched = ["{watched}"]
offered = ["{offered}"]
"""


@dataclass
class Office:
    """Who is there: `ada` asks; `anna` and `ben` work tickets on Slack, in the room `desk`; `lea` by mail."""

    house: House
    server: SlackServer
    workspace: Workspace
    desk: Channel
    watched: Channel
    offered: Channel
    ada: Person
    anna: Person
    ben: Person
    rooms: dict[str, Channel]

    def settle(self) -> None:
        """Wait until the desk has taken all that was done on Slack, and has nothing left to do."""
        self.house.wait_until(lambda: self.server.is_quiet, "the desk to take what was done")
        self.house.settle()


@contextmanager
def an_office(
    folder: Path, url: str, *, extra: str = "", settings: str = "", rooms: Sequence[str] = (), default_room: bool = True
) -> Iterator[Office]:
    """The office at work. `rooms` are further ones for agents, as `desks` names them; `settings` go to `[desk]`."""
    with SlackServer() as server:
        acme = server.workspace("Acme")
        ada = acme.person("ada", email="ada@example.com")
        anna = acme.person("anna", email="anna@example.org")
        ben = acme.person("ben", email="ben@example.org")
        desk, watched, offered = (acme.channel(name, ada, anna, ben) for name in ("desk", "it-help", "general"))
        further = {name: acme.channel(name.replace(" ", "-"), anna, ben) for name in rooms}
        agents_in = ({"default": desk} if default_room else {}) | further
        slack = SETTINGS.format(
            token=acme.token,
            app_token=server.app.app_token.secret,
            api=server.base_url,
            desks=", ".join(f'"{name}" = "{room.id}"' for name, room in agents_in.items()),
            watched=watched.id,
            offered=offered.id,
        )
        agents = AGENTS.replace('email = "anna@', 'medium = "slack"\nemail = "anna@').replace(
            'email = "ben@', 'medium = "slack"\nemail = "ben@'
        )
        house = House(folder, url, extra=agents + slack + extra, desk=settings)
        with running(house):
            server.wait_until(lambda: len(server.sockets.open) >= 2)
            yield Office(house, server, acme, desk, watched, offered, ada, anna, ben, further)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office at work, on each database in turn."""
    with an_office(tmp_path, database_url) as there:
        yield there
